using System.Text.Json;
using Helpdesk.Approvals;
using Helpdesk.Automations;
using Helpdesk.Routing;
using Helpdesk.Satisfaction;
using Helpdesk.Sla;

namespace Helpdesk.Tickets;

/// <summary>A past fact of one ticket. <see cref="Seq"/> counts 1, 2, 3 … without gaps.</summary>
public sealed record TicketEvent(long Seq, DateTimeOffset At, Actor By, TicketFact Fact)
{
    /// <summary>When names, addresses or words in it were erased with a person; null for one that says what it always said.</summary>
    public DateTimeOffset? ErasedAt { get; init; }

    /// <summary>Names the request that brought it: the same for all events that one request brought; null where that is not known.</summary>
    public string? Change { get; init; }

    /// <summary>What it tells somebody who may not know of notes; null for nothing.</summary>
    public TicketEvent? WithoutNotes()
    {
        // What rules of the desk are called, and what they could not do, is no business of anybody else.
        var told =
            By is { Kind: ActorKind.System, Id: { } id } && id.StartsWith(Automation.ActorPrefix, StringComparison.Ordinal)
                ? this with
                {
                    By = Actor.System,
                }
                : this;
        return Fact switch
        {
            CommentAdded { Visibility: CommentVisibility.Internal } => null,
            CommentEdited { Visibility: CommentVisibility.Internal } => null,
            CommentDeleted { Visibility: CommentVisibility.Internal } => null,
            AutomationRan or MacroApplied => null,
            TimeLogged => null,
            // What agents have to do is their own business.
            FollowUpSet or FollowUpCancelled or FollowUpDue => null,
            TaskAdded or TaskChanged or TaskDone or TaskReopened or TaskRemoved or TaskDue => null,
            // So is whom they ask, and what those have said.
            ApprovalAsked or ApprovalDecided or ApprovalReminded or ApproverReplaced or ApprovalEnded => null,
            MergeReceived received => told with { Fact = received with { Comments = null } },
            _ => told,
        };
    }
}

/// <summary>What happened; every difference between two states of a ticket is told by facts alone.</summary>
public abstract record TicketFact;

/// <summary>The first fact of every ticket. The description is not repeated here: it is kept with the ticket.</summary>
/// <param name="Id">Id of the ticket.</param>
/// <param name="Number">Number of the ticket.</param>
/// <param name="Workspace">Id of the workspace.</param>
/// <param name="Subject">What it is about, on one line.</param>
/// <param name="Requester">Who asks for help.</param>
/// <param name="Status">Where it stands.</param>
/// <param name="Priority">How soon it wants attention.</param>
/// <param name="Type">Its type in words of the desk.</param>
/// <param name="Tier">The support level at which it is worked.</param>
/// <param name="Group">Id of the group it belongs to.</param>
/// <param name="Assignee">Id of the agent who works on it.</param>
/// <param name="Tags">Its tags.</param>
/// <param name="CustomFields">Values of fields of the desk's own.</param>
/// <param name="Channel">How it came in.</param>
/// <param name="FollowUpOf">Id of the closed ticket that it takes up again.</param>
/// <param name="Receipt">Id of the receipt that it came from.</param>
/// <param name="Sla">Which policy and calendar hold for it.</param>
/// <param name="Conversation">Id of the chat in which it was opened.</param>
/// <param name="Attachments">Files that came with the description.</param>
/// <param name="Participants">Who takes part besides the requester.</param>
/// <param name="Links">Tickets that it has to do with from the start: the one that it was split from.</param>
/// <param name="Mailbox">Id of the mailbox that took it in.</param>
/// <param name="Automatic">True when a program wrote it, so that the desk answers nothing by itself; left out otherwise.</param>
/// <param name="AskedAt">When it was asked, where that was days before it was opened; left out otherwise.</param>
/// <param name="Language">The language in which the requester asked, such as <c>de</c>; left out where that is not known.</param>
/// <param name="Form">The form that it was opened with; left out for none.</param>
public sealed record TicketOpened(
    string Id,
    long Number,
    string Workspace,
    string Subject,
    Requester Requester,
    TicketStatus Status,
    TicketPriority Priority,
    string? Type,
    int Tier,
    string? Group,
    string? Assignee,
    IReadOnlyList<string> Tags,
    IReadOnlyDictionary<string, JsonElement> CustomFields,
    IntakeChannel Channel,
    string? FollowUpOf,
    string? Receipt,
    SlaPin? Sla = null,
    string? Conversation = null,
    IReadOnlyList<TicketAttachment>? Attachments = null,
    IReadOnlyList<Participant>? Participants = null,
    IReadOnlyList<TicketLink>? Links = null,
    string? Mailbox = null,
    bool? Automatic = null,
    DateTimeOffset? AskedAt = null,
    string? Language = null,
    TicketForm? Form = null
) : TicketFact;

