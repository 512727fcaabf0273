using System.Text;
using System.Text.Unicode;
using Helpdesk.Attachments;
using Helpdesk.Functions.Hosting;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace Helpdesk.Functions.Attachments;

/// <summary>A file that is not taken.</summary>
public sealed record RefusedFile(string Name, FileRefusal Why);

/// <summary>What came as <c>multipart/form-data</c>: fields, files that are kept now, and the files that are not taken.</summary>
public sealed record Upload(IReadOnlyDictionary<string, string> Fields, IReadOnlyList<KeptFile> Files, IReadOnlyList<RefusedFile> Refused)
{
    public const string ContentType = "multipart/form-data";

    /// <summary>What is read to its end beyond the limit, so that whoever sent it gets to see why, in bytes.</summary>
    private const long DrainLimit = 64 * 1024 * 1024;

    /// <summary>What the name of a part begins with that answers a field of a form.</summary>
    public const string Answer = "answer.";

    /// <summary>Ids of the files that answer a field of a form, by the field's name.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> AnswerFiles { get; init; } = new Dictionary<string, IReadOnlyList<string>>();

    /// <summary>The files as a ticket names them.</summary>
    public IReadOnlyList<TicketAttachment> Attachments => [.. Files.Select(file => file.Attachment)];

    /// <summary>What was sent, in a few letters: the same for the same fields and files.</summary>
    public string Fingerprint { get; } =
        Hashes.Short(
            string.Join(
                '\n',
                [
                    .. Fields.OrderBy(field => field.Key, StringComparer.Ordinal).Select(field => $"{field.Key}={Hashes.Short(field.Value)}"),
                    .. Files.Select(file => $"{file.Attachment.Name} {file.Sha256}"),
                ]
            )
        );

    /// <summary>Whether a request is sent in this form.</summary>
    public static bool Is(HttpContext context) => context.Request.ContentType?.StartsWith(ContentType, StringComparison.OrdinalIgnoreCase) == true;

    /// <summary>A place of its own for the files of one request: sent again under the same key, they are the same files.</summary>
    public static string PlaceOf(HttpContext context) => Idempotency.NameOf(context) is { } key ? $"request {key}" : $"request {Hashes.RandomName(20)}";

    /// <summary>
    /// Reads the whole body, keeping its files as they come. 415 when it is no form with files, 413 when its fields are over
    /// <paramref name="fieldLimit"/> bytes.
    /// </summary>
    /// <param name="alsoField">The name of a part that is a field although it has a file name.</param>
    /// <param name="place">See <see cref="AttachmentStore.TryAddAsync"/>.</param>
    public static async Task<Upload> ReadAsync(
        HttpContext context,
        string workspace,
        string place,
        int fieldLimit,
        string? alsoField,
        CancellationToken cancellationToken
    )
    {
        if (
            !MediaTypeHeaderValue.TryParse(context.Request.ContentType, out var type)
            || !type.MediaType.Equals(ContentType, StringComparison.OrdinalIgnoreCase)
            || HeaderUtilities.RemoveQuotes(type.Boundary).Value is not { Length: > 0 and <= 200 } boundary
        )
            throw new InvalidRequestException(StatusCodes.Status415UnsupportedMediaType, "multipart-expected", "Send files as multipart/form-data.");

        var reading = new Reading(
            context.RequestServices.GetRequiredService<AttachmentStore>(),
            context.RequestServices.GetRequiredService<AttachmentSettings>().Limits,
            workspace,
            place,
            fieldLimit
        );
        try
        {
            var reader = new MultipartReader(boundary, context.Request.Body) { HeadersCountLimit = 16 };
            while (await reader.ReadNextSectionAsync(cancellationToken) is { } section)
            {
                if (!ContentDispositionHeaderValue.TryParse(section.ContentDisposition, out var disposition))
                    continue;
                var name = HeaderUtilities.RemoveQuotes(disposition.Name).Value ?? "";
                var given = HeaderUtilities.RemoveQuotes(disposition.FileNameStar.HasValue ? disposition.FileNameStar : disposition.FileName).Value;
                if (given is null || name == alsoField)
                    await reading.FieldAsync(name, section.Body, cancellationToken);
                else
                    await reading.FileAsync(name, given, section.Body, cancellationToken);
            }
        }
        catch (Exception broken) when (broken is InvalidDataException or IOException and not (BadHttpRequestException or FileTooLongException))
        {
            throw new InvalidRequestException(StatusCodes.Status400BadRequest, "malformed-multipart", $"The files did not arrive whole: {broken.Message}");
        }

        var upload = new Upload(reading.Fields, reading.Files, reading.Refused)
        {
            AnswerFiles = reading.AnswerFiles.ToDictionary(one => one.Key, one => (IReadOnlyList<string>)one.Value, StringComparer.Ordinal),
        };
        // What the same Idempotency-Key is to come with again.
        Idempotency.Note(context, upload.Fingerprint);
        return upload;
    }

