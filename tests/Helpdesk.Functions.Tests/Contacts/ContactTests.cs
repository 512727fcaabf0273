using System.Text.Json.Nodes;
using Helpdesk.Functions.Contacts;
using Helpdesk.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Helpdesk.Functions.Tests.Contacts;

public sealed class ContactTests(DeskFixture fixture)
{
    private static async Task<JsonNode> ByEmailAsync(Desk desk, string email)
    {
        JsonNode? found = null;
        await Until.TrueAsync(
            async () =>
            {
                var items = (await desk.GetAsync($"/api/contacts?search={Uri.EscapeDataString(email)}")).Expect(200).Json["items"]!.AsArray();
                found = items.FirstOrDefault(one =>
                    one!["emails"]!.AsArray().Any(mail => string.Equals(mail!.GetValue<string>(), email, StringComparison.OrdinalIgnoreCase))
                );
                return found is not null;
            },
            $"there is a contact with {email}"
        );
        return (await desk.GetAsync($"/api/contacts/{found!["id"]}")).Expect(200).Json;
    }

    private static Task<Answer> AddAsync(Desk desk, string name, params string[] emails) => desk.PostAsync("/api/contacts", new { name, emails });

    [Fact]
    public async Task A_ticket_makes_a_contact_of_everybody_on_it_once()
    {
        using var desk = await fixture.OpenDeskAsync();
        await desk.OpenTicketAsync(email: "Rita@Example.com");
        await desk.OpenTicketAsync(email: "rita@example.com");
        var ticket = await desk.OpenTicketAsync(email: "max@example.com");
        (
            await desk.PatchAsync(
                $"/api/tickets/{ticket.Json["id"]}",
                new
                {
                    requester = new { email = "moritz@example.com", name = "Moritz" },
                    participants = new[] { new { email = "ned@example.com", name = "Ned Neumann" } },
                }
            )
        ).Expect(200);
        await fixture.App.DeliveredAsync();

        var rita = await ByEmailAsync(desk, "rita@example.com");
        Assert.Equal("Rita", rita["name"]!.GetValue<string>());
        Assert.Equal("Ned Neumann", (await ByEmailAsync(desk, "ned@example.com"))["name"]!.GetValue<string>());
        var all = (await desk.GetAsync("/api/contacts")).Expect(200).Json["items"]!.AsArray();
        Assert.Equal(
            ["max@example.com", "moritz@example.com", "ned@example.com", "rita@example.com"],
            all.SelectMany(one => one!["emails"]!.AsArray().Select(mail => mail!.GetValue<string>())).Order()
        );
        var tickets = (await desk.GetAsync($"/api/contacts/{rita["id"]}/tickets")).Expect(200).Json["items"]!.AsArray();
        Assert.Equal(2, tickets.Count);
    }

    [Fact]
    public async Task The_same_address_at_the_same_instant_in_two_processes_is_one_contact()
    {
        await using var second = await RunningApp.StartAsync(fixture.Storage);
        using var desk = await fixture.OpenDeskAsync();
        var stores = new[] { fixture.App, second }.Select(app => app.Services.GetRequiredService<ContactStore>()).ToList();
        for (var round = 0; round < 5; round++)
        {
            var email = $"race{round}@example.com";
            await Task.WhenAll(
                Enumerable
                    .Range(0, 8)
                    .Select(i => stores[i % 2].LearnAsync(desk.Workspace, new(email, i % 3 == 0 ? null : "Racer"), TestContext.Current.CancellationToken))
            );
            var found = (await desk.GetAsync($"/api/contacts?search={email}")).Expect(200).Json["items"]!.AsArray();
            Assert.Equal("Racer", Assert.Single(found)!["name"]!.GetValue<string>());
        }
    }