/// <summary>A comment or a note was added; its words are in the comment.</summary>
/// <param name="Comment">Id of the comment.</param>
/// <param name="Visibility">Who may read it.</param>
/// <param name="OnlyThanks">True when the requester of a resolved ticket only said thanks, so that it stays resolved; left out otherwise.</param>
/// <param name="Spoken">True when it tells of a telephone call, so that nobody who took part is written to of it; left out otherwise.</param>
public sealed record CommentAdded(string Comment, CommentVisibility Visibility, bool? OnlyThanks = null, bool? Spoken = null) : TicketFact;

/// <summary>The author of a comment changed its words.</summary>
/// <param name="Comment">Id of the comment.</param>
/// <param name="Visibility">Who may read it.</param>
/// <param name="From">The words before; empty for a comment that was deleted and is restored.</param>
/// <param name="To">The words now.</param>
/// <param name="Spoken">True when they tell of a telephone call; left out otherwise.</param>
public sealed record CommentEdited(string Comment, CommentVisibility Visibility, string From, string To, bool? Spoken = null) : TicketFact;

/// <summary>The author of a comment deleted it; its words and files are kept here and shown with the comment no longer.</summary>
/// <param name="Comment">Id of the comment.</param>
/// <param name="Visibility">Who could read it.</param>
/// <param name="Words">The words that it had.</param>
/// <param name="Attachments">The files that came with it; left out for none.</param>
public sealed record CommentDeleted(string Comment, CommentVisibility Visibility, string Words, IReadOnlyList<TicketAttachment>? Attachments = null)
    : TicketFact;

/// <summary>The ticket went from one status to another, but was not reopened.</summary>
/// <param name="From">Where the ticket stood.</param>
/// <param name="To">Where it stands now.</param>
/// <param name="Resolution">What solved it, for a ticket that is resolved.</param>
public sealed record StatusChanged(TicketStatus From, TicketStatus To, string? Resolution = null) : TicketFact;

/// <summary>A waiting or resolved ticket is open again.</summary>
/// <param name="From">Where the ticket stood.</param>
/// <param name="To">Where it stands now.</param>
public sealed record TicketReopened(TicketStatus From, TicketStatus To) : TicketFact;

/// <summary>The ticket has another subject.</summary>
/// <param name="From">The subject before.</param>
/// <param name="To">The subject now.</param>
public sealed record SubjectChanged(string From, string To) : TicketFact;

/// <summary>The ticket has another priority.</summary>
/// <param name="From">The priority before.</param>
/// <param name="To">The priority now.</param>
public sealed record PriorityChanged(TicketPriority From, TicketPriority To) : TicketFact;

/// <summary>The ticket has another type.</summary>
/// <param name="From">The type before; left out for none.</param>
/// <param name="To">The type now; left out for none.</param>
public sealed record TypeChanged(string? From, string? To) : TicketFact;

/// <summary>The ticket is worked at another support level.</summary>
/// <param name="From">The tier before.</param>
/// <param name="To">The tier now.</param>
/// <param name="Reason">Why it was escalated.</param>
public sealed record TierChanged(int From, int To, string? Reason) : TicketFact;

/// <summary>The ticket has another group.</summary>
/// <param name="From">Id of the group before; left out for none.</param>
/// <param name="To">Id of the group now; left out for none.</param>
public sealed record GroupChanged(string? From, string? To) : TicketFact;

/// <summary>The ticket has another assignee.</summary>
/// <param name="From">Id of the agent before; left out for none.</param>
/// <param name="To">Id of the agent now; left out for none.</param>
public sealed record AssigneeChanged(string? From, string? To) : TicketFact;

