using System.Text;
using Azure.Data.Tables;
using Helpdesk.Contacts;

namespace Helpdesk.Functions.Contacts;

/// <summary>Looks through a table, page by page, for what tells of somebody.</summary>
public static class TableErasing
{
    /// <summary>Rows of one step.</summary>
    private const int PageSize = 1000;

    /// <summary>One page of the rows whose partitions begin with a workspace's id; and where the next page begins.</summary>
    public static async Task<(IReadOnlyList<TableEntity> Rows, string? Next)> ReadPageAsync(
        this TableClient table,
        string workspace,
        string? from,
        CancellationToken cancellationToken,
        int pageSize = PageSize
    )
    {
        ArgumentNullException.ThrowIfNull(table);
        var (start, end) = ($"{workspace}:", $"{workspace};");
        var pages = table
            .QueryAsync<TableEntity>(
                TableClient.CreateQueryFilter($"PartitionKey ge {start} and PartitionKey lt {end}"),
                pageSize,
                cancellationToken: cancellationToken
            )
            .AsPages(string.IsNullOrEmpty(from) ? null : from, pageSize);
        await foreach (var page in pages)
            return (page.Values, page.ContinuationToken);
        return ([], null);
    }

    /// <summary>Whether a row tells of somebody.</summary>
    public static bool TellsOf(this TableEntity row, ErasedPerson person)
    {
        ArgumentNullException.ThrowIfNull(row);
        ArgumentNullException.ThrowIfNull(person);
        return row.Any(column => column.Value is string text ? person.IsIn(text) : column.Value is byte[] bytes && bytes.TellOf(person));
    }

    /// <summary>Whether bytes of unknown encoding tell of somebody: as they are, or as a form escapes them.</summary>
    public static bool TellOf(this ReadOnlySpan<byte> bytes, ErasedPerson person)
    {
        ArgumentNullException.ThrowIfNull(person);
        // Every byte a letter: what is searched for is turned into the same.
        var text = Encoding.Latin1.GetString(bytes);
        return person
            .Needles()
            .SelectMany(needle =>
                new[] { Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(needle)), Uri.EscapeDataString(needle), System.Net.WebUtility.UrlEncode(needle) }
            )
            .Distinct(StringComparer.OrdinalIgnoreCase)
            .Any(needle => text.Contains(needle, StringComparison.OrdinalIgnoreCase));
    }

    private static bool TellOf(this byte[] bytes, ErasedPerson person) => ((ReadOnlySpan<byte>)bytes).TellOf(person);
}
