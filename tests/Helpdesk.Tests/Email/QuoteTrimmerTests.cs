using Helpdesk.Email;

namespace Helpdesk.Tests.Email;

public sealed class QuoteTrimmerTests
{
    /// <summary>Each mail answers "Try it now." with "It works." above the quote.</summary>
    [Theory]
    [InlineData("It works.\n\nOn Tue, 3 Mar 2026 at 09:15, Help Desk <help@desk.example> wrote:\n> Try it now.")]
    [InlineData("It works.\n\nOn Tuesday, March 3, 2026, Help Desk with quite a long name\n<help@desk.example> wrote:\n\n> Try it now.\n>\n> Bye")]
    [InlineData("It works.\n\nAm Di., 3. März 2026 um 09:15 Uhr schrieb Help Desk <help@desk.example>:\n> Try it now.")]
    [InlineData("It works.\n\nDana uto, 3. ožu 2026. u 09:15 Help Desk <help@desk.example> napisao je:\n> Try it now.")]
    [InlineData("It works.\n\nuto, 3. ožu 2026. u 09:15 Help Desk <help@desk.example> napisao/la je:\n> Try it now.")]
    [InlineData("It works.\n\nΣτις Τρί 3 Μαρ 2026 στις 9:15 π.μ., ο χρήστης Help Desk <help@desk.example> έγραψε:\n> Try it now.")]
    [InlineData("It works.\n\nLe mar. 3 mars 2026 à 09:15, Help Desk <help@desk.example> a écrit :\n> Try it now.")]
    [InlineData("It works.\n\nEl mar, 3 mar 2026 a las 9:15, Help Desk (<help@desk.example>) escribió:\n> Try it now.")]
    [InlineData("It works.\n\n2026年3月3日(火) 9:15 Help Desk <help@desk.example> のメール：\n> Try it now.")]
    [InlineData("It works.\n\nOn Tuesday, March 3, 2026, 9:15 AM, Help Desk <help@desk.example> wrote:\n\nTry it now.\n\nBye")]
    [InlineData("It works.\n\n-----Original Message-----\nFrom: Help Desk\nSent: Tuesday, March 3, 2026 9:15 AM\nTo: Ana\nSubject: Printer\n\nTry it now.")]
    [InlineData("It works.\n\n-----Ursprüngliche Nachricht-----\nVon: Help Desk\nTry it now.")]
    [InlineData("It works.\n\n---- Izvorna poruka ----\nTry it now.")]
    [InlineData("It works.\n\n-------- Αρχικό μήνυμα --------\nTry it now.")]
    [InlineData(
        "It works.\n\n________________________________\nFrom: Help Desk <help@desk.example>\nSent: Tuesday, March 3, 2026 9:15 AM\nTo: "
            + "Ana\nSubject: P\n\nTry it now."
    )]
    [InlineData("It works.\n\nVon: Help Desk <help@desk.example>\nGesendet: Dienstag, 3. März 2026 09:15\nAn: Ana\nBetreff: Drucker\n\nTry it now.")]
    [InlineData("It works.\n\nOd: Help Desk <help@desk.example>\nPoslano: utorak, 3. ožujka 2026. 9:15\nPrima: Ana\nPredmet: Pisač\n\nTry it now.")]
    [InlineData("It works.\n\nΑπό: Help Desk <help@desk.example>\nΣτάλθηκε: Τρίτη, 3 Μαρτίου 2026 9:15\nΠρος: Ana\nΘέμα: Εκτυπωτής\n\nTry it now.")]
    [InlineData("It works.\n\n*From:* Help Desk <help@desk.example>\n*Date:* Tuesday, March 3, 2026 at 9:15\n*To:* Ana\n*Subject:* Printer\n\nTry it now.")]
    [InlineData("It works.\n\n—— Please write above this line ——\n—— t42-0123456789abcdef ——\n\nTry it now.")]
    [InlineData("It works.\n\n> —— Bitte schreiben Sie über dieser Zeile ——\n> Try it now.")]
    [InlineData("It works.\n\nSent from my iPhone\n\nOn 3 Mar 2026, at 09:15, Help Desk <help@desk.example> wrote:\n\n> Try it now.")]
    [InlineData("It works.\n\n-- \nAna Horvat\nAccounting")]
    [InlineData("It works.\n\n-- \nAna Horvat\n\nOn 3 Mar 2026 Help Desk wrote:\n> Try it now.\n> -- \n> Help Desk")]
    [InlineData("On 3 Mar 2026 Help Desk wrote:\n> Try it now.\n\nIt works.")]
    [InlineData("> Try it now.\n\nIt works.\n\n-- \nAna")]
    [InlineData("It works.\r\n\r\nOn 3 Mar 2026, Help Desk <help@desk.example> wrote:\r\n> Try it now.\r\n")]
    [InlineData("It works.")]
    public void What_is_quoted_is_left_out(string text) => Assert.Equal("It works.", QuoteTrimmer.Words(text));

