using System.Collections.Frozen;

namespace Helpdesk.Tickets;

/// <summary>What facts are called outside the program.</summary>
public static class TicketFactNames
{
    private static readonly FrozenDictionary<Type, string> Names = new Dictionary<Type, string>
    {
        [typeof(TicketOpened)] = "ticket-opened",
        [typeof(CommentAdded)] = "comment-added",
        [typeof(CommentEdited)] = "comment-edited",
        [typeof(CommentDeleted)] = "comment-deleted",
        [typeof(StatusChanged)] = "status-changed",
        [typeof(TicketReopened)] = "ticket-reopened",
        [typeof(SubjectChanged)] = "subject-changed",
        [typeof(PriorityChanged)] = "priority-changed",
        [typeof(TypeChanged)] = "type-changed",
        [typeof(TierChanged)] = "tier-changed",
        [typeof(GroupChanged)] = "group-changed",
        [typeof(AssigneeChanged)] = "assignee-changed",
        [typeof(TicketRouted)] = "ticket-routed",
        [typeof(TagsChanged)] = "tags-changed",
        [typeof(CustomFieldsChanged)] = "custom-fields-changed",
        [typeof(TicketMerged)] = "ticket-merged",
        [typeof(MergeReceived)] = "merge-received",
        [typeof(TicketUnmerged)] = "ticket-unmerged",
        [typeof(MergeReturned)] = "merge-returned",
        [typeof(CommentSplit)] = "comment-split",
        [typeof(TicketLinked)] = "ticket-linked",
        [typeof(TicketUnlinked)] = "ticket-unlinked",
        [typeof(RequesterChanged)] = "requester-changed",
        [typeof(DescriptionChanged)] = "description-changed",
        [typeof(ParticipantsChanged)] = "participants-changed",
        [typeof(SlaPolicyApplied)] = "sla-policy-applied",
        [typeof(SlaCalendarSwitched)] = "sla-calendar-changed",
        [typeof(SlaBreached)] = "sla-breached",
        [typeof(SlaBreachRetracted)] = "sla-breach-retracted",
        [typeof(SlaStepFired)] = "sla-step-fired",
        [typeof(TicketAcknowledged)] = "ticket-acknowledged",
        [typeof(RequesterReminded)] = "requester-reminded",
        [typeof(TimeLogged)] = "time-logged",
        [typeof(SatisfactionAsked)] = "satisfaction-asked",
        [typeof(SatisfactionRated)] = "satisfaction-rated",
        [typeof(FollowUpSet)] = "follow-up-set",
        [typeof(FollowUpCancelled)] = "follow-up-cancelled",
        [typeof(FollowUpDue)] = "follow-up-due",
        [typeof(TaskAdded)] = "task-added",
        [typeof(TaskChanged)] = "task-changed",
        [typeof(TaskDone)] = "task-done",
        [typeof(TaskReopened)] = "task-reopened",
        [typeof(TaskRemoved)] = "task-removed",
        [typeof(TaskDue)] = "task-due",
        [typeof(ApprovalAsked)] = "approval-asked",
        [typeof(ApprovalDecided)] = "approval-decided",
        [typeof(ApprovalReminded)] = "approval-reminded",
        [typeof(ApproverReplaced)] = "approver-replaced",
        [typeof(ApprovalEnded)] = "approval-ended",
        [typeof(PersonErased)] = "person-erased",
        [typeof(AutomationRan)] = "automation-ran",
        [typeof(MacroApplied)] = "macro-applied",
    }.ToFrozenDictionary();

    /// <summary>All names, in alphabetical order.</summary>
    public static IReadOnlyList<string> All { get; } = [.. Names.Values.Order(StringComparer.Ordinal)];

    /// <summary>The name of a fact; null for one that has none.</summary>
    public static string? Of(TicketFact fact)
    {
        ArgumentNullException.ThrowIfNull(fact);
        return Names.GetValueOrDefault(fact.GetType());
    }
}
