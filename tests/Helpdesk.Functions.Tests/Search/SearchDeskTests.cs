using System.Text.Json.Nodes;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Search;
using Helpdesk.Functions.Storage;
using Helpdesk.Functions.Tickets;
using Helpdesk.Tickets;
using Microsoft.Extensions.DependencyInjection;

namespace Helpdesk.Functions.Tests.Search;

public sealed class SearchDeskTests(DeskFixture fixture)
{
    [Fact]
    public async Task A_ticket_is_found_by_words_of_its_subject_and_shown_with_them_marked()
    {
        using var desk = await fixture.OpenDeskAsync();
        await desk.OpenTicketAsync("The printer on floor 3 prints nothing");
        var ticket = await desk.OpenTicketAsync("VPN drops every ten minutes");
        await fixture.App.DeliveredAsync();

        var answer = (await desk.GetAsync("/api/search?q=vpn")).Expect(200).Json;

        var item = Assert.Single(answer["items"]!.AsArray())!;
        Assert.Equal("tickets", item["type"]!.GetValue<string>());
        Assert.Equal(ticket.Json["id"]!.GetValue<string>(), item["id"]!.GetValue<string>());
        Assert.Equal("VPN drops every ten minutes", item["ticket"]!["subject"]!.GetValue<string>());
        var highlight = Assert.Single(item["highlights"]!.AsArray())!;
        Assert.Equal("subject", highlight["field"]!.GetValue<string>());
        Assert.Equal("[[0,3]]", highlight["marks"]!.ToJsonString());
        Assert.Equal(("all", 1, false), (answer["match"]!.GetValue<string>(), answer["tickets"]!.GetValue<int>(), answer["approximate"]!.GetValue<bool>()));
    }

    [Fact]
    public async Task Another_workspace_finds_nothing()
    {
        using var desk = await fixture.OpenDeskAsync();
        using var other = await fixture.OpenDeskAsync();
        await desk.OpenTicketAsync("Confidential merger", "rita@merger.example");
        await fixture.App.DeliveredAsync();

        foreach (var query in new[] { "merger", "confidential*", "requester:rita", "status:new", "rita@merger.example", "number:1" })
        {
            var found = (await other.GetAsync($"/api/search?q={Uri.EscapeDataString(query)}")).Expect(200).Json;
            Assert.Empty(found["items"]!.AsArray());
            Assert.Equal(0, found["tickets"]!.GetValue<int>());
        }

        Assert.Equal(401, (await new Desk(desk.Workspace, "", desk.Address).GetAsync("/api/search?q=merger")).Status);
    }

