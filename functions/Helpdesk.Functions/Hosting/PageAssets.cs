using System.Collections.Frozen;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Hosting;

/// <summary>The scripts and styles of a page as the build left them beside the program, compressed beforehand.</summary>
/// <remarks>They are served under <c>/{page}/assets/{version}/{file}</c>, where the version changes with the content.</remarks>
public abstract class PageAssets(string page)
{
    private readonly FrozenDictionary<string, AssetFile> _files = Find(Path.Combine(AppContext.BaseDirectory, page));

    /// <summary>The address of a file as it is now.</summary>
    public string UrlOf(string file) =>
        _files.TryGetValue(file, out var asset)
            ? $"/{page}/assets/{asset.Version}/{file}"
            : throw new InvalidOperationException($"The file {page}/{file} is missing beside the program: build it with ./run.sh or ./test.sh.");

    /// <summary>A version of a file, which browsers may keep for good; 404 for another one than there is now.</summary>
    public Results<PhysicalFileHttpResult, NotFound> Give(HttpContext context, string version, string file)
    {
        if (!_files.TryGetValue(file, out var asset) || asset.Version != version)
            return TypedResults.NotFound();
        context.Response.Headers.CacheControl = "public, max-age=31536000, immutable";
        return Give(context, file);
    }

    /// <summary>The file as it is now, in the best encoding that the browser takes.</summary>
    public Results<PhysicalFileHttpResult, NotFound> Give(HttpContext context, string file)
    {
        if (!_files.TryGetValue(file, out var asset))
            return TypedResults.NotFound();
        var headers = context.Response.Headers;
        headers.XContentTypeOptions = "nosniff";
        headers["Cross-Origin-Resource-Policy"] = "cross-origin";
        return CompressedFile.Give(context, asset.Path, asset.ContentType, asset.Version);
    }

    private static FrozenDictionary<string, AssetFile> Find(string folder) =>
        !System.IO.Directory.Exists(folder)
            ? FrozenDictionary<string, AssetFile>.Empty
            : System
                .IO.Directory.GetFiles(folder)
                .Where(path => Path.GetExtension(path) is ".js" or ".css")
                .ToFrozenDictionary(
                    path => Path.GetFileName(path),
                    path => new AssetFile(
                        path,
                        Hashes.Short(File.ReadAllBytes(path))[..16],
                        Path.GetExtension(path) == ".css" ? "text/css; charset=utf-8" : "text/javascript; charset=utf-8"
                    ),
                    StringComparer.Ordinal
                );

    private sealed record AssetFile(string Path, string Version, string ContentType);
}
