using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Helpdesk.Testing;

namespace Helpdesk.EndToEnd;

/// <summary>The stream of events while worker and host are killed, hard: what readers see who only keep their place.</summary>
public sealed class EventStreamTests(ITestOutputHelper output) : IDisposable
{
    private const int Kills = 8;
    private const string Key = "hd_first_key_of_the_stream_tests";
    private readonly string _data = System.IO.Directory.CreateTempSubdirectory("helpdesk-stream-").FullName;
    private readonly int _port = AzuriteServer.FreePort();
    private readonly ConcurrentDictionary<long, byte> _opened = new();
    private readonly List<string>[] _seen =
    [
        [],
        [],
        [],
        [],
    ];

    public void Dispose() => System.IO.Directory.Delete(_data, recursive: true);

    private Started Host() =>
        Started.Begin(
            "./run.sh",
            ["--port", $"{_port}", "--data", _data],
            ("HELPDESK_ADMIN_KEY", Key),
            ("Dispatch__Delay", "00:00:02"),
            ("Logging__Level", "Error")
        );

    [Fact]
    public async Task Four_readers_see_every_event_of_eight_writers_once_and_in_the_same_order_whoever_is_killed()
    {
        var host = Host();
        await host.SaysAsync("is ready at");
        using var written = new CancellationTokenSource();
        using var read = new CancellationTokenSource();
        var readers = Enumerable.Range(0, 4).Select(reader => ReadAsync(reader, read.Token)).ToList();
        var writers = Enumerable.Range(0, 8).Select(writer => WriteAsync(writer, written.Token)).ToList();
        for (var kill = 0; kill < Kills; kill++)
        {
            var before = _opened.Count;
            var more = RandomNumberGenerator.GetInt32(1, 16);
            await Until.TrueAsync(() => Task.FromResult(_opened.Count > before + more), $"work goes on after {kill} kills; {host.Output}");
            host = await host.KillAsync(kill, Host);
        }

        await written.CancelAsync();
        await Task.WhenAll(writers);

        // A request that was not answered may have opened a ticket as well: numbers are tried beyond the last one that is known.
        using var api = new Api(new Uri($"http://127.0.0.1:{_port}"), Key);
        var expected = new HashSet<string>(StringComparer.Ordinal);
        for (var (number, missing) = (1L, 0); missing < 60 || number <= _opened.Keys.Max(); number++)
        {
            var (status, ticket) = await api.SendAsync(HttpMethod.Get, $"/api/tickets/{number}");
            missing = status == 200 ? 0 : missing + 1;
            for (var seq = 1L; status == 200 && seq <= ticket!["version"]!.GetValue<long>(); seq++)
                expected.Add(string.Create(CultureInfo.InvariantCulture, $"{ticket["id"]}/{seq}"));
        }

        await Until.TrueAsync(
            () => Task.FromResult(_seen.All(seen => Count(seen) >= expected.Count)),
            TimeSpan.FromSeconds(90),
            $"every reader has seen {expected.Count} events; they have {string.Join(", ", _seen.Select(Count))}"
        );
        await read.CancelAsync();
        await Task.WhenAll(readers);
        output.WriteLine($"{expected.Count} events of {_opened.Count} tickets that were answered, {Kills} kills.");
        Assert.Equal(expected.Order(), _seen[0].Order());
        Assert.All(_seen, seen => Assert.Equal(_seen[0], seen));
        foreach (var ticket in _seen[0].Select(id => id.Split('/')).GroupBy(id => id[0]))
            Assert.Equal(Enumerable.Range(1, ticket.Count()), ticket.Select(id => int.Parse(id[1], CultureInfo.InvariantCulture)));
        await host.DisposeAsync();
    }

    private static int Count(List<string> seen)
    {
        lock (seen)
            return seen.Count;
    }

    private async Task WriteAsync(int writer, CancellationToken done)
    {
        using var api = new Api(new Uri($"http://127.0.0.1:{_port}"), Key);
        for (var i = 0; !done.IsCancellationRequested; i++)
        {
            var body = new
            {
                subject = $"{writer} {i}",
                description = "d",
                requester = new { email = $"writer{writer}@example.com" },
            };
            if (await TryAsync(api, HttpMethod.Post, "/api/tickets", body) is not { } ticket)
                continue;
            _opened[ticket["number"]!.GetValue<long>()] = 0;
            await TryAsync(api, HttpMethod.Post, $"/api/tickets/{ticket["id"]}/comments", new { body = "Hello" });
            await TryAsync(api, HttpMethod.Patch, $"/api/tickets/{ticket["id"]}", new { priority = "urgent" });
        }
    }

    /// <summary>A reader moves its place only with an answer; one that does not come is asked for again.</summary>
    private async Task ReadAsync(int reader, CancellationToken done)
    {
        using var api = new Api(new Uri($"http://127.0.0.1:{_port}"), Key);
        var after = "";
        while (!done.IsCancellationRequested)
        {
            if (await TryAsync(api, HttpMethod.Get, $"/api/events?limit={20 + reader}&wait={reader}{after}", null) is not { } page)
                continue;
            lock (_seen[reader])
                _seen[reader].AddRange(page["items"]!.AsArray().Select(one => one!["id"]!.GetValue<string>()));
            after = $"&after={page["next"]}";
        }
    }

    /// <summary>Null for a request that got no answer, or one that says to try later.</summary>
    private static async Task<JsonNode?> TryAsync(Api api, HttpMethod method, string path, object? body)
    {
        try
        {
            var (status, json) = await api.SendAsync(method, path, body);
            if (status is >= 200 and < 300)
                return json;
            Assert.True(status >= 500, $"{method} {path} was answered with {status}: {json}");
        }
        catch (Exception dead) when (dead is HttpRequestException or TaskCanceledException or IOException)
        {
            // It was killed in the middle.
        }

        return null;
    }
}
