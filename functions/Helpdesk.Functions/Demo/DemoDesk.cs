using System.Text.Json.Serialization;
using Azure.Data.Tables;
using Helpdesk.Functions.Agenda;
using Helpdesk.Functions.Contacts;
using Helpdesk.Functions.Deadlines;
using Helpdesk.Functions.Events;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Reports;
using Helpdesk.Functions.Satisfaction;
using Helpdesk.Functions.Search;
using Helpdesk.Functions.Settings;
using Helpdesk.Functions.Storage;
using Helpdesk.Functions.Tickets;
using Helpdesk.Reports;

namespace Helpdesk.Functions.Demo;

/// <summary>How far the demo desk of a workspace is.</summary>
/// <param name="AsOf">Where its past ends.</param>
/// <param name="Tickets">Number of the last ticket that is there with all that belongs to it.</param>
/// <param name="FinishedAt">When all was there; null before.</param>
public sealed record DemoPlace(DateTimeOffset AsOf, int Tickets, DateTimeOffset? FinishedAt);

[JsonSourceGenerationOptions(
    System.Text.Json.JsonSerializerDefaults.Web,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(UtcInstantConverter)]
)]
[JsonSerializable(typeof(DemoPlace))]
internal sealed partial class DemoJson : JsonSerializerContext;

