using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using Helpdesk.Functions.Hosting;
using Helpdesk.Webhooks;

namespace Helpdesk.Functions.Webhooks;

/// <summary>What came of calling a receiver.</summary>
/// <param name="RetryAfter">How long it asks to be left alone; null for nothing.</param>
/// <param name="Gone">Whether it says that it will never take anything again.</param>
public sealed record WebhookAnswer(WebhookAttempt Attempt, TimeSpan? RetryAfter, bool Gone);

/// <summary>Posts signed events to receivers.</summary>
public sealed class WebhookCalls(OutsideConnections outside, TimeProvider time) : IDisposable
{
    /// <summary>How long a receiver may take, from the look-up of its name to its answer.</summary>
    public static TimeSpan Patience { get; } = TimeSpan.FromSeconds(10);

    private const int AnswerBytes = 2_048;
    private readonly HttpClient _http = outside.NewClient();

    public async Task<WebhookAnswer> PostAsync(Webhook webhook, string messageId, string body, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(webhook);
        var at = time.GetUtcNow();
        var started = time.GetTimestamp();
        using var late = new CancellationTokenSource(Patience, time);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, late.Token);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, webhook.Url) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
            request.Headers.UserAgent.ParseAdd("HelpdeskServerless");
            request.Headers.Add("webhook-id", messageId);
            request.Headers.Add("webhook-timestamp", at.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture));
            request.Headers.Add("webhook-signature", WebhookSignature.Of(webhook.SecretsAt(at), messageId, at, body));
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, patience.Token);
            var status = (int)response.StatusCode;
            var said = await BeginningAsync(response, patience.Token, cancellationToken);
            return new(Tried(status, ErrorOf(response), said), response.IsSuccessStatusCode ? null : PauseOf(response.Headers, at), status == 410);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new(Tried(null, $"The receiver did not answer within {Patience.TotalSeconds:0} seconds.", null), null, false);
        }
        catch (Exception failure) when (OutsideFailures.IsOne(failure))
        {
            return new(Tried(null, OutsideFailures.WhyOf(failure, "The receiver"), null), null, false);
        }

        WebhookAttempt Tried(int? status, string? error, string? answer) =>
            new(at, status, error, answer, (int)Math.Min(time.GetElapsedTime(started).TotalMilliseconds, int.MaxValue));
    }

    public void Dispose() => _http.Dispose();

    private static string? ErrorOf(HttpResponseMessage response)
    {
        var status = (int)response.StatusCode;
        if (response.IsSuccessStatusCode)
            return null;
        if (status is < 300 or >= 400)
            return string.Create(CultureInfo.InvariantCulture, $"The receiver answered {status}.");
        // Where it leads was checked by nobody: it might be anywhere.
        var to = response.Headers.Location is { } location ? $" to {PlainText.Head(location.ToString(), 200)}" : "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"The receiver answered {status}, a redirect{to}. Redirects are not followed: change the subscription's url."
        );
    }

    /// <summary>The beginning of what was answered, for the log. Its status has decided already, so that nothing here can fail.</summary>
    private static async Task<string?> BeginningAsync(HttpResponseMessage response, CancellationToken patience, CancellationToken cancellationToken)
    {
        var bytes = new byte[AnswerBytes];
        var length = 0;
        try
        {
            await using var stream = await response.Content.ReadAsStreamAsync(patience);
            length = await stream.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, patience);
        }
        catch (Exception broken) when (broken is HttpRequestException or IOException || !cancellationToken.IsCancellationRequested)
        {
            // What came until then is not known; the status is.
        }

        var text = VisibleText.Of(Encoding.UTF8.GetString(bytes, 0, length)).Trim();
        return text.Length == 0 ? null : PlainText.Head(text, AnswerBytes);
    }

    private static TimeSpan? PauseOf(HttpResponseHeaders headers, DateTimeOffset now) =>
        headers.RetryAfter is not { } asked ? null
        : asked.Delta is { } pause ? pause
        : asked.Date is { } until && until > now ? until - now
        : null;
}
