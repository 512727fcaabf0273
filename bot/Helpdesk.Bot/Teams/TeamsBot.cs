using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Helpdesk.Bot.Conversations;
using Helpdesk.Bot.Protocol;
using Helpdesk.Settings;
using Helpdesk.Tickets;
using Microsoft.Extensions.Logging;

namespace Helpdesk.Bot.Teams;

/// <summary>The bot in Teams: the conversation with whoever needs help, and the cards that agents work tickets from.</summary>
public sealed partial class TeamsBot(
    string workspace, ChatTurns turns, IAgentDesk desk, IHelpdesk helpdesk, ITeamsStore store, ConnectorClient connector, ILogger<TeamsBot> logger) : ActivityHandler
{
    private const int SearchLimit = 15;

    protected override async Task OnMessageActivityAsync(TurnContext turn, CancellationToken cancel)
    {
        var activity = turn.Activity;
        var address = await ReachAsync(activity, cancel);
        if (activity.Value is { ValueKind: JsonValueKind.Object } value && TicketOf(value) is not null)
        {
            await OnCardSubmitAsync(activity, value, cancel);
            return;
        }

        // Among several people it speaks when it is spoken to; a pressed button is that as well.
        if (address.Person.Length > 0 && !Mentions.IsMentioned(activity) && ChatChoice.Read(activity.Value) is null)
            return;
        var person = await PersonAsync(activity, cancel);
        var text = Mentions.RemoveRecipientMention(activity);
        if (await OnAgentCommandAsync(address, activity, text, person, cancel))
        {
            await store.DeliverAsync(address.Place, cancel);
            return;
        }

        var (files, refused) = await FilesAsync(address, activity, cancel);
        var said = new PersonSaid(refused.Length == 0 ? text : $"{text}\n{refused}".Trim(), files, ChatChoice.Read(activity.Value));
        await turns.RunAsync(address, IntakeChannel.Teams, PersonOf(person), said, KeyOf(activity), activity.Locale, null, Replying(activity), cancel);
        await store.DeliverAsync(address.Place, cancel);
    }

    protected override async Task OnMembersAddedAsync(TurnContext turn, CancellationToken cancel)
    {
        var address = await ReachAsync(turn.Activity, cancel);
        // Only where there is one person: nobody in a channel asked to be greeted.
        if (address.Person.Length > 0)
            return;
        await turns.RunAsync(address, IntakeChannel.Teams, new(null, null), new PersonJoined(), KeyOf(turn.Activity), turn.Activity.Locale, null, TeamsReplies.Write, cancel);
        await store.DeliverAsync(address.Place, cancel);
    }

    protected override Task OnConversationUpdateActivityAsync(TurnContext turn, CancellationToken cancel) => ReachAsync(turn.Activity, cancel);

    protected override Task OnInstallationUpdateAddAsync(TurnContext turn, CancellationToken cancel) => OnMembersAddedAsync(turn, cancel);

    protected override Task OnInstallationUpdateRemoveAsync(TurnContext turn, CancellationToken cancel) =>
        store.DropReferenceAsync(ConversationAddress.Of(workspace, turn.Activity).Place, cancel);

    protected override async Task<InvokeResponse> OnInvokeActivityAsync(TurnContext turn, CancellationToken cancel)
    {
        var activity = turn.Activity;
        if (activity.Name is not ("adaptiveCard/action" or "composeExtension/query" or "composeExtension/fetchTask" or "composeExtension/submitAction" or "composeExtension/queryLink" or "message/submitAction"))
            return InvokeResponse.NotImplemented;
        if (activity.Value is not { ValueKind: JsonValueKind.Object } value)
            return new(400);
        await ReachAsync(activity, cancel);
        return activity.Name switch
        {
            "adaptiveCard/action" => await OnCardActionAsync(activity, value, cancel),
            "composeExtension/query" => await OnSearchAsync(activity, value, cancel),
            "composeExtension/fetchTask" => OnCreateForm(activity, value),
            "composeExtension/submitAction" => await OnCreateAsync(activity, value, cancel),
            "composeExtension/queryLink" => await OnLinkAsync(activity, value, cancel),
            // Feedback on an answer; there is nothing to answer to it.
            _ => new(200, new JsonObject()),
        };
    }

    private async Task<InvokeResponse> OnCardActionAsync(Activity activity, JsonElement value, CancellationToken cancel)
    {
        var texts = Texts.For(activity.Locale);
        var action = value.TryGetProperty("action", out var pressed) && pressed.ValueKind == JsonValueKind.Object ? pressed : default;
        var data = action.ValueKind == JsonValueKind.Object && action.TryGetProperty("data", out var sent) ? sent : default;
        if (TicketOf(data) is not { } number)
            return Failed(400, "BadRequest", texts["not.understood"]);
        var (card, problem) = await ActAsync(activity, Text(action, "verb"), data, number, texts, cancel);
        return card is null ? Failed(403, "Forbidden", problem!) : new(200, new JsonObject { ["statusCode"] = 200, ["type"] = Attachment.AdaptiveCard, ["value"] = card });
    }

    /// <summary>The same buttons in clients that send a message instead: the card is put in the place of the one that was pressed.</summary>
    private async Task OnCardSubmitAsync(Activity activity, JsonElement data, CancellationToken cancel)
    {
        var texts = Texts.For(activity.Locale);
        var (card, problem) = await ActAsync(activity, Text(data, "verb"), data, TicketOf(data)!.Value, texts, cancel);
        var reference = activity.GetConversationReference();
        if (card is not null && activity.ReplyToId is { } pressed)
            await connector.UpdateActivityAsync(reference, pressed, Card.Message(card, ""), cancel);
        else
            await connector.SendToConversationAsync(reference, card is null ? Activity.Message(problem!) : Card.Message(card, ""), cancel);
    }

    private async Task<(JsonObject? Card, string? Problem)> ActAsync(Activity activity, string? verb, JsonElement data, long number, Texts texts, CancellationToken cancel)
    {
        var person = await PersonAsync(activity, cancel);
        if (await desk.FindAgentAsync(workspace, person?.AadObjectId, EmailOf(person), cancel) is not { } agent)
        {
            Log.NoAgent(logger, number);
            return (null, texts["agent.only"]);
        }

        var (action, problem) = AgentCard.Read(verb, data, texts);
        var answer = await desk.ActAsync(workspace, agent, number, action ?? new LookAgain(), KeyOf(activity), cancel);
        return answer.Card is null ? (null, texts["ticket.none"]) : (AgentCard.Of(answer.Card, texts, answer.Problem ?? problem), null);
    }

    private async Task<bool> OnAgentCommandAsync(ConversationAddress address, Activity activity, string text, ChannelAccount? person, CancellationToken cancel)
    {
        var texts = Texts.For(activity.Locale);
        if (LinkCommand().Match(text) is { Success: true } link)
        {
            var (unlink, group) = (link.Groups[1].Success, link.Groups[2].Value.ToLowerInvariant());
            await turns.AnswerAsync(address, KeyOf(activity), activity.Locale, async () => [Replying(activity)(new(await LinkAsync(activity, person, group, unlink, texts, cancel), []), texts)], cancel);
            return true;
        }

        // Agents ask for any ticket by its number; for everybody else it is one of their own. An agent may be somebody's requester as well, and answer with a number.
        if (text.Length < 20 && NumberAlone().Match(text) is { Success: true } match && await desk.FindAgentAsync(workspace, person?.AadObjectId, EmailOf(person), cancel) is { } agent
            && (match.Groups["sign"].Success || !await turns.AnswersAgentAsync(address, cancel)))
        {
            var number = long.Parse(match.Groups["number"].ValueSpan, CultureInfo.InvariantCulture);
            var answer = await desk.ActAsync(workspace, agent, number, new LookAgain(), KeyOf(activity), cancel);
            await turns.AnswerAsync(address, KeyOf(activity), activity.Locale,
                () => Task.FromResult<IReadOnlyList<Activity>>([answer.Card is null ? Replying(activity)(new(texts["ticket.none"], []), texts) : Card.Message(AgentCard.Of(answer.Card, texts), $"#{number}")]), cancel);
            return true;
        }

        return false;
    }

    private async Task<string> LinkAsync(Activity activity, ChannelAccount? person, string group, bool unlink, Texts texts, CancellationToken cancel)
    {
        if (await desk.FindAgentAsync(workspace, person?.AadObjectId, EmailOf(person), cancel) is null)
            return texts["agent.only"];
        var root = RootOf(activity);
        var place = ConversationAddress.PlaceOf(workspace, activity.ChannelId ?? "", root.Conversation!.Id!);
        if (unlink)
            return texts.Format(await desk.UnlinkGroupAsync(workspace, group, place, cancel) ? "agent.unlinked" : "agent.not-linked", ("group", group));
        await store.SaveReferenceAsync(place, root, cancel);
        return texts.Format(await desk.LinkGroupAsync(workspace, group, place, activity.Locale, cancel) is null ? "agent.no-group" : "agent.linked", ("group", group));
    }

    private async Task<InvokeResponse> OnSearchAsync(Activity activity, JsonElement value, CancellationToken cancel)
    {
        var texts = Texts.For(activity.Locale);
        var words = value.TryGetProperty("parameters", out var parameters) && parameters.ValueKind == JsonValueKind.Array
            ? parameters.EnumerateArray().Where(one => Text(one, "name") is "q" or "query" or "initialRun").Select(one => Text(one, "name") == "initialRun" ? "" : Text(one, "value") ?? "").FirstOrDefault() ?? "" : "";
        var person = await PersonAsync(activity, cancel);
        var agent = await desk.FindAgentAsync(workspace, person?.AadObjectId, EmailOf(person), cancel);
        IReadOnlyList<Ticket> found;
        if (agent is not null)
            found = await desk.SearchAsync(workspace, words.Length > 200 ? words[..200] : words, SearchLimit, cancel);
        else
            found = [.. (await helpdesk.AskAsync(CallerOf(activity, person), new ListMine(), KeyOf(activity), cancel) as TicketsListed)?.Tickets
                .Where(ticket => words.Length == 0 || ticket.Subject.Contains(words, StringComparison.OrdinalIgnoreCase) || ticket.Number.ToString(CultureInfo.InvariantCulture) == words.TrimStart('#')).Take(SearchLimit) ?? []];
        return Extension(found, texts);
    }

    private static InvokeResponse OnCreateForm(Activity activity, JsonElement value)
    {
        var texts = Texts.For(activity.Locale);
        var words = PayloadText(value);
        var subject = words.Length == 0 ? "" : RequesterDialog.SubjectOf(words, texts);
        var body = new JsonArray(
            new JsonObject { ["type"] = "Input.Text", ["id"] = "subject", ["label"] = texts["extension.subject"], ["value"] = subject, ["maxLength"] = 200, ["isRequired"] = true, ["errorMessage"] = texts["card.empty"] },
            new JsonObject { ["type"] = "Input.Text", ["id"] = "description", ["label"] = texts["extension.description"], ["value"] = words, ["isMultiline"] = true, ["maxLength"] = 20_000 });
        var card = Card.Of(body, new JsonArray(new JsonObject { ["type"] = "Action.Submit", ["title"] = texts["extension.send"], ["data"] = new JsonObject { ["create"] = true } }));
        return new(200, new JsonObject
        {
            ["task"] = new JsonObject
            {
                ["type"] = "continue",
                ["value"] = new JsonObject { ["title"] = texts["extension.create"], ["height"] = "medium", ["width"] = "medium", ["card"] = new JsonObject { ["contentType"] = Attachment.AdaptiveCard, ["content"] = card } },
            },
        });
    }

    private async Task<InvokeResponse> OnCreateAsync(Activity activity, JsonElement value, CancellationToken cancel)
    {
        var texts = Texts.For(activity.Locale);
        var data = value.TryGetProperty("data", out var sent) && sent.ValueKind == JsonValueKind.Object ? sent : default;
        var subject = (Text(data, "subject") ?? Text(data, "title") ?? "").Trim();
        var words = (Text(data, "description") ?? PayloadText(value)).Trim();
        if (subject.Length == 0 && words.Length == 0)
            return OnCreateForm(activity, value);
        var person = await PersonAsync(activity, cancel);
        if (EmailOf(person) is not { } email)
            return Extension(texts["extension.no-email"]);
        // One message of the channel makes one ticket, however often it is asked for; so does one form.
        var key = PayloadId(value) is { } message ? $"message {activity.Conversation?.Id} {message}" : $"form {KeyOf(activity)}";
        var draft = new Draft(words.Length == 0 ? subject : words.Length > RequesterDialog.TextLimit ? words[..RequesterDialog.TextLimit] : words);
        var opened = (DraftOpened)await helpdesk.AskAsync(
            CallerOf(activity, person), new OpenDraft(draft, RequesterDialog.SubjectOf(subject.Length == 0 ? words : subject, texts), email, person?.Name), key, cancel);
        return Extension([opened.Ticket], texts);
    }

    private async Task<InvokeResponse> OnLinkAsync(Activity activity, JsonElement value, CancellationToken cancel)
    {
        var texts = Texts.For(activity.Locale);
        if (TicketLink().Match(Text(value, "url") ?? "") is not { Success: true } match)
            return Extension([], texts);
        var number = long.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture);
        var person = await PersonAsync(activity, cancel);
        var shown = await desk.FindAgentAsync(workspace, person?.AadObjectId, EmailOf(person), cancel) is { } agent
            ? (await desk.ActAsync(workspace, agent, number, new LookAgain(), KeyOf(activity), cancel)).Card?.Ticket
            : (await helpdesk.AskAsync(CallerOf(activity, person), new ShowTicket(number), KeyOf(activity), cancel) as TicketShown)?.Ticket;
        return Extension(shown is null ? [] : [shown], texts);
    }

    private static InvokeResponse Extension(string message) =>
        new(200, new JsonObject { ["composeExtension"] = new JsonObject { ["type"] = "message", ["text"] = message } });

    private static InvokeResponse Extension(IReadOnlyList<Ticket> found, Texts texts)
    {
        if (found.Count == 0)
            return Extension(texts["extension.none"]);
        var attachments = new JsonArray();
        foreach (var ticket in found)
        {
            attachments.Put(new JsonObject
            {
                ["contentType"] = Attachment.AdaptiveCard,
                ["content"] = AgentCard.Preview(ticket, texts),
                // A preview is drawn by Teams itself, which reads its texts as plain ones.
                ["preview"] = new JsonObject { ["contentType"] = "application/vnd.microsoft.card.thumbnail", ["content"] = new JsonObject { ["title"] = $"#{ticket.Number} {ticket.Subject}", ["text"] = texts["status." + WireName<TicketStatus>.Of(ticket.Status)] } },
            });
        }

        return new(200, new JsonObject
        {
            ["composeExtension"] = new JsonObject { ["type"] = "result", ["attachmentLayout"] = "list", ["attachments"] = attachments },
        });
    }

    private static InvokeResponse Failed(int status, string code, string message) => new(200, new JsonObject
    {
        ["statusCode"] = status,
        ["type"] = "application/vnd.microsoft.error",
        ["value"] = new JsonObject { ["code"] = code, ["message"] = message },
    });

    /// <summary>Notes where the conversation is reached, and gives its address.</summary>
    private async Task<ConversationAddress> ReachAsync(Activity activity, CancellationToken cancel)
    {
        var address = ConversationAddress.Of(workspace, activity);
        await store.SaveReferenceAsync(address.Place, activity.GetConversationReference(), cancel);
        return address;
    }

    /// <summary>Who speaks, as the channel's roster has them: the activity itself carries no address.</summary>
    private async Task<ChannelAccount?> PersonAsync(Activity activity, CancellationToken cancel)
    {
        if (activity.From?.Id is not { Length: > 0 } id)
            return null;
        // Only Teams vouches for who somebody is: in other channels whoever writes may have chosen the name and the rest.
        if (activity.ChannelId != Channels.Teams)
            return new() { Id = id, Name = activity.From.Name };
        var known = activity.From.AadObjectId ?? id;
        if (await store.FindPersonAsync(workspace, known, cancel) is { } person)
            return person;
        try
        {
            person = await connector.GetMemberAsync(activity.GetConversationReference(), id, cancel);
        }
        catch (ConnectorException refused) when ((int)refused.Status is (>= 400 and < 500) or 501)
        {
            // Somebody whom the roster does not show is nobody we know.
            Log.NoRoster(logger, (int)refused.Status);
            return null;
        }

        if (person is null)
            return null;
        person.AadObjectId ??= activity.From.AadObjectId;
        await store.SavePersonAsync(workspace, known, person, cancel);
        return person;
    }

    private async Task<(IReadOnlyList<TicketAttachment> Files, string Refused)> FilesAsync(ConversationAddress address, Activity activity, CancellationToken cancel)
    {
        var files = new List<TicketAttachment>();
        var refused = new List<string>();
        var texts = Texts.For(activity.Locale);
        // The formatted form of the text comes along as an attachment of its own.
        foreach (var attachment in (activity.Attachments ?? []).Where(one => one.ContentType is { } type && type != "text/html" && !type.StartsWith("application/vnd.microsoft.card", StringComparison.Ordinal)).Take(10))
        {
            var (file, why) = await store.KeepFileAsync(workspace, address.Place, attachment, activity.ServiceUrl ?? "", cancel);
            if (file is not null)
                files.Add(file);
            else
                refused.Add(texts.Format("file.refused", ("name", attachment.Name ?? "?"), ("reason", why ?? "?")));
        }

        return (files, string.Join('\n', refused));
    }

    private ChatCaller CallerOf(Activity activity, ChannelAccount? person) =>
        new(workspace, ConversationAddress.Of(workspace, activity).ToString(), IntakeChannel.Teams, PersonOf(person), []);

    private static ChatPerson PersonOf(ChannelAccount? person) => new(EmailOf(person), person?.Name);

    private static string? EmailOf(ChannelAccount? person) =>
        new[] { person?.Email, person?.UserPrincipalName }.FirstOrDefault(address => address is not null && RequesterDialog.IsEmail(address));

    /// <summary>Answers go below what they answer, where the channel has threads.</summary>
    private static WriteReply Replying(Activity activity) => (reply, texts) =>
    {
        var written = TeamsReplies.Write(reply, texts);
        written.ReplyToId = activity.Id;
        return written;
    };

    /// <summary>The channel itself, above the thread that somebody wrote in.</summary>
    private static ConversationReference RootOf(Activity activity)
    {
        var reference = activity.GetConversationReference();
        var id = activity.Conversation?.Id ?? "";
        reference.Conversation = new()
        {
            Id = id.Split(';')[0],
            IsGroup = activity.Conversation?.IsGroup,
            ConversationType = activity.Conversation?.ConversationType,
            TenantId = activity.Conversation?.TenantId,
        };
        reference.ActivityId = null;
        return reference;
    }

    private static string KeyOf(Activity activity) => $"{activity.ChannelId} {activity.Conversation?.Id} {activity.Id}";

    private static long? TicketOf(JsonElement data) =>
        data.ValueKind == JsonValueKind.Object && data.TryGetProperty("ticket", out var number) && number.ValueKind == JsonValueKind.Number && number.TryGetInt64(out var value) && value > 0 ? value : null;

    private static string? Text(JsonElement of, string name) =>
        of.ValueKind == JsonValueKind.Object && of.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static string PayloadText(JsonElement value)
    {
        if (!value.TryGetProperty("messagePayload", out var payload) || payload.ValueKind != JsonValueKind.Object || !payload.TryGetProperty("body", out var body))
            return "";
        var content = Text(body, "content") ?? "";
        return (Text(body, "contentType") == "html" ? WebUtility.HtmlDecode(Markup().Replace(content, " ")) : content).Trim();
    }

    private static string? PayloadId(JsonElement value) =>
        value.TryGetProperty("messagePayload", out var payload) ? Text(payload, "id") : null;

    [GeneratedRegex(@"^\s*(un)?link\s+group\s+([A-Za-z0-9-]{1,40})\s*$", RegexOptions.IgnoreCase)]
    private static partial Regex LinkCommand();

    [GeneratedRegex(@"^\s*(?<sign>ticket\s*#?|#)?\s*(?<number>[1-9][0-9]{0,14})\s*$", RegexOptions.IgnoreCase)]
    private static partial Regex NumberAlone();

    [GeneratedRegex(@"/tickets/([1-9][0-9]{0,14})(?:[-/?#]|$)")]
    private static partial Regex TicketLink();

    [GeneratedRegex("<[^>]*>")]
    private static partial Regex Markup();

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "Somebody who is no agent pressed a button on the card of ticket {Number}")]
        public static partial void NoAgent(ILogger logger, long number);

        [LoggerMessage(LogLevel.Warning, "The roster did not show who speaks ({Status})")]
        public static partial void NoRoster(ILogger logger, int status);
    }
}