/// <summary>The desk looked for somebody to work on the ticket. The new assignee follows as a fact of its own.</summary>
/// <param name="Group">Id of the group whose agents were asked.</param>
/// <param name="Strategy">By what the agent was chosen.</param>
/// <param name="Agent">Id of the agent who was chosen; left out when nobody was available, so that the ticket waits.</param>
/// <param name="Why">Why this agent, or why nobody.</param>
/// <param name="Skills">The skills that were wanted; left out for none.</param>
/// <param name="Cause">Number of the event that it was routed for; left out where that is not known.</param>
public sealed record TicketRouted(string Group, RoutingStrategy Strategy, string? Agent, string Why, IReadOnlyList<string>? Skills = null, long? Cause = null)
    : TicketFact;

/// <summary>The ticket has other tags.</summary>
/// <param name="From">All tags before.</param>
/// <param name="To">All tags now.</param>
public sealed record TagsChanged(IReadOnlyList<string> From, IReadOnlyList<string> To) : TicketFact;

/// <summary>Values of the desk's own fields changed.</summary>
/// <param name="Changes">A merge patch: the values that are new, and null for those that were removed.</param>
public sealed record CustomFieldsChanged(IReadOnlyDictionary<string, JsonElement> Changes) : TicketFact;

/// <summary>This ticket's comments moved to another ticket, and it was closed.</summary>
/// <param name="Into">Id of the ticket that goes on.</param>
/// <param name="IntoNumber">Number of the ticket that goes on.</param>
/// <param name="From">Where this ticket stood.</param>
public sealed record TicketMerged(string Into, long IntoNumber, TicketStatus From) : TicketFact;

/// <summary>This ticket took the comments of another one.</summary>
/// <param name="From">Id of the ticket that was closed.</param>
/// <param name="FromNumber">Number of the ticket that was closed.</param>
/// <param name="Comments">How many comments came, notes included; left out for who may not read notes.</param>
/// <param name="OldestUnanswered">When the oldest comment among them was made that nobody had answered.</param>
/// <param name="Participants">Who took part in the other ticket, its requester first; from now on they take part in this one.</param>
public sealed record MergeReceived(
    string From,
    long FromNumber,
    int? Comments,
    DateTimeOffset? OldestUnanswered = null,
    IReadOnlyList<Participant>? Participants = null
) : TicketFact;

/// <summary>The merge of this ticket was undone: its comments came back, and it goes on where it stood.</summary>
/// <param name="From">Id of the ticket that had taken it.</param>
/// <param name="FromNumber">Number of the ticket that had taken it.</param>
/// <param name="To">Where this ticket stands again.</param>
/// <param name="MergedAt">When it was merged.</param>
public sealed record TicketUnmerged(string From, long FromNumber, TicketStatus To, DateTimeOffset MergedAt) : TicketFact;

/// <summary>A merge into this ticket was undone: the other one's comments and participants went back to it.</summary>
/// <param name="To">Id of the ticket that goes on by itself.</param>
/// <param name="ToNumber">Number of the ticket that goes on by itself.</param>
/// <param name="OldestUnanswered">When the oldest comment was made, of those that stay, that nobody has answered.</param>
public sealed record MergeReturned(string To, long ToNumber, DateTimeOffset? OldestUnanswered = null) : TicketFact;

/// <summary>A comment became a ticket of its own.</summary>
/// <param name="Comment">Id of the comment.</param>
/// <param name="Into">Id of the new ticket.</param>
/// <param name="IntoNumber">Number of the new ticket.</param>
/// <param name="OldestUnanswered">When the oldest comment was made, of those that stay, that nobody has answered.</param>
public sealed record CommentSplit(string Comment, string Into, long IntoNumber, DateTimeOffset? OldestUnanswered = null) : TicketFact;

/// <summary>The ticket has to do with another one.</summary>
/// <param name="Kind">What the other ticket is to this one.</param>
/// <param name="To">Id of the other ticket.</param>
/// <param name="ToNumber">Number of the other ticket.</param>
public sealed record TicketLinked(LinkKind Kind, string To, long ToNumber) : TicketFact;

/// <summary>The ticket has nothing to do with another one any more.</summary>
/// <param name="Kind">What the other ticket was to this one.</param>
/// <param name="To">Id of the other ticket.</param>
/// <param name="ToNumber">Number of the other ticket.</param>
public sealed record TicketUnlinked(LinkKind Kind, string To, long ToNumber) : TicketFact;

/// <summary>The ticket has another requester, or the requester another name.</summary>
/// <param name="From">The requester before.</param>
/// <param name="To">The requester now.</param>
public sealed record RequesterChanged(Requester From, Requester To) : TicketFact;

/// <summary>The description was corrected.</summary>
/// <param name="From">The description before.</param>
/// <param name="To">The description now.</param>
public sealed record DescriptionChanged(string From, string To) : TicketFact;

