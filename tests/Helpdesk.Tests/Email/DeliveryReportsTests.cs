using Helpdesk.Email;

namespace Helpdesk.Tests.Email;

public sealed class DeliveryReportsTests
{
    [Fact]
    public void The_first_that_failed_is_reported()
    {
        var report = DeliveryReports.OfFields(
            """
            Reporting-MTA: dns; mx.example.org
            Arrival-Date: Tue, 3 Mar 2026 09:15:00 +0100

            Final-Recipient: rfc822; fine@example.org
            Action: delivered
            Status: 2.0.0

            Original-Recipient: rfc822;Gone@example.org
            Final-Recipient: rfc822; moved@elsewhere.example
            Action: failed
            Status: 5.1.1
            Diagnostic-Code: smtp; 550 5.1.1 <gone@example.org>:
                Recipient address rejected: User unknown
            """,
            "m1@desk.example"
        );
        Assert.Equal(
            new DeliveryReport("gone@example.org", "5.1.1", true, "m1@desk.example", "550 5.1.1 <gone@example.org>: Recipient address rejected: User unknown"),
            report
        );
    }

    [Theory]
    [InlineData("failed", "5.1.1", "x", true)]
    [InlineData("failed", "5.1.10", "550 5.1.10 RESOLVER.ADR.RecipientNotFound", true)]
    [InlineData("failed", "5.4.4", "Host not found", true)]
    [InlineData("failed", "5.0.0", "550 5.1.1 no", true)]
    [InlineData("failed", "5.0.0", "550 Unknown user", true)]
    [InlineData("failed", "5.2.2", "552 mailbox full", false)]
    [InlineData("failed", "5.7.1", "550 5.7.1 refused as spam; user unknown to us", false)]
    [InlineData("failed", "5.3.4", "message too big", false)]
    [InlineData("failed", "4.4.7", "retry timeout exceeded", false)]
    [InlineData("delayed", "4.4.1", "connection timed out", false)]
    [InlineData("delayed", "5.1.1", "odd", false)]
    [InlineData("relayed", "2.0.0", "", false)]
    public void Only_an_address_that_does_not_exist_is_given_up(string action, string status, string diagnosis, bool permanent)
    {
        var report = DeliveryReports.OfFields(
            $"A: b\n\nFinal-Recipient: rfc822; x@example.org\nAction: {action}\nStatus: {status}\nDiagnostic-Code: smtp; {diagnosis}\n",
            null
        );
        Assert.Equal(permanent, report!.Permanent);
        Assert.Equal("x@example.org", report.Recipient);
    }

    [Fact]
    public void That_a_mail_was_read_is_no_failure() =>
        Assert.Equal(
            new DeliveryReport("ana@example.org", null, false, "m1@desk.example", "Disposition: manual-action/MDN-sent-manually; displayed"),
            DeliveryReports.OfFields(
                "Final-Recipient: rfc822;ana@example.org\r\nOriginal-Message-ID: <m1@desk.example>\r\nDisposition: "
                    + "manual-action/MDN-sent-manually; displayed\r\n",
                null
            )
        );

    [Theory]
    [InlineData("")]
    [InlineData("nothing of the kind")]
    [InlineData("Reporting-MTA: dns; a")]
    [InlineData(" continued\n: x\nAction failed")]
    public void Fields_that_say_nothing_report_nothing(string fields) => Assert.Null(DeliveryReports.OfFields(fields, null));