    [Fact]
    public async Task Contacts_are_added_read_changed_and_found()
    {
        using var desk = await fixture.OpenDeskAsync();
        (await desk.PatchAsync("/api/contact-settings", new { region = "DE" })).Expect(200);
        var added = (
            await desk.PostAsync(
                "/api/contacts",
                new
                {
                    name = "Jürgen Weiß",
                    emails = new[] { "J.Weiss@Example.org", "jw@example.net" },
                    phones = new[] { "030 123456", "+385 1 4872 000" },
                    language = "de",
                    timeZone = "Europe/Berlin",
                    vip = true,
                    notes = "Calls first",
                }
            )
        ).Expect(201);
        var id = added.Json["id"]!.GetValue<string>();
        Assert.Equal(["+4930123456", "+38514872000"], added.Json["phones"]!.AsArray().Select(one => one!.GetValue<string>()));
        Assert.Equal(["j.weiss@example.org", "jw@example.net"], added.Json["emails"]!.AsArray().Select(one => one!.GetValue<string>()));
        foreach (var search in new[] { "jurgen", "JÜRGEN WEISS", "weiss", "j.weiss@", "example.net", "jw@example.net", "%2B4930" })
            Assert.Equal(
                id,
                Assert.Single((await desk.GetAsync($"/api/contacts?search={search}")).Expect(200).Json["items"]!.AsArray())!["id"]!.GetValue<string>()
            );
        Assert.Empty((await desk.GetAsync("/api/contacts?search=eiss")).Expect(200).Json["items"]!.AsArray());

        var read = (await desk.GetAsync($"/api/contacts/{id}")).Expect(200);
        Assert.Equal("\"1\"", read.ETag);
        (await desk.PatchAsync($"/api/contacts/{id}", new { name = "J" }, ("If-Match", "\"7\""))).Expect(412);
        var changed = (
            await desk.PatchAsync($"/api/contacts/{id}", new { emails = new[] { "jw@example.net" }, notes = (string?)null }, ("If-Match", "\"1\""))
        ).Expect(200);
        Assert.Null(changed.Json["notes"]);
        Assert.Empty((await desk.GetAsync("/api/contacts?search=j.weiss@")).Expect(200).Json["items"]!.AsArray());
        // An address that is free again can be somebody else's.
        (await AddAsync(desk, "Another", "j.weiss@example.org")).Expect(201);
    }

    [Theory]
    [InlineData("""{"emails":["no address"]}""", "emails")]
    [InlineData("""{"name":"A","phones":["12"]}""", "phones")]
    [InlineData("""{"name":"A","phones":["030 123456"]}""", "phones")]
    [InlineData("""{"name":"A","language":"fr"}""", "language")]
    [InlineData("""{"name":"A","timeZone":"Mars/Olympus"}""", "timeZone")]
    [InlineData("""{"name":"A","organisation":"nowhere"}""", "organisation")]
    [InlineData("""{}""", "name")]
    [InlineData("""{"name":"A","nickname":"B"}""", "nickname")]
    public async Task What_is_wrong_with_a_contact_is_said_by_field(string body, string field)
    {
        using var desk = await fixture.OpenDeskAsync();
        var answer = await desk.PostAsync("/api/contacts", JsonNode.Parse(body)!);
        Assert.NotNull(answer.Expect(400).Json["errors"]![field]);
    }

