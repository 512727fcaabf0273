using System.Text.Json;
using Helpdesk.Functions.Sla;

namespace Helpdesk.Functions.Tickets;

/// <summary>A ticket as the API shows it.</summary>
public sealed record TicketView(
    string Id, long Number, string Workspace, string Subject, string Description, TicketStatus Status, TicketPriority Priority, string? Type, int Tier,
    string? Group, string? Assignee, Requester Requester, IReadOnlyList<string> Tags, IReadOnlyDictionary<string, JsonElement> CustomFields,
    IntakeChannel Channel, string? Resolution, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt, DateTimeOffset? ResolvedAt, DateTimeOffset? ClosedAt,
    string? MergedInto, string? FollowUpOf, IReadOnlyList<AttachmentView> Attachments, TicketSlaView? Sla, long Version)
{
    public static TicketView Of(Ticket it, TicketSlaView? sla) => new(
        it.Id, it.Number, it.Workspace, it.Subject, it.Description, it.Status, it.Priority, it.Type, it.Tier, it.Group, it.Assignee, it.Requester, it.Tags,
        it.CustomFields, it.Channel, it.Resolution, it.CreatedAt, it.UpdatedAt, it.ResolvedAt, it.ClosedAt, it.MergedInto, it.FollowUpOf, AttachmentView.Of(it.Attachments), sla, it.Version);
}

/// <summary>A ticket in a list: all but its long texts and custom fields.</summary>
public sealed record TicketSummaryView(
    string Id, long Number, string Workspace, string Subject, TicketStatus Status, TicketPriority Priority, string? Type, int Tier,
    string? Group, string? Assignee, Requester Requester, IReadOnlyList<string> Tags, IntakeChannel Channel,
    DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt, DateTimeOffset? ResolvedAt, DateTimeOffset? ClosedAt, string? MergedInto, string? FollowUpOf, TicketSlaSummary? Sla, long Version)
{
    public static TicketSummaryView Of(Ticket it) => new(
        it.Id, it.Number, it.Workspace, it.Subject, it.Status, it.Priority, it.Type, it.Tier, it.Group, it.Assignee, it.Requester, it.Tags, it.Channel,
        it.CreatedAt, it.UpdatedAt, it.ResolvedAt, it.ClosedAt, it.MergedInto, it.FollowUpOf, it.Sla is { } sla ? new(sla.Health, sla.DueAt) : null, it.Version);
}

/// <summary>Who wrote or did something: an agent's id, a requester's e-mail address, an integration's key id.</summary>
public sealed record ActorView(string? Id, string? Name)
{
    public static ActorView? Of(Actor? actor) => actor is { Id: not null } or { Name: not null } ? new(actor.Id, actor.Name) : null;
}

/// <summary>A file on a ticket as the API shows it; <c>Url</c> gives its bytes to whoever may see the ticket.</summary>
public sealed record AttachmentView(string Id, string Name, string ContentType, long Size, string Url)
{
    public static IReadOnlyList<AttachmentView> Of(IReadOnlyList<TicketAttachment>? files) =>
        [.. (files ?? []).Select(file => new AttachmentView(file.Id, file.Name, file.ContentType, file.Size, $"/api/attachments/{file.Id}"))];
}

/// <summary>A comment or note as the API shows it.</summary>
public sealed record CommentView(string Id, string Body, CommentVisibility Visibility, DateTimeOffset At, ActorKind By, ActorView? Author, IReadOnlyList<AttachmentView> Attachments, long? MovedFrom)
{
    public static CommentView Of(Comment it) => new(it.Id, it.Body, it.Visibility, it.At, it.By, ActorView.Of(it.Actor), AttachmentView.Of(it.Attachments), it.MovedFrom);
}

/// <summary>A ticket event as the API shows it.</summary>
public sealed record EventView(long Seq, string Type, DateTimeOffset At, ActorKind By, ActorView? Actor, JsonElement Data)
{
    public static EventView Of(TicketEvent it)
    {
        var (type, data) = TicketFacts.Write(it.Fact);
        return new(it.Seq, type, it.At, it.By.Kind, ActorView.Of(it.By), JsonElement.Parse(data));
    }
}
