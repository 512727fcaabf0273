using System.Text;
using System.Text.Json;
using Helpdesk.Alerts;
using Helpdesk.Functions.Hosting;

namespace Helpdesk.Functions.Alerts;

/// <summary>An episode of which a tool is told, and how the tool is reached.</summary>
/// <param name="Key">By what the tool tells this alert apart.</param>
/// <param name="Words">What stands on a silence: the ticket, and the mark by which it is found again.</param>
/// <param name="Mark">Names the episode in what the tool keeps.</param>
public sealed record AlertToTell(AlertSource Source, AlertTell Tell, string Key, Episode Episode, AlertTellingKind Kind, string Words, string Mark)
{
    /// <summary>The key or token; null for none.</summary>
    public string? Secret { get; init; }

    /// <summary>For Datadog: the application key.</summary>
    public string? ApplicationKey { get; init; }

    /// <summary>When a silence of now ends.</summary>
    public required DateTimeOffset SilentFrom { get; init; }

    public DateTimeOffset SilentUntil => SilentFrom + Tell.SilenceFor;

    /// <summary>Where the tool's API begins.</summary>
    public string At(string standard) => (Tell.Url ?? standard).TrimEnd('/');
}

/// <summary>What came of telling a tool.</summary>
/// <param name="Error">Why it was not told; null when it was, or knew it already.</param>
/// <param name="Refused">Whether the same would be refused again.</param>
/// <param name="RetryAfter">How long it asks to be left alone; null for nothing.</param>
public sealed record ToldTool(string? Error, bool Refused = false, TimeSpan? RetryAfter = null)
{
    public static ToldTool Done { get; } = new((string?)null);
}

/// <summary>A kind of monitoring tool that can be told what became of its alerts.</summary>
public interface IAlertTool
{
    bool Is(AlertKind kind);

    /// <summary>Tells it. What it knows already is not told again, so that telling twice is telling once.</summary>
    Task<ToldTool> TellAsync(AlertToTell alert, CancellationToken cancellationToken);

    /// <summary>Whether an alert that is kept silent is over; null where the tool does not say so.</summary>
    Task<(bool? Over, string? Error)> IsOverAsync(AlertToTell alert, CancellationToken cancellationToken);
}

/// <summary>What a tool answered.</summary>
/// <param name="Json">The body; null where it is no JSON.</param>
/// <param name="Error">Why this is no success; null for one.</param>
/// <param name="Refused">Whether the same would be refused again.</param>
public sealed record ToolAnswer(int? Status, JsonElement? Json, string? Error, bool Refused = false, TimeSpan? RetryAfter = null)
{
    public ToldTool Told => Error is null ? ToldTool.Done : new(Error, Refused, RetryAfter);
}

/// <summary>Calls the APIs of monitoring tools, at addresses that users of the desk have set.</summary>
public sealed class AlertToolCalls(OutsideConnections outside, TimeProvider time) : IDisposable
{
    /// <summary>How long a tool may take for one answer.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Longer answers are not read.</summary>
    private const int MostBytes = 4 * 1024 * 1024;
    private const int ErrorLength = 300;

    /// <summary>Where tools say what is wrong.</summary>
    private static readonly string[] ErrorFields = ["error", "message", "errors"];

    private readonly HttpClient _http = outside.NewClient();

    /// <param name="headers">What proves who asks, and in which version of the API.</param>
    public async Task<ToolAnswer> SendAsync(
        HttpMethod method,
        string url,
        IEnumerable<(string Name, string Value)> headers,
        string? body,
        CancellationToken cancellationToken
    )
    {
        using var late = new CancellationTokenSource(Patience, time);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, late.Token);
        try
        {
            using var request = new HttpRequestMessage(method, url);
            request.Headers.UserAgent.ParseAdd("HelpdeskServerless");
            foreach (var (name, value) in headers)
                request.Headers.TryAddWithoutValidation(name, value);
            if (body is not null)
                request.Content = new StringContent(body, Encoding.UTF8, "application/json");
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, patience.Token);
            var json = await ReadAsync(response, patience.Token);
            var status = (int)response.StatusCode;
            if (response.IsSuccessStatusCode)
                return new(status, json, null);
            var pause = response.Headers.RetryAfter?.Delta;
            return new(status, json, ErrorOf(method, status, json), status is >= 300 and < 500 and not (408 or 425 or 429), pause);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new(null, null, $"The tool did not answer within {Patience.TotalSeconds:0} seconds.");
        }
        catch (Exception failure) when (OutsideFailures.IsOne(failure))
        {
            return new(null, null, OutsideFailures.WhyOf(failure, "The tool"), OutsideFailures.IsRefusal(failure));
        }
    }

    public void Dispose() => _http.Dispose();

    private static async Task<JsonElement?> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        using var bytes = new MemoryStream();
        var buffer = new byte[16 * 1024];
        for (int read; bytes.Length <= MostBytes && (read = await stream.ReadAsync(buffer, cancellationToken)) > 0; )
            bytes.Write(buffer, 0, read);
        if (bytes.Length is 0 or > MostBytes)
            return null;
        try
        {
            return JsonElement.Parse(bytes.ToArray());
        }
        catch (JsonException)
        {
            // Proxies answer in HTML; the status says enough.
            return null;
        }
    }

    /// <summary>The status, and the tool's own words for it: what it calls an error, a message or a list of them.</summary>
    private static string ErrorOf(HttpMethod method, int status, JsonElement? json)
    {
        var words = json is { } said ? PlainText.Shortened(VisibleText.Of(WordsOf(said) ?? "").Trim(), ErrorLength) : "";
        return status is >= 300 and < 400
            ? $"The tool answered {status}, a redirect, which is not followed: change tell.url."
            : $"The tool answered {status} to {method}{(words.Length > 0 ? $": {words}" : ".")}";
    }

    private static string? WordsOf(JsonElement json) =>
        json.ValueKind switch
        {
            JsonValueKind.String => json.GetString(),
            JsonValueKind.Array => string.Join(' ', json.EnumerateArray().Select(WordsOf).OfType<string>()),
            JsonValueKind.Object => string.Join(
                ' ',
                ErrorFields.Select(name => json.TryGetProperty(name, out var value) ? WordsOf(value) : null).OfType<string>()
            ),
            _ => null,
        };
}