    [Fact]
    public async Task An_address_or_number_that_somebody_has_is_a_conflict_that_names_them()
    {
        using var desk = await fixture.OpenDeskAsync();
        var one = (await desk.PostAsync("/api/contacts", new { emails = new[] { "one@example.com" }, phones = new[] { "+49 30 123456" } })).Expect(201);
        var other = (await AddAsync(desk, "Other", "other@example.com")).Expect(201);
        var taken = await desk.PatchAsync($"/api/contacts/{other.Json["id"]}", new { emails = new[] { "other@example.com", "ONE@example.com" } });
        Assert.Equal("email-taken", taken.Expect(409).Code);
        Assert.Contains(one.Json["id"]!.GetValue<string>(), taken.Json["detail"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal("phone-taken", (await desk.PatchAsync($"/api/contacts/{other.Json["id"]}", new { phones = new[] { "+49 30 123456" } })).Expect(409).Code);
        Assert.Equal("email-taken", (await AddAsync(desk, "Third", "third@example.com", "one@example.com")).Expect(409).Code);
        // What was refused has taken nothing.
        (await AddAsync(desk, "Third", "third@example.com")).Expect(201);
    }

    [Fact]
    public async Task Contacts_of_another_workspace_are_not_seen_and_notes_only_by_who_may()
    {
        using var desk = await fixture.OpenDeskAsync();
        using var other = await fixture.OpenDeskAsync();
        var added = (
            await desk.PostAsync(
                "/api/contacts",
                new
                {
                    name = "Rita",
                    emails = new[] { "rita@example.com" },
                    notes = "Secret",
                }
            )
        ).Expect(201);
        var id = added.Json["id"]!.GetValue<string>();
        (await other.GetAsync($"/api/contacts/{id}")).Expect(404);
        (await other.PatchAsync($"/api/contacts/{id}", new { name = "X" })).Expect(404);
        (await other.PostAsync($"/api/contacts/{id}/merge", new { into = id })).Expect(404);
        (await other.GetAsync($"/api/contacts/{id}/tickets")).Expect(404);
        Assert.Empty((await other.GetAsync("/api/contacts?search=rita")).Expect(200).Json["items"]!.AsArray());
        (await AddAsync(other, "Rita", "rita@example.com")).Expect(201);

        using var bridge = await desk.WithRoleAsync("integration");
        Assert.Null((await bridge.GetAsync($"/api/contacts/{id}")).Expect(200).Json["notes"]);
        (await bridge.PatchAsync($"/api/contacts/{id}", new { name = "X" })).Expect(403);
        Assert.Equal("Secret", (await desk.GetAsync($"/api/contacts/{id}")).Json["notes"]!.GetValue<string>());
        using var nobody = new Desk(desk.Workspace, "", fixture.App.Address);
        (await nobody.GetAsync("/api/contacts")).Expect(401);
    }

    [Fact]
    public async Task Pages_give_everybody_once_at_the_same_cost_however_many_there_are()
    {
        await using var app = await fixture.StartFrozenAppAsync();
        using var desk = await fixture.OpenDeskAsync(app);
        for (var i = 0; i < 30; i++)
            (await AddAsync(desk, $"Person {i:D2}", $"p{i:D2}@example.com")).Expect(201);
        using var count = new StorageCount(app);
        var (seen, cursor) = (new List<string>(), "");
        while (true)
        {
            count.Reset();
            var page = (await desk.GetAsync($"/api/contacts?limit=7{cursor}")).Expect(200).Json;
            Assert.InRange(count.Count, 1, 4);
            seen.AddRange(page["items"]!.AsArray().Select(one => one!["name"]!.GetValue<string>()));
            if (page["nextCursor"] is not { } next)
                break;
            cursor = $"&cursor={next.GetValue<string>()}";
        }

        Assert.Equal(Enumerable.Range(0, 30).Select(i => $"Person {i:D2}"), seen);
        count.Reset();
        Assert.Equal(25, (await desk.GetAsync("/api/contacts?search=person")).Expect(200).Json["items"]!.AsArray().Count);
        Assert.InRange(count.Count, 1, 4);
        (await desk.GetAsync("/api/contacts?cursor=abc")).Expect(400);
    }

    [Fact]
    public async Task A_contact_costs_a_ticket_four_requests_the_first_time_and_none_afterwards()
    {
        await using var app = await fixture.StartFrozenAppAsync();
        using var desk = await fixture.OpenDeskAsync(app);
        await desk.OpenTicketAsync();
        using var count = new StorageCount(app);
        await count.WhenDeliveredAsync();
        count.Reset();
        await desk.OpenTicketAsync(email: "known@example.com");
        await count.WhenDeliveredAsync();
        // Whether they are known; the row that decides; the contact. The domain's organisation is remembered.
        Assert.Equal(
            3,
            count.Paths.Count(path => path.Contains("Contacts", StringComparison.Ordinal) || path.Contains("batch-contacts", StringComparison.Ordinal)) + 1
        );
        var first = count.Count;
        count.Reset();
        await desk.OpenTicketAsync(email: "known@example.com");
        await count.WhenDeliveredAsync();
        Assert.Equal(first - 3, count.Count);
        count.Reset();
        await desk.OpenTicketAsync(email: "new@another.example");
        Assert.Equal(first + 1, await count.WhenDeliveredAsync());
    }

    [Fact]
    public async Task A_repeated_request_gives_the_same_contact()
    {
        using var desk = await fixture.OpenDeskAsync();
        var body = new { name = "Rita", emails = new[] { "rita@example.com" } };
        var first = (await desk.PostAsync("/api/contacts", body, ("Idempotency-Key", "one"))).Expect(201);
        var again = (await desk.PostAsync("/api/contacts", body, ("Idempotency-Key", "one"))).Expect(201);
        Assert.Equal(first.Json["id"]!.GetValue<string>(), again.Json["id"]!.GetValue<string>());
        Assert.Equal("idempotency-key-reused", (await desk.PostAsync("/api/contacts", new { name = "X" }, ("Idempotency-Key", "one"))).Expect(409).Code);
    }
}
