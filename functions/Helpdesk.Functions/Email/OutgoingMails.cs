using System.Globalization;
using System.Text.Json;
using Azure;
using Azure.Data.Tables;
using Azure.Storage.Blobs;
using Helpdesk.Email;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Storage;

namespace Helpdesk.Functions.Email;

/// <summary>"Send this mail."</summary>
/// <param name="Mail">Id of the mail.</param>
public sealed record OutgoingMail(string Workspace, string Mail, DateTimeOffset SentAt)
{
    public const string QueueName = "outgoing-mails";

    internal static WorkQueueOptions<OutgoingMail> Queue { get; } =
        new(QueueName, EmailJson.Default.OutgoingMail, message => message.Mail)
        {
            SentAt = message => message.SentAt,
            Delay = OutgoingMails.Claim + TimeSpan.FromSeconds(15),
            Tries = 5,
            Parallel = 4,
        };
}

/// <summary>Keeps the mails that go out, and what became of each.</summary>
/// <remarks>
/// A day and shard is one partition, and a mail's id names its place. A row beside it in the ticket's own partition leads to it. What is written in a
/// mail is kept with it, above 200,000 characters in a blob of its name.
/// </remarks>
public sealed class OutgoingMails(StorageClients storage, WorkQueue<OutgoingMail> queue, TimeProvider time)
{
    public const string TableName = "Mails";
    public const string BodiesName = "mail-bodies";

    /// <summary>How far back the list goes, in days.</summary>
    public const int ListedDays = 90;

    private const int Shards = 4;
    private const int DayLength = 86_400_000;
    private const int InlineLimit = 200_000;
    private const string Content = "Content";

    /// <summary>All of a row but what is written in the mail.</summary>
    private static readonly string[] StateColumns = ["PartitionKey", "RowKey", "State", "StateColumns", "State2"];
    private static readonly System.Buffers.SearchValues<char> Letters = System.Buffers.SearchValues.Create("0123456789abcdefghjkmnpqrstvwxyz");

    /// <summary>How long the process that sends a mail has it to itself.</summary>
    public static TimeSpan Claim { get; } = TimeSpan.FromSeconds(90);

    private TableClient Table => storage.Table(TableName);

    private BlobContainerClient Bodies => storage.Container(BodiesName);

