using System.Text.Json;
using System.Text.Json.Serialization;
using Helpdesk.Agenda;
using Helpdesk.Approvals;
using Helpdesk.Automations;
using Helpdesk.Satisfaction;
using Helpdesk.Sla;

namespace Helpdesk.Tickets;

/// <summary>One request for help, as its events have left it.</summary>
/// <remarks>Instants are UTC with millisecond precision. <see cref="Version"/> is the number of the last event.</remarks>
public sealed record Ticket
{
    /// <summary>Unique over all workspaces of a storage account's desk and safe in a URL: the number and a random part.</summary>
    public required string Id { get; init; }

    /// <summary>What people say to each other; unique in the workspace, rising, with gaps.</summary>
    public required long Number { get; init; }

    public required string Workspace { get; init; }
    public required string Subject { get; init; }
    public required string Description { get; init; }
    public required TicketStatus Status { get; init; }
    public required TicketPriority Priority { get; init; }
    public string? Type { get; init; }

    /// <summary>Support level, 1 to 3.</summary>
    public required int Tier { get; init; }

    public string? Group { get; init; }
    public string? Assignee { get; init; }
    public required Requester Requester { get; init; }
    public IReadOnlyList<string> Tags { get; init; } = [];
    public IReadOnlyDictionary<string, JsonElement> CustomFields { get; init; } = new Dictionary<string, JsonElement>();
    public required IntakeChannel Channel { get; init; }

    /// <summary>The form that it was opened with; null for none. Its answers are in <see cref="CustomFields"/>.</summary>
    public TicketForm? Form { get; init; }

    /// <summary>Where the requester can be spoken to: the chat in which it was opened, or null.</summary>
    public string? Conversation { get; init; }

    /// <summary>Id of the receipt that it came from; null for none.</summary>
    public string? Receipt { get; init; }

    /// <summary>Id of the mailbox that took it in, and from which it is answered; null for none.</summary>
    public string? Mailbox { get; init; }

    /// <summary>Whether a program wrote it, so that the desk answers nothing by itself; null when people did.</summary>
    public bool? Automatic { get; init; }

    /// <summary>The language in which the requester asked, such as <c>de</c>; null where that is not known.</summary>
    public string? Language { get; init; }

    /// <summary>Who takes part besides the requester; null for nobody.</summary>
    public IReadOnlyList<Participant>? Participants { get; init; }

    /// <summary>Other tickets that it has to do with; null for none.</summary>
    public IReadOnlyList<TicketLink>? Links { get; init; }

    /// <summary>Files that came with the description.</summary>
    public IReadOnlyList<TicketAttachment>? Attachments { get; init; }

    /// <summary>What solved it; kept when the ticket is reopened, replaced when it is resolved again.</summary>
    public string? Resolution { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset UpdatedAt { get; init; }
    public DateTimeOffset? ResolvedAt { get; init; }
    public DateTimeOffset? ClosedAt { get; init; }

    /// <summary>Id of the ticket that took this one's comments, and takes its later ones.</summary>
    public string? MergedInto { get; init; }

    /// <summary>Id of the closed ticket that this one takes up again.</summary>
    public string? FollowUpOf { get; init; }

    /// <summary>Since when it waits for the requester; null when it does not.</summary>
    public DateTimeOffset? PendingSince { get; init; }

    /// <summary>When the requester was reminded of that, or null.</summary>
    public DateTimeOffset? RemindedAt { get; init; }

    /// <summary>Which policy and calendar hold for it; null for none.</summary>
    public SlaPin? Pin { get; init; }

    /// <summary>How its promises stand, as far as events tell; worked out anew with every change, and no part of its history.</summary>
    public TicketSla? Sla { get; init; }

    /// <summary>Number of the event that first corrected the description; null for one that is as it was written.</summary>
    public long? Redescribed { get; init; }

    /// <summary>What automations have done to it; null for nothing.</summary>
    public AutomationMark? Automated { get; init; }

    /// <summary>A change of this ticket and another one that is under way and was asked of this one; no part of its history.</summary>
    public PairChange? Begun { get; init; }

    /// <summary>A change of this ticket and another one that is under way and was asked of the other one; no part of its history.</summary>
    public PairClaim? Joined { get; init; }

    /// <summary>The change of two tickets that was asked of this one and done last; no part of its history.</summary>
    public PairDone? LastPair { get; init; }

    /// <summary>Number of the event for which the desk last looked for an assignee; null for none.</summary>
    public long? RoutedFor { get; init; }

    /// <summary>How many minutes agents have worked on it, as they say; null where nobody has said anything.</summary>
    public int? MinutesWorked { get; init; }

    /// <summary>Who said something in public last; null while nobody has since it was opened.</summary>
    public LastWord? LastWord { get; init; }

    /// <summary>What the requester was asked of its last resolution, and answered; null where nobody was asked.</summary>
    public TicketSatisfaction? Satisfaction { get; init; }

    /// <summary>When it comes back to somebody; null for never.</summary>
    public FollowUp? FollowUp { get; init; }

    /// <summary>What is to be done on it, in the order in which it was added; null for nothing.</summary>
    public IReadOnlyList<TicketTask>? Tasks { get; init; }

    /// <summary>What others were asked to approve, in the order in which it was asked; null for nothing.</summary>
    public IReadOnlyList<TicketApproval>? Approvals { get; init; }

    /// <summary>Where it goes on when the approvals have ended that it waits for; null where it waits for none, or somebody has moved it since.</summary>
    public TicketStatus? HeldFrom { get; init; }

    public required long Version { get; init; }
}

/// <summary>Who asks for help.</summary>
/// <param name="Email">The e-mail address, which tells requesters apart whatever its case.</param>
/// <param name="Name">The name; null where nobody said one.</param>
public sealed record Requester(string Email, string? Name);

/// <summary>Who said something in public last.</summary>
/// <param name="By">What kind of actor.</param>
/// <param name="Agent">Id of the agent; null for anybody else.</param>
/// <param name="At">When.</param>
public sealed record LastWord(ActorKind By, string? Agent, DateTimeOffset At);

/// <summary>The form that a ticket was opened with.</summary>
/// <param name="Id">Id of the form.</param>
/// <param name="Version">The version that was filled in.</param>
/// <param name="Words">Names of the answers in words of the person; left out for none.</param>
public sealed record TicketForm(string Id, int Version, IReadOnlyList<string>? Words = null);

/// <summary>A file on a ticket.</summary>
/// <param name="Id">Names the file in the store.</param>
/// <param name="Name">The name of the file as it was sent.</param>
/// <param name="ContentType">What kind of file it is.</param>
/// <param name="Size">Its length in bytes.</param>
/// <param name="ContentId">For a picture inside an HTML mail: the <c>Content-ID</c> by which the mail shows it, without angle brackets.</param>
public sealed record TicketAttachment(string Id, string Name, string ContentType, long Size, string? ContentId = null);

/// <summary>Where words came from.</summary>
/// <param name="Channel">How they came in.</param>
/// <param name="Receipt">Id of the receipt that they came by; null for none.</param>
public sealed record CommentSource(IntakeChannel Channel, string? Receipt = null);

/// <summary>Where a ticket stands.</summary>
[JsonConverter(typeof(WireNameConverter<TicketStatus>))]
public enum TicketStatus
{
    New,
    Open,

