using Helpdesk.Contacts;

namespace Helpdesk.Tests.Contacts;

public sealed class ContactRulesTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 10, 9, 0, 0, TimeSpan.Zero);

    private static Contact Of(string id, params string[] emails) =>
        new()
        {
            Id = id,
            Workspace = "main",
            Emails = emails,
            CreatedAt = Now,
            UpdatedAt = Now,
        };

    [Theory]
    [InlineData("Jürgen Weiß", "jurgen weiss")]
    [InlineData("ŽELJKO Đurić", "zeljko duric")]
    [InlineData("Σωκράτης Παπαδόπουλος", "σωκρατησ παπαδοπουλοσ")]
    [InlineData("  O'Brien,   Ann/Mary ", "obrien ann mary")]
    [InlineData("a#b\\c?d%e", "a b c d e")]
    [InlineData("rita+vpn@example.com", "rita+vpn@example.com")]
    [InlineData("王小明", "王小明")]
    public void Words_are_folded(string text, string folded) => Assert.Equal(folded, Folding.Term(text));

    [Theory]
    [InlineData("de-AT", "de")]
    [InlineData("EN", "en")]
    [InlineData("hr_HR", "hr")]
    [InlineData("fr", null)]
    [InlineData(null, null)]
    public void A_locale_is_a_language_of_the_desk_or_none(string? locale, string? language) => Assert.Equal(language, ContactRules.LanguageOf(locale));

    [Fact]
    public void What_is_known_is_not_replaced()
    {
        var known = Of("a", "a@example.com") with { Name = "Ann", Language = "en" };
        Assert.Same(known, ContactRules.Learn(known, new("a@example.com", "Other", "de")));
        var learned = ContactRules.Learn(known with { Name = null }, new("B@example.com", " Bea ", "de", [new("chat", "x")]));
        Assert.Equal(("Bea", "en"), (learned.Name, learned.Language));
        Assert.Equal(["a@example.com", "b@example.com"], learned.Emails);
        Assert.Equal([new("chat", "x")], learned.Identities);
    }

    [Fact]
    public void Nothing_is_learned_of_somebody_who_is_cancelled_or_erased()
    {
        var seen = new Sighting("b@example.com", "Bea", "de", [new("chat", "x")]);
        foreach (var contact in new[] { Of("a", "a@example.com") with { CancelledAt = Now }, Of("a") with { ErasedAt = Now } })
            Assert.Same(contact, ContactRules.Learn(contact, seen));
    }

    [Fact]
    public void Merging_twice_is_merging_once()
    {
        var into = Of("a", "a@example.com") with { Notes = "One" };
        var from = Of("b", "b@example.com", "a@example.com") with { Name = "Bea", Notes = "Two", Vip = true, CancelledAt = Now };
        var merged = ContactRules.Merge(into, from);
        Assert.Same(merged, ContactRules.Merge(merged, from));
        Assert.Equal(["a@example.com", "b@example.com"], merged.Emails);
        Assert.Equal(("Bea", "One\n\nTwo", true, Now), (merged.Name, merged.Notes, merged.Vip, merged.CancelledAt));
    }

    [Theory]
    [InlineData("gmail.com")]
    [InlineData("GMX.de")]
    [InlineData("net.hr")]
    [InlineData("otenet.gr")]
    [InlineData("localhost")]
    [InlineData("-a.com")]
    [InlineData("a..com")]
    [InlineData("a@b.com")]
    [InlineData("https://a.com")]
    public void Some_domains_are_nobodys(string domain) => Assert.NotNull(Domains.Problem(domain));

    [Theory]
    [InlineData("example.com")]
    [InlineData("mail.example.co.uk")]
    [InlineData("müller.example")]
    [InlineData("xn--mller-kva.example")]
    public void Others_are_an_organisations(string domain) => Assert.Null(Domains.Problem(domain));
}