/// <summary>Writes tickets with a past: what is stored of each is what the desk itself would have stored by now.</summary>
/// <remarks>
/// All of it is written by keys that come from the tickets, and a batch counts when all of it is there: one that was interrupted is written again over
/// what it left. Nobody is told of what has long happened: no mails, webhooks or cards.
/// </remarks>
internal sealed class DemoDesk(
    PastDesk past,
    SettingsStore settings,
    StorageClients storage,
    NumberStore numbers,
    TicketListStore lists,
    Subscribers subscribers,
    EventStream stream,
    SearchIndexStore index,
    ReportDays days,
    ReportProgress reports,
    ContactStore contacts,
    OrganisationStore organisationStore,
    IEnumerable<IEventSubscriber> told,
    IEnumerable<IDeadline> deadlines,
    DueTimes dueTimes,
    PastReadings readings,
    TimeProvider time
)
{
    private const string Id = "demo";
    private const int Parallel = 8;

    /// <summary>Tickets that are written together.</summary>
    private const int AtOnce = 125;

    /// <summary>How much of its past the stream tells: who follows it begins with this, and older events are read from their tickets.</summary>
    private static readonly TimeSpan Streamed = TimeSpan.FromDays(7);

    internal static SettingKind<DemoPlace> Kind { get; } = new("demo-", _ => Id, DemoJson.Default.DemoPlace);

    private TableClient Table => storage.Table(TicketStore.TableName);

    /// <summary>How far the demo desk is; null where there is none.</summary>
    public async Task<DemoPlace?> FindAsync(string workspace, CancellationToken cancellationToken) =>
        await settings.ListAsync(workspace, Kind, cancellationToken) is [var place, ..] ? place : null;

    /// <summary>Begins a demo desk, or finds the one that was begun; only a workspace without tickets can become one.</summary>
    public async Task<DemoPlace> BeginAsync(string workspace, CancellationToken cancellationToken)
    {
        if (await FindAsync(workspace, cancellationToken) is { } begun)
            return begun;
        if ((await lists.ReadAsync(workspace, new(), 1, null, cancellationToken)).Items.Count > 0)
            throw new HelpdeskRuleException("desk-not-empty", "This workspace has tickets: only an empty one can become the demo desk.");
        var now = time.GetUtcNow();
        var place = new DemoPlace(new DateTimeOffset(now.Year, now.Month, now.Day, now.Hour, now.Minute, 0, TimeSpan.Zero), 0, null);
        await settings.PutAsync(workspace, Kind, place, cancellationToken);
        return place;
    }

    /// <summary>Adds tickets; those that are there already are left alone.</summary>
    /// <returns>How far the demo desk is then, and how many steps a rule refused.</returns>
    public async Task<(DemoPlace Place, int Refused)> AddAsync(string workspace, IReadOnlyList<DemoTicket> tickets, CancellationToken cancellationToken)
    {
        var place = await FindAsync(workspace, cancellationToken) ?? throw new HelpdeskRuleException("demo-not-begun", "Begin the demo desk first.");
        var missing = tickets.Where(ticket => ticket.Number > place.Tickets && ticket.At <= place.AsOf).OrderBy(ticket => ticket.Number).ToList();
        if (missing.Count == 0)
            return (place, 0);
        var desk = await past.ReadAsync(workspace, place.AsOf, cancellationToken);
        // All of them are told before any is written: what a request refuses leaves nothing behind.
        var (told, refused) = (new SortedDictionary<long, PastTicket>(), 0);
        // What is merged away comes before what takes it.
        foreach (var ticket in missing.OrderBy(ticket => ticket.Steps.Any(step => step.Do == DemoAction.Receive)))
        {
            var (one, skipped) = await past.TellAsync(desk, ticket, told, cancellationToken);
            told[ticket.Number] = one;
            refused += skipped;
        }

        await numbers.SkipAsync(workspace, missing[^1].Number, cancellationToken);
        var before = Task.CompletedTask;
        try
        {
            // Tickets are written while what goes by those before them still is.
            foreach (var some in told.Values.Chunk(AtOnce))
            {
                await EachAsync(some, WriteTicketAsync, cancellationToken);
                await before;
                before = WriteAsync(workspace, place.AsOf, some, cancellationToken);
            }
        }
        finally
        {
            await before;
        }

        place = place with { Tickets = missing[^1].Number };
        await settings.PutAsync(workspace, Kind, place, cancellationToken);
        return (place, refused);
    }

    /// <summary>Tells how the articles that are there were read until now.</summary>
    public async Task<DemoPlace> ReadAsync(string workspace, CancellationToken cancellationToken)
    {
        var place = await FindAsync(workspace, cancellationToken) ?? throw new HelpdeskRuleException("demo-not-begun", "Begin the demo desk first.");
        if (place.FinishedAt is null)
            await readings.WriteAsync(workspace, place.AsOf, cancellationToken);
        return place;
    }

    /// <summary>Says that all is there: from now on reports count what happens.</summary>
    public async Task<DemoPlace> FinishAsync(string workspace, CancellationToken cancellationToken)
    {
        var place = await FindAsync(workspace, cancellationToken) ?? throw new HelpdeskRuleException("demo-not-begun", "Begin the demo desk first.");
        if (place.FinishedAt is not null)
            return place;
        await reports.FollowFromHereAsync(workspace, place.Tickets, cancellationToken);
        place = place with { FinishedAt = time.GetUtcNow() };
        await settings.PutAsync(workspace, Kind, place, cancellationToken);
        return place;
    }

    /// <summary>Writes what goes by tickets that are there.</summary>
    private async Task WriteAsync(string workspace, DateTimeOffset asOf, IReadOnlyList<PastTicket> tickets, CancellationToken cancellationToken)
    {
        var organisations = await LearnAsync(workspace, tickets, cancellationToken);
        var counted = tickets
            .Select(one => new CountedTicket(
                one.Ticket.Number,
                one.Ticket.Version,
                TicketMeasures.Of([.. one.Events], one.Promises, organisations.GetValueOrDefault)
            ))
            .ToList();
        await Task.WhenAll(
            lists.ApplyAsync([.. tickets.Select(one => new ListMove(null, one.Ticket))], cancellationToken),
            AppendAsync(workspace, asOf - Streamed, tickets, cancellationToken),
            IndexAsync(workspace, tickets, cancellationToken),
            days.CountAsync(workspace, counted, cancellationToken),
            EachAsync(tickets, KeepAsync, cancellationToken),
            EachAsync(tickets, NoteDueTimesAsync, cancellationToken)
        );
    }

    /// <summary>Writes all rows of a ticket's partition. Where they do not fit into one transaction, the ticket itself comes last.</summary>
    private async Task WriteTicketAsync(PastTicket one, CancellationToken cancellationToken)
    {
        var partition = TicketAddress.Of(one.Ticket).Partition;
        var cursor = subscribers.Names.Aggregate(new TicketCursor(partition), (far, name) => far.After(name, one.Ticket.Version)).Listed(one.Ticket);
        var rows = one
            .Rows.Select(row => TicketRows.Write(partition, row.Event, row.Event.Change!, row.Listed))
            .Concat(one.Comments.Select(comment => TicketRows.Write(partition, comment)))
            .Append(cursor.ToRow())
            .Append(TicketRows.Write(partition, one.Ticket, withDescription: true));
        foreach (var chunk in TableTransactions.Split(rows.Select(row => new TableTransactionAction(TableTransactionActionType.UpsertReplace, row))))
            await Table.SubmitTransactionAsync(chunk, cancellationToken);
    }

    private Task AppendAsync(string workspace, DateTimeOffset since, IReadOnlyList<PastTicket> tickets, CancellationToken cancellationToken) =>
        stream.AppendAsync(
            workspace,
            [
                .. tickets
                    .SelectMany(one => one.Events.Where(happened => happened.At >= since).Select(happened => EventReference.Of(one.Ticket, happened)))
                    .OrderBy(one => one.At)
                    .ThenBy(one => one.Number)
                    .ThenBy(one => one.Seq),
            ],
            cancellationToken
        );

    private async Task IndexAsync(string workspace, IReadOnlyList<PastTicket> tickets, CancellationToken cancellationToken)
    {
        var documents = tickets.SelectMany(one => TicketDocuments.Of(one.Ticket, one.Comments)).ToList();
        if (!await index.FlushAsync(workspace, 1, purge: false, cancellationToken, documents))
            await index.PutAsync(workspace, documents, cancellationToken);
    }

    /// <summary>Whoever asks is known, and their tickets are their organisation's; gives the organisations by address.</summary>
    private async Task<IReadOnlyDictionary<string, string?>> LearnAsync(
        string workspace,
        IReadOnlyList<PastTicket> tickets,
        CancellationToken cancellationToken
    )
    {
        var asked = tickets.Select(one => one.Ticket).Where(ticket => ticket.Channel != IntakeChannel.Alert).ToList();
        var organisations = new Dictionary<string, string?>(StringComparer.Ordinal);
        foreach (var requester in asked.Select(ticket => ticket.Requester).DistinctBy(one => one.Email, StringComparer.Ordinal))
            organisations[requester.Email] = await contacts.LearnAsync(workspace, new(requester.Email, requester.Name), cancellationToken);
        await organisationStore.AddTicketsAsync(
            workspace,
            asked.Where(ticket => organisations[ticket.Requester.Email] is not null).Select(ticket => (organisations[ticket.Requester.Email]!, ticket)),
            cancellationToken
        );
        return organisations;
    }

    /// <summary>Those subscribers are told that only keep what has happened.</summary>
    private async Task KeepAsync(PastTicket one, CancellationToken cancellationToken)
    {
        IReadOnlyList<TicketEvent> events = [.. one.Events];
        foreach (var keeper in told.Where(keeper => keeper is KeepRatings or KeepAgenda && keeper.Wants(events)))
            await keeper.TakeAsync(one.Ticket, events, cancellationToken);
    }

    private async Task NoteDueTimesAsync(PastTicket one, CancellationToken cancellationToken)
    {
        if (one.Ticket.Status == TicketStatus.Closed)
            return;
        foreach (var deadline in deadlines)
        {
            if (await deadline.NextAsync(one.Ticket, [], cancellationToken) is { } next)
                await dueTimes.NoteAsync(new(deadline.Kind, one.Ticket.Workspace, one.Ticket.Number, next.At), cancellationToken);
        }
    }

    private static Task EachAsync(IReadOnlyList<PastTicket> tickets, Func<PastTicket, CancellationToken, Task> each, CancellationToken cancellationToken) =>
        System.Threading.Tasks.Parallel.ForEachAsync(
            tickets,
            new ParallelOptions { MaxDegreeOfParallelism = Parallel, CancellationToken = cancellationToken },
            async (one, cancelled) => await each(one, cancelled)
        );
}
