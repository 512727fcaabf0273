using System.Text.Json.Serialization;
using Helpdesk.Tickets;

namespace Helpdesk.Approvals;

/// <summary>Whose yes is needed.</summary>
[JsonConverter(typeof(WireNameConverter<ApprovalRule>))]
public enum ApprovalRule
{
    /// <summary>Everybody's: the first no ends it.</summary>
    All,

    /// <summary>Anybody's: the first yes ends it.</summary>
    Any,

    /// <summary>That of more than half of those who were asked.</summary>
    Majority,
}

/// <summary>What has become of an approval.</summary>
[JsonConverter(typeof(WireNameConverter<ApprovalState>))]
public enum ApprovalState
{
    /// <summary>Answers are awaited.</summary>
    Pending,
    Approved,
    Declined,

    /// <summary>Time is over, or those who could have approved cannot answer any more, and nobody has said no.</summary>
    Expired,

    /// <summary>Taken back, or nothing that is to be decided any more: its ticket is done.</summary>
    Cancelled,
}

/// <summary>What an approver can answer.</summary>
[JsonConverter(typeof(WireNameConverter<ApprovalDecision>))]
public enum ApprovalDecision
{
    Approve,
    Decline,
}

/// <summary>Somebody who is asked: an agent by id, anybody else by address.</summary>
/// <param name="Id">Names them in their approval; no other approver of it ever has the same.</param>
/// <param name="Agent">Id of the agent; null for somebody who is none.</param>
/// <param name="Email">The address of somebody who is no agent; null for an agent.</param>
/// <param name="Name">The name of somebody who is no agent; null where nobody said one.</param>
public sealed record Approver(int Id, string? Agent = null, string? Email = null, string? Name = null)
{
    /// <summary>What they have answered; null for nothing.</summary>
    public ApprovalDecision? Decision { get; init; }

    /// <summary>Why, in their words; null for nothing.</summary>
    public string? Comment { get; init; }

    /// <summary>When they answered; null while they have not.</summary>
    public DateTimeOffset? DecidedAt { get; init; }

    /// <summary>True for somebody who can answer no more: they have left the desk; null otherwise.</summary>
    public bool? Gone { get; init; }
}

/// <summary>A question that others decide before a ticket goes on.</summary>
/// <param name="Id">Names it: the numbers of its ticket and of the event by which it was asked.</param>
/// <param name="Question">What is to be approved.</param>
/// <param name="Rule">Whose yes is needed.</param>
/// <param name="AskedAt">When it was asked.</param>
/// <param name="DueAt">When it ends without the answers that are missing then.</param>
/// <param name="Approvers">Who is asked.</param>
/// <param name="RemindAt">When those are reminded who have not answered, in this order; null for never.</param>
public sealed record TicketApproval(
    string Id,
    string Question,
    ApprovalRule Rule,
    DateTimeOffset AskedAt,
    DateTimeOffset DueAt,
    IReadOnlyList<Approver> Approvers,
    IReadOnlyList<DateTimeOffset>? RemindAt = null
)
{
    /// <summary>As many approvals a ticket keeps; of those that have ended, the oldest make room.</summary>
    public const int Most = 10;

    /// <summary>As many people can be asked at once.</summary>
    public const int MostApprovers = 20;

    /// <summary>As long a question may be, in characters.</summary>
    public const int QuestionLength = 2_000;

    /// <summary>As long the comment on an answer may be, in characters.</summary>
    public const int CommentLength = 1_000;

    /// <summary>As often those can be reminded by themselves who have not answered.</summary>
    public const int MostReminders = 5;

    /// <summary>Who asked: an agent, or the automation that did.</summary>
    public Actor? By { get; init; }

    public ApprovalState State { get; init; }

    /// <summary>False where its ticket does not wait for it; null where it does.</summary>
    public bool? Holds { get; init; }

    /// <summary>When it ended; null while it is pending.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>How many of its reminders are over; null for none.</summary>
    public int? Reminders { get; init; }

    /// <summary>When somebody was reminded last; null for never.</summary>
    public DateTimeOffset? RemindedAt { get; init; }
}

/// <summary>What is to be asked.</summary>
public sealed record ApprovalDraft
{
    public required string Question { get; init; }
    public ApprovalRule Rule { get; init; }

    /// <summary>Who is asked; their numbers are given when it is asked.</summary>
    public required IReadOnlyList<Approver> Approvers { get; init; }
    public required DateTimeOffset DueAt { get; init; }
    public IReadOnlyList<DateTimeOffset> RemindAt { get; init; } = [];

    /// <summary>Whether the ticket waits, on hold, as long as it is not decided.</summary>
    public bool Holds { get; init; } = true;
}
