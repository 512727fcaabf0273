using System.Net;
using System.Text.RegularExpressions;

namespace Helpdesk.Bot.Protocol;

/// <summary>Takes mentions out of what somebody wrote: in a channel a bot is spoken to by its name.</summary>
public static partial class Mentions
{
    /// <summary>Whether the bot itself is mentioned.</summary>
    public static bool IsMentioned(Activity activity) => Of(activity).Any();

    /// <summary>The text without the mentions of the bot, as plain text.</summary>
    public static string RemoveRecipientMention(Activity activity)
    {
        var text = activity.Text ?? "";
        foreach (var mention in Of(activity))
        {
            if (mention.Text is { Length: > 0 } written)
                text = text.Replace(written, " ", StringComparison.OrdinalIgnoreCase);
            if (mention.Mentioned?.Name is { Length: > 0 } name)
                text = Regex.Replace(text, $@"<at[^>]*>\s*{Regex.Escape(WebUtility.HtmlEncode(name))}\s*</at>|<at[^>]*>\s*{Regex.Escape(name)}\s*</at>", " ", RegexOptions.IgnoreCase, TimeSpan.FromSeconds(1));
        }

        return PlainOf(text, activity.TextFormat);
    }

    private static IEnumerable<Entity> Of(Activity activity) =>
        (activity.Entities ?? []).Where(entity => entity.Type == "mention" && entity.Mentioned?.Id is { } id && id == activity.Recipient?.Id);

    /// <summary>Teams sends what was typed with rich formatting as HTML inside the text.</summary>
    private static string PlainOf(string text, string? format)
    {
        if (format == "xml")
            text = WebUtility.HtmlDecode(Tags().Replace(Breaks().Replace(text, "\n"), ""));
        return text.Replace(' ', ' ').Trim();
    }

    [GeneratedRegex(@"<br\s*/?>|</p>|</div>", RegexOptions.IgnoreCase)]
    private static partial Regex Breaks();

    [GeneratedRegex("<[^>]*>")]
    private static partial Regex Tags();
}
