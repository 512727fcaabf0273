using System.Collections.Frozen;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Helpdesk.Automations;
using Helpdesk.Functions.Hosting;
using Helpdesk.Sla;

namespace Helpdesk.Functions.Tickets;

/// <summary>How tickets and their events are written in storage. What is stored stays readable for ever: add, never rename.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(UtcInstantConverter)]
)]
[JsonSerializable(typeof(Ticket))]
[JsonSerializable(typeof(TicketOpened))]
[JsonSerializable(typeof(CommentAdded))]
[JsonSerializable(typeof(CommentEdited))]
[JsonSerializable(typeof(CommentDeleted))]
[JsonSerializable(typeof(StatusChanged))]
[JsonSerializable(typeof(TicketReopened))]
[JsonSerializable(typeof(SubjectChanged))]
[JsonSerializable(typeof(PriorityChanged))]
[JsonSerializable(typeof(TypeChanged))]
[JsonSerializable(typeof(TierChanged))]
[JsonSerializable(typeof(GroupChanged))]
[JsonSerializable(typeof(AssigneeChanged))]
[JsonSerializable(typeof(TagsChanged))]
[JsonSerializable(typeof(CustomFieldsChanged))]
[JsonSerializable(typeof(TicketMerged))]
[JsonSerializable(typeof(MergeReceived))]
[JsonSerializable(typeof(TicketUnmerged))]
[JsonSerializable(typeof(MergeReturned))]
[JsonSerializable(typeof(CommentSplit))]
[JsonSerializable(typeof(TicketLinked))]
[JsonSerializable(typeof(TicketUnlinked))]
[JsonSerializable(typeof(RequesterChanged))]
[JsonSerializable(typeof(DescriptionChanged))]
[JsonSerializable(typeof(ParticipantsChanged))]
[JsonSerializable(typeof(SlaPolicyApplied))]
[JsonSerializable(typeof(SlaCalendarSwitched))]
[JsonSerializable(typeof(SlaBreached))]
[JsonSerializable(typeof(SlaBreachRetracted))]
[JsonSerializable(typeof(SlaStepFired))]
[JsonSerializable(typeof(TicketAcknowledged))]
[JsonSerializable(typeof(TicketRouted))]
[JsonSerializable(typeof(TimeLogged))]
[JsonSerializable(typeof(RequesterReminded))]
[JsonSerializable(typeof(SatisfactionAsked))]
[JsonSerializable(typeof(SatisfactionRated))]
[JsonSerializable(typeof(FollowUpSet))]
[JsonSerializable(typeof(FollowUpCancelled))]
[JsonSerializable(typeof(FollowUpDue))]
[JsonSerializable(typeof(TaskAdded))]
[JsonSerializable(typeof(TaskChanged))]
[JsonSerializable(typeof(TaskDone))]
[JsonSerializable(typeof(TaskReopened))]
[JsonSerializable(typeof(TaskRemoved))]
[JsonSerializable(typeof(TaskDue))]
[JsonSerializable(typeof(ApprovalAsked))]
[JsonSerializable(typeof(ApprovalDecided))]
[JsonSerializable(typeof(ApprovalReminded))]
[JsonSerializable(typeof(ApproverReplaced))]
[JsonSerializable(typeof(ApprovalEnded))]
[JsonSerializable(typeof(PersonErased))]
[JsonSerializable(typeof(AutomationRan))]
[JsonSerializable(typeof(MacroApplied))]
[JsonSerializable(typeof(IReadOnlyList<TicketAttachment>))]
[JsonSerializable(typeof(TicketSla))]
[JsonSerializable(typeof(ListPosition))]
[JsonSerializable(typeof(TicketMessage))]
[JsonSerializable(typeof(IReadOnlyDictionary<string, PersonOnTicket>))]
internal sealed partial class TicketJson : JsonSerializerContext
{
    /// <summary>The options above with the escaping that storage needs no more than JSON does.</summary>
    public static TicketJson Stored { get; } =
        new(
            new JsonSerializerOptions(JsonSerializerDefaults.Web)
            {
                DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
                Converters = { new UtcInstantConverter() },
                Encoder = JsonEscaping.Least,
            }
        );
}