/// <summary>Others take part in the ticket besides the requester.</summary>
/// <param name="From">All participants before.</param>
/// <param name="To">All participants now.</param>
public sealed record ParticipantsChanged(IReadOnlyList<Participant> From, IReadOnlyList<Participant> To) : TicketFact;

/// <summary>Another policy, or none, holds for the ticket from now on.</summary>
/// <param name="From">What held before; left out for nothing.</param>
/// <param name="To">What holds now; left out for nothing.</param>
public sealed record SlaPolicyApplied(SlaPin? From, SlaPin? To) : TicketFact;

/// <summary>Business time is counted by another calendar from now on.</summary>
/// <param name="From">Id and version of the calendar before, such as <c>business-hours@3</c>.</param>
/// <param name="To">Id and version of the calendar now.</param>
public sealed record SlaCalendarSwitched(string From, string To) : TicketFact;

/// <summary>A promise was broken.</summary>
/// <param name="Metric">What was promised.</param>
/// <param name="Cycle">Counts how often the metric began anew: 1, 2, 3 …</param>
/// <param name="BreachedAt">When it was broken.</param>
/// <param name="DueAt">When it was due.</param>
/// <param name="DetectedAt">When that was noticed.</param>
/// <param name="Cause"><c>policy-change</c> when a new priority or policy broke it at once.</param>
public sealed record SlaBreached(SlaMetric Metric, int Cycle, DateTimeOffset BreachedAt, DateTimeOffset? DueAt, DateTimeOffset DetectedAt, string? Cause)
    : TicketFact;

/// <summary>Late news showed that a promise was kept after all.</summary>
/// <param name="Metric">What was promised.</param>
/// <param name="Cycle">Counts how often the metric began anew: 1, 2, 3 …</param>
public sealed record SlaBreachRetracted(SlaMetric Metric, int Cycle) : TicketFact;

/// <summary>A step of the policy fell due and was taken. What it changed follows as facts of their own.</summary>
/// <param name="Metric">The metric whose target is watched.</param>
/// <param name="Cycle">Counts how often the metric began anew: 1, 2, 3 …</param>
/// <param name="At">The percentage of the promised time.</param>
/// <param name="Do">What was done.</param>
/// <param name="ToTier">For <c>escalate</c>: the tier to climb to.</param>
/// <param name="ToGroup">For <c>assign-group</c>: the id of the group.</param>
/// <param name="ToPriority">For <c>raise-priority</c>: the priority to raise to.</param>
/// <param name="Repetition">0 for the first time; counts the repetitions.</param>
/// <param name="PolicyVersion">The version of the policy whose step it is.</param>
/// <param name="DueAt">When it was due.</param>
/// <param name="DetectedAt">When it was done.</param>
public sealed record SlaStepFired(
    SlaMetric Metric,
    int Cycle,
    int At,
    SlaAction Do,
    int? ToTier,
    string? ToGroup,
    TicketPriority? ToPriority,
    int Repetition,
    int PolicyVersion,
    DateTimeOffset DueAt,
    DateTimeOffset DetectedAt
) : TicketFact;

/// <summary>An agent has taken notice of what the policy keeps repeating.</summary>
public sealed record TicketAcknowledged : TicketFact;

/// <summary>The requester was reminded that the ticket waits for them; the words are in the comment.</summary>
public sealed record RequesterReminded : TicketFact;

/// <summary>An agent worked on the ticket for a while.</summary>
/// <param name="Entry">Id of the entry.</param>
/// <param name="Minutes">How long, in minutes.</param>
/// <param name="WorkedAt">When the work was done.</param>
/// <param name="Note">What was done; left out for nothing.</param>
/// <param name="Comment">Id of the comment that it belongs to; left out for none.</param>
/// <param name="Corrects">Id of the entry in whose place it stands; left out for none.</param>
/// <param name="Was">How many minutes that entry said; left out for none.</param>
public sealed record TimeLogged(
    string Entry,
    int Minutes,
    DateTimeOffset WorkedAt,
    string? Note = null,
    string? Comment = null,
    string? Corrects = null,
    int? Was = null
) : TicketFact;

/// <summary>Somebody was erased from the ticket: names, addresses and words of theirs are in it no longer, and in its earlier events neither.</summary>
/// <param name="Erasure">Id of the erasure, which has the proof; for words that were kept long enough, of the rule's run.</param>
public sealed record PersonErased(string Erasure) : TicketFact;

