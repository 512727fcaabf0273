using System.Text.Json;
using Azure.Data.Tables;

namespace Helpdesk.Functions.Tickets;

/// <summary>A ticket as a row of a list tells of it.</summary>
/// <param name="Key">Its place in the order.</param>
/// <param name="Ticket">The ticket without its long texts.</param>
/// <param name="HasPin">Whether the row would tell of the ticket's policy and calendar.</param>
/// <param name="HasCustomFields">Whether the row tells of all custom fields.</param>
public sealed record ListedTicket(string Key, Ticket Ticket, bool HasPin, bool HasCustomFields)
{
    /// <summary>Letters of custom fields, names and values, that a row takes: a ticket has twenty rows or so.</summary>
    public const int MostLetters = 1_000;

    private const int Pin = 1;
    private const int CustomFields = 2;

    /// <summary>Reads a row of a list.</summary>
    /// <param name="start">What the row keys of the list begin with.</param>
    public static ListedTicket Read(TableEntity row, string start)
    {
        // Rows of an earlier version tell of neither.
        var tells = row.GetInt32("Tells") ?? 0;
        return new(
            row.RowKey[start.Length..],
            JsonSerializer.Deserialize(row.GetString("Ticket"), TicketJson.Stored.Ticket)!,
            (tells & Pin) != 0,
            (tells & CustomFields) != 0
        );
    }

    /// <summary>What a row tells of beyond what all rows do.</summary>
    internal static int TellsOf(Ticket ticket, Ticket listed) => Pin | (listed.CustomFields.Count == ticket.CustomFields.Count ? CustomFields : 0);

    /// <summary>Whether custom fields are in the lists.</summary>
    internal static bool AreShort(IReadOnlyDictionary<string, JsonElement> fields) =>
        fields.Sum(field =>
            field.Key.Length + (field.Value.ValueKind == JsonValueKind.String ? field.Value.GetString()!.Length : field.Value.GetRawText().Length)
        ) <= MostLetters;
}
