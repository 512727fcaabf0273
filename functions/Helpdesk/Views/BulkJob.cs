using System.Text.Json.Serialization;
using Helpdesk.Automations;
using Helpdesk.Tickets;

namespace Helpdesk.Views;

/// <summary>How far a change of many tickets has come.</summary>
[JsonConverter(typeof(WireNameConverter<BulkState>))]
public enum BulkState
{
    /// <summary>It gathers the tickets of its view.</summary>
    Collecting,

    /// <summary>It changes tickets, one after the other.</summary>
    Working,
    Done,
    Cancelled,

    /// <summary>It could not go on; what it has changed stays.</summary>
    Failed,
}

/// <summary>What became of one ticket.</summary>
[JsonConverter(typeof(WireNameConverter<BulkOutcome>))]
public enum BulkOutcome
{
    Done,

    /// <summary>It was so already.</summary>
    Unchanged,

    /// <summary>A rule does not allow it.</summary>
    Refused,
    NotFound,
}

/// <summary>What is to be done with each ticket.</summary>
/// <param name="Patch">A merge patch in JSON; null for none.</param>
/// <param name="Comment">Words for each ticket; null for none.</param>
/// <param name="Visibility">Who may read them.</param>
/// <param name="Resolution">The text to resolve each ticket with; null to leave it.</param>
/// <param name="Macro">Id of the macro that is applied to each ticket instead of all that; null for none.</param>
/// <param name="Does">What the macro did when it was asked for.</param>
public sealed record BulkAction(
    string? Patch,
    string? Comment,
    CommentVisibility Visibility,
    string? Resolution,
    string? Macro = null,
    IReadOnlyList<ActionKind>? Does = null
);

/// <summary>What became of one ticket.</summary>
/// <param name="Ticket">Its id or number, as it was asked for.</param>
/// <param name="Code">The rule that does not allow it.</param>
/// <param name="Detail">The same in words.</param>
/// <param name="From">The ticket's version before.</param>
/// <param name="To">The ticket's version after.</param>
/// <param name="Left">When a change is undone: fields that stay as they are.</param>
/// <param name="NotDone">Actions of a macro that were not done; null for none.</param>
public sealed record BulkResult(
    string Ticket,
    BulkOutcome Outcome,
    string? Code = null,
    string? Detail = null,
    long? From = null,
    long? To = null,
    IReadOnlyList<string>? Left = null,
    IReadOnlyList<ActionOutcome>? NotDone = null
);

/// <summary>How many tickets have been looked at, and what became of them.</summary>
public sealed record BulkProgress(int Worked = 0, int Done = 0, int Unchanged = 0, int Refused = 0, int NotFound = 0)
{
    /// <summary>With more results.</summary>
    public BulkProgress Plus(IReadOnlyCollection<BulkResult> results)
    {
        int Count(BulkOutcome outcome) => results.Count(result => result.Outcome == outcome);
        return new(
            Worked + results.Count,
            Done + Count(BulkOutcome.Done),
            Unchanged + Count(BulkOutcome.Unchanged),
            Refused + Count(BulkOutcome.Refused),
            NotFound + Count(BulkOutcome.NotFound)
        );
    }
}

/// <summary>That a change of many tickets is taken back.</summary>
public sealed record BulkUndoing(BulkState State, BulkProgress Progress, DateTimeOffset AskedAt, DateTimeOffset? FinishedAt, Actor By);

/// <summary>A change of many tickets.</summary>
public sealed record BulkJob
{
    public required string Id { get; init; }
    public required string Workspace { get; init; }
    public required Actor By { get; init; }
    public required BulkAction Action { get; init; }
    public required BulkState State { get; init; }

    /// <summary>The view whose tickets are gathered, for whoever asked; null where they were named.</summary>
    public View? View { get; init; }

    /// <summary>As many tickets are gathered at the most.</summary>
    public int Limit { get; init; }

    /// <summary>Where the gathering goes on; null at its beginning.</summary>
    public string? Cursor { get; init; }

    /// <summary>How many tickets there are.</summary>
    public int Total { get; init; }

    public BulkProgress Progress { get; init; } = new();

    /// <summary>Its undoing; null when nobody has asked for that.</summary>
    public BulkUndoing? Undo { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>Why it could not go on; null for no reason.</summary>
    public string? Error { get; init; }

    /// <summary>Until when somebody works on it; null for nobody.</summary>
    public DateTimeOffset? ClaimedUntil { get; init; }

    /// <summary>Whether there is work left.</summary>
    [JsonIgnore]
    public bool IsActive => State is BulkState.Collecting or BulkState.Working || Undo is { State: BulkState.Working };
}
