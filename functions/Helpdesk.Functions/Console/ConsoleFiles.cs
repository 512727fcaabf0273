using System.Collections.Frozen;
using Helpdesk.Functions.Hosting;
using Microsoft.AspNetCore.StaticFiles;

namespace Helpdesk.Functions.Console;

/// <summary>A file of the console.</summary>
/// <param name="Version">Changes with the content.</param>
/// <param name="Forever">Whether its name changes with its content, so that browsers may keep it for good.</param>
public sealed record ConsoleFile(string Path, string ContentType, string Version, bool Forever);

/// <summary>The files of the console as its build left them beside the program, compressed beforehand.</summary>
public sealed class ConsoleFiles(string folder)
{
    /// <summary>The one page of the console; its scripts show what the address says.</summary>
    public const string Page = "index.html";

    private const string Assets = "assets/";
    private static readonly string[] Compressed = [".br", ".gz"];
    private readonly Lazy<FrozenDictionary<string, ConsoleFile>> _files = new(() => FindAll(folder));

    /// <summary>A file by its path; null when there is none.</summary>
    public ConsoleFile? Find(string path) => _files.Value.GetValueOrDefault(path);

    private static FrozenDictionary<string, ConsoleFile> FindAll(string folder)
    {
        var types = new FileExtensionContentTypeProvider();
        types.Mappings[".webmanifest"] = "application/manifest+json";
        return !System.IO.Directory.Exists(folder)
            ? FrozenDictionary<string, ConsoleFile>.Empty
            : System
                .IO.Directory.GetFiles(folder, "*", SearchOption.AllDirectories)
                .Where(path => !Compressed.Contains(Path.GetExtension(path), StringComparer.Ordinal))
                .Select(path => (Name: Path.GetRelativePath(folder, path).Replace('\\', '/'), Path: path))
                .ToFrozenDictionary(
                    one => one.Name,
                    one => new ConsoleFile(
                        one.Path,
                        TypeOf(types, one.Name),
                        Hashes.Short(File.ReadAllBytes(one.Path))[..16],
                        one.Name.StartsWith(Assets, StringComparison.Ordinal)
                    ),
                    StringComparer.Ordinal
                );
    }

    private static string TypeOf(FileExtensionContentTypeProvider types, string name) =>
        !types.TryGetContentType(name, out var type) ? "application/octet-stream"
        : type.StartsWith("text/", StringComparison.Ordinal) ? $"{type}; charset=utf-8"
        : type;
}