    /// <summary>Says in a 400 or 413 which file is not taken, for programs.</summary>
    public void MustBeTaken(AttachmentLimits limits)
    {
        if (Refused is not [var first, ..])
            return;
        throw first.Why is FileRefusal.TooLarge or FileRefusal.TooMuch
            ? new InvalidRequestException(StatusCodes.Status413PayloadTooLarge, "file-too-large", $"{first.Name} is refused: {limits.Explain(first.Why)}.")
            : new InvalidRequestException("files", $"files: {first.Name} is refused: {limits.Explain(first.Why)}.");
    }

    /// <summary>One body as it is read.</summary>
    private sealed class Reading(AttachmentStore store, AttachmentLimits limits, string workspace, string place, int fieldLimit)
    {
        private readonly byte[] _chunk = new byte[16 * 1024];
        private long _drained;
        private long _fieldBytes;
        private long _fileBytes;

        public Dictionary<string, string> Fields { get; } = new(StringComparer.Ordinal);

        public List<KeptFile> Files { get; } = [];

        public List<RefusedFile> Refused { get; } = [];

        public Dictionary<string, List<string>> AnswerFiles { get; } = new(StringComparer.Ordinal);

        public async Task FieldAsync(string name, Stream from, CancellationToken cancellationToken)
        {
            using var bytes = new MemoryStream();
            int read;
            while ((read = await from.ReadAsync(_chunk, cancellationToken)) > 0)
            {
                _fieldBytes += read;
                if (_fieldBytes > fieldLimit + DrainLimit)
                    break;
                if (_fieldBytes <= fieldLimit)
                    bytes.Write(_chunk, 0, read);
            }

            if (_fieldBytes > fieldLimit)
                throw new InvalidRequestException(
                    StatusCodes.Status413PayloadTooLarge,
                    "body-too-large",
                    $"The fields of a form may have {fieldLimit / 1024} KB."
                );
            var text = Utf8.IsValid(bytes.GetBuffer().AsSpan(0, (int)bytes.Length))
                ? Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length)
                : throw new InvalidRequestException(StatusCodes.Status400BadRequest, "invalid-utf8", "The body is not valid UTF-8.");
            // Boxes that were ticked for one question come one by one under its name.
            Fields[name] =
                name.StartsWith(Answer, StringComparison.Ordinal) && Fields.TryGetValue(name, out var before) && before.Length > 0 ? $"{before},{text}" : text;
        }

        public async Task FileAsync(string field, string given, Stream from, CancellationToken cancellationToken)
        {
            // As it was sent: what is left of a name like "run.exe::$DATA" says no more what it opens.
            var name = FileNames.Clean(given);
            if (AttachmentRules.IsProgram(given))
            {
                Refused.Add(new(name, FileRefusal.Program));
            }
            else if (Files.Count == limits.FilesPerMessage)
            {
                if (await from.ReadAsync(_chunk.AsMemory(0, 1), cancellationToken) > 0 || given.Length > 0)
                    Refused.Add(new(name, FileRefusal.TooMany));
            }
            else
            {
                await KeepAsync(field, given, name, from, cancellationToken);
            }

            await DrainAsync(from, cancellationToken);
        }

        private async Task KeepAsync(string field, string given, string name, Stream from, CancellationToken cancellationToken)
        {
            var buffered = new BufferedReadStream(from, _chunk.Length);
            // A browser sends a part without a name for a file that nobody chose.
            if (given.Length == 0 && !await buffered.EnsureBufferedAsync(1, cancellationToken))
                return;
            var room = limits.MessageBytes - _fileBytes;
            var (file, refused) = await store.TryAddAsync(workspace, place, name, buffered, room, cancellationToken);
            if (refused is { } why)
            {
                Refused.Add(new(name, why));
                return;
            }

            _fileBytes += file!.Attachment.Size;
            // The same file twice is one file.
            if (Files.TrueForAll(one => one.Attachment.Id != file.Attachment.Id))
                Files.Add(file);
            if (!field.StartsWith(Answer, StringComparison.Ordinal))
                return;
            if (!AnswerFiles.TryGetValue(field[Answer.Length..], out var answer))
                AnswerFiles[field[Answer.Length..]] = answer = [];
            answer.Add(file.Attachment.Id);
        }

        /// <summary>What is left of a part is read and dropped: a caller who is cut off in the middle never sees why.</summary>
        private async Task DrainAsync(Stream from, CancellationToken cancellationToken)
        {
            int read;
            while ((read = await from.ReadAsync(_chunk, cancellationToken)) > 0)
            {
                _drained += read;
                if (_drained > DrainLimit)
                    throw new InvalidRequestException(StatusCodes.Status413PayloadTooLarge, "body-too-large", "All files together are too large.");
            }
        }
    }
}