/// <summary>An automation ran upon an event of the ticket, or since time had passed. What it changed follows as facts of their own.</summary>
/// <param name="Automation">Id of the automation.</param>
/// <param name="Name">Its name at the time.</param>
/// <param name="Version">The version that ran.</param>
/// <param name="Seq">Number of the event upon which it ran; left out where time had passed.</param>
/// <param name="Since">The instant from which the time was counted; left out where it ran upon an event.</param>
/// <param name="Depth">How many automations have set off each other, this one included.</param>
/// <param name="Did">What became of each of its actions, in their order.</param>
/// <param name="Webhooks">Ids of the webhook subscriptions that it told; left out for none.</param>
/// <param name="Stopped">True when it did nothing, since too many automations had set off each other; left out otherwise.</param>
public sealed record AutomationRan(
    string Automation,
    string Name,
    int Version,
    long? Seq,
    DateTimeOffset? Since,
    int Depth,
    IReadOnlyList<ActionOutcome> Did,
    IReadOnlyList<string>? Webhooks = null,
    bool? Stopped = null
) : TicketFact;

/// <summary>An agent applied a macro. What it changed follows as facts of their own.</summary>
/// <param name="Macro">Id of the macro.</param>
/// <param name="Name">Its name at the time.</param>
/// <param name="Version">The version that was applied.</param>
/// <param name="Did">What became of each of its actions, in their order.</param>
/// <param name="Webhooks">Ids of the webhook subscriptions that it told; left out for none.</param>
public sealed record MacroApplied(string Macro, string Name, int Version, IReadOnlyList<ActionOutcome> Did, IReadOnlyList<string>? Webhooks = null)
    : TicketFact;

/// <summary>The requester was asked how it was.</summary>
/// <param name="ResolvedAt">When the ticket was resolved that they were asked of.</param>
/// <param name="Scale">What they were asked for.</param>
/// <param name="Agent">Id of the agent who had the ticket when it was resolved, or else who resolved it; left out for nobody.</param>
/// <param name="Group">Id of the group that it belonged to then; left out for none.</param>
public sealed record SatisfactionAsked(DateTimeOffset ResolvedAt, SatisfactionScale Scale, string? Agent = null, string? Group = null) : TicketFact;

/// <summary>The requester said how it was, or changed their mind.</summary>
/// <param name="Asked">Number of the event by which they were asked.</param>
/// <param name="Rating">1 to 5; good counts as 5 and bad as 1.</param>
/// <param name="Comment">Why, in their words; left out for nothing.</param>
/// <param name="Was">The rating before; left out for none.</param>
/// <param name="Agent">Id of the agent who had the ticket when it was resolved, or else who resolved it; left out for nobody.</param>
/// <param name="Group">Id of the group that it belonged to then; left out for none.</param>
public sealed record SatisfactionRated(long Asked, int Rating, string? Comment = null, int? Was = null, string? Agent = null, string? Group = null)
    : TicketFact;

/// <summary>The ticket comes back to somebody at an instant. An earlier follow-up is replaced.</summary>
/// <param name="ComesBackAt">The instant.</param>
/// <param name="To">Id of the agent whom it comes back to; left out for whoever is in charge of it then.</param>
/// <param name="Note">What is to be done then; left out for nothing.</param>
/// <param name="UnlessAnswered">True when it is off as soon as the requester says something in public; left out otherwise.</param>
public sealed record FollowUpSet(DateTimeOffset ComesBackAt, string? To = null, string? Note = null, bool? UnlessAnswered = null) : TicketFact;

/// <summary>The ticket does not come back.</summary>
public sealed record FollowUpCancelled : TicketFact;

/// <summary>The ticket has come back. That a waiting one is open again follows as a fact of its own.</summary>
/// <param name="DueAt">When it was due.</param>
/// <param name="To">Id of the agent whom it comes back to; left out for whoever is in charge of it.</param>
/// <param name="Note">What is to be done; left out for nothing.</param>
public sealed record FollowUpDue(DateTimeOffset DueAt, string? To = null, string? Note = null) : TicketFact;

/// <summary>Something is to be done on the ticket.</summary>
/// <param name="Task">Id of the task.</param>
/// <param name="Title">What is to be done.</param>
/// <param name="Assignee">Id of the agent who does it; left out for whoever is in charge of the ticket.</param>
/// <param name="DueAt">When it is due; left out for no time.</param>
/// <param name="Required">True when the ticket is not resolved before it is done; left out otherwise.</param>
public sealed record TaskAdded(string Task, string Title, string? Assignee = null, DateTimeOffset? DueAt = null, bool? Required = null) : TicketFact;

