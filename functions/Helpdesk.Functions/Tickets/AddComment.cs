using System.ComponentModel.DataAnnotations;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Tickets;

/// <summary>Words for a ticket.</summary>
/// <param name="Body">The words.</param>
/// <param name="Visibility">Who may read it; <c>public</c> when it is left out.</param>
/// <param name="Author">Whose words they are. By default those of the holder of the key; a public comment of an integration is the requester's.</param>
/// <param name="From">E-mail address of the requester or the participant whose words they are; the requester's when it is left out.</param>
[Example("""{"body":"On my way."}""")]
public sealed record AddCommentRequest(
    [property: MaxLength(TicketFields.TextLength)] string Body,
    CommentVisibility? Visibility,
    CommentAuthor? Author,
    [property: MaxLength(254)] string? From
) : IFromRequest<AddCommentRequest>
{
    public static async ValueTask<AddCommentRequest> ReadAsync(HttpContext context)
    {
        var fields = await FieldReader.ReadAsync(context);
        var request = new AddCommentRequest(
            fields.Text("body", TicketFields.TextLength, required: true, lines: true)!,
            fields.OneOf<CommentVisibility>("visibility"),
            fields.OneOf<CommentAuthor>("author"),
            SettingFields.Email(fields, "from", required: false) is { Length: > 0 } from ? from : null
        );
        if (request is { From: not null, Author: CommentAuthor.Agent } or { From: not null, Visibility: CommentVisibility.Internal })
            fields.Wrong("from", "is for the words of a requester or participant, which are public.");
        if (request is { Author: CommentAuthor.Requester, Visibility: CommentVisibility.Internal })
            fields.Wrong("author", "cannot be the requester of an internal note.");
        fields.Done();
        return request;
    }
}

/// <summary>Whose words a comment is: the holder's of the key, or the requester's or a participant's, written down by them.</summary>
[System.Text.Json.Serialization.JsonConverter(typeof(WireNameConverter<CommentAuthor>))]
public enum CommentAuthor
{
    Agent,
    Requester,
}

/// <summary>Adds a comment or a note to a ticket. What is said to a merged ticket is said to the one it was merged into.</summary>
public sealed class AddComment(TimeProvider time)
{
    [Function(nameof(AddComment)), RequiresKey(KeyRole.Integration, KeyRole.Agent, KeyRole.Admin), Refuses("ticket-closed", "not-a-participant")]
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
            || request.From is not null
            || (request.Author is null && change.Caller.Role == KeyRole.Integration && visibility == CommentVisibility.Public);

        Actor? author = null;
        var seen = new HashSet<string>(StringComparer.Ordinal);
        while (true)
        {
            string? mergedInto = null;
            var done = await change.ApplyAsync(
                id,
                (ticket, _) =>
                {
                    mergedInto = seen.Contains(ticket.Id) ? null : ticket.MergedInto;
                    // Whoever took part in a merged ticket writes to the other one under their own name.
                    author = asRequester ? author ?? AuthorOf(ticket, request.From) : change.Caller.Actor;
                    if (mergedInto is not null)
                        return new(new TicketChange(ticket, []));
                    return author is null
                        ? throw new HelpdeskRuleException(
                            "not-a-participant",
                            $"{request.From} takes no part in ticket {ticket.Number}: add them to its participants first."
                        )
                        : new(TicketRules.Comment(ticket, request.Body, visibility, author, time.GetUtcNow()));
                },
                cancellationToken
            );
            if (mergedInto is not null)
            {
                seen.Add(done!.Ticket.Id);
                id = mergedInto;
                continue;
            }

            return done?.Comment is { } comment
                ? TypedResults.Created($"/api/tickets/{done.Ticket.Id}/comments", CommentView.Of(comment))
                : TypedResults.NotFound();
        }
    }

    private static Actor? AuthorOf(Ticket ticket, string? from)
    {
        var person = from is null ? new(ticket.Requester.Email, ticket.Requester.Name) : People.ByEmail(ticket, from);
        return person is null ? null : new(ActorKind.Requester, person.Email, person.Name);
    }
}
