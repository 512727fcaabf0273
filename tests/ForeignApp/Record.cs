using System.Text.Json;

namespace ForeignApp;

/// <summary>A file in which functions note what happened to them, a line of JSON each; it outlives the process.</summary>
internal static class Record
{
    private static readonly string? File = Environment.GetEnvironmentVariable("RECORD");
    private static readonly Lock Gate = new();

    public static void Add(string function, object? what)
    {
        if (File is null)
            return;
        var line = JsonSerializer.Serialize(
            new
            {
                function,
                pid = Environment.ProcessId,
                at = TimeProvider.System.GetUtcNow(),
                what,
            }
        );
        lock (Gate)
            System.IO.File.AppendAllText(File, line + "\n");
    }
}

public sealed record Note(string Id, int Number);