/// <summary>A task is another one now: all of it as it is from now on.</summary>
/// <param name="Task">Id of the task.</param>
/// <param name="Title">What is to be done.</param>
/// <param name="Assignee">Id of the agent who does it; left out for whoever is in charge of the ticket.</param>
/// <param name="DueAt">When it is due; left out for no time.</param>
/// <param name="Required">True when the ticket is not resolved before it is done; left out otherwise.</param>
public sealed record TaskChanged(string Task, string Title, string? Assignee = null, DateTimeOffset? DueAt = null, bool? Required = null) : TicketFact;

/// <summary>A task is done.</summary>
/// <param name="Task">Id of the task.</param>
public sealed record TaskDone(string Task) : TicketFact;

/// <summary>A task that was done is to be done again.</summary>
/// <param name="Task">Id of the task.</param>
public sealed record TaskReopened(string Task) : TicketFact;

/// <summary>A task was removed.</summary>
/// <param name="Task">Id of the task.</param>
/// <param name="Title">What was to be done.</param>
public sealed record TaskRemoved(string Task, string Title) : TicketFact;

/// <summary>A task is due and not done.</summary>
/// <param name="Task">Id of the task.</param>
/// <param name="Title">What is to be done.</param>
/// <param name="DueAt">When it was due.</param>
/// <param name="Assignee">Id of the agent who does it; left out for whoever is in charge of the ticket.</param>
public sealed record TaskDue(string Task, string Title, DateTimeOffset DueAt, string? Assignee = null) : TicketFact;

/// <summary>Others were asked to approve something. That the ticket waits for it was told by the fact before.</summary>
/// <param name="Approval">Id of the approval.</param>
/// <param name="Question">What is to be approved.</param>
/// <param name="Rule">Whose yes is needed.</param>
/// <param name="DueAt">When it ends without the answers that are missing then.</param>
/// <param name="Approvers">Who is asked.</param>
/// <param name="RemindAt">When those are reminded who have not answered; left out for never.</param>
/// <param name="Was">Where the ticket goes on that was put on hold for it; left out for one that was not.</param>
/// <param name="Holds">False where the ticket does not wait for it; left out where it does.</param>
public sealed record ApprovalAsked(
    string Approval,
    string Question,
    ApprovalRule Rule,
    DateTimeOffset DueAt,
    IReadOnlyList<Approver> Approvers,
    IReadOnlyList<DateTimeOffset>? RemindAt = null,
    TicketStatus? Was = null,
    bool? Holds = null
) : TicketFact;

/// <summary>Somebody who was asked to approve something has answered.</summary>
/// <param name="Approval">Id of the approval.</param>
/// <param name="Approver">Number of the approver in it.</param>
/// <param name="Decision">The answer.</param>
/// <param name="Comment">Why, in their words; left out for nothing.</param>
public sealed record ApprovalDecided(string Approval, int Approver, ApprovalDecision Decision, string? Comment = null) : TicketFact;

/// <summary>Those were reminded who have not answered yet.</summary>
/// <param name="Approval">Id of the approval.</param>
/// <param name="Approvers">Their numbers in it.</param>
/// <param name="Reminders">How many of its own reminders are over.</param>
public sealed record ApprovalReminded(string Approval, IReadOnlyList<int> Approvers, int Reminders) : TicketFact;

/// <summary>An agent who was asked to approve something has left the desk.</summary>
/// <param name="Approval">Id of the approval.</param>
/// <param name="Approver">Number of the approver in it.</param>
/// <param name="To">Id of the agent who is asked instead; left out for nobody.</param>
/// <param name="ToApprover">Number of that agent in the approval; left out for one who is asked already, and for nobody.</param>
public sealed record ApproverReplaced(string Approval, int Approver, string? To = null, int? ToApprover = null) : TicketFact;

/// <summary>An approval is decided, or over. That a ticket that waited for it goes on follows as a fact of its own.</summary>
/// <param name="Approval">Id of the approval.</param>
/// <param name="Outcome">What came of it.</param>
/// <param name="Question">What was to be approved.</param>
public sealed record ApprovalEnded(string Approval, ApprovalState Outcome, string Question) : TicketFact;
