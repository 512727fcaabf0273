using Helpdesk.Email;
using Helpdesk.Functions.Email;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace Helpdesk.Functions.Tests.Email;

/// <summary>The addresses of a workspace.</summary>
public sealed class MailboxTests(DeskFixture fixture)
{
    [Fact]
    public async Task A_mailbox_is_added_shown_changed_and_removed_and_its_secret_is_told_once()
    {
        using var desk = await fixture.OpenDeskAsync();
        using var agent = await desk.WithRoleAsync("agent");
        (await desk.PostAsync("/api/groups", new { id = "first-line", name = "First line" })).Expect(201);
        var address = $"support@{desk.Workspace}.example";
        var added = (
            await desk.PostAsync("/api/mailboxes", new { address = address.ToUpperInvariant(), group = "first-line" }, ("Idempotency-Key", "one"))
        ).Expect(201);
        var again = (
            await desk.PostAsync("/api/mailboxes", new { address = address.ToUpperInvariant(), group = "first-line" }, ("Idempotency-Key", "one"))
        ).Expect(201);
        Assert.Equal(added.Text, again.Text);
        var id = added.Json["mailbox"]!["id"]!.GetValue<string>();
        var secret = added.Json["intakeUrl"]!.GetValue<string>().Split('/')[^1];
        var shown = (await agent.GetAsync($"/api/mailboxes/{id}")).Expect(200);
        Assert.Equal(
            (address, "push", "ticket", true),
            (
                shown.Json["address"]!.GetValue<string>(),
                shown.Json["receive"]!.GetValue<string>(),
                shown.Json["automatic"]!.GetValue<string>(),
                shown.Json["hasIntakeUrl"]!.GetValue<bool>()
            )
        );
        shown.Hides(secret.Split('_')[^1]);
        (await agent.GetAsync("/api/mailboxes")).Expect(200).Hides(secret.Split('_')[^1]);

        var changed = (
            await desk.PatchAsync(
                $"/api/mailboxes/{id}",
                new
                {
                    group = (string?)null,
                    automatic = "ignore",
                    name = "Help",
                }
            )
        ).Expect(200).Json;
        Assert.Equal((null, "ignore", "Help"), (changed["group"], changed["automatic"]!.GetValue<string>(), changed["name"]!.GetValue<string>()));
        (await agent.PatchAsync($"/api/mailboxes/{id}", new { name = "x" })).Expect(403);
        (await agent.DeleteAsync($"/api/mailboxes/{id}")).Expect(403);
        (await desk.DeleteAsync($"/api/mailboxes/{id}")).Expect(204);
        (await desk.GetAsync($"/api/mailboxes/{id}")).Expect(404);
        (await desk.DeleteAsync($"/api/mailboxes/{id}")).Expect(404);
    }

    [Fact]
    public async Task An_address_belongs_to_one_mailbox_of_the_desk_and_is_free_again_when_that_is_gone()
    {
        using var one = await fixture.OpenDeskAsync();
        using var two = await fixture.OpenDeskAsync();
        var address = $"info@{one.Workspace}.example";
        (await one.PostAsync("/api/mailboxes", new { id = "info", address })).Expect(201);
        Assert.Equal("address-taken", (await one.PostAsync("/api/mailboxes", new { id = "other", address })).Expect(409).Code);
        Assert.Equal("address-taken", (await two.PostAsync("/api/mailboxes", new { id = "info", address })).Expect(409).Code);
        (await one.PatchAsync("/api/mailboxes/info", new { address = $"new-{address}" })).Expect(200);
        (await two.PostAsync("/api/mailboxes", new { id = "info", address })).Expect(201);
        Assert.Equal("address-taken", (await one.PatchAsync("/api/mailboxes/info", new { address })).Expect(409).Code);
        (await two.DeleteAsync("/api/mailboxes/info")).Expect(204);
        (await one.PatchAsync("/api/mailboxes/info", new { address })).Expect(200);
        Assert.Empty((await two.GetAsync("/api/mailboxes")).Json["items"]!.AsArray());
        (await two.PatchAsync("/api/mailboxes/info", new { name = "x" })).Expect(404);
        (await two.PostAsync("/api/mailboxes/info/renew")).Expect(404);
    }

    [Fact]
    public async Task The_address_of_somebody_who_writes_to_the_desk_is_no_mailbox_unless_that_is_meant()
    {
        using var desk = await fixture.OpenDeskAsync();
        var address = $"rita@{desk.Workspace}.example";
        (await desk.PostAsync("/api/contacts", new { name = "Rita", emails = new[] { address } })).Expect(201);
        var refused = (await desk.PostAsync("/api/mailboxes", new { id = "rita", address })).Expect(409);
        Assert.Equal("address-of-contact", refused.Code);
        Assert.Contains("\"confirm\": true", refused.Json["detail"]!.GetValue<string>(), StringComparison.Ordinal);
        (await desk.PostAsync("/api/mailboxes", new { id = "info", address = $"info@{desk.Workspace}.example" })).Expect(201);
        Assert.Equal("address-of-contact", (await desk.PatchAsync("/api/mailboxes/info", new { aliases = new[] { address } })).Expect(409).Code);
        (await desk.PatchAsync("/api/mailboxes/info", new { aliases = new[] { address }, confirm = true })).Expect(200);
        // What it has already is not asked about again.
        (await desk.PatchAsync("/api/mailboxes/info", new { aliases = new[] { address, $"other@{desk.Workspace}.example" } })).Expect(200);
        (await desk.PatchAsync("/api/mailboxes/info", new { aliases = (string[]?)null })).Expect(200);
    }

