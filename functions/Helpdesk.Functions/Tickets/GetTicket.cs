using System.Globalization;
using Helpdesk.Functions.Attachments;
using Helpdesk.Functions.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Tickets;

/// <summary>The past instant that is asked about.</summary>
/// <param name="At">The instant; now when it is left out. It must not be in the future, nor before the ticket was opened.</param>
public sealed record AtQuery(DateTimeOffset? At) : IFromQuery<AtQuery>
{
    public static AtQuery Read(QueryReader query, HttpContext context)
    {
        if (query.Text("at") is not { } text)
            return new((DateTimeOffset?)null);
        // A plus sign that was not escaped has come as a space.
        if (
            DateTimeOffset.TryParse(text.Replace(' ', '+'), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at)
            && text.Contains('T', StringComparison.Ordinal)
            && at <= context.RequestServices.GetRequiredService<TimeProvider>().GetUtcNow()
        )
            return new(at.ToUniversalTime());
        query.Wrong("at", "must be an instant such as 2026-03-10T09:00:00Z that is not in the future.");
        return new((DateTimeOffset?)null);
    }
}

/// <summary>Shows a ticket. It is shown as it is now or as it was at an earlier instant.</summary>
public sealed class GetTicket(TicketStore tickets, ITicketPromises promises, ITicketForms forms, FileScans scans, TimeProvider time)
{
    [Function(nameof(GetTicket)), RequiresKey(KeyRole.Integration, KeyRole.Agent, KeyRole.Admin)]
    public async Task<Results<Ok<TicketView>, NotFound, StatusCodeHttpResult>> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/tickets/{id}")] AtQuery query,
        string id,
        Caller caller,
        IfNoneMatch known,
        HttpContext context,
        CancellationToken cancellationToken
    )
    {
        if (TicketAddress.Parse(caller.Workspace, id) is not { } address || await tickets.FindAsync(address, cancellationToken) is not { } ticket)
            return TypedResults.NotFound();
        if (query.At is { } instant)
        {
            var (then, events) = await tickets.AsOfAsync(ticket, instant, cancellationToken);
            var scanned = await scans.OfAsync(then.Workspace, then.Attachments, cancellationToken);
            return TypedResults.Ok(
                TicketView.Of(then, await promises.ShowAsOfAsync(then, events, instant, cancellationToken), caller.SeesNotes, scanned) with
                {
                    Form = await forms.ShowAsync(then, cancellationToken),
                }
            );
        }

        context.Response.Headers.ETag = IfMatch.ETag(ticket.Version);
        if (known.Has(ticket.Version))
            return TypedResults.StatusCode(StatusCodes.Status304NotModified);
        var now = await scans.OfAsync(ticket.Workspace, ticket.Attachments, cancellationToken);
        return TypedResults.Ok(
            TicketView.Of(ticket, await promises.ShowAsync(ticket, time.GetUtcNow(), cancellationToken), caller.SeesNotes, now) with
            {
                Form = await forms.ShowAsync(ticket, cancellationToken),
            }
        );
    }
}
