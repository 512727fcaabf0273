using System.Text.Json;
using System.Text.Json.Serialization;
using Helpdesk.Agenda;
using Helpdesk.Attachments;
using Helpdesk.Functions.Attachments;
using Helpdesk.Functions.Hosting;
using Helpdesk.Satisfaction;

namespace Helpdesk.Functions.Tickets;

/// <summary>A ticket.</summary>
/// <param name="Id">Unique over all workspaces, and safe in a URL.</param>
/// <param name="Number">What people call the ticket; unique in the workspace, rising, with gaps.</param>
/// <param name="Workspace">Id of the workspace.</param>
/// <param name="Subject">What it is about, on one line.</param>
/// <param name="Description">What happened, in the words of whoever opened it.</param>
/// <param name="Status">Where it stands.</param>
/// <param name="Priority">How soon it wants attention.</param>
/// <param name="Type">Its type in words of your own, such as <c>incident</c>; null for none.</param>
/// <param name="Tier">The support level at which it is worked, 1 to 3.</param>
/// <param name="Group">Id of the group it belongs to; null for none.</param>
/// <param name="Assignee">Id of the agent who works on it; null for nobody.</param>
/// <param name="Requester">Who asks for help.</param>
/// <param name="Participants">Who takes part besides the requester: people who were named, and people of tickets that were merged into it.</param>
/// <param name="Tags">Its tags, in lower case.</param>
/// <param name="CustomFields">Values of fields of your own.</param>
/// <param name="Channel">How it came in.</param>
/// <param name="Receipt">Id of the receipt that it came from; null for none.</param>
/// <param name="Mailbox">Id of the mailbox that took it in, and from which it is answered; null for none.</param>
/// <param name="Automatic">Whether a program wrote it, so that the desk answers nothing by itself.</param>
/// <param name="Resolution">What solved it; kept when it is reopened, replaced when it is resolved again.</param>
/// <param name="CreatedAt">When it was opened.</param>
/// <param name="UpdatedAt">When it changed last.</param>
/// <param name="ResolvedAt">When it was resolved; null while it is not.</param>
/// <param name="ClosedAt">When it was closed; null while it is not.</param>
/// <param name="MergedInto">Id of the ticket that it was merged into; null for none.</param>
/// <param name="FollowUpOf">Id of the closed ticket that it takes up again; null for none.</param>
/// <param name="Links">Other tickets that it has to do with.</param>
/// <param name="Attachments">Files that came with the description.</param>
/// <param name="Sla">How its promises stand; null when nothing is promised.</param>
/// <param name="MinutesWorked">How many minutes agents have worked on it, as they say; null for who may not read notes.</param>
/// <param name="Satisfaction">What the requester was asked of its last resolution, and how they rated it; null where nobody was asked.</param>
/// <param name="FollowUp">When it comes back to somebody; null for never, and for who may not read notes.</param>
/// <param name="OpenTasks">How many of its tasks are not done; null for who may not read notes.</param>
/// <param name="Version">Counts its changes, and is its ETag in quotation marks.</param>
[Example(
    """
        {"id":"42-p1x9wmqk3e","number":42,"workspace":"main","subject":"Printer","description":"It is on fire","status":"open",
         "priority":"high","type":null,"tier":1,
         "group":"it-support","assignee":"ada","requester":{"email":"rita@example.com","name":"Rita"},"participants":[],"tags":["hardware"],
         "customFields":{"building":"7"},"channel":"api","receipt":null,"mailbox":null,"automatic":false,
         "resolution":null,"createdAt":"2026-03-10T09:00:00.000Z","updatedAt":"2026-03-10T09:12:00.000Z","resolvedAt":null,"closedAt":null,
         "mergedInto":null,"followUpOf":null,
         "links":[{"kind":"related","ticket":"40-8c1zt5v2ma","number":40}],
         "attachments":[],"sla":{"policy":{"id":"standard","version":1},"calendar":"business-hours@1","state":"ok",
         "dueAt":"2026-03-10T11:00:00.000Z","acknowledgedAt":null,
         "targets":[{"metric":"first-reply","cycle":1,"priority":"high","within":"PT2H","state":"running",
         "startedAt":"2026-03-10T09:00:00.000Z","dueAt":"2026-03-10T11:00:00.000Z",
         "stoppedAt":null,"breachedAt":null,"everBreached":false,"elapsed":"PT12M","remaining":"PT1H48M","percent":10}]},"minutesWorked":0,
         "satisfaction":null,"followUp":null,"openTasks":0,"version":3}
        """
)]
public sealed record TicketView(
    string Id,
    long Number,
    string Workspace,
    string Subject,
    string Description,
    TicketStatus Status,
    TicketPriority Priority,
    string? Type,
    int Tier,
    string? Group,
    string? Assignee,
    RequesterView Requester,
    IReadOnlyList<RequesterView> Participants,
    IReadOnlyList<string> Tags,
    IReadOnlyDictionary<string, JsonElement> CustomFields,
    IntakeChannel Channel,
    string? Receipt,
    string? Mailbox,
    bool Automatic,
    string? Resolution,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    DateTimeOffset? ResolvedAt,
    DateTimeOffset? ClosedAt,
    string? MergedInto,
    string? FollowUpOf,
    IReadOnlyList<TicketLinkView> Links,
    IReadOnlyList<AttachmentView> Attachments,
    TicketSlaView? Sla,
    int? MinutesWorked,
    TicketSatisfactionView? Satisfaction,
    FollowUpTimeView? FollowUp,
    int? OpenTasks,
    long Version
)
{
    /// <summary>The form that it was opened with, and what was answered; left out for none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public TicketFormView? Form { get; init; }

    /// <param name="seesNotes">Whether what agents have to do with it, and have done, may be shown; it is nobody else's business.</param>
    public static TicketView Of(Ticket it, TicketSlaView? sla, bool seesNotes, IReadOnlyDictionary<string, FileScan>? scans = null) =>
        new(
            it.Id,
            it.Number,
            it.Workspace,
            it.Subject,
            it.Description,
            it.Status,
            it.Priority,
            it.Type,
            it.Tier,
            it.Group,
            it.Assignee,
            RequesterView.Of(it.Requester),
            [.. People.Named(it).Select(one => new RequesterView(one.Email, one.Name))],
            it.Tags,
            it.CustomFields,
            it.Channel,
            it.Receipt,
            it.Mailbox,
            it.Automatic == true,
            it.Resolution,
            it.CreatedAt,
            it.UpdatedAt,
            it.ResolvedAt,
            it.ClosedAt,
            it.MergedInto,
            it.FollowUpOf,
            [.. (it.Links ?? []).Select(link => new TicketLinkView(link.Kind, link.To, link.ToNumber))],
            AttachmentView.Of(it.Attachments, scans),
            sla,
            seesNotes ? it.MinutesWorked ?? 0 : null,
            it.Satisfaction is { } asked ? new(asked.Scale, asked.AskedAt, asked.Rating, asked.RatedAt) : null,
            it.FollowUp is { } back && seesNotes ? new(back.At, back.To) : null,
            seesNotes ? AgendaRules.Open(it).Count() : null,
            it.Version
        );
}

