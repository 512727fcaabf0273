using Helpdesk.Functions.Events;
using Helpdesk.Functions.Storage;
using Helpdesk.Functions.Tickets;
using Helpdesk.Search;
using Helpdesk.Sla;

namespace Helpdesk.Functions.Search;

/// <summary>Brings the index up to date with tickets: one request for a ticket that is opened or only handed around, two when its words change.</summary>
public sealed class IndexTickets(SearchIndexStore index, TicketDocuments documents, SearchFlushes flushes) : ITakesManyTickets
{
    private const int Parallel = 4;

    public string Name => "Search";

    public bool Wants(IReadOnlyList<TicketEvent> events) => TicketDocuments.Changed(events) != DocumentParts.None;

    public Task TakeAsync(Ticket ticket, IReadOnlyList<TicketEvent> events, CancellationToken cancellationToken) =>
        TakeAsync([new(ticket, events)], cancellationToken);

    public async Task TakeAsync(IReadOnlyList<TicketNews> news, CancellationToken cancellationToken)
    {
        foreach (var workspace in news.GroupBy(one => one.Ticket.Workspace, StringComparer.Ordinal))
        {
            var some = workspace.ToList();
            var made = new IReadOnlyList<SearchDocument>[some.Count];
            await System.Threading.Tasks.Parallel.ForAsync(
                0,
                some.Count,
                new ParallelOptions { MaxDegreeOfParallelism = Parallel, CancellationToken = cancellationToken },
                async (i, cancelled) => made[i] = await documents.OfAsync(some[i].Ticket, some[i].Events, cancelled)
            );
            await index.PutAsync(workspace.Key, [.. made.SelectMany(one => one)], cancellationToken);
            // Words of people who were erased do not wait in old segments until those are merged.
            if (some.Any(one => one.Events.Any(happened => happened.Fact is PersonErased)))
                await index.MarkForPurgeAsync(workspace.Key, cancellationToken);
            await flushes.NoteAsync(workspace.Key, made.Sum(one => one.Count), cancellationToken);
        }
    }
}

/// <summary>Which documents of a ticket an event changes.</summary>
[Flags]
public enum DocumentParts
{
    None = 0,
    Words = 1,
    Facts = 2,
    Both = Words | Facts,
}

/// <summary>Makes the documents of tickets.</summary>
public sealed class TicketDocuments(TicketStore tickets)
{
    /// <summary>Comments of one ticket that are found.</summary>
    private const int MostComments = 500;

    /// <summary>What the events of a ticket change of its documents.</summary>
    public static DocumentParts Changed(IReadOnlyList<TicketEvent> events) =>
        events.Aggregate(DocumentParts.None, (parts, happened) => parts | Changed(happened.Fact));

    /// <summary>The documents of a ticket that its events have changed.</summary>
    public async Task<IReadOnlyList<SearchDocument>> OfAsync(Ticket ticket, IReadOnlyList<TicketEvent> events, CancellationToken cancellationToken)
    {
        var parts = Changed(events);
        var found = new List<SearchDocument>();
        if (parts.HasFlag(DocumentParts.Words))
        {
            // Of a ticket whose whole history this is, and that nobody has commented on, nothing need be read.
            var silent =
                events.Count > 0
                && events[0].Seq == 1
                && events.Count == ticket.Version
                && !events.Any(happened => happened.Fact is CommentAdded or MergeReceived or MergeReturned or TicketUnmerged);
            found.Add(Words(ticket, silent ? [] : await ReadCommentsAsync(ticket, cancellationToken)));
        }

        if (parts.HasFlag(DocumentParts.Facts))
            found.Add(Facts(ticket));
        return found;
    }

    /// <summary>Both documents of a ticket, which take the place of those of the same version.</summary>
    public async Task<IReadOnlyList<SearchDocument>> AgainAsync(Ticket ticket, CancellationToken cancellationToken) =>
        [Words(ticket, await ReadCommentsAsync(ticket, cancellationToken), again: true), Facts(ticket, again: true)];

    /// <summary>Both documents of a ticket whose comments are known.</summary>
    public static IReadOnlyList<SearchDocument> Of(Ticket ticket, IReadOnlyList<Comment> comments) =>
        [Words(ticket, [.. comments.Take(MostComments)]), Facts(ticket)];

    private async Task<IReadOnlyList<Comment>> ReadCommentsAsync(Ticket ticket, CancellationToken cancellationToken) =>
        [.. (await tickets.ReadCommentsAsync(TicketAddress.Of(ticket), null, MostComments, cancellationToken)).Select(row => row.Comment)];

    private static SearchDocument Words(Ticket ticket, IReadOnlyList<Comment> comments, bool again = false)
    {
        var words = new SearchDocument.Words(ticket.Number, ticket.Version)
            .Add(SearchField.Number, ticket.Number.ToString(System.Globalization.CultureInfo.InvariantCulture))
            .Add(SearchField.Subject, ticket.Subject)
            .Add(SearchField.Description, ticket.Description)
            .Add(SearchField.Requester, ticket.Requester.Email)
            .Add(SearchField.Requester, ticket.Requester.Name)
            .Add(SearchField.Comment, ticket.Resolution);
        foreach (var person in ticket.Participants ?? [])
            words.Add(SearchField.Requester, person.Email).Add(SearchField.Requester, person.Name);
        foreach (var tag in ticket.Tags)
            words.Add(SearchField.Tag, tag);
        foreach (var (_, value) in ticket.CustomFields)
            words.Add(SearchField.Custom, value.ToString());
        foreach (var comment in comments.Where(comment => comment.DeletedAt is null))
            words.Add(comment.Visibility == CommentVisibility.Public ? SearchField.Comment : SearchField.Note, comment.Body);
        return words.Build(again);
    }

    private static SearchDocument Facts(Ticket ticket, bool again = false)
    {
        var facts = new SearchDocument.Facts(ticket.Number, ticket.Version)
            .Add("status", WireName<TicketStatus>.Of(ticket.Status))
            .Add("priority", WireName<TicketPriority>.Of(ticket.Priority))
            .Add("channel", WireName<IntakeChannel>.Of(ticket.Channel))
            .Add("tier", ticket.Tier.ToString(System.Globalization.CultureInfo.InvariantCulture))
            .Add("type", ticket.Type ?? "none")
            .Add("group", ticket.Group ?? "none")
            .Add("assignee", ticket.Assignee ?? "none")
            .Add("language", ticket.Language ?? "none");
        foreach (var tag in ticket.Tags)
            facts.Add("tag", tag);
        foreach (var (name, value) in ticket.CustomFields)
            facts.Add($"custom.{name.ToLowerInvariant()}", value.ToString());
        return facts.Build(again);
    }

    /// <summary>What a fact changes. One that is not known here changes both: reading a ticket once too often costs less than missing a word.</summary>
    private static DocumentParts Changed(TicketFact fact) =>
        fact switch
        {
            TicketLinked or TicketUnlinked or TicketAcknowledged or TicketRouted or AutomationRan or MacroApplied => DocumentParts.None,
            SlaPolicyApplied or SlaCalendarSwitched or SlaBreached or SlaBreachRetracted or SlaStepFired => DocumentParts.None,
            StatusChanged { Resolution: null } or TicketReopened => DocumentParts.Facts,
            PriorityChanged or TypeChanged or TierChanged or GroupChanged or AssigneeChanged => DocumentParts.Facts,
            CommentAdded or CommentEdited or CommentDeleted or SubjectChanged or DescriptionChanged or RequesterChanged or ParticipantsChanged =>
                DocumentParts.Words,
            _ => DocumentParts.Both,
        };
}
