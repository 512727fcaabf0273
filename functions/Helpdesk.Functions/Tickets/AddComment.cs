using System.ComponentModel.DataAnnotations;
using Helpdesk.Functions.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Tickets;

/// <summary>Words for a ticket.</summary>
/// <param name="Body">The words.</param>
/// <param name="Visibility">Who may read it; <c>public</c> when it is left out.</param>
/// <param name="Author">Whose words they are. By default those of the holder of the key; a public comment of an integration is the requester's.</param>
[Example("""{"body":"On my way."}""")]
public sealed record AddCommentRequest([property: MaxLength(TicketFields.TextLength)] string Body, CommentVisibility? Visibility, CommentAuthor? Author)
    : IFromRequest<AddCommentRequest>
{
    public static async ValueTask<AddCommentRequest> ReadAsync(HttpContext context)
    {
        var fields = await FieldReader.ReadAsync(context);
        var request = new AddCommentRequest(
            fields.Text("body", TicketFields.TextLength, required: true, lines: true)!,
            fields.OneOf<CommentVisibility>("visibility"),
            fields.OneOf<CommentAuthor>("author")
        );
        if (request is { Author: CommentAuthor.Requester, Visibility: CommentVisibility.Internal })
            fields.Wrong("author", "cannot be the requester of an internal note.");
        fields.Done();
        return request;
    }
}

/// <summary>Whose words a comment is: the holder's of the key, or the requester's, written down by them.</summary>
[System.Text.Json.Serialization.JsonConverter(typeof(WireNameConverter<CommentAuthor>))]
public enum CommentAuthor
{
    Agent,
    Requester,
}

/// <summary>Adds a comment or a note to a ticket. What is said to a merged ticket is said to the one it was merged into.</summary>
public sealed class AddComment(TimeProvider time)
{
    [Function(nameof(AddComment)), RequiresKey(KeyRole.Integration, KeyRole.Agent, KeyRole.Admin), Refuses("ticket-closed")]
    public async Task<Results<Created<CommentView>, NotFound>> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/tickets/{id}/comments")] AddCommentRequest request,
        string id,
        ChangeTicket change,
        CancellationToken cancellationToken
    )
    {
        if (request.Author == CommentAuthor.Agent && change.Caller.Role == KeyRole.Integration)
            throw new InvalidRequestException("author", "author cannot be an agent: this key belongs to none.");
        var visibility = request.Visibility ?? CommentVisibility.Public;
        if (visibility == CommentVisibility.Internal)
            change.Caller.MustSeeNotes();
        var asRequester =
            request.Author == CommentAuthor.Requester
            || (request.Author is null && change.Caller.Role == KeyRole.Integration && visibility == CommentVisibility.Public);

        for (var hops = 0; ; hops++)
        {
            string? mergedInto = null;
            var done = await change.ApplyAsync(
                id,
                (ticket, _) =>
                {
                    mergedInto = hops < 20 ? ticket.MergedInto : null;
                    var by = asRequester ? new Actor(ActorKind.Requester, ticket.Requester.Email, ticket.Requester.Name) : change.Caller.Actor;
                    return new(
                        mergedInto is null ? TicketRules.Comment(ticket, request.Body, visibility, by, time.GetUtcNow()) : new TicketChange(ticket, [])
                    );
                },
                cancellationToken
            );
            if (mergedInto is not null)
            {
                id = mergedInto;
                continue;
            }

            return done?.Comment is { } comment
                ? TypedResults.Created($"/api/tickets/{done.Ticket.Id}/comments", CommentView.Of(comment))
                : TypedResults.NotFound();
        }
    }
}
