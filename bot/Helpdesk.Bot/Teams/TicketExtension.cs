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
public sealed partial class TicketExtension(BotOptions options, IAgentDesk desk, IHelpdesk helpdesk, TeamsPeople people, IChannelFiles files)
{
    /// <summary>The longest subject that a ticket can have.</summary>
    private const int SubjectLimit = 250;

    /// <summary>What a form takes; the rest of a longer message is added when the form is sent.</summary>
    private const int FormLimit = 20_000;

    private const int SearchLimit = 15;

    /// <summary>Tickets by words of the subject or by number: for an agent all of the workspace, for everybody else their own.</summary>
    public async Task<MessagingExtensionResponse> SearchAsync(ITurnContext turn, MessagingExtensionQuery query, CancellationToken cancellationToken)
    {
        var words = query.Parameters?.FirstOrDefault(one => one.Name is "q" or "query")?.Value as string ?? "";
        words = PlainText.Head(words, 200);
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
    public MessagingExtensionActionResponse Form(ITurnContext turn, MessagingExtensionAction action)
    {
        var texts = Texts.For(turn.Activity.Locale);
        var message = action.MessagePayload.Reading(texts["extension.picture"]);
        var words = PlainText.Of(message.Text);
        var subject = words.Length == 0 ? "" : RequesterDialog.SubjectOf(words, texts);
        var title = Input("subject", texts["extension.subject"], subject, SubjectLimit);
        (title["isRequired"], title["errorMessage"]) = (true, texts["card.empty"]);
        var description = Input("description", texts["extension.description"], PlainText.Parts(words, FormLimit)[0], FormLimit);
        description["isMultiline"] = true;
        var body = new JsonArray(title, description);
        if (words.Length > FormLimit)
            body.Add(AdaptiveCard.Words(texts["extension.longer"], subtle: true));
        var missed = Files(action.MessagePayload, message).Where(file => !files.Reaches(file, turn.Activity.ServiceUrl)).Select(file => file.Name).ToList();
        if (missed.Count > 0)
            body.Add(AdaptiveCard.Words(texts.Format("extension.missed", ("names", string.Join(", ", missed))), color: "warning"));
        var send = new JsonObject
        {
            ["type"] = "Action.Submit",
            ["title"] = texts["extension.send"],
            ["data"] = new JsonObject { ["create"] = true },
        };
        var task = new TaskModuleTaskInfo
        {
            Title = texts["extension.create"],
            Height = "medium",
            Width = "medium",
            Card = AdaptiveCard.Attach(AdaptiveCard.Of(body, new JsonArray(send))),
        };
        return new() { Task = new TaskModuleContinueResponse(task) };
    }

    /// <summary>The pictures within a message, and the files below it.</summary>
    private static IEnumerable<Attachment> Files(MessageActionsPayload? message, HtmlReading reading) =>
        reading
            .Pictures.Select(picture => new Attachment("image/*", picture.Address, name: picture.Name))
            .Concat(
                (message?.Attachments ?? [])
                    .Where(file => file.ContentUrl is not null)
                    .Select(file => new Attachment(file.ContentType, file.ContentUrl, name: file.Name ?? file.ContentUrl))
            );

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
        var message = action.MessagePayload.Reading(texts["extension.picture"]);
        var original = PlainText.Of(message.Text);
        var subject = PlainText.Of(data.Text("subject") ?? data.Text("title") ?? "").Trim();
        var words = data.Text("description") is { } typed ? PlainText.Of(typed).Trim() : original;
        if (subject.Length == 0 && words.Length == 0)
            return Form(turn, action);
        // What did not fit into the form comes along all the same.
        if (original.Length > FormLimit && data.Text("description") is not null)
            words += "\n" + original[PlainText.Parts(original, FormLimit)[0].Length..];
        var person = await people.FindAsync(turn, cancellationToken);
        if (person?.Email is not { } email)
            return new() { ComposeExtension = Message(texts["extension.no-email"]) };
        var key = action.MessagePayload?.Id is { } id ? $"message {turn.Activity.Conversation?.Id} {id}" : $"form {turn.Activity.Key()}";
        var (kept, missed) = await KeepAsync(turn.Activity, Files(action.MessagePayload, message), cancellationToken);
        if (missed.Count > 0)
            words += $"\n\n{texts.Format("extension.missed", ("names", string.Join(", ", missed)))}";
        // A subject that is too long for one stands in front of the description.
        if (subject.Length > SubjectLimit)
            words = $"{subject}\n\n{words}";
        var draft = new Draft(words.Length == 0 ? subject : words, kept);
        var named = subject.Length is 0 or > SubjectLimit
            ? RequesterDialog.SubjectOf(subject.Length == 0 ? words : subject, texts)
            : OneLine().Replace(subject, " ");
        var open = new OpenDraft(draft, named, email, person.Name);
        var opened = (DraftOpened)await helpdesk.AskAsync(people.AsCaller(turn.Activity, person), open, key, cancellationToken);
        return new() { ComposeExtension = Result([opened.Ticket], texts) };
    }

    private async Task<(IReadOnlyList<TicketAttachment> Kept, IReadOnlyList<string> Missed)> KeepAsync(
        IActivity activity,
        IEnumerable<Attachment> found,
        CancellationToken cancellationToken
    )
    {
        var (kept, missed) = (new List<TicketAttachment>(), new List<string>());
        var place = activity.AddressIn(options.Workspace).Place;
        foreach (var attachment in found)
        {
            var file =
                kept.Count < files.FilesLimit && files.Reaches(attachment, activity.ServiceUrl)
                    ? (await files.KeepAsync(options.Workspace, place, attachment, activity.ServiceUrl, kept.Sum(one => one.Size), cancellationToken)).File
                    : null;
            if (file is not null)
                kept.Add(file);
            else
                missed.Add(attachment.ContentType == "image/*" ? attachment.Name : $"{attachment.Name} ({attachment.ContentUrl})");
        }

        return (kept, missed);
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

    [GeneratedRegex(@"\s*[\r\n\t]+\s*")]
    private static partial Regex OneLine();

    [GeneratedRegex(@"/tickets/([1-9][0-9]{0,14})(?:[-/?#]|$)")]
    private static partial Regex TicketLink();
}
