using Azure.Core;
using Helpdesk.Functions.Contacts;
using Helpdesk.Functions.Storage;
using Helpdesk.Functions.Tests.Tickets;
using Microsoft.Extensions.DependencyInjection;

namespace Helpdesk.Functions.Tests.Contacts;

public sealed class MergeContactTests(DeskFixture fixture)
{
    private static async Task<string> AddAsync(Desk desk, string name, params string[] emails) =>
        (await desk.PostAsync("/api/contacts", new { name, emails })).Expect(201).Json["id"]!.GetValue<string>();

    private static Task<Answer> MergeAsync(Desk desk, string from, string into) => desk.PostAsync($"/api/contacts/{from}/merge", new { into });

    private static async Task<string> LivingAsync(Desk desk, string id) =>
        (await desk.GetAsync($"/api/contacts/{id}")).Expect(200).Json["id"]!.GetValue<string>();

    [Fact]
    public async Task A_merged_contact_leads_to_the_one_that_goes_on_which_has_everything()
    {
        using var desk = await fixture.OpenDeskAsync();
        var ticket = await desk.OpenTicketAsync(email: "old@example.com");
        await fixture.App.DeliveredAsync();
        var old = (await desk.GetAsync("/api/contacts?search=old@example.com")).Json["items"]![0]!["id"]!.GetValue<string>();
        var id = await AddAsync(desk, "Rita Neu", "new@example.com");
        var merged = (await MergeAsync(desk, old, id)).Expect(200).Json;
        Assert.Equal(["new@example.com", "old@example.com"], merged["emails"]!.AsArray().Select(one => one!.GetValue<string>()));
        Assert.Equal([old], merged["merged"]!.AsArray().Select(one => one!.GetValue<string>()));
        Assert.Equal(id, await LivingAsync(desk, old));
        Assert.Equal(
            ticket.Json["number"]!.GetValue<long>(),
            (await desk.GetAsync($"/api/contacts/{old}/tickets")).Expect(200).Json["items"]![0]!["number"]!.GetValue<long>()
        );
        Assert.Equal(id, Assert.Single((await desk.GetAsync("/api/contacts?search=old@")).Json["items"]!.AsArray())!["id"]!.GetValue<string>());
        // The same again changes nothing; the other way round is refused.
        Assert.Equal(merged["version"]!.GetValue<long>(), (await MergeAsync(desk, old, id)).Expect(200).Json["version"]!.GetValue<long>());
        Assert.Equal("merge-into-itself", (await MergeAsync(desk, id, old)).Expect(409).Code);
        Assert.Equal("merge-into-itself", (await MergeAsync(desk, id, id)).Expect(409).Code);
        (await MergeAsync(desk, "0000000000000000", id)).Expect(404);
        (await MergeAsync(desk, id, "0000000000000000")).Expect(400);
        // Whoever writes from either address is the same person, and what the old id is told goes to the new one.
        await desk.OpenTicketAsync(email: "old@example.com");
        await fixture.App.DeliveredAsync();
        Assert.Single((await desk.GetAsync("/api/contacts")).Json["items"]!.AsArray());
        Assert.Equal("R", (await desk.PatchAsync($"/api/contacts/{old}", new { name = "R" })).Expect(200).Json["name"]!.GetValue<string>());
        Assert.Equal("email-taken", (await desk.PostAsync("/api/contacts", new { emails = new[] { "old@example.com" } })).Expect(409).Code);
    }

    [Theory]
    [InlineData(2, 6)]
    [InlineData(3, 4)]
    [InlineData(5, 2)]
    public async Task Of_merges_that_cross_or_form_a_ring_exactly_one_is_refused(int people, int rounds)
    {
        await using var second = await RunningApp.StartAsync(fixture.Storage);
        using var desk = await fixture.OpenDeskAsync();
        using var elsewhere = new Desk(desk.Workspace, desk.Key, second.Address);
        for (var round = 0; round < rounds; round++)
        {
            var ids = new List<string>();
            for (var i = 0; i < people; i++)
                ids.Add(await AddAsync(desk, $"P{i}", $"r{round}p{i}@example.com"));
            var merges = await Task.WhenAll(ids.Select((id, i) => MergeAsync(i % 2 == 0 ? desk : elsewhere, id, ids[(i + 1) % people])));
            Assert.Equal("merge-into-itself", Assert.Single(merges, one => one.Status != 200).Expect(409).Code);
            var living = new HashSet<string>();
            foreach (var id in ids)
                living.Add(await LivingAsync(elsewhere, id));
            var only = Assert.Single(living);
            var emails = (await desk.GetAsync($"/api/contacts/{only}")).Json["emails"]!.AsArray().Select(one => one!.GetValue<string>()).Order();
            Assert.Equal(Enumerable.Range(0, people).Select(i => $"r{round}p{i}@example.com"), emails);
        }
    }

