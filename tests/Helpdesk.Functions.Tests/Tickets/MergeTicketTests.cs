using System.Text.Json.Nodes;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Data.Tables;
using Helpdesk.Functions.Events;
using Helpdesk.Functions.Storage;
using Helpdesk.Functions.Tickets;
using Helpdesk.Tickets;
using Microsoft.Extensions.DependencyInjection;

namespace Helpdesk.Functions.Tests.Tickets;

public sealed class MergeTicketTests(DeskFixture fixture)
{
    private static async Task<long> OpenAsync(Desk desk, string email = "rita@example.com", string subject = "Printer") =>
        (await desk.OpenTicketAsync(subject, email)).Json["number"]!.GetValue<long>();

    private static async Task<JsonNode> TicketAsync(Desk desk, long number) => (await desk.GetAsync($"/api/tickets/{number}")).Expect(200).Json;

    private static async Task<List<string>> BodiesAsync(Desk desk, long number) =>
        [
            .. (await desk.GetAsync($"/api/tickets/{number}/comments?limit=100")).Expect(200).Json["items"]!
                .AsArray()
                .Select(one => one!["body"]!.GetValue<string>()),
        ];

    /// <summary>The number of the ticket that a ticket's words end up on, over all merges.</summary>
    private static async Task<long> LivingAsync(Desk desk, long number)
    {
        var seen = new HashSet<long>();
        while (true)
        {
            Assert.True(seen.Add(number), $"The merges of ticket {number} lead round in a circle.");
            var ticket = await TicketAsync(desk, number);
            if (ticket["mergedInto"] is not { } into)
            {
                Assert.NotEqual("closed", ticket["status"]!.GetValue<string>());
                return number;
            }

            number = long.Parse(into.GetValue<string>().Split('-')[0]);
        }
    }

    [Theory]
    [InlineData(2, 8)]
    [InlineData(3, 5)]
    [InlineData(5, 3)]
    public async Task Of_merges_that_cross_or_form_a_ring_the_words_all_end_up_on_one_living_ticket(int tickets, int rounds)
    {
        await using var second = await RunningApp.StartAsync(fixture.Storage);
        using var desk = await fixture.OpenDeskAsync();
        using var elsewhere = new Desk(desk.Workspace, desk.Key, second.Address);
        for (var round = 0; round < rounds; round++)
        {
            var numbers = new List<long>();
            for (var i = 0; i < tickets; i++)
                numbers.Add(await OpenAsync(desk, subject: $"{round}.{i}"));
            if (round % 2 == 1)
                numbers.Reverse();
            foreach (var number in numbers)
                (await desk.PostAsync($"/api/tickets/{number}/comments", new { body = $"on {number}" })).Expect(201);
            var merges = await Task.WhenAll(
                numbers.Select(
                    (number, i) => (i % 2 == 0 ? desk : elsewhere).PostAsync($"/api/tickets/{number}/merge", new { into = numbers[(i + 1) % tickets] })
                )
            );
            // Exactly one is refused, and told why; one ticket lives.
            Assert.Equal("merge-into-itself", Assert.Single(merges, one => one.Status != 200).Expect(409).Code);
            var living = new HashSet<long>();
            foreach (var number in numbers)
                living.Add(await LivingAsync(desk, number));
            Assert.Single(living);
            foreach (var number in numbers)
                (await elsewhere.PostAsync($"/api/tickets/{number}/comments", new { body = $"later on {number}" })).Expect(201);
            var bodies = new List<string>();
            foreach (var number in living)
                bodies.AddRange(await BodiesAsync(desk, number));
            foreach (var number in numbers)
                Assert.Equal((1, 1), (bodies.Count(body => body == $"on {number}"), bodies.Count(body => body == $"later on {number}")));
        }

        await fixture.App.DeliveredAsync();
        await second.DeliveredAsync();
        Assert.Empty((await desk.GetAsync("/api/operations/dead-letters")).Json["items"]!.AsArray());
    }

