using System.Globalization;
using System.Text.Json;
using Azure.Data.Tables;
using Helpdesk.Functions.Storage;
using Helpdesk.Sla;

namespace Helpdesk.Functions.Tickets;

/// <summary>The rows of a ticket's partition and back.</summary>
/// <remarks>
/// <c>ticket</c>, <c>cursor</c> (what is delivered), <c>event-0000000001</c> …, <c>comment-time-ticket-event</c>, <c>answer-…</c> (idempotency).
/// Every row key begins with its partition's name: Azurite finds a row by its row key alone and then looks at every partition that has one of that name.
/// </remarks>
internal static class TicketRows
{
    private const string CommentPrefix = "comment-";

    public static string TicketKey(string partition) => Key(partition, "ticket");

    public static string CursorKey(string partition) => Key(partition, "cursor");

    public static string EventKey(string partition, long seq) => Key(partition, string.Create(CultureInfo.InvariantCulture, $"event-{seq:D10}"));

    /// <summary>Lies behind every event, before any other row.</summary>
    public static string EventsEnd(string partition) => Key(partition, "event.");

    public static string AnswerKey(string partition, string idempotencyName) => Key(partition, $"answer-{idempotencyName}");

    public static string CommentKey(string partition, string name) => Key(partition, name);

    /// <summary>Lies before every comment.</summary>
    public static string CommentsStart(string partition) => Key(partition, CommentPrefix);

    /// <summary>Lies behind every comment, before any other row.</summary>
    public static string CommentsEnd(string partition) => Key(partition, "comment.");

