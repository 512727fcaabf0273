using System.Globalization;
using Helpdesk.Bot.Conversations;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Intake;
using Helpdesk.Functions.Pages;
using Helpdesk.Functions.Settings;
using Helpdesk.Functions.Tickets;
using Helpdesk.Satisfaction;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.DurableTask.Client;

namespace Helpdesk.Functions.Satisfaction;

/// <summary>The page on which a requester says how it was. It works without scripts. Nothing counts before it is sent: programs follow links.</summary>
public sealed class RateTicket(PageRenderer pages, SatisfactionLinks links, TicketStore tickets, IntakeLimit limit, TaskHub hub, TimeProvider time)
{
    /// <summary>The longest comment, in characters.</summary>
    public const int CommentLength = 2000;

    private const string Route = "support/ratings/{workspace}/{id}";

    /// <summary>The page. A link with <c>rating</c> has that one chosen.</summary>
    [Function(nameof(RateTicket)), Public]
    public async Task<Results<ContentHttpResult, NotFound>> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = Route)] HttpContext context,
        string workspace,
        string id,
        CancellationToken cancellationToken
    )
    {
        if (await FindAsync(workspace, id, cancellationToken) is not var (question, ticket))
            return TypedResults.NotFound();
        var rated = ticket.Satisfaction;
        var chosen = context.Request.Query["rating"].ToString() is { Length: > 0 } named ? named : Text(rated?.Rating);
        return await PageAsync(context, question, ticket, chosen, rated?.Comment ?? "", null, StatusCodes.Status200OK);
    }

    /// <summary>Takes an answer, or another one in its place.</summary>
    [Function(nameof(SendRating)), Public]
    public async Task<Results<RedirectHttpResult, ContentHttpResult, NotFound>> SendRating(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = Route)] HttpContext context,
        string workspace,
        string id,
        [DurableClient] DurableTaskClient durable,
        CancellationToken cancellationToken
    )
    {
        hub.Learn(durable);
        if (await FindAsync(workspace, id, cancellationToken) is not var (question, ticket))
            return TypedResults.NotFound();
        var texts = PageLanguage.TextsFor(context);
        var (chosen, comment) = ("", "");
        try
        {
            limit.Check(context);
            var body = await RequestBody.ReadAsync(context);
            var fields = FormPost.Read(body.Span, TextEncodings.CharsetOf(context.Request.ContentType));
            (chosen, comment) = (fields.GetValueOrDefault("rating") ?? "", (fields.GetValueOrDefault("comment") ?? "").ReplaceLineEndings("\n"));
            if (!RatingsOf(ticket, texts).Any(one => one.Value == chosen))
                return await PageAsync(context, question, ticket, "", comment, texts["web.rate.missing"], StatusCodes.Status400BadRequest);
            if (comment.Length > 0 && FieldReader.TextProblem(comment, CommentLength, lines: true) is not null)
                return await PageAsync(context, question, ticket, chosen, comment, ProblemOf(comment, texts), StatusCodes.Status400BadRequest);
            var by = new Actor(ActorKind.Requester, ticket.Requester.Email, ticket.Requester.Name);
            await tickets.ChangeAsync(
                TicketAddress.Of(ticket),
                IfMatch.Any,
                null,
                (current, _) =>
                    new(SatisfactionRules.Rate(current, question.Asked, int.Parse(chosen, CultureInfo.InvariantCulture), comment, by, time.GetUtcNow())),
                cancellationToken
            );
            var query = string.Join('&', new[] { "sent=1", PageLanguage.QueryOf(context) }.Where(part => part.Length > 0));
            return TypedResults.LocalRedirect($"{context.Request.Path}?{query}", permanent: false, preserveMethod: false);
        }
        catch (HelpdeskRuleException over) when (over.Code is "rating-over" or "rating-replaced")
        {
            // Said by the page.
            return await PageAsync(context, question, ticket, chosen, comment, null, StatusCodes.Status409Conflict);
        }
        catch (InvalidRequestException invalid) when (FormErrors.SummaryOf(invalid, context, texts) is { } summary)
        {
            return await PageAsync(context, question, ticket, chosen, comment, summary, invalid.Status);
        }
    }

    private async Task<(SatisfactionQuestion Question, Ticket Ticket)?> FindAsync(string workspace, string id, CancellationToken cancellationToken) =>
        SettingsStore.IsId(workspace)
        && await links.ReadAsync(workspace, id, cancellationToken) is { } question
        && await tickets.FindAsync(new(workspace, question.Number), cancellationToken) is { } ticket
            ? (question, ticket)
            : null;

    private Task<ContentHttpResult> PageAsync(
        HttpContext context,
        SatisfactionQuestion question,
        Ticket ticket,
        string chosen,
        string comment,
        string? problem,
        int status
    )
    {
        var texts = PageLanguage.TextsFor(context);
        var asked = ticket.Satisfaction is { } one && one.Asked == question.Asked ? one : null;
        var isOpen = asked is not null && time.GetUtcNow() <= SatisfactionRules.OpenUntil(asked) && status != StatusCodes.Status409Conflict;
        var values = new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["number"] = ticket.Number.ToString(CultureInfo.InvariantCulture),
            ["subject"] = ticket.Subject,
            ["open"] = isOpen,
            ["sent"] = context.Request.Query.ContainsKey("sent") && asked?.Rating is not null,
            ["until"] = asked?.RatedAt is null ? null : PageRenderer.Show(SatisfactionRules.OpenUntil(asked)),
            ["problem"] = problem,
            ["ratings"] = RatingsOf(ticket, texts)
                .Select(rating => new Dictionary<string, object?>(StringComparer.Ordinal)
                {
                    ["value"] = rating.Value,
                    ["name"] = rating.Name,
                    ["chosen"] = rating.Value == chosen,
                })
                .ToList(),
            ["comment"] = comment,
            ["comment_limit"] = CommentLength,
            ["workspace"] = question.Workspace,
            ["action"] = PageLanguage.QueryOf(context) is { Length: > 0 } query ? $"{context.Request.Path}?{query}" : context.Request.Path.ToString(),
        };
        return pages.AnswerAsync(context, new("rating", all => all["web.rate.title"], values) { Private = true }, status);
    }

    private static string ProblemOf(string comment, Texts texts) =>
        comment.EnumerateRunes().Count() is var count and > CommentLength
            ? texts.Format("web.error.long", ("count", Text(count)), ("limit", Text(CommentLength)))
            : texts["web.error.invalid"];

    private static IReadOnlyList<(string Value, string Name)> RatingsOf(Ticket ticket, Texts texts) =>
        SatisfactionWords.Of(ticket.Satisfaction?.Scale ?? SatisfactionScale.Stars, texts);

    private static string Text(int? number) => number?.ToString(CultureInfo.InvariantCulture) ?? "";
}