    [Theory]
    [InlineData(false, "open")]
    [InlineData(true, "resolved")]
    public async Task What_somebody_still_waits_for_does_not_disappear_in_a_resolved_ticket(bool isDone, string expected)
    {
        using var desk = await fixture.OpenDeskAsync();
        var (source, target) = (await OpenAsync(desk), await OpenAsync(desk));
        foreach (var number in isDone ? new[] { source, target } : [target])
            (await desk.PostAsync($"/api/tickets/{number}/resolve", new { resolution = "Done" })).Expect(200);
        (await desk.PostAsync($"/api/tickets/{source}/merge", new { into = target })).Expect(200);
        Assert.Equal(expected, (await desk.GetAsync($"/api/tickets/{target}")).Json["status"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_chain_of_any_length_leads_to_the_ticket_that_lives()
    {
        using var desk = await fixture.OpenDeskAsync();
        var numbers = new List<long>();
        for (var i = 0; i < 24; i++)
            numbers.Add(await OpenAsync(desk, subject: $"{i}"));
        // Each into the next, so that the first is 23 merges away from the last.
        for (var i = 0; i < 23; i++)
            (await desk.PostAsync($"/api/tickets/{numbers[i]}/merge", new { into = numbers[i + 1] })).Expect(200);
        (await desk.PostAsync($"/api/tickets/{numbers[0]}/comments", new { body = "Still there?", author = "requester" })).Expect(201);
        Assert.Equal("Still there?", (await BodiesAsync(desk, numbers[^1]))[^1]);
        Assert.Equal(24, (await BodiesAsync(desk, numbers[^1])).Count);
        // Who merges into a ticket that was merged itself means the one that goes on.
        var late = await OpenAsync(desk);
        var into = (await desk.PostAsync($"/api/tickets/{late}/merge", new { into = numbers[3] })).Expect(200).Json["mergedInto"]!.GetValue<string>();
        Assert.StartsWith($"{numbers[^1]}-", into, StringComparison.Ordinal);
        Assert.Equal("merge-into-itself", (await desk.PostAsync($"/api/tickets/{numbers[^1]}/merge", new { into = numbers[0] })).Expect(409).Code);
    }

    public static TheoryData<string, string> Deaths { get; } =
        new()
        {
            { "merge", "first" },
            { "merge", "other" },
            { "merge", "message" },
            { "unmerge", "first" },
            { "unmerge", "other" },
            { "split", "first" },
            { "split", "message" },
            { "link", "other" },
            { "unlink", "first" },
        };

    [Theory]
    [MemberData(nameof(Deaths))]
    public async Task What_a_process_left_half_done_is_finished_or_undone_by_whoever_looks_next(string action, string looked)
    {
        await using var mortal = await MortalApp.StartAsync(fixture.Storage);
        using var desk = await fixture.OpenDeskAsync();
        using var dying = new Desk(desk.Workspace, desk.Key, mortal.App.Address);
        for (var writes = 0; ; writes++)
        {
            // Both orders of the numbers: which is asked first must not matter.
            var (one, two) = (await OpenAsync(desk), await OpenAsync(desk));
            var (first, other) = writes % 2 == 0 ? (one, two) : (two, one);
            var said = (await desk.PostAsync($"/api/tickets/{first}/comments", new { body = "First", author = "requester" })).Expect(201).Json["id"];
            if (action == "unmerge")
                (await desk.PostAsync($"/api/tickets/{first}/merge", new { into = other })).Expect(200);
            if (action == "unlink")
                (await desk.PostAsync($"/api/tickets/{first}/link", new { to = other })).Expect(200);
            object body = action switch
            {
                "merge" => new { into = other },
                "split" => new { comment = said!.GetValue<string>() },
                "link" or "unlink" => new { to = other },
                _ => new { },
            };
            mortal.DieAfter(writes);
            var answer = await dying.PostAsync($"/api/tickets/{first}/{action}", body, ("Idempotency-Key", $"death {writes}"));
            var died = mortal.HasDied;
            mortal.Revive();

            if (looked == "message")
            {
                foreach (var upTo in new[] { 3, 3 })
                {
                    var sentAt = TimeProvider.System.GetUtcNow().AddMinutes(-3);
                    await fixture.App.InvokeAsync(
                        nameof(DispatchTicketEvents),
                        $$"""
                        {"workspace":"{{desk.Workspace}}","number":{{first}},"upTo":{{upTo}},
                         "sentAt":"{{sentAt:yyyy-MM-dd'T'HH:mm:ss.fff'Z'}}","sender":"gone"}
                        """
                    );
                }
            }

            await TicketAsync(desk, looked == "other" ? other : first);
            var (firstIs, otherIs) = (await TicketAsync(desk, first), await TicketAsync(desk, other));
            var (firstSays, otherSays) = (await BodiesAsync(desk, first), await BodiesAsync(desk, other));
            var done = action switch
            {
                "merge" => firstIs["mergedInto"] is not null,
                "unmerge" => firstIs["mergedInto"] is null,
                "split" => !firstSays.Contains("First"),
                "link" => firstIs["links"]!.AsArray().Count == 1,
                _ => firstIs["links"]!.AsArray().Count == 0,
            };
            Assert.True(done || died, $"Nothing happened, and nobody died: {answer.Text}");
            Assert.Equal(
                action switch
                {
                    "merge" => done ? "closed || It is on fire,First" : "new | First | ",
                    "unmerge" => done ? "new | First | " : "closed || It is on fire,First",
                    "split" => done ? "new || " : "new | First | ",
                    _ => "new | First | ",
                },
                $"{firstIs["status"]} |{(firstSays.Count > 0 ? $" {string.Join(',', firstSays)} " : "")}| {string.Join(',', otherSays)}"
            );
            Assert.Equal(firstIs["links"]!.AsArray().Count, action == "split" ? (done ? 1 : 0) : otherIs["links"]!.AsArray().Count);
            // Of a ring, nobody is left in the middle of anything: both take words again.
            (await desk.PostAsync($"/api/tickets/{first}/comments", new { body = "Later" })).Expect(201);
            (await desk.PostAsync($"/api/tickets/{other}/comments", new { body = "Later" })).Expect(201);
            if (action is "link" or "split" or "merge")
            {
                // The same request again is the same change: done once, whatever became of the first try.
                var again = (await desk.PostAsync($"/api/tickets/{first}/{action}", body, ("Idempotency-Key", $"death {writes}"))).Expect(
                    action == "split" ? 201 : 200
                );
                Assert.Equal(done, again.Headers.Contains("Idempotency-Replayed"));
                Assert.Single(
                    (await desk.GetAsync($"/api/tickets/{first}/events")).Json["items"]!.AsArray(),
                    one => one!["type"]!.GetValue<string>() is "ticket-merged" or "ticket-linked"
                );
            }

            if (!died)
            {
                Assert.True(writes > (action == "split" ? 2 : 4), $"Only {writes} writes were seen.");
                break;
            }
        }
    }

    [Theory]
    [InlineData("Ж", 60_000, 12)]
    [InlineData("a", 65_536, 40)]
    [InlineData("<\"", 32_768, 14)]
    [InlineData("🔥", 65_536, 6)]
    public async Task Long_words_in_any_script_are_merged_and_come_back(string letters, int times, int comments)
    {
        using var desk = await fixture.OpenDeskAsync();
        var (source, target) = (await OpenAsync(desk), await OpenAsync(desk));
        var body = string.Concat(Enumerable.Repeat(letters, times));
        for (var i = 0; i < comments; i++)
            (await desk.PostAsync($"/api/tickets/{source}/comments", new { body })).Expect(201);
        (await desk.PostAsync($"/api/tickets/{source}/merge", new { into = target })).Expect(200);
        Assert.Equal(comments + 1, (await BodiesAsync(desk, target)).Count);
        Assert.Empty(await BodiesAsync(desk, source));
        (await desk.PostAsync($"/api/tickets/{source}/unmerge")).Expect(200);
        Assert.Equal(Enumerable.Repeat(body, comments), await BodiesAsync(desk, source));
        Assert.Empty(await BodiesAsync(desk, target));
    }

    [Fact]
    public async Task Two_hundred_and_fifty_comments_are_merged_and_come_back()
    {
        using var desk = await fixture.OpenDeskAsync();
        var (source, target) = (await OpenAsync(desk), await OpenAsync(desk));
        for (var i = 0; i < 250; i += 10)
            await Task.WhenAll(Enumerable.Range(i, 10).Select(n => desk.PostAsync($"/api/tickets/{source}/comments", new { body = $"{n}" })));
        (await desk.PostAsync($"/api/tickets/{source}/merge", new { into = target })).Expect(200);
        var tickets = fixture.App.Services.GetRequiredService<TicketStore>();
        Assert.Equal(251, (await tickets.ReadCommentsAsync(new(desk.Workspace, target), null, 1000, default)).Count);
        (await desk.PostAsync($"/api/tickets/{source}/unmerge")).Expect(200);
        Assert.Equal(250, (await tickets.ReadCommentsAsync(new(desk.Workspace, source), null, 1000, default)).Count);
        Assert.Empty(await tickets.ReadCommentsAsync(new(desk.Workspace, target), null, 1000, default));
    }

    [Theory]
    [InlineData("plain words")]
    [InlineData("Жжж")]
    [InlineData("<b>&amp;\"'\\+`")]
    [InlineData("line\nbreak\ttab")]
    [InlineData("🔥 é 中")]
    public async Task What_a_row_takes_in_a_transaction_is_never_more_than_was_counted(string words)
    {
        var sent = new List<long>();
        var options = new TableClientOptions();
        options.AddPolicy(new Weigh(sent), HttpPipelinePosition.PerRetry);
        var table = new TableClient(fixture.Storage, "Weighed", options);
        await table.CreateIfNotExistsAsync();
        sent.Clear();
        var rows = Enumerable
            .Range(0, 20)
            .Select(i => new TableEntity($"main:{words.Length}", $"row-{i}")
            {
                ["Body"] = string.Concat(Enumerable.Repeat(words, 500)),
                ["At"] = TimeProvider.System.GetUtcNow(),
                ["Version"] = 5L,
                ["Bytes"] = new byte[300],
            })
            .ToList();
        await table.SubmitTransactionAsync(rows.Select(row => new TableTransactionAction(TableTransactionActionType.UpsertReplace, row)));
        var counted = rows.Sum(TableTransactions.SizeOf);
        Assert.InRange(Assert.Single(sent), counted / 3, counted);
    }

    private sealed class Weigh(List<long> sent) : HttpPipelineSynchronousPolicy
    {
        public override void OnSendingRequest(HttpMessage message)
        {
            if (message.Request.Content is { } content && content.TryComputeLength(out var length))
                sent.Add(length);
        }
    }

    [Fact]
    public async Task A_merge_costs_as_many_storage_requests_for_forty_comments_as_for_one()
    {
        await using var app = await fixture.StartFrozenAppAsync();
        using var desk = await fixture.OpenDeskAsync(app);
        var target = await OpenAsync(desk);
        foreach (var comments in new[] { 1, 40 })
        {
            var source = await OpenAsync(desk);
            for (var i = 0; i < comments; i++)
                (await desk.PostAsync($"/api/tickets/{source}/comments", new { body = $"{i}" })).Expect(201);
            await app.DeliveredAsync();
            using var count = new StorageCount(app);
            (await desk.PostAsync($"/api/tickets/{source}/merge", new { into = target })).Expect(200);
            Assert.InRange(count.Count, 10, 40);
        }

        await app.DeliveredAsync();
    }

    [Fact]
    public async Task Tickets_of_different_requesters_are_merged_only_when_that_is_confirmed()
    {
        using var desk = await fixture.OpenDeskAsync();
        var (source, target) = (await OpenAsync(desk, "mia@example.com"), await OpenAsync(desk, "head@example.com"));
        var refused = (await desk.PostAsync($"/api/tickets/{source}/merge", new { into = target })).Expect(409);
        Assert.Equal("merge-requesters-differ", refused.Code);
        Assert.Contains("confirm", refused.Text, StringComparison.Ordinal);
        (await desk.PostAsync($"/api/tickets/{source}/merge", new { into = target, confirm = false })).Expect(409);
        Assert.Contains(
            "confirm",
            (await desk.PostAsync($"/api/tickets/{source}/merge", new { into = target, confirm = "yes" })).Expect(400).Text,
            StringComparison.Ordinal
        );
        Assert.Equal("new", (await TicketAsync(desk, source))["status"]!.GetValue<string>());
        (await desk.PostAsync($"/api/tickets/{source}/merge", new { into = target, confirm = true })).Expect(200);

        var participants = (await TicketAsync(desk, target))["participants"]!.AsArray();
        Assert.Equal("mia@example.com", Assert.Single(participants)!["email"]!.GetValue<string>());
        // The words to the merged ticket are its requester's, and not the other one's.
        var said = (await desk.PostAsync($"/api/tickets/{source}/comments", new { body = "Hurry", author = "requester" })).Expect(201).Json;
        Assert.Equal("mia@example.com", said["author"]!["id"]!.GetValue<string>());
        await desk.ListShowsAsync("participant=MIA@example.com", target);
        await desk.ListShowsAsync("requester=mia@example.com", source);
        await desk.ListShowsAsync("participant=head@example.com");
        using var others = await fixture.OpenDeskAsync();
        Assert.Empty(await others.NumbersAsync("participant=mia@example.com"));
    }

    [Fact]
    public async Task An_undone_merge_gives_everything_back()
    {
        using var desk = await fixture.OpenDeskAsync();
        var (grandchild, source, target) = (await OpenAsync(desk, "leo@example.com"), await OpenAsync(desk, "mia@example.com"), await OpenAsync(desk));
        foreach (var number in new[] { grandchild, source, target })
            (await desk.PostAsync($"/api/tickets/{number}/comments", new { body = $"on {number}" })).Expect(201);
        (await desk.PatchAsync($"/api/tickets/{source}", new { status = "pending" })).Expect(200);
        var before = await TicketAsync(desk, source);
        (await desk.PostAsync($"/api/tickets/{grandchild}/merge", new { into = source, confirm = true })).Expect(200);
        (await desk.PostAsync($"/api/tickets/{source}/merge", new { into = target, confirm = true })).Expect(200);
        (await desk.PostAsync($"/api/tickets/{source}/comments", new { body = "said since" })).Expect(201);
        Assert.Equal(2, (await TicketAsync(desk, target))["participants"]!.AsArray().Count);
        Assert.Equal("ticket-not-merged", (await desk.PostAsync($"/api/tickets/{target}/unmerge")).Expect(409).Code);
        Assert.Equal("merge-target-merged", (await desk.PostAsync($"/api/tickets/{grandchild}/unmerge")).Expect(409).Code);

        var undone = (await desk.PostAsync($"/api/tickets/{source}/unmerge", null, ("Idempotency-Key", "undo"))).Expect(200);
        Assert.Equal(("pending", null, null), (undone.Json["status"]!.GetValue<string>(), undone.Json["mergedInto"], undone.Json["closedAt"]));
        Assert.Equal(undone.Text, (await desk.PostAsync($"/api/tickets/{source}/unmerge", null, ("Idempotency-Key", "undo"))).Expect(200).Text);
        Assert.Equal(["It is on fire", $"on {grandchild}", $"on {source}"], (await BodiesAsync(desk, source)).Order());
        Assert.Equal([$"on {target}", "said since"], await BodiesAsync(desk, target));
        Assert.Empty((await TicketAsync(desk, target))["participants"]!.AsArray());
        Assert.Equal("leo@example.com", Assert.Single((await TicketAsync(desk, source))["participants"]!.AsArray())!["email"]!.GetValue<string>());
        Assert.Equal(
            ["merge-received", "merge-returned"],
            (await desk.GetAsync($"/api/tickets/{target}/events")).Json["items"]!
                .AsArray()
                .Select(one => one!["type"]!.GetValue<string>())
                .Where(type => type.StartsWith("merge", StringComparison.Ordinal))
        );
        Assert.Equal(before["description"]!.GetValue<string>(), (await TicketAsync(desk, source))["description"]!.GetValue<string>());
        await desk.ListShowsAsync("status=pending", source);

        // And back again: the grandchild, too, and it is the same as before.
        (await desk.PostAsync($"/api/tickets/{grandchild}/unmerge")).Expect(200);
        Assert.Equal([$"on {grandchild}"], await BodiesAsync(desk, grandchild));
        (await desk.PostAsync($"/api/tickets/{source}/merge", new { into = target, confirm = true })).Expect(200);
        Assert.Equal(4, (await BodiesAsync(desk, target)).Count);
    }

    [Fact]
    public async Task A_merge_is_not_undone_after_its_time()
    {
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var app = await RunningApp.StartAsync(
            fixture.Storage,
            builder => builder.Services.AddSingleton<TimeProvider>(time),
            "--Tickets:UnmergeWithin=02:00:00"
        );
        using var desk = await fixture.OpenDeskAsync(app);
        var (source, target) = (await OpenAsync(desk), await OpenAsync(desk));
        (await desk.PostAsync($"/api/tickets/{source}/merge", new { into = target })).Expect(200);
        time.Advance(TimeSpan.FromMinutes(121));
        Assert.Equal("unmerge-too-late", (await desk.PostAsync($"/api/tickets/{source}/unmerge")).Expect(409).Code);
        await app.DeliveredAsync();
    }
}
