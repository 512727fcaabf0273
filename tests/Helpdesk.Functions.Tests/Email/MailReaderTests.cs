using System.Text;
using Helpdesk.Email;
using Helpdesk.Functions.Email;

namespace Helpdesk.Functions.Tests.Email;

public sealed class MailReaderTests
{
    private static ReceivedMail Read(string mail) => MailReader.Read(MailReader.Mime, Encoding.UTF8.GetBytes(mail.ReplaceLineEndings("\r\n")));

    [Fact]
    public void A_plain_mail_is_read()
    {
        var mail = Read(
            """
            From: Ana Horvat <Ana.Horvat@Example.org>
            To: support@desk.example, "Second, Line" <second@desk.example>
            Cc: boss@example.org
            Subject: =?utf-8?Q?Pisa=C4=8D?= does not print
            Message-ID: <one@example.org>
            In-Reply-To: <zero@desk.example>
            References: <first@desk.example>
             <zero@desk.example>
            Date: Tue, 3 Mar 2026 09:15:00 +0100
            Delivered-To: Support@desk.example

            It blinks.
            """
        );
        Assert.Equal(new MailPerson("ana.horvat@example.org", "Ana Horvat"), mail.From);
        Assert.Equal(["support@desk.example", "second@desk.example"], mail.To.Select(one => one.Email));
        Assert.Equal(["boss@example.org"], mail.Cc.Select(one => one.Email));
        Assert.Equal("Pisač does not print", mail.Subject);
        Assert.Equal("one@example.org", mail.MessageId);
        Assert.Equal(["zero@desk.example"], mail.InReplyTo);
        Assert.Equal(["first@desk.example", "zero@desk.example"], mail.References);
        Assert.Equal(new DateTimeOffset(2026, 3, 3, 9, 15, 0, TimeSpan.FromHours(1)), mail.Date);
        Assert.Equal(["support@desk.example"], mail.Recipients);
        Assert.Equal("It blinks.", mail.Words);
        Assert.Equal((MailOrigin.Person, null), (mail.Origin, mail.OriginBy));
    }

    /// <summary>Inbound Parse in raw mode: the mail as it came, and whom it was delivered to.</summary>
    [Fact]
    public void A_raw_form_is_the_mail_in_it_and_its_envelope_says_for_whom_it_is()
    {
        var mail = ReadForm(
            ("envelope", """{"to":["Help@Desk.example"],"from":"ana@example.org"}"""),
            ("email", "From: ana@example.org\r\nTo: someone@else.example\r\nSubject: Hello\r\nContent-Type: text/plain; charset=iso-8859-2\r\n\r\n\u0001"),
            ("subject", "not this one")
        );
        Assert.Equal(["help@desk.example"], mail.Recipients);
        Assert.Equal(("Hello", "ana@example.org"), (mail.Subject, mail.From?.Email));
    }

    /// <summary>Inbound Parse in field mode: every field has a charset of its own.</summary>
    [Fact]
    public void Fields_of_a_form_are_decoded_each_in_its_own_charset()
    {
        var form = new MemoryStream();
        Field(form, "headers", Encoding.UTF8.GetBytes("Message-ID: <f1@example.org>\r\nFrom: Nikos <nikos@example.org>\r\nAuto-Submitted: auto-replied\r\n"));
        Field(form, "charsets", Encoding.UTF8.GetBytes("""{"to":"UTF-8","subject":"windows-1252","from":"UTF-8","text":"iso-8859-7"}"""));
        Field(form, "subject", [0x43, 0x61, 0x66, 0xE9]);
        Field(form, "from", Encoding.UTF8.GetBytes("Nikos <nikos@example.org>"));
        Field(form, "to", Encoding.UTF8.GetBytes("help@desk.example"));
        Field(form, "text", [0xEA, 0xE1, 0xEB, 0xE7, 0xEC, 0xDD, 0xF1, 0xE1]);
        Field(form, "envelope", Encoding.UTF8.GetBytes("""{"to":["help@desk.example"],"from":"nikos@example.org"}"""));
        Field(
            form,
            "attachment-info",
            Encoding.UTF8.GetBytes("""{"attachment1":{"filename":"τιμολόγιο.pdf","name":"τιμολόγιο.pdf","type":"application/pdf"}}""")
        );
        Field(form, "attachment1", "%PDF-1.7"u8.ToArray(), "invoice.pdf", "application/pdf");
        form.Write("--xYzZY--\r\n"u8);
        var mail = MailReader.Read("multipart/form-data; boundary=xYzZY", form.ToArray());
        Assert.Equal(("Café", "καλημέρα", "f1@example.org"), (mail.Subject, mail.Text, mail.MessageId));
        Assert.Equal(("nikos@example.org", MailOrigin.AutoReply), (mail.From?.Email, mail.Origin));
        Assert.Equal(["help@desk.example"], mail.To.Select(one => one.Email));
        var file = Assert.Single(mail.Files);
        Assert.Equal(("τιμολόγιο.pdf", "application/pdf", "%PDF-1.7"), (file.Name, file.ContentType, Encoding.ASCII.GetString(file.Bytes.Span)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("\0\0\0")]
    [InlineData("no header at all, just words")]
    [InlineData("Subject")]
    [InlineData("From: \r\n\r\n")]
    [InlineData("Content-Type: multipart/mixed; boundary=\"\"\r\n\r\n--\r\n\r\n--")]
    [InlineData("Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\nContent-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n")]
    public void Whatever_is_wrong_there_is_something_to_show(string mail)
    {
        var read = Read(mail);
        Assert.True(read.Subject.Length + read.Text.Trim().Length + read.Files.Count + read.LeftOut.Count > 0);
    }

    [Theory]
    [InlineData("multipart/form-data")]
    [InlineData("multipart/form-data; boundary=x")]
    [InlineData("")]
    [InlineData("nonsense")]
    public void A_form_that_is_none_is_shown_as_it_came(string contentType)
    {
        var read = MailReader.Read(contentType, "something"u8.ToArray());
        Assert.True(read.Text.Length + read.LeftOut.Count > 0);
    }

    private static ReceivedMail ReadForm(params (string Name, string Value)[] fields)
    {
        var form = new MemoryStream();
        foreach (var (name, value) in fields)
            Field(form, name, Encoding.UTF8.GetBytes(value));
        form.Write("--xYzZY--\r\n"u8);
        return MailReader.Read("multipart/form-data; boundary=xYzZY", form.ToArray());
    }

    private static void Field(MemoryStream form, string name, byte[] value, string? fileName = null, string? contentType = null)
    {
        var file = fileName is null ? "" : $"; filename=\"{fileName}\"";
        var type = contentType is null ? "" : $"\r\nContent-Type: {contentType}";
        form.Write(Encoding.UTF8.GetBytes($"--xYzZY\r\nContent-Disposition: form-data; name=\"{name}\"{file}{type}\r\n\r\n"));
        form.Write(value);
        form.Write("\r\n"u8);
    }
}