    [Fact]
    public async Task An_address_that_was_kept_by_a_process_that_died_is_free_after_a_while_for_one_of_those_who_want_it()
    {
        await using var app = await fixture.StartFrozenAppAsync();
        using var first = await fixture.OpenDeskAsync(app);
        var alias = $"stale@{first.Workspace}.example";
        // It died between keeping the address and adding the mailbox.
        var died = new Mailbox
        {
            Id = "died",
            Address = $"died@{first.Workspace}.example",
            Aliases = [alias],
            Receive = MailboxReceive.Push,
            CreatedAt = TimeProvider.System.GetUtcNow(),
        };
        await app.Services.GetRequiredService<MailboxStore>().ClaimAsync(first.Workspace, died, TestContext.Current.CancellationToken);
        var desks = new List<Desk>();
        for (var i = 0; i < 6; i++)
            desks.Add(await fixture.OpenDeskAsync(app));
        Task<Answer> WantAsync(Desk desk) =>
            desk.PostAsync("/api/mailboxes", new { address = $"support@{desk.Workspace}.example", aliases = new[] { alias } });
        (await WantAsync(desks[0])).Expect(409);

        ((FakeTimeProvider)app.Services.GetRequiredService<TimeProvider>()).Advance(TimeSpan.FromMinutes(3));
        var answers = await Task.WhenAll(desks.Select(WantAsync));
        Assert.Single(answers, answer => answer.Status == 201);
        Assert.All(answers.Where(answer => answer.Status != 201), answer => Assert.Equal((409, "address-taken"), (answer.Status, answer.Code)));
        (
            await first.PostAsync(
                "/api/mailboxes",
                new
                {
                    id = "died",
                    address = died.Address,
                    aliases = new[] { alias },
                }
            )
        ).Expect(409);
        foreach (var desk in desks)
            desk.Dispose();
    }

    [Fact]
    public async Task Aliases_and_addresses_share_one_space_over_all_workspaces()
    {
        using var one = await fixture.OpenDeskAsync();
        using var two = await fixture.OpenDeskAsync();
        string At(string name) => $"{name}@{one.Workspace}.example";
        async Task TakenAsync(Task<Answer> asked) => Assert.Equal("address-taken", (await asked).Expect(409).Code);
        (
            await one.PostAsync(
                "/api/mailboxes",
                new
                {
                    id = "a",
                    address = At("a"),
                    aliases = new[] { At("a"), At("b"), At("c") },
                }
            )
        ).Expect(201);
        // An address that is another's alias, an alias that is another's address, and one that is another's alias.
        await TakenAsync(two.PostAsync("/api/mailboxes", new { id = "x", address = At("b") }));
        await TakenAsync(one.PostAsync("/api/mailboxes", new { id = "x", address = At("c") }));
        await TakenAsync(
            two.PostAsync(
                "/api/mailboxes",
                new
                {
                    id = "x",
                    address = At("x"),
                    aliases = new[] { At("y"), At("A") },
                }
            )
        );
        (await two.PostAsync("/api/mailboxes", new { id = "z", address = At("z") })).Expect(201);
        await TakenAsync(two.PatchAsync("/api/mailboxes/z", new { aliases = new[] { At("new"), At("b") } }));
        await TakenAsync(two.PatchAsync("/api/mailboxes/z", new { address = At("C") }));
        // What was refused keeps nothing.
        (await one.PatchAsync("/api/mailboxes/a", new { aliases = new[] { At("c"), At("x"), At("y"), At("new") } })).Expect(200);
        // What is given up is free: an alias that is left out, all of a mailbox that is removed; an alias may become the address.
        (await two.PatchAsync("/api/mailboxes/z", new { aliases = new[] { At("b") } })).Expect(200);
        (await one.PatchAsync("/api/mailboxes/a", new { address = At("c"), aliases = new[] { At("a") } })).Expect(200);
        await TakenAsync(two.PatchAsync("/api/mailboxes/z", new { aliases = new[] { At("a") } }));
        (await one.DeleteAsync("/api/mailboxes/a")).Expect(204);
        (await two.PatchAsync("/api/mailboxes/z", new { aliases = new[] { At("a"), At("c"), At("x"), At("y") } })).Expect(200);
        await TakenAsync(one.PostAsync("/api/mailboxes", new { id = "a", address = At("a") }));
    }

