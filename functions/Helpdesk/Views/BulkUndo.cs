using System.Text.Json;
using Helpdesk.Approvals;
using Helpdesk.Automations;
using Helpdesk.Directory;
using Helpdesk.Tickets;

namespace Helpdesk.Views;

/// <summary>What came of putting a ticket back.</summary>
/// <param name="Left">Fields that stay as they are: somebody changed them since, or nothing leads back.</param>
public sealed record Undone(TicketChange Change, IReadOnlyList<string> Left);

/// <summary>
/// Puts fields of a ticket back that still have the value that a change gave them. Comments, and mails that were sent, cannot be taken back.
/// </summary>
public static class BulkUndo
{
    /// <summary>What of a change cannot be taken back, whatever becomes of the fields: <c>comment</c>, <c>mails</c>, <c>webhooks</c>.</summary>
    public static IReadOnlyList<string> NotUndone(BulkAction action)
    {
        ArgumentNullException.ThrowIfNull(action);
        bool Does(params ReadOnlySpan<ActionKind> kinds)
        {
            foreach (var kind in kinds)
            {
                if (action.Does?.Contains(kind) == true)
                    return true;
            }

            return false;
        }

        var isWritten = action.Comment is not null || Does(ActionKind.Comment, ActionKind.Note, ActionKind.Notify);
        var isMailed = isWritten || action.Resolution is not null || Does(ActionKind.Resolve, ActionKind.Close, ActionKind.Escalate, ActionKind.StartApproval);
        return [.. new[] { isWritten ? "comment" : null, isMailed ? "mails" : null, Does(ActionKind.Webhook) ? "webhooks" : null }.OfType<string>()];
    }

    /// <summary>Decides what is put back.</summary>
    /// <param name="was">The ticket before the change.</param>
    /// <param name="became">The ticket right after it.</param>
    /// <param name="ticket">The ticket as it is.</param>
    /// <param name="groups">Finds a group; null for one that is no more.</param>
    /// <param name="agents">Finds an active agent; null for one who is not there.</param>
    /// <param name="answered">Whether an agent has written to the requester since the change began: such a ticket is not new any more.</param>
    public static Undone Decide(
        Ticket was,
        Ticket became,
        Ticket ticket,
        Func<string, Group?> groups,
        Func<string, Agent?> agents,
        bool answered,
        Actor by,
        DateTimeOffset now
    )
    {
        ArgumentNullException.ThrowIfNull(was);
        ArgumentNullException.ThrowIfNull(became);
        ArgumentNullException.ThrowIfNull(ticket);
        var left = new List<string>();

        bool Back<T>(string field, Func<Ticket, T> get, Func<T, T, bool>? same = null)
        {
            same ??= EqualityComparer<T>.Default.Equals;
            if (same(get(was), get(became)))
                return false;
            if (same(get(became), get(ticket)))
                return true;
            left.Add(field);
            return false;
        }

        bool Possible(string field, bool isPossible)
        {
            if (!isPossible)
                left.Add(field);
            return isPossible;
        }

        var toGroup = was.Group is { } groupId ? groups(groupId) : null;
        var toAgent = was.Assignee is { } agentId ? agents(agentId) : null;
        var patch = new TicketPatch
        {
            Subject = Back("subject", one => one.Subject) ? was.Subject : null,
            Description = Back("description", one => one.Description) ? was.Description : null,
            RequesterEmail = Back("requester.email", one => one.Requester.Email) ? was.Requester.Email : null,
            RequesterName = Back("requester.name", one => one.Requester.Name) ? new(was.Requester.Name) : null,
            Participants = Back("participants", one => one.Participants ?? [], Same)
                ? [.. (was.Participants ?? []).Select(one => new Requester(one.Email, one.Name))]
                : null,
            Priority = Back("priority", one => one.Priority) ? was.Priority : null,
            Type = Back("type", one => one.Type) ? new(was.Type) : null,
            Tags = Back("tags", one => one.Tags, Same) ? was.Tags : null,
            Group = Back("group", one => one.Group) && Possible("group", was.Group is null || toGroup is not null) ? new(toGroup) : null,
            Assignee = Back("assignee", one => one.Assignee) && Possible("assignee", was.Assignee is null || toAgent is not null) ? new(toAgent) : null,
            CustomFields = Fields(was, became, ticket, left),
        };
        var status = Back("status", one => one.Status);
        // What is closed stays closed, and what was answered is not new.
        var leadsBack = was.Status != TicketStatus.Closed && ticket.Status != TicketStatus.Closed && !(was.Status == TicketStatus.New && answered);
        if (status && !Possible("status", leadsBack))
            status = false;
        var renews = status && was.Status == TicketStatus.New;
        var resolves = status && was.Status == TicketStatus.Resolved;
        if (resolves && !Possible("status", was.Resolution is not null))
            resolves = status = false;
        if (status && !resolves && !renews)
            patch = patch with { Status = was.HeldFrom ?? was.Status };
        else if (patch.Group?.Value is not null || patch.Assignee?.Value is not null)
            patch = patch with { Status = ticket.Status };
        var change = TicketRules.Patch(ticket, patch, by, now);
        if (resolves || renews)
        {
            var back = resolves ? TicketRules.Resolve(change.Ticket, was.Resolution!, by, now) : TicketRules.Renew(change.Ticket, by, now);
            change = back with { Events = [.. change.Events, .. back.Events] };
        }

        // Nobody is to decide what is not asked any more.
        foreach (var asked in ApprovalRules.Pending(became).Where(one => ApprovalRules.Find(was, one.Id) is null))
        {
            if (ApprovalRules.Cancel(change.Ticket, asked.Id, by, now) is { } cancelled)
                change = cancelled with { Events = [.. change.Events, .. cancelled.Events] };
        }

        // Nobody sets the tier: it goes with the group, or stays.
        if (was.Tier != became.Tier && change.Ticket.Tier != was.Tier)
            left.Add("tier");
        return new(change, left);
    }

    private static bool Same<T>(IReadOnlyList<T> one, IReadOnlyList<T> other) => one.SequenceEqual(other);

    private static Dictionary<string, JsonElement>? Fields(Ticket was, Ticket became, Ticket ticket, List<string> left)
    {
        var back = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var name in was.CustomFields.Keys.Union(became.CustomFields.Keys, StringComparer.Ordinal))
        {
            if (AreSame(was, became, name))
                continue;
            if (AreSame(became, ticket, name))
                back[name] = was.CustomFields.TryGetValue(name, out var value) ? value : JsonElement.Parse("null");
            else
                left.Add($"custom.{name}");
        }

        return back.Count == 0 ? null : back;
    }

    private static bool AreSame(Ticket one, Ticket other, string field) =>
        (one.CustomFields.TryGetValue(field, out var first), other.CustomFields.TryGetValue(field, out var second)) switch
        {
            (true, true) => JsonElement.DeepEquals(first, second),
            (false, false) => true,
            _ => false,
        };
}
