using System.Text.Json.Serialization;
using Helpdesk.Attachments;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Storage;

namespace Helpdesk.Functions.Attachments;

/// <summary>A file on a ticket or comment.</summary>
/// <param name="Id">Names the file; it cannot be guessed.</param>
/// <param name="Name">The name of the file as it was sent.</param>
/// <param name="ContentType">What kind of file it is, by its bytes and its ending together.</param>
/// <param name="Size">Its length in bytes.</param>
/// <param name="Url">Where its bytes are, for holders of a key.</param>
/// <param name="Scan">Whether a scanner has found it harmless; left out where none looks at files.</param>
/// <param name="Found">What the scanner found, or why it could not look; left out for nothing.</param>
[Example(
    """{"id":"2k7x0c4v9m1q8r5t3w6y0z2b4d","name":"photo.png","contentType":"image/png","size":20480,"url":"/api/attachments/2k7x0c4v9m1q8r5t3w6y0z2b4d"}"""
)]
public sealed record AttachmentView(
    string Id,
    string Name,
    string ContentType,
    long Size,
    string Url,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] ScanState? Scan = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Found = null
)
{
    public static AttachmentView Of(TicketAttachment file, FileScan? scan = null) =>
        new(file.Id, file.Name, file.ContentType, file.Size, $"/api/attachments/{file.Id}", scan?.State, scan?.Found);

    /// <summary>Files as they are shown.</summary>
    /// <param name="scans">What is known of them, see <see cref="FileScans.OfAsync"/>.</param>
    public static IReadOnlyList<AttachmentView> Of(IReadOnlyList<TicketAttachment>? files, IReadOnlyDictionary<string, FileScan>? scans = null) =>
        [.. (files ?? []).Select(file => Of(file, scans?.GetValueOrDefault(file.Id)))];
}

/// <summary>What the scanner says of files, for whoever shows them.</summary>
public sealed class FileScans(AttachmentStore files, AttachmentSettings settings, TimeProvider time)
{
    private static readonly Dictionary<string, FileScan> None = new(StringComparer.Ordinal);

    /// <summary>A verdict hardly ever changes; what has none yet is asked each time.</summary>
    private readonly ShortMemory<FileScan> _memory = new(time, TimeSpan.FromSeconds(30));

    /// <summary>By the id of the file; empty where no scanner looks at files.</summary>
    public async Task<IReadOnlyDictionary<string, FileScan>> OfAsync(
        string workspace,
        IEnumerable<TicketAttachment>? shown,
        CancellationToken cancellationToken
    )
    {
        if (settings.ScanUrl is null || shown is null)
            return None;
        var found = new Dictionary<string, FileScan>(StringComparer.Ordinal);
        foreach (var some in shown.Select(file => file.Id).Distinct(StringComparer.Ordinal).Chunk(20))
        {
            var scans = await Task.WhenAll(some.Select(async id => (id, scan: await OneAsync(workspace, id, cancellationToken))));
            foreach (var (id, scan) in scans)
            {
                if (scan is not null)
                    found[id] = scan;
            }
        }

        return found;
    }

    /// <summary>Forgets what it knew of a file, since this process has just changed it.</summary>
    public void Forget(string workspace, string id) => _memory.Forget($"{workspace}/{id}");

    private async Task<FileScan?> OneAsync(string workspace, string id, CancellationToken cancellationToken)
    {
        FileScan? now = null;
        var known = await _memory.GetAsync(
            $"{workspace}/{id}",
            async () =>
            {
                now = (await files.FindAsync(workspace, [id], cancellationToken)) is [{ Scan: { } scan }] ? scan : null;
                return now?.State == ScanState.Pending ? null : now;
            }
        );
        return known ?? now;
    }
}
