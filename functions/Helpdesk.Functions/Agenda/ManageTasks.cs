using System.ComponentModel.DataAnnotations;
using Helpdesk.Agenda;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Tickets;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Agenda;

/// <summary>Something that is to be done on a ticket.</summary>
/// <param name="Title">What is to be done, on one line.</param>
/// <param name="Assignee">Id of the agent who does it, or <c>me</c>; whoever is in charge of the ticket when it is left out.</param>
/// <param name="DueAt">When it is due.</param>
/// <param name="Required">Whether the ticket is not resolved before it is done.</param>
[Example("""{"title":"Order a fuser","assignee":"me","dueAt":"2026-03-12T09:00:00Z"}""")]
public sealed record AddTaskRequest([property: MaxLength(200)] string Title, [property: MaxLength(60)] string? Assignee, DateTimeOffset? DueAt, bool? Required)
    : IFromRequest<AddTaskRequest>
{
    public static async ValueTask<AddTaskRequest> ReadAsync(HttpContext context)
    {
        var fields = await FieldReader.ReadAsync(context);
        var request = new AddTaskRequest(
            fields.Text("title", 200, required: true) ?? "",
            fields.Text("assignee", 60) is { Length: > 0 } assignee ? assignee : null,
            fields.Instant("dueAt"),
            fields.Flag("required")
        );
        fields.Done();
        return request;
    }
}

/// <summary>What is to be different about a task: a JSON merge patch (RFC 7396).</summary>
/// <param name="Title">What is to be done, on one line.</param>
/// <param name="Assignee">Id of the agent who does it, or <c>me</c>; null for whoever is in charge of the ticket.</param>
/// <param name="DueAt">When it is due; null for no time.</param>
/// <param name="Required">Whether the ticket is not resolved before it is done.</param>
/// <param name="Done">Whether it is done.</param>
[Example("""{"done":true}""")]
public sealed record ChangeTaskRequest(
    [property: MaxLength(200)] string? Title,
    [property: MaxLength(60)] Optional<string?>? Assignee,
    Optional<DateTimeOffset?>? DueAt,
    bool? Required,
    bool? Done
) : IFromRequest<ChangeTaskRequest>
{
    public static async ValueTask<ChangeTaskRequest> ReadAsync(HttpContext context)
    {
        var fields = await FieldReader.ReadAsync(context);
        var request = new ChangeTaskRequest(
            fields.Text("title", 200, required: fields.Has("title")),
            fields.Has("assignee") ? new(fields.Text("assignee", 60) is { Length: > 0 } assignee ? assignee : null) : null,
            fields.Has("dueAt") ? new(fields.Instant("dueAt")) : null,
            fields.Flag("required"),
            fields.Flag("done")
        );
        fields.Done();
        return request;
    }
}

/// <summary>Something that is to be done on a ticket.</summary>
/// <param name="Id">Names it on its ticket.</param>
/// <param name="Title">What is to be done.</param>
/// <param name="Assignee">Id of the agent who does it; null for whoever is in charge of the ticket.</param>
/// <param name="DueAt">When it is due; null for no time.</param>
/// <param name="Required">Whether the ticket is not resolved before it is done.</param>
/// <param name="DoneAt">When it was done; null while it is open.</param>
/// <param name="DoneBy">Id of the agent who did it; null while it is open.</param>
public sealed record TaskView(string Id, string Title, string? Assignee, DateTimeOffset? DueAt, bool Required, DateTimeOffset? DoneAt, string? DoneBy)
{
    internal static TaskView Of(TicketTask it) => new(it.Id, it.Title, it.Assignee, it.DueAt, it.Required == true, it.DoneAt, it.DoneBy);
}

/// <summary>What is to be done on a ticket.</summary>
public sealed class ManageTasks(AgendaPeople people, TicketStore tickets, TimeProvider time)
{
    /// <summary>Lists the tasks of a ticket in the order in which they were added. There is one page.</summary>
    [Function(nameof(ListTicketTasks)), RequiresKey(KeyRole.Agent, KeyRole.Admin)]
    public async Task<Results<Ok<ListPage<TaskView>>, NotFound>> ListTicketTasks(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/tickets/{id}/tasks")] Caller caller,
        string id,
        CancellationToken cancellationToken
    ) =>
        TicketAddress.Parse(caller.Workspace, id) is { } address && await tickets.FindAsync(address, cancellationToken) is { } ticket
            ? TypedResults.Ok(new ListPage<TaskView>([.. (ticket.Tasks ?? []).Select(TaskView.Of)], null))
            : TypedResults.NotFound();

