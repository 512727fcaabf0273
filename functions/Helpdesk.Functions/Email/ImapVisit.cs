using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Helpdesk.Email;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Intake;
using MailKit;
using MailKit.Net.Imap;
using MailKit.Search;
using MimeKit;

namespace Helpdesk.Functions.Email;

/// <summary>One visit to a server.</summary>
internal sealed partial class ImapVisit(
    ImapPositions positions,
    MailIntake intake,
    ReceiptStore receipts,
    TimeProvider time,
    ILogger logger,
    string workspace,
    Mailbox mailbox,
    StoredPosition stored
)
{
    /// <summary>Mails above this size, in bytes, are not fetched but recorded.</summary>
    private const int SizeLimit = 50 * 1024 * 1024;

    /// <summary>Mails that are kept before the position moves.</summary>
    private const int StepLength = 50;

    /// <summary>Bytes that are fetched together.</summary>
    private const int GroupSize = 8 * 1024 * 1024;
    private const int KeptAtOnce = 8;

    /// <summary>How long nobody else fetches. It spares double work; nothing rests on it.</summary>
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(90);
    private readonly ImapSettings _imap = mailbox.Imap!;
    private readonly Dictionary<long, IMessageSummary> _summaries = [];
    private HashSet<ulong>? _seen;
    private long? _fetching;

    public StoredPosition Stored { get; private set; } = stored;

    /// <summary>Whether the server failed before.</summary>
    public bool Recovered { get; private set; }

    private ImapPosition Position => Stored.Position;

    public async Task RunAsync(ImapClient client, DateTimeOffset until, CancellationToken cancellationToken)
    {
        Recovered = Position.Failures > 0;
        var folder = _imap.Folder is null ? client.Inbox : await client.GetFolderAsync(_imap.Folder, cancellationToken);
        await folder.StatusAsync(StatusItems.UidValidity | StatusItems.UidNext | StatusItems.Count, cancellationToken);
        var source = Hashes.Short($"{_imap.Host.ToLowerInvariant()}:{_imap.Port}/{_imap.User}/{folder.FullName}");
        if (
            Position.Step is null
            && Position.Source == source
            && Position.UidValidity == folder.UidValidity
            && folder.UidNext is { } next
            && next.Id == Position.LastUid + 1
        )
        {
            await WriteAsync(Position.Succeeded(time.GetUtcNow()) with { Backlog = 0 }, [], cancellationToken);
            return;
        }

        var target = _imap.MoveTo is null ? null : await TargetAsync(client, _imap.MoveTo, cancellationToken);
        await folder.OpenAsync(FolderAccess.ReadWrite, cancellationToken);
        var lost = Position.UidValidity == folder.UidValidity && Position.Source == source ? [] : await KeptOfStepAsync(cancellationToken);
        var begun = Position.In(source, folder.UidValidity, (folder.UidNext?.Id ?? UniqueId.MaxValue.Id) - 1L);
        if (!await WriteAsync(Leased(begun with { Notice = null }), lost, cancellationToken))
            return;
        if (Position.Renumbered > 0)
            _seen = await positions.ReadMarksAsync(workspace, mailbox.Id, cancellationToken);

        var waiting = await SearchAsync(folder, cancellationToken);
        while (true)
        {
            if (Position.Step is null)
            {
                if (waiting.Count == 0)
                {
                    // What came in meanwhile is looked for before it is said that nothing is left.
                    await client.NoOpAsync(cancellationToken);
                    waiting = await SearchAsync(folder, cancellationToken);
                }

                if (waiting.Count == 0 || time.GetUtcNow() >= until)
                    break;
                if (!await WriteAsync(WithNextStep(Leased(Position), waiting), [], cancellationToken))
                    return;
            }

            if (!await StepAsync(folder, target, waiting, until, cancellationToken))
                return;
        }

        // Beyond the last mail lie numbers of mails that are gone again.
        var last = waiting.Count == 0 ? Math.Max(Position.LastUid, SearchedTo) : Position.LastUid;
        await WriteAsync(Position.Succeeded(time.GetUtcNow()) with { LastUid = last, Backlog = waiting.Count }, [], cancellationToken);
    }

    /// <summary>The last number that was given out before the last search.</summary>
    private long SearchedTo { get; set; }

    /// <summary>The step as it is to be gone on with after fetching broke off.</summary>
    public ImapStep? BrokenOff() => Position.Step?.BrokenOffAt(_fetching);

    public async Task<bool> WriteAsync(ImapPosition position, IReadOnlyCollection<MailMarks> kept, CancellationToken cancellationToken)
    {
        if (await positions.TryWriteAsync(workspace, mailbox.Id, Stored, position, kept, cancellationToken) is not { } written)
            return false;
        Stored = written;
        return true;
    }

    private ImapPosition Leased(ImapPosition position) =>
        position with
        {
            LeasedBy = ThisProcess.Id,
            LeasedUntil = time.GetUtcNow() + Lease,
            PolledAt = time.GetUtcNow(),
        };

    private ImapPosition WithNextStep(ImapPosition position, List<long> waiting) =>
        waiting.Count == 0 ? position : position with { Step = new(time.GetUtcNow(), [.. waiting.Take(StepLength)]), Backlog = waiting.Count };

    private async Task<List<long>> SearchAsync(IMailFolder folder, CancellationToken cancellationToken)
    {
        SearchedTo = folder.UidNext is { } next ? next.Id - 1L : Position.LastUid;
        var range = new UniqueIdRange(new UniqueId((uint)Position.LastUid + 1), UniqueId.MaxValue);
        // Days are as exact as IMAP is here, in the server's time zone; the exact time is looked at when a mail is described.
        SearchQuery query = _imap.Since is { } since
            ? SearchQuery.And(SearchQuery.Uids(range), SearchQuery.DeliveredAfter(since.UtcDateTime.Date.AddDays(-2)))
            : SearchQuery.Uids(range);
        var found = await folder.SearchAsync(query, cancellationToken);
        // A range that ends with * always has the last mail in it.
        return [.. found.Select(uid => (long)uid.Id).Where(uid => uid > Position.LastUid).Order()];
    }

    /// <summary>Keeps the mails of the present step; false when somebody else does.</summary>
    private async Task<bool> StepAsync(IMailFolder folder, IMailFolder? target, List<long> waiting, DateTimeOffset until, CancellationToken cancellationToken)
    {
        var step = Position.Step!;
        await SummariseAsync(folder, step, cancellationToken);
        var (kept, done, notFetched, repeats) = (new List<MailMarks>(), new List<long>(), 0, 0);
        foreach (var group in Groups(step))
        {
            foreach (var (uid, marks, outcome) in await KeepAsync(folder, step, group, cancellationToken))
            {
                switch (outcome)
                {
                    case Outcome.Kept:
                        kept.Add(marks);
                        done.Add(uid);
                        break;
                    case Outcome.Repeated:
                        repeats++;
                        done.Add(uid);
                        break;
                    case Outcome.NotFetched:
                        kept.Add(marks);
                        notFetched++;
                        break;
                }
            }
        }

        var notice = await MarkAsync(folder, target, done, cancellationToken);
        waiting.RemoveAll(uid => uid <= step.Uids[^1]);
        var after = Leased(Position) with
        {
            LastUid = step.Uids[^1],
            Step = null,
            Failures = 0,
            Error = null,
            NotBefore = null,
            Kept = Position.Kept + done.Count - repeats,
            NotFetched = Position.NotFetched + notFetched,
            Notice = notice ?? Position.Notice,
            Backlog = waiting.Count,
        };
        return await WriteAsync(time.GetUtcNow() < until ? WithNextStep(after, waiting) : after, kept, cancellationToken);
    }

    private async Task SummariseAsync(IMailFolder folder, ImapStep step, CancellationToken cancellationToken)
    {
        _summaries.Clear();
        var request = new FetchRequest(MessageSummaryItems.UniqueId | MessageSummaryItems.Size | MessageSummaryItems.InternalDate, [HeaderId.MessageId]);
        var overdue = step.Tries >= ImapStep.TryLimit ? step.Stuck : null;
        foreach (
            var uids in step.Careful
                ? step.Uids.Where(uid => uid != overdue).Select(uid => new[] { uid })
                :
                [
                    [.. step.Uids],
                ]
        )
        {
            _fetching = uids.Length == 1 ? uids[0] : null;
            try
            {
                foreach (var summary in await folder.FetchAsync([.. uids.Select(Uid)], request, cancellationToken))
                    _summaries[summary.UniqueId.Id] = summary;
            }
            catch (ImapCommandException) when (uids.Length > 1)
            {
                // One of them spoils it for the others.
                foreach (var uid in uids)
                    await SummariseAsync(folder, uid, request, cancellationToken);
            }
        }

        _fetching = null;
    }

    private async Task SummariseAsync(IMailFolder folder, long uid, FetchRequest request, CancellationToken cancellationToken)
    {
        _fetching = uid;
        try
        {
            foreach (var summary in await folder.FetchAsync([Uid(uid)], request, cancellationToken))
                _summaries[uid] = summary;
        }
        catch (ImapCommandException refused)
        {
            await RecordAsync(Position.Step!, uid, null, $"The mail server refuses to describe this mail: {refused.Message}", cancellationToken);
        }
    }

    /// <summary>Divides a step into what is fetched together; what is gone is left out.</summary>
    private IEnumerable<List<long>> Groups(ImapStep step)
    {
        var (group, size) = (new List<long>(), 0L);
        foreach (var uid in step.Uids)
        {
            var known = _summaries.TryGetValue(uid, out var summary);
            // One that fetching broke off at before its summary came is recorded once it has been tried often enough.
            if (!known && !(step.Stuck == uid && step.Tries >= ImapStep.TryLimit))
                continue;
            var length = summary?.Size ?? 0;
            if (group.Count > 0 && (step.Careful || size + length > GroupSize))
            {
                yield return group;
                (group, size) = ([], 0);
            }

            group.Add(uid);
            size += length;
        }

        if (group.Count > 0)
            yield return group;
    }

    private async Task<List<(long Uid, MailMarks Marks, Outcome Outcome)>> KeepAsync(
        IMailFolder folder,
        ImapStep step,
        List<long> uids,
        CancellationToken cancellationToken
    )
    {
        var outcomes = new List<(long, MailMarks, Outcome)>();
        var wanted = new List<long>();
        foreach (var uid in uids)
        {
            var summary = _summaries.GetValueOrDefault(uid);
            var seen = SeenMark(summary);
            if (step.Stuck == uid && step.Tries >= ImapStep.TryLimit)
            {
                await RecordAsync(step, uid, null, $"Fetching this mail broke off {step.Tries} times. It is still in the mailbox.", cancellationToken);
                outcomes.Add((uid, new(seen, 0), Outcome.NotFetched));
            }
            else if (_imap.Since is { } since && summary?.InternalDate < since)
            {
                outcomes.Add((uid, default, Outcome.TooOld));
            }
            else if (uid <= Position.KnownUpTo && _seen?.Contains(seen) == true)
            {
                outcomes.Add((uid, default, Outcome.Repeated));
            }
            else if (summary?.Size > SizeLimit)
            {
                var size = string.Create(CultureInfo.InvariantCulture, $"{summary.Size / 1024 / 1024} MB; up to {SizeLimit / 1024 / 1024} MB are fetched");
                await RecordAsync(step, uid, folder, $"This mail has {size}. It is still in the mailbox.", cancellationToken);
                outcomes.Add((uid, new(seen, 0), Outcome.NotFetched));
            }
            else
            {
                wanted.Add(uid);
            }
        }

        var fetched = await FetchAsync(folder, step, wanted, cancellationToken);
        outcomes.AddRange(
            wanted.Where(uid => fetched.TryGetValue(uid, out var bytes) && bytes is null).Select(uid => (uid, default(MailMarks), Outcome.NotFetched))
        );
        var keeping = new Dictionary<long, MailMarks>();
        foreach (var (uid, bytes) in fetched.Where(one => one.Value is not null).OrderBy(one => one.Key))
        {
            var marks = new MailMarks(SeenMark(_summaries[uid]), BytesMark(bytes));
            if (_seen?.Contains(marks.Bytes) == true)
                outcomes.Add((uid, default, Outcome.Repeated));
            else
                keeping[uid] = marks;
        }

        await Parallel.ForEachAsync(
            keeping.Keys,
            new ParallelOptions { MaxDegreeOfParallelism = KeptAtOnce, CancellationToken = cancellationToken },
            async (uid, token) =>
                await intake.KeepAsync(workspace, mailbox, MailReader.Mime, fetched[uid]!, IdOf(step, uid), _summaries[uid].InternalDate, token)
        );
        outcomes.AddRange(keeping.Select(one => (one.Key, one.Value, Outcome.Kept)));
        return outcomes;
    }

    /// <summary>The bytes of mails. What is gone meanwhile is missing; what the server refuses is recorded, and null.</summary>
    private async Task<Dictionary<long, byte[]?>> FetchAsync(IMailFolder folder, ImapStep step, List<long> uids, CancellationToken cancellationToken)
    {
        var fetched = new Dictionary<long, byte[]?>();
        if (uids.Count == 0)
            return fetched;
        _fetching = uids.Count == 1 ? uids[0] : null;
        try
        {
            await ((IImapFolder)folder).GetStreamsAsync(
                [.. uids.Select(Uid)],
                async (_, _, uid, stream, token) =>
                {
                    using var bytes = new MemoryStream();
                    await stream.CopyToAsync(bytes, token);
                    fetched[uid.Id] = bytes.ToArray();
                },
                cancellationToken
            );
        }
        catch (ImapCommandException refused)
        {
            foreach (var uid in uids.Where(uid => !fetched.ContainsKey(uid)).ToList())
            {
                if (uids.Count > 1)
                {
                    foreach (var (one, bytes) in await FetchAsync(folder, step, [uid], cancellationToken))
                        fetched[one] = bytes;
                    continue;
                }

                await RecordAsync(step, uid, folder, $"The mail server refuses to give this mail: {refused.Message}", cancellationToken);
                fetched[uid] = null;
            }
        }

        _fetching = null;
        return fetched;
    }

    /// <summary>Records a mail that is not fetched as a failed receipt, with its header where that can be had.</summary>
    private async Task RecordAsync(ImapStep step, long uid, IMailFolder? folder, string error, CancellationToken cancellationToken)
    {
        var header = Array.Empty<byte>();
        if (folder is not null)
        {
            try
            {
                using var bytes = new MemoryStream();
                await (await folder.GetStreamAsync(Uid(uid), "HEADER", cancellationToken)).CopyToAsync(bytes, cancellationToken);
                header = bytes.ToArray();
            }
            catch (Exception none) when (none is ImapCommandException or MessageNotFoundException)
            {
                header = [];
            }
        }

        Log.NotFetched(logger, workspace, mailbox.Id, uid);
        var now = time.GetUtcNow();
        await receipts.AddFailedAsync(
            new Receipt
            {
                Id = IdOf(step, uid),
                Workspace = workspace,
                Channel = IntakeChannel.Email,
                ReceivedAt = now,
                State = ReceiptState.Failed,
                Number = 0,
                Attempts = 1,
                ContentType = MailReader.Mime,
                Mailbox = mailbox.Id,
                Error = error,
            },
            header.Length > 0 ? header : "Subject: A mail that could not be fetched\r\n\r\n"u8.ToArray(),
            cancellationToken
        );
    }

    /// <summary>Marks mails as read, and moves them where that is wanted; says what of it does not work.</summary>
    private static async Task<string?> MarkAsync(IMailFolder folder, IMailFolder? target, List<long> uids, CancellationToken cancellationToken)
    {
        if (uids.Count == 0)
            return null;
        if (folder.Access != FolderAccess.ReadWrite)
            return "The folder may only be read: mails are kept, but neither marked as read nor moved.";
        try
        {
            await folder.AddFlagsAsync([.. uids.Select(Uid)], MessageFlags.Seen, silent: true, cancellationToken);
            if (target is not null)
                await folder.MoveToAsync([.. uids.Select(Uid)], target, cancellationToken);
            return null;
        }
        catch (ImapCommandException refused)
        {
            return $"Mails are kept, but the mail server refuses to mark or move them: {refused.Message}";
        }
    }

    private static async Task<IMailFolder> TargetAsync(ImapClient client, string path, CancellationToken cancellationToken)
    {
        try
        {
            return await client.GetFolderAsync(path, cancellationToken);
        }
        catch (FolderNotFoundException)
        {
            var root = client.GetFolder(client.PersonalNamespaces[0]);
            return await root.CreateAsync(path, isMessageFolder: true, cancellationToken)
                ?? throw new ImapException($"The folder {path} is not there and cannot be made: check imap.moveTo.");
        }
    }

    /// <summary>
    /// The marks of what the present step has kept already, read from the receipts: its numbers are void, and its marks were not stored yet.
    /// </summary>
    private async Task<IReadOnlyCollection<MailMarks>> KeptOfStepAsync(CancellationToken cancellationToken)
    {
        var marks = new List<MailMarks>();
        foreach (var uid in Position.Step?.Uids ?? [])
        {
            if (await receipts.FindAsync(workspace, IdOf(Position.Step!, uid), cancellationToken) is { Receipt: var receipt })
                marks.Add(new(0, BytesMark((await receipts.ReadBodyAsync(receipt, cancellationToken)).Span)));
        }

        return marks;
    }

    /// <summary>The id of the receipt of a mail. Mails of one step follow each other by a millisecond, as their numbers do.</summary>
    private string IdOf(ImapStep step, long uid) =>
        ReceiptStore.IdOf(
            step.SeenAt.AddMilliseconds(((List<long>)[.. step.Uids]).IndexOf(uid)),
            string.Create(CultureInfo.InvariantCulture, $"imap {workspace} {mailbox.Id} {Position.Source} {Position.UidValidity} {uid}")
        );

    private static UniqueId Uid(long uid) => new((uint)uid);

    private static ulong SeenMark(IMessageSummary? summary) =>
        summary?.Headers?[HeaderId.MessageId] is { Length: > 0 } id
            ? Mark(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{id} {summary.Size} {summary.InternalDate?.UtcTicks}")))
            : 0;

    private static ulong BytesMark(ReadOnlySpan<byte> bytes) => Mark(bytes);

    private static ulong Mark(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt64LittleEndian(SHA256.HashData(bytes));

    private enum Outcome
    {
        Kept,
        Repeated,
        TooOld,
        NotFetched,
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "Mail {Uid} of mailbox {Mailbox} of {Workspace} was not fetched; a failed receipt says why")]
        public static partial void NotFetched(ILogger logger, string workspace, string mailbox, long uid);
    }
}
