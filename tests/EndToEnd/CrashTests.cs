using System.Collections.Concurrent;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Helpdesk.Testing;

namespace Helpdesk.EndToEnd;

/// <summary>
/// The worker and the host are killed at random, hard, under a stream of writes, on the storage that a user has who says nothing. What was answered
/// must be there, once.
/// </summary>
public sealed class CrashTests(ITestOutputHelper output) : IDisposable
{
    private const int Kills = 20;
    private const string Key = "hd_first_key_of_the_crash_tests";
    private readonly string _data = System.IO.Directory.CreateTempSubdirectory("helpdesk-crash-").FullName;
    private readonly int _port = AzuriteServer.FreePort();
    private readonly ConcurrentDictionary<string, string> _opened = new();
    private readonly ConcurrentDictionary<string, string> _receipts = new();
    private readonly ConcurrentDictionary<string, string> _comments = new();
    private readonly ConcurrentBag<string> _keyed = [];
    private readonly ConcurrentBag<Talk> _talks = [];
    private int _unanswered;

    public void Dispose() => System.IO.Directory.Delete(_data, recursive: true);

    private Started Host() =>
        Started.Begin(
            "./run.sh",
            ["--port", $"{_port}", "--data", _data],
            ("HELPDESK_ADMIN_KEY", Key),
            ("Intake__PerMinute", "1000000"),
            ("Chat__PerMinute", "1000000"),
            ("Dispatch__Delay", "00:00:02"),
            ("Logging__Level", "Error")
        );

    [Fact]
    public async Task Nothing_answered_is_lost_or_doubled_when_worker_and_host_are_killed_twenty_times()
    {
        var host = Host();
        await host.SaysAsync("is ready at");
        using var done = new CancellationTokenSource();
        var writers = Enumerable.Range(0, 6).Select(writer => WriteAsync(writer, done.Token)).Append(TalkAsync(done.Token)).ToList();

        for (var kill = 0; kill < Kills; kill++)
        {
            var before = _opened.Count + _receipts.Count + _comments.Count;
            await Until.TrueAsync(
                () => Task.FromResult(_opened.Count + _receipts.Count + _comments.Count > before + 10),
                $"work goes on after {kill} kills; {host.Output}"
            );
            await PauseAsync(RandomNumberGenerator.GetInt32(0, 600));
            host = await host.KillAsync(kill, Host);
        }

        await done.CancelAsync();
        await Task.WhenAll(writers);
        output.WriteLine(
            $"{_opened.Count} tickets, {_receipts.Count} receipts, {_comments.Count} comments, {_talks.Count} chats answered; {_unanswered} "
                + "requests were not answered."
        );

        using var api = new Api(new Uri($"http://127.0.0.1:{_port}"), Key);
        await EventuallyAsync(() => VerifyAsync(api), TimeSpan.FromSeconds(120));
        await host.DisposeAsync();
    }

    private async Task WriteAsync(int writer, CancellationToken done)
    {
        using var api = new Api(new Uri($"http://127.0.0.1:{_port}"), Key);
        for (var i = 0; !done.IsCancellationRequested; i++)
        {
            var name = $"{writer}-{i}-{Guid.NewGuid():N}";
            var key = i % 2 == 0 ? name : null;
            var body = new
            {
                subject = name,
                description = "d",
                requester = new { email = $"writer{writer}@example.com" },
            };
            if (key is not null)
                _keyed.Add(name);
            if (writer % 2 == 0)
            {
                if (await SendAsync(api, HttpMethod.Post, "/api/tickets", body, key) is not { } ticket)
                    continue;
                var id = ticket["id"]!.GetValue<string>();
                _opened[name] = id;
                if (await SendAsync(api, HttpMethod.Post, $"/api/tickets/{id}/comments", new { body = name }, name) is not null)
                    _comments[name] = id;
                if (i % 3 == 0)
                    await SendAsync(api, HttpMethod.Patch, $"/api/tickets/{id}", new { priority = "urgent", assignee = "me" }, null);
                if (i % 3 == 1)
                    await SendAsync(api, HttpMethod.Post, $"/api/tickets/{id}/resolve", new { resolution = "Done" }, $"resolve {name}");
            }
            else if (await SendAsync(api, HttpMethod.Post, "/api/intake/web", body, key) is { } receipt)
            {
                _receipts[name] = receipt["receipt"]!.GetValue<string>();
            }
        }
    }

