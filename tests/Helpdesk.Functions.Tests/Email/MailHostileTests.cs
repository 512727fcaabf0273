using System.Text;
using Helpdesk.Email;
using Helpdesk.Functions.Email;

namespace Helpdesk.Functions.Tests.Email;

/// <summary>Mails that are too big, broken, or made to keep a reader busy: each is read in a moment, and there is something to show.</summary>
public sealed class MailHostileTests
{
    private const string Head = "From: ana@client.example\r\nSubject: Big\r\nMIME-Version: 1.0\r\n";

    private static ReceivedMail Read(string mail) => MailReader.Read(MailReader.Mime, Encoding.UTF8.GetBytes(mail));

    private static string Mixed(IEnumerable<string> parts) =>
        $"{Head}Content-Type: multipart/mixed; boundary=b\r\n\r\n{string.Concat(parts.Select(part => $"--b\r\n{part}\r\n"))}--b--\r\n";

    private static string FilePart(string name, int bytes) =>
        $"Content-Type: application/pdf\r\nContent-Disposition: attachment; filename={name}\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        + Convert.ToBase64String(new byte[bytes], Base64FormattingOptions.InsertLineBreaks);

    [Fact]
    public void Files_up_to_thirty_megabytes_are_kept_and_what_is_beyond_is_named()
    {
        const int megabyte = 1024 * 1024;
        var mail = Read(
            Mixed([
                "\r\nSee the files.",
                FilePart("a.pdf", 20 * megabyte),
                FilePart("b.pdf", 11 * megabyte),
                FilePart("c.pdf", 10 * megabyte),
                FilePart("d.pdf", 1),
            ])
        );
        Assert.Equal("See the files.", mail.Words);
        Assert.Equal([("a.pdf", 20 * megabyte), ("c.pdf", 10 * megabyte)], mail.Files.Select(file => (file.Name, file.Bytes.Length)));
        Assert.Equal(2, mail.LeftOut.Count);
        Assert.Contains("b.pdf (11 MB)", mail.LeftOut[0], StringComparison.Ordinal);
        Assert.Contains("d.pdf", mail.LeftOut[1], StringComparison.Ordinal);
    }

    [Fact]
    public void The_end_of_a_text_without_end_is_left_out()
    {
        var mail = Read($"{Head}\r\n{string.Concat(Enumerable.Repeat("All work and no play. ", 100_000))}");
        Assert.Equal(MailLimits.Text, mail.Text.Length);
        Assert.Single(mail.LeftOut);
    }

    /// <summary>A quadratic reading of any of these would take hours.</summary>
    [Theory]
    [InlineData("a line of marks")]
    [InlineData("lines of marks")]
    [InlineData("headers")]
    [InlineData("one long header")]
    [InlineData("a folded header")]
    [InlineData("recipients")]
    [InlineData("recipients in groups")]
    [InlineData("comments in an address")]
    [InlineData("references")]
    [InlineData("encoded words")]
    [InlineData("parts in parts")]
    [InlineData("parts")]
    [InlineData("boundaries that are none")]
    [InlineData("parameters")]
    [InlineData("html")]
    [InlineData("nested html")]
    [InlineData("style")]
    [InlineData("quotes in html")]
    [InlineData("mails in mails")]
    public void Whatever_comes_in_millions_takes_no_time(string what)
    {
        var mail = Read(
            what switch
            {
                "a line of marks" => $"{Head}\r\n{new string('>', 5_000_000)}",
                "lines of marks" => $"{Head}\r\n{Many("> a\r\n", 500_000)}",
                "headers" => $"{Many("X-A: b\r\n", 100_000)}{Head}\r\nwords",
                "one long header" => $"X-A: {new string('a', 5_000_000)}\r\n{Head}\r\nwords",
                "a folded header" => $"X-A: a\r\n{Many(" b\r\n", 500_000)}{Head}\r\nwords",
                "recipients" => $"To: {Many("a@b.example, ", 200_000)}\r\n{Head}\r\nwords",
                "recipients in groups" => $"To: {Many("a:", 200_000)}\r\n{Head}\r\nwords",
                "comments in an address" => $"To: {new string('(', 1_000_000)}\r\n{Head}\r\nwords",
                "references" => $"References: {Many("<a@b.example> ", 200_000)}\r\n{Head}\r\nwords",
                "encoded words" => $"To: {Many("=?utf-8?Q?a?= ", 200_000)}\r\nSubject: {Many("=?utf-8?Q?a?= ", 200_000)}\r\n\r\nwords",
                "parts in parts" => Head + Many("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n", 20_000),
                "parts" => Mixed(Enumerable.Repeat("\r\nwords", 50_000)),
                "boundaries that are none" => $"{Head}Content-Type: multipart/mixed; boundary=b\r\n\r\n{Many("--bb\r\n--\r\n-\r\n", 300_000)}",
                "parameters" => $"{Head}Content-Type: text/plain{Many("; a*0*=b", 100_000)}\r\n\r\nwords",
                "html" => $"{Head}Content-Type: text/html\r\n\r\n{Many("<p>words", 120_000)}",
                "nested html" => $"{Head}Content-Type: text/html\r\n\r\n{Many("<div><b>", 120_000)}words",
                "style" => $"{Head}Content-Type: text/html\r\n\r\n<p style=\"{Many("color:red;", 90_000)}\">words",
                "quotes in html" => $"{Head}Content-Type: text/html\r\n\r\n{Many("<blockquote>words</blockquote>", 30_000)}",
                "mails in mails" => Head + Many("Content-Type: message/rfc822\r\n\r\n", 20_000),
                _ => throw new ArgumentOutOfRangeException(nameof(what)),
            }
        );
        Assert.True(mail.Subject.Length + mail.Text.Length + mail.LeftOut.Count > 0);
        if (mail.Html is { } html)
            Assert.NotEmpty(SafeHtml.Of(html).Html);
    }

    /// <summary>The corpus, cut off and damaged at places that are the same in every run.</summary>
    [Fact]
    public void Damaged_mails_are_read_and_something_is_shown()
    {
        var next = 20260303u;
        var read = 0;
        foreach (var file in CorpusTests.MailFiles())
        {
            var type = CorpusTests.ContentTypeOf(file);
            var bytes = File.ReadAllBytes(file);
            for (var round = 0; round < 12; round++)
            {
                var damaged = bytes.ToArray();
                if (round % 3 != 0)
                {
                    for (var flips = 0; flips < 1 + round && damaged.Length > 0; flips++)
                        damaged[Next(damaged.Length)] = (byte)Next(256);
                }

                if (round % 3 != 1)
                    damaged = damaged[..Next(damaged.Length + 1)];
                var mail = MailReader.Read(type, damaged);
                Assert.True(mail.Subject.Length + mail.Text.Length + mail.Files.Count + mail.LeftOut.Count > 0, $"{Path.GetFileName(file)} in round {round}");
                if (mail.Html is { } html)
                    SafeHtml.Of(html);
                read++;
            }
        }

        Assert.True(read >= 1200);

        int Next(int below)
        {
            // A linear congruential generator: the same numbers everywhere.
            next = next * 1664525 + 1013904223;
            return (int)((ulong)next * (ulong)below >> 32);
        }
    }

    private static string Many(string text, int times) => new StringBuilder(text.Length * times).Insert(0, text, times).ToString();
}
