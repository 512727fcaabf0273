using System.Text.Json.Nodes;
using Helpdesk.Functions.Contacts;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Tickets;
using Helpdesk.Testing;
using Helpdesk.Tickets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace Helpdesk.Functions.Tests.Contacts;

public sealed class RetentionTests(DeskFixture fixture)
{
    private static readonly CancellationToken Cancelled = TestContext.Current.CancellationToken;

    private static async Task<Dictionary<string, long>> CountsAsync(Task<Answer> asked) =>
        (await asked).Expect(200).Json["results"]!.AsArray().ToDictionary(one => one!["rule"]!.GetValue<string>(), one => one!["count"]!.GetValue<long>());

    [Fact]
    public async Task What_is_old_goes_what_is_young_stays_and_every_night_proves_it()
    {
        // The app lives three years ahead, so that what is there now is old.
        var ahead = new FakeTimeProvider(TimeProvider.System.GetUtcNow().AddYears(3));
        await using var later = await RunningApp.StartAsync(fixture.Storage, builder => builder.Services.AddSingleton<TimeProvider>(ahead));
        using var desk = await fixture.OpenDeskAsync();
        var closed = (await desk.ClosedTicketAsync()).Json["number"]!.GetValue<long>();
        (await desk.PostAsync("/api/contacts", new { name = "Nobody", emails = new[] { "nobody@example.com" } })).Expect(201);
        (
            await desk.PostAsync(
                $"/api/intake/web?workspace={desk.Workspace}",
                new
                {
                    subject = "Form",
                    description = new string('x', 60_000),
                    requester = new { email = "form@example.com" },
                }
            )
        ).Expect(202);
        using (var chat = await WebChat.WebChat.BeginAsync(desk, fixture.App.Address))
            await chat.SaysAsync("Hello there");
        var call = new
        {
            direction = "inbound",
            from = "+385919876543",
            outcome = "missed",
            recordingUrl = "https://calls.example.com/1.mp3",
        };
        (await desk.PostAsync("/api/intake/call", call)).Expect(202);
        await Until.TrueAsync(
            async () => (await desk.GetAsync("/api/receipts?state=processed")).Json["items"]!.AsArray().Count == 2,
            "the receipts are worked"
        );
        await fixture.App.DeliveredAsync();
        var open = (await desk.OpenTicketAsync("Still open")).Json["number"]!.GetValue<long>();
        await desk.ListShowsAsync("status=closed", closed);

        using var then = new Desk(desk.Workspace, desk.Key, later.Address);
        var rules = new
        {
            ticketWordsMonths = 12,
            contactsMonths = 12,
            receiptBodiesDays = 90,
            chatsDays = 90,
            callsMonths = 12,
        };
        Assert.Equal(0, (await CountsAsync(desk.PostAsync("/api/retention/try", rules))).Values.Sum());
        var would = await CountsAsync(then.PostAsync("/api/retention/try", rules));
        Assert.Equal(
            new Dictionary<string, long>
            {
                ["calls"] = 1,
                ["chats"] = 1,
                ["contacts"] = 1,
                ["episodes"] = 0,
                ["receipt-bodies"] = 2,
                ["ticket-words"] = 1,
            },
            would
        );
        Assert.Equal("Printer", (await desk.GetAsync($"/api/tickets/{closed}")).Json["subject"]!.GetValue<string>());

        (await desk.PatchAsync("/api/retention", rules)).Expect(200);
        var before = (await desk.GetAsync($"/api/tickets/{closed}")).Json;
        var work = later.Services.GetServices<INightlyWork>().OfType<Retention>().Single();
        await work.TidyAsync(desk.Workspace, Cancelled);
        await work.TidyAsync(desk.Workspace, Cancelled);
        await later.DeliveredAsync();

        var run = Assert.Single((await then.GetAsync("/api/retention/runs")).Expect(200).Json["items"]!.AsArray())!;
        Assert.Equal(would.Values.Sum(), run["results"]!.AsArray().Sum(one => one!["count"]!.GetValue<long>()));
        var after = (await desk.GetAsync($"/api/tickets/{closed}")).Json;
        Assert.Equal(("[erased]", "[erased]", "[erased]"), (Text(after, "subject"), Text(after, "description"), Text(after, "resolution")));
        Assert.Equal(("closed", "rita@example.com"), (Text(after, "status"), after["requester"]!["email"]!.GetValue<string>()));
        Assert.Equal(Text(before, "closedAt"), Text(after, "closedAt"));
        Assert.Equal("Still open", Text((await desk.GetAsync($"/api/tickets/{open}")).Json, "subject"));
        Assert.Empty((await desk.GetAsync("/api/contacts?search=nobody")).Json["items"]!.AsArray());
        Assert.Single((await desk.GetAsync("/api/contacts?search=rita")).Json["items"]!.AsArray());
        var (from, to) = ($"{desk.Workspace}:", $"{desk.Workspace};");
        Assert.Empty(
            new Azure.Data.Tables.TableClient(fixture.Storage, Helpdesk.Functions.Telephone.CallStore.TableName).Query<Azure.Data.Tables.TableEntity>(
                Azure.Data.Tables.TableClient.CreateQueryFilter($"PartitionKey ge {from} and PartitionKey lt {to}"),
                cancellationToken: Cancelled
            )
        );
        // The receipts still say what became of them.
        Assert.Equal(2, (await desk.GetAsync("/api/receipts?state=processed")).Json["items"]!.AsArray().Count);

        var store = fixture.App.Services.GetRequiredService<TicketStore>();
        var ticket = (await store.FindAsync(new(desk.Workspace, closed), Cancelled))!;
        var events = await store.ReadEventsAsync(TicketAddress.Of(ticket), 0, 100, Cancelled);
        Assert.Equal(ticket.Subject, TicketHistory.Replay(events, TicketHistory.FirstDescription(events, ticket.Description)).Subject);
        static string? Text(JsonNode it, string field) => it[field]?.GetValue<string>();
    }

    [Fact]
    public async Task Rules_are_read_and_changed_by_who_may_and_checked()
    {
        using var desk = await fixture.OpenDeskAsync();
        using var agent = await desk.WithRoleAsync("agent");
        Assert.Null((await agent.GetAsync("/api/retention")).Expect(200).Json["chatsDays"]);
        (await agent.PatchAsync("/api/retention", new { chatsDays = 3 })).Expect(403);
        Assert.NotNull((await desk.PatchAsync("/api/retention", new { chatsDays = 0 })).Expect(400).Json["errors"]!["chatsDays"]);
        (await desk.PatchAsync("/api/retention", new { chatsDays = 3, contactsMonths = 4 })).Expect(200);
        (await desk.PatchAsync("/api/retention", new { chatsDays = (int?)null })).Expect(200);
        var now = (await desk.GetAsync("/api/retention")).Json;
        Assert.Equal((null, 4), (now["chatsDays"]?.GetValue<int>(), now["contactsMonths"]!.GetValue<int>()));
        using var other = await fixture.OpenDeskAsync();
        Assert.Null((await other.GetAsync("/api/retention")).Json["contactsMonths"]);
    }
}
