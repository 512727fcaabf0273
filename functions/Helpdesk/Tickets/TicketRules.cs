using System.Text.Json;
using Helpdesk.Agenda;
using Helpdesk.Approvals;
using Helpdesk.Directory;

namespace Helpdesk.Tickets;

/// <summary>What a requester, agent or integration says of a ticket that is to be opened; checked, and not yet decided on.</summary>
public sealed record TicketDraft
{
    public required string Subject { get; init; }
    public required string Description { get; init; }
    public required Requester Requester { get; init; }
    public TicketPriority Priority { get; init; } = TicketPriority.Normal;
    public string? Type { get; init; }
    public IReadOnlyList<string> Tags { get; init; } = [];
    public Group? Group { get; init; }
    public Agent? Assignee { get; init; }
    public IReadOnlyDictionary<string, JsonElement> CustomFields { get; init; } = new Dictionary<string, JsonElement>();
    public required IntakeChannel Channel { get; init; }
    public string? Receipt { get; init; }

    /// <summary>Id of the mailbox that took it in, or null.</summary>
    public string? Mailbox { get; init; }

    /// <summary>Whether a program wrote it.</summary>
    public bool Automatic { get; init; }

    /// <summary>When it was asked, where that was days before it is opened; null otherwise.</summary>
    public DateTimeOffset? AskedAt { get; init; }

    /// <summary>The language in which the requester asks, or null.</summary>
    public string? Language { get; init; }

    /// <summary>The form that was filled in, or null.</summary>
    public TicketForm? Form { get; init; }

    /// <summary>The chat it comes from, or null.</summary>
    public string? Conversation { get; init; }
    public IReadOnlyList<TicketAttachment>? Attachments { get; init; }

    /// <summary>The closed ticket that is taken up again, or null.</summary>
    public Ticket? FollowUpOf { get; init; }

    /// <summary>Who takes part besides the requester.</summary>
    public IReadOnlyList<Requester> Participants { get; init; } = [];
}

/// <summary>Which fields of a ticket an agent wants to be different. A field that was not named is null here.</summary>
public sealed record TicketPatch
{
    public string? Subject { get; init; }
    public string? Description { get; init; }

    /// <summary>The requester's address; null leaves it.</summary>
    public string? RequesterEmail { get; init; }
    public Optional<string?>? RequesterName { get; init; }

    /// <summary>All who take part besides the requester.</summary>
    public IReadOnlyList<Requester>? Participants { get; init; }
    public TicketPriority? Priority { get; init; }
    public Optional<string?>? Type { get; init; }
    public IReadOnlyList<string>? Tags { get; init; }
    public Optional<Group?>? Group { get; init; }
    public Optional<Agent?>? Assignee { get; init; }
    public TicketStatus? Status { get; init; }
    public IReadOnlyDictionary<string, JsonElement>? CustomFields { get; init; }
}

/// <summary>A value that was named in a patch, where null means "clear it".</summary>
public sealed record Optional<T>(T Value);

/// <summary>The rules of a ticket's life: each takes the ticket as it is and gives the change, or says no.</summary>
/// <remarks>
/// Assigning moves New to Open; nothing returns to New; a requester's public comment on Pending, OnHold or Resolved reopens, but thanks alone leave
/// Resolved as it is; an agent's public comment on New opens; Closed takes only a follow-up; resolving needs a resolution text; merging closes.
/// Each is safe to run twice: what is already so gives no events.
/// </remarks>
public static class TicketRules
{
    /// <summary>The highest support level.</summary>
    public const int TopTier = 3;

