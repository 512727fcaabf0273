using Azure;
using Azure.Storage.Blobs.Models;
using Helpdesk.Attachments;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Storage;
using Microsoft.AspNetCore.StaticFiles;

namespace Helpdesk.Functions.Attachments;

/// <summary>Keeps the files that people attach.</summary>
/// <remarks>
/// A file's id cannot be guessed and is all it takes to read it, as in the address of a shared picture; it is told to who may see the ticket.
/// </remarks>
public sealed class AttachmentStore(StorageClients storage)
{
    public const string ContainerName = "attachments";

    private const int IdLength = 26;

    /// <summary>What the library does not know.</summary>
    private static readonly FileExtensionContentTypeProvider Types = new()
    {
        Mappings =
        {
            [".heic"] = "image/heic",
            [".heif"] = "image/heif",
            [".avif"] = "image/avif",
            [".log"] = "text/plain",
            [".ini"] = "text/plain",
            [".md"] = "text/plain",
            [".eml"] = "message/rfc822",
            [".msg"] = "application/vnd.ms-outlook",
            [".json"] = "application/json",
        },
    };

    /// <summary>Pictures that every browser shows and that can hold no script.</summary>
    private static readonly string[] Pictures = ["image/png", "image/jpeg", "image/gif", "image/webp", "image/avif", "image/bmp"];

    /// <summary>
    /// The content type under which a file is kept; null when it may not be attached. The ending decides, since that is what opens a file later.
    /// </summary>
    public static string? TypeOf(string name) =>
        AttachmentRules.IsProgram(name) ? null
        : Types.TryGetContentType(name, out var type) ? type
        : "application/octet-stream";

    /// <summary>Whether a file is shown where it stands; every other one is saved, never opened as a page of ours.</summary>
    public static bool IsPicture(string contentType) => Pictures.Contains(contentType, StringComparer.Ordinal);

    /// <summary>Keeps a file; the same file in the same conversation again is the same attachment.</summary>
    public async Task<TicketAttachment> AddAsync(
        string workspace,
        string conversation,
        string name,
        string contentType,
        ReadOnlyMemory<byte> bytes,
        CancellationToken cancellationToken
    )
    {
        var id = Hashes.NameOf($"{conversation}\n{name}\n{Hashes.Short(bytes.Span)}\n{bytes.Length}", IdLength);
        var blob = storage.Container(ContainerName).GetBlobClient($"{workspace}/{id}");
        await blob.UploadAsync(
            BinaryData.FromBytes(bytes),
            new BlobUploadOptions
            {
                HttpHeaders = new BlobHttpHeaders { ContentType = contentType },
                Metadata = new Dictionary<string, string>(StringComparer.Ordinal) { ["name"] = Uri.EscapeDataString(name) },
            },
            cancellationToken
        );
        return new(id, name, contentType, bytes.Length);
    }

    /// <summary>A file's bytes as they come from storage; null when there is none.</summary>
    public async Task<BlobDownloadStreamingResult?> OpenAsync(string workspace, string id, CancellationToken cancellationToken)
    {
        if (id.Length != IdLength || !id.All(char.IsAsciiLetterOrDigit))
            return null;
        try
        {
            return (
                await storage.Container(ContainerName).GetBlobClient($"{workspace}/{id}").DownloadStreamingAsync(cancellationToken: cancellationToken)
            ).Value;
        }
        catch (RequestFailedException missing) when (missing.Status == 404)
        {
            return null;
        }
    }

    /// <summary>A file's name without a path or anything that could be mistaken for more than a name.</summary>
    public static string CleanName(string? name)
    {
        var last = VisibleText.Of(name ?? "").Split('/', '\\')[^1];
        var clean = new string([.. last.Where(letter => !char.IsControl(letter) && letter is not ('"' or '<' or '>' or ':' or '|' or '*' or '?'))]).Trim(
            ' ',
            '.'
        );
        return clean.Length == 0 ? "file"
            : clean.Length <= 100 ? clean
            : clean[..(100 - Path.GetExtension(clean).Length)] + Path.GetExtension(clean);
    }
}
