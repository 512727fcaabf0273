using System.Collections.Concurrent;
using Helpdesk.Functions.Hosting;
using Helpdesk.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace Helpdesk.Functions.Tests.Tickets;

public sealed class IdempotencyTests(DeskFixture fixture)
{
    private static object Body(string subject = "Printer") =>
        new
        {
            subject,
            description = "d",
            requester = new { email = "rita@example.com" },
        };

    [Fact]
    public async Task The_same_key_and_body_give_the_first_answer_again()
    {
        using var desk = await fixture.OpenDeskAsync();
        var first = (await desk.PostAsync("/api/tickets", Body(), ("Idempotency-Key", "k1"))).Expect(201);
        Assert.False(first.Headers.Contains("Idempotency-Replayed"));
        (await desk.PatchAsync($"/api/tickets/{first.Json["id"]}", new { priority = "urgent" })).Expect(200);
        var second = (await desk.PostAsync("/api/tickets", Body(), ("Idempotency-Key", "k1"))).Expect(201);
        Assert.Equal("true", second.Headers.GetValues("Idempotency-Replayed").Single());
        Assert.Equal((first.Text, first.ETag), (second.Text, second.ETag));
    }

    [Fact]
    public async Task Every_action_answers_a_repeated_key_with_its_first_answer()
    {
        using var desk = await fixture.OpenDeskAsync();
        var id = (await desk.OpenTicketAsync()).Json["id"]!.GetValue<string>();
        foreach (
            var (path, body) in new (string, object)[]
            {
                ("assign", new { assignee = "me" }),
                ("comments", new { body = "Once" }),
                ("escalate", new { reason = "Up" }),
                ("resolve", new { resolution = "Done" }),
                ("reopen", new { }),
            }
        )
        {
            var first = await desk.PostAsync($"/api/tickets/{id}/{path}", body, ("Idempotency-Key", path));
            var second = await desk.PostAsync($"/api/tickets/{id}/{path}", body, ("Idempotency-Key", path));
            Assert.Equal((first.Status, first.Text), (second.Status, second.Text));
            Assert.True(second.Headers.Contains("Idempotency-Replayed"), path);
        }

        // Long after other things have happened, too.
        Assert.Equal(
            "resolved",
            (await desk.PostAsync($"/api/tickets/{id}/resolve", new { resolution = "Done" }, ("Idempotency-Key", "resolve"))).Json[
                "status"
            ]!.GetValue<string>()
        );
        Assert.Single((await desk.GetAsync($"/api/tickets/{id}/comments")).Json["items"]!.AsArray());
    }

    [Fact]
    public async Task The_same_key_with_another_body_is_a_conflict()
    {
        using var desk = await fixture.OpenDeskAsync();
        var first = (await desk.PostAsync("/api/tickets", Body(), ("Idempotency-Key", "k"))).Expect(201);
        Assert.Equal("idempotency-key-reused", (await desk.PostAsync("/api/tickets", Body("Other"), ("Idempotency-Key", "k"))).Expect(409).Code);
        (await desk.PostAsync($"/api/tickets/{first.Json["id"]}/comments", new { body = "One" }, ("Idempotency-Key", "c"))).Expect(201);
        Assert.Equal(
            "idempotency-key-reused",
            (await desk.PostAsync($"/api/tickets/{first.Json["id"]}/comments", new { body = "Two" }, ("Idempotency-Key", "c"))).Expect(409).Code
        );
        (await desk.PostAsync("/api/tickets", Body(), ("Idempotency-Key", new string('k', 256)))).Expect(400);
    }

