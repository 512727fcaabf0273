using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;

namespace Helpdesk.Bench;

/// <summary>Many people in the web chat at once, and what a turn of a conversation costs.</summary>
internal static class ChatBench
{
    private static readonly string[] Words = ["printer", "network", "laptop", "mail", "phone", "screen", "keyboard", "door", "lift", "server"];

    /// <summary>Storage requests of each kind of turn, one person alone, until everybody concerned has it.</summary>
    public static async Task CostAsync(AppFolder app)
    {
        await using var azurite = await Storage.StartAsync(keepRequests: true);
        await using var host = await HostProcess.StartAsync(app, azurite.ConnectionString);
        // What a turn costs is counted without the orchestrations that its ticket may have.
        await OpenBench.WithoutPromisesAsync(host.Desk);
        var key = (await host.Desk.SendAsync(HttpMethod.Get, "/api/chat"))["key"]!.GetValue<string>();
        // The first conversation finds the tables and keys.
        using (var first = await Chat.BeginAsync(host.Desk.Address, key, poll: false))
        {
            await first.SayAsync("first words");
            await first.SayAsync("first@example.com");
        }

        await Settle();
        azurite.TakeRequests();
        Console.WriteLine("\n## Storage requests of a turn in web chat\n\n| turn | until it is answered and delivered |\n|---|---|");
        using var chat = await Chat.BeginAsync(host.Desk.Address, key, poll: false);
        await RowAsync("the conversation begins, the bot says hello", () => Task.CompletedTask);
        await RowAsync("a question that needs nothing of the desk (\"help\")", () => chat.SayAsync("help"));
        await RowAsync("a problem, before the address is known", () => chat.SayAsync("The printer is on fire"));
        await RowAsync("the address: looks for the same, opens the ticket", () => chat.SayAsync("rita@example.com"));
        await RowAsync("more words, added to the ticket", () => chat.SayAsync("It is the one by the window"));
        await RowAsync(
            "an agent's answer, told in the chat",
            () => host.Desk.SendAsync(HttpMethod.Post, "/api/tickets/2/comments", new { body = "On my way" })
        );
        await RowAsync("a poll that waits 15 seconds for nothing", () => chat.PollOnceAsync());

        async Task RowAsync(string turn, Func<Task> work)
        {
            await work();
            await Settle();
            Console.WriteLine($"| {turn} | {Storage.Work(azurite.TakeRequests()).Count()} |");
        }

        static Task Settle() => Task.Delay(TimeSpan.FromSeconds(3), TimeProvider.System);
    }