    /// <summary>
    /// One conversation in the web chat after the other; every message is sent under its own id until it is answered, as the chat page does.
    /// </summary>
    private async Task TalkAsync(CancellationToken done)
    {
        using var desk = new Api(new Uri($"http://127.0.0.1:{_port}"), Key);
        JsonNode? chat = null;
        while (chat is null)
            chat = await SendAsync(desk, HttpMethod.Get, "/api/chat", null, null);
        using var page = new Api(new Uri($"http://127.0.0.1:{_port}"), chat["key"]!.GetValue<string>());
        for (var i = 0; !done.IsCancellationRequested; i++)
        {
            var name = $"talk-{i}-{Guid.NewGuid():N}";
            var begun = (await SendAsync(page, HttpMethod.Post, "/api/directline/tokens/generate", new { user = new { } }, name))!;
            var talk = new Talk(name, begun["conversationId"]!.GetValue<string>(), begun["token"]!.GetValue<string>(), []);
            using var line = new Api(new Uri($"http://127.0.0.1:{_port}"), talk.Token);
            foreach (var text in new[] { name, $"{name}@example.com", $"{name} one", $"{name} two", $"{name} three" })
            {
                await SendAsync(
                    line,
                    HttpMethod.Post,
                    $"{talk.Path}/activities",
                    new
                    {
                        type = "message",
                        text,
                        channelData = new { clientActivityID = text },
                    },
                    text
                );
                talk.Said.Add(text);
            }

            _talks.Add(talk);
        }
    }

    private async Task VerifyTalksAsync(Api api, ILookup<string, JsonNode> bySubject)
    {
        foreach (var talk in _talks)
        {
            using var line = new Api(new Uri($"http://127.0.0.1:{_port}"), talk.Token);
            var said = (await line.GetAsync($"{talk.Path}/activities?wait=0"))["activities"]!
                .AsArray()
                .Where(activity => activity!["from"]!["role"]!.GetValue<string>() == "user")
                .Select(activity => activity!["text"]!.GetValue<string>());
            Assert.Equal(talk.Said, said);
            var ticket = Assert.Single(bySubject[talk.Name]);
            Assert.Equal(
                talk.Said.Skip(2),
                (await api.AllAsync($"/api/tickets/{ticket["id"]}/comments")).Select(comment => comment["body"]!.GetValue<string>())
            );
        }
    }

    private sealed record Talk(string Name, string Conversation, string Token, List<string> Said)
    {
        public string Path => $"/api/directline/conversations/{Conversation}";
    }

    /// <summary>With a key it is sent until it is answered, as a careful client does; without one it is sent once.</summary>
    private async Task<JsonNode?> SendAsync(Api api, HttpMethod method, string path, object? body, string? key)
    {
        for (var tries = 0; tries < 200; tries++)
        {
            try
            {
                var (status, json) = await api.SendAsync(method, path, body, key);
                if (status is >= 200 and < 300)
                    return json;
                Assert.True(status is 500 or 502 or 503, $"{path} answered {status}: {json?.ToJsonString()}");
            }
            catch (Exception broken) when (broken is HttpRequestException or TaskCanceledException)
            {
                // Nobody was listening, or whoever was is dead.
            }

            Interlocked.Increment(ref _unanswered);
            await PauseAsync(50);
            if (key is null)
                return null;
        }

        throw new TimeoutException($"{path} was not answered in 200 tries.");
    }

