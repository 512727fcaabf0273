using System.Text.Json;

namespace Helpdesk.LocalHost.App;

/// <summary>The folder of a built isolated-worker app: which program to run, its host.json and its local.settings.json.</summary>
public sealed record FunctionApp(string Folder, string Executable, string WorkerFile, HostJson Host, LocalSettings Settings)
{
    internal static readonly JsonDocumentOptions Lenient = new() { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip };

    /// <summary>Reads the folder; says what is missing or wrong in it.</summary>
    public static FunctionApp Read(string folder)
    {
        var file = Path.Combine(folder, "worker.config.json");
        if (ReadJson(file) is not { } config)
            throw new LocalHostException(
                $"{folder} holds no built isolated-worker app (worker.config.json is missing): build the app and give its output folder with --app."
            );
        if (!config.TryGetProperty("description", out var description) || !description.TryGetProperty("defaultWorkerPath", out var path))
            throw new LocalHostException($"{file} names no description.defaultWorkerPath: build the app again.");
        var language = description.TryGetProperty("language", out var named) ? named.GetString() : null;
        if (language != "dotnet-isolated")
            throw new LocalHostException($"The app in {folder} is written for '{language}', and this host runs dotnet-isolated only.");
        var executable = description.TryGetProperty("defaultExecutablePath", out var given) ? given.GetString()! : "dotnet";
        var worker = Path.Combine(folder, path.GetString()!);
        return File.Exists(worker)
            ? new(
                folder,
                executable.Replace("{WorkerRoot}", folder + "/", StringComparison.Ordinal),
                worker,
                HostJson.Read(folder),
                LocalSettings.Read(folder)
            )
            : throw new LocalHostException($"{worker} is missing: build the app again.");
    }

    /// <summary>A JSON file with comments and trailing commas, as those of Functions may have them; null when there is none.</summary>
    internal static JsonElement? ReadJson(string file)
    {
        if (!File.Exists(file))
            return null;
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllText(file), Lenient);
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? document.RootElement.Clone()
                : throw new LocalHostException($"{file} must hold a JSON object.");
        }
        catch (JsonException wrong)
        {
            throw new LocalHostException($"{file} is no JSON, line {wrong.LineNumber + 1}.", wrong);
        }
    }
}
