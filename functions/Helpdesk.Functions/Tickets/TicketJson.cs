using System.Text.Json;
using System.Text.Json.Serialization;
using Helpdesk.Functions.Hosting;
using Helpdesk.Sla;

namespace Helpdesk.Functions.Tickets;

/// <summary>How tickets and their events are written in storage. What is stored stays readable for ever: add, never rename.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, Converters = [typeof(UtcInstantConverter)])]
[JsonSerializable(typeof(Ticket))]
[JsonSerializable(typeof(TicketOpened))]
[JsonSerializable(typeof(CommentAdded))]
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
[JsonSerializable(typeof(SlaPolicyApplied))]
[JsonSerializable(typeof(SlaCalendarSwitched))]
[JsonSerializable(typeof(SlaBreached))]
[JsonSerializable(typeof(SlaBreachRetracted))]
[JsonSerializable(typeof(SlaStepFired))]
[JsonSerializable(typeof(TicketAcknowledged))]
[JsonSerializable(typeof(RequesterReminded))]
[JsonSerializable(typeof(IReadOnlyList<TicketAttachment>))]
[JsonSerializable(typeof(TicketSla))]
[JsonSerializable(typeof(ListPosition))]
[JsonSerializable(typeof(TicketMessage))]
internal sealed partial class TicketJson : JsonSerializerContext
{
    /// <summary>The options above with the escaping that storage needs no more than JSON does.</summary>
    public static TicketJson Stored { get; } = new(new JsonSerializerOptions(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new UtcInstantConverter() },
        Encoder = JsonEscaping.Least,
    });
}

/// <summary>Names the facts outside the program, and reads them back.</summary>
internal static class TicketFacts
{
    /// <summary>The event's type and its data in JSON.</summary>
    public static (string Type, string Data) Write(TicketFact fact)
    {
        var json = TicketJson.Stored;
        return fact switch
        {
            TicketOpened it => ("ticket-opened", JsonSerializer.Serialize(it, json.TicketOpened)),
            CommentAdded it => ("comment-added", JsonSerializer.Serialize(it, json.CommentAdded)),
            StatusChanged it => ("status-changed", JsonSerializer.Serialize(it, json.StatusChanged)),
            TicketReopened it => ("ticket-reopened", JsonSerializer.Serialize(it, json.TicketReopened)),
            SubjectChanged it => ("subject-changed", JsonSerializer.Serialize(it, json.SubjectChanged)),
            PriorityChanged it => ("priority-changed", JsonSerializer.Serialize(it, json.PriorityChanged)),
            TypeChanged it => ("type-changed", JsonSerializer.Serialize(it, json.TypeChanged)),
            TierChanged it => ("tier-changed", JsonSerializer.Serialize(it, json.TierChanged)),
            GroupChanged it => ("group-changed", JsonSerializer.Serialize(it, json.GroupChanged)),
            AssigneeChanged it => ("assignee-changed", JsonSerializer.Serialize(it, json.AssigneeChanged)),
            TagsChanged it => ("tags-changed", JsonSerializer.Serialize(it, json.TagsChanged)),
            CustomFieldsChanged it => ("custom-fields-changed", JsonSerializer.Serialize(it, json.CustomFieldsChanged)),
            TicketMerged it => ("ticket-merged", JsonSerializer.Serialize(it, json.TicketMerged)),
            MergeReceived it => ("merge-received", JsonSerializer.Serialize(it, json.MergeReceived)),
            SlaPolicyApplied it => ("sla-policy-applied", JsonSerializer.Serialize(it, json.SlaPolicyApplied)),
            SlaCalendarSwitched it => ("sla-calendar-changed", JsonSerializer.Serialize(it, json.SlaCalendarSwitched)),
            SlaBreached it => ("sla-breached", JsonSerializer.Serialize(it, json.SlaBreached)),
            SlaBreachRetracted it => ("sla-breach-retracted", JsonSerializer.Serialize(it, json.SlaBreachRetracted)),
            SlaStepFired it => ("sla-step-fired", JsonSerializer.Serialize(it, json.SlaStepFired)),
            TicketAcknowledged it => ("ticket-acknowledged", JsonSerializer.Serialize(it, json.TicketAcknowledged)),
            RequesterReminded it => ("requester-reminded", JsonSerializer.Serialize(it, json.RequesterReminded)),
            _ => throw new ArgumentException($"{fact.GetType().Name} has no name outside the program.", nameof(fact)),
        };
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    public static TicketFact Read(string type, string data)
    {
        var json = TicketJson.Stored;
        TicketFact? fact = type switch
        {
            "ticket-opened" => JsonSerializer.Deserialize(data, json.TicketOpened),
            "comment-added" => JsonSerializer.Deserialize(data, json.CommentAdded),
            "status-changed" => JsonSerializer.Deserialize(data, json.StatusChanged),
            "ticket-reopened" => JsonSerializer.Deserialize(data, json.TicketReopened),
            "subject-changed" => JsonSerializer.Deserialize(data, json.SubjectChanged),
            "priority-changed" => JsonSerializer.Deserialize(data, json.PriorityChanged),
            "type-changed" => JsonSerializer.Deserialize(data, json.TypeChanged),
            "tier-changed" => JsonSerializer.Deserialize(data, json.TierChanged),
            "group-changed" => JsonSerializer.Deserialize(data, json.GroupChanged),
            "assignee-changed" => JsonSerializer.Deserialize(data, json.AssigneeChanged),
            "tags-changed" => JsonSerializer.Deserialize(data, json.TagsChanged),
            "custom-fields-changed" => JsonSerializer.Deserialize(data, json.CustomFieldsChanged),
            "ticket-merged" => JsonSerializer.Deserialize(data, json.TicketMerged),
            "merge-received" => JsonSerializer.Deserialize(data, json.MergeReceived),
            "sla-policy-applied" => JsonSerializer.Deserialize(data, json.SlaPolicyApplied),
            "sla-calendar-changed" => JsonSerializer.Deserialize(data, json.SlaCalendarSwitched),
            "sla-breached" => JsonSerializer.Deserialize(data, json.SlaBreached),
            "sla-breach-retracted" => JsonSerializer.Deserialize(data, json.SlaBreachRetracted),
            "sla-step-fired" => JsonSerializer.Deserialize(data, json.SlaStepFired),
            "ticket-acknowledged" => JsonSerializer.Deserialize(data, json.TicketAcknowledged),
            "requester-reminded" => JsonSerializer.Deserialize(data, json.RequesterReminded),
            _ => throw new InvalidDataException($"Events of type {type} are not known here."),
        };
        return fact ?? throw new InvalidDataException($"An event of type {type} has no data.");
    }
}