    [Fact]
    public void Answers_between_questions_keep_the_questions()
    {
        const string text = "Hi,\n\nOn 3 Mar 2026 Help Desk wrote:\n> Does it blink?\n\nYes.\n\n> Is there paper?\n\nNo.\n\n> Thanks\n> Help Desk\n";
        Assert.Equal("Hi,\n\n> Does it blink?\n\nYes.\n\n> Is there paper?\n\nNo.", QuoteTrimmer.Words(text));
    }

    [Theory]
    [InlineData("> Try it now.\n> Bye")]
    [InlineData("On 3 Mar 2026 Help Desk wrote:\n> Try it now.")]
    [InlineData("-----Original Message-----\nFrom: Help Desk\nTry it now.")]
    [InlineData("-- \nAna Horvat")]
    [InlineData("—— Please write above this line ——\nTry it now.")]
    public void Where_nothing_would_be_left_all_is_shown(string text) =>
        Assert.Equal(text.Replace("-- \n", "--\n", StringComparison.Ordinal), QuoteTrimmer.Words(text));

    [Theory]
    [InlineData("From: the first day on\nit was slow.\nTo: be honest, I gave up.")]
    [InlineData("My colleague wrote: it is broken.\nWhat now?")]
    [InlineData("Steps:\n1. I logged in at 10:30\n2. I saw: error 5\n\nThanks")]
    [InlineData("The log says\n------------------\nerror 5\n------------------\nDoes that help?")]
    [InlineData("a > b\nb < c")]
    [InlineData("Date: 3 March\nSubject: nothing")]
    public void Words_that_look_like_quotes_are_none(string text) => Assert.Equal(text, QuoteTrimmer.Words(text));

    [Fact]
    public void A_forwarded_mail_is_what_it_is_about()
    {
        const string text =
            "Is this real?\n\n---------- Forwarded message ---------\nFrom: Bank <bank@evil.example>\nDate: Tue, 3 Mar 2026\n"
            + "Subject: Pay\nTo: Ana\n\nPay now.";
        Assert.Equal(text, QuoteTrimmer.Words(text, "Fwd: Pay"));
        const string outlook = "Is this real?\n\nFrom: Bank <bank@evil.example>\nSent: Tuesday\nTo: Ana\nSubject: Pay\n\nPay now.";
        Assert.Equal(outlook, QuoteTrimmer.Words(outlook, "WG: Pay"));
        Assert.Equal("Is this real?", QuoteTrimmer.Words(outlook, "AW: Pay"));
    }

    [Fact]
    public void A_long_text_below_two_dashes_is_no_signature()
    {
        var text = "Two parts:\n--\n" + string.Join('\n', Enumerable.Range(1, 40).Select(number => $"Line {number}"));
        Assert.Equal(text, QuoteTrimmer.Words(text));
    }

    /// <summary>None of these may take more than a moment; a quadratic reading would take hours.</summary>
    [Fact]
    public void Hostile_texts_take_no_time()
    {
        const int size = 5_000_000;
        Assert.Equal(size, QuoteTrimmer.Words(new string('>', size)).Length);
        foreach (
            var line in new[] { ">\n", "On 1 wrote:\n", "From: a\n", "--\n", "_____\n", "a\n> b\n", "a\n", "\n", "-----Original Message-----\n", "wrote:\n\n" }
        )
            Assert.True(QuoteTrimmer.Words(string.Concat(Enumerable.Repeat(line, size / 10 / line.Length))).Length <= size);
        Assert.NotEmpty(QuoteTrimmer.Words(new string(' ', size) + ">x"));
    }

