using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Helpdesk.Testing;

/// <summary>A program of the machine that runs for one test, with what it prints.</summary>
public sealed class PeerProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _log = new();

    private PeerProcess(Process process) => _process = process;

    /// <summary>What it has printed.</summary>
    public string Log
    {
        get
        {
            lock (_log)
                return _log.ToString();
        }
    }

    public bool HasExited => _process.HasExited;

    /// <param name="package">Name of the Debian package that it comes with.</param>
    public static PeerProcess Start(string program, string package, params string[] arguments)
    {
        if (!File.Exists(program))
            throw new InvalidOperationException($"{program} is not installed: run ./test.sh as root, or install {package}.");
        var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var peer = new PeerProcess(process);
        void Keep(object _, DataReceivedEventArgs line)
        {
            lock (peer._log)
                peer._log.AppendLine(line.Data);
        }

        process.OutputDataReceived += Keep;
        process.ErrorDataReceived += Keep;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return peer;
    }

    /// <summary>Waits until an address answers with 200.</summary>
    public async Task AnswersAsync(Uri address)
    {
        using var http = new HttpClient();
        await Until.TrueAsync(
            async () =>
            {
                if (HasExited)
                    throw new InvalidOperationException($"It ended with {_process.ExitCode}: {Log}");
                try
                {
                    using var answer = await http.GetAsync(address);
                    return answer.IsSuccessStatusCode;
                }
                catch (HttpRequestException)
                {
                    return false;
                }
            },
            $"{address} answers"
        );
    }

    public async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            await SignalAsync("TERM");
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }
}
