using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Helpdesk.Alerts;
using Helpdesk.Functions.Alerts;
using Helpdesk.Functions.Hosting;
using Helpdesk.Intake;
using Microsoft.Extensions.Time.Testing;

namespace Helpdesk.Functions.Tests.Alerts;

/// <summary>What Amazon SNS signs, and how subscriptions are confirmed.</summary>
public sealed class SnsMessagesTests
{
    private const string CertificateUrl = "https://sns.eu-central-1.amazonaws.com/SimpleNotificationService-0123abc.pem";
    private static readonly DateTimeOffset Now = new(2026, 3, 10, 9, 0, 0, TimeSpan.Zero);
    private static readonly RSA Key = RSA.Create(2048);
    private readonly List<Uri> _asked = [];
    private HttpRequestException? _down;

    private static byte[] Certificate(DateTimeOffset from, DateTimeOffset until) =>
        Encoding.ASCII.GetBytes(
            new CertificateRequest("CN=sns.amazonaws.com", Key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
                .CreateSelfSigned(from, until)
                .ExportCertificatePem()
        );

    private SnsMessages Messages(byte[]? certificate = null) =>
        new(
            (url, _) =>
            {
                _asked.Add(url);
                return _down is null ? Task.FromResult(certificate ?? Certificate(Now.AddDays(-1), Now.AddDays(1))) : Task.FromException<byte[]>(_down);
            },
            new FakeTimeProvider(Now)
        );

    private static JsonObject Notification(string version = "2")
    {
        var message = new JsonObject
        {
            ["Type"] = "Notification",
            ["MessageId"] = "22b80b92",
            ["TopicArn"] = "arn:aws:sns:eu-central-1:123456789012:shop",
            ["Subject"] = "ALARM",
            ["Message"] = "It burns 🔥\nbadly",
            ["Timestamp"] = "2026-03-10T09:00:01.000Z",
            ["SignatureVersion"] = version,
            ["SigningCertURL"] = CertificateUrl,
        };
        return Sign(message);
    }

    private static JsonObject Confirmation(string url = "https://sns.eu-central-1.amazonaws.com/?Action=ConfirmSubscription&Token=1") =>
        Sign(
            new()
            {
                ["Type"] = "SubscriptionConfirmation",
                ["MessageId"] = "1",
                ["Token"] = "1",
                ["TopicArn"] = "arn:aws:sns:eu-central-1:123456789012:shop",
                ["Message"] = "You have chosen to subscribe.",
                ["SubscribeURL"] = url,
                ["Timestamp"] = "2026-03-10T09:00:01.000Z",
                ["SignatureVersion"] = "2",
                ["SigningCertURL"] = CertificateUrl,
            }
        );

    /// <summary>As the documentation of SNS says it, written here once more: names and values by line, in the order of the names.</summary>
    private static JsonObject Sign(JsonObject message)
    {
        var signed = string.Concat(
            message
                .Where(field => field.Key is "Message" or "MessageId" or "SubscribeURL" or "Subject" or "Timestamp" or "Token" or "TopicArn" or "Type")
                .OrderBy(field => field.Key, StringComparer.Ordinal)
                .Select(field => $"{field.Key}\n{field.Value}\n")
        );
        var hash = message["SignatureVersion"]!.GetValue<string>() == "1" ? HashAlgorithmName.SHA1 : HashAlgorithmName.SHA256;
        message["Signature"] = Convert.ToBase64String(Key.SignData(Encoding.UTF8.GetBytes(signed), hash, RSASignaturePadding.Pkcs1));
        return message;
    }

    private static ReadOnlyMemory<byte> Bytes(JsonNode message) => Encoding.UTF8.GetBytes(message.ToJsonString());

    [Fact]
    public async Task Both_versions_of_the_signature_are_checked_and_the_certificate_is_asked_for_once()
    {
        var messages = Messages();
        Assert.True(await messages.IsSignedAsync(Bytes(Notification("1")), default));
        Assert.True(await messages.IsSignedAsync(Bytes(Notification("2")), default));
        var bare = Notification();
        bare.Remove("Subject");
        Assert.False(await messages.IsSignedAsync(Bytes(bare), default));
        Assert.True(await messages.IsSignedAsync(Bytes(Sign(bare)), default));
        Assert.True(await messages.IsSignedAsync(Bytes(Confirmation()), default));
        Assert.Equal([new Uri(CertificateUrl)], _asked);
    }

    [Theory]
    [InlineData("Message", "It burns")]
    [InlineData("TopicArn", "arn:aws:sns:eu-central-1:666:shop")]
    [InlineData("SignatureVersion", "3")]
    [InlineData("SignatureVersion", "1")]
    [InlineData("Signature", "AAAA")]
    [InlineData("Signature", "no base64!")]
    [InlineData("Type", "SubscriptionConfirmation")]
    public async Task Whatever_is_changed_is_not_signed(string field, string value)
    {
        var message = Notification();
        message[field] = value;
        Assert.False(await Messages().IsSignedAsync(Bytes(message), default));
    }

    [Theory]
    [InlineData("http://sns.eu-central-1.amazonaws.com/SimpleNotificationService-0123abc.pem")]
    [InlineData("https://sns.eu-central-1.amazonaws.com.evil.example/SimpleNotificationService-0123abc.pem")]
    [InlineData("https://evil.example/sns.eu-central-1.amazonaws.com/SimpleNotificationService-0123abc.pem")]
    [InlineData("https://sns.eu-central-1.amazonaws.com@evil.example/SimpleNotificationService-0123abc.pem")]
    [InlineData("https://sns.eu-central-1.amazonaws.com:8443/SimpleNotificationService-0123abc.pem")]
    [InlineData("https://bucket.s3.amazonaws.com/SimpleNotificationService-0123abc.pem")]
    [InlineData("https://sns.eu-central-1.amazonaws.com/other.pem")]
    [InlineData("https://sns.eu-central-1.amazonaws.com/../x/SimpleNotificationService-0123abc.pem")]
    [InlineData("file:///SimpleNotificationService-0123abc.pem")]
    [InlineData("")]
    public async Task A_certificate_is_asked_for_at_Amazon_alone(string url)
    {
        var message = Notification();
        message["SigningCertURL"] = url;
        Assert.False(await Messages().IsSignedAsync(Bytes(message), default));
        Assert.Empty(_asked);
    }

    [Fact]
    public async Task A_certificate_that_is_over_or_none_proves_nothing_and_one_that_cannot_be_had_is_a_passing_fault()
    {
        Assert.False(await Messages(Certificate(Now.AddDays(-9), Now.AddDays(-1))).IsSignedAsync(Bytes(Notification()), default));
        Assert.False(await Messages("<html>"u8.ToArray()).IsSignedAsync(Bytes(Notification()), default));
        _down = new("gone");
        var fault = await Assert.ThrowsAsync<InvalidRequestException>(() => Messages().IsSignedAsync(Bytes(Notification()), default));
        Assert.Equal(503, fault.Status);
        Assert.False(await Messages().IsSignedAsync("no json"u8.ToArray(), default));
    }

    [Fact]
    public async Task A_subscription_is_confirmed_when_its_receipt_is_worked()
    {
        var readers = new AlertReaders([new SnsReader()], Messages());
        var source = new AlertSource
        {
            Id = "aws",
            Name = "AWS",
            Kind = AlertKind.Sns,
            KeyHash = "",
            CreatedAt = Now,
            UpdatedAt = Now,
        };
        var receipt = new Receipt
        {
            Id = "r",
            Workspace = "main",
            Channel = Helpdesk.Tickets.IntakeChannel.Alert,
            ReceivedAt = Now,
            State = ReceiptState.Received,
            Number = 0,
            Attempts = 0,
            ContentType = "text/plain",
        };
        var read = await readers.ReadAsync(source, receipt, Bytes(Confirmation()), default);
        Assert.Equal("the subscription to arn:aws:sns:eu-central-1:123456789012:shop is confirmed", read.Ignored);
        Assert.Equal([new Uri("https://sns.eu-central-1.amazonaws.com/?Action=ConfirmSubscription&Token=1")], _asked);

        // Whatever is no address of Amazon SNS is not asked.
        var refused = await Assert.ThrowsAsync<HelpdeskRuleException>(() =>
            readers.ReadAsync(source, receipt, Bytes(Confirmation("http://169.254.169.254/latest")), default)
        );
        Assert.Equal("subscription-not-confirmed", refused.Code);
        Assert.Single(_asked);
        _down = new("gone", null, System.Net.HttpStatusCode.Forbidden);
        refused = await Assert.ThrowsAsync<HelpdeskRuleException>(() => readers.ReadAsync(source, receipt, Bytes(Confirmation()), default));
        Assert.Contains("Forbidden", refused.Message, StringComparison.Ordinal);
    }
}