    private static async Task PauseAsync(int milliseconds)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(Math.Max(1, milliseconds)));
        await timer.WaitForNextTickAsync();
    }

    /// <summary>What was in hand when a host was killed is held for half a minute before it goes on; until then the desk may lag, and no longer.</summary>
    private static async Task EventuallyAsync(Func<Task> verify, TimeSpan limit)
    {
        var began = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                await verify();
                return;
            }
            catch (Xunit.Sdk.XunitException) when (Stopwatch.GetElapsedTime(began) < limit)
            {
                await PauseAsync(1000);
            }
        }
    }

    private async Task VerifyAsync(Api api)
    {
        Assert.All((await api.GetAsync("/api/operations/queues"))["items"]!.AsArray(), queue => Assert.Equal(0, queue!["poison"]!.GetValue<int>()));
        Assert.Empty(await api.AllAsync("/api/operations/dead-letters"));
        Assert.Empty(await api.AllAsync("/api/receipts?state=failed"));

        Assert.Empty(await api.AllAsync("/api/receipts?state=received"));
        var listed = await api.AllAsync("/api/tickets?sort=createdAt");
        string Text(JsonNode node, string name) => node[name]!.GetValue<string>();
        var bySubject = listed.ToLookup(ticket => Text(ticket, "subject"));
        Assert.All(bySubject, subject => Assert.Single(subject));
        Assert.Equal(listed.Count, listed.Select(ticket => ticket["number"]!.GetValue<long>()).Distinct().Count());

        // Every answered write is there, once.
        Assert.All(_opened, one => Assert.Equal(one.Value, Text(Assert.Single(bySubject[one.Key]), "id")));
        Assert.All(_receipts, one => Assert.Single(bySubject[one.Key]));
        await VerifyTalksAsync(api, bySubject);

        // Every ticket's events are there without a gap, and the lists show it as it is.
        await Parallel.ForEachAsync(
            listed,
            new ParallelOptions { MaxDegreeOfParallelism = 4 },
            async (item, _) =>
            {
                var id = Text(item, "id");
                var ticket = await api.GetAsync($"/api/tickets/{id}");
                var events = await api.AllAsync($"/api/tickets/{id}/events");
                Assert.Equal(Enumerable.Range(1, events.Count).Select(seq => (long)seq), events.Select(happened => happened["seq"]!.GetValue<long>()));
                Assert.Equal(events.Count, ticket["version"]!.GetValue<long>());
                foreach (var name in new[] { "version", "status", "priority", "assignee", "updatedAt" })
                    Assert.Equal(ticket[name]?.ToJsonString(), item[name]?.ToJsonString());
            }
        );
        Assert.All(_comments.GroupBy(one => one.Value), one => Assert.NotEmpty(one));
        await Parallel.ForEachAsync(
            _comments,
            new ParallelOptions { MaxDegreeOfParallelism = 4 },
            async (one, _) => Assert.Single(await api.AllAsync($"/api/tickets/{one.Value}/comments"), comment => Text(comment, "body") == one.Key)
        );

        // Each list holds just the tickets that belong there.
        async Task AgreesAsync(string query, Func<JsonNode, bool> belongs) =>
            Assert.Equal(
                listed.Where(belongs).Select(ticket => Text(ticket, "id")).Order(StringComparer.Ordinal),
                (await api.AllAsync($"/api/tickets?{query}")).Select(ticket => Text(ticket, "id")).Order(StringComparer.Ordinal)
            );
        foreach (var status in new[] { "new", "open", "pending", "on-hold", "resolved", "closed" })
            await AgreesAsync($"status={status}", ticket => Text(ticket, "status") == status);
        foreach (var priority in new[] { "low", "normal", "high", "urgent" })
            await AgreesAsync($"priority={priority}&sort=-createdAt", ticket => Text(ticket, "priority") == priority);
        await AgreesAsync("assignee=none&sort=updatedAt", ticket => ticket["assignee"] is null);
        await AgreesAsync("assignee=me", ticket => ticket["assignee"] is not null);
        for (var writer = 0; writer < 6; writer++)
            await AgreesAsync($"requester=writer{writer}@example.com", ticket => Text(ticket["requester"]!, "email") == $"writer{writer}@example.com");

        // Every receipt has its ticket, and no ticket has two.
        var receipts = await api.AllAsync("/api/receipts");
        Assert.All(receipts, receipt => Assert.Equal("processed", Text(receipt, "state")));
        Assert.Equal(
            listed.Where(ticket => Text(ticket, "channel") == "web").Select(ticket => Text(ticket, "id")).Order(StringComparer.Ordinal),
            receipts.Select(receipt => Text(receipt, "ticket")).Order(StringComparer.Ordinal)
        );
        Assert.Empty(_receipts.Values.Except(receipts.Select(receipt => Text(receipt, "id"))));
        Assert.True(_opened.Count + _receipts.Count > 50, "Too little was written to prove anything.");
    }
}
