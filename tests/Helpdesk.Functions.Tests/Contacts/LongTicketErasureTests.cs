using System.Text.Json;
using Azure.Data.Tables;
using Helpdesk.Contacts;
using Helpdesk.Functions.Contacts;
using Helpdesk.Functions.Tests.Tickets;
using Helpdesk.Functions.Tickets;
using Helpdesk.Tickets;
using Microsoft.Extensions.DependencyInjection;

namespace Helpdesk.Functions.Tests.Contacts;

/// <summary>A ticket with more rows than one transaction takes is erased in several, each of which may be the last thing that a process does.</summary>
public sealed class LongTicketErasureTests(DeskFixture fixture)
{
    private static readonly CancellationToken Cancelled = TestContext.Current.CancellationToken;

    private const string First = "Zvonimir";
    private const string Name = $"{First} Quillfeather";
    private const string Word = "xylomarimba";

    [Theory]
    [InlineData(ErasureMode.Anonymised)]
    [InlineData(ErasureMode.Deleted)]
    public async Task Nobody_is_left_on_a_long_ticket_whose_erasure_dies_at_every_write(ErasureMode mode)
    {
        await using var mortal = await MortalApp.StartAsync(fixture.Storage);
        using var desk = await fixture.OpenDeskAsync();
        var person = new ErasedPerson([$"zvonimir@{desk.Workspace}.example"], [], [], $"somebody@{ErasedPerson.Domain}", mode);
        var number = await LongTicketAsync(desk, person.Emails[0]);
        var order = new ErasureOrder("erasure-1", desk.Workspace, "contact-1", person, Actor.System);
        var erasure = mortal.App.Services.GetServices<IHoldsPersonalData>().OfType<TicketErasure>().Single();

        var deaths = 0;
        while (true)
        {
            mortal.Revive();
            mortal.DieAfter(1);
            if (await Record.ExceptionAsync(() => erasure.EraseAsync(order, null, Cancelled)) is null)
                break;
            Assert.True(++deaths < 30, "It comes to no end.");
            // Whoever writes meanwhile knows nothing of it.
            (await desk.PostAsync($"/api/tickets/{number}/comments", new { body = $"{First} called again", visibility = "internal" })).Expect(201);
        }

        // After what was decided by was noted, after each transaction but the last.
        Assert.InRange(deaths, 2, 30);
        mortal.Revive();
        Assert.Equal(0, (await erasure.EraseAsync(order, null, Cancelled)).Erased);
        var partition = new TicketAddress(desk.Workspace, number).Partition;
        var rows = await RowsAsync(partition);
        var left = rows.SelectMany(row => row.Select(column => (row.RowKey, column.Key, Text: column.Value as string ?? "")))
            .Where(column =>
                new[] { First, "Quillfeather", Word, person.Emails[0] }.Any(trace => column.Text.Contains(trace, StringComparison.OrdinalIgnoreCase))
            );
        Assert.Equal("", string.Join('\n', left));
        Assert.DoesNotContain(rows, row => row.ContainsKey("Erasing"));
        await ReplaysAsync(desk.Workspace, number);
        // What others wrote is still there, and so are their words, but for the name.
        var notes = rows.Where(row => row.ContainsKey("Visibility")).Select(TicketRows.ReadComment).ToList();
        Assert.Equal(30 + deaths, notes.Count(note => note.By == ActorKind.Agent && note.Body.Contains(ErasedPerson.Gone, StringComparison.Ordinal)));
        Assert.Equal(mode == ErasureMode.Deleted ? 0 : 70, notes.Count(note => note.By == ActorKind.Requester));
    }

    [Fact]
    public async Task Two_people_are_erased_from_a_long_ticket_at_the_same_time()
    {
        await using var mortal = await MortalApp.StartAsync(fixture.Storage);
        using var desk = await fixture.OpenDeskAsync();
        var (first, second) = ($"zvonimir@{desk.Workspace}.example", "after@example.com");
        var number = await LongTicketAsync(desk, first);
        ErasureOrder Order(string contact, string email) =>
            new($"erasure-{contact}", desk.Workspace, contact, new([email], [], [], $"{contact}@{ErasedPerson.Domain}", ErasureMode.Anonymised), Actor.System);
        var erasure = mortal.App.Services.GetServices<IHoldsPersonalData>().OfType<TicketErasure>().Single();
        mortal.DieAfter(2);
        Assert.NotNull(await Record.ExceptionAsync(() => erasure.EraseAsync(Order("one", first), null, Cancelled)));
        mortal.Revive();
        Assert.NotEqual(0, (await erasure.EraseAsync(Order("two", second), null, Cancelled)).Erased);
        Assert.Contains(await RowsAsync(new TicketAddress(desk.Workspace, number).Partition), row => row.ContainsKey("Erasing"));
        Assert.NotEqual(0, (await erasure.EraseAsync(Order("one", first), null, Cancelled)).Erased);
        var rows = await RowsAsync(new TicketAddress(desk.Workspace, number).Partition);
        Assert.DoesNotContain(rows, row => row.Any(column => column.Value is string text && text.Contains(First, StringComparison.OrdinalIgnoreCase)));
        Assert.DoesNotContain(rows, row => row.ContainsKey("Erasing"));
    }

    /// <summary>Somebody asked, said much, and is the requester no longer: only events and comments tell of them.</summary>
    private static async Task<long> LongTicketAsync(Desk desk, string email)
    {
        var opened = await desk.PostAsync(
            "/api/tickets",
            new
            {
                subject = $"The {Word}",
                description = $"It plays the {Word} all day",
                requester = new { email, name = Name },
            }
        );
        var number = opened.Expect(201).Json["number"]!.GetValue<long>();
        for (var i = 0; i < 70; i++)
            (await desk.PostAsync($"/api/tickets/{number}/comments", new { body = $"Still the {Word} {i}", author = "requester" })).Expect(201);
        (await desk.PatchAsync($"/api/tickets/{number}", new { requester = new { email = "after@example.com", name = "After" } })).Expect(200);
        for (var i = 0; i < 30; i++)
            (await desk.PostAsync($"/api/tickets/{number}/comments", new { body = $"{First} called, {i} times" })).Expect(201);
        return number;
    }

    private async Task<List<TableEntity>> RowsAsync(string partition)
    {
        var rows = new List<TableEntity>();
        await foreach (
            var row in new TableServiceClient(fixture.Storage)
                .GetTableClient(TicketStore.TableName)
                .QueryAsync<TableEntity>(TableClient.CreateQueryFilter($"PartitionKey eq {partition}"), cancellationToken: Cancelled)
        )
            rows.Add(row);
        return rows;
    }

    /// <summary>The events of the ticket lead to the ticket as it is.</summary>
    private async Task ReplaysAsync(string workspace, long number)
    {
        var store = fixture.App.Services.GetRequiredService<TicketStore>();
        var ticket = (await store.FindAsync(new(workspace, number), Cancelled))!;
        var events = await store.ReadEventsAsync(TicketAddress.Of(ticket), 0, (int)ticket.Version, Cancelled);
        var replayed = TicketHistory.Replay(events, TicketHistory.FirstDescription(events, ticket.Description));
        Assert.Equal(Shown(ticket with { Sla = null, LastPair = null }), Shown(replayed));
        static string Shown(Ticket it) => JsonSerializer.Serialize(it, TicketJson.Stored.Ticket);
    }
}