    [Fact]
    public async Task Fifty_at_once_make_one_ticket_and_fifty_equal_answers()
    {
        using var desk = await fixture.OpenDeskAsync();
        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => desk.PostAsync("/api/tickets", Body(), ("Idempotency-Key", "race"))));
        Assert.All(answers, answer => answer.Expect(201));
        var number = Assert.Single(answers.Select(answer => answer.Text).Distinct());
        await desk.ListShowsAsync("status=new", answers[0].Json["number"]!.GetValue<long>());
        Assert.NotEmpty(number);
    }

    [Fact]
    public async Task Fifty_comments_at_once_with_one_key_are_one_comment()
    {
        using var desk = await fixture.OpenDeskAsync();
        var id = (await desk.OpenTicketAsync()).Json["id"]!.GetValue<string>();
        var answers = await Task.WhenAll(
            Enumerable.Range(0, 50).Select(_ => desk.PostAsync($"/api/tickets/{id}/comments", new { body = "Once" }, ("Idempotency-Key", "race")))
        );
        Assert.Single(answers.Select(answer => answer.Expect(201).Text).Distinct());
        Assert.Single((await desk.GetAsync($"/api/tickets/{id}/comments")).Json["items"]!.AsArray());
    }

    [Fact]
    public async Task Settings_and_their_secrets_are_answered_again_too()
    {
        using var desk = await fixture.OpenDeskAsync();
        var first = (await desk.PostAsync("/api/keys", new { name = "Bridge", role = "integration" }, ("Idempotency-Key", "key"))).Expect(201);
        var second = (await desk.PostAsync("/api/keys", new { name = "Bridge", role = "integration" }, ("Idempotency-Key", "key"))).Expect(201);
        Assert.Equal(first.Text, second.Text);
        Assert.Single((await desk.GetAsync("/api/keys?limit=100")).Json["items"]!.AsArray(), key => key!["name"]!.GetValue<string>() == "Bridge");
    }

    [Fact]
    public async Task A_receipt_is_made_once_per_key()
    {
        using var desk = await fixture.OpenDeskAsync();
        var answers = await Task.WhenAll(
            Enumerable.Range(0, 10).Select(_ => desk.PostAsync($"/api/intake/web?workspace={desk.Workspace}", Body(), ("Idempotency-Key", "form")))
        );
        Assert.Single(answers.Select(answer => answer.Expect(202).Text).Distinct());
        await Helpdesk.Testing.Until.TrueAsync(async () => (await desk.NumbersAsync("status=new")).Count == 1, "the form became a ticket");
    }

    [Fact]
    public async Task After_seven_days_a_key_is_new_again()
    {
        var clock = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        // A week later everything that other tests have made would be tidied as well.
        await using var storage = await AzuriteServer.StartAsync();
        await using var app = await RunningApp.StartAsync(storage.ConnectionString, builder => builder.Services.AddSingleton<TimeProvider>(clock));
        using var desk = await fixture.OpenDeskAsync(app);
        var first = (await desk.PostAsync("/api/tickets", Body(), ("Idempotency-Key", "week"))).Expect(201);
        clock.Advance(TimeSpan.FromDays(6.9));
        Assert.Equal(first.Text, (await desk.PostAsync("/api/tickets", Body(), ("Idempotency-Key", "week"))).Text);
        clock.Advance(TimeSpan.FromDays(0.2));
        Assert.NotEqual(
            first.Json["id"]!.GetValue<string>(),
            (await desk.PostAsync("/api/tickets", Body(), ("Idempotency-Key", "week"))).Expect(201).Json["id"]!.GetValue<string>()
        );
        await app.InvokeAsync("CleanUp", "{}");
        Assert.Contains(app.Tasks.Calls, call => call.Call == "purge");
    }

    [Fact]
    public async Task A_feature_that_cannot_tidy_keeps_nothing_else_from_being_tidied_and_the_night_fails_in_the_end()
    {
        var after = new Tidied();
        await using var storage = await AzuriteServer.StartAsync();
        await using var app = await RunningApp.StartAsync(
            storage.ConnectionString,
            builder => builder.Services.AddSingleton<INightlyWork, CannotTidy>().AddSingleton<INightlyWork>(after)
        );
        using var first = await fixture.OpenDeskAsync(app);
        using var second = await fixture.OpenDeskAsync(app);
        var failure = await Assert.ThrowsAnyAsync<Exception>(() => app.InvokeAsync("CleanUp", "{}"));
        Assert.Contains($"{nameof(CannotTidy)} could not tidy the workspace {first.Workspace}.", failure.Message, StringComparison.Ordinal);
        Assert.Superset(new HashSet<string>([first.Workspace, second.Workspace]), after.Workspaces.ToHashSet());
    }

    private sealed class CannotTidy : INightlyWork
    {
        public Task TidyAsync(string workspace, CancellationToken cancellationToken) => throw new InvalidDataException("It does not want to.");
    }

    private sealed class Tidied : INightlyWork
    {
        public ConcurrentBag<string> Workspaces { get; } = [];

        public Task TidyAsync(string workspace, CancellationToken cancellationToken)
        {
            Workspaces.Add(workspace);
            return Task.CompletedTask;
        }
    }

    [Fact]
    public async Task Twenty_patches_at_once_all_land_and_with_if_match_one_wins()
    {
        using var desk = await fixture.OpenDeskAsync();
        var path = $"/api/tickets/{(await desk.OpenTicketAsync()).Json["id"]}";
        var all = await Task.WhenAll(
            Enumerable.Range(0, 20).Select(i => desk.PatchAsync(path, new { customFields = new Dictionary<string, int> { [$"f{i}"] = i } }))
        );
        Assert.All(all, answer => answer.Expect(200));
        var ticket = await desk.GetAsync(path);
        Assert.Equal((20, 21), (ticket.Json["customFields"]!.AsObject().Count, ticket.Json["version"]!.GetValue<int>()));
        var one = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => desk.PatchAsync(path, new { subject = $"Subject {i}" }, ("If-Match", ticket.ETag!))));
        Assert.Equal([200, .. Enumerable.Repeat(412, 19)], one.Select(answer => answer.Status).Order());
    }

    [Fact]
    public async Task Two_processes_change_one_ticket_without_losing_anything()
    {
        await using var other = await RunningApp.StartAsync(fixture.Storage);
        using var desk = await fixture.OpenDeskAsync();
        using var elsewhere = new Desk(desk.Workspace, desk.Key, other.Address);
        var ticket = (await desk.OpenTicketAsync()).Json;
        var path = $"/api/tickets/{ticket["id"]}/comments";
        var answers = await Task.WhenAll(Enumerable.Range(0, 30).Select(i => (i % 2 == 0 ? desk : elsewhere).PostAsync(path, new { body = $"{i}" })));
        Assert.All(answers, answer => answer.Expect(201));
        Assert.Equal(30, (await desk.GetAsync($"{path}?limit=100")).Json["items"]!.AsArray().Count);
        await desk.ListShowsAsync("status=open", ticket["number"]!.GetValue<long>());
        foreach (var sort in new[] { "updatedAt", "-updatedAt", "createdAt", "-createdAt" })
            await desk.ListShowsAsync($"sort={sort}", ticket["number"]!.GetValue<long>());
    }
}
