using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Helpdesk.Bot.AzureBotService;
using Helpdesk.Bot.Conversations;
using Helpdesk.Tickets;
using Microsoft.Bot.Builder;
using Microsoft.Bot.Schema;
using Microsoft.Bot.Schema.Teams;

namespace Helpdesk.Bot.Teams;

/// <summary>The message extension: searches tickets, makes one of a message, and shows what a link leads to.</summary>
public sealed partial class TicketExtension(BotOptions options, IAgentDesk desk, IHelpdesk helpdesk, TeamsPeople people)
{
    private const int SearchLimit = 15;

    /// <summary>Tickets by words of the subject or by number: for an agent all of the workspace, for everybody else their own.</summary>
    public async Task<MessagingExtensionResponse> SearchAsync(ITurnContext turn, MessagingExtensionQuery query, CancellationToken cancellationToken)
    {
        var words = query.Parameters?.FirstOrDefault(one => one.Name is "q" or "query")?.Value as string ?? "";
        words = words.Length > 200 ? words[..200] : words;
        var person = await people.FindAsync(turn, cancellationToken);
        var found = await desk.FindAgentAsync(options.Workspace, person?.EntraId, person?.Email, cancellationToken) is null
            ? await OwnAsync(turn.Activity, person, words, cancellationToken)
            : await desk.SearchAsync(options.Workspace, words, SearchLimit, cancellationToken);
        return new(Result(found, Texts.For(turn.Activity.Locale)));
    }

    private async Task<IReadOnlyList<Ticket>> OwnAsync(IActivity activity, ChannelPerson? person, string words, CancellationToken cancellationToken)
    {
        var listed = (TicketsListed)await helpdesk.AskAsync(people.AsCaller(activity, person), new ListMine(), activity.Key(), cancellationToken);
        return [.. listed.Tickets.Where(ticket => IsAbout(ticket, words)).Take(SearchLimit)];
    }

    private static bool IsAbout(Ticket ticket, string words) =>
        ticket.Subject.Contains(words, StringComparison.OrdinalIgnoreCase) || ticket.Number.ToString(CultureInfo.InvariantCulture) == words.TrimStart('#');

    /// <summary>The form of a new ticket, filled in with the message it was called on.</summary>
    public static MessagingExtensionActionResponse Form(ITurnContext turn, MessagingExtensionAction action)
    {
        var texts = Texts.For(turn.Activity.Locale);
        var words = action.MessagePayload.PlainText();
        var subject = words.Length == 0 ? "" : RequesterDialog.SubjectOf(words, texts);
        var title = Input("subject", texts["extension.subject"], subject, 200);
        (title["isRequired"], title["errorMessage"]) = (true, texts["card.empty"]);
        var description = Input("description", texts["extension.description"], words, 20_000);
        description["isMultiline"] = true;
        var send = new JsonObject
        {
            ["type"] = "Action.Submit",
            ["title"] = texts["extension.send"],
            ["data"] = new JsonObject { ["create"] = true },
        };
        var card = AdaptiveCard.Attach(AdaptiveCard.Of(new JsonArray(title, description), new JsonArray(send)));
        var task = new TaskModuleTaskInfo
        {
            Title = texts["extension.create"],
            Height = "medium",
            Width = "medium",
            Card = card,
        };
        return new() { Task = new TaskModuleContinueResponse(task) };
    }

    private static JsonObject Input(string id, string label, string value, int maxLength) =>
        new()
        {
            ["type"] = "Input.Text",
            ["id"] = id,
            ["label"] = label,
            ["value"] = value,
            ["maxLength"] = maxLength,
        };

    /// <summary>Makes a ticket of what the form holds. One message of a channel makes one ticket, however often it is asked for; so does one form.</summary>
    public async Task<MessagingExtensionActionResponse> CreateAsync(ITurnContext turn, MessagingExtensionAction action, CancellationToken cancellationToken)
    {
        var texts = Texts.For(turn.Activity.Locale);
        var data = ActivityReading.Sent(action.Data);
        var subject = (data.Text("subject") ?? data.Text("title") ?? "").Trim();
        var words = (data.Text("description") ?? action.MessagePayload.PlainText()).Trim();
        if (subject.Length == 0 && words.Length == 0)
            return Form(turn, action);
        var person = await people.FindAsync(turn, cancellationToken);
        if (person?.Email is not { } email)
            return new() { ComposeExtension = Message(texts["extension.no-email"]) };
        var key = action.MessagePayload?.Id is { } message ? $"message {turn.Activity.Conversation?.Id} {message}" : $"form {turn.Activity.Key()}";
        var draft = new Draft(
            words.Length == 0 ? subject
            : words.Length > RequesterDialog.TextLimit ? words[..RequesterDialog.TextLimit]
            : words
        );
        var open = new OpenDraft(draft, RequesterDialog.SubjectOf(subject.Length == 0 ? words : subject, texts), email, person.Name);
        var opened = (DraftOpened)await helpdesk.AskAsync(people.AsCaller(turn.Activity, person), open, key, cancellationToken);
        return new() { ComposeExtension = Result([opened.Ticket], texts) };
    }

    /// <summary>Shows the ticket behind a link, to whoever may see it.</summary>
    public async Task<MessagingExtensionResponse> UnfurlAsync(ITurnContext turn, AppBasedLinkQuery query, CancellationToken cancellationToken)
    {
        var texts = Texts.For(turn.Activity.Locale);
        if (TicketLink().Match(query.Url ?? "") is not { Success: true } match)
            return new(Result([], texts));
        var number = long.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture);
        var person = await people.FindAsync(turn, cancellationToken);
        var key = turn.Activity.Key();
        var shown = await desk.FindAgentAsync(options.Workspace, person?.EntraId, person?.Email, cancellationToken) is { } agent
            ? (await desk.ActAsync(options.Workspace, agent, number, new LookAgain(), key, cancellationToken)).Card?.Ticket
            : ((TicketShown)await helpdesk.AskAsync(people.AsCaller(turn.Activity, person), new ShowTicket(number), key, cancellationToken)).Ticket;
        return new(Result(shown is null ? [] : [shown], texts));
    }

    private static MessagingExtensionResult Message(string text) => new() { Type = "message", Text = text };

    private MessagingExtensionResult Result(IReadOnlyList<Ticket> found, Texts texts) =>
        found.Count == 0
            ? Message(texts["extension.none"])
            : new()
            {
                Type = "result",
                AttachmentLayout = AttachmentLayoutTypes.List,
                Attachments = [.. found.Select(ticket => Shown(ticket, texts))],
            };

    private MessagingExtensionAttachment Shown(Ticket ticket, Texts texts)
    {
        // A preview is drawn by Teams itself, which reads its texts as plain ones.
        var preview = new ThumbnailCard { Title = $"#{ticket.Number} {ticket.Subject}", Text = texts["status." + WireName<TicketStatus>.Of(ticket.Status)] };
        return new(
            AdaptiveCard.ContentType,
            content: AdaptiveCard.Raw(AgentCard.Preview(ticket, texts, options.PageOf(ticket))),
            preview: preview.ToAttachment()
        );
    }

    [GeneratedRegex(@"/tickets/([1-9][0-9]{0,14})(?:[-/?#]|$)")]
    private static partial Regex TicketLink();
}