    public static TicketChange Open(string id, long number, string workspace, TicketDraft draft, Actor by, DateTimeOffset now)
    {
        if (draft.FollowUpOf is { Status: not TicketStatus.Closed } earlier)
            throw new HelpdeskRuleException("ticket-not-closed", $"Ticket {earlier.Number} is not closed: comment on it instead of opening a follow-up.");

        var opened = new TicketOpened(
            id,
            number,
            workspace,
            VisibleText.Of(draft.Subject),
            draft.Requester.Name is { } name ? draft.Requester with { Name = VisibleText.Of(name) } : draft.Requester,
            draft.Assignee is null ? TicketStatus.New : TicketStatus.Open,
            draft.Priority,
            draft.Type,
            draft.Group?.Tier ?? 1,
            draft.Group?.Id,
            draft.Assignee?.Id,
            draft.Tags,
            TicketHistory.MergePatch(new Dictionary<string, JsonElement>(), draft.CustomFields),
            draft.Channel,
            draft.FollowUpOf?.Id,
            draft.Receipt,
            null,
            draft.Conversation,
            draft.Attachments is { Count: > 0 } files ? files : null,
            ParticipantsOf(draft),
            Mailbox: draft.Mailbox,
            Automatic: draft.Automatic ? true : null,
            AskedAt: draft.AskedAt,
            Language: draft.Language,
            Form: draft.Form
        );
        return TicketHistory.Begin(opened, draft.Description, by, now);
    }

    /// <summary>Adds words to a ticket, and moves it where those words move it.</summary>
    /// <param name="reopens">Whether a requester's words may reopen a resolved ticket.</param>
    public static TicketChange Comment(
        Ticket ticket,
        string body,
        CommentVisibility visibility,
        Actor by,
        DateTimeOffset now,
        IReadOnlyList<TicketAttachment>? attachments = null,
        CommentSource? source = null,
        bool reopens = true
    )
    {
        MustNotBeClosed(ticket);
        var id = $"{ticket.Number}-{ticket.Version + 1}";
        var thanks = visibility == CommentVisibility.Public && OnlyThanks(ticket, body, by, attachments);
        List<TicketFact> facts = [new CommentAdded(id, visibility, thanks ? true : null, Spoken(source))];
        if (visibility == CommentVisibility.Public && !thanks)
        {
            if (by.Kind == ActorKind.Agent && ticket.Status == TicketStatus.New)
                facts.Add(new StatusChanged(TicketStatus.New, TicketStatus.Open));
            else if (
                by.Kind == ActorKind.Requester
                && (
                    ticket.Status is TicketStatus.Pending
                    || (ticket.Status == TicketStatus.OnHold && !ApprovalRules.Waits(ticket))
                    || (ticket.Status == TicketStatus.Resolved && reopens)
                )
            )
                facts.Add(new TicketReopened(ticket.Status, TicketStatus.Open));
        }

        var change = TicketHistory.Record(ticket, by, now, facts);
        return change with
        {
            Comment = new Comment
            {
                Id = id,
                Body = body,
                Visibility = visibility,
                At = change.Events[0].At,
                By = by.Kind,
                Actor = by,
                Source = source,
                Attachments = attachments is { Count: > 0 } ? attachments : null,
            },
        };
    }

    /// <summary>Puts other words in the place of a comment's. A resolved ticket that got more than thanks that way is reopened.</summary>
    public static TicketChange EditComment(Ticket ticket, Comment comment, string body, Actor by, DateTimeOffset now)
    {
        MustNotBeClosed(ticket);
        if (comment.Body == body && comment.DeletedAt is null)
            return new(ticket, []);
        List<TicketFact> facts = [new CommentEdited(comment.Id, comment.Visibility, comment.Body, body, Spoken(comment.Source))];
        if (
            ticket.Status == TicketStatus.Resolved
            && comment is { Visibility: CommentVisibility.Public, By: ActorKind.Requester }
            && !OnlyThanks(ticket, body, by, comment.Attachments)
        )
            facts.Add(new TicketReopened(ticket.Status, TicketStatus.Open));
        var change = TicketHistory.Record(ticket, by, now, facts);
        return change with { Comment = comment with { Body = body, EditedAt = change.Events[0].At, DeletedAt = null } };
    }

