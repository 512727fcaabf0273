using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Helpdesk.Attachments;
using Helpdesk.Functions.Storage;

namespace Helpdesk.Functions.Attachments;

/// <summary>"Have this file scanned."</summary>
/// <param name="Tries">How often the scanner was asked before; a message of an earlier try is done with.</param>
public sealed record ScanMessage(string Workspace, string File, int Tries, DateTimeOffset SentAt)
{
    public const string QueueName = "file-scans";

    /// <summary>Two files at a time in each process: a scanner is slow, and each file that waits for it holds a connection.</summary>
    internal static WorkQueueOptions<ScanMessage> Queue { get; } =
        new(QueueName, FileJson.Default.ScanMessage, message => $"{message.Workspace}/{message.File}")
        {
            SentAt = message => message.SentAt,
            Parallel = 2,
            Tries = 8,
        };
}

/// <summary>Has the scanner look at a file, until it has answered.</summary>
public sealed class ScanFiles(WorkRunner<ScanMessage> work)
{
    [Function(nameof(ScanFiles))]
    public Task Run([QueueTrigger(ScanMessage.QueueName)] ScanMessage message, int dequeueCount, CancellationToken cancellationToken) =>
        work.ReceiveAsync(message, dequeueCount, cancellationToken);
}

/// <summary>Posts files to the scanner and keeps what it says.</summary>
public sealed partial class ScanWork(
    AttachmentStore files,
    AttachmentSettings settings,
    FileScanner scanner,
    WorkQueue<ScanMessage> queue,
    TimeProvider time,
    ILogger<ScanWork> logger
) : IWorker<ScanMessage>
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan LongestPause = TimeSpan.FromHours(1);

    public async Task<bool> DoAsync(ScanMessage message, bool lastTry, CancellationToken cancellationToken)
    {
        if (await files.FindAsync(message.Workspace, message.File, cancellationToken) is not { } file)
            return false;
        if (settings.ScanUrl is null || file.Scan is not { State: ScanState.Pending } scan || scan.Tries > message.Tries)
            return true;
        var verdict = await scanner.AskAsync(settings.ScanUrl, file, cancellationToken);
        if (verdict is null)
        {
            // It is asked again, later and later, for as long as it takes; the next message is sent before this one is done with.
            var tries = scan.Tries + 1;
            var pause = FirstPause * Math.Pow(2, Math.Min(scan.Tries, 10));
            await queue.SendAsync(message with { Tries = tries, SentAt = time.GetUtcNow() }, pause < LongestPause ? pause : LongestPause, cancellationToken);
            await NoteAsync(file, scan with { Tries = tries }, cancellationToken);
            Log.NoAnswer(logger, file.Id, tries);
            return true;
        }

        await NoteAsync(file, verdict with { Tries = scan.Tries + 1 }, cancellationToken);
        if (verdict.State != ScanState.Clean)
            Log.NotClean(logger, file.Id, verdict.State, verdict.Found ?? "nothing");
        return true;
    }

    private Task NoteAsync(StoredFile file, FileScan scan, CancellationToken cancellationToken) =>
        files.ChangeAsync(
            file.Workspace,
            file.Id,
            known => known.Scan is { State: ScanState.Pending } pending && pending.Tries < scan.Tries ? known with { Scan = scan } : known,
            cancellationToken
        );

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "The scanner gave no answer about file {FileId} (try {Tries}); it is asked again")]
        public static partial void NoAnswer(ILogger logger, string fileId, int tries);

        [LoggerMessage(LogLevel.Warning, "The scanner says of file {FileId}: {State}, {Found}")]
        public static partial void NotClean(ILogger logger, string fileId, ScanState state, string found);
    }
}

/// <summary>The way to the scanner: a file is posted as it is, and the answer says whether it is harmless.</summary>
/// <remarks>
/// <c>{ "verdict": "clean" | "infected", "name" }</c>, or by status alone: 2xx without a body is clean, 406 is infected, 400, 412, 413, 415 and 422 mean
/// that it cannot look at such a file. Anything else, and no answer in time, is no answer.
/// </remarks>
public sealed partial class FileScanner(AttachmentStore files, AttachmentSettings settings, ILogger<FileScanner> logger) : IDisposable
{
    private const int NameLength = 200;
    private const int AnswerLimit = 64 * 1024;

    private readonly HttpClient _http = new(
        new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            MaxConnectionsPerServer = 4,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        }
    )
    {
        Timeout = settings.ScanTimeout,
        MaxResponseContentBufferSize = AnswerLimit,
    };

    /// <summary>What the scanner says of a file; null when it does not answer.</summary>
    public async Task<FileScan?> AskAsync(Uri scanner, StoredFile file, CancellationToken cancellationToken)
    {
        if (await files.OpenAsync(file, 0, file.Size, cancellationToken) is not { } bytes)
            return new(ScanState.Failed, Found: "its bytes are gone");
        using var request = new HttpRequestMessage(HttpMethod.Post, scanner)
        {
            Content = new StreamContent(bytes, 64 * 1024)
            {
                Headers = { ContentType = new MediaTypeHeaderValue("application/octet-stream"), ContentLength = file.Size },
            },
        };
        request.Headers.Add("X-File-Id", file.Id);
        request.Headers.Add("X-File-Name", Uri.EscapeDataString(file.Name));
        request.Headers.Add("X-File-Sha256", file.Sha256);
        try
        {
            using var answer = await _http.SendAsync(request, cancellationToken);
            return Read(answer.StatusCode, await answer.Content.ReadAsByteArrayAsync(cancellationToken));
        }
        catch (HttpRequestException unreachable)
        {
            Log.Unreachable(logger, unreachable);
            return null;
        }
        catch (OperationCanceledException late) when (!cancellationToken.IsCancellationRequested)
        {
            Log.Unreachable(logger, late);
            return null;
        }
    }

    /// <summary>What an answer means; null for one that means nothing.</summary>
    public static FileScan? Read(HttpStatusCode status, ReadOnlyMemory<byte> body)
    {
        switch (status)
        {
            case HttpStatusCode.NotAcceptable:
                return new(ScanState.Infected, Found: Said(body).Name);
            case HttpStatusCode.BadRequest
            or HttpStatusCode.PreconditionFailed
            or HttpStatusCode.RequestEntityTooLarge
            or HttpStatusCode.UnsupportedMediaType
            or HttpStatusCode.UnprocessableEntity:
                return new(ScanState.Failed, Found: $"the scanner answered {(int)status}");
            case >= HttpStatusCode.OK and < HttpStatusCode.MultipleChoices:
                break;
            default:
                return null;
        }

        if (body.IsEmpty)
            return new(ScanState.Clean);
        return Said(body) switch
        {
            ("clean", _) => new(ScanState.Clean),
            ("infected", var name) => new(ScanState.Infected, Found: name),
            // Whoever changes the scanner is not to find everything set free, or everything given up.
            _ => null,
        };
    }

    public void Dispose() => _http.Dispose();

    private static (string? Verdict, string? Name) Said(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            return (Text(json.RootElement, "verdict"), Text(json.RootElement, "name"));
        }
        catch (JsonException)
        {
            return (null, null);
        }
    }

    private static string? Text(JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? PlainText.Head(VisibleText.Of(value.GetString()!), NameLength)
            : null;

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "The scanner does not answer")]
        public static partial void Unreachable(ILogger logger, Exception failure);
    }
}