    /// <summary>Waits for the requester.</summary>
    Pending,

    /// <summary>Waits for a third party.</summary>
    OnHold,
    Resolved,
    Closed,
}

/// <summary>How soon a ticket wants attention.</summary>
[JsonConverter(typeof(WireNameConverter<TicketPriority>))]
public enum TicketPriority
{
    Low,
    Normal,
    High,
    Urgent,
}

/// <summary>How a ticket came in.</summary>
[JsonConverter(typeof(WireNameConverter<IntakeChannel>))]
public enum IntakeChannel
{
    Api,
    Web,
    Email,
    Chat,
    Teams,
    Alert,
    Phone,
}

/// <summary>Who may read a comment: everybody concerned, or agents alone (a note).</summary>
[JsonConverter(typeof(WireNameConverter<CommentVisibility>))]
public enum CommentVisibility
{
    Public,
    Internal,
}

/// <summary>What kind of actor did something.</summary>
[JsonConverter(typeof(WireNameConverter<ActorKind>))]
public enum ActorKind
{
    Requester,
    Agent,
    System,
    Bot,
}

/// <summary>Who did something: an agent by id, a requester by e-mail address, the desk itself by nothing.</summary>
public sealed record Actor(ActorKind Kind, string? Id = null, string? Name = null)
{
    /// <summary>The desk itself.</summary>
    public static Actor System { get; } = new(ActorKind.System);
}

/// <summary>Words on a ticket. <see cref="Id"/> is the number of the ticket it was written on and of the event that recorded it.</summary>
public sealed record Comment
{
    public required string Id { get; init; }
    public required string Body { get; init; }
    public required CommentVisibility Visibility { get; init; }
    public required DateTimeOffset At { get; init; }
    public required ActorKind By { get; init; }
    public Actor? Actor { get; init; }

    /// <summary>Where the words came from; null where nobody noted it.</summary>
    public CommentSource? Source { get; init; }

    /// <summary>Files that came with the words; null for none.</summary>
    public IReadOnlyList<TicketAttachment>? Attachments { get; init; }

    /// <summary>Numbers of the tickets whose merges have moved it, the first one first; empty where it was written here.</summary>
    public IReadOnlyList<long> Path { get; init; } = [];

    /// <summary>Number of the ticket that it was written on, where a merge has moved it.</summary>
    public long? MovedFrom => Path.Count > 0 ? Path[0] : null;

    /// <summary>When its author changed it last; null when it is as it was written.</summary>
    public DateTimeOffset? EditedAt { get; init; }

    /// <summary>When its author deleted it, so that it has no words any more; null when it is there.</summary>
    public DateTimeOffset? DeletedAt { get; init; }
}
