using System.Text;
using System.Text.Unicode;
using Helpdesk.Attachments;
using Helpdesk.Functions.Hosting;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace Helpdesk.Functions.Attachments;

/// <summary>A file as it was sent, with the content type under which it may be kept.</summary>
public sealed record ReceivedFile(string Name, string ContentType, ReadOnlyMemory<byte> Bytes);

/// <summary>Why a file is not taken.</summary>
public enum FileRefusal
{
    Program,
    TooLarge,
    TooMany,
}

/// <summary>A file that is not taken.</summary>
public sealed record RefusedFile(string Name, FileRefusal Why);

/// <summary>What came as <c>multipart/form-data</c>: fields, files, and the files that are not taken.</summary>
public sealed record Upload(IReadOnlyDictionary<string, string> Fields, IReadOnlyList<ReceivedFile> Files, IReadOnlyList<RefusedFile> Refused)
{
    public const string ContentType = "multipart/form-data";

    /// <summary>What is read to its end although it is too large, so that whoever sent it gets to see why.</summary>
    private const long DrainLimit = 64 * 1024 * 1024;

    /// <summary>Whether a request is sent in this form.</summary>
    public static bool Is(HttpContext context) => context.Request.ContentType?.StartsWith(ContentType, StringComparison.OrdinalIgnoreCase) == true;

    /// <summary>Reads the whole body. 415 when it is no form with files, 413 when its fields are over <paramref name="fieldLimit"/> bytes.</summary>
    /// <param name="alsoField">The name of a part that is a field although it has a file name.</param>
    public static async Task<Upload> ReadAsync(HttpContext context, int fieldLimit, string? alsoField, CancellationToken cancellationToken)
    {
        if (
            !MediaTypeHeaderValue.TryParse(context.Request.ContentType, out var type)
            || !type.MediaType.Equals(ContentType, StringComparison.OrdinalIgnoreCase)
            || HeaderUtilities.RemoveQuotes(type.Boundary).Value is not { Length: > 0 and <= 200 } boundary
        )
            throw new InvalidRequestException(StatusCodes.Status415UnsupportedMediaType, "multipart-expected", "Send files as multipart/form-data.");

        var fields = new Dictionary<string, string>(StringComparer.Ordinal);
        var files = new List<ReceivedFile>();
        var refused = new List<RefusedFile>();
        var (total, fieldBytes) = (0L, 0L);
        try
        {
            var reader = new MultipartReader(boundary, context.Request.Body) { HeadersCountLimit = 16 };
            while (await reader.ReadNextSectionAsync(cancellationToken) is { } section)
            {
                if (!ContentDispositionHeaderValue.TryParse(section.ContentDisposition, out var disposition))
                    continue;
                var name = HeaderUtilities.RemoveQuotes(disposition.Name).Value ?? "";
                var given = HeaderUtilities.RemoveQuotes(disposition.FileNameStar.HasValue ? disposition.FileNameStar : disposition.FileName).Value;
                var isField = given is null || name == alsoField;
                var (bytes, length) = await ReadAsync(section.Body, isField ? fieldLimit : AttachmentRules.FileLimit, cancellationToken);
                total += length;
                if (total > DrainLimit)
                    throw new InvalidRequestException(StatusCodes.Status413PayloadTooLarge, "body-too-large", "All files together are too large.");
                if (isField)
                {
                    fieldBytes += length;
                    if (fieldBytes > fieldLimit)
                        throw new InvalidRequestException(
                            StatusCodes.Status413PayloadTooLarge,
                            "body-too-large",
                            $"The fields of a form may have {fieldLimit / 1024} KB."
                        );
                    fields[name] = Utf8.IsValid(bytes)
                        ? Encoding.UTF8.GetString(bytes)
                        : throw new InvalidRequestException(StatusCodes.Status400BadRequest, "invalid-utf8", "The body is not valid UTF-8.");
                }
                // A browser sends a part without a name for a file that nobody chose.
                else if (given!.Length > 0 || length > 0)
                    Sort(AttachmentStore.CleanName(given), bytes, length, files, refused);
            }
        }
        catch (Exception broken) when (broken is InvalidDataException or IOException and not BadHttpRequestException)
        {
            throw new InvalidRequestException(StatusCodes.Status400BadRequest, "malformed-multipart", $"The files did not arrive whole: {broken.Message}");
        }

        return new(fields, files, refused);
    }

    private static void Sort(string name, byte[] bytes, long length, List<ReceivedFile> files, List<RefusedFile> refused)
    {
        var type = AttachmentStore.TypeOf(name);
        if (type is null || AttachmentRules.IsProgram(bytes))
            refused.Add(new(name, FileRefusal.Program));
        else if (length > AttachmentRules.FileLimit)
            refused.Add(new(name, FileRefusal.TooLarge));
        else if (files.Count == AttachmentRules.FilesLimit)
            refused.Add(new(name, FileRefusal.TooMany));
        else
            files.Add(new(name, type, bytes));
    }

    /// <summary>The bytes of a part, as far as <paramref name="limit"/> goes, and how many there are in all.</summary>
    private static async Task<(byte[] Bytes, long Length)> ReadAsync(Stream from, int limit, CancellationToken cancellationToken)
    {
        using var bytes = new MemoryStream();
        var chunk = new byte[64 * 1024];
        var length = 0L;
        int read;
        while ((read = await from.ReadAsync(chunk, cancellationToken)) > 0 && length <= DrainLimit)
        {
            length += read;
            if (length <= limit)
                bytes.Write(chunk, 0, read);
        }

        return (bytes.ToArray(), length);
    }
}
