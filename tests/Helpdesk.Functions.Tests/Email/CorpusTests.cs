using System.Text.Json;
using System.Text.Json.Serialization;
using Helpdesk.Email;
using Helpdesk.Functions.Email;
using Helpdesk.Testing;

namespace Helpdesk.Functions.Tests.Email;

/// <summary>
/// The mails of <c>tests/mails</c>, each with what is expected of it beside it. An expectation is written by judgement: what a person who reads the mail
/// would say.
/// </summary>
public sealed class CorpusTests
{
    private static readonly string Folder = Path.Combine(AzuriteServer.Root, "tests", "mails");

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectRequiredConstructorParameters = true,
    };

    public static TheoryData<string> Mails => [.. MailFiles().Select(Path.GetFileName).OfType<string>()];

    /// <summary>What is expected of a mail. What may be left out is not compared; the rest has to be as it says.</summary>
    private sealed record Expected(
        string About,
        string Subject,
        string? From,
        string Words,
        string? Language,
        string? ContentType = null,
        string? FromName = null,
        string[]? Files = null,
        string[]? LeftOut = null,
        int FilesBeyond = 0,
        string Origin = "person",
        string? By = null,
        ExpectedReport? Report = null,
        string? Token = null,
        long? Number = null,
        string? MessageId = null,
        string[]? InReplyTo = null,
        string[]? References = null,
        string[]? To = null,
        string[]? Cc = null,
        string[]? ReplyTo = null,
        string[]? Recipients = null,
        string[]? TextHas = null,
        string[]? HtmlHas = null,
        bool? Html = null,
        bool? Dated = null
    );

    private sealed record ExpectedReport(string? Recipient, string? Status, bool Permanent, string? MessageId, string? ReasonHas = null);

    internal static IEnumerable<string> MailFiles() =>
        System.IO.Directory.EnumerateFiles(Folder).Where(file => Path.GetExtension(file) is ".eml" or ".form").Order(StringComparer.Ordinal);

    internal static string ContentTypeOf(string file) => Expectation(file).ContentType ?? MailReader.Mime;

    private static Expected Expectation(string file) =>
        JsonSerializer.Deserialize<Expected>(File.ReadAllText(Path.Combine(Folder, Path.GetFileNameWithoutExtension(file) + ".json")), Json)!;

    [Fact]
    public void Every_expectation_has_its_mail_and_there_are_enough_of_them()
    {
        var mails = MailFiles().Select(Path.GetFileNameWithoutExtension).ToList();
        var expectations = System.IO.Directory.EnumerateFiles(Folder, "*.json").Select(Path.GetFileNameWithoutExtension).Order(StringComparer.Ordinal);
        Assert.Equal(mails.Order(StringComparer.Ordinal), expectations);
        Assert.True(mails.Count >= 120, $"{mails.Count} mails");
    }

    [Theory]
    [MemberData(nameof(Mails))]
    public void A_mail_is_understood(string name)
    {
        var file = Path.Combine(Folder, name);
        var expected = Expectation(file);
        var mail = MailReader.Read(expected.ContentType ?? MailReader.Mime, File.ReadAllBytes(file), "this-desk");

        Assert.Equal(expected.Subject, mail.Subject);
        Assert.Equal(expected.From, mail.From?.Email);
        Assert.Equal(expected.Words, Spaced(mail.Words));
        Assert.Equal(expected.Language, mail.Language);
        Assert.Equal(expected.Files ?? [], mail.Files.Select(file => $"{file.Name} {file.ContentType}" + (file.ContentId is { } id ? $" cid:{id}" : "")));
        Assert.Equal((expected.Origin, expected.By), (mail.Origin.ToString().ToLowerInvariant(), mail.OriginBy));
        Assert.Equal(expected.Token, mail.QuotedToken);
        Assert.Equal(expected.Number, MailSubject.Number(mail.Subject));
        Assert.Equal(expected.FilesBeyond, mail.FilesBeyond.Count);
        Assert.Equal(expected.LeftOut?.Length ?? 0, mail.LeftOut.Count);
        foreach (var (part, sentence) in (expected.LeftOut ?? []).Zip(mail.LeftOut))
            Assert.Contains(part, sentence, StringComparison.Ordinal);
        AssertReport(expected.Report, mail.Report);
        AssertIfGiven(expected.FromName, mail.From?.Name);
        AssertIfGiven(expected.MessageId, mail.MessageId);
        AssertIfGiven(expected.InReplyTo, mail.InReplyTo);
        AssertIfGiven(expected.References, mail.References);
        AssertIfGiven(expected.To, mail.To.Select(one => one.Email));
        AssertIfGiven(expected.Cc, mail.Cc.Select(one => one.Email));
        AssertIfGiven(expected.ReplyTo, mail.ReplyTo.Select(one => one.Email));
        AssertIfGiven(expected.Recipients, mail.Recipients);
        Assert.All(expected.TextHas ?? [], part => Assert.Contains(part, mail.Text, StringComparison.Ordinal));
        Assert.All(expected.HtmlHas ?? [], part => Assert.Contains(part, mail.Html, StringComparison.Ordinal));
        if (expected.Html is { } html)
            Assert.Equal(html, mail.Html is not null);
        if (expected.Dated is { } dated)
            Assert.Equal(dated, mail.Date is not null);
    }

    private static void AssertReport(ExpectedReport? expected, DeliveryReport? report)
    {
        Assert.Equal(expected is null, report is null);
        if (expected is null || report is null)
            return;
        Assert.Equal(
            (expected.Recipient, expected.Status, expected.Permanent, expected.MessageId),
            (report.Recipient, report.Status, report.Permanent, report.MessageId)
        );
        if (expected.ReasonHas is { } reason)
            Assert.Contains(reason, report.Reason, StringComparison.Ordinal);
    }

    private static void AssertIfGiven(string? expected, string? value)
    {
        if (expected is not null)
            Assert.Equal(expected, value);
    }

    private static void AssertIfGiven(string[]? expected, IEnumerable<string> values)
    {
        if (expected is not null)
            Assert.Equal(expected, values);
    }

    /// <summary>How many empty lines stand between two lines is not judged.</summary>
    private static string Spaced(string words)
    {
        while (words.Contains("\n\n\n", StringComparison.Ordinal))
            words = words.Replace("\n\n\n", "\n\n", StringComparison.Ordinal);
        return words;
    }
}
