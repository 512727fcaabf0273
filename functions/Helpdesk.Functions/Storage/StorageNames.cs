using System.Collections.Frozen;

namespace Helpdesk.Functions.Storage;

/// <summary>Every table, queue and container there is.</summary>
public static class StorageNames
{
    public const string Tickets = "Tickets";
    public const string TicketLists = "TicketLists";
    public const string Receipts = "Receipts";
    public const string Settings = "Settings";
    public const string Numbers = "Numbers";
    public const string IdempotencyKeys = "IdempotencyKeys";
    public const string DeadLetters = "DeadLetters";

    public const string Conversations = "Conversations";
    public const string People = "People";
    public const string DueTimes = "DueTimes";
    public const string Rewinds = "Rewinds";

    public const string TicketEvents = "ticket-events";
    public const string ReceivedReceipts = "received-receipts";

    public const string TicketWatches = "ticket-watches";

    public const string BotOutboxes = "bot-outboxes";

    public const string Handovers = "handovers";

    public const string ReceiptBodies = "receipt-bodies";
    public const string Attachments = "attachments";

    public static FrozenSet<string> Tables { get; } =
        FrozenSet.Create(
            StringComparer.Ordinal,
            Tickets,
            TicketLists,
            Receipts,
            Settings,
            Numbers,
            IdempotencyKeys,
            DeadLetters,
            DueTimes,
            Rewinds,
            Conversations,
            People
        );

    public static FrozenSet<string> Queues { get; } =
        FrozenSet.Create(
            StringComparer.Ordinal,
            TicketEvents,
            ReceivedReceipts,
            TicketEvents + "-poison",
            ReceivedReceipts + "-poison",
            TicketWatches,
            TicketWatches + "-poison",
            BotOutboxes,
            BotOutboxes + "-poison",
            Handovers,
            Handovers + "-poison"
        );

    public static FrozenSet<string> Containers { get; } = FrozenSet.Create(StringComparer.Ordinal, ReceiptBodies, Attachments);

    public static FrozenSet<string> All { get; } = Tables.Concat(Queues).Concat(Containers).ToFrozenSet(StringComparer.Ordinal);
}
