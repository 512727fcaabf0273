using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Helpdesk.LocalHost;

/// <summary>Processes, as Linux has them.</summary>
internal static partial class Native
{
    public const int SigTerm = 15;
    public const int SigKill = 9;

    /// <summary>Starts a child in a session of its own, so that Ctrl+C reaches this host alone and the host decides who ends when.</summary>
    public static Process Start(string file, IEnumerable<string> arguments, string folder, IEnumerable<KeyValuePair<string, string>> environment, bool silent)
    {
        var setsid = File.Exists("/usr/bin/setsid");
        var start = new ProcessStartInfo(setsid ? "/usr/bin/setsid" : file, setsid ? [file, .. arguments] : arguments)
        {
            WorkingDirectory = folder,
            UseShellExecute = false,
            RedirectStandardOutput = silent,
            RedirectStandardInput = true,
        };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        var process = Process.Start(start)!;
        process.StandardInput.Close();
        if (silent)
        {
            process.OutputDataReceived += (_, _) => { };
            process.BeginOutputReadLine();
        }

        return process;
    }

    /// <summary>Sends a signal; one to a process that is gone does nothing.</summary>
    public static void Signal(int pid, int signal) => _ = Kill(pid, signal);

    /// <summary>When a process was started, in clock ticks since the machine was; null when there is none. With the id it names one process for ever.</summary>
    public static string? StartTime(int pid)
    {
        try
        {
            var stat = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/stat"));
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return fields[0] == "Z" ? null : fields[19];
        }
        catch (IOException)
        {
            return null;
        }
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int pid, int signal);
}
