using System.Globalization;
using System.Net;
using System.Text.Json;
using Helpdesk.Email;
using SendGrid;
using SendGrid.Helpers.Mail;

namespace Helpdesk.Functions.Email;

/// <summary>Hands mails over to SendGrid.</summary>
public sealed class SendGridSender : IMailSender, IDisposable
{
    /// <summary>By which SendGrid names the mail in the events that it reports.</summary>
    public const string MailArgument = "helpdesk_mail";

    /// <summary>By which SendGrid names the workspace in the events that it reports.</summary>
    public const string WorkspaceArgument = "helpdesk_workspace";

    private readonly HttpClient _http;
    private readonly SendGridClient _client;
    private readonly TimeProvider _time;

    public SendGridSender(MailOptions options, TimeProvider time)
    {
        _time = time;
        _http = new(new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.FromMinutes(5), AllowAutoRedirect = false }) { Timeout = options.TimeOut };
        _client = new(_http, new SendGridClientOptions { ApiKey = options.SendGridKey, Host = options.SendGridUrl });
    }

    public string Name => "sendgrid";

    public bool Leaves => true;

    public async Task SendAsync(Mail mail, MailContent content, IReadOnlyList<SentFile> files, CancellationToken cancellationToken)
    {
        Response answer;
        try
        {
            answer = await _client.SendEmailAsync(MessageOf(mail, content, files), cancellationToken);
        }
        catch (Exception fault) when (fault is HttpRequestException || (fault is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw new MailRefusedException($"SendGrid could not be reached: {MailTemplates.OneLine(fault.Message)}", permanent: false, inner: fault);
        }

        if (answer.IsSuccessStatusCode)
            return;
        var code = (int)answer.StatusCode;
        var said = SaidIn(await answer.Body.ReadAsStringAsync(cancellationToken));
        // A key that is not accepted is mended by an admin; only what is wrong with the mail itself stays wrong.
        var permanent =
            code is >= 400 and < 500
            && answer.StatusCode
                is not (HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden or HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests);
        throw new MailRefusedException(string.Create(CultureInfo.InvariantCulture, $"SendGrid refused it: {code} {said}").Trim(), permanent, After(answer));
    }

    public void Dispose() => _http.Dispose();

    private static SendGridMessage MessageOf(Mail mail, MailContent content, IReadOnlyList<SentFile> files)
    {
        var message = new SendGridMessage
        {
            From = new EmailAddress(content.From, content.FromName),
            ReplyTo = content.ReplyTo is null ? null : new EmailAddress(content.ReplyTo, content.FromName),
            Subject = MailTemplates.OneLine(content.Subject),
            PlainTextContent = content.Text,
            HtmlContent = content.Html,
        };
        message.AddTo(new EmailAddress(mail.To, mail.Name is null ? null : MailTemplates.OneLine(mail.Name)));
        message.AddHeader("Message-ID", $"<{content.MessageId}>");
        foreach (var (name, value) in content.Headers)
            message.AddHeader(name, MailTemplates.Bare(value));
        message.AddCustomArg(MailArgument, mail.Id);
        message.AddCustomArg(WorkspaceArgument, mail.Workspace);
        // Nobody's clicks are followed, and nobody unsubscribes from their own request.
        message.SetClickTracking(enable: false, enableText: false);
        message.SetOpenTracking(enable: false);
        message.SetSubscriptionTracking(enable: false);
        foreach (var file in files)
        {
            message.AddAttachment(
                MailTemplates.OneLine(file.Name),
                Convert.ToBase64String(file.Bytes.Span),
                file.ContentType,
                file.ContentId is null ? "attachment" : "inline",
                file.ContentId
            );
        }

        return message;
    }

    /// <summary>How long SendGrid wants to be left alone: it names the second of the clock.</summary>
    private TimeSpan? After(Response answer)
    {
        if (answer.Headers.RetryAfter?.Delta is { } delta)
            return delta;
        return
            answer.Headers.TryGetValues("X-RateLimit-Reset", out var values)
            && long.TryParse(values.FirstOrDefault(), NumberStyles.None, CultureInfo.InvariantCulture, out var at)
            && DateTimeOffset.FromUnixTimeSeconds(Math.Min(at, 253402300799)) - _time.GetUtcNow() is var left
            && left > TimeSpan.Zero
            && left < TimeSpan.FromDays(1)
            ? left
            : null;
    }

    private static string SaidIn(string body)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            return
                json.RootElement.ValueKind == JsonValueKind.Object
                && json.RootElement.TryGetProperty("errors", out var errors)
                && errors.ValueKind == JsonValueKind.Array
                ? MailTemplates.OneLine(
                    string.Join(
                        ' ',
                        errors.EnumerateArray().Where(error => error.TryGetProperty("message", out _)).Select(error => error.GetProperty("message").ToString())
                    )
                )
                : "";
        }
        catch (JsonException)
        {
            return "";
        }
    }
}