/// <summary>Names the facts outside the program, and reads them back.</summary>
internal static class TicketFacts
{
    /// <summary>All facts by their names outside.</summary>
    public static FrozenDictionary<string, JsonTypeInfo> Types { get; } =
        new Dictionary<string, JsonTypeInfo>(StringComparer.Ordinal)
        {
            ["ticket-opened"] = TicketJson.Stored.TicketOpened,
            ["comment-added"] = TicketJson.Stored.CommentAdded,
            ["comment-edited"] = TicketJson.Stored.CommentEdited,
            ["comment-deleted"] = TicketJson.Stored.CommentDeleted,
            ["status-changed"] = TicketJson.Stored.StatusChanged,
            ["ticket-reopened"] = TicketJson.Stored.TicketReopened,
            ["subject-changed"] = TicketJson.Stored.SubjectChanged,
            ["priority-changed"] = TicketJson.Stored.PriorityChanged,
            ["type-changed"] = TicketJson.Stored.TypeChanged,
            ["tier-changed"] = TicketJson.Stored.TierChanged,
            ["group-changed"] = TicketJson.Stored.GroupChanged,
            ["assignee-changed"] = TicketJson.Stored.AssigneeChanged,
            ["tags-changed"] = TicketJson.Stored.TagsChanged,
            ["custom-fields-changed"] = TicketJson.Stored.CustomFieldsChanged,
            ["ticket-merged"] = TicketJson.Stored.TicketMerged,
            ["merge-received"] = TicketJson.Stored.MergeReceived,
            ["ticket-unmerged"] = TicketJson.Stored.TicketUnmerged,
            ["merge-returned"] = TicketJson.Stored.MergeReturned,
            ["comment-split"] = TicketJson.Stored.CommentSplit,
            ["ticket-linked"] = TicketJson.Stored.TicketLinked,
            ["ticket-unlinked"] = TicketJson.Stored.TicketUnlinked,
            ["requester-changed"] = TicketJson.Stored.RequesterChanged,
            ["description-changed"] = TicketJson.Stored.DescriptionChanged,
            ["participants-changed"] = TicketJson.Stored.ParticipantsChanged,
            ["sla-policy-applied"] = TicketJson.Stored.SlaPolicyApplied,
            ["sla-calendar-changed"] = TicketJson.Stored.SlaCalendarSwitched,
            ["sla-breached"] = TicketJson.Stored.SlaBreached,
            ["sla-breach-retracted"] = TicketJson.Stored.SlaBreachRetracted,
            ["sla-step-fired"] = TicketJson.Stored.SlaStepFired,
            ["ticket-acknowledged"] = TicketJson.Stored.TicketAcknowledged,
            ["time-logged"] = TicketJson.Stored.TimeLogged,
            ["ticket-routed"] = TicketJson.Stored.TicketRouted,
            ["requester-reminded"] = TicketJson.Stored.RequesterReminded,
            ["satisfaction-asked"] = TicketJson.Stored.SatisfactionAsked,
            ["satisfaction-rated"] = TicketJson.Stored.SatisfactionRated,
            ["follow-up-set"] = TicketJson.Stored.FollowUpSet,
            ["follow-up-cancelled"] = TicketJson.Stored.FollowUpCancelled,
            ["follow-up-due"] = TicketJson.Stored.FollowUpDue,
            ["task-added"] = TicketJson.Stored.TaskAdded,
            ["task-changed"] = TicketJson.Stored.TaskChanged,
            ["task-done"] = TicketJson.Stored.TaskDone,
            ["task-reopened"] = TicketJson.Stored.TaskReopened,
            ["task-removed"] = TicketJson.Stored.TaskRemoved,
            ["task-due"] = TicketJson.Stored.TaskDue,
            ["approval-asked"] = TicketJson.Stored.ApprovalAsked,
            ["approval-decided"] = TicketJson.Stored.ApprovalDecided,
            ["approval-reminded"] = TicketJson.Stored.ApprovalReminded,
            ["approver-replaced"] = TicketJson.Stored.ApproverReplaced,
            ["approval-ended"] = TicketJson.Stored.ApprovalEnded,
            ["person-erased"] = TicketJson.Stored.PersonErased,
            ["automation-ran"] = TicketJson.Stored.AutomationRan,
            ["macro-applied"] = TicketJson.Stored.MacroApplied,
        }.ToFrozenDictionary(StringComparer.Ordinal);

    private static readonly FrozenDictionary<Type, string> Names = Types.ToFrozenDictionary(pair => pair.Value.Type, pair => pair.Key);

    /// <summary>The event's type.</summary>
    public static string NameOf(TicketFact fact) => Names[fact.GetType()];

    /// <summary>The event's type and its data in JSON.</summary>
    public static (string Type, string Data) Write(TicketFact fact) =>
        Names.TryGetValue(fact.GetType(), out var type)
            ? (type, JsonSerializer.Serialize(fact, Types[type]))
            : throw new ArgumentException($"{fact.GetType().Name} has no name outside the program.", nameof(fact));

