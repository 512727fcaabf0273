using System.Globalization;
using System.Net.Sockets;
using System.Text.Json;

namespace Helpdesk.LocalHost.Storage;

/// <summary>Azurite with its data in the data folder, as a process that does not depend on this one.</summary>
/// <remarks>
/// It writes what it holds in memory every few seconds, so it must not die with a host that is killed: it has a session of its own and writes its
/// messages to a file.
/// Whoever holds the lock file is the one emulator on this data: the host takes the lock, the emulator inherits it and holds it for as long as it lives.
/// So the next start finds out whether one is left, without guessing by a process id, and two can never be started on the same data.
/// </remarks>
public sealed partial class StorageEmulator : IAsyncDisposable
{
    /// <summary>
    /// What its tables may take on disk, in MB. It writes them all as one text, which Node cannot make longer than 512 MB: it would end, and start again
    /// without what it could not write.
    /// </summary>
    private const long Most = 460;
    private const long Megabyte = 1_000_000;

    /// <summary>The share from which on it is told how full it is, at each further tenth.</summary>
    private const long FirstTold = 6;

    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan WatchStep = TimeSpan.FromSeconds(1);

    private readonly string _script;
    private readonly string _data;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stopping = new();
    private readonly CancellationTokenSource _full = new();
    private readonly EmulatorPorts _ports;
    private readonly long _most;
    private long _told = FirstTold - 1;
    private Task? _watch;

    private StorageEmulator(string script, string data, long most, EmulatorPorts ports, TimeProvider time, ILogger logger) =>
        (_script, _data, _most, _ports, _time, _logger) = (script, data, most, ports, time, logger);

    /// <summary>Cancelled when its tables are so large that it soon could not write them any more.</summary>
    public CancellationToken Full => _full.Token;

    /// <summary>What to say then.</summary>
    public LocalHostException Refusal =>
        new(
            $"The tables in {Folder} take up {Size / Megabyte} MB. The storage emulator can keep no more than 512 MB, so the helpdesk stops at {_most} MB, "
                + "before anything is lost: move to a storage account (--storage), or begin anew in another folder (--data). To read what is there, set "
                + "LOCALHOST_TABLES_MB to a limit of up to 500 MB."
        );

    /// <summary>The account and key are the emulator's own, the same everywhere.</summary>
    public string ConnectionString =>
        "DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;"
        + "AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==;"
        + $"BlobEndpoint=http://127.0.0.1:{_ports.Blob}/devstoreaccount1;"
        + $"QueueEndpoint=http://127.0.0.1:{_ports.Queue}/devstoreaccount1;"
        + $"TableEndpoint=http://127.0.0.1:{_ports.Table}/devstoreaccount1;";

    private string Folder => Path.Combine(_data, "azurite");

    private long Size => new FileInfo(Path.Combine(Folder, "__azurite_db_table__.json")) is { Exists: true } file ? file.Length : 0;

    private string LogFile => Path.Combine(_data, "azurite.log");

    /// <summary>
    /// Finds the emulator that an earlier run left, or starts one. The connection string is known at once;
    /// <see cref="AnswersAsync(CancellationToken)"/> says when it can be used.
    /// </summary>
    /// <param name="most">What its tables may take on disk, in MB; null for what it can keep.</param>
    public static StorageEmulator Begin(string script, DataFolder data, long? most, TimeProvider time, ILogger<StorageEmulator> logger)
    {
        if (!File.Exists(script))
            throw new LocalHostException($"The storage emulator is not there ({script}): run npm ci, or give a storage account with --storage.");
        if (!Native.IsInstalled("node"))
            throw new LocalHostException(
                "Node is not installed, and the storage emulator needs it: install Node 20 or newer, or give a storage account with --storage."
            );
        System.IO.Directory.CreateDirectory(Path.Combine(data.Path, "azurite"));
        using var held = Native.TryLock(LockFile(data.Path));
        if (held is null)
        {
            var left = new StorageEmulator(script, data.Path, most ?? Most, EmulatorPorts.Read(data.Path), time, logger);
            Log.Found(logger, left.LogFile);
            return left;
        }

        var ports = EmulatorPorts.Choose();
        ports.Write(data.Path);
        var emulator = new StorageEmulator(script, data.Path, most ?? Most, ports, time, logger);
        if (emulator.Size >= emulator._most * Megabyte)
            throw emulator.Refusal;
        emulator.Start();
        return emulator;
    }

    /// <summary>Waits until all three services answer, and from then on starts the emulator again should it end.</summary>
    public async Task AnswersAsync(CancellationToken cancellationToken)
    {
        var began = _time.GetTimestamp();
        foreach (var port in (int[])[_ports.Blob, _ports.Queue, _ports.Table])
        {
            while (!await AnswersAsync(port, cancellationToken))
            {
                if (!IsRunning() || _time.GetElapsedTime(began) > StartLimit)
                    throw new LocalHostException(
                        $"The storage emulator does not start with the data in {Folder} ({LogFile} says why): move that folder away, "
                            + "or choose another one with --data."
                    );
                await Task.Delay(Step, _time, cancellationToken);
            }
        }

        _watch ??= WatchAsync();
    }

