using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Helpdesk.LocalHost;

/// <summary>Processes and locks, as Linux and macOS have them.</summary>
internal static partial class Native
{
    public const int SigTerm = 15;
    public const int SigKill = 9;
    private const int ExclusiveAtOnce = 2 | 4;

    /// <summary>Whether there is such a program, by its path or on the search path.</summary>
    public static bool IsInstalled(string program) =>
        program.Contains(Path.DirectorySeparatorChar, StringComparison.Ordinal)
            ? File.Exists(program)
            : (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, program)));

    /// <summary>
    /// Starts a child in a session of its own, so that Ctrl+C reaches this host alone and the host decides who ends when. A setting without value is
    /// taken away.
    /// </summary>
    public static Process Start(string file, IEnumerable<string> arguments, string folder, IEnumerable<KeyValuePair<string, string?>> environment)
    {
        var setsid = File.Exists("/usr/bin/setsid");
        var start = new ProcessStartInfo(setsid ? "/usr/bin/setsid" : file, setsid ? [file, .. arguments] : arguments)
        {
            WorkingDirectory = folder,
            UseShellExecute = false,
            RedirectStandardInput = true,
        };
        foreach (var (name, value) in environment)
        {
            if (value is null)
                start.Environment.Remove(name);
            else
                start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }

    /// <summary>Sends a signal; one to a process that is gone does nothing.</summary>
    public static void Signal(int pid, int signal) => _ = Kill(pid, signal);

    /// <summary>
    /// Locks a file for this process and for those that it starts while it holds the lock: the lock ends with the last of them. Null when it is held
    /// by others.
    /// </summary>
    public static HeldLock? TryLock(string file)
    {
        // Unlike files that .NET opens, this one is passed on to children.
        var descriptor = Create(file, 0b110_000_000);
        if (descriptor < 0)
            throw new IOException($"{file} cannot be opened ({Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}).");
        if (Lock(descriptor, ExclusiveAtOnce) == 0)
            return new(descriptor);
        _ = Close(descriptor);
        return null;
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int pid, int signal);

    [LibraryImport("libc", EntryPoint = "creat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Create(string file, uint mode);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    private static partial int Lock(int descriptor, int operation);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int descriptor);

    /// <summary>A lock that this process holds, together with the children that it started meanwhile.</summary>
    public sealed class HeldLock(int descriptor) : IDisposable
    {
        public void Dispose() => _ = Close(descriptor);
    }
}
