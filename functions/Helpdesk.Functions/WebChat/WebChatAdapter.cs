using System.Text.Json;
using Helpdesk.Bot.Conversations;
using Helpdesk.Functions.Attachments;
using Helpdesk.Functions.Hosting;

namespace Helpdesk.Functions.WebChat;

/// <summary>Between Direct Line and the conversation: what a client sends becomes a turn, and the lines of a transcript become activities.</summary>
public static class WebChatAdapter
{
    private static readonly DirectLineAccount Bot = new("helpdesk", "Helpdesk", "bot");

    /// <summary>Says hello to somebody who opens the chat, once; gives how much was said.</summary>
    public static async Task<int> GreetAsync(this ChatTurns turns, ChatPass pass, string? locale, CancellationToken cancellationToken)
    {
        var turn = new ChatTurn(new(pass.Place), IntakeChannel.Chat, new(pass.Email, pass.Name), new PersonJoined(), "joined") { Locale = LocaleOf(locale) };
        return (await turns.RunAsync(turn, cancellationToken)).Replies;
    }

    /// <summary>Takes what a person says; gives the id under which it stands in the transcript.</summary>
    /// <param name="files">The files of the message, which are kept already.</param>
    public static async Task<string> TakeAsync(
        this ChatTurns turns,
        ChatPass pass,
        DirectLineActivity activity,
        IReadOnlyList<TicketAttachment> files,
        CancellationToken cancellationToken
    )
    {
        var key = $"{pass.User}:{ClientIdOf(activity) ?? Hashes.RandomName(16)}";
        // Typing, events and the like are taken and lead to nothing.
        if (activity.Type != DirectLineActivity.Message)
            return $"{pass.Conversation}|{Hashes.NameOf(key, 12)}";

        var text = (activity.Text ?? "").Trim();
        if (text.Length > RequesterDialog.TextLimit)
            throw new DirectLineException(413, "MessageSizeTooBig", $"A message may have {RequesterDialog.TextLimit} characters; send long texts as a file.");
        var links = (activity.Attachments ?? []).Select(file => file.ContentUrl ?? "").Where(url => url.StartsWith("http", StringComparison.Ordinal));
        var linked = files.Count > 0 ? [] : links;
        var said = new PersonSaid(string.Join('\n', linked.Prepend(text).Where(part => part.Length > 0)), files, ChatChoice.Read(activity.Value));

        // The token says who it is, whatever the activity says.
        var name = pass.Name ?? (activity.From?.Name is { Length: > 0 and <= 100 } given ? given : null);
        activity.From = new(pass.User, name ?? "", "user");
        activity.Recipient = Bot;
        activity.Text = text.Length > 0 ? text : activity.Text;
        activity.TextFormat = "plain";
        activity.More?.Remove("entities");
        activity.Attachments = files.Count == 0 ? null : [.. files.Select(file => Shown(pass, file))];
        var turn = new ChatTurn(new(pass.Place), IntakeChannel.Chat, new(pass.Email, name), said, key)
        {
            Locale = LocaleOf(activity.Locale),
            Said = JsonSerializer.SerializeToElement(activity, DirectLineJson.Default.DirectLineActivity),
        };
        return (await turns.RunAsync(turn, cancellationToken)).Id;
    }

    /// <summary>The lines of a conversation as a client reads them.</summary>
    public static IReadOnlyList<DirectLineActivity> Show(ChatPass pass, IReadOnlyList<NumberedLine> lines) =>
        [.. lines.Select(line => Show(new ConversationAddress(pass.Place), line))];

    private static DirectLineActivity Show(ConversationAddress address, NumberedLine line)
    {
        var activity = line.Line.Said is { } said ? said.Deserialize(DirectLineJson.Default.DirectLineActivity)! : Write(line.Line.Reply!, line.Line.Language);
        activity.Id = address.IdOfLine(line.Number);
        activity.Timestamp = line.At;
        activity.ChannelId = "directline";
        activity.Conversation = new(address.Id);
        return activity;
    }

    /// <summary>Plain text, so that nobody's words become markup, and buttons below it.</summary>
    private static DirectLineActivity Write(ChatReply reply, string? language) =>
        new()
        {
            Type = DirectLineActivity.Message,
            From = Bot,
            Text = reply.Text,
            TextFormat = "plain",
            Locale = language,
            InputHint = "expectingInput",
            SuggestedActions = reply.Options.Count == 0 ? null : new([.. reply.Options.Select(Button)]),
        };

    private static DirectLineButton Button(ChatOption option) =>
        new("messageBack", option.Title, option.Title, option.Title, JsonSerializer.SerializeToElement(option.Choice, ChatJson.Default.ChatChoice));

    /// <summary>Web Chat shows a person's own picture as a picture only when it has a small form of it as well.</summary>
    private static DirectLineAttachment Shown(ChatPass pass, TicketAttachment file)
    {
        var url = $"/api/directline/files/{pass.Workspace}/{file.Id}";
        return new(file.ContentType, url, file.Name, AttachmentStore.IsPicture(file.ContentType) ? url : null);
    }

    private static string? ClientIdOf(DirectLineActivity activity) =>
        activity.ChannelData is { ValueKind: JsonValueKind.Object } data
        && data.TryGetProperty("clientActivityID", out var id)
        && id.ValueKind == JsonValueKind.String
        && id.GetString() is { Length: > 0 and <= 100 } text
            ? text
            : null;

    private static string? LocaleOf(string? locale) =>
        locale is { Length: > 0 and <= 20 } && locale.All(letter => char.IsAsciiLetterOrDigit(letter) || letter == '-') ? locale : null;
}
