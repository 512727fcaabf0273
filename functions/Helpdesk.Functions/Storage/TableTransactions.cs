using System.Text.Encodings.Web;
using Azure.Data.Tables;

namespace Helpdesk.Functions.Storage;

/// <summary>Divides rows into transactions that a table takes: 100 rows and 4 MB each, counted as they are sent.</summary>
public static class TableTransactions
{
    /// <summary>Rows that go into one transaction at the most.</summary>
    public const int RowLimit = 100;

    /// <summary>Bytes that go into one transaction: 4 MB, less what its envelope takes.</summary>
    public const int ByteLimit = 3_900_000;

    /// <summary>What a row takes besides its values: its part of the envelope, its keys, and the types of its columns.</summary>
    private const int RowOverhead = 1_500;
    private const int ColumnOverhead = 100;

    /// <summary>The transactions, in the order of the rows.</summary>
    /// <param name="spare">How many small rows each transaction must still have room for.</param>
    public static IEnumerable<List<TableTransactionAction>> Split(IEnumerable<TableTransactionAction> actions, int spare = 0)
    {
        var chunk = new List<TableTransactionAction>();
        var size = 0L;
        foreach (var action in actions)
        {
            var length = SizeOf((TableEntity)action.Entity);
            if (chunk.Count == RowLimit - spare || (chunk.Count > 0 && size + length > ByteLimit - spare * RowOverhead))
            {
                yield return chunk;
                chunk = [];
                size = 0;
            }

            chunk.Add(action);
            size += length;
        }

        if (chunk.Count > 0)
            yield return chunk;
    }

    /// <summary>An upper bound of the bytes that a row takes in a transaction. The table client sends every letter beyond ASCII as <c>\uXXXX</c>.</summary>
    public static long SizeOf(TableEntity row) =>
        RowOverhead
        + row.Sum(column =>
            ColumnOverhead
            + column.Key.Length * 2L
            + column.Value switch
            {
                string text => SizeOf(text),
                byte[] bytes => bytes.Length * 4L / 3 + 4,
                _ => 64,
            }
        );

    private static long SizeOf(string text)
    {
        // Half a character is escaped like a whole one; what needs no escape is counted as it is.
        var size = 0L;
        foreach (var letter in text)
            size += letter < 128 && !JavaScriptEncoder.Default.WillEncode(letter) ? 1 : 6;
        return size;
    }
}
