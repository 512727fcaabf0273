using Helpdesk.Tickets;

namespace Helpdesk.Agenda;

/// <summary>What agents have to do on a ticket and when: follow-ups, by which it comes back, and tasks.</summary>
public static class AgendaRules
{
    /// <summary>When something of it is due next; null for nothing. A closed ticket comes back to nobody.</summary>
    public static DateTimeOffset? NextAt(Ticket ticket)
    {
        ArgumentNullException.ThrowIfNull(ticket);
        return ticket.Status == TicketStatus.Closed
            ? null
            : Open(ticket).Where(task => task.RemindedOf != task.DueAt).Select(task => task.DueAt).Append(ticket.FollowUp?.At).Min();
    }

    /// <summary>Records what is due; no events when nothing is. A ticket that waits is open again when it comes back.</summary>
    public static TicketChange Remind(Ticket ticket, DateTimeOffset now)
    {
        if (NextAt(ticket) is not { } due || due > now)
            return new(ticket, []);
        var facts = new List<TicketFact>();
        if (ticket.FollowUp is { } back && back.At <= now)
        {
            facts.Add(new FollowUpDue(back.At, back.To, back.Note));
            // No reopening, of which requesters are told: they have nothing to do with it.
            if (ticket.Status is TicketStatus.Pending or TicketStatus.OnHold)
                facts.Add(new StatusChanged(ticket.Status, TicketStatus.Open));
        }

        facts.AddRange(
            Open(ticket)
                .Where(task => task.DueAt <= now && task.RemindedOf != task.DueAt)
                .Select(task => new TaskDue(task.Id, task.Title, task.DueAt!.Value, task.Assignee))
        );
        return TicketHistory.Record(ticket, Actor.System, now, facts);
    }

    /// <summary>Has a ticket come back; another follow-up of it is replaced.</summary>
    public static TicketChange FollowUp(Ticket ticket, FollowUp back, Actor by, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(ticket);
        ArgumentNullException.ThrowIfNull(back);
        MustNotBeClosed(ticket);
        if (back.At <= now)
            throw new HelpdeskRuleException("follow-up-past", "A ticket comes back later, not in the past: give a time that is still to come.");
        // As precise as it is stored.
        back = back with
        {
            At = TicketHistory.ToMilliseconds(back.At),
        };
        return ticket.FollowUp == back
            ? new(ticket, [])
            : TicketHistory.Record(ticket, by, now, new FollowUpSet(back.At, back.To, back.Note, back.UnlessAnswered == true ? true : null));
    }

    /// <summary>Takes the follow-up of a ticket back.</summary>
    public static TicketChange CancelFollowUp(Ticket ticket, Actor by, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(ticket);
        return ticket.FollowUp is null ? new(ticket, []) : TicketHistory.Record(ticket, by, now, new FollowUpCancelled());
    }

    /// <summary>Adds a task.</summary>
    public static TicketChange AddTask(Ticket ticket, string title, string? assignee, DateTimeOffset? dueAt, bool required, Actor by, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(ticket);
        MustNotBeClosed(ticket);
        if (ticket.Tasks?.Count >= TicketTask.Most)
            throw new HelpdeskRuleException("too-many-tasks", $"Ticket {ticket.Number} has {TicketTask.Most} tasks, and more are not possible: remove some.");
        var id = $"{ticket.Number}-{ticket.Version + 1}";
        return TicketHistory.Record(ticket, by, now, new TaskAdded(id, title, assignee, Precise(dueAt), required ? true : null));
    }

    /// <summary>Changes a task, or notes that it is done; null when there is no such task.</summary>
    public static TicketChange? ChangeTask(Ticket ticket, string id, TaskPatch patch, Actor by, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(patch);
        if (Find(ticket, id) is not { } task)
            return null;
        MustNotBeClosed(ticket);
        var changed = task with
        {
            Title = patch.Title ?? task.Title,
            Assignee = patch.Assignee is { } assignee ? assignee.Value : task.Assignee,
            DueAt = patch.DueAt is { } due ? Precise(due.Value) : task.DueAt,
            Required = patch.Required is { } required ? (required ? true : null) : task.Required,
        };
        var facts = new List<TicketFact>();
        if (changed != task)
            facts.Add(new TaskChanged(id, changed.Title, changed.Assignee, changed.DueAt, changed.Required));
        if (patch.Done is { } done && done != task.DoneAt is not null)
            facts.Add(done ? new TaskDone(id) : new TaskReopened(id));
        return TicketHistory.Record(ticket, by, now, facts);
    }

    /// <summary>Removes a task; null when there is no such task.</summary>
    public static TicketChange? RemoveTask(Ticket ticket, string id, Actor by, DateTimeOffset now)
    {
        if (Find(ticket, id) is not { } task)
            return null;
        MustNotBeClosed(ticket);
        return TicketHistory.Record(ticket, by, now, new TaskRemoved(id, task.Title));
    }

    /// <summary>Tasks that are not done.</summary>
    public static IEnumerable<TicketTask> Open(Ticket ticket)
    {
        ArgumentNullException.ThrowIfNull(ticket);
        return (ticket.Tasks ?? []).Where(task => task.DoneAt is null);
    }

    /// <summary>Refuses to resolve a ticket as long as a task is open without which it is not done.</summary>
    internal static void MustHaveDoneRequired(Ticket ticket)
    {
        var left = Open(ticket).Where(task => task.Required == true).ToList();
        if (left.Count > 0)
            throw new HelpdeskRuleException(
                "tasks-open",
                $"Ticket {ticket.Number} is resolved when its required tasks are done: {string.Join(", ", left.Take(5).Select(task => $"\"{task.Title}\""))}"
                    + $"{(left.Count > 5 ? " …" : "")}. Do them, remove them, or make them not required."
            );
    }

    /// <summary>As precise as it is stored.</summary>
    private static DateTimeOffset? Precise(DateTimeOffset? at) => at is { } known ? TicketHistory.ToMilliseconds(known) : null;

    private static TicketTask? Find(Ticket ticket, string id)
    {
        ArgumentNullException.ThrowIfNull(ticket);
        return ticket.Tasks?.FirstOrDefault(task => task.Id == id);
    }

    private static void MustNotBeClosed(Ticket ticket)
    {
        if (TicketRules.Closed(ticket) is { } closed)
            throw closed;
    }
}
