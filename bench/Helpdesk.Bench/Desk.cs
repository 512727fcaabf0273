using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Helpdesk.Testing;

namespace Helpdesk.Bench;

/// <summary>The API of a desk as a client sees it, whatever stands in front of the app.</summary>
internal sealed class Desk : IDisposable
{
    public const string Key = "hd_first_key_of_the_benchmark";
    private readonly HttpClient _http;

    public Desk(Uri address, HttpMessageHandler handler)
    {
        _http = new(handler) { BaseAddress = address, Timeout = TimeSpan.FromMinutes(1) };
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Key);
    }

    /// <summary>Where it answers.</summary>
    public Uri Address => _http.BaseAddress!;

    /// <summary>What every desk under measurement is told: where its data lies, its key, and no limit on chats.</summary>
    public static IReadOnlyDictionary<string, string> Settings(string storage) =>
        new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["AzureWebJobsStorage"] = storage,
            ["HELPDESK_ADMIN_KEY"] = Key,
            ["Logging__Level"] = "Warning",
            ["Chat__PerMinute"] = "1000000",
            // As on Azure.
            ["HELPDESK_SWEEP_SCHEDULE"] = "15 */5 * * * *",
            ["HELPDESK_REWIND_SCHEDULE"] = "45 */10 * * * *",
            ["HELPDESK_IMAP_SCHEDULE"] = "15 */5 * * * *",
        };

    /// <summary>Opens a ticket.</summary>
    public Task OpenAsync() =>
        SendAsync(
            HttpMethod.Post,
            "/api/tickets",
            new
            {
                subject = "Printer",
                description = "It is on fire",
                requester = new { email = $"r{Environment.TickCount64 % 1000}@example.com", name = "Rita" },
            }
        );

    /// <summary>Reads something that must have a ticket in it.</summary>
    public async Task GetAsync(string path)
    {
        using var answer = await _http.GetAsync(path);
        answer.EnsureSuccessStatusCode();
        if (!(await answer.Content.ReadAsStringAsync()).Contains("\"number\"", StringComparison.Ordinal))
            throw new InvalidDataException($"{path} shows no ticket.");
    }

    /// <summary>Sends a request and gives its answer; an error is one.</summary>
    public async Task<JsonNode> SendAsync(HttpMethod method, string path, object? body = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
        if (request.Content is not null)
            await request.Content.LoadIntoBufferAsync();
        using var answer = await _http.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        return answer.IsSuccessStatusCode ? JsonNode.Parse(text)! : throw new InvalidOperationException($"{path} answered {(int)answer.StatusCode}: {text}");
    }

    /// <summary>Waits until it answers that it is well.</summary>
    public Task WhenUpAsync() =>
        Until.TrueAsync(
            async () =>
            {
                try
                {
                    using var answer = await _http.GetAsync("/api/health");
                    return answer.IsSuccessStatusCode;
                }
                catch (HttpRequestException)
                {
                    return false;
                }
            },
            TimeSpan.FromSeconds(60),
            "the app answers"
        );

    /// <summary>Opens a ticket as soon as somebody answers, as long as the process that should is alive.</summary>
    public async Task OpenWhenUpAsync(Process starting)
    {
        using var step = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        while (!starting.HasExited)
        {
            try
            {
                await OpenAsync();
                return;
            }
            catch (HttpRequestException notYet) when (notYet.HttpRequestError == HttpRequestError.ConnectionError)
            {
                await step.WaitForNextTickAsync();
            }
        }

        throw new InvalidOperationException($"The desk ended with code {starting.ExitCode} before it answered.");
    }

    public void Dispose() => _http.Dispose();
}
