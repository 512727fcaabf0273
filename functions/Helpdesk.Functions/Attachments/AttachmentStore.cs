using Azure;
using Azure.Storage.Blobs.Models;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Storage;

namespace Helpdesk.Functions.Attachments;

/// <summary>Keeps the files that people attach, and lets in only what a desk can do something with.</summary>
/// <remarks>
/// A file's id cannot be guessed and is all it takes to read it, as in the address of a shared picture; it is told to who may see the ticket.
/// </remarks>
public sealed class AttachmentStore(StorageClients storage)
{
    public const string ContainerName = "attachments";

    /// <summary>The largest file, in bytes.</summary>
    public const int FileLimit = 10 * 1024 * 1024;

    /// <summary>Files with one message.</summary>
    public const int FilesLimit = 5;

    private const int IdLength = 26;

    /// <summary>What may be attached, and by which endings it is known. Nothing that a browser would run.</summary>
    private static readonly Dictionary<string, string[]> Allowed = new(StringComparer.OrdinalIgnoreCase)
    {
        ["image/png"] = [".png"],
        ["image/jpeg"] = [".jpg", ".jpeg"],
        ["image/gif"] = [".gif"],
        ["image/webp"] = [".webp"],
        ["application/pdf"] = [".pdf"],
        ["text/plain"] = [".txt", ".log", ".ini", ".md"],
        ["text/csv"] = [".csv"],
        ["application/json"] = [".json"],
        ["application/zip"] = [".zip"],
        ["application/vnd.openxmlformats-officedocument.wordprocessingml.document"] = [".docx"],
        ["application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"] = [".xlsx"],
        ["application/vnd.openxmlformats-officedocument.presentationml.presentation"] = [".pptx"],
        ["message/rfc822"] = [".eml"],
        ["video/mp4"] = [".mp4"],
    };

    /// <summary>The endings of what may be attached.</summary>
    public static IEnumerable<string> Endings => Allowed.Values.SelectMany(endings => endings);

    /// <summary>
    /// The content type under which a file is kept; null when it may not be attached. The ending decides, since that is what opens a file later.
    /// </summary>
    public static string? TypeOf(string name)
    {
        var ending = Path.GetExtension(name);
        return Allowed.FirstOrDefault(pair => pair.Value.Contains(ending, StringComparer.OrdinalIgnoreCase)).Key;
    }

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
        var last = (name ?? "").Split('/', '\\')[^1];
        var clean = new string([.. last.Where(letter => !char.IsControl(letter) && letter is not ('"' or '<' or '>' or ':' or '|' or '*' or '?'))]).Trim(
            ' ',
            '.'
        );
        return clean.Length == 0 ? "file"
            : clean.Length <= 100 ? clean
            : clean[..(100 - Path.GetExtension(clean).Length)] + Path.GetExtension(clean);
    }
}
