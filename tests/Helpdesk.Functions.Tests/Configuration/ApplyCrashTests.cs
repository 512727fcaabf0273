using System.Text.Json;
using System.Text.Json.Nodes;
using Helpdesk.Directory;
using Helpdesk.Functions.Configuration;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;
using Helpdesk.Functions.Tests.Tickets;
using Helpdesk.Tickets;
using Microsoft.Extensions.DependencyInjection;

namespace Helpdesk.Functions.Tests.Configuration;

/// <summary>Applies that are killed, delivered twice, overtaken by others or lost end as all or nothing.</summary>
public sealed class ApplyCrashTests(DeskFixture fixture)
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private ApplyStore Store => fixture.App.Services.GetRequiredService<ApplyStore>();

    private static Caller CallerOf(Desk desk) => new(desk.Workspace, KeyRole.Admin, "test", new(ActorKind.System, Name: "Test"));

    /// <summary>So many settings that no single transaction takes them.</summary>
    private static JsonObject Many(string reason) =>
        new()
        {
            ["groups"] = new JsonObject { ["first"] = new JsonObject { ["name"] = reason } },
            ["blockedSenders"] = new JsonObject(
                Enumerable.Range(0, 60).Select(i => KeyValuePair.Create($"s{i}.example", (JsonNode?)new JsonObject { ["reason"] = reason }))
            ),
        };

    private static ApplyMessage MessageOf(string workspace, string apply) => new(workspace, apply, TimeProvider.System.GetUtcNow());

    private Task DeliverAsync(string workspace, string apply) =>
        fixture.App.InvokeAsync(
            nameof(WorkConfigurationApplies),
            JsonSerializer.Serialize(MessageOf(workspace, apply), ConfigurationJson.Default.ApplyMessage)
        );

    [Fact]
    public async Task An_apply_that_is_killed_at_any_write_ends_as_all_or_as_nothing()
    {
        await using var mortal = await MortalApp.StartAsync(fixture.Storage, everything: true);
        using var desk = await fixture.OpenDeskAsync();
        using var dying = new Desk(desk.Workspace, desk.Key, mortal.App.Address);
        var before = await desk.ConfigurationAsync();
        var (none, all) = (0, 0);
        for (var writes = 0; ; writes++)
        {
            var document = Many($"Round {writes}");
            var plan = (await dying.PlanAsync(document))["plan"]!.GetValue<string>();
            mortal.DieAfter(writes);
            await dying.SendAsync("apply", document, plan);
            var died = mortal.HasDied;
            mortal.Revive();

            // Its message comes, and comes twice.
            var id = ApplyStore.IdOf(desk.Workspace, PlanName.Parse(plan)!);
            await DeliverAsync(desk.Workspace, id);
            await DeliverAsync(desk.Workspace, id);
            var after = await desk.ConfigurationAsync();
            if (await Store.FindAsync(desk.Workspace, id, Cancelled) is var (apply, _))
            {
                Assert.Equal(ApplyState.Done, apply.State);
                Assert.Equal("[]", (await desk.PlanAsync(document))["changes"]!.ToJsonString());
                Assert.Null(await Store.FindJournalAsync(apply, Cancelled));
                before = after;
                all++;
            }
            else
            {
                Assert.Equal(before, after);
                none++;
            }

            if (!died)
                break;
        }

        Assert.True(none >= 3 && all >= 5, $"{none} times nothing and {all} times all is not every write.");
    }

    [Fact]
    public async Task An_apply_that_somebody_overtakes_is_taken_back_but_for_what_they_changed()
    {
        using var desk = await fixture.OpenDeskAsync();
        await desk.ApplyAsync(Many("Before"));
        var id = await CommitAsync(
            desk,
            Many("After"),
            async journal =>
            {
                Assert.True(journal.Parts.Count > 1, "It has several parts.");
                // The last part can no longer be written.
                var last = journal.Parts[^1].Last(row => row.Key.StartsWith("blocked-", StringComparison.Ordinal) && row.RowAfter is not null);
                var sender = JsonNode.Parse(last.RowAfter!.GetString("Value"))!["sender"]!.GetValue<string>();
                (await desk.DeleteAsync($"/api/blocked-senders/{sender}")).Expect(204);
                return sender;
            }
        );
        var before = (JsonNode.Parse(await desk.ConfigurationAsync())!).ToJsonString();
        await DeliverAsync(desk.Workspace, id.Apply);
        await DeliverAsync(desk.Workspace, id.Apply);
        Assert.Equal(ApplyState.TakenBack, (await Store.FindAsync(desk.Workspace, id.Apply, Cancelled))!.Value.Apply.State);
        Assert.Equal(before, JsonNode.Parse(await desk.ConfigurationAsync())!.ToJsonString());
        Assert.DoesNotContain(id.Sender, before, StringComparison.Ordinal);
        Assert.Empty((await desk.GetAsync($"/api/audit?apply={id.Apply}&limit=100")).Json["items"]!.AsArray());
    }

    [Fact]
    public async Task What_somebody_decides_between_two_parts_of_an_apply_takes_it_back_and_nobody_who_comes_late_writes_it()
    {
        await using var mortal = await MortalApp.StartAsync(fixture.Storage, everything: true);
        using var desk = await fixture.OpenDeskAsync();
        using var dying = new Desk(desk.Workspace, desk.Key, mortal.App.Address);
        await desk.ApplyAsync(Many("Before"));
        var rows = fixture.App.Services.GetRequiredService<Helpdesk.Functions.Storage.StorageClients>().Table(SettingsStore.TableName);
        async Task<bool> IsMarkedAsync(string apply, int part) =>
            (
                await rows.GetEntityIfExistsAsync<Azure.Data.Tables.TableEntity>(desk.Workspace, $"apply-{apply}-{part:D4}", cancellationToken: Cancelled)
            ).HasValue;

        var id = "";
        for (var writes = 1; ; writes++)
        {
            var document = Many($"Round {writes}");
            var plan = (await dying.PlanAsync(document))["plan"]!.GetValue<string>();
            mortal.DieAfter(writes);
            await dying.SendAsync("apply", document, plan);
            Assert.True(mortal.HasDied, "It never stopped between two parts.");
            mortal.Revive();
            id = ApplyStore.IdOf(desk.Workspace, PlanName.Parse(plan)!);
            if (await IsMarkedAsync(id, 0) && !await IsMarkedAsync(id, 1))
                break;
            await DeliverAsync(desk.Workspace, id);
        }

        (await desk.PostAsync("/api/groups", new { id = "second", name = "Second" })).Expect(201);
        await DeliverAsync(desk.Workspace, id);
        Assert.Equal(ApplyState.TakenBack, (await Store.FindAsync(desk.Workspace, id, Cancelled))!.Value.Apply.State);
        var configuration = JsonNode.Parse(await desk.ConfigurationAsync())!;
        Assert.Equal(["first", "second"], configuration["groups"]!.AsObject().Select(group => group.Key));
        var reasons = configuration["blockedSenders"]!.AsObject().Select(sender => sender.Value!["reason"]!.GetValue<string>()).Distinct();
        Assert.Equal([configuration["groups"]!["first"]!["name"]!.GetValue<string>()], reasons);

        // Whoever still works on it is told by what is left of each part, for a day.
        Assert.True(await IsMarkedAsync(id, 0) && await IsMarkedAsync(id, 1), "Nothing tells that it was taken back.");
        var clock = new Microsoft.Extensions.Time.Testing.FakeTimeProvider(TimeProvider.System.GetUtcNow());
        var tidy = new TidyApplies(Store, fixture.App.Services.GetRequiredService<ApplyWorker>(), clock);
        await tidy.TidyAsync(desk.Workspace, Cancelled);
        Assert.True(await IsMarkedAsync(id, 0), "It is forgotten too early.");
        clock.Advance(TimeSpan.FromHours(25));
        await tidy.TidyAsync(desk.Workspace, Cancelled);
        Assert.False(await IsMarkedAsync(id, 0) || await IsMarkedAsync(id, 1), "It is never forgotten.");
    }

    [Fact]
    public async Task An_apply_whose_message_is_lost_is_found_again_and_what_was_never_committed_is_forgotten()
    {
        using var desk = await fixture.OpenDeskAsync();
        var (id, _) = await CommitAsync(desk, Many("Lost"), _ => Task.FromResult(""));
        var uncommitted = new OpenApply(desk.Workspace, id, "other");
        var open = await Store.ListOpenAsync(DateTimeOffset.MaxValue.AddDays(-1), Cancelled);
        Assert.Contains(open, one => one.Id == id);
        // A quarter of an hour later, by the clock of another process.
        var clock = new Microsoft.Extensions.Time.Testing.FakeTimeProvider(TimeProvider.System.GetUtcNow() + LostApplies.After + TimeSpan.FromMinutes(1));
        var queue = fixture.App.Services.GetRequiredService<Helpdesk.Functions.Storage.WorkQueue<ApplyMessage>>();
        var messages = fixture.App.Services.GetRequiredService<Helpdesk.Functions.Storage.StorageClients>().Queue(ApplyMessage.QueueName);
        await new LostApplies(Store, queue, clock).RunAsync(Cancelled);
        var found = false;
        while ((await messages.ReceiveMessageAsync(cancellationToken: Cancelled)).Value is { } message)
        {
            found |= message.Body.ToString().Contains(id, StringComparison.Ordinal);
            await messages.DeleteMessageAsync(message.MessageId, message.PopReceipt, Cancelled);
        }

        Assert.True(found, "Its message was not sent again.");
        await DeliverAsync(desk.Workspace, id);
        Assert.Contains("Lost", await desk.ConfigurationAsync(), StringComparison.Ordinal);
        await Store.CloseAsync(uncommitted, Cancelled);
        Assert.DoesNotContain(await Store.ListOpenAsync(DateTimeOffset.MaxValue.AddDays(-1), Cancelled), one => one.Id == id);
    }

    /// <summary>Commits an apply and does not begin it, as a process does that dies then.</summary>
    private async Task<(string Apply, string Sender)> CommitAsync(Desk desk, JsonObject document, Func<ApplyJournal, Task<string>> meanwhile)
    {
        var plans = fixture.App.Services.GetRequiredService<ConfigurationPlans>();
        var read = ConfigurationDocument.Read(System.Text.Encoding.UTF8.GetBytes(document.ToJsonString()));
        var drafted = await plans.PlanAsync(CallerOf(desk), read, null, Cancelled);
        Assert.Empty(drafted.Plan.Problems);
        var plan = PlanName.Parse(drafted.Plan.Plan)!;
        var id = ApplyStore.IdOf(desk.Workspace, plan);
        var journal = ApplyJournal.Of(drafted.Draft, id);
        var sender = await meanwhile(journal);
        var apply = new ConfigurationApply
        {
            Id = id,
            Workspace = desk.Workspace,
            By = CallerOf(desk).Actor,
            At = TimeProvider.System.GetUtcNow(),
            PlannedAt = plan.At,
            State = ApplyState.Applying,
            Journal = "test",
            Sections = [],
        };
        Assert.True(await Store.TryAddAsync(apply, journal, Cancelled));
        return (id, sender);
    }
}