/// <summary>What a requester was asked of a resolution, and how they rated it. What they said with it is in the list of ratings.</summary>
/// <param name="Scale">What they were asked for.</param>
/// <param name="AskedAt">When they were asked.</param>
/// <param name="Rating">1 to 5, where good counts as 5 and bad as 1; null for no answer.</param>
/// <param name="RatedAt">When they answered first; null for no answer.</param>
public sealed record TicketSatisfactionView(SatisfactionScale Scale, DateTimeOffset AskedAt, int? Rating, DateTimeOffset? RatedAt);

/// <summary>When a ticket comes back.</summary>
/// <param name="At">The instant.</param>
/// <param name="To">Id of the agent whom it comes back to; null for whoever is in charge of it then.</param>
public sealed record FollowUpTimeView(DateTimeOffset At, string? To);

/// <summary>Who asks for help.</summary>
/// <param name="Email">The e-mail address, which tells requesters apart whatever its case.</param>
/// <param name="Name">The name, or null where nobody said one.</param>
public sealed record RequesterView(string Email, string? Name)
{
    public static RequesterView Of(Requester it) => new(it.Email, it.Name);
}

/// <summary>Another ticket that a ticket has to do with.</summary>
/// <param name="Kind">What the other ticket is to this one.</param>
/// <param name="Ticket">Id of the other ticket.</param>
/// <param name="Number">Number of the other ticket.</param>
public sealed record TicketLinkView(LinkKind Kind, string Ticket, long Number);

