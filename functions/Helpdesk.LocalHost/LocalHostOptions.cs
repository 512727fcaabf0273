using System.Globalization;

namespace Helpdesk.LocalHost;

/// <summary>Something that whoever started the host can put right; the message says how, in one sentence.</summary>
public sealed class LocalHostException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>What the host is told on its command line.</summary>
public sealed record LocalHostOptions
{
    /// <summary>The Functions app: a folder with host.json and a folder per function.</summary>
    public required string App { get; init; }

    /// <summary>What the app is called when the host says that it is ready.</summary>
    public string Name { get; init; } = "The app";

    /// <summary>Where the app answers, on the loopback address.</summary>
    public int Port { get; init; } = 7071;

    /// <summary>Where the task hub answers, for Durable Task workers and clients of your own; null for a free port that only the app is told.</summary>
    public int? DurablePort { get; init; }

    /// <summary>Where the storage emulator keeps its data between runs.</summary>
    public string Data { get; init; } = ".data";

    /// <summary>Connection string of a storage account; null to run the emulator.</summary>
    public string? Storage { get; init; }

    /// <summary>The emulator's script, run by Node.</summary>
    public string? Azurite { get; init; }

    /// <summary>Said once after the ready line, such as a key that was made for this run.</summary>
    public string? Announce { get; init; }

    /// <summary>Reads the command line; says what is wrong with it.</summary>
    public static LocalHostOptions Parse(IReadOnlyList<string> args)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var i = 0; i < args.Count; i += 2)
        {
            if (args[i] is not ("--app" or "--name" or "--port" or "--durable-port" or "--data" or "--storage" or "--azurite"))
                throw new LocalHostException($"{args[i]} is no option here; there are --app, --name, --port, --durable-port, --data, --storage and --azurite.");
            if (i + 1 == args.Count || args[i + 1].Length == 0)
                throw new LocalHostException($"{args[i]} needs a value.");
            values[args[i]] = args[i + 1];
        }

        int Port(string option, string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is > 0 and < 65536
            ? number
            : throw new LocalHostException($"{option} {text} is no port: give a number from 1 to 65535.");
        return new()
        {
            App = Path.GetFullPath(values.GetValueOrDefault("--app") ?? throw new LocalHostException("--app must name the folder of a Functions app.")),
            Name = values.GetValueOrDefault("--name", "The app"),
            Port = Port("--port", values.GetValueOrDefault("--port", "7071")),
            DurablePort = values.GetValueOrDefault("--durable-port") is { } durable ? Port("--durable-port", durable) : null,
            Data = Path.GetFullPath(values.GetValueOrDefault("--data", ".data")),
            Storage = values.GetValueOrDefault("--storage"),
            Azurite = values.GetValueOrDefault("--azurite") is { } script ? Path.GetFullPath(script) : null,
            Announce = Environment.GetEnvironmentVariable("LOCALHOST_ANNOUNCE"),
        };
    }
}
