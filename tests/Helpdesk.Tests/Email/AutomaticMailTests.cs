using Helpdesk.Email;

namespace Helpdesk.Tests.Email;

public sealed class AutomaticMailTests
{
    private static (MailOrigin Origin, string? By) Of(
        string headers,
        string? from = "ana@example.org",
        string subject = "Hello",
        string? instance = "desk-1"
    ) =>
        AutomaticMail.Of(
            headers.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => KeyValuePair.Create(line.Split(": ")[0], line.Split(": ", 2)[1])),
            from,
            subject,
            instance
        );

    [Theory]
    [InlineData("Auto-Submitted: auto-replied", MailOrigin.AutoReply, "Auto-Submitted: auto-replied")]
    [InlineData("auto-submitted: Auto-Replied; owner-email=\"a@b.c\"", MailOrigin.AutoReply, "Auto-Submitted: Auto-Replied; owner-email=\"a@b.c\"")]
    [InlineData("Auto-Submitted: auto-generated", MailOrigin.Program, "Auto-Submitted: auto-generated")]
    [InlineData("Auto-Submitted: auto-notified", MailOrigin.Program, "Auto-Submitted: auto-notified")]
    [InlineData("Precedence: bulk", MailOrigin.Program, "Precedence: bulk")]
    [InlineData("Precedence: JUNK", MailOrigin.Program, "Precedence: JUNK")]
    [InlineData("Precedence: list", MailOrigin.Program, "Precedence: list")]
    [InlineData("Precedence: auto_reply", MailOrigin.AutoReply, "Precedence: auto_reply")]
    [InlineData("List-Id: Users <users.example.org>", MailOrigin.Program, "List-Id: Users <users.example.org>")]
    [InlineData("List-Unsubscribe: <https://example.org/u>", MailOrigin.Program, "List-Unsubscribe: <https://example.org/u>")]
    [InlineData("X-Auto-Response-Suppress: All", MailOrigin.Program, "X-Auto-Response-Suppress: All")]
    [InlineData("X-Auto-Response-Suppress: DR, RN, AutoReply", MailOrigin.Program, "X-Auto-Response-Suppress: DR, RN, AutoReply")]
    [InlineData("X-Autoreply: yes", MailOrigin.AutoReply, "X-Autoreply: yes")]
    [InlineData("X-Autorespond: Hello", MailOrigin.AutoReply, "X-Autorespond: Hello")]
    [InlineData("X-Autoresponse: 1", MailOrigin.AutoReply, "X-Autoresponse: 1")]
    [InlineData("X-Mail-Autoreply: true", MailOrigin.AutoReply, "X-Mail-Autoreply: true")]
    [InlineData("X-Loop: somebody@example.org", MailOrigin.Program, "X-Loop: somebody@example.org")]
    [InlineData("Return-Path: <>", MailOrigin.AutoReply, "Return-Path: <>")]
    [InlineData("X-Failed-Recipients: x@example.org", MailOrigin.MailServer, "X-Failed-Recipients: x@example.org")]
    [InlineData("X-Helpdesk-Loop: desk-1", MailOrigin.Ourselves, "X-Helpdesk-Loop: desk-1")]
    [InlineData("X-Helpdesk-Loop: desk-2", MailOrigin.Program, "X-Helpdesk-Loop: desk-2")]
    [InlineData(
        "Content-Type: multipart/report; boundary=a; report-type=delivery-status",
        MailOrigin.MailServer,
        "Content-Type: multipart/report; report-type=delivery-status"
    )]
    [InlineData(
        "Content-Type: multipart/report; report-type=disposition-notification",
        MailOrigin.MailServer,
        "Content-Type: multipart/report; report-type=disposition-notification"
    )]
    [InlineData("Content-Type: multipart/report; boundary=a\nAuto-Submitted: auto-replied", MailOrigin.MailServer, "Content-Type: multipart/report")]
    public void What_programs_write_is_known_by_its_headers(string headers, MailOrigin origin, string by) => Assert.Equal((origin, by), Of(headers));

    [Theory]
    [InlineData("Auto-Submitted: no")]
    [InlineData("Precedence: normal")]
    [InlineData("Precedence: first-class")]
    [InlineData("X-Auto-Response-Suppress: OOF")]
    [InlineData("X-Auto-Response-Suppress: None")]
    [InlineData("X-Autoreply: no")]
    [InlineData("Return-Path: <ana@example.org>")]
    [InlineData("X-Priority: 1")]
    [InlineData("")]
    public void What_a_person_writes_is_a_persons(string headers) => Assert.Equal((MailOrigin.Person, null), Of(headers));

    [Theory]
    [InlineData("mailer-daemon@example.org", MailOrigin.MailServer)]
    [InlineData("postmaster@example.org", MailOrigin.Program)]
    [InlineData("postmaster-team@example.org", MailOrigin.Person)]
    [InlineData("not-mailer-daemon@example.org", MailOrigin.Person)]
    [InlineData(null, MailOrigin.Person)]
    public void Mail_servers_are_known_by_their_names(string? from, MailOrigin origin) => Assert.Equal(origin, Of("", from).Origin);

    [Theory]
    [InlineData("Automatic reply: Printer", true)]
    [InlineData("Out of Office: Printer", true)]
    [InlineData("Automatische Antwort: Drucker", true)]
    [InlineData("Abwesenheitsnotiz: Drucker", true)]
    [InlineData("Automatski odgovor: Pisač", true)]
    [InlineData("Αυτόματη απάντηση: Εκτυπωτής", true)]
    [InlineData("Réponse automatique : Imprimante", true)]
    [InlineData("Re: Automatic reply: Printer", false)]
    [InlineData("Automatic reply does not work", false)]
    [InlineData("Out of office next week, who helps?", false)]
    public void A_subject_proves_only_an_answer_to_be_automatic(string subject, bool automatic)
    {
        Assert.Equal(automatic ? MailOrigin.AutoReply : MailOrigin.Person, Of("In-Reply-To: <one@desk.example>", subject: subject).Origin);
        Assert.Equal(MailOrigin.Person, Of("", subject: subject).Origin);
    }

    [Fact]
    public void An_answer_while_somebody_is_away_is_one_even_if_its_program_only_says_that_it_is_automatic() =>
        Assert.Equal(
            (MailOrigin.AutoReply, "Auto-Submitted: auto-generated"),
            Of("X-Auto-Response-Suppress: All\nAuto-Submitted: auto-generated", subject: "Automatic reply: Printer")
        );

    [Fact]
    public void A_reason_is_one_short_line()
    {
        var (_, by) = Of("X-Loop: " + new string('x', 100_000));
        Assert.Equal("X-Loop: ".Length + 100, by!.Length);
        Assert.DoesNotContain('\u202e', Of("X-Loop: a\u202eb").By!);
    }
}