    /// <summary>Takes the words and files of a comment away, whatever has become of the ticket: its author wants nobody to read them.</summary>
    public static TicketChange DeleteComment(Ticket ticket, Comment comment, Actor by, DateTimeOffset now)
    {
        if (comment.DeletedAt is not null)
            return new(ticket, []);
        var change = TicketHistory.Record(ticket, by, now, new CommentDeleted(comment.Id, comment.Visibility, comment.Body, comment.Attachments));
        return change with { Comment = comment with { Body = "", Attachments = null, DeletedAt = change.Events[0].At } };
    }

    /// <summary>Whether words are no reason to look at a resolved ticket again.</summary>
    private static bool OnlyThanks(Ticket ticket, string body, Actor by, IReadOnlyList<TicketAttachment>? attachments) =>
        ticket.Status == TicketStatus.Resolved
        && by.Kind == ActorKind.Requester
        && attachments is not { Count: > 0 }
        && Gratitude.IsAll(body, by.Name, ticket.Requester.Name, ticket.Assignee);

    /// <summary>The tag of a ticket whose requester would rather talk to somebody than write.</summary>
    public const string TalkTag = "talk-to-a-person";

    /// <summary>How many tags a ticket can have.</summary>
    public const int MostTags = 20;

    /// <summary>Marks that the requester asks to talk to a person. A ticket that has all the tags it can have gets their words as a comment.</summary>
    public static TicketChange AskForPerson(Ticket ticket, string words, Actor by, DateTimeOffset now) =>
        ticket.Tags.Contains(TalkTag, StringComparer.Ordinal) ? new(ticket, [])
        : ticket.Tags.Count < MostTags ? Patch(ticket, new TicketPatch { Tags = [.. ticket.Tags, TalkTag] }, by, now)
        : Comment(ticket, words, CommentVisibility.Public, by, now);

    /// <summary>Gives a ticket to a group, an agent or both; null leaves that one as it is.</summary>
    public static TicketChange Assign(Ticket ticket, Group? group, Agent? assignee, Actor by, DateTimeOffset now) =>
        Patch(ticket, new TicketPatch { Group = group is null ? null : new(group), Assignee = assignee is null ? null : new(assignee) }, by, now);

    public static TicketChange Resolve(Ticket ticket, string resolution, Actor by, DateTimeOffset now)
    {
        MustNotBeClosed(ticket);
        if (ticket.Status == TicketStatus.Resolved)
        {
            return ticket.Resolution == resolution
                ? new(ticket, [])
                : throw new HelpdeskRuleException("already-resolved", $"Ticket {ticket.Number} is already resolved: reopen it to give another resolution.");
        }

        AgendaRules.MustHaveDoneRequired(ticket);
        return TicketHistory.Record(ticket, by, now, new StatusChanged(ticket.Status, TicketStatus.Resolved, resolution));
    }

    public static TicketChange Reopen(Ticket ticket, Actor by, DateTimeOffset now)
    {
        MustNotBeClosed(ticket);
        return ticket.Status == TicketStatus.Resolved
            ? TicketHistory.Record(ticket, by, now, new TicketReopened(TicketStatus.Resolved, TicketStatus.Open))
            : throw NotResolved(ticket);
    }

    /// <summary>Makes a ticket new again, of which whatever was done is taken back.</summary>
    public static TicketChange Renew(Ticket ticket, Actor by, DateTimeOffset now)
    {
        MustNotBeClosed(ticket);
        return ticket.Status switch
        {
            TicketStatus.New => new(ticket, []),
            TicketStatus.Resolved => TicketHistory.Record(ticket, by, now, new TicketReopened(TicketStatus.Resolved, TicketStatus.New)),
            _ => TicketHistory.Record(ticket, by, now, new StatusChanged(ticket.Status, TicketStatus.New)),
        };
    }

    public static TicketChange Close(Ticket ticket, Actor by, DateTimeOffset now) =>
        ticket.Status switch
        {
            TicketStatus.Closed => new(ticket, []),
            TicketStatus.Resolved => TicketHistory.Record(ticket, by, now, new StatusChanged(TicketStatus.Resolved, TicketStatus.Closed)),
            _ => throw NotResolved(ticket),
        };

