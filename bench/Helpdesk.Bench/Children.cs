using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Helpdesk.Bench;

/// <summary>The processes that this benchmark has started: none of them outlives it, however it ends.</summary>
internal static class Children
{
    private static readonly ConcurrentDictionary<int, Process> Running = new();
    private static readonly List<PosixSignalRegistration> Signals = [];

    /// <summary>Ends what still runs when this process does.</summary>
    public static void EndWithThisProcess()
    {
        AppDomain.CurrentDomain.ProcessExit += (_, _) => KillAll();
        foreach (var signal in new[] { PosixSignal.SIGTERM, PosixSignal.SIGINT, PosixSignal.SIGHUP })
            Signals.Add(PosixSignalRegistration.Create(signal, _ => KillAll()));
    }

    /// <summary>Has a process that something else has started end like its own.</summary>
    public static void Adopt(Process process) => Running[process.Id] = process;

    public static Process Start(ProcessStartInfo start)
    {
        var process = Process.Start(start) ?? throw new InvalidOperationException($"{start.FileName} did not start.");
        Adopt(process);
        return process;
    }

    /// <summary>Ends a process by a signal that it may act upon, and waits until it is gone.</summary>
    public static async Task EndAsync(Process process)
    {
        if (!process.HasExited)
        {
            using var kill = Process.Start("kill", ["-TERM", process.Id.ToString(CultureInfo.InvariantCulture)]);
            await kill.WaitForExitAsync();
            try
            {
                await process.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(1), TimeProvider.System);
            }
            catch (TimeoutException)
            {
                process.Kill(entireProcessTree: true);
                throw;
            }
        }

        Forget(process);
    }

    /// <summary>Ends a process at once.</summary>
    public static async Task KillAsync(Process process)
    {
        process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync();
        Forget(process);
    }

    private static void Forget(Process process)
    {
        Running.TryRemove(process.Id, out _);
        process.Dispose();
    }

    private static void KillAll()
    {
        foreach (var process in Running.Values.Where(process => !process.HasExited))
            process.Kill(entireProcessTree: true);
    }
}

/// <summary>What the machine says of a process.</summary>
internal static class ProcessFacts
{
    /// <summary>Processor time since its start, of all its threads.</summary>
    public static TimeSpan Cpu(int id)
    {
        // Fields 14 and 15 of proc(5), counted behind the command's name, which may hold anything: user and system time in hundredths of a second.
        var fields = Stat(id);
        return TimeSpan.FromMilliseconds(10.0 * (long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture)));
    }

    /// <summary>Resident memory in megabytes.</summary>
    public static double Memory(int id)
    {
        var line = File.ReadLines($"/proc/{id}/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
        return long.Parse(line.AsSpan("VmRSS:".Length, line.Length - "VmRSS:".Length - " kB".Length), CultureInfo.InvariantCulture) * 1024 / 1e6;
    }

    /// <summary>The processes that a process has started.</summary>
    public static IReadOnlyList<int> ChildrenOf(int id)
    {
        var children = new List<int>();
        foreach (var folder in System.IO.Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var other))
                continue;
            try
            {
                if (int.Parse(Stat(other)[1], CultureInfo.InvariantCulture) == id)
                    children.Add(other);
            }
            catch (IOException)
            {
                // It has ended since the folder was listed.
            }
        }

        return children;
    }

    private static string[] Stat(int id)
    {
        var text = File.ReadAllText($"/proc/{id}/stat");
        return text[(text.LastIndexOf(')') + 2)..].Split(' ');
    }
}
