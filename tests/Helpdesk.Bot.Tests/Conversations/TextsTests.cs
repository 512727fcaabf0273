using System.Text.RegularExpressions;
using Helpdesk.Bot.Conversations;

namespace Helpdesk.Bot.Tests.Conversations;

public sealed partial class TextsTests
{
    public static TheoryData<string> Languages => [.. Texts.Languages];

    [Fact]
    public void There_are_four_languages_to_begin_with() => Assert.Equal(["de", "el", "en", "hr"], Texts.Languages);

    [Theory]
    [MemberData(nameof(Languages))]
    public void Every_language_says_everything_with_the_same_gaps_to_fill(string language)
    {
        var (english, texts) = (Texts.For("en"), Texts.For(language));
        Assert.Equal(language, texts.Language);
        Assert.Equal(english.Keys.Order(StringComparer.Ordinal), texts.Keys.Order(StringComparer.Ordinal));
        foreach (var key in english.Keys)
            Assert.True(Gaps(english[key]).SetEquals(Gaps(texts[key])), $"{language}, {key}: \"{texts[key]}\"");
    }

    [Theory]
    [MemberData(nameof(Languages))]
    public void Every_button_is_understood_when_it_is_typed(string language)
    {
        var texts = Texts.For(language);
        foreach (
            var action in new[]
            {
                ChatActions.Report,
                ChatActions.Person,
                ChatActions.Cancel,
                ChatActions.Solved,
                ChatActions.Broken,
                ChatActions.Restart,
                ChatActions.Status,
                ChatActions.Help,
            }
        )
            Assert.Equal(action, texts.Command(texts["option." + action]));
        // English is understood everywhere.
        Assert.Equal(ChatActions.Help, texts.Command("Help!"));
    }

    [Theory]
    [InlineData("de-AT", "de")]
    [InlineData("EL", "el")]
    [InlineData("fr-FR", "en")]
    [InlineData(null, "en")]
    public void A_locale_finds_its_language(string? locale, string language) => Assert.Equal(language, Texts.For(locale).Language);

    private static HashSet<string> Gaps(string text) => [.. Gap().Matches(text).Select(match => match.Value)];

    [GeneratedRegex(@"\{\w+\}")]
    private static partial Regex Gap();
}
