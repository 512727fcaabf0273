using System.ComponentModel.DataAnnotations;
using Helpdesk.Functions.Directory;
using Helpdesk.Functions.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Tickets;

/// <summary>Which comment becomes a ticket of its own.</summary>
/// <param name="Comment">Id of the comment.</param>
/// <param name="Subject">What the new ticket is about; that of the ticket when it is left out.</param>
[Example("""{"comment":"42-4","subject":"The scanner, too"}""")]
public sealed record SplitTicketRequest(string Comment, [property: MaxLength(TicketFields.SubjectLength)] string? Subject) : IFromRequest<SplitTicketRequest>
{
    public static async ValueTask<SplitTicketRequest> ReadAsync(HttpContext context)
    {
        var fields = await FieldReader.ReadAsync(context);
        var request = new SplitTicketRequest(fields.Text("comment", 40, required: true)!, fields.Text("subject", TicketFields.SubjectLength));
        fields.Done();
        return request;
    }
}

/// <summary>Makes a comment a ticket of its own. Its author is the requester, its words are the description, and both tickets name each other.</summary>
public sealed class SplitTicket(TicketStore tickets, NumberStore numbers, DirectoryStore directory, TicketResponses answers)
{
    [
        Function(nameof(SplitTicket)),
        RequiresKey(KeyRole.Agent, KeyRole.Admin),
        Refuses("ticket-closed", "comment-is-note", "comment-without-author", "too-many-links")
    ]
    public async Task<Results<Created<TicketView>, NotFound>> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/tickets/{id}/split")] SplitTicketRequest request,
        string id,
        ChangeTicket change,
        HttpContext context,
        CancellationToken cancellationToken
    )
    {
        var done = await change.ApplyToPairAsync(
            id,
            async (source, cancelled) =>
            {
                if (await SplitAsync(source, request.Comment, cancelled) is not null)
                    return null;
                var comments = await tickets.ReadCommentsAsync(TicketAddress.Of(source), null, int.MaxValue, cancelled);
                var comment =
                    comments.Select(row => row.Comment).FirstOrDefault(one => one.Id == request.Comment)
                    ?? throw new InvalidRequestException("comment", "comment is not the id of a comment on this ticket.");
                if (PairRules.SplitRefusal(source, comment) is { } refusal)
                    throw refusal;
                var address = await numbers.AddressAsync(source.Workspace, cancelled);
                return new PairChange
                {
                    Id = Hashes.RandomName(16),
                    Kind = PairChangeKind.Split,
                    Other = address.Id!,
                    OtherNumber = address.Number,
                    By = change.Caller.Actor,
                    Comment = comment.Id,
                    Subject = string.IsNullOrEmpty(request.Subject) ? source.Subject : request.Subject,
                    Requester = await AuthorAsync(source, comment, cancelled),
                };
            },
            cancellationToken
        );
        if (
            done is null
            || await SplitAsync(done.Ticket, request.Comment, cancellationToken) is not { } split
            || await tickets.FindAsync(new(done.Ticket.Workspace, split.IntoNumber, split.Into), cancellationToken) is not { } made
        )
            return TypedResults.NotFound();
        // A repeated request gets the ticket as it was opened, whatever became of it since.
        var opened = await tickets.ReplayAsync(made, 1, cancellationToken);
        context.Response.Headers.ETag = IfMatch.ETag(opened.Version);
        return TypedResults.Created($"/api/tickets/{opened.Id}", await answers.OfAsync(opened, change.Caller.SeesNotes, cancellationToken));
    }

    private async Task<CommentSplit?> SplitAsync(Ticket source, string comment, CancellationToken cancellationToken) =>
        source.Links?.Any(link => link.Kind == LinkKind.SplitInto) == true
            ? (await tickets.ReadEventsAsync(TicketAddress.Of(source), 0, (int)source.Version, cancellationToken))
                .Select(happened => happened.Fact)
                .OfType<CommentSplit>()
                .LastOrDefault(split => split.Comment == comment)
            : null;

    private async Task<Requester> AuthorAsync(Ticket source, Comment comment, CancellationToken cancellationToken)
    {
        if (comment.By == ActorKind.Requester)
            return comment.Actor is { Id: { } email, Name: var name } ? new(email, name) : source.Requester;
        return comment is { By: ActorKind.Agent, Actor.Id: { } id } && await directory.FindAgentAsync(source.Workspace, id, cancellationToken) is { } agent
            ? new(agent.Email, agent.Name)
            : throw new HelpdeskRuleException(
                "comment-without-author",
                $"Comment {comment.Id} was written by nobody with an e-mail address, and a ticket needs a requester: open a new ticket instead."
            );
    }
}