    [Fact]
    public async Task A_merge_that_is_killed_between_any_two_writes_is_finished_by_whoever_looks_next()
    {
        await using var mortal = await MortalApp.StartAsync(fixture.Storage, "Contacts");
        using var desk = await fixture.OpenDeskAsync();
        using var dying = new Desk(desk.Workspace, desk.Key, mortal.App.Address);
        for (var writes = 0; ; writes++)
        {
            var (from, into) = (
                await AddAsync(desk, "From", $"from{writes}@example.com", $"also{writes}@example.com"),
                await AddAsync(desk, "Into", $"into{writes}@example.com")
            );
            mortal.DieAfter(writes);
            await MergeAsync(dying, from, into);
            var died = mortal.HasDied;
            mortal.Revive();

            var seen = writes % 2 == 0 ? from : into;
            await LivingAsync(desk, seen);
            var decided = await LivingAsync(desk, from) == into;
            // Nothing of it is seen, or all of it.
            Assert.Equal(decided || writes > 0, writes > 0);
            foreach (
                var (email, owner) in new[] { ($"from{writes}@example.com", decided ? into : from), ($"also{writes}@example.com", decided ? into : from) }
            )
            {
                var found = await fixture
                    .App.Services.GetRequiredService<ContactStore>()
                    .FindByEmailAsync(desk.Workspace, email, TestContext.Current.CancellationToken);
                Assert.Equal(owner, found?.Id);
            }

            Assert.Equal(decided ? 3 : 1, (await desk.GetAsync($"/api/contacts/{into}")).Json["emails"]!.AsArray().Count);
            if (!died)
            {
                Assert.True(writes >= 5, $"A merge has more than {writes} writes.");
                return;
            }
        }
    }

    [Fact]
    public async Task A_contact_whose_maker_died_between_any_two_writes_is_made_by_whoever_looks_next()
    {
        await using var mortal = await MortalApp.StartAsync(fixture.Storage, "Contacts");
        using var desk = await fixture.OpenDeskAsync();
        var (dying, living) = (mortal.App.Services.GetRequiredService<ContactStore>(), fixture.App.Services.GetRequiredService<ContactStore>());
        for (var writes = 0; ; writes++)
        {
            var seen = new Helpdesk.Contacts.Sighting(
                $"made{writes}@example.com",
                "Maker",
                "hr",
                [new("chat", $"place-{writes}"), new("entra", $"e-{writes}")]
            );
            mortal.DieAfter(writes);
            var died = false;
            try
            {
                await dying.LearnAsync(desk.Workspace, seen, TestContext.Current.CancellationToken);
            }
            catch (InvalidOperationException)
            {
                died = true;
            }

            mortal.Revive();
            // Somebody meets them in the chat alone, somebody by their address.
            await living.LearnAsync(desk.Workspace, seen, TestContext.Current.CancellationToken);
            var ids = new HashSet<string?>();
            foreach (var key in Helpdesk.Contacts.ContactRules.KeysOf(seen))
                ids.Add((await living.FindByKeyAsync(desk.Workspace, key, TestContext.Current.CancellationToken))?.Id);
            Assert.NotNull(Assert.Single(ids));
            Assert.Single((await desk.GetAsync($"/api/contacts?search=made{writes}@")).Json["items"]!.AsArray());
            if (!died)
            {
                Assert.True(writes >= 4, $"Making a contact has more than {writes} writes.");
                return;
            }
        }
    }

    [Fact]
    public async Task A_change_of_addresses_that_is_killed_between_any_two_writes_leaves_no_address_to_two_people()
    {
        await using var mortal = await MortalApp.StartAsync(fixture.Storage, "Contacts");
        using var desk = await fixture.OpenDeskAsync();
        using var dying = new Desk(desk.Workspace, desk.Key, mortal.App.Address);
        for (var writes = 0; ; writes++)
        {
            var id = await AddAsync(desk, "Changer", $"before{writes}@example.com", $"stays{writes}@example.com");
            mortal.DieAfter(writes);
            await dying.PatchAsync($"/api/contacts/{id}", new { emails = new[] { $"stays{writes}@example.com", $"after{writes}@example.com" } });
            var died = mortal.HasDied;
            mortal.Revive();
            // Whatever became of it, each address can be met again and is one person's.
            foreach (var email in new[] { $"before{writes}@example.com", $"stays{writes}@example.com", $"after{writes}@example.com" })
            {
                var store = fixture.App.Services.GetRequiredService<ContactStore>();
                await store.LearnAsync(desk.Workspace, new(email, null), TestContext.Current.CancellationToken);
                var owner = await store.FindByEmailAsync(desk.Workspace, email, TestContext.Current.CancellationToken);
                var found = (await desk.GetAsync($"/api/contacts?search={email}")).Json["items"]!.AsArray();
                Assert.Equal(owner!.Id, Assert.Single(found)!["id"]!.GetValue<string>());
                Assert.Contains(email, owner.Emails);
            }

            if (!died)
                return;
        }
    }
}