    /// <summary>Adds a task to a ticket. Its assignee is reminded when it is due.</summary>
    [Function(nameof(AddTask)), RequiresKey(KeyRole.Agent, KeyRole.Admin), Refuses("ticket-closed", "too-many-tasks")]
    public async Task<Results<Created<TaskView>, NotFound>> AddTask(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/tickets/{id}/tasks")] AddTaskRequest request,
        string id,
        ChangeTicket change,
        CancellationToken cancellationToken
    )
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(change);
        var assignee = request.Assignee is { } named ? await people.FindAsync(change.Caller, "assignee", named, cancellationToken) : null;
        var changed = await change.ApplyAsync(
            id,
            (ticket, _) =>
                new(AgendaRules.AddTask(ticket, request.Title, assignee, request.DueAt, request.Required == true, change.Caller.Actor, time.GetUtcNow())),
            cancellationToken
        );
        return changed is { Ticket: { Tasks: [.., var added] } ticket }
            ? TypedResults.Created($"/api/tickets/{ticket.Id}/tasks/{added.Id}", TaskView.Of(added))
            : TypedResults.NotFound();
    }

    /// <summary>Changes a task, or notes that it is done.</summary>
    /// <param name="task">Id of the task.</param>
    [Function(nameof(ChangeTask)), RequiresKey(KeyRole.Agent, KeyRole.Admin), Refuses("ticket-closed")]
    [Answers(StatusCodes.Status404NotFound, "There is no such ticket, or no such task on it.")]
    public async Task<Results<Ok<TaskView>, NotFound>> ChangeTask(
        [HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = "api/tickets/{id}/tasks/{task}")] ChangeTaskRequest request,
        string id,
        string task,
        ChangeTicket change,
        CancellationToken cancellationToken
    )
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(change);
        var assignee = request.Assignee;
        if (assignee?.Value is { } named)
            assignee = new(await people.FindAsync(change.Caller, "assignee", named, cancellationToken));
        var patch = new TaskPatch
        {
            Title = request.Title,
            Assignee = assignee,
            DueAt = request.DueAt,
            Required = request.Required,
            Done = request.Done,
        };
        var changed = await change.ApplyAsync(
            id,
            (ticket, _) => new(AgendaRules.ChangeTask(ticket, task, patch, change.Caller.Actor, time.GetUtcNow()) ?? new TicketChange(ticket, [])),
            cancellationToken
        );
        return changed?.Ticket.Tasks?.FirstOrDefault(one => one.Id == task) is { } now ? TypedResults.Ok(TaskView.Of(now)) : TypedResults.NotFound();
    }

    /// <summary>Removes a task from a ticket. That it was there stays in the ticket's history.</summary>
    /// <param name="task">Id of the task.</param>
    [Function(nameof(RemoveTask)), RequiresKey(KeyRole.Agent, KeyRole.Admin), Refuses("ticket-closed")]
    [Answers(StatusCodes.Status404NotFound, "There is no such ticket, or no such task on it.")]
    public async Task<Results<NoContent, NotFound>> RemoveTask(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/tickets/{id}/tasks/{task}")] Caller caller,
        string id,
        string task,
        ChangeTicket change,
        CancellationToken cancellationToken
    )
    {
        ArgumentNullException.ThrowIfNull(change);
        var isThere = false;
        await change.ApplyAsync(
            id,
            (ticket, _) =>
            {
                var removed = AgendaRules.RemoveTask(ticket, task, change.Caller.Actor, time.GetUtcNow());
                isThere = removed is not null;
                return new(removed ?? new TicketChange(ticket, []));
            },
            cancellationToken
        );
        return isThere ? TypedResults.NoContent() : TypedResults.NotFound();
    }
}
