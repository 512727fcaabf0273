using Helpdesk.Search;

namespace Helpdesk.Tests.Search;

public sealed class WordFormsTests
{
    [Theory]
    // German
    [InlineData("Müller", "muller mueller")]
    [InlineData("STRASSE", "strasse")]
    [InlineData("Straße", "strasse")]
    [InlineData("GROẞ", "gross")]
    [InlineData("Größe", "grosse groesse")]
    [InlineData("Öl", "ol oel")]
    [InlineData("Äpfel", "apfel aepfel")]
    [InlineData("Mu\u0308ller", "muller mueller")]
    // English, and names of elsewhere
    [InlineData("Café", "cafe")]
    [InlineData("naïve", "naive")]
    [InlineData("Ångström", "angstrom aangstroem")]
    [InlineData("Øre", "ore oere")]
    [InlineData("Cœur", "coeur")]
    [InlineData("Łódź", "lodz")]
    [InlineData("İstanbul", "istanbul")]
    [InlineData("ﬁle", "file")]
    [InlineData("ＶＰＮ", "vpn")]
    // Croatian
    [InlineData("Čačić", "cacic")]
    [InlineData("ŽELJKO", "zeljko")]
    [InlineData("Šarić", "saric")]
    [InlineData("Đurić", "duric djuric")]
    [InlineData("đurđica", "durdica djurdjica")]
    [InlineData("C\u030cac\u030cic\u0301", "cacic")]
    [InlineData("ǆep", "dzep")]
    // Greek
    [InlineData("Εκτυπωτής", "εκτυπωτησ")]
    [InlineData("ΕΚΤΥΠΩΤΗΣ", "εκτυπωτησ")]
    [InlineData("ταΐζω", "ταιζω")]
    [InlineData("προϋπολογισμός", "προυπολογισμοσ")]
    [InlineData("Ήχος", "ηχοσ")]
    [InlineData("ώρα", "ωρα")]
    public void A_word_has_the_forms_by_which_people_type_it(string word, string forms) => Assert.Equal(forms.Split(' '), WordForms.Of(word));

    [Theory]
    [InlineData("anna@firm.example", "anna firm example")]
    [InlineData("srv-print-02.corp.local", "srv print 02 corp local")]
    [InlineData("0x80070005", "0x80070005")]
    [InlineData("KB5034441:", "kb5034441")]
    [InlineData("#1234, [#77]", "1234 77")]
    [InlineData("O'Neill can’t", "oneill cant")]
    [InlineData("10.20.30.1", "10 20 30 1")]
    [InlineData("\\\\fs01\\finance", "fs01 finance")]
    [InlineData("😀 ok 👍🏽", "ok")]
    [InlineData("…!?", "")]
    public void A_text_is_taken_apart_into_words(string text, string words) =>
        Assert.Equal(words, string.Join(' ', SearchWords.Of(text).Select(word => word.Forms[0])));

    [Fact]
    public void What_a_hyphen_joins_is_found_in_one_and_codes_by_their_digits()
    {
        Assert.Equal(["email"], SearchWords.Of("E-Mail").First().Joined);
        Assert.Equal(["wifi"], SearchWords.Of("Wi-Fi").First().Joined);
        Assert.Empty(SearchWords.Of("E - Mail").First().Joined);
        Assert.Equal(["80070005"], SearchWords.Of("0x80070005").Single().Parts);
        Assert.Equal(["kb", "5034441"], SearchWords.Of("KB5034441").Single().Parts);
        Assert.Empty(SearchWords.Of("4711").Single().Parts);
    }

    [Theory]
    [InlineData("printers", "printer", true)]
    [InlineData("drucker", "druckern", true)]
    [InlineData("druckern", "drucker", true)]
    [InlineData("pisac", "pisaca", true)]
    [InlineData("skladistu", "skladiste", true)]
    [InlineData("εκτυπωτησ", "εκτυπωτη", true)]
    [InlineData("δικτυο", "δικτυου", true)]
    [InlineData("vpn", "vpns", false)]
    [InlineData("print", "printer-x", false)]
    [InlineData("kb5034441", "kb5034441s", false)]
    public void Words_that_differ_by_their_endings_are_found_by_each_other(string word, string other, bool same) =>
        Assert.Equal(same, Inflections.StemOf(word) is { } stem && other.StartsWith(stem, StringComparison.Ordinal) && Inflections.Fits(word, other));
}