/// <summary>A ticket in a list: all but its long texts, custom fields and files.</summary>
/// <param name="Id">Unique over all workspaces, and safe in a URL.</param>
/// <param name="Number">What people call the ticket; unique in the workspace, rising, with gaps.</param>
/// <param name="Workspace">Id of the workspace.</param>
/// <param name="Subject">What it is about, on one line.</param>
/// <param name="Status">Where it stands.</param>
/// <param name="Priority">How soon it wants attention.</param>
/// <param name="Type">Its type in words of your own, such as <c>incident</c>; null for none.</param>
/// <param name="Tier">The support level at which it is worked, 1 to 3.</param>
/// <param name="Group">Id of the group it belongs to; null for none.</param>
/// <param name="Assignee">Id of the agent who works on it; null for nobody.</param>
/// <param name="Requester">Who asks for help.</param>
/// <param name="Tags">Its tags, in lower case.</param>
/// <param name="Channel">How it came in.</param>
/// <param name="CreatedAt">When it was opened.</param>
/// <param name="UpdatedAt">When it changed last.</param>
/// <param name="ResolvedAt">When it was resolved; null while it is not.</param>
/// <param name="ClosedAt">When it was closed; null while it is not.</param>
/// <param name="MergedInto">Id of the ticket that it was merged into; null for none.</param>
/// <param name="FollowUpOf">Id of the closed ticket that it takes up again; null for none.</param>
/// <param name="Sla">How its promises stand; null when nothing is promised.</param>
/// <param name="Version">Counts its changes, and is its ETag in quotation marks.</param>
/// <param name="CustomFields">In a view, the fields of your own that are its columns; left out elsewhere.</param>
public sealed record TicketSummaryView(
    string Id,
    long Number,
    string Workspace,
    string Subject,
    TicketStatus Status,
    TicketPriority Priority,
    string? Type,
    int Tier,
    string? Group,
    string? Assignee,
    RequesterView Requester,
    IReadOnlyList<string> Tags,
    IntakeChannel Channel,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    DateTimeOffset? ResolvedAt,
    DateTimeOffset? ClosedAt,
    string? MergedInto,
    string? FollowUpOf,
    TicketSlaSummary? Sla,
    long Version,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyDictionary<string, JsonElement>? CustomFields = null
)
{
    /// <summary>Who said something in public last; left out while nobody has since it was opened.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public LastWordView? LastWord { get; init; }

    public static TicketSummaryView Of(Ticket it) =>
        new(
            it.Id,
            it.Number,
            it.Workspace,
            it.Subject,
            it.Status,
            it.Priority,
            it.Type,
            it.Tier,
            it.Group,
            it.Assignee,
            RequesterView.Of(it.Requester),
            it.Tags,
            it.Channel,
            it.CreatedAt,
            it.UpdatedAt,
            it.ResolvedAt,
            it.ClosedAt,
            it.MergedInto,
            it.FollowUpOf,
            it.Sla is { } sla ? new(sla.Health, sla.DueAt) : null,
            it.Version
        )
        {
            LastWord = it.LastWord is { } last ? new(last.By, last.Agent, last.At) : null,
        };
}

