using System.Globalization;

namespace Helpdesk.LocalHost;

/// <summary>What the host is told on its command line.</summary>
public sealed record LocalHostOptions
{
    private static readonly string[] Known = ["--app", "--name", "--port", "--data", "--storage", "--azurite", "--func", "--page", "--verbose"];

    /// <summary>The output folder of an isolated-worker app.</summary>
    public required string App { get; init; }

    /// <summary>What the app is called when the host says that it is ready; also the name under which its timers and locks are kept.</summary>
    public string Name { get; init; } = "The app";

    /// <summary>Where the app answers, on the loopback address; null for what local.settings.json says, or 7071.</summary>
    public int? Port { get; init; }

    /// <summary>Where the storage emulator keeps its data between runs.</summary>
    public string Data { get; init; } = ".data";

    /// <summary>Connection string of a storage account; null to run the emulator, or to take AzureWebJobsStorage when there is none.</summary>
    public string? Storage { get; init; }

    /// <summary>The emulator's script, run by Node.</summary>
    public string? Azurite { get; init; }

    /// <summary>What the emulator's tables may take on disk, in MB; null for what it can keep.</summary>
    public long? MostTables { get; init; }

    /// <summary>The program of Core Tools, to run the app instead of this host; null for this host.</summary>
    public string? Func { get; init; }

    /// <summary>Pages worth a look, each with its name and path, told with the ready message.</summary>
    public IReadOnlyList<(string Name, string Path)> Pages { get; init; } = [];

    /// <summary>Lists the functions, and lets the SDK's own warnings through.</summary>
    public bool Verbose { get; init; }

    /// <summary>Said once after the ready line, such as a key that was made for this run.</summary>
    public string? Announce { get; init; }

    /// <summary>Reads the command line, with values after a space or after <c>=</c>; says what is wrong with it.</summary>
    public static LocalHostOptions Parse(IReadOnlyList<string> args)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        var pages = new List<(string, string)>();
        var verbose = false;
        for (var i = 0; i < args.Count; i++)
        {
            var (option, value) = args[i].Split('=', 2) is [var before, var after] ? (before, after) : (args[i], null);
            if (!Known.Contains(option))
                throw new LocalHostException($"{option} is no option here; there are {string.Join(", ", Known[..^1])} and {Known[^1]}.");
            if (option == "--verbose")
            {
                verbose = value is null ? true : throw new LocalHostException("--verbose takes no value.");
                continue;
            }

            value ??= ++i < args.Count ? args[i] : "";
            if (value.Length == 0)
                throw new LocalHostException($"{option} needs a value.");
            if (option == "--page")
                pages.Add(
                    value.Split('=', 2) is [var name, ['/', ..] path]
                        ? (name, path)
                        : throw new LocalHostException($"--page {value} is no page: give a name and a path, as in Chat=/chat.")
                );
            else
                values[option] = value;
        }

        return new()
        {
            App = Path.GetFullPath(values.GetValueOrDefault("--app") ?? throw new LocalHostException("--app must name the folder of a built Functions app.")),
            Name = values.GetValueOrDefault("--name", "The app"),
            Port = values.GetValueOrDefault("--port") is { } text
                ? int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is > 0 and < 65536
                    ? number
                    : throw new LocalHostException($"--port {text} is no port: give a number from 1 to 65535.")
                : null,
            Data = Path.GetFullPath(values.GetValueOrDefault("--data", ".data")),
            Storage = values.GetValueOrDefault("--storage"),
            Azurite = values.GetValueOrDefault("--azurite") is { } script ? Path.GetFullPath(script) : null,
            Func = values.GetValueOrDefault("--func"),
            Pages = pages,
            Verbose = verbose,
            MostTables = Environment.GetEnvironmentVariable("LOCALHOST_TABLES_MB") is { Length: > 0 } limit
                ? long.TryParse(limit, NumberStyles.None, CultureInfo.InvariantCulture, out var megabytes) && megabytes is > 0 and <= 500
                    ? megabytes
                    : throw new LocalHostException($"LOCALHOST_TABLES_MB is \"{limit}\"; it must be a number from 1 to 500.")
                : null,
            Announce = Environment.GetEnvironmentVariable("LOCALHOST_ANNOUNCE"),
        };
    }
}
