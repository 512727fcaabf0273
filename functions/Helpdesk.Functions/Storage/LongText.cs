using System.Globalization;
using System.Text;
using Azure.Data.Tables;

namespace Helpdesk.Functions.Storage;

/// <summary>Keeps a text of any length in as many columns as it needs: a table's text column ends at 32 K characters.</summary>
public static class LongText
{
    private const int ColumnLength = 32_000;

    /// <summary>
    /// Writes <paramref name="text"/> into <c>Name</c>, <c>Name2</c>, … and the number of columns into <c>NameColumns</c> when there are several.
    /// </summary>
    public static void Write(TableEntity row, string name, string text)
    {
        var columns = 0;
        for (var at = 0; at < text.Length || columns == 0; columns++)
        {
            var length = Math.Min(ColumnLength, text.Length - at);
            // A letter of two halves, such as an emoji, is not cut: storage keeps no half.
            if (at + length < text.Length && char.IsHighSurrogate(text[at + length - 1]))
                length--;
            row[Column(name, columns)] = text.Substring(at, length);
            at += length;
        }

        // A merge leaves columns it does not name, so a shorter text must say how many count.
        row[name + "Columns"] = columns;
    }

    /// <summary>Reads what <see cref="Write"/> wrote; empty when there is nothing.</summary>
    public static string Read(TableEntity row, string name)
    {
        var columns = row.GetInt32(name + "Columns") ?? 1;
        if (columns == 1)
            return row.GetString(name) ?? "";
        var text = new StringBuilder(columns * ColumnLength);
        for (var i = 0; i < columns; i++)
            text.Append(row.GetString(Column(name, i)));
        return text.ToString();
    }

    private static string Column(string name, int index) => index == 0 ? name : name + (index + 1).ToString(CultureInfo.InvariantCulture);
}
