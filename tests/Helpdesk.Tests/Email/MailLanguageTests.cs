using Helpdesk.Email;

namespace Helpdesk.Tests.Email;

public sealed class MailLanguageTests
{
    [Theory]
    [InlineData("The printer does not print and I have tried to restart it.", "en")]
    [InlineData("Hi, my password is not accepted anymore, please help", "en")]
    [InlineData("Der Drucker druckt nicht und ich habe ihn schon neu gestartet.", "de")]
    [InlineData("Hallo, meine Tastatur ist kaputt, bitte um Ersatz", "de")]
    [InlineData("Poštovani, pisač ne radi i ne mogu ispisati račun. Molim vas za pomoć.", "hr")]
    [InlineData("Imam problem s lozinkom, ne mogu se prijaviti.", "hr")]
    [InlineData("Ο εκτυπωτής δεν τυπώνει", "el")]
    [InlineData("Δεν μπορώ να συνδεθώ στο VPN client από χθες", "el")]
    [InlineData("L'imprimante ne marche pas et je ne sais pas quoi faire.", null)]
    [InlineData("De printer werkt niet en ik kan niet meer inloggen.", null)]
    [InlineData("Imam težavo z geslom, ne morem se prijaviti, prosim za pomoč, saj sem že poskusil.", null)]
    [InlineData("Принтер не работает", null)]
    [InlineData("プリンターが動きません", null)]
    [InlineData("Error 0x80070005", null)]
    [InlineData("OK", null)]
    [InlineData("", null)]
    public void The_words_say_the_language_or_nothing_does(string words, string? language) => Assert.Equal(language, MailLanguage.Of(words, null));

    [Theory]
    [InlineData("de-DE", "de")]
    [InlineData("hr", "hr")]
    [InlineData("el-GR, en", "el")]
    [InlineData("EN_us", "en")]
    [InlineData("fr", null)]
    [InlineData("", null)]
    [InlineData("nonsense that is long", null)]
    public void A_header_counts_where_words_say_little(string header, string? language) => Assert.Equal(language, MailLanguage.Of("0x80070005", header));

    [Fact]
    public void Clear_words_beat_what_a_program_is_set_to() =>
        Assert.Equal("de", MailLanguage.Of("Der Drucker im zweiten Stock druckt nicht und ich habe ihn schon neu gestartet. Bitte um Hilfe.", "en-US"));
}
