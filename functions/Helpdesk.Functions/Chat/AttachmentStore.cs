using Azure;
using Azure.Storage.Blobs.Models;
using Helpdesk.Functions.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Chat;

/// <summary>Keeps the files that people attach, and lets in only what a desk can do something with.</summary>
/// <remarks>A file's id cannot be guessed and is all it takes to read it, as in the address of a shared picture; it is told to who may see the ticket.</remarks>
public sealed class AttachmentStore(StorageClients storage)
{
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

    /// <summary>The content type under which a file is kept; null when it may not be attached. The ending decides, since that is what opens a file later.</summary>
    public static string? TypeOf(string name)
    {
        var ending = Path.GetExtension(name);
        return Allowed.FirstOrDefault(pair => pair.Value.Contains(ending, StringComparer.OrdinalIgnoreCase)).Key;
    }

    /// <summary>Keeps a file; the same file in the same conversation again is the same attachment.</summary>
    public async Task<TicketAttachment> AddAsync(string workspace, string conversation, string name, string contentType, ReadOnlyMemory<byte> bytes, CancellationToken cancel)
    {
        var id = Hashes.NameOf($"{conversation}\n{name}\n{Hashes.Short(bytes.Span)}\n{bytes.Length}", IdLength);
        var blob = storage.Container(StorageNames.Attachments).GetBlobClient($"{workspace}/{id}");
        await blob.UploadAsync(BinaryData.FromBytes(bytes), new BlobUploadOptions
        {
            HttpHeaders = new BlobHttpHeaders { ContentType = contentType },
            Metadata = new Dictionary<string, string>(StringComparer.Ordinal) { ["name"] = Uri.EscapeDataString(name) },
        }, cancel);
        return new(id, name, contentType, bytes.Length);
    }

    /// <summary>A file's bytes as they come from storage; null when there is none.</summary>
    public async Task<BlobDownloadStreamingResult?> OpenAsync(string workspace, string id, CancellationToken cancel)
    {
        if (id.Length != IdLength || !id.All(char.IsAsciiLetterOrDigit))
            return null;
        try
        {
            return (await storage.Container(StorageNames.Attachments).GetBlobClient($"{workspace}/{id}").DownloadStreamingAsync(cancellationToken: cancel)).Value;
        }
        catch (RequestFailedException missing) when (missing.Status == 404)
        {
            return null;
        }
    }
}

/// <summary>Gives the bytes of an attached file.</summary>
public sealed class GetAttachment(AttachmentStore files)
{
    /// <summary>For who works tickets.</summary>
    [Function(nameof(GetAttachment)), RequiresKey(KeyRole.Agent, KeyRole.Admin)]
    [Answers(StatusCodes.Status200OK, "The bytes of the file.", ContentType = "*/*")]
    public Task<Results<FileStreamHttpResult, NotFound>> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/attachments/{id}")] HttpContext context,
        string id, Caller caller, CancellationToken cancel) =>
        GiveAsync(caller.Workspace, id, files, context, cancel);

    /// <summary>For a chat, whose transcript holds the address; a picture in a page cannot send a key.</summary>
    [Function(nameof(GetChatFile)), Public, OtherProtocol]
    public Task<Results<FileStreamHttpResult, NotFound>> GetChatFile(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/directline/files/{workspace}/{id}")] HttpContext context,
        string workspace, string id, CancellationToken cancel) =>
        GiveAsync(workspace, id, files, context, cancel);

    private static async Task<Results<FileStreamHttpResult, NotFound>> GiveAsync(string workspace, string id, AttachmentStore files, HttpContext context, CancellationToken cancel)
    {
        if (!Settings.SettingsStore.IsId(workspace) || await files.OpenAsync(workspace, id, cancel) is not { } file)
            return TypedResults.NotFound();
        var name = file.Details.Metadata.TryGetValue("name", out var stored) ? Uri.UnescapeDataString(stored) : id;
        var headers = context.Response.Headers;
        headers.XContentTypeOptions = "nosniff";
        headers.ContentSecurityPolicy = "default-src 'none'; sandbox";
        headers.CacheControl = "private, max-age=31536000, immutable";
        // A picture is shown where it stands; everything else is saved, never opened as a page of ours.
        var shown = file.Details.ContentType.StartsWith("image/", StringComparison.Ordinal);
        return TypedResults.Stream(file.Content, file.Details.ContentType, shown ? null : name);
    }
}
