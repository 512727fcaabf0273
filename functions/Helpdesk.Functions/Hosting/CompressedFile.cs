using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Hosting;

/// <summary>Gives a file in the best encoding that the browser takes, of those that the build has left beside it.</summary>
/// <remarks>The Functions host compresses nothing.</remarks>
public static class CompressedFile
{
    private static readonly (string Encoding, string Ending)[] Encodings = [("br", ".br"), ("gzip", ".gz")];

    /// <param name="version">Changes with the content.</param>
    public static PhysicalFileHttpResult Give(HttpContext context, string path, string contentType, string version)
    {
        ArgumentNullException.ThrowIfNull(context);
        var headers = context.Response.Headers;
        headers.Vary = "Accept-Encoding";
        var accepted = context.Request.Headers.AcceptEncoding.ToString().Split(',').Select(one => one.Split(';')[0].Trim()).ToList();
        foreach (var (encoding, ending) in Encodings)
        {
            if (!accepted.Contains(encoding) || !File.Exists(path + ending))
                continue;
            headers.ContentEncoding = encoding;
            return TypedResults.PhysicalFile(path + ending, contentType, entityTag: new($"\"{version}-{encoding}\""));
        }

        return TypedResults.PhysicalFile(path, contentType, entityTag: new($"\"{version}\""));
    }
}
