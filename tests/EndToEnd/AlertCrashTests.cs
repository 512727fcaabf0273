using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Helpdesk.Testing;

namespace Helpdesk.EndToEnd;

/// <summary>A storm of reports from many clients at once, shuffled and with repeats, while worker and host are killed, hard.</summary>
public sealed class AlertCrashTests(ITestOutputHelper output) : IAsyncLifetime
{
    private const int Episodes = 200;
    private const int Clients = 16;

    /// <summary>How many reports; <c>HELPDESK_TEST_ALERT_REPORTS</c> raises it.</summary>
    private static readonly int Reports = int.Parse(Environment.GetEnvironmentVariable("HELPDESK_TEST_ALERT_REPORTS") ?? "2000", CultureInfo.InvariantCulture);
    private static readonly DateTimeOffset Now = TimeProvider.System.GetUtcNow();
    private readonly HttpClient _http = new(new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.FromSeconds(5) })
    {
        Timeout = TimeSpan.FromSeconds(30),
    };
    private AlertDesk _desk = null!;
    private int _answered;
    private int _unanswered;

    public async ValueTask InitializeAsync() => _desk = await AlertDesk.StartAsync();

    public async ValueTask DisposeAsync()
    {
        if (_desk is not null)
            await _desk.DisposeAsync();
        _http.Dispose();
    }

    [Fact]
    public async Task Each_disturbance_is_one_ticket_and_each_report_counts_once_when_worker_and_host_are_killed()
    {
        var tickets = await StormAsync(stormAbove: 10_000);
        Assert.Equal(Episodes, tickets.Count);
        Assert.All(tickets, ticket => Assert.Single(ticket.Episodes));
        await EndAsync(tickets);
    }

    [Fact]
    public async Task A_storm_shares_a_ticket_and_loses_no_disturbance_when_worker_and_host_are_killed()
    {
        const int above = 20;
        var tickets = await StormAsync(above);
        var parent = tickets.MaxBy(ticket => ticket.Episodes.Count)!;
        output.WriteLine($"{tickets.Count} tickets, the parent has {parent.Episodes.Count} episodes.");
        // As many as make no storm have tickets of their own, in each of the minutes in which new ones came.
        Assert.True(parent.Episodes.Count > Episodes / 4, $"The parent has {parent.Episodes.Count} episodes.");
        Assert.InRange(tickets.Count, 2, Episodes / 2);
        await EndAsync(tickets);
    }

    private sealed record Seen(JsonNode Ticket, IReadOnlyList<JsonNode> Episodes);

    /// <summary>A post: what is sent, and by what it is known again where what is sent does not say.</summary>
    private sealed record Post(Uri Address, string Body, string? Key);

    /// <summary>Reports every disturbance many times, with kills; the tickets with their episodes once all is at rest.</summary>
    private async Task<IReadOnlyList<Seen>> StormAsync(int stormAbove)
    {
        var rules = new { stormAbove };
        var alertmanager = await _desk.AddSourceAsync(
            new
            {
                name = "Prometheus",
                kind = "alertmanager",
                rules,
            }
        );
        var nagios = await _desk.AddSourceAsync(
            new
            {
                name = "Nagios",
                kind = "generic",
                mapping = new { example = "nagios" },
                rules,
            }
        );
        var perEpisode = Reports / Episodes;
        var posts = Firing(alertmanager, nagios, perEpisode);
        await SendAsync(posts, [0, 3, 1]);

        var began = Stopwatch.GetTimestamp();
        await SettledAsync();
        output.WriteLine($"At rest {Stopwatch.GetElapsedTime(began).TotalSeconds:F0} s after the last report was answered.");
        var tickets = await ReadAsync();
        var episodes = tickets.SelectMany(ticket => ticket.Episodes).ToList();
        Assert.Equal(Enumerable.Range(0, Episodes).Select(NameOf), episodes.Select(episode => Text(episode["labels"]!, "host")).Order(StringComparer.Ordinal));
        Assert.All(episodes, episode => Assert.Equal((perEpisode, "firing"), (episode["count"]!.GetValue<int>(), Text(episode, "state"))));
        Assert.All(tickets, ticket => Assert.Contains(Text(ticket.Ticket, "status"), new[] { "new", "open" }));
        return tickets;
    }

    /// <summary>Reports the end of every disturbance, with a kill: all tickets resolve themselves, and there are no others.</summary>
    private async Task EndAsync(IReadOnlyList<Seen> before)
    {
        var sources = (await _desk.Api.AllAsync("/api/alert-sources")).Count;
        Assert.Equal(2, sources);
        await SendAsync(Resolved(), [2]);
        await SettledAsync();
        await Until.TrueAsync(
            async () => (await _desk.TicketsAsync()).All(ticket => Text(ticket, "status") == "resolved"),
            TimeSpan.FromMinutes(2),
            $"all tickets resolve themselves; {_desk.Host.Output}"
        );
        var after = await ReadAsync();
        Assert.Equal(IdsOf(before), IdsOf(after));
        var episodes = after.SelectMany(ticket => ticket.Episodes).ToList();
        Assert.Equal(Episodes, episodes.Count);
        Assert.All(episodes, episode => Assert.Equal("resolved", Text(episode, "state")));
        output.WriteLine($"{_answered} posts answered, {_unanswered} tries were not.");

        static IEnumerable<string> IdsOf(IReadOnlyList<Seen> seen) => seen.Select(one => Text(one.Ticket, "id")).Order(StringComparer.Ordinal);
    }

    private Uri _alertmanager = null!;
    private Uri _nagios = null!;

    /// <summary>Mostly groups of several alerts, as Alertmanager sends them; every fifth disturbance is reported by the script of Nagios.</summary>
    private List<Post> Firing(Uri alertmanager, Uri nagios, int perEpisode)
    {
        (_alertmanager, _nagios) = (alertmanager, nagios);
        var reports = Enumerable.Range(0, Episodes).SelectMany(episode => Enumerable.Range(0, perEpisode).Select(number => (episode, number))).ToArray();
        RandomNumberGenerator.Shuffle(reports.AsSpan());
        var posts = reports
            .Where(report => !IsNagios(report.episode))
            .Chunk(6)
            .Select(group => Group("firing", [.. group.DistinctBy(report => report.episode)], [.. group]))
            .SelectMany(same => same)
            .Concat(reports.Where(report => IsNagios(report.episode)).Select(report => Notification("PROBLEM", "CRITICAL", report.episode, report.number)));
        return Shuffled(posts);
    }

    private List<Post> Resolved() =>
        Shuffled(
            Enumerable
                .Range(0, Episodes)
                .Where(episode => !IsNagios(episode))
                .Chunk(6)
                .SelectMany(group => Group("resolved", [.. group.Select(episode => (episode, 0))], [.. group.Select(episode => (episode, 0))]))
                .Concat(Enumerable.Range(0, Episodes).Where(IsNagios).Select(episode => Notification("RECOVERY", "OK", episode, 0)))
        );

    /// <summary>One body has an alert once: those of a disturbance that is in the group already make a group of their own.</summary>
    private List<Post> Group(string status, (int Episode, int Number)[] once, (int Episode, int Number)[] all)
    {
        var rest = all.Except(once).ToArray();
        var body = new
        {
            version = "4",
            groupKey = "{}:{alertname=\"HostDown\"}",
            truncatedAlerts = 0,
            status,
            receiver = "helpdesk",
            groupLabels = new { alertname = "HostDown" },
            commonLabels = new { alertname = "HostDown" },
            commonAnnotations = new { },
            externalURL = "http://alertmanager.example:9093",
            alerts = once.Select(report => new
                {
                    status,
                    labels = new
                    {
                        alertname = "HostDown",
                        host = NameOf(report.Episode),
                        severity = "warning",
                    },
                    annotations = new { summary = $"{NameOf(report.Episode)} is down", description = $"Report {report.Number}" },
                    startsAt = StartOf(report.Episode).ToString("O", CultureInfo.InvariantCulture),
                    endsAt = status == "firing" ? "0001-01-01T00:00:00Z" : Now.ToString("O", CultureInfo.InvariantCulture),
                    generatorURL = "http://prometheus.example:9090/graph",
                    fingerprint = $"{report.Episode:x16}",
                })
                .ToArray(),
        };
        var post = new Post(_alertmanager, System.Text.Json.JsonSerializer.Serialize(body), $"group {Guid.NewGuid():N}");
        return rest.Length == 0 ? [post] : [post, .. Group(status, [.. rest.DistinctBy(report => report.Episode)], rest)];
    }

    private Post Notification(string type, string state, int episode, int number)
    {
        var fields = new JsonObject
        {
            ["id"] = $"{type}-{episode}-{number}",
            ["type"] = type,
            ["state"] = state,
            ["host"] = NameOf(episode),
            ["output"] = $"Report {number}",
            [type == "PROBLEM" ? "since" : "until"] = (type == "PROBLEM" ? StartOf(episode) : Now).ToString(
                "yyyy-MM-dd'T'HH:mm:ss'Z'",
                CultureInfo.InvariantCulture
            ),
        };
        // The report has an id of its own, by which a repeat is known.
        return new(_nagios, fields.ToJsonString(), null);
    }

    /// <summary>In any order, and every tenth twice, as a tool sends what it takes for lost.</summary>
    private static List<Post> Shuffled(IEnumerable<Post> posts)
    {
        var all = posts.ToList();
        var shuffled = all.Concat(all.Where((_, i) => i % 10 == 0)).ToArray();
        RandomNumberGenerator.Shuffle(shuffled.AsSpan());
        return [.. shuffled];
    }

    /// <summary>Sends everything from all clients at once, until each post is answered, and kills while they do.</summary>
    private async Task SendAsync(List<Post> posts, int[] kills)
    {
        var began = Stopwatch.GetTimestamp();
        var before = _answered;
        var waiting = new ConcurrentQueue<Post>(posts);
        var clients = Enumerable.Range(0, Clients).Select(_ => ClientAsync(waiting)).ToList();
        for (var i = 0; i < kills.Length; i++)
        {
            var enough = before + ((i + 1) * posts.Count / (kills.Length + 1));
            await Until.TrueAsync(() => Task.FromResult(_answered >= enough), TimeSpan.FromMinutes(4), $"posts are answered; {_desk.Host.Output}");
            await _desk.KillAsync(kills[i]);
        }

        await Task.WhenAll(clients);
        output.WriteLine($"{posts.Count} posts in {Stopwatch.GetElapsedTime(began).TotalSeconds:F0} s, {kills.Length} kills.");
    }

    private async Task ClientAsync(ConcurrentQueue<Post> posts)
    {
        while (posts.TryDequeue(out var post))
        {
            await Until.TrueAsync(() => TrySendAsync(post), TimeSpan.FromMinutes(3), "a post is answered");
            Interlocked.Increment(ref _answered);
        }
    }

    private async Task<bool> TrySendAsync(Post post)
    {
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, post.Address)
            {
                Content = new ByteArrayContent(Encoding.UTF8.GetBytes(post.Body)) { Headers = { ContentType = new("application/json") } },
            };
            if (post.Key is not null)
                request.Headers.Add("Idempotency-Key", post.Key);
            using var answer = await _http.SendAsync(request);
            if ((int)answer.StatusCode == 202)
                return true;
            Assert.True((int)answer.StatusCode is 500 or 502 or 503, $"{(int)answer.StatusCode}: {await answer.Content.ReadAsStringAsync()}");
        }
        catch (Exception down) when (down is HttpRequestException or TaskCanceledException)
        {
            // Nobody was listening, or whoever was is dead.
        }

        Interlocked.Increment(ref _unanswered);
        return false;
    }

    /// <summary>Waits until everything that was stored is worked, and everything that follows is done.</summary>
    private async Task SettledAsync()
    {
        await Until.TrueAsync(
            async () => (await _desk.Api.AllAsync("/api/receipts?state=received")).Count == 0,
            TimeSpan.FromMinutes(5),
            $"all receipts are worked; {_desk.Host.Output}"
        );
        Assert.Empty(await _desk.Api.AllAsync("/api/receipts?state=failed"));
        Assert.Empty(await _desk.Api.AllAsync("/api/operations/dead-letters"));
        Assert.All((await _desk.Api.GetAsync("/api/operations/queues"))["items"]!.AsArray(), queue => Assert.Equal(0, queue!["poison"]!.GetValue<int>()));
    }

    /// <summary>The tickets and their episodes, once the list shows all of them.</summary>
    private async Task<IReadOnlyList<Seen>> ReadAsync()
    {
        List<Seen> seen = [];
        await Until.TrueAsync(
            async () =>
            {
                seen = [];
                foreach (var ticket in await _desk.TicketsAsync())
                    seen.Add(new(await _desk.Api.GetAsync($"/api/tickets/{ticket["id"]}"), await _desk.EpisodesAsync(ticket)));
                return seen.Sum(one => one.Episodes.Count) >= Episodes;
            },
            TimeSpan.FromMinutes(2),
            $"all disturbances are on tickets: {seen.Sum(one => one.Episodes.Count)}; {_desk.Host.Output}"
        );
        return seen;
    }

    private static bool IsNagios(int episode) => episode % 5 == 0;

    private static string NameOf(int episode) => $"host-{episode:D3}";

    private static DateTimeOffset StartOf(int episode) => Now.AddMinutes(-5).AddSeconds(-episode);

    private static string Text(JsonNode node, string name) => node[name]!.GetValue<string>();
}
