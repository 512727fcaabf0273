using Helpdesk.Functions.Knowledge;
using Helpdesk.Knowledge;

namespace Helpdesk.Functions.Tests.Knowledge;

/// <summary>What is found by which words, in four languages.</summary>
public sealed class ArticleIndexTests
{
    private static readonly DateTimeOffset At = new(2026, 3, 10, 9, 0, 0, TimeSpan.Zero);

    private static PublishedArticle Article(
        string id,
        string language,
        string title,
        string body,
        string? topic = null,
        ArticleVisibility visibility = ArticleVisibility.Public,
        params string[] tags
    ) =>
        new()
        {
            Id = id,
            Workspace = "main",
            Topic = topic ?? id,
            Version = 1,
            PublishedAt = At,
            Content = new()
            {
                Title = title,
                Slug = id,
                Language = language,
                Visibility = visibility,
                Tags = tags,
                Body = body,
            },
        };

    private static ArticleIndex Library()
    {
        var index = new ArticleIndex();
        index.Apply(
            [
                Article(
                    "vpn",
                    "en",
                    "VPN drops every ten minutes",
                    "Open **Settings** and choose *Stable connection*. Then restart the client.",
                    tags: "network"
                ),
                Article("vpn-de", "de", "VPN bricht alle zehn Minuten ab", "Öffne die Einstellungen und wähle *Stabile Verbindung*.", "vpn", tags: "Netzwerk"),
                Article("password", "en", "Reset a forgotten password", "On the sign-in page, choose **Forgot password** and follow the mail."),
                Article("passwort", "de", "Vergessenes Kennwort zurücksetzen", "Auf der Anmeldeseite auf *Kennwort vergessen* klicken.", "password"),
                Article("printer", "en", "Printer jams", "Open the lid, pull the sheet out slowly and close it.", tags: ["printing", "paper"]),
                Article("drucker", "de", "Papierstau im Drucker", "Klappe öffnen, Blatt langsam herausziehen. Die Straße ist gesperrt."),
                Article("pisac", "hr", "Pisač ne ispisuje", "Provjerite papir i ponovno pokrenite pisač. Šifra je na poleđini uređaja."),
                Article("lozinka", "hr", "Zaboravljena lozinka", "Na stranici za prijavu odaberite zaboravljenu lozinku."),
                Article("ektypotis", "el", "Ο εκτυπωτής δεν τυπώνει", "Ανοίξτε το καπάκι και τραβήξτε το χαρτί αργά."),
                Article("kodikos", "el", "Ξέχασα τον κωδικό πρόσβασης", "Στη σελίδα σύνδεσης επιλέξτε επαναφορά κωδικού."),
                Article("secret", "en", "Passwords of the printers", "Only for agents.", visibility: ArticleVisibility.Agents),
            ],
            1
        );
        return index;
    }

    [Theory]
    [InlineData("vpn", "en", "vpn")]
    [InlineData("VPN connections", "en", "vpn")]
    [InlineData("conection stabel", "en", "vpn")]
    [InlineData("restarting the client", "en", "vpn")]
    [InlineData("pasword", "en", "password")]
    [InlineData("forgot passwords", "en", "password")]
    [InlineData("jam", "en", "printer")]
    [InlineData("paper", "en", "printer")]
    [InlineData("prin", "en", "printer")]
    [InlineData("Verbindungen", "de", "vpn-de")]
    [InlineData("einstelungen", "de", "vpn-de")]
    [InlineData("kennwörter vergessen", "de", "passwort")]
    [InlineData("zuruecksetzen", "de", "passwort")]
    [InlineData("zurucksetzen kennwort", "de", "passwort")]
    [InlineData("Druckers", "de", "drucker")]
    [InlineData("strasse", "de", "drucker")]
    [InlineData("papierstaus", "de", "drucker")]
    [InlineData("pisaca", "hr", "pisac")]
    [InlineData("sifra", "hr", "pisac")]
    [InlineData("poledini", "hr", "pisac")]
    [InlineData("zaboravljene lozinke", "hr", "lozinka")]
    [InlineData("lozinkom", "hr", "lozinka")]
    [InlineData("εκτυπωτη", "el", "ektypotis")]
    [InlineData("ΕΚΤΥΠΩΤΕΣ", "el", "ektypotis")]
    [InlineData("κωδικου προσβασης", "el", "kodikos")]
    [InlineData("κωδικός", "el", "kodikos")]
    public void The_first_hit_is_the_article_that_is_meant(string query, string language, string expected)
    {
        using var index = Library();
        var hits = index.Search(query, language, Reader.Anybody.Sees, 5);
        Assert.NotEmpty(hits);
        Assert.Equal(expected, hits[0].Article.Id);
    }