    /// <summary>What happened, for the log: <c>status-changed open to pending, comment-added</c>. It holds no words of anybody.</summary>
    public static string NamesOf(IReadOnlyList<TicketEvent> events) =>
        string.Join(", ", events.Select(happened => $"{Names[happened.Fact.GetType()]}{DetailOf(happened.Fact)}"));

    /// <summary>What the name of a fact leaves out, for the log: no words and no addresses.</summary>
    private static string DetailOf(TicketFact fact) =>
        fact switch
        {
            StatusChanged status => $" {WireName<TicketStatus>.Of(status.From)} to {WireName<TicketStatus>.Of(status.To)}",
            TicketReopened status => $" {WireName<TicketStatus>.Of(status.From)} to {WireName<TicketStatus>.Of(status.To)}",
            PriorityChanged priority => $" {WireName<TicketPriority>.Of(priority.From)} to {WireName<TicketPriority>.Of(priority.To)}",
            GroupChanged group => $" {group.From ?? "none"} to {group.To ?? "none"}",
            AssigneeChanged assignee => $" {assignee.From ?? "nobody"} to {assignee.To ?? "nobody"}",
            TierChanged tier => $" {tier.From} to {tier.To}",
            CommentAdded comment => $" {comment.Comment} ({WireName<CommentVisibility>.Of(comment.Visibility)})",
            CommentEdited comment => $" {comment.Comment}",
            CommentDeleted comment => $" {comment.Comment}",
            TicketMerged merged => $" into {merged.IntoNumber}",
            MergeReceived merged => $" from {merged.FromNumber}",
            TicketUnmerged undone => $" from {undone.FromNumber}",
            MergeReturned undone => $" to {undone.ToNumber}",
            CommentSplit split => $" {split.Comment} into {split.IntoNumber}",
            TicketLinked link => $" {WireName<LinkKind>.Of(link.Kind)} {link.ToNumber}",
            TicketUnlinked link => $" {WireName<LinkKind>.Of(link.Kind)} {link.ToNumber}",
            SatisfactionRated rated => string.Create(System.Globalization.CultureInfo.InvariantCulture, $" {rated.Rating}"),
            TaskAdded task => $" {task.Task}",
            TaskChanged task => $" {task.Task}",
            TaskDone task => $" {task.Task}",
            TaskReopened task => $" {task.Task}",
            TaskRemoved task => $" {task.Task}",
            TaskDue task => $" {task.Task}",
            ApprovalAsked asked => $" {asked.Approval}",
            ApprovalDecided decided => $" {decided.Approval} {WireName<Helpdesk.Approvals.ApprovalDecision>.Of(decided.Decision)}",
            ApprovalReminded reminded => $" {reminded.Approval}",
            ApproverReplaced replaced => $" {replaced.Approval} {replaced.To ?? "nobody"}",
            ApprovalEnded ended => $" {ended.Approval} {WireName<Helpdesk.Approvals.ApprovalState>.Of(ended.Outcome)}",
            PersonErased erased => $" {erased.Erasure}",
            AutomationRan ran => $" {ran.Automation} {ran.Version}",
            MacroApplied applied => $" {applied.Macro} {applied.Version}",
            SlaBreached breach => $" {WireName<Helpdesk.Sla.SlaMetric>.Of(breach.Metric)}",
            SlaStepFired step => $" {WireName<Helpdesk.Sla.SlaMetric>.Of(step.Metric)} {step.At} %",
            _ => "",
        };

    /// <summary>Who did it, for the log: an agent or key by id, a requester without the address.</summary>
    public static string ActorOf(IReadOnlyList<TicketEvent> events) =>
        events.Select(happened => happened.By).FirstOrDefault(by => by.Kind != ActorKind.System) is not { } by
            ? events.Select(happened => happened.By.Id).OfType<string>().FirstOrDefault() is { } key
                ? key.StartsWith(Automation.ActorPrefix, StringComparison.Ordinal)
                    ? key
                    : $"key {key}"
                : "the desk itself"
            : by is { Kind: ActorKind.Agent, Id: { } id }
                ? $"agent {id}"
                : WireName<ActorKind>.Of(by.Kind);

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    public static TicketFact Read(string type, string data) =>
        Types.TryGetValue(type, out var json)
            ? (TicketFact?)JsonSerializer.Deserialize(data, json) ?? throw new InvalidDataException($"An event of type {type} has no data.")
            : throw new InvalidDataException($"Events of type {type} are not known here.");
}