    /// <summary>In the words of the servers themselves.</summary>
    [Theory]
    [InlineData(
        "This is the mail system at host mx.example.org.\n\nI'm sorry to have to inform you that your message could not\nbe delivered to "
            + "one or more recipients.\n\n<gone@example.org>: host mail.example.org[192.0.2.1] said: 550 5.1.1\n    <gone@example.org>: "
            + "Recipient address rejected: User unknown (in reply to\n    RCPT TO command)\n",
        "5.1.1",
        true,
        null
    )]
    [InlineData(
        "This message was created automatically by mail delivery software.\n\nA message that you sent could not be delivered to one or more "
            + "of its\nrecipients. This is a permanent error. The following address(es) failed:\n\n  gone@example.org\n    Unrouteable "
            + "address\n\n------ This is a copy of the message, including all the headers. ------\n\nReturn-path: "
            + "<help@desk.example>\nMessage-ID: <m1@desk.example>\nSubject: x\n",
        null,
        true,
        "m1@desk.example"
    )]
    [InlineData(
        "Hi. This is the qmail-send program at example.org.\nI'm afraid I wasn't able to deliver your message to the following "
            + "addresses.\nThis is a permanent error; I've given up. Sorry it didn't work out.\n\n<gone@example.org>:\nSorry, no mailbox "
            + "here by that name. (#5.1.1)\n\n--- Below this line is a copy of the message.\n\nReturn-Path: "
            + "<help@desk.example>\nMessage-ID:\n <m1@desk.example>\n",
        "5.1.1",
        true,
        "m1@desk.example"
    )]
    [InlineData(
        "   ----- The following addresses had permanent fatal errors -----\n<gone@example.org>\n    (reason: 550 5.1.1 "
            + "<gone@example.org>... User unknown)\n\n   ----- Transcript of session follows -----\n... while talking to "
            + "mail.example.org.:\n>>> DATA\n<<< 550 5.1.1 User unknown\n",
        "5.1.1",
        true,
        null
    )]
    [InlineData(
        "Delivery has failed to these recipients or groups:\n\nGone (gone@example.org)\nThe email address you entered couldn't be "
            + "found.\n\nDiagnostic information for administrators:\n\nGenerating server: MX01.example.org\n\ngone@example.org\nRemote "
            + "Server returned '550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup'\n\nOriginal message "
            + "headers:\n\nMessage-ID: <m1@desk.example>\n",
        "5.1.10",
        true,
        "m1@desk.example"
    )]
    [InlineData(
        "** Address not found **\n\nYour message wasn't delivered to gone@example.org because the address couldn't be found, or is unable "
            + "to receive mail.\n\nThe response was:\n\n550 5.1.1 The email account that you tried to reach does not exist.\n",
        "5.1.1",
        true,
        null
    )]
    [InlineData(
        "** Delivery incomplete **\n\nThere was a temporary problem delivering your message to gone@example.org. Gmail will retry for 45 "
            + "more hours.\n\nThe response was:\n\n451 4.4.1 connection refused\n",
        "4.4.1",
        false,
        null
    )]
    [InlineData(
        "This message was created automatically by mail delivery software.\nA message that you sent has not yet been delivered to one or "
            + "more of its\nrecipients after more than 24 hours on the queue on mx.example.org.\n\nThe address to which the message has not "
            + "yet been delivered is:\n\n  gone@example.org\n\nNo action is required on your part. Delivery attempts will continue.\n",
        null,
        false,
        null
    )]
    [InlineData("Your message to gone@example.org couldn't be delivered.\n\nThe group is closed to you. 550 5.7.133 not allowed\n", "5.7.133", false, null)]
    public void Words_of_mail_servers_are_understood(string text, string? status, bool permanent, string? messageId)
    {
        var report = DeliveryReports.OfText(text, null);
        Assert.NotNull(report);
        Assert.Equal(("gone@example.org", status, permanent, messageId), (report.Recipient, report.Status, report.Permanent, report.MessageId));
        Assert.False(report.Reason is null && status is not null);
    }

    [Theory]
    [InlineData("I am away until Monday.")]
    [InlineData("")]
    [InlineData("Version 5.1.1 of the program at 10.0.0.1 was delivered.")]
    public void Other_words_are_no_report(string text) => Assert.Null(DeliveryReports.OfText(text, null));

    [Theory]
    [InlineData("550 5.1.1 x", "5.1.1")]
    [InlineData("(#5.1.10)", "5.1.10")]
    [InlineData("550-5.7.26 no", "5.7.26")]
    [InlineData("4.4.1.", "4.4.1")]
    [InlineData("4.4.1.9", null)]
    [InlineData("10.5.1.1", null)]
    [InlineData("3.1.1", null)]
    [InlineData("5.1", null)]
    [InlineData("5.1234.1", null)]
    public void A_status_code_is_found(string text, string? status) => Assert.Equal(status, DeliveryReports.FindStatus(text));

    [Fact]
    public void Hostile_reports_take_no_time()
    {
        foreach (var piece in new[] { "@", "a@", "5.", "5.1.", "<a", "Final-Recipient: a\n", "\n", " x\n", "5" })
        {
            var text = string.Concat(Enumerable.Repeat(piece, 1_000_000));
            DeliveryReports.OfFields(text, null);
            Assert.True((DeliveryReports.OfText("could not be delivered\n" + text, null)?.Reason?.Length ?? 0) <= 300);
        }
    }
}
