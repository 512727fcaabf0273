using Helpdesk.Email;

namespace Helpdesk.Tests.Email;

public sealed class MailSubjectTests
{
    [Theory]
    [InlineData("[#42] Printer", 42L)]
    [InlineData("Re: [#42] Printer", 42L)]
    [InlineData("AW: AW: Printer [#42]", 42L)]
    [InlineData("[#42] and [#43]", 42L)]
    [InlineData("[#x] [#7]", 7L)]
    [InlineData("#42 Printer", null)]
    [InlineData("[42]", null)]
    [InlineData("[#]", null)]
    [InlineData("[#0]", null)]
    [InlineData("[#-5]", null)]
    [InlineData("[# 42]", null)]
    [InlineData("[#42", null)]
    [InlineData("[#99999999999999999999]", null)]
    [InlineData("[#٤٢]", null)] // digits of other scripts
    [InlineData("", null)]
    public void A_tag_names_a_ticket_in_the_desks_own_form_only(string subject, long? number) => Assert.Equal(number, MailSubject.Number(subject));

    [Theory]
    [InlineData("Printer", "Printer")]
    [InlineData("Re: Printer", "Printer")]
    [InlineData("RE: re: Re[2]: Printer", "Printer")]
    [InlineData("AW: WG: Drucker", "Drucker")]
    [InlineData("SV: Skrivare", "Skrivare")]
    [InlineData("Odg: Pisač", "Pisač")]
    [InlineData("ΑΠ: Εκτυπωτής", "Εκτυπωτής")]
    [InlineData("Απάντηση: Εκτυπωτής", "Εκτυπωτής")]
    [InlineData("Re: [#42] Printer", "Printer")]
    [InlineData("[#42] Re: Printer [#42]", "Printer")]
    [InlineData("回复：打印机", "打印机")]
    [InlineData("Fwd: Printer", "Printer")]
    [InlineData("Error: no toner", "Error: no toner")]
    [InlineData("10:30 meeting", "10:30 meeting")]
    [InlineData("Re:", "")]
    public void A_bare_subject_has_nothing_that_was_put_before_it(string subject, string bare) => Assert.Equal(bare, MailSubject.Bare(subject));

    [Theory]
    [InlineData("Fwd: Invoice", true)]
    [InlineData("FW: Invoice", true)]
    [InlineData("WG: Rechnung", true)]
    [InlineData("ΠΡΘ: Τιμολόγιο", true)]
    [InlineData("Re: Fwd: Invoice", false)]
    [InlineData("Invoice", false)]
    public void A_forwarded_mail_is_known_by_its_subject(string subject, bool forwarded) => Assert.Equal(forwarded, MailSubject.IsForwarded(subject));

    [Fact]
    public void A_tag_is_read_as_it_is_written() => Assert.Equal(1234, MailSubject.Number(MailSubject.Tag(1234)));

    [Fact]
    public void A_subject_of_nothing_but_prefixes_takes_no_time() =>
        Assert.Equal("", MailSubject.Bare(string.Concat(Enumerable.Repeat("Re: ", 120)) + string.Concat(Enumerable.Repeat("[#1]", 5))));
}
