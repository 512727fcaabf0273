using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Helpdesk.Agenda;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Tickets;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Agenda;

/// <summary>Which tasks are wanted.</summary>
/// <param name="Assignee">Whose: id of an agent, <c>me</c>, or <c>none</c> for tasks of nobody in particular; yours when it is left out.</param>
/// <param name="DueBefore">Only those that are due before this instant.</param>
/// <param name="Limit">How many items a page has at most. A page may hold fewer where tickets have just changed.</param>
/// <param name="Cursor">Where to go on: <c>nextCursor</c> of the page before, with the same filters. Leave it out for the first page.</param>
public sealed record TasksQuery(
    [property: MaxLength(60), DefaultValue(AgendaPeople.Me)] string Assignee,
    DateTimeOffset? DueBefore,
    [property: Range(1, 100), DefaultValue(25)] int Limit,
    [property: MaxLength(400)] string? Cursor
) : IFromQuery<TasksQuery>
{
    public static TasksQuery Read(QueryReader query, HttpContext context) =>
        new(query.Text("assignee", 60) ?? AgendaPeople.Me, query.Instant("dueBefore"), query.Limit(), query.Text("cursor", 400));
}

/// <summary>Which follow-ups are wanted.</summary>
/// <param name="Agent">Whose: id of an agent, <c>me</c>, or <c>none</c> for those of nobody in particular; yours when it is left out.</param>
/// <param name="DueBefore">Only tickets that come back before this instant.</param>
/// <param name="Limit">How many items a page has at most. A page may hold fewer where tickets have just changed.</param>
/// <param name="Cursor">Where to go on: <c>nextCursor</c> of the page before, with the same filters. Leave it out for the first page.</param>
public sealed record FollowUpsQuery(
    [property: MaxLength(60), DefaultValue(AgendaPeople.Me)] string Agent,
    DateTimeOffset? DueBefore,
    [property: Range(1, 100), DefaultValue(25)] int Limit,
    [property: MaxLength(400)] string? Cursor
) : IFromQuery<FollowUpsQuery>
{
    public static FollowUpsQuery Read(QueryReader query, HttpContext context) =>
        new(query.Text("agent", 60) ?? AgendaPeople.Me, query.Instant("dueBefore"), query.Limit(), query.Text("cursor", 400));
}

/// <summary>An open task and its ticket.</summary>
/// <param name="Task">What is to be done.</param>
/// <param name="Ticket">Id of the ticket.</param>
/// <param name="Number">Number of the ticket.</param>
/// <param name="Subject">What the ticket is about.</param>
/// <param name="Status">Where the ticket stands.</param>
public sealed record ListedTaskView(TaskView Task, string Ticket, long Number, string Subject, TicketStatus Status);

/// <summary>A ticket that comes back.</summary>
/// <param name="FollowUp">When, to whom and for what.</param>
/// <param name="Ticket">Id of the ticket.</param>
/// <param name="Number">Number of the ticket.</param>
/// <param name="Subject">What the ticket is about.</param>
/// <param name="Status">Where the ticket stands.</param>
public sealed record ListedFollowUpView(FollowUpView FollowUp, string Ticket, long Number, string Subject, TicketStatus Status);

/// <summary>What agents have to do and when, over all tickets.</summary>
public sealed class ListAgenda(AgendaPlaces places, AgendaPeople people)
{
    /// <summary>Lists open tasks of an agent, the earliest due first; those without a due time come last.</summary>
    [Function(nameof(ListTasks)), RequiresKey(KeyRole.Agent, KeyRole.Admin)]
    public async Task<Ok<ListPage<ListedTaskView>>> ListTasks(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/tasks")] TasksQuery query,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        ArgumentNullException.ThrowIfNull(query);
        var agent = await WhoAsync(caller, "assignee", query.Assignee, cancellationToken);
        var page = await places.ReadAsync(
            caller.Workspace,
            AgendaEntry.Tasks,
            agent,
            query.DueBefore,
            query.Limit,
            query.Cursor,
            AgendaEntry.Of,
            cancellationToken
        );
        return TypedResults.Ok(
            new ListPage<ListedTaskView>(
                [
                    .. page.Items.Select(one => new ListedTaskView(
                        TaskView.Of(AgendaRules.Open(one.Ticket).First(task => task.Id == one.Entry.Task)),
                        one.Ticket.Id,
                        one.Ticket.Number,
                        one.Ticket.Subject,
                        one.Ticket.Status
                    )),
                ],
                page.NextCursor
            )
        );
    }

    /// <summary>Lists tickets that come back to an agent, the earliest first.</summary>
    [Function(nameof(ListFollowUps)), RequiresKey(KeyRole.Agent, KeyRole.Admin)]
    public async Task<Ok<ListPage<ListedFollowUpView>>> ListFollowUps(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/follow-ups")] FollowUpsQuery query,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        ArgumentNullException.ThrowIfNull(query);
        var agent = await WhoAsync(caller, "agent", query.Agent, cancellationToken);
        var page = await places.ReadAsync(
            caller.Workspace,
            AgendaEntry.FollowUps,
            agent,
            query.DueBefore,
            query.Limit,
            query.Cursor,
            AgendaEntry.Of,
            cancellationToken
        );
        return TypedResults.Ok(
            new ListPage<ListedFollowUpView>(
                [
                    .. page.Items.Select(one => new ListedFollowUpView(
                        FollowUpView.Of(one.Ticket.FollowUp!),
                        one.Ticket.Id,
                        one.Ticket.Number,
                        one.Ticket.Subject,
                        one.Ticket.Status
                    )),
                ],
                page.NextCursor
            )
        );
    }

    /// <summary>Whose list is asked for: somebody who has left may still have one.</summary>
    private async Task<string?> WhoAsync(Caller caller, string field, string named, CancellationToken cancellationToken) =>
        named switch
        {
            AgendaPeople.None => null,
            AgendaPeople.Me => await people.FindAsync(caller, field, named, cancellationToken),
            _ => named,
        };
}