    /// <summary>The id of a mail: its place, and what makes it this mail and no other.</summary>
    public static string IdOf(string workspace, string source, long number, DateTimeOffset at)
    {
        var left = DayLength - 1 - (int)at.UtcDateTime.TimeOfDay.TotalMilliseconds;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{at.UtcDateTime:yyyyMMdd}-{number % Shards}-{left:D8}{Hashes.NameOf($"{workspace}/{source}", 16)}"
        );
    }

    /// <summary>Stores mails that are due, after the messages that will have them sent, and has them sent. Those that are there stay as they are.</summary>
    /// <param name="mails">All of one ticket.</param>
    public async Task AddAsync(IReadOnlyList<Mail> mails, CancellationToken cancellationToken)
    {
        foreach (var place in mails.GroupBy(mail => Partition(mail.Workspace, mail.Id)!, StringComparer.Ordinal))
        {
            foreach (var some in place.Chunk(TableTransactions.RowLimit))
                await AddTogetherAsync(some, cancellationToken);
        }
    }

    /// <summary>Stores a mail that is written already, and has it sent.</summary>
    public async Task AddWrittenAsync(Mail mail, MailContent content, CancellationToken cancellationToken)
    {
        var announced = await queue.AnnounceAsync(new(mail.Workspace, mail.Id, time.GetUtcNow()), cancellationToken);
        var row = Row(mail);
        await WriteAsync(row, mail, content, cancellationToken);
        await Table.AddEntityAsync(row, cancellationToken);
        queue.Committed(announced);
    }

    private async Task AddTogetherAsync(Mail[] mails, CancellationToken cancellationToken)
    {
        var announced = await Task.WhenAll(mails.Select(mail => queue.AnnounceAsync(new(mail.Workspace, mail.Id, time.GetUtcNow()), cancellationToken)));
        var links = mails.Where(mail => mail.Ticket is not null).Select(mail => new TableEntity(TicketPartition(mail.Workspace, mail.Number), LinkKey(mail)));
        var linked = links.Select(link => new TableTransactionAction(TableTransactionActionType.UpsertReplace, link)).ToList();
        if (linked.Count > 0)
            await Table.SubmitTransactionAsync(linked, cancellationToken);
        try
        {
            await Table.SubmitTransactionAsync(mails.Select(mail => new TableTransactionAction(TableTransactionActionType.Add, Row(mail))), cancellationToken);
        }
        catch (RequestFailedException there) when (there.Status == 409)
        {
            // Decided on before: whatever is missing is added by itself.
            foreach (var mail in mails.Length > 1 ? mails : [])
                await AddTogetherAsync([mail], cancellationToken);
            return;
        }

        foreach (var one in announced)
            queue.Committed(one);
    }

    public async Task<(Mail Mail, ETag ETag)?> FindAsync(string workspace, string id, CancellationToken cancellationToken)
    {
        if (Partition(workspace, id) is not { } partition)
            return null;
        var found = await Table.GetEntityIfExistsAsync<TableEntity>(partition, id, ["State", "StateColumns"], cancellationToken);
        return found.HasValue ? (Read(found.Value!), found.Value!.ETag) : null;
    }

    /// <summary>A mail with what is written in it; null content where nothing is written yet.</summary>
    public async Task<(Mail Mail, MailContent? Content, ETag ETag)?> FindWithContentAsync(string workspace, string id, CancellationToken cancellationToken)
    {
        if (Partition(workspace, id) is not { } partition)
            return null;
        var found = await Table.GetEntityIfExistsAsync<TableEntity>(partition, id, cancellationToken: cancellationToken);
        if (!found.HasValue)
            return null;
        var mail = Read(found.Value!);
        var content = ReadContent(found.Value!);
        if (content is null && found.Value!.GetBoolean("InBlob") == true)
        {
            var body = await Bodies.GetBlobClient(BlobName(mail)).DownloadContentAsync(cancellationToken);
            content = JsonSerializer.Deserialize(body.Value.Content, EmailJson.Default.MailContent);
        }

        return (mail, content, found.Value!.ETag);
    }

    /// <summary>Notes how far a mail has got, with what is written in it where that is new; null when somebody else noted something meanwhile.</summary>
    public async Task<ETag?> TryNoteAsync(Mail mail, MailContent? content, ETag etag, CancellationToken cancellationToken)
    {
        var row = Row(mail);
        if (content is not null)
            await WriteAsync(row, mail, content, cancellationToken);

        try
        {
            return (await Table.UpdateEntityAsync(row, etag, TableUpdateMode.Merge, cancellationToken)).Headers.ETag;
        }
        catch (RequestFailedException raced) when (raced.Status == 412)
        {
            return null;
        }
    }

    private async Task WriteAsync(TableEntity row, Mail mail, MailContent content, CancellationToken cancellationToken)
    {
        var json = JsonSerializer.Serialize(content, EmailJson.Default.MailContent);
        if (json.Length <= InlineLimit)
        {
            LongText.Write(row, Content, json);
            return;
        }

        await Bodies.GetBlobClient(BlobName(mail)).UploadAsync(BinaryData.FromString(json), overwrite: true, cancellationToken);
        row["InBlob"] = true;
    }

    /// <summary>Has a mail sent again, at once or later.</summary>
    public Task SendAsync(Mail mail, TimeSpan delay, CancellationToken cancellationToken) =>
        queue.SendAsync(new(mail.Workspace, mail.Id, time.GetUtcNow()), delay, cancellationToken);

    /// <summary>One page of the mails of a ticket, newest first.</summary>
    public async Task<ListPage<(Mail Mail, MailContent? Content)>> ReadTicketAsync(
        string workspace,
        long number,
        MailState? state,
        int limit,
        string? cursor,
        CancellationToken cancellationToken
    )
    {
        var list = $"outbox {workspace} {number} {state}";
        var after = cursor is null ? "" : PageCursor.Read(list, cursor, 1)[0];
        var keys = new List<string>();
        await foreach (
            var row in Table.QueryAsync<TableEntity>(
                TableClient.CreateQueryFilter($"PartitionKey eq {TicketPartition(workspace, number)} and RowKey gt {after}"),
                limit + 1,
                ["RowKey"],
                cancellationToken
            )
        )
        {
            keys.Add(row.RowKey);
            if (keys.Count > limit)
                break;
        }

        var page = keys.Take(limit).ToList();
        var found = await Task.WhenAll(page.Select(key => FindListedAsync(workspace, key[20..], cancellationToken)));
        return new(
            [.. found.OfType<(Mail Mail, MailContent? Content)>().Where(one => state is null || one.Mail.State == state)],
            keys.Count > limit ? PageCursor.Write(list, page[^1]) : null
        );
    }

    /// <summary>One page of all mails, newest first, or of those in one state. It may hold fewer than <paramref name="limit"/>.</summary>
    public async Task<ListPage<(Mail Mail, MailContent? Content)>> ReadAsync(
        string workspace,
        MailState? state,
        int limit,
        string? cursor,
        CancellationToken cancellationToken
    )
    {
        const int daysPerPage = 7;
        var list = $"outbox {workspace} {state}";
        var today = DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);
        var (day, after) = (today, "");
        if (cursor is not null)
        {
            var parts = PageCursor.Read(list, cursor, 2);
            if (!DateOnly.TryParseExact(parts[0], "yyyyMMdd", out day))
                throw new InvalidRequestException("cursor", "cursor is not one that this list gave; start again without it.");
            after = parts[1];
        }

        var items = new List<(Mail, MailContent?)>();
        for (var days = 0; days < daysPerPage; days++)
        {
            var (since, take) = (after, limit + 1);
            var shards = await Task.WhenAll(Enumerable.Range(0, Shards).Select(shard => DayAsync(workspace, day, shard, since, take, cancellationToken)));
            // Within a day the newest sorts first behind the shard: compare what comes after it.
            foreach (var one in shards.SelectMany(shard => shard).OrderBy(one => one.Mail.Id[11..], StringComparer.Ordinal))
            {
                if (items.Count == limit)
                    return new(items, PageCursor.Write(list, Name(day), after));
                after = one.Mail.Id[11..];
                if (state is null || one.Mail.State == state)
                    items.Add(one);
            }

            if (shards.Any(shard => shard.Count == take))
                return new(items, PageCursor.Write(list, Name(day), after));
            (day, after) = (day.AddDays(-1), "");
            if (today.DayNumber - day.DayNumber > ListedDays)
                return new(items, null);
        }

        return new(items, PageCursor.Write(list, Name(day), after));
    }

    /// <summary>Mails of the last days behind a place in their order, newest first, and the place up to which was looked; null for all that there
    /// is.</summary>
    public async Task<(IReadOnlyList<Mail> Mails, (DateTimeOffset At, string Id)? Until)> ReadAsync(
        string workspace,
        (DateTimeOffset At, string Id)? before,
        int limit,
        CancellationToken cancellationToken
    )
    {
        const int daysAtOnce = 7;
        var today = DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);
        var last = today.AddDays(-ListedDays);
        // Mails of the next day are there where clocks differ.
        var first = before is { } place ? DateOnly.FromDateTime(place.At.UtcDateTime) : today.AddDays(1);
        var found = new List<Mail>();
        var day = first;
        for (var days = 0; days < daysAtOnce && day >= last; days++, day = day.AddDays(-1))
        {
            var shards = await Task.WhenAll(
                Enumerable
                    .Range(0, Shards)
                    .Select(shard => DayAsync(workspace, day, shard, day == first ? AfterIn(shard, before) : "", limit, cancellationToken, StateColumns))
            );
            found.AddRange(
                shards
                    .SelectMany(shard => shard)
                    .Select(one => one.Mail)
                    .OrderByDescending(mail => AtOf(mail.Id))
                    .ThenBy(mail => mail.Id, StringComparer.Ordinal)
            );
            if (found.Count >= limit)
                return ([.. found.Take(limit)], (AtOf(found[limit - 1].Id), found[limit - 1].Id));
        }

        return (found, day < last ? null : (new DateTimeOffset(day.AddDays(1), TimeOnly.MinValue, TimeSpan.Zero).AddMilliseconds(-1), ""));
    }

    /// <summary>Mails of a ticket behind a place in their order, newest first, and the place up to which was looked; null for all that there is.</summary>
    public async Task<(IReadOnlyList<Mail> Mails, (DateTimeOffset At, string Id)? Until)> ReadTicketAsync(
        string workspace,
        long number,
        (DateTimeOffset At, string Id)? before,
        int limit,
        CancellationToken cancellationToken
    )
    {
        var ids = new List<string>();
        await foreach (
            var row in Table.QueryAsync<TableEntity>(
                TableClient.CreateQueryFilter($"PartitionKey eq {TicketPartition(workspace, number)}"),
                select: ["RowKey"],
                cancellationToken: cancellationToken
            )
        )
            ids.Add(row.RowKey[20..]);
        var page = ids.Where(id => before is not { } place || AtOf(id) < place.At || (AtOf(id) == place.At && string.CompareOrdinal(id, place.Id) > 0))
            .OrderByDescending(AtOf)
            .ThenBy(id => id, StringComparer.Ordinal)
            .Take(limit)
            .ToList();
        var found = await Task.WhenAll(page.Select(id => FindAsync(workspace, id, cancellationToken)));
        return ([.. found.OfType<(Mail Mail, ETag ETag)>().Select(one => one.Mail)], page.Count < limit ? null : (AtOf(page[^1]), page[^1]));
    }

    /// <summary>When what a mail tells of happened, as its id says it.</summary>
    internal static DateTimeOffset AtOf(string id) =>
        new DateTimeOffset(DateOnly.ParseExact(id[..8], "yyyyMMdd", CultureInfo.InvariantCulture), TimeOnly.MinValue, TimeSpan.Zero).AddMilliseconds(
            DayLength - 1 - int.Parse(id.AsSpan(11, 8), NumberStyles.None, CultureInfo.InvariantCulture)
        );

    /// <summary>What comes after the shard in the last id of a day that lies before a place.</summary>
    private static string AfterIn(int shard, (DateTimeOffset At, string Id)? place)
    {
        if (place is not var (at, id))
            return "";
        var left = (DayLength - 1 - (int)at.UtcDateTime.TimeOfDay.TotalMilliseconds).ToString("D8", CultureInfo.InvariantCulture);
        var beginning = string.Create(CultureInfo.InvariantCulture, $"{at.UtcDateTime:yyyyMMdd}-{shard}-");
        return id.StartsWith(beginning, StringComparison.Ordinal) ? id[beginning.Length..]
            : string.CompareOrdinal(beginning, id) > 0 ? left
            : left + "~";
    }

    /// <summary>Removes mails of days before one, oldest first, and what counts acknowledgements of hours that are over.</summary>
    public async Task RemoveBeforeAsync(string workspace, DateTimeOffset before, int most, CancellationToken cancellationToken)
    {
        var (from, to) = ($"{workspace}:0", $"{workspace}:{Name(DateOnly.FromDateTime(before.UtcDateTime))}");
        var removed = 0;
        await foreach (
            var page in Table
                .QueryAsync<TableEntity>(
                    TableClient.CreateQueryFilter($"PartitionKey gt {from} and PartitionKey lt {to}"),
                    200,
                    cancellationToken: cancellationToken
                )
                .AsPages()
        )
        {
            foreach (var row in page.Values)
            {
                await RemoveAsync(row, Read(row), cancellationToken);
            }

            removed += page.Values.Count;
            if (removed >= most)
                break;
        }

        var (counts, hour) = (AcknowledgedPartition(workspace), time.GetUtcNow() - TimeSpan.FromHours(2));
        await foreach (
            var row in Table.QueryAsync<TableEntity>(
                TableClient.CreateQueryFilter($"PartitionKey eq {counts} and At lt {hour}"),
                select: ["PartitionKey", "RowKey"],
                cancellationToken: cancellationToken
            )
        )
            await Table.DeleteEntityAsync(row.PartitionKey, row.RowKey, ETag.All, cancellationToken);
    }

    /// <summary>Removes a mail with all that is written in it.</summary>
    internal async Task RemoveAsync(TableEntity row, Mail mail, CancellationToken cancellationToken)
    {
        if (row.GetBoolean("InBlob") == true)
            await Bodies.GetBlobClient(BlobName(mail)).DeleteIfExistsAsync(cancellationToken: cancellationToken);
        if (mail.Ticket is not null)
            await Table.DeleteEntityAsync(TicketPartition(mail.Workspace, mail.Number), LinkKey(mail), ETag.All, cancellationToken);
        // Its own row last: whatever dies before finds it again.
        await Table.DeleteEntityAsync(row.PartitionKey, row.RowKey, ETag.All, cancellationToken);
    }

    /// <summary>Leaves nothing of what is written in a mail.</summary>
    internal async Task EmptyAsync(TableEntity row, Mail mail, CancellationToken cancellationToken)
    {
        if (row.GetBoolean("InBlob") == true)
            await Bodies.GetBlobClient(BlobName(mail)).DeleteIfExistsAsync(cancellationToken: cancellationToken);
        await Table.UpdateEntityAsync(Row(mail), ETag.All, TableUpdateMode.Replace, cancellationToken);
    }

    /// <summary>Forgets how many acknowledgements an address has got.</summary>
    internal Task ForgetAcknowledgementsAsync(string workspace, string email, CancellationToken cancellationToken)
    {
        var partition = AcknowledgedPartition(workspace);
        return Table.DeleteEntityAsync(partition, AcknowledgedKey(partition, email), ETag.All, cancellationToken);
    }

    private async Task<List<(Mail Mail, MailContent? Content)>> DayAsync(
        string workspace,
        DateOnly day,
        int shard,
        string after,
        int take,
        CancellationToken cancellationToken,
        string[]? columns = null
    )
    {
        var partition = string.Create(CultureInfo.InvariantCulture, $"{workspace}:{Name(day)}:{shard}");
        var from = string.Create(CultureInfo.InvariantCulture, $"{Name(day)}-{shard}-{after}");
        var mails = new List<(Mail, MailContent?)>();
        await foreach (
            var row in Table.QueryAsync<TableEntity>(
                TableClient.CreateQueryFilter($"PartitionKey eq {partition} and RowKey gt {from}"),
                take,
                columns,
                cancellationToken
            )
        )
        {
            mails.Add((Read(row), ReadContent(row)));
            if (mails.Count == take)
                break;
        }

        return mails;
    }

    private async Task<(Mail Mail, MailContent? Content)?> FindListedAsync(string workspace, string id, CancellationToken cancellationToken)
    {
        var found = await Table.GetEntityIfExistsAsync<TableEntity>(Partition(workspace, id)!, id, cancellationToken: cancellationToken);
        return found.HasValue ? (Read(found.Value!), ReadContent(found.Value!)) : null;
    }

    internal static TableEntity Row(Mail mail)
    {
        var row = new TableEntity(Partition(mail.Workspace, mail.Id), mail.Id);
        LongText.Write(row, "State", JsonSerializer.Serialize(mail, EmailJson.Default.Mail));
        return row;
    }

    internal static Mail Read(TableEntity row) =>
        JsonSerializer.Deserialize(LongText.Read(row, "State"), EmailJson.Default.Mail) ?? throw new InvalidDataException("A mail's row is empty.");

    /// <summary>Whether a mail's words are still there.</summary>
    internal static bool HasContent(TableEntity row) => row.GetBoolean("InBlob") == true || LongText.Read(row, Content).Length > 0;

    private static MailContent? ReadContent(TableEntity row) =>
        LongText.Read(row, Content) is { Length: > 0 } json ? JsonSerializer.Deserialize(json, EmailJson.Default.MailContent) : null;

    /// <summary>The partition that an id names; null when it is no mail's id.</summary>
    private static string? Partition(string workspace, string id) =>
        id.Length == 35
        && id[8] == '-'
        && id[10] == '-'
        && id.AsSpan(0, 8).IndexOfAnyExceptInRange('0', '9') < 0
        && id[9] is >= '0' and < (char)('0' + Shards)
        && id.AsSpan(11).IndexOfAnyExcept(Letters) < 0
            ? $"{workspace}:{id[..8]}:{id[9]}"
            : null;

    /// <summary>Where acknowledgements are counted, by address.</summary>
    internal static string AcknowledgedPartition(string workspace) => $"{workspace}:acknowledged";

    internal static string AcknowledgedKey(string partition, string email) => $"{partition}:{Hashes.Short(email.ToLowerInvariant())}";

    private static string TicketPartition(string workspace, long number) => string.Create(CultureInfo.InvariantCulture, $"{workspace}:ticket:{number}");

    /// <summary>Newest first, and leads to the mail.</summary>
    private static string LinkKey(Mail mail) =>
        string.Create(CultureInfo.InvariantCulture, $"{DateTimeOffset.MaxValue.UtcTicks - mail.At.UtcTicks:D19}-{mail.Id}");

    private static string BlobName(Mail mail) => $"{mail.Workspace}/{mail.Id}";

    private static string Name(DateOnly day) => day.ToString("yyyyMMdd", CultureInfo.InvariantCulture);
}
