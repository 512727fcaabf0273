using System.Text.Json;
using System.Text.Json.Nodes;
using Helpdesk.Approvals;
using Helpdesk.Bot.Conversations;

namespace Helpdesk.Bot.Teams;

/// <summary>Something that an agent is asked to approve, as a card with two buttons.</summary>
public static class ApprovalCard
{
    /// <summary>The name under which its buttons send which approval is meant.</summary>
    public const string Approval = "approval";

    private const string Look = "approval-look";

    /// <summary>The card. What is answered, or needs no answer any more, has no buttons but the one that looks again.</summary>
    /// <param name="id">Id of the approval.</param>
    /// <param name="agent">Id of the agent who reads it.</param>
    /// <param name="problem">Why the last action was not possible.</param>
    /// <param name="notice">What its reader is told of it.</param>
    public static JsonObject Of(TicketOnCard shown, string id, string agent, Texts texts, string? problem = null, string? notice = null)
    {
        ArgumentNullException.ThrowIfNull(shown);
        ArgumentNullException.ThrowIfNull(texts);
        var ticket = shown.Ticket;
        var approval = ApprovalRules.Find(ticket, id);
        var body = new JsonArray(
            AdaptiveCard.Words(notice ?? texts["web.approval.title"], color: "accent"),
            AdaptiveCard.Link($"#{ticket.Number} {ticket.Subject}", shown.Url, weight: "bolder", size: "medium")
        );
        if (problem is not null)
            body.Add(AdaptiveCard.Words(problem, color: "attention"));
        if (approval is not null)
        {
            body.Add(AdaptiveCard.Words(TeamsReplies.Cut(approval.Question, 1500)));
            if (approval.By?.Name is { } by)
                body.Add(AdaptiveCard.Fact(texts["card.approval.by"], by));
        }

        body.Add(AdaptiveCard.Fact(texts["card.requester"], ticket.Requester.Name ?? ticket.Requester.Email));
        var refresh = Button(Look, texts["card.refresh"], null);
        JsonArray actions = [refresh.DeepClone()];
        if (approval is not null && ApprovalRules.AwaitedOf(approval, agent) is not null)
        {
            body.Add(AdaptiveCard.Instant(texts["card.approval.until"], approval.DueAt, "good"));
            body.Add(AgentCard.Input("comment", texts["card.approval.hint"]));
            actions =
            [
                Button(WireName<ApprovalDecision>.Of(ApprovalDecision.Approve), texts["web.approval.approve"], "positive"),
                Button(WireName<ApprovalDecision>.Of(ApprovalDecision.Decline), texts["web.approval.decline"], "destructive"),
            ];
        }
        else
        {
            var mine = approval?.Approvers.FirstOrDefault(one => one.Agent == agent);
            if (mine?.Decision is { } decision)
                body.Add(AdaptiveCard.Words(texts[$"web.approval.answered.{WireName<ApprovalDecision>.Of(decision)}"], weight: "bolder"));
            var state =
                approval is { State: ApprovalState.Pending } && mine is null
                    ? "replaced"
                    : WireName<ApprovalState>.Of(approval?.State ?? ApprovalState.Cancelled);
            body.Add(AdaptiveCard.Words(texts[$"web.approval.over.{state}"], subtle: true));
        }

        var card = AdaptiveCard.Of(body, actions);
        card["refresh"] = new JsonObject { ["action"] = refresh };
        return card;

        JsonObject Button(string verb, string title, string? style)
        {
            var button = AgentCard.Execute(verb, title, ticket.Number, style);
            (button["data"]![Approval], button["fallback"]!["data"]![Approval]) = (id, id);
            return button;
        }
    }

    /// <summary>Reads what a button of the card asks for, and a problem when something is wrong with it.</summary>
    /// <param name="id">Id of the approval.</param>
    public static (AgentAction? Action, string? Problem) Read(string id, string? verb, JsonElement? data, Texts texts)
    {
        ArgumentNullException.ThrowIfNull(texts);
        if (!WireName<ApprovalDecision>.TryParse(verb ?? "", out var decision))
            return (new LookAgain(), null);
        var comment = data.Text("comment") is { } words ? PlainText.Of(words).Trim() : null;
        return comment?.Length > TicketApproval.CommentLength
            ? (null, texts.Format("card.too-long", ("count", TicketApproval.CommentLength.ToString(System.Globalization.CultureInfo.InvariantCulture))))
            : (new DecideApproval(id, decision, comment), null);
    }
}