    /// <summary>Moves a ticket up to a tier, and to the group of that tier that its own group hands over to, unassigned there.</summary>
    /// <param name="ladder">The groups that the ticket's group hands over to, nearest first.</param>
    public static TicketChange Escalate(Ticket ticket, int? toTier, string reason, IReadOnlyList<Group> ladder, Actor by, DateTimeOffset now)
    {
        MustNotBeClosed(ticket);
        if (ticket.Status == TicketStatus.Resolved)
            throw new HelpdeskRuleException("ticket-resolved", $"Ticket {ticket.Number} is resolved: reopen it before escalating it.");
        var tier = toTier ?? ticket.Tier + 1;
        if (tier > TopTier)
            throw new HelpdeskRuleException("top-tier-reached", $"Ticket {ticket.Number} is at tier {ticket.Tier}, and there is none above tier {TopTier}.");
        if (tier <= ticket.Tier)
            throw new HelpdeskRuleException("tier-not-higher", $"Ticket {ticket.Number} is at tier {ticket.Tier} already: escalating goes up.");

        List<TicketFact> facts = [new TierChanged(ticket.Tier, tier, reason)];
        if (ladder.FirstOrDefault(group => group.Tier >= tier) is { } next && next.Id != ticket.Group)
        {
            facts.Add(new GroupChanged(ticket.Group, next.Id));
            if (ticket.Assignee is not null)
                facts.Add(new AssigneeChanged(ticket.Assignee, null));
        }

        return TicketHistory.Record(ticket, by, now, facts);
    }

    /// <summary>Notes that somebody has taken notice: steps of the policy are not repeated any more.</summary>
    public static TicketChange Acknowledge(Ticket ticket, Actor by, DateTimeOffset now)
    {
        MustNotBeClosed(ticket);
        return TicketHistory.Record(ticket, by, now, new TicketAcknowledged());
    }

    public static TicketChange Patch(Ticket ticket, TicketPatch patch, Actor by, DateTimeOffset now)
    {
        if (ticket.Status == TicketStatus.Closed && patch.Status != TicketStatus.Closed)
            MustNotBeClosed(ticket);

        var facts = new List<TicketFact>();
        if (patch.Subject is { } subject && subject != ticket.Subject)
            facts.Add(new SubjectChanged(ticket.Subject, subject));
        if (patch.Description is { } description && description != ticket.Description)
            facts.Add(new DescriptionChanged(ticket.Description, description));
        facts.AddRange(PeopleFacts(ticket, patch));
        if (patch.Priority is { } priority && priority != ticket.Priority)
            facts.Add(new PriorityChanged(ticket.Priority, priority));
        if (patch.Type is { } type && type.Value != ticket.Type)
            facts.Add(new TypeChanged(ticket.Type, type.Value));
        if (patch.Tags is { } tags && !tags.SequenceEqual(ticket.Tags, StringComparer.Ordinal))
            facts.Add(new TagsChanged(ticket.Tags, tags));
        if (patch.CustomFields is { } fields && Changes(ticket.CustomFields, fields) is { Count: > 0 } changes)
            facts.Add(new CustomFieldsChanged(changes));
        if (patch.Group is { } group && group.Value?.Id != ticket.Group)
        {
            facts.Add(new GroupChanged(ticket.Group, group.Value?.Id));
            if (group.Value is { } to && to.Tier != ticket.Tier)
                facts.Add(new TierChanged(ticket.Tier, to.Tier, null));
        }

        if (patch.Assignee is { } assignee && assignee.Value?.Id != ticket.Assignee)
            facts.Add(new AssigneeChanged(ticket.Assignee, assignee.Value?.Id));

        if (StatusFact(ticket, patch) is { } moved)
            facts.Add(moved);
        if (ticket.Status == TicketStatus.Closed && facts.Count > 0)
            MustNotBeClosed(ticket);
        return TicketHistory.Record(ticket, by, now, facts);
    }