    [Fact]
    public async Task A_group_that_a_mailbox_names_stays_until_there_is_a_successor()
    {
        using var desk = await fixture.OpenDeskAsync();
        foreach (var id in new[] { "first", "second" })
            (await desk.PostAsync("/api/groups", new { id, name = id })).Expect(201);
        await MailDesk.AddMailboxAsync(desk, $"a@{desk.Workspace}.example", new { id = "a", group = "first" });
        var refused = (await desk.DeleteAsync("/api/groups/first")).Expect(409);
        Assert.Equal("group-in-use", refused.Code);
        Assert.Contains("1 mailboxes (a)", refused.Text, StringComparison.Ordinal);
        (await desk.DeleteAsync("/api/groups/first?successor=second")).Expect(204);
        Assert.Equal("second", (await desk.GetAsync("/api/mailboxes/a")).Json["group"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("""{"address":"nobody"}""", "address")]
    [InlineData("""{"address":"a@b.example","group":"nowhere"}""", "group")]
    [InlineData("""{"address":"a@b.example","language":"xx"}""", "language")]
    [InlineData("""{"address":"a@b.example","aliases":["x"]}""", "aliases")]
    [InlineData("""{"address":"a@b.example","sendGridKey":"AAAA"}""", "sendGridKey")]
    [InlineData("""{"address":"a@b.example","receive":"imap"}""", "imap")]
    [InlineData(
        """{"address":"a@b.example","receive":"imap","imap":{"host":"h","user":"u","passwordSetting":"AzureWebJobsStorage"}}""",
        "imap.passwordSetting"
    )]
    [InlineData("""{"address":"a@b.example","receive":"imap","imap":{"host":"h","user":"u"}}""", "imap.passwordSetting")]
    [InlineData(
        """
            {"address":"a@b.example","receive":"imap","imap":{"host":"h","user":"u",
             "oauth":{"tokenUrl":"http://x.example","clientId":"c","secretSetting":"MailSecrets__S","scope":"s"}}}
            """,
        "imap.oauth.tokenUrl"
    )]
    [InlineData(
        """
            {"address":"a@b.example","receive":"imap","imap":{"host":"h","user":"u",
             "oauth":{"tokenUrl":"file:///etc/token","clientId":"c","secretSetting":"MailSecrets__S","scope":"s"}}}
            """,
        "imap.oauth.tokenUrl"
    )]
    [InlineData(
        """
            {"address":"a@b.example","receive":"imap","imap":{"host":"h","user":"u",
             "oauth":{"tokenUrl":"ftp://localhost/token","clientId":"c","secretSetting":"MailSecrets__S","scope":"s"}}}
            """,
        "imap.oauth.tokenUrl"
    )]
    [InlineData(
        """
            {"address":"a@b.example","receive":"imap","imap":{"host":"h","user":"u",
             "oauth":{"tokenUrl":"http://localhost.example/token","clientId":"c","secretSetting":"MailSecrets__S","scope":"s"}}}
            """,
        "imap.oauth.tokenUrl"
    )]
    public async Task What_makes_no_sense_in_a_mailbox_is_named(string body, string field)
    {
        using var desk = await fixture.OpenDeskAsync();
        var refused = (await desk.PostAsync("/api/mailboxes", System.Text.Json.Nodes.JsonNode.Parse(body))).Expect(400);
        Assert.Contains(field, refused.Json["errors"]!.AsObject().Select(pair => pair.Key));
    }

    [Fact]
    public async Task A_mailbox_that_fetches_has_no_secret_address_until_it_is_told_to_take_posts()
    {
        using var desk = await fixture.OpenDeskAsync();
        var address = $"imap@{desk.Workspace}.example";
        var imap = new
        {
            host = "mail.example",
            user = "imap",
            passwordSetting = "MailSecrets__ImapPassword",
        };
        var added = (
            await desk.PostAsync(
                "/api/mailboxes",
                new
                {
                    id = "imap",
                    address,
                    receive = "imap",
                    imap,
                }
            )
        ).Expect(201);
        Assert.Null(added.Json["intakeUrl"]);
        Assert.Equal(
            (993, "tls"),
            (added.Json["mailbox"]!["imap"]!["port"]!.GetValue<int>(), added.Json["mailbox"]!["imap"]!["security"]!.GetValue<string>())
        );
        Assert.Equal("mailbox-fetches", (await desk.PostAsync("/api/mailboxes/imap/renew")).Expect(409).Code);
        Assert.Null((await desk.PatchAsync("/api/mailboxes/imap", new { receive = "push" })).Expect(200).Json["imap"]);
        (await desk.PatchAsync("/api/mailboxes/imap", new { imap })).Expect(400);
        Assert.NotNull((await desk.PostAsync("/api/mailboxes/imap/renew")).Expect(200).Json["intakeUrl"]);
        (await desk.PatchAsync("/api/mailboxes/imap", new { receive = "imap" })).Expect(400);
    }
}
