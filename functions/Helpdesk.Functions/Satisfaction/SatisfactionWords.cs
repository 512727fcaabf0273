using System.Globalization;
using Helpdesk.Bot.Conversations;
using Helpdesk.Satisfaction;

namespace Helpdesk.Functions.Satisfaction;

/// <summary>What ratings are called, the best first.</summary>
public static class SatisfactionWords
{
    /// <summary>Each rating that can be given, with its name in a reader's language.</summary>
    public static IReadOnlyList<(string Value, string Name)> Of(SatisfactionScale scale, Texts texts)
    {
        ArgumentNullException.ThrowIfNull(texts);
        return
        [
            .. SatisfactionRules
                .RatingsOf(scale)
                .Select(rating => rating.ToString(CultureInfo.InvariantCulture))
                .Select(rating => (rating, texts[$"{(scale == SatisfactionScale.GoodBad ? "rate.choice" : "rate.stars")}.{rating}"])),
        ];
    }
}
