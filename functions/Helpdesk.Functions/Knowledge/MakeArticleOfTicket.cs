using Helpdesk.Bot.Conversations;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Tickets;
using Helpdesk.Knowledge;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Knowledge;

/// <summary>
/// Makes the draft of an article of a ticket that was resolved: what was wrong and what helped, in public words without the people's names. Asked again,
/// it gives the same draft.
/// </summary>
public sealed class MakeArticleOfTicket(ArticleStore articles, ArticleViews views, TicketStore tickets, TimeProvider time)
{
    private const int Comments = 1_000;

    [Function(nameof(MakeArticleOfTicket)), RequiresKey(KeyRole.Agent, KeyRole.Admin), Refuses("ticket-not-resolved", "too-many-articles")]
    public async Task<Results<Created<ArticleView>, NotFound>> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/tickets/{id}/article")] NoBody body,
        string id,
        Caller caller,
        HttpContext context,
        CancellationToken cancellationToken
    )
    {
        if (TicketAddress.Parse(caller.Workspace, id) is not { } address || await tickets.FindAsync(address, cancellationToken) is not { } ticket)
            return TypedResults.NotFound();
        if (ticket.Status is not (TicketStatus.Resolved or TicketStatus.Closed))
            throw new HelpdeskRuleException("ticket-not-resolved", $"Ticket {ticket.Number} is not resolved: there is no solution to write an article of.");
        var article = Hashes.NameOf($"article of ticket {caller.Workspace} {ticket.Id}", 12);
        var request = $"ticket {ticket.Id}";
        var made = await articles.FindAsync(caller.Workspace, article, cancellationToken);
        if (made is null)
        {
            var texts = Texts.For(ticket.Language);
            var comments = await tickets.ReadCommentsAsync(address, null, Comments, cancellationToken, notes: false);
            var title = ArticleOfTicket.Title(ticket);
            var content = new ArticleContent
            {
                Title = PlainText.Head(title, ArticleFields.TitleLength).TrimEnd(),
                Slug = await views.FreeSlugAsync(caller.Workspace, article, title, cancellationToken),
                Language = texts.Language,
                Tags = [.. ticket.Tags.Take(ArticleFields.MostTags)],
                Visibility = ArticleVisibility.Public,
                Body = ArticleOfTicket.Body(
                    ticket,
                    comments.Select(row => row.Comment),
                    texts["web.articles.problem"],
                    texts["web.articles.solution"],
                    ArticleFields.BodyLength
                ),
            };
            made = await articles.AddAsync(
                ArticleRules.Create(article, caller.Workspace, null, content, ticket.Id, caller.Actor, time.GetUtcNow()),
                request,
                cancellationToken
            );
        }

        await articles.AddSolvedAsync(caller.Workspace, article, ticket.Id, caller.Actor, cancellationToken);
        return TypedResults.Created($"/api/articles/{article}", await views.OfAsync(made, context, cancellationToken));
    }
}
