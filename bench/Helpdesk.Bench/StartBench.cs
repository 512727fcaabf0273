using System.Diagnostics;
using System.Globalization;
using Helpdesk.Testing;

namespace Helpdesk.Bench;

/// <summary>From nothing to the first answer: the worker against an empty app, what it then holds in memory, and the whole desk by <c>./run.sh</c>.</summary>
internal static class StartBench
{
    private const int Runs = 11;
    private const int Requests = 1_000;

    /// <summary>Starts the desk and an empty isolated app in turns, in the same run, each in the same build.</summary>
    public static async Task WorkerAsync(IReadOnlyList<(string Build, AppFolder Desk, AppFolder Empty)> builds)
    {
        await using var azurite = await Storage.StartAsync();
        var settings = Desk.Settings(azurite.ConnectionString);
        Console.WriteLine(
            "\n## Worker: from the start of the process; median (lowest, highest)\n\n| build | app | ready | first answer | first ticket | "
                + "memory then |\n|---|---|---|---|---|---|"
        );
        // What a ticket starts besides is for another process here, and nobody is there to take it. The tables are made by this, too.
        await using (var first = await WorkerProcess.StartAsync(builds[0].Desk, settings))
            await OpenBench.WithoutPromisesAsync(first.Desk);
        var ratios = new List<string>();
        foreach (var (build, desk, empty) in builds)
        {
            var (starts, bare) = (new List<Start>(), new List<Start>());
            for (var run = 0; run < Runs; run++)
            {
                var (first, second) = (await StartAsync(empty, settings, opensTicket: false), await StartAsync(desk, settings, opensTicket: true));
                // The first run reads the programs from disk.
                if (run == 0)
                    continue;
                bare.Add(first);
                starts.Add(second);
            }

            Show(build, "empty", bare);
            Show(build, "desk", starts);
            ratios.Add(Figures.Text($"{build} {Figures.Median(starts.Select(start => start.Ready)) / Figures.Median(bare.Select(start => start.Ready)):F2}"));
        }

        Console.WriteLine($"\nReady, desk to empty: {string.Join(", ", ratios)} (budget 1.50)");
    }

    /// <summary>What the worker holds after a thousand requests, half of them new tickets.</summary>
    public static async Task MemoryAsync(AppFolder desk)
    {
        var memory = new List<double>();
        for (var run = 0; run < 3; run++)
        {
            await using var azurite = await Storage.StartAsync();
            await using var worker = await WorkerProcess.StartAsync(desk, Desk.Settings(azurite.ConnectionString));
            await OpenBench.WithoutPromisesAsync(worker.Desk);
            await Load.TimesAsync(clients: 8, Requests / 2, _ => worker.Desk.OpenAsync());
            await Load.TimesAsync(clients: 8, Requests / 2, i => worker.Desk.GetAsync($"/api/tickets/{i + 1}"));
            await Storage.QuietAsync(azurite.ConnectionString, Storage.Deliveries);
            memory.Add(ProcessFacts.Memory(worker.Id));
        }

        Console.WriteLine($"\nMemory of the worker after {Requests} requests: {Figures.Spread(memory, "F0")} MB (budget 160 MB)");
    }

    /// <summary>From <c>./run.sh</c> on a clone that is built to the first ticket that is answered, an empty data folder each time.</summary>
    public static async Task RunScriptAsync()
    {
        var times = new List<double>();
        for (var run = 0; run < 6; run++)
        {
            var data = System.IO.Directory.CreateTempSubdirectory("helpdesk-bench-").FullName;
            var port = AzuriteServer.FreePort();
            var start = new ProcessStartInfo(
                Path.Combine(AzuriteServer.Root, "run.sh"),
                ["--port", port.ToString(CultureInfo.InvariantCulture), "--data", data]
            )
            {
                RedirectStandardOutput = true,
            };
            start.Environment["HELPDESK_ADMIN_KEY"] = Desk.Key;
            var began = Stopwatch.GetTimestamp();
            var script = Children.Start(start);
            script.BeginOutputReadLine();
            using var desk = new Desk(new Uri($"http://127.0.0.1:{port}"), new SocketsHttpHandler { UseProxy = false });
            await desk.OpenWhenUpAsync(script);
            // The first run reads everything from disk.
            if (run > 0)
                times.Add(Stopwatch.GetElapsedTime(began).TotalSeconds);
            await Children.EndAsync(script);
            System.IO.Directory.Delete(data, recursive: true);
        }

        Console.WriteLine($"\n./run.sh until the first ticket is answered: {Figures.Spread(times, "F2")} s (budget 5 s)");
    }

    private static async Task<Start> StartAsync(AppFolder app, IReadOnlyDictionary<string, string> settings, bool opensTicket)
    {
        var began = Stopwatch.GetTimestamp();
        await using var worker = await WorkerProcess.StartAsync(app, settings);
        var before = Stopwatch.GetElapsedTime(began) - worker.Ready;
        await worker.Desk.SendAsync(HttpMethod.Get, "/api/health");
        var answered = Stopwatch.GetElapsedTime(began) - before;
        if (opensTicket)
            await worker.Desk.OpenAsync();
        return new(
            worker.Ready.TotalMilliseconds,
            answered.TotalMilliseconds,
            opensTicket ? (Stopwatch.GetElapsedTime(began) - before).TotalMilliseconds : null,
            ProcessFacts.Memory(worker.Id)
        );
    }

    private static void Show(string build, string app, List<Start> starts)
    {
        var ticket = starts[0].Ticket is null ? "" : Figures.Spread([.. starts.Select(start => start.Ticket!.Value)], "F0") + " ms";
        Console.WriteLine(
            $"| {build} | {app} | {Figures.Spread([.. starts.Select(start => start.Ready)], "F0")} ms | "
                + $"{Figures.Spread([.. starts.Select(start => start.Answer)], "F0")} ms | {ticket} | "
                + $"{Figures.Spread([.. starts.Select(start => start.Memory)], "F0")} MB |"
        );
    }

    /// <summary>Milliseconds since the process began, and megabytes at the end.</summary>
    private sealed record Start(double Ready, double Answer, double? Ticket, double Memory);
}