/// <summary>Who said something in public last.</summary>
/// <param name="By">What kind of actor.</param>
/// <param name="Agent">Id of the agent; null for anybody else.</param>
/// <param name="At">When.</param>
public sealed record LastWordView(ActorKind By, string? Agent, DateTimeOffset At);

/// <summary>Who wrote or did something.</summary>
/// <param name="Id">An agent's id, a requester's e-mail address or an integration's key id; null for the desk itself.</param>
/// <param name="Name">The name, where it is known.</param>
public sealed record ActorView(string? Id, string? Name)
{
    public static ActorView? Of(Actor? actor) => actor is { Id: not null } or { Name: not null } ? new(actor.Id, actor.Name) : null;
}

/// <summary>A comment or a note on a ticket.</summary>
/// <param name="Id">Unique in the workspace.</param>
/// <param name="Body">The words.</param>
/// <param name="Visibility">Who may read it.</param>
/// <param name="At">When it was written.</param>
/// <param name="By">What kind of actor wrote it.</param>
/// <param name="Author">Who wrote it; null for the desk itself.</param>
/// <param name="Attachments">Files that came with it.</param>
/// <param name="MovedFrom">Number of the ticket that it was written on, where a merge has moved it; null where it was written here.</param>
/// <param name="EditedAt">When its author changed it last; left out when it is as it was written. The words before are in the ticket's events.</param>
/// <param name="DeletedAt">When its author deleted it; left out when it is there. One that is deleted has no words.</param>
/// <param name="Channel">How the words came in; left out where nobody noted it.</param>
/// <param name="Receipt">Id of the receipt that they came by; left out for none.</param>
[Example(
    """
        {"id":"42-4","body":"On my way.","visibility":"public","at":"2026-03-10T09:15:00.000Z","by":"agent",
         "author":{"id":"ada","name":"Ada Lovelace"},"attachments":[],"movedFrom":null}
        """
)]
public sealed record CommentView(
    string Id,
    string Body,
    CommentVisibility Visibility,
    DateTimeOffset At,
    ActorKind By,
    ActorView? Author,
    IReadOnlyList<AttachmentView> Attachments,
    long? MovedFrom,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DateTimeOffset? EditedAt = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DateTimeOffset? DeletedAt = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IntakeChannel? Channel = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Receipt = null
)
{
    public static CommentView Of(Comment it, IReadOnlyDictionary<string, FileScan>? scans = null) =>
        new(
            it.Id,
            it.Body,
            it.Visibility,
            it.At,
            it.By,
            ActorView.Of(it.Actor),
            AttachmentView.Of(it.Attachments, scans),
            it.MovedFrom,
            it.EditedAt,
            it.DeletedAt,
            it.Source?.Channel,
            it.Source?.Receipt
        );
}

/// <summary>Something that happened to a ticket.</summary>
/// <param name="Seq">Counts 1, 2, 3 … on each ticket, without gaps but for notes that the key may not read.</param>
/// <param name="Type">What kind of event it is, such as <c>status-changed</c>.</param>
/// <param name="At">When it happened.</param>
/// <param name="By">What kind of actor did it.</param>
/// <param name="Actor">Who did it; null for the desk itself.</param>
/// <param name="Data">What happened in detail; its fields depend on the type.</param>
/// <param name="ErasedAt">When names, addresses or words in it were erased with a person; null for an event that says what it always said.</param>
public sealed record EventView(long Seq, string Type, DateTimeOffset At, ActorKind By, ActorView? Actor, JsonElement Data, DateTimeOffset? ErasedAt)
{
    public static EventView Of(TicketEvent it)
    {
        var (type, data) = TicketFacts.Write(it.Fact);
        return new(it.Seq, type, it.At, it.By.Kind, ActorView.Of(it.By), JsonElement.Parse(data), it.ErasedAt);
    }
}