    private static bool? Spoken(CommentSource? source) => source?.Channel == IntakeChannel.Phone ? true : null;

    private static IEnumerable<TicketFact> PeopleFacts(Ticket ticket, TicketPatch patch)
    {
        var requester = new Requester(patch.RequesterEmail ?? ticket.Requester.Email, patch.RequesterName is { } name ? name.Value : ticket.Requester.Name);
        if (requester != ticket.Requester)
            yield return new RequesterChanged(ticket.Requester, requester);
        if (patch.Participants is not { } named)
            yield break;
        var participants = People.Renamed(ticket with { Requester = requester }, named);
        if (participants.Count + 1 > People.Limit)
            throw new HelpdeskRuleException("too-many-participants", $"Ticket {ticket.Number} may have {People.Limit} participants, its requester included.");
        if (!participants.SequenceEqual(ticket.Participants ?? []))
            yield return new ParticipantsChanged(ticket.Participants ?? [], participants);
    }

    private static List<Participant>? ParticipantsOf(TicketDraft draft) =>
        draft
            .Participants.Where(one => !People.Same(one.Email, draft.Requester.Email))
            .DistinctBy(one => one.Email.ToLowerInvariant())
            .Select(one => new Participant(one.Email, one.Name))
            .ToList()
            is { Count: > 0 } named
            ? named
            : null;

    private static TicketFact? StatusFact(Ticket ticket, TicketPatch patch)
    {
        var assigned = patch.Assignee?.Value is not null || patch.Group?.Value is not null;
        var to = patch.Status ?? (assigned && ticket.Status == TicketStatus.New ? TicketStatus.Open : ticket.Status);
        if (to == ticket.Status)
            return null;

        return to switch
        {
            TicketStatus.New => throw new HelpdeskRuleException("never-new-again", $"Ticket {ticket.Number} has been worked on: nothing returns to new."),
            TicketStatus.Resolved => throw new HelpdeskRuleException(
                "resolution-required",
                $"Ticket {ticket.Number} can only be resolved with a resolution text: use its resolve action."
            ),
            TicketStatus.Closed when ticket.Status != TicketStatus.Resolved => throw NotResolved(ticket),
            TicketStatus.Open or TicketStatus.Pending or TicketStatus.OnHold when ticket.Status == TicketStatus.Resolved => new TicketReopened(
                ticket.Status,
                to
            ),
            _ => new StatusChanged(ticket.Status, to),
        };
    }

    private static Dictionary<string, JsonElement> Changes(IReadOnlyDictionary<string, JsonElement> fields, IReadOnlyDictionary<string, JsonElement> patch) =>
        patch
            .Where(pair => fields.TryGetValue(pair.Key, out var old) ? !JsonElement.DeepEquals(old, pair.Value) : pair.Value.ValueKind != JsonValueKind.Null)
            .ToDictionary(StringComparer.Ordinal);

    private static void MustNotBeClosed(Ticket ticket)
    {
        if (Closed(ticket) is { } closed)
            throw closed;
    }

    /// <summary>Why a ticket takes nothing more; null when it is not closed.</summary>
    internal static HelpdeskRuleException? Closed(Ticket ticket) =>
        ticket is { Status: TicketStatus.Closed, MergedInto: { } into }
            ? new("ticket-closed", $"Ticket {ticket.Number} was merged into ticket {into.Split('-')[0]}: change that one.")
        : ticket.Status == TicketStatus.Closed ? new("ticket-closed", $"Ticket {ticket.Number} is closed: open a new ticket with followUpOf \"{ticket.Id}\".")
        : null;

    private static HelpdeskRuleException NotResolved(Ticket ticket) =>
        new("ticket-not-resolved", $"Ticket {ticket.Number} is {WireName<TicketStatus>.Of(ticket.Status)}, not resolved.");
}
