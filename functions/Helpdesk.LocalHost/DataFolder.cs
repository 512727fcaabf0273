using System.Globalization;

namespace Helpdesk.LocalHost;

/// <summary>The folder that keeps what must outlive a run. One run has it at a time.</summary>
public sealed class DataFolder : IDisposable
{
    private readonly FileStream _lock;
    private readonly string _processes;

    private DataFolder(string path, FileStream held) => (Path, _lock, _processes) = (path, held, System.IO.Path.Combine(path, "processes"));

    public string Path { get; }

    /// <summary>Takes the folder; says what to do when that is not possible.</summary>
    public static DataFolder Open(string path)
    {
        try
        {
            Directory.CreateDirectory(path);
            return new(path, new FileStream(System.IO.Path.Combine(path, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException) when (Directory.Exists(path))
        {
            throw new LocalHostException($"The data folder {path} is in use by another run: stop that one, or choose another folder with --data.");
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new LocalHostException($"The data folder {path} cannot be used ({problem.Message}): choose another one with --data.", problem);
        }
    }

    /// <summary>Ends what an earlier run started and, since it was killed itself, could not end.</summary>
    public async Task EndLeftoversAsync(CancellationToken cancel)
    {
        if (!File.Exists(_processes))
            return;
        foreach (var line in await File.ReadAllLinesAsync(_processes, cancel))
        {
            if (line.Split(' ') is not [var id, var started] || !int.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var pid) || Native.StartTime(pid) != started)
                continue;
            Native.Signal(pid, Native.SigTerm);
            for (var waited = 0; waited < 100 && Native.StartTime(pid) == started; waited++)
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, cancel);
            Native.Signal(Native.StartTime(pid) == started ? pid : 0x7ffffffe, Native.SigKill);
        }

        File.Delete(_processes);
    }

    /// <summary>Remembers a process that this run started, by its id and the time it began.</summary>
    public void Remember(int pid)
    {
        if (Native.StartTime(pid) is { } started)
            File.AppendAllLines(_processes, [string.Create(CultureInfo.InvariantCulture, $"{pid} {started}")]);
    }

    /// <summary>Everything that was started has ended.</summary>
    public void ForgetProcesses() => File.Delete(_processes);

    public void Dispose() => _lock.Dispose();
}