    [Theory]
    [InlineData("Yes\nOn Tue, 10 Mar 2026 at 10:00, Support <support@desk.example> wrote:\n> Does it work?")]
    [InlineData("Yes\nAm 10.03.2026 um 10:00 schrieb Support\n<support@desk.example>:\n> Geht es?")]
    [InlineData("Yes\nuto, 10. ožu 2026. u 10:00 Support <support@desk.example> napisao je:\n> Radi li?")]
    [InlineData("Yes\nΣτις Τρί 10 Μαρ 2026, ο χρήστης Support έγραψε:\n> Δουλεύει;")]
    public void Words_right_above_what_introduces_a_quote_are_no_part_of_it(string text) => Assert.Equal("Yes", QuoteTrimmer.Words(text));

    [Theory]
    [InlineData("—— Please write above this line ——\n\nThank you for writing to us.")]
    [InlineData("> —— Please write above this line ——\n> Thank you.\n")]
    [InlineData("\n>\n> -- Molimo pišite iznad ove crte --\n> Poštovani")]
    [InlineData("On Tue, 10 Mar 2026 at 10:00, Support <support@desk.example> wrote:\n\n> —— Please write above this line ——\n> Thank you.")]
    [InlineData("On Tue, 10 Mar 2026 at 10:00, Support\n<support@desk.example> wrote:\n> —— Please write above this line ——\n>\n> Thank you.")]
    [InlineData("Am 10.03.2026 um 10:00 schrieb Support <support@desk.example>:\n> —— Bitte schreiben Sie über dieser Zeile ——\n> Guten Tag")]
    [InlineData("uto, 10. ožu 2026. u 10:00 Support <support@desk.example> napisao je:\n\n> —— Molimo pišite iznad ove crte ——\n> Poštovani")]
    [InlineData("Στις Τρί 10 Μαρ 2026, 10:00, ο χρήστης Support έγραψε:\n> —— Παρακαλούμε γράψτε πάνω από αυτή τη γραμμή ——\n> Γεια σας")]
    [InlineData("Sent from my iPhone\n\nOn 10 Mar 2026, at 10:00, Support wrote:\n\n—— Please write above this line ——\n\nThank you.")]
    [InlineData("-----Original Message-----\nFrom: Support\nSent: Tuesday\nTo: Rita\nSubject: x\n\n—— Please write above this line ——\nThank you.")]
    [InlineData("From: Support\nSent: Tuesday\nTo: Rita\nSubject: x\n\n—— Please write above this line ——\n\nThank you.")]
    public void A_mail_of_the_desk_and_nothing_else_is_known(string text) => Assert.True(QuoteTrimmer.IsOnlyDesk(text));

    [Theory]
    [InlineData("It works.\n\n—— Please write above this line ——")]
    [InlineData("On 10 Mar 2026 Support wrote:\n> —— Please write above this line ——\n> Does it work?\n\nYes, it does.")] // answered below
    [InlineData("> —— Please write above this line ——\n> Does it work?\nYes, it does.")]
    [InlineData("On 10 Mar 2026 Rita wrote:\n> Does it work?")] // somebody else's mail
    [InlineData("On 10 Mar 2026 Rita wrote:")]
    [InlineData("Yes\nOn Tue, 10 Mar 2026 at 10:00, Support <support@desk.example> wrote:\n> —— Please write above this line ——\n> Thank you.")]
    [InlineData("On 2 floors\nOn Tue, 10 Mar 2026, Support\n<support@desk.example> wrote:\n> —— Please write above this line ——")]
    [InlineData("Ja, 2 Stück\nAm 10.03.2026 schrieb Support:\n> —— Bitte schreiben Sie über dieser Zeile ——")]
    [InlineData("This is what you wrote:\n> —— Please write above this line ——\n> Thank you.")]
    [InlineData("Sent from my iPhone")]
    [InlineData("From: Support\nSent: Tuesday\nTo: Rita\n\nIt works.")]
    [InlineData("")]
    [InlineData("\n\n>\n")]
    public void A_mail_that_says_something_is_none_of_these(string text) => Assert.False(QuoteTrimmer.IsOnlyDesk(text));

    [Fact]
    public void Millions_of_marks_before_a_marker_take_no_time()
    {
        Assert.False(QuoteTrimmer.IsOnlyDesk(new string('>', 5_000_000)));
        Assert.False(QuoteTrimmer.IsOnlyDesk(string.Concat(Enumerable.Repeat("From: x\n", 200_000))));
    }
}