    /// <summary>Lets it write what it holds in memory, and waits for that.</summary>
    /// <remarks>
    /// It waits for its last client. One that stays connected cannot hold it up for ever: what was written before has long been saved by then.
    /// </remarks>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        if (_watch is not null)
            await _watch;
        _stopping.Dispose();
        _full.Dispose();
        if (await EndsAsync(Native.SigTerm))
            return;
        Log.Hangs(_logger, LogFile);
        await EndsAsync(Native.SigKill);
    }

    /// <summary>Sends the emulator a signal; says whether it ends.</summary>
    /// <remarks>Its process id is written under the lock, by the process that holds it: as long as the lock is held it names no other.</remarks>
    private async Task<bool> EndsAsync(int signal)
    {
        var began = _time.GetTimestamp();
        var sent = false;
        while (IsRunning())
        {
            if (
                !sent
                && File.Exists(PidFile(_data))
                && int.TryParse(await File.ReadAllTextAsync(PidFile(_data)), NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var pid)
            )
            {
                Native.Signal(pid, signal);
                sent = true;
            }

            if (_time.GetElapsedTime(began) > StopLimit)
                return false;
            await Task.Delay(Step, _time);
        }

        return true;
    }

    /// <summary>Starts the process; call it with the lock in hand.</summary>
    private void Start()
    {
        File.Delete(PidFile(_data));
        string Text(int port) => port.ToString(CultureInfo.InvariantCulture);
        string[] node =
        [
            "node",
            _script,
            "--silent",
            "--location",
            ".",
            "--skipApiVersionCheck",
            "--disableTelemetry",
            "--blobPort",
            Text(_ports.Blob),
            "--queuePort",
            Text(_ports.Queue),
            "--tablePort",
            Text(_ports.Table),
        ];
        var files = new Dictionary<string, string?>(StringComparer.Ordinal) { ["EMULATOR_LOG"] = LogFile, ["EMULATOR_PID"] = PidFile(_data) };
        const string script = "echo $$ >\"$EMULATOR_PID\" && exec \"$@\" </dev/null >>\"$EMULATOR_LOG\" 2>&1";
        Native.Start("/bin/sh", ["-c", script, "sh", .. node], Folder, files).Dispose();
    }

    private async Task WatchAsync()
    {
        using var timer = new PeriodicTimer(WatchStep, _time);
        try
        {
            while (await timer.WaitForNextTickAsync(_stopping.Token))
            {
                await LookAtSizeAsync();
                using var held = Native.TryLock(LockFile(_data));
                if (held is null)
                    continue;
                Log.Ended(_logger, LogFile);
                Start();
            }
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // Nobody needs it any more.
        }
    }

    private async Task LookAtSizeAsync()
    {
        var size = Size;
        var tenths = size * 10 / (_most * Megabyte);
        if (tenths >= 10)
            await _full.CancelAsync();
        else if (tenths > _told)
            Log.Fills(_logger, size / Megabyte, _most);
        _told = Math.Max(_told, tenths);
    }

    private bool IsRunning()
    {
        using var held = Native.TryLock(LockFile(_data));
        return held is null;
    }

    private static async Task<bool> AnswersAsync(int port, CancellationToken cancellationToken)
    {
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync("127.0.0.1", port, cancellationToken);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static string LockFile(string data) => Path.Combine(data, "azurite.lock");

    private static string PidFile(string data) => Path.Combine(data, "azurite.pid");

    /// <summary>Where its three services listen; written down before it starts.</summary>
    private sealed record EmulatorPorts(int Blob, int Queue, int Table)
    {
        public static EmulatorPorts Choose()
        {
            while (true)
            {
                var ports = new EmulatorPorts(Ports.Free(), Ports.Free(), Ports.Free());
                if (ports.Blob != ports.Queue && ports.Queue != ports.Table && ports.Blob != ports.Table)
                    return ports;
            }
        }

        public static EmulatorPorts Read(string data)
        {
            try
            {
                return JsonSerializer.Deserialize<EmulatorPorts>(System.IO.File.ReadAllText(File(data)))!;
            }
            catch (Exception unknown) when (unknown is IOException or JsonException)
            {
                throw new LocalHostException(
                    $"A storage emulator runs on the data in {data}, and {File(data)} does not say where it listens: stop it "
                        + $"(its process id is in {PidFile(data)}).",
                    unknown
                );
            }
        }

        public void Write(string data) => System.IO.File.WriteAllText(File(data), JsonSerializer.Serialize(this));

        private static string File(string data) => Path.Combine(data, "azurite.json");
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Information, "The storage emulator of an earlier run is still there and is used again; its messages are in {File}.")]
        public static partial void Found(ILogger logger, string file);

        [LoggerMessage(LogLevel.Error, "The storage emulator ended ({File} says why); it is started again.")]
        public static partial void Ended(ILogger logger, string file);

        [LoggerMessage(
            LogLevel.Warning,
            "The storage emulator's tables take up {Size} of {Most} MB. The helpdesk stops when that is full: move to a storage account (--storage)."
        )]
        public static partial void Fills(ILogger logger, long size, long most);

        [LoggerMessage(LogLevel.Error, "The storage emulator does not stop and is killed; its messages are in {File}.")]
        public static partial void Hangs(ILogger logger, string file);
    }
}
