using System.Globalization;
using Helpdesk.Approvals;
using Helpdesk.Bot.Conversations;
using Helpdesk.Functions.Directory;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Intake;
using Helpdesk.Functions.Pages;
using Helpdesk.Functions.Settings;
using Helpdesk.Functions.Tickets;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.DurableTask.Client;

namespace Helpdesk.Functions.Approvals;

/// <summary>
/// The page on which somebody decides who was asked by mail. It works without scripts. Nothing counts before it is sent: programs follow links.
/// </summary>
public sealed class DecideByLink(
    PageRenderer pages,
    ApprovalLinks links,
    TicketStore tickets,
    DirectoryStore directory,
    IntakeLimit limit,
    TaskHub hub,
    TimeProvider time
)
{
    private const string Route = "support/approvals/{workspace}/{id}";

    /// <summary>The page.</summary>
    [Function(nameof(DecideByLink)), Public]
    public async Task<Results<ContentHttpResult, NotFound>> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = Route)] HttpContext context,
        string workspace,
        string id,
        CancellationToken cancellationToken
    ) =>
        await FindAsync(workspace, id, cancellationToken) is var (asked, ticket)
            ? await PageAsync(context, asked, ticket, "", null, StatusCodes.Status200OK)
            : TypedResults.NotFound();

    /// <summary>Takes an answer. The same one again changes nothing.</summary>
    [Function(nameof(SendDecision)), Public]
    public async Task<Results<RedirectHttpResult, ContentHttpResult, NotFound>> SendDecision(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = Route)] HttpContext context,
        string workspace,
        string id,
        [DurableClient] DurableTaskClient durable,
        CancellationToken cancellationToken
    )
    {
        hub.Learn(durable);
        if (await FindAsync(workspace, id, cancellationToken) is not var (asked, ticket))
            return TypedResults.NotFound();
        var texts = PageLanguage.TextsFor(context);
        var comment = "";
        try
        {
            limit.Check(context);
            var body = await RequestBody.ReadAsync(context);
            var fields = FormPost.Read(body.Span, TextEncodings.CharsetOf(context.Request.ContentType));
            comment = (fields.GetValueOrDefault("comment") ?? "").ReplaceLineEndings("\n");
            if (!WireName<ApprovalDecision>.TryParse(fields.GetValueOrDefault("decision") ?? "", out var decision))
                return await PageAsync(context, asked, ticket, comment, texts["web.approval.missing"], StatusCodes.Status400BadRequest);
            if (comment.Length > 0 && FieldReader.TextProblem(comment, TicketApproval.CommentLength, lines: true) is not null)
                return await PageAsync(context, asked, ticket, comment, ProblemOf(comment, texts), StatusCodes.Status400BadRequest);
            await tickets.ChangeAsync(
                TicketAddress.Of(ticket),
                IfMatch.Any,
                null,
                async (current, cancelled) =>
                    ApprovalRules.Decide(
                        current,
                        asked.Approval,
                        asked.Approver,
                        decision,
                        comment,
                        await ActorAsync(workspace, ApproverOf(current, asked), cancelled),
                        time.GetUtcNow()
                    ) ?? new TicketChange(current, []),
                cancellationToken
            );
            return TypedResults.LocalRedirect(PathOf(context), permanent: false, preserveMethod: false);
        }
        catch (HelpdeskRuleException over) when (over.Code is "approval-over" or "approval-answered" or "approver-replaced")
        {
            // Said by the page.
            var now = await tickets.FindAsync(TicketAddress.Of(ticket), cancellationToken) ?? ticket;
            return await PageAsync(context, asked, now, comment, null, StatusCodes.Status409Conflict);
        }
        catch (InvalidRequestException invalid) when (FormErrors.SummaryOf(invalid, context, texts) is { } summary)
        {
            return await PageAsync(context, asked, ticket, comment, summary, invalid.Status);
        }
    }

    private async Task<(AskedApprover Asked, Ticket Ticket)?> FindAsync(string workspace, string id, CancellationToken cancellationToken) =>
        SettingsStore.IsId(workspace)
        && await links.ReadAsync(workspace, id, cancellationToken) is { } asked
        && await tickets.FindAsync(new(workspace, asked.Number), cancellationToken) is { } ticket
            ? (asked, ticket)
            : null;

    /// <summary>Who decides: an agent who has left does not.</summary>
    private async ValueTask<Actor> ActorAsync(string workspace, Approver? approver, CancellationToken cancellationToken) =>
        approver switch
        {
            { Agent: { } id } => await directory.FindAgentAsync(workspace, id, cancellationToken) is { Active: true } agent
                ? new(ActorKind.Agent, agent.Id, agent.Name)
                : throw new HelpdeskRuleException("approver-replaced", $"The agent {id} is not here any more."),
            { Email: { } email } => new(ActorKind.Requester, email, approver.Name),
            _ => Actor.System,
        };

    private Task<ContentHttpResult> PageAsync(HttpContext context, AskedApprover asked, Ticket ticket, string comment, string? problem, int status)
    {
        var texts = PageLanguage.TextsFor(context);
        var approval = ApprovalRules.Find(ticket, asked.Approval);
        var approver = ApproverOf(ticket, asked);
        var isOpen =
            approval is { State: ApprovalState.Pending }
            && approval.DueAt > time.GetUtcNow()
            && approver is { Decision: null }
            && ApprovalRules.CanAnswer(approver);
        var values = new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["number"] = ticket.Number.ToString(CultureInfo.InvariantCulture),
            ["subject"] = ticket.Subject,
            ["question"] = approval?.Question,
            ["by"] = approval?.By?.Name,
            ["requester"] = ticket.Requester.Name ?? ticket.Requester.Email,
            ["due"] = approval is null ? null : PageRenderer.Show(approval.DueAt),
            ["open"] = isOpen,
            // What they have answered, and else why there is nothing to answer.
            ["answer"] = approver?.Decision is { } decision ? texts[$"web.approval.answered.{WireName<ApprovalDecision>.Of(decision)}"] : null,
            ["said"] = approver?.Comment,
            ["over"] = isOpen ? null : texts[$"web.approval.over.{OverOf(approval, approver)}"],
            ["problem"] = problem,
            ["comment"] = comment,
            ["comment_limit"] = TicketApproval.CommentLength,
            ["action"] = PathOf(context),
        };
        return pages.AnswerAsync(context, new("approval", all => all["web.approval.title"], values) { Private = true }, status);
    }

    private string OverOf(TicketApproval? approval, Approver? approver) =>
        approval switch
        {
            null => WireName<ApprovalState>.Of(ApprovalState.Cancelled),
            { State: not ApprovalState.Pending } => WireName<ApprovalState>.Of(approval.State),
            _ when approver is null || (approver.Decision is null && !ApprovalRules.CanAnswer(approver)) => "replaced",
            _ => WireName<ApprovalState>.Of(approval.DueAt <= time.GetUtcNow() ? ApprovalState.Expired : ApprovalState.Pending),
        };

    private static Approver? ApproverOf(Ticket ticket, AskedApprover asked) =>
        ApprovalRules.Find(ticket, asked.Approval)?.Approvers.FirstOrDefault(one => one.Id == asked.Approver);

    private static string PathOf(HttpContext context) =>
        PageLanguage.QueryOf(context) is { Length: > 0 } query ? $"{context.Request.Path}?{query}" : context.Request.Path.ToString();

    private static string ProblemOf(string comment, Texts texts) =>
        comment.EnumerateRunes().Count() is var count and > TicketApproval.CommentLength
            ? texts.Format(
                "web.error.long",
                ("count", count.ToString(CultureInfo.InvariantCulture)),
                ("limit", TicketApproval.CommentLength.ToString(CultureInfo.InvariantCulture))
            )
            : texts["web.error.invalid"];
}