    /// <summary>
    /// What a comment's row is called in whichever ticket's partition it lies: by time, then by where it was written, so that moved comments fall
    /// into place.
    /// </summary>
    public static string CommentName(Comment comment)
    {
        var (ticket, seq) = comment.Id.Split('-') is [var first, var second] ? (Number(first), Number(second)) : throw new FormatException(comment.Id);
        return string.Create(CultureInfo.InvariantCulture, $"{CommentPrefix}{comment.At.ToUnixTimeMilliseconds():D14}-{ticket:D15}-{seq:D10}");

        static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);
    }

    /// <summary>The description is left out when the row has it already: it hardly ever changes, and it may be long.</summary>
    public static TableEntity Write(string partition, Ticket ticket, bool withDescription)
    {
        var row = new TableEntity(partition, TicketKey(partition)) { ["Version"] = ticket.Version, ["Status"] = WireName<TicketStatus>.Of(ticket.Status) };
        LongText.Write(row, "State", JsonSerializer.Serialize(ticket with { Description = "" }, TicketJson.Stored.Ticket));
        if (withDescription)
            LongText.Write(row, "Description", ticket.Description);
        return row;
    }

    public static Ticket ReadTicket(TableEntity row)
    {
        var ticket =
            JsonSerializer.Deserialize(LongText.Read(row, "State"), TicketJson.Stored.Ticket)
            ?? throw new InvalidDataException($"The ticket row of {row.PartitionKey} is empty.");
        return ticket with { Description = LongText.Read(row, "Description") };
    }

    public static TableEntity Write(string partition, TicketEvent happened, string changeId, TicketSla? listed = null)
    {
        var (type, data) = TicketFacts.Write(happened.Fact);
        var row = new TableEntity(partition, EventKey(partition, happened.Seq))
        {
            ["Type"] = type,
            ["At"] = happened.At,
            ["Change"] = changeId,
        };
        LongText.Write(row, "Data", data);
        WriteActor(row, happened.By);
        if (happened.ErasedAt is { } erased)
            row["ErasedAt"] = erased;
        if (listed is not null)
            row["Listed"] = JsonSerializer.Serialize(listed.Brief(), TicketJson.Stored.TicketSla);
        return row;
    }

    /// <summary>What lists showed of the ticket's promises after the event; null for nothing.</summary>
    public static TicketSla? ReadListed(TableEntity row) =>
        row.GetString("Listed") is { } listed ? JsonSerializer.Deserialize(listed, TicketJson.Stored.TicketSla) : null;

    public static TicketEvent ReadEvent(TableEntity row) =>
        new(
            long.Parse(row.RowKey.AsSpan(row.RowKey.LastIndexOf('-') + 1), CultureInfo.InvariantCulture),
            row.GetDateTimeOffset("At")!.Value,
            ReadActor(row),
            TicketFacts.Read(row.GetString("Type"), LongText.Read(row, "Data"))
        )
        {
            ErasedAt = row.GetDateTimeOffset("ErasedAt"),
            Change = row.GetString("Change"),
        };

    public static TableEntity Write(string partition, Comment comment)
    {
        var row = new TableEntity(partition, CommentKey(partition, CommentName(comment)))
        {
            ["Id"] = comment.Id,
            ["At"] = comment.At,
            ["Visibility"] = WireName<CommentVisibility>.Of(comment.Visibility),
        };
        LongText.Write(row, "Body", comment.Body);
        WriteActor(row, comment.Actor ?? new Actor(comment.By));
        if (comment.Attachments is { Count: > 0 } files)
            LongText.Write(row, "Attachments", JsonSerializer.Serialize(files, TicketJson.Stored.IReadOnlyListTicketAttachment));
        if (comment.Source is { } source)
        {
            row["Channel"] = WireName<IntakeChannel>.Of(source.Channel);
            if (source.Receipt is not null)
                row["Receipt"] = source.Receipt;
        }

        if (comment.MovedFrom is { } number)
            row["MovedFrom"] = number;
        if (comment.EditedAt is { } edited)
            row["EditedAt"] = edited;
        if (comment.DeletedAt is { } deleted)
            row["DeletedAt"] = deleted;
        if (comment.Path.Count > 1)
            row["Path"] = string.Join('/', comment.Path);
        return row;
    }

    public static Comment ReadComment(TableEntity row)
    {
        var actor = ReadActor(row);
        return new()
        {
            Id = row.GetString("Id"),
            Body = LongText.Read(row, "Body"),
            Visibility = WireName<CommentVisibility>.TryParse(row.GetString("Visibility"), out var visibility) ? visibility : CommentVisibility.Internal,
            At = row.GetDateTimeOffset("At")!.Value,
            By = actor.Kind,
            Actor = actor,
            Attachments = LongText.Read(row, "Attachments") is { Length: > 0 } files
                ? JsonSerializer.Deserialize(files, TicketJson.Stored.IReadOnlyListTicketAttachment)
                : null,
            Source = WireName<IntakeChannel>.TryParse(row.GetString("Channel") ?? "", out var channel) ? new(channel, row.GetString("Receipt")) : null,
            EditedAt = row.GetDateTimeOffset("EditedAt"),
            DeletedAt = row.GetDateTimeOffset("DeletedAt"),
            Path =
                row.GetString("Path") is { } path ? [.. path.Split('/').Select(number => long.Parse(number, CultureInfo.InvariantCulture))]
                : row.GetInt64("MovedFrom") is { } number ? [number]
                : [],
        };
    }

    /// <summary>What a comment's row is called, from its key.</summary>
    public static string NameOf(TableEntity row) => row.RowKey[(row.PartitionKey.Length + 1)..];

    private static string Key(string partition, string name) => $"{partition}:{name}";

    private static void WriteActor(TableEntity row, Actor actor)
    {
        row["By"] = WireName<ActorKind>.Of(actor.Kind);
        if (actor.Id is not null)
            row["ActorId"] = actor.Id;
        if (actor.Name is not null)
            row["ActorName"] = actor.Name;
    }

    private static Actor ReadActor(TableEntity row) =>
        WireName<ActorKind>.TryParse(row.GetString("By"), out var kind)
            ? new(kind, row.GetString("ActorId"), row.GetString("ActorName"))
            : throw new InvalidDataException($"Row {row.RowKey} of {row.PartitionKey} does not say who did it.");
}