    /// <summary>Lets people talk for a while, all at once, and checks that every word arrived once and in order.</summary>
    public static async Task RunAsync(AppFolder app, int people, int seconds)
    {
        await using var azurite = await Storage.StartAsync();
        await using var host = await HostProcess.StartAsync(app, azurite.ConnectionString);
        var key = (await host.Desk.SendAsync(HttpMethod.Get, "/api/chat"))["key"]!.GetValue<string>();
        var turns = new ConcurrentBag<double>();
        var heard = new ConcurrentBag<double>();
        var until = Stopwatch.GetTimestamp() + seconds * Stopwatch.Frequency;
        var wrong = 0;
        await Task.WhenAll(
            Enumerable
                .Range(0, people)
                .Select(async person =>
                {
                    // They come one after the other, and write every five to ten seconds.
                    await Task.Delay(TimeSpan.FromMilliseconds(person * 8000.0 / people), TimeProvider.System);
                    using var chat = await Chat.BeginAsync(host.Desk.Address, key);
                    var said = new List<string>();
                    for (var i = 0; Stopwatch.GetTimestamp() < until; i++)
                    {
                        var text = i switch
                        {
                            0 => $"The {Words[person % 10]} of person {person} is broken",
                            1 => $"person{person}@example.com",
                            _ => $"detail {i}",
                        };
                        said.Add(text);
                        var (answered, shown) = await chat.SayAsync(text);
                        if (i > 0)
                        {
                            turns.Add(answered);
                            heard.Add(shown);
                        }

                        await Task.Delay(TimeSpan.FromMilliseconds(5000 + (person * 37 + i * 911) % 5000), TimeProvider.System);
                    }

                    if (!(await chat.ReadAllAsync()).SequenceEqual(said) || !chat.Heard.SequenceEqual(said))
                        Interlocked.Increment(ref wrong);
                })
        );
        Console.WriteLine(
            "\n## People in the web chat at once, below the laptop host\n\n| people | turns | answered: median | p99 | shown: median | p99 | "
                + "conversations not whole or out of order |\n|---|---|---|---|---|---|---|"
        );
        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"| {people} | {turns.Count} | {Figures.At(turns, 0.5):F0} ms | {Figures.At(turns, 0.99):F0} ms | {Figures.At(heard, 0.5):F0} "
                    + $"ms | {Figures.At(heard, 0.99):F0} ms | {wrong} |"
            )
        );
    }

    /// <summary>One person's browser: a poll that always waits, and messages.</summary>
    private sealed class Chat : IDisposable
    {
        private readonly HttpClient _http;
        private readonly CancellationTokenSource _over = new();
        private readonly ConcurrentDictionary<string, TaskCompletionSource<long>> _waiting = new();
        private string _conversation = "";

        private Chat(Uri address) => _http = new() { BaseAddress = address };

        /// <summary>The person's own words as the poll showed them.</summary>
        public List<string> Heard { get; } = [];

        public static async Task<Chat> BeginAsync(Uri address, string key, bool poll = true)
        {
            var chat = new Chat(address);
            var started = await chat.PostAsync("/api/directline/conversations", """{"user":{},"locale":"en-US"}""", key);
            chat._conversation = started["conversationId"]!.GetValue<string>();
            chat._http.DefaultRequestHeaders.Authorization = new("Bearer", started["token"]!.GetValue<string>());
            if (poll)
                _ = chat.PollAsync();
            return chat;
        }

        /// <summary>Milliseconds until it was answered, and until the answer of the bot was shown by the poll.</summary>
        public async Task<(double Answered, double Shown)> SayAsync(string text)
        {
            var began = Stopwatch.GetTimestamp();
            var body = new JsonObject
            {
                ["type"] = "message",
                ["text"] = text,
                ["locale"] = "en-US",
                ["channelData"] = new JsonObject { ["clientActivityID"] = Guid.NewGuid().ToString("N") },
            };
            var waiting = _waiting.GetOrAdd(text, _ => new(TaskCreationOptions.RunContinuationsAsynchronously));
            await PostAsync($"/api/directline/conversations/{_conversation}/activities", body.ToJsonString(), null);
            var answered = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
            if (!_polls)
                return (answered, answered);
            var shown = await waiting.Task.WaitAsync(TimeSpan.FromSeconds(20));
            _waiting.TryRemove(text, out _);
            return (answered, Stopwatch.GetElapsedTime(began, shown).TotalMilliseconds);
        }

        public Task PollOnceAsync() => GetAsync("100000");

        public async Task<List<string>> ReadAllAsync()
        {
            await _over.CancelAsync();
            var all = await GetAsync("", wait: 0);
            return [.. Own(all).Select(activity => activity["text"]!.GetValue<string>())];
        }

        private bool _polls;

        private async Task PollAsync()
        {
            _polls = true;
            for (var watermark = ""; !_over.IsCancellationRequested; )
            {
                JsonNode answer;
                try
                {
                    answer = await GetAsync(watermark, cancellationToken: _over.Token);
                }
                catch (OperationCanceledException)
                {
                    return;
                }

                watermark = answer["watermark"]!.GetValue<string>();
                var now = Stopwatch.GetTimestamp();
                foreach (var own in Own(answer))
                {
                    var text = own["text"]!.GetValue<string>();
                    Heard.Add(text);
                    if (_waiting.TryGetValue(text, out var waiting))
                        waiting.TrySetResult(now);
                }
            }
        }

        private static IEnumerable<JsonNode> Own(JsonNode answer) =>
            answer["activities"]!.AsArray().Where(activity => activity!["from"]!["role"]!.GetValue<string>() == "user")!;

        private async Task<JsonNode> GetAsync(string watermark, int? wait = null, CancellationToken cancellationToken = default)
        {
            using var answer = await _http.GetAsync(
                $"/api/directline/conversations/{_conversation}/activities?watermark={watermark}{(wait is null ? "" : $"&wait={wait}")}",
                cancellationToken
            );
            answer.EnsureSuccessStatusCode();
            return JsonNode.Parse(await answer.Content.ReadAsStringAsync(cancellationToken))!;
        }

        private async Task<JsonNode> PostAsync(string path, string body, string? key)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, path)
            {
                Content = new StringContent(body, System.Text.Encoding.UTF8, "application/json"),
            };
            if (key is not null)
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
            using var answer = await _http.SendAsync(request);
            var text = await answer.Content.ReadAsStringAsync();
            return answer.IsSuccessStatusCode
                ? JsonNode.Parse(text)!
                : throw new InvalidOperationException($"{path} answered {(int)answer.StatusCode}: {text}");
        }

        public void Dispose()
        {
            _over.Cancel();
            _http.Dispose();
            _over.Dispose();
        }
    }
}
