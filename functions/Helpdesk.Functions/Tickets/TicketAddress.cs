using System.Globalization;
using System.Text.Json.Serialization;

namespace Helpdesk.Functions.Tickets;

/// <summary>Where a ticket lies: the number alone leads to its partition, the whole id proves that the right one is meant.</summary>
[method: JsonConstructor]
public readonly record struct TicketAddress(
    string Workspace,
    long Number,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Id = null
)
{
    /// <summary>Letters of the random part of an id; 5 bits each.</summary>
    public const int SuffixLength = 10;

    /// <summary>Digits of the number are turned round, so that new tickets do not all land at one end of the table.</summary>
    [JsonIgnore]
    public string Partition
    {
        get
        {
            Span<char> digits = stackalloc char[20];
            Number.TryFormat(digits, out var length, provider: CultureInfo.InvariantCulture);
            digits[..length].Reverse();
            return $"{Workspace}:{digits[..length]}";
        }
    }

    /// <summary>The address of a ticket that is known.</summary>
    public static TicketAddress Of(Ticket ticket) => new(ticket.Workspace, ticket.Number, ticket.Id);

    /// <summary>Reads an id or a number; null when it is neither, and so names no ticket.</summary>
    public static TicketAddress? Parse(string workspace, string text)
    {
        var dash = text.IndexOf('-', StringComparison.Ordinal);
        var digits = dash < 0 ? text : text[..dash];
        return
            digits.Length is > 0 and <= 15
            && digits[0] != '0'
            && long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && (dash < 0 || text.Length == dash + 1 + SuffixLength)
            ? new(workspace, number, dash < 0 ? null : text)
            : null;
    }
}