    [Fact]
    public async Task Notes_are_found_by_agents_and_not_by_integrations()
    {
        using var desk = await fixture.OpenDeskAsync();
        using var integration = await desk.WithRoleAsync("integration");
        var ticket = await desk.OpenTicketAsync("Laptop");
        await desk.PostAsync($"/api/tickets/{ticket.Json["id"]}/comments", new { body = "He sounds like a swindler", visibility = "internal" });
        await desk.PostAsync($"/api/tickets/{ticket.Json["id"]}/comments", new { body = "A courier brings another one", visibility = "public" });
        await fixture.App.DeliveredAsync();

        Assert.Equal(["note"], (await FieldsAsync(desk, "swindler"))!);
        Assert.Equal(["comment"], (await FieldsAsync(desk, "courier"))!);
        Assert.Null(await FieldsAsync(integration, "swindler"));
        Assert.Equal(["comment"], (await FieldsAsync(integration, "courier"))!);
        // Nor does what they find tell of it.
        Assert.Null(await FieldsAsync(integration, "courier swindler", all: true));
        Assert.Contains("may not read", (await integration.GetAsync("/api/search?q=note:swindler")).Expect(400).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_ticket_is_narrows_what_is_found_and_follows_every_change()
    {
        using var desk = await fixture.OpenDeskAsync();
        var first = await desk.OpenTicketAsync("Printer jams", priority: "high", tags: ["hardware"]);
        var second = await desk.OpenTicketAsync("Printer is empty");
        await fixture.App.DeliveredAsync();
        Assert.Equal([Number(first)], await NumbersAsync(desk, "printer tag:hardware"));
        Assert.Equal([Number(second)], await NumbersAsync(desk, "printer -tag:hardware"));
        Assert.Equal([Number(first)], await NumbersAsync(desk, "priority:high,urgent"));
        Assert.Equal([Number(second), Number(first)], await NumbersAsync(desk, "status:new assignee:none"));

        await desk.PostAsync($"/api/tickets/{first.Json["id"]}/resolve", new { resolution = "Cleaned the rollers" });
        await desk.PatchAsync($"/api/tickets/{second.Json["id"]}", new { subject = "Toner is empty" });
        await fixture.App.DeliveredAsync();

        Assert.Equal([Number(second)], await NumbersAsync(desk, "status:new"));
        Assert.Equal([Number(first)], await NumbersAsync(desk, "status:resolved printer"));
        Assert.Equal([Number(first)], await NumbersAsync(desk, "rollers"));
        Assert.Equal([Number(second)], await NumbersAsync(desk, "toner"));
        Assert.Equal([Number(first)], await NumbersAsync(desk, "printer"));
    }

    [Fact]
    public async Task Words_that_are_gone_are_found_no_more()
    {
        using var desk = await fixture.OpenDeskAsync();
        var ticket = await desk.OpenTicketAsync("My password is swordfish");
        var id = ticket.Json["id"]!.GetValue<string>();
        await fixture.App.DeliveredAsync();
        Assert.Equal([Number(ticket)], await NumbersAsync(desk, "swordfish"));
        await FlushAsync(desk);

        (await desk.PatchAsync($"/api/tickets/{id}", new { subject = "No password here" })).Expect(200);
        await fixture.App.DeliveredAsync();
        Assert.Empty(await NumbersAsync(desk, "swordfish"));
        Assert.Equal([Number(ticket)], await NumbersAsync(desk, "\"no password\""));
        await FlushAsync(desk);
        Assert.Empty(await NumbersAsync(desk, "swordfish"));
        Assert.Equal([Number(ticket)], await NumbersAsync(desk, "\"no password\""));
    }

    /// <summary>A comment is words of a ticket like any other, wherever it lies in the index by then.</summary>
    [Fact]
    public async Task Words_of_a_comment_that_was_edited_or_deleted_are_found_no_more()
    {
        using var desk = await fixture.OpenDeskAsync();
        var ticket = await desk.OpenTicketAsync("Help");
        var id = ticket.Json["id"]!.GetValue<string>();
        async Task<string> WriteAsync(string body) =>
            (await desk.PostAsync($"/api/tickets/{id}/comments", new { body })).Expect(201).Json["id"]!.GetValue<string>();
        var edited = await WriteAsync("The code is tangerine");
        var deleted = await WriteAsync("Or else aubergine");
        await fixture.App.DeliveredAsync();
        await FlushAsync(desk);
        Assert.Equal([Number(ticket)], await NumbersAsync(desk, "tangerine"));
        Assert.Equal([Number(ticket)], await NumbersAsync(desk, "aubergine"));

        await ChangeAsync(
            edited,
            (ticket, comment) => TicketRules.EditComment(ticket, comment, "The code is secret", comment.Actor ?? Actor.System, comment.At)
        );
        await ChangeAsync(deleted, (ticket, comment) => TicketRules.DeleteComment(ticket, comment, comment.Actor ?? Actor.System, comment.At));
        await fixture.App.DeliveredAsync();
        for (var flushed = 0; flushed < 2; flushed++)
        {
            Assert.Empty(await NumbersAsync(desk, "tangerine"));
            Assert.Empty(await NumbersAsync(desk, "aubergine"));
            Assert.Equal([Number(ticket)], await NumbersAsync(desk, "secret"));
            await FlushAsync(desk);
        }

        async Task ChangeAsync(string comment, Func<Ticket, Comment, TicketChange> change)
        {
            var tickets = fixture.App.Services.GetRequiredService<TicketStore>();
            var address = new TicketAddress(desk.Workspace, Number(ticket));
            var (_, found) = (await tickets.ReadCommentsAsync(address, null, 10, TestContext.Current.CancellationToken)).Single(one =>
                one.Comment.Id == comment
            );
            await tickets.ChangeAsync(address, IfMatch.Any, null, (current, _) => new(change(current, found)), TestContext.Current.CancellationToken);
        }
    }

    [Fact]
    public async Task Comments_of_a_merged_ticket_are_found_at_the_one_that_goes_on_and_after_its_undoing_where_they_were()
    {
        using var desk = await fixture.OpenDeskAsync();
        var (source, target) = (await desk.OpenTicketAsync("First"), await desk.OpenTicketAsync("Second"));
        (await desk.PostAsync($"/api/tickets/{Number(source)}/comments", new { body = "It smells of marzipan" })).Expect(201);
        await fixture.App.DeliveredAsync();
        await FlushAsync(desk);
        Assert.Equal([Number(source)], await NumbersAsync(desk, "marzipan"));
        (await desk.PostAsync($"/api/tickets/{Number(source)}/merge", new { into = $"{Number(target)}" })).Expect(200);
        await fixture.App.DeliveredAsync();
        Assert.Equal([Number(target)], await NumbersAsync(desk, "marzipan"));
        await FlushAsync(desk);
        Assert.Equal([Number(target)], await NumbersAsync(desk, "marzipan"));
        (await desk.PostAsync($"/api/tickets/{Number(source)}/unmerge")).Expect(200);
        await fixture.App.DeliveredAsync();
        Assert.Equal([Number(source)], await NumbersAsync(desk, "marzipan"));
    }

    [Fact]
    public async Task People_are_found_however_their_names_are_spelt()
    {
        using var desk = await fixture.OpenDeskAsync();
        foreach (var name in new[] { "Jürgen Müller", "Paula Mueller", "Ana Đurić", "Michael Schulz", "Michal Nowak" })
            (await desk.PostAsync("/api/contacts", new { name, emails = new[] { $"{Guid.NewGuid():N}@example.com" } })).Expect(201);
        (await desk.PostAsync("/api/organisations", new { id = "koeln", name = "Köln Hosting" })).Expect(201);
        async Task<List<string>> NamesAsync(string query) =>
            [
                .. (await ItemsAsync(desk, $"{Uri.EscapeDataString(query)}&type=contacts,organisations"))
                    .Select(one => (one["contact"] ?? one["organisation"])!["name"]!.GetValue<string>())
                    .Order(StringComparer.Ordinal),
            ];
        Assert.Equal(["Jürgen Müller", "Paula Mueller"], await NamesAsync("Müller"));
        Assert.Equal(["Jürgen Müller", "Paula Mueller"], await NamesAsync("MUELLER"));
        Assert.Equal(["Jürgen Müller"], await NamesAsync("muller"));
        Assert.Equal(["Jürgen Müller"], await NamesAsync("mueller juergen"));
        Assert.Equal(["Ana Đurić"], await NamesAsync("djuric"));
        Assert.Equal(["Michael Schulz"], await NamesAsync("michael"));
        Assert.Equal(["Köln Hosting"], await NamesAsync("koeln"));
        var marked = Assert.Single(await ItemsAsync(desk, "juergen&type=contacts"))["highlights"]![0]!;
        Assert.Equal("[[0,6]]", marked["marks"]!.ToJsonString());
    }

    [Fact]
    public async Task A_query_that_is_wrong_says_what_is_wrong()
    {
        using var desk = await fixture.OpenDeskAsync();
        foreach (
            var (query, word) in new[]
            {
                ("", "missing"),
                ("-printer", "wanted"),
                ("stauts:open", "stauts"),
                ("status:opened", "on-hold"),
                ("\"printer", "closed"),
                ("pr*nter", "end of a word"),
                ("p*", "at least 2"),
                ("assignee:me", "no agent"),
                ("vpn status:", "status without a value"),
                (string.Join(' ', Enumerable.Range(0, 17).Select(i => $"word{i}")), "16"),
                (new string('x', 401), "401 characters"),
                ("vpn\u0000x", "control character"),
            }
        )
        {
            using var asking = query == "assignee:me" ? await desk.WithRoleAsync("integration") : null;
            var answer = (await (asking ?? desk).GetAsync($"/api/search?q={Uri.EscapeDataString(query)}")).Expect(400);
            Assert.Contains(word, answer.Json["errors"]!["q"]!.ToJsonString(), StringComparison.Ordinal);
        }

        foreach (var type in (string[])["tickets", "contacts"])
            Assert.NotNull((await desk.GetAsync($"/api/search?q=vpn&type={type}&cursor=zz")).Expect(400).Json["errors"]!["cursor"]);
    }

    [Fact]
    public async Task Words_that_mean_the_same_are_found_in_tickets_and_articles_and_never_excluded()
    {
        using var desk = await fixture.OpenDeskAsync();
        using var other = await fixture.OpenDeskAsync();
        using var agent = await desk.WithRoleAsync("agent");
        using var bridge = await desk.WithRoleAsync("integration");
        await desk.OpenTicketAsync("My notebook is slow");
        await desk.OpenTicketAsync("The laptop is hot");
        await Knowledge.ArticlesTests.PublishAsync(desk, "A notebook gets hot", "Let it cool.");
        await fixture.App.DeliveredAsync();
        Assert.Single((await desk.GetAsync("/api/search?q=laptop")).Expect(200).Json["items"]!.AsArray());

        var empty = (await agent.GetAsync("/api/search/synonyms")).Expect(200);
        Assert.Equal("\"0\"", empty.ETag);
        var groups = new { groups = new[] { new { words = new[] { "laptop", "notebook" } } } };
        (await agent.PatchAsync("/api/search/synonyms", groups)).Expect(403);
        (await bridge.GetAsync("/api/search/synonyms")).Expect(403);
        var changed = (await desk.PatchAsync("/api/search/synonyms", groups, ("If-Match", "\"0\""))).Expect(200);
        Assert.Equal(("\"1\"", 1), (changed.ETag, changed.Json["version"]!.GetValue<int>()));
        Assert.Equal(1, (await desk.PatchAsync("/api/search/synonyms", groups)).Expect(200).Json["version"]!.GetValue<int>());
        (await desk.PatchAsync("/api/search/synonyms", groups, ("If-Match", "\"0\""))).Expect(412);
        var wrong = (await desk.PatchAsync("/api/search/synonyms", new { groups = new[] { new { words = new[] { "laptop" } } } })).Expect(400).Json;
        Assert.NotNull(wrong["errors"]!["groups[0].words"]);
        Assert.Empty((await other.GetAsync("/api/search/synonyms")).Expect(200).Json["groups"]!.AsArray());
        var entry = Assert.Single((await desk.GetAsync("/api/audit?kind=search-synonyms")).Expect(200).Json["items"]!.AsArray())!;
        Assert.Equal("notebook", entry["after"]!["groups"]![0]!["words"]![1]!.GetValue<string>());

        var found = (await desk.GetAsync("/api/search?q=laptop")).Expect(200).Json;
        Assert.Equal((2, "all"), (found["tickets"]!.GetValue<int>(), found["match"]!.GetValue<string>()));
        Assert.Equal(["A notebook gets hot", "The laptop is hot", "My notebook is slow"], found["items"]!.AsArray().Select(TitleOf));
        Assert.Equal("[[3,11]]", found["items"]![2]!["highlights"]![0]!["marks"]!.ToJsonString());
        var without = (await desk.GetAsync("/api/search?q=hot%20-laptop")).Expect(200).Json["items"]!.AsArray();
        Assert.Equal(["A notebook gets hot"], without.Select(TitleOf));
        Assert.Equal(["A notebook gets hot"], await Knowledge.ArticlesTests.FindAsync(desk, "laptop"));
        Assert.Empty(await Knowledge.ArticlesTests.FindAsync(other, "laptop"));

        static string TitleOf(JsonNode? item) => (item!["ticket"]?["subject"] ?? item["article"]!["title"])!.GetValue<string>();
    }

    [Fact]
    public async Task Contacts_and_organisations_come_first_and_tickets_page_by_page()
    {
        using var desk = await fixture.OpenDeskAsync();
        (
            await desk.PostAsync(
                "/api/organisations",
                new
                {
                    id = "linden",
                    name = "Linden Ltd",
                    domains = new[] { "linden.example" },
                }
            )
        ).Expect(201);
        (await desk.PostAsync("/api/contacts", new { name = "Linda Lindgren", emails = new[] { "linda@linden.example" } })).Expect(201);
        var tickets = new List<long>();
        for (var i = 0; i < 7; i++)
            tickets.Add(Number(await desk.OpenTicketAsync($"Linden office, desk {i}")));
        await fixture.App.DeliveredAsync();

        var page = (await desk.GetAsync("/api/search?q=linden&limit=3")).Expect(200).Json;
        Assert.Equal(
            ["contacts", "organisations", "tickets", "tickets", "tickets"],
            page["items"]!.AsArray().Select(item => item!["type"]!.GetValue<string>())
        );
        var found = Numbers(page);
        while (page["nextCursor"] is { } next)
        {
            page = (await desk.GetAsync($"/api/search?q=linden&limit=3&cursor={next.GetValue<string>()}")).Expect(200).Json;
            found.AddRange(Numbers(page));
        }

        tickets.Reverse();
        Assert.Equal(tickets, found);
        Assert.Equal(["contacts"], (await ItemsAsync(desk, "lindgren&type=contacts")).Select(item => item["type"]!.GetValue<string>()));
        Assert.Equal(["contacts"], (await ItemsAsync(desk, "linda@linden.example&type=contacts")).Select(item => item["type"]!.GetValue<string>()));
        Assert.Empty(await ItemsAsync(desk, "lindgren status:new"));
        // An integration sees no organisations, and nobody sees those of others.
        using var integration = await desk.WithRoleAsync("integration");
        Assert.Empty(await ItemsAsync(integration, "linden&type=organisations"));
        Assert.Single(await ItemsAsync(integration, "lindgren&type=contacts"));
        using var other = await fixture.OpenDeskAsync();
        Assert.Empty(await ItemsAsync(other, "linden"));
    }

    [Fact]
    public async Task The_same_is_found_when_what_is_new_has_become_segments()
    {
        using var desk = await fixture.OpenDeskAsync();
        var numbers = new List<long>();
        for (var i = 0; i < 12; i++)
        {
            numbers.Add(Number(await desk.OpenTicketAsync($"Grossküche {i} in Zagreb, pećnica {(i % 2 == 0 ? "kaput" : "radi")}")));
            await fixture.App.DeliveredAsync();
            if (i % 3 == 2)
                await FlushAsync(desk);
        }

        numbers.Reverse();
        foreach (var query in new[] { "grosskueche", "Großküche", "zagreb*", "\"in zagreb\"", "pecnica" })
            Assert.Equal(numbers, await NumbersAsync(desk, query));
        Assert.Equal(numbers.Where((_, i) => i % 2 == 1), await NumbersAsync(desk, "zagreb kaput"));
        Assert.Equal(numbers.Where((_, i) => i % 2 == 0), await NumbersAsync(desk, "zagreb -kaput"));
        Assert.Equal([numbers[^1]], await NumbersAsync(desk, "\"grossküche 0\""));
    }

    private Task<bool> FlushAsync(Desk desk) =>
        fixture.App.Services.GetRequiredService<SearchIndexStore>().FlushAsync(desk.Workspace, 1, purge: false, TestContext.Current.CancellationToken);

    private static long Number(Answer ticket) => ticket.Json["number"]!.GetValue<long>();

    private static async Task<List<JsonNode>> ItemsAsync(Desk desk, string query) =>
        [.. (await desk.GetAsync($"/api/search?q={query}")).Expect(200).Json["items"]!.AsArray().Select(item => item!)];

    private static List<long> Numbers(JsonNode page) =>
        [.. page["items"]!.AsArray().Select(item => item!["ticket"]?["number"]?.GetValue<long>()).OfType<long>()];

    private static async Task<List<long>> NumbersAsync(Desk desk, string query) =>
        Numbers((await desk.GetAsync($"/api/search?type=tickets&limit=100&q={Uri.EscapeDataString(query)}")).Expect(200).Json);

    private static async Task<List<string>?> FieldsAsync(Desk desk, string query, bool all = false)
    {
        var answer = (await desk.GetAsync($"/api/search?q={Uri.EscapeDataString(query)}")).Expect(200).Json;
        if (all && answer["match"]!.GetValue<string>() == "some")
            return null;
        return answer["items"]!.AsArray().FirstOrDefault()?["highlights"]!.AsArray().Select(one => one!["field"]!.GetValue<string>()).ToList();
    }
}
