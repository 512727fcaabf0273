using System.Globalization;
using Azure.Data.Tables;

namespace Helpdesk.Functions.Conversations;

/// <summary>What the rows of a conversation's partition are called.</summary>
/// <remarks>
/// <c>state</c> (per person in a group), <c>reference</c>, <c>line-0000000001</c> … for web chat, <c>outbox-…</c>, <c>card-…</c> and <c>notice-…</c> for
/// other channels.
/// Every row key begins with its partition's name: Azurite finds a row by its row key alone and then looks at every partition that has one of that name.
/// </remarks>
internal static class ConversationRows
{
    public static string StateKey(string place, string person = "") => Key(place, person.Length == 0 ? "state" : $"state-{person}");

    /// <summary>Lies behind the states of everybody in a place, before any other row.</summary>
    public static string StatesEnd(string place) => Key(place, "state.");

    public static string ReferenceKey(string place) => Key(place, "reference");

    public static string LineKey(string place, long number) => Key(place, string.Create(CultureInfo.InvariantCulture, $"line-{number:D10}"));

    /// <summary>Lies behind every line, before any other row.</summary>
    public static string LinesEnd(string place) => Key(place, "line.");

    /// <summary>The number of a line, from its row's key.</summary>
    public static long NumberOf(TableEntity row) => long.Parse(row.RowKey.AsSpan(row.RowKey.LastIndexOf('-') + 1), CultureInfo.InvariantCulture);

    /// <summary>By time, then by the place in a turn.</summary>
    public static string OutboxKey(string place, DateTimeOffset at, int index, string chance) =>
        Key(place, string.Create(CultureInfo.InvariantCulture, $"outbox-{at.UtcTicks:D19}-{index:D3}-{chance}"));

    /// <summary>Lies before everything that is still to be said.</summary>
    public static string OutboxStart(string place) => Key(place, "outbox-");

    /// <summary>Lies behind everything that is still to be said, before any other row.</summary>
    public static string OutboxEnd(string place) => Key(place, "outbox.");

    public static string CardKey(string place, long ticket) => Key(place, string.Create(CultureInfo.InvariantCulture, $"card-{ticket:D15}"));

    /// <summary>What an agent was told of a ticket in their own chat.</summary>
    public static string NoticeKey(string place, long ticket) => Key(place, string.Create(CultureInfo.InvariantCulture, $"notice-{ticket:D15}"));

    private static string Key(string place, string name) => $"{place}:{name}";
}