    [Theory]
    [InlineData("elephant")]
    [InlineData("vpn elephant")]
    [InlineData("the")]
    [InlineData("*:* OR title:x AND (")]
    [InlineData("\"")]
    [InlineData("")]
    public void What_no_article_says_finds_nothing_and_syntax_is_only_words(string query)
    {
        using var index = Library();
        Assert.Empty(index.Search(query, "en", Reader.Anybody.Sees, 5));
    }

    [Theory]
    [InlineData("Hi, since yesterday my VPN drops all the time, what can I do? I am in the home office.", "en", "vpn")]
    [InlineData("Ich habe mein Kennwort vergessen und komme nicht mehr hinein", "de", "passwort")]
    [InlineData("Molim pomoć, pisač opet ne ispisuje račune", "hr", "pisac")]
    [InlineData("Καλημέρα, ο εκτυπωτής στον δεύτερο όροφο δεν τυπώνει", "el", "ektypotis")]
    [InlineData("The coffee machine is broken again", "en", null)]
    [InlineData("Please open the door of the garage", "en", null)]
    public void What_somebody_describes_is_answered_or_left_alone(string text, string language, string? expected)
    {
        using var index = Library();
        Assert.Equal(expected, index.Suggest(text, language, Reader.Anybody.Sees, 3).Select(hit => hit.Article.Id).FirstOrDefault());
    }

    [Fact]
    public void Only_what_a_reader_may_see_is_found_and_withdrawn_articles_are_gone()
    {
        using var index = Library();
        Assert.DoesNotContain(index.Search("passwords printers", null, Reader.Anybody.Sees, 10), hit => hit.Article.Id == "secret");
        Assert.Contains(index.Search("passwords printers", null, new Reader(true, null).Sees, 10), hit => hit.Article.Id == "secret");
        index.Apply([Article("printer", "en", "", "") with { Withdrawn = true }, Article("password", "en", "Badges", "Ask at the door.")], 2);
        Assert.Empty(index.Search("jams", "en", Reader.Anybody.Sees, 5));
        Assert.Equal("password", index.Search("badge", "en", Reader.Anybody.Sees, 5)[0].Article.Id);
        Assert.Equal(2, index.Version);
        Assert.DoesNotContain("printer", index.Articles.Keys);
    }

    [Fact]
    public void Words_are_marked_where_they_stand()
    {
        using var index = Library();
        var hit = index.Search("stable connection", "en", Reader.Anybody.Sees, 5)[0];
        var body = hit.Marks.Single(mark => mark.Field == "body");
        Assert.Equal(["Stable", "connection"], body.Marks.Select(mark => body.Text[mark[0]..mark[1]]));
        Assert.All(hit.Marks.SelectMany(mark => mark.Marks), span => Assert.True(span[0] < span[1]));
    }

    [Fact]
    public async Task Readers_search_while_the_library_changes()
    {
        using var index = Library();
        var readers = Enumerable
            .Range(0, 4)
            .Select(_ =>
                Task.Run(() =>
                {
                    for (var i = 0; i < 50; i++)
                        Assert.NotEmpty(index.Search("vpn", "en", Reader.Anybody.Sees, 5));
                })
            )
            .ToList();
        for (var version = 2; version < 30; version++)
            index.Apply([Article($"new-{version}", "en", $"New {version}", "Something else")], version);
        await Task.WhenAll(readers);
    }
}
