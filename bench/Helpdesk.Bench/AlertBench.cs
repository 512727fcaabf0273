using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using Helpdesk.Testing;

namespace Helpdesk.Bench;

/// <summary>
/// Alerts as Alertmanager posts them: how many in a second, and what each costs in processor time and in storage requests until it is seen on a ticket:
/// one that opens, one that counts, one that resolves.
/// </summary>
internal static class AlertBench
{
    private static readonly TimeSpan Span = TimeSpan.FromSeconds(5);
    private static readonly DateTimeOffset Began = TimeProvider.System.GetUtcNow().AddMinutes(-10);
    private static int _last;

    public static async Task RunAsync(AppFolder app)
    {
        const int open = 200,
            timed = 200,
            counted = 20;
        await using var azurite = await Storage.StartAsync(keepRequests: true);
        await using var host = await HostProcess.StartAsync(app, azurite.ConnectionString);
        await OpenBench.WithoutPromisesAsync(host.Desk);
        // So many that nothing is a storm: each alert has a ticket of its own.
        var added = await host.Desk.SendAsync(
            HttpMethod.Post,
            "/api/alert-sources",
            new
            {
                name = "Prometheus",
                kind = "alertmanager",
                rules = new { stormAbove = 10_000 },
            }
        );
        using var http = new HttpClient { Timeout = TimeSpan.FromMinutes(1) };
        var url = new Uri(host.Desk.Address, new Uri(added["intakeUrl"]!.GetValue<string>()).AbsolutePath);
        Task FireAsync(int alert) => PostAsync(http, url, "firing", [alert]);
        Task OpenAsync(int _) => FireAsync(Interlocked.Increment(ref _last));
        Task ResolveAsync(int alert) => PostAsync(http, url, "resolved", [alert]);

        // Those with the numbers below `open` stay open all the time, and are what repeats tell of.
        _last = open - 1;
        await Load.TimesAsync(8, open, FireAsync);
        await SettledAsync(azurite);
        var turn = 0;
        int Next() => Interlocked.Increment(ref turn) % open;
        (string Name, int Size, Func<int, Task> Post)[] kinds =
        [
            ("opens a ticket", 1, OpenAsync),
            ("counts on one", 1, _ => FireAsync(Next())),
            ("a group of 10 that count", 10, _ => PostAsync(http, url, "firing", [.. Enumerable.Range(0, 10).Select(_ => Next())])),
        ];

        Console.WriteLine(
            "\n## Alerts in: posted as Alertmanager does, answered when they are stored\n\n| | clients | posts /s | p50 | p99 | reports on tickets /s |\n"
                + "|---|---|---|---|---|---|"
        );
        foreach (var (name, size, post) in kinds)
        {
            foreach (var clients in new[] { 1, 8 })
            {
                var (rates, whole) = (new List<Rate>(), new List<double>());
                for (var round = 0; round < 3; round++)
                {
                    var (posts, began) = (0, Stopwatch.GetTimestamp());
                    rates.Add(
                        await Load.RunAsync(
                            clients,
                            Span,
                            client =>
                            {
                                Interlocked.Increment(ref posts);
                                return post(client);
                            }
                        )
                    );
                    await QuietAsync(azurite);
                    whole.Add(size * posts / Stopwatch.GetElapsedTime(began).TotalSeconds);
                }

                Console.WriteLine(
                    Figures.Text($"| {name} | {clients} | {Figures.Spread([.. rates.Select(rate => rate.PerSecond)], "F0")} | ")
                        + Figures.Text($"{Figures.Median(rates.Select(rate => rate.P50)):F1} ms | {Figures.Median(rates.Select(rate => rate.P99)):F1} ms | ")
                        + Figures.Text($"{Figures.Spread(whole, "F0")} |")
                );
            }
        }

        Console.WriteLine("\n| a report, until it is seen on its ticket | worker | host | Azurite | all | storage requests |\n|---|---|---|---|---|---|");
        int[] processes = [host.WorkerId, host.Id, azurite.ProcessId];
        var resolved = 0;
        foreach (
            var (name, post) in new (string, Func<int, Task>)[]
            {
                ("opens a ticket", OpenAsync),
                ("counts on one", _ => FireAsync(Next())),
                ("resolves one", _ => ResolveAsync(Interlocked.Increment(ref resolved) + open)),
            }
        )
        {
            await SettledAsync(azurite);
            azurite.TakeRequests();
            for (var i = 0; i < counted; i++)
                await post(i);
            await SettledAsync(azurite);
            var requests = Storage.Work(azurite.TakeRequests()).Count();
            var cpu = processes.Select(ProcessFacts.Cpu).ToList();
            await Load.TimesAsync(8, timed, post);
            await SettledAsync(azurite);
            var spent = processes.Select((id, i) => (ProcessFacts.Cpu(id) - cpu[i]).TotalMilliseconds / timed).ToList();
            Console.WriteLine(
                Figures.Text($"| {name} | {spent[0]:F1} ms | {spent[1]:F1} ms | {spent[2]:F1} ms | {spent.Sum():F1} ms | {(double)requests / counted:F1} |")
            );
        }
    }

    private static Task QuietAsync(AzuriteServer azurite) =>
        Storage.QuietAsync(azurite.ConnectionString, Storage.Deliveries, "received-receipts", "outgoing-mails");

    private static async Task SettledAsync(AzuriteServer azurite)
    {
        await QuietAsync(azurite);
        await Task.Delay(TimeSpan.FromSeconds(4), TimeProvider.System);
    }

    private static async Task PostAsync(HttpClient http, Uri url, string status, IReadOnlyList<int> alerts)
    {
        static string Time(DateTimeOffset at) => at.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
        var ended = status == "firing" ? "0001-01-01T00:00:00Z" : Time(TimeProvider.System.GetUtcNow());
        var all = alerts.Select(alert =>
            Figures.Text(
                $$$"""
                {"status":"{{{status}}}","labels":{"alertname":"HostDown","instance":"host-{{{alert}}}","severity":"warning"},
                "annotations":{"summary":"host-{{{alert}}} is down","description":"It has not answered for 5 minutes."},"startsAt":"{{{Time(Began)}}}",
                "endsAt":"{{{ended}}}","generatorURL":"http://prometheus.example:9090/graph?g0.expr=up","fingerprint":"{{{alert:x16}}}"}
                """
            )
        );
        var body = Figures.Text(
            $$$"""
            {"version":"4","groupKey":"{}:{alertname=\"HostDown\"}","truncatedAlerts":0,"status":"{{{status}}}","receiver":"helpdesk",
            "groupLabels":{"alertname":"HostDown"},"commonLabels":{"alertname":"HostDown"},"commonAnnotations":{},
            "externalURL":"http://alertmanager.example:9093","alerts":[{{{string.Join(',', all)}}}]}
            """
        );
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using var answer = await http.PostAsync(url, content);
        answer.EnsureSuccessStatusCode();
    }
}
