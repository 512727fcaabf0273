using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Azure.Data.Tables;
using Helpdesk.Functions.Hosting;
using Helpdesk.Search;

namespace Helpdesk.Functions.Search;

/// <summary>What the index of a workspace consists of.</summary>
/// <param name="Segments">Its segments, the newest first. A document counts where it is newest.</param>
/// <param name="Building">A segment that is being written; null for none.</param>
/// <param name="Retired">Segments that were merged into others, and whose rows can go.</param>
/// <param name="Rebuild">How far the last rebuilding is; null where there was none.</param>
public sealed record SearchIndex(
    IReadOnlyList<SegmentInfo> Segments,
    SegmentMark? Building = null,
    IReadOnlyList<SegmentMark>? Retired = null,
    SearchRebuild? Rebuild = null
);

/// <summary>A part of the index that is never changed, only merged into a new one.</summary>
/// <param name="Documents">How many documents it has.</param>
/// <param name="Tickets">Of how many tickets it has the words.</param>
public sealed record SegmentInfo(string Id, int Documents, int Tickets);

/// <summary>A segment, and since when it is what it is.</summary>
public sealed record SegmentMark(string Id, DateTimeOffset At);

/// <summary>A rebuilding of the index from the tickets.</summary>
/// <param name="Id">Names the rebuilding.</param>
/// <param name="StartedAt">When it was asked for.</param>
/// <param name="FinishedAt">When it was done; null while it is under way.</param>
/// <param name="Tickets">How many tickets it has read.</param>
/// <param name="From">Where its next step begins; null for the beginning, or the end.</param>
public sealed record SearchRebuild(string Id, DateTimeOffset StartedAt, DateTimeOffset? FinishedAt, long Tickets, string? From);

[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(UtcInstantConverter)]
)]
[JsonSerializable(typeof(SearchIndex))]
[JsonSerializable(typeof(SearchMessage))]
internal sealed partial class SearchJson : JsonSerializerContext;

/// <summary>The rows of the index and back.</summary>
/// <remarks>
/// <para>
/// One partition per workspace has what is new: <c>!index</c>, which names the segments, and a row for each document that no segment has yet, so that both
/// are read in one request and change in one transaction.
/// </para>
/// <para>
/// A segment is a partition: <c>t:term</c> holds terms in a row up to that one, so that the row that has a term is the first at or behind it; <c>d:0000</c>
/// holds which documents it has.
/// </para>
/// <para>Every row key begins with its partition's name: Azurite finds a row by its row key alone.</para>
/// </remarks>
internal static class SearchRows
{
    private const int ColumnLength = 60_000;

    /// <summary>Bytes of a row: less than the 1 MB that it may have.</summary>
    private const int RowLength = 720_000;

    public static string Partition(string workspace) => $"{workspace}:new";

    public static string IndexKey(string partition) => $"{partition}:!index";

    /// <summary>Says that words are to go that nobody finds any more.</summary>
    public static string PurgeKey(string partition) => $"{partition}:!purge";

    public static string SegmentPartition(string workspace, string segment) => $"{workspace}:segment-{segment}";

    public static string TermKey(string partition, string term) => $"{partition}:t:{term}";

    public static string DocumentsStart(string partition) => $"{partition}:d:";

    public static string DocumentsEnd(string partition) => $"{partition}:d;";

    public static TableEntity Write(string workspace, SearchIndex index)
    {
        var partition = Partition(workspace);
        return new(partition, IndexKey(partition)) { ["State"] = JsonSerializer.Serialize(index, SearchJson.Default.SearchIndex) };
    }

    public static SearchIndex ReadIndex(TableEntity row) =>
        JsonSerializer.Deserialize(row.GetString("State"), SearchJson.Default.SearchIndex) ?? throw new InvalidDataException("The search index is empty.");

    public static TableEntity Write(string workspace, SearchDocument document)
    {
        var partition = Partition(workspace);
        var key = string.Create(CultureInfo.InvariantCulture, $"{partition}:doc:{document.Key:D16}-{document.Version:D10}{(document.Again ? "-again" : "")}");
        return Bytes(new(partition, key), document.Write());
    }

    public static TableEntity Write(string partition, SegmentChunk chunk) => Bytes(new(partition, TermKey(partition, chunk.LastTerm)), chunk.Bytes);

    public static IEnumerable<TableEntity> Write(string partition, SegmentDocuments documents) =>
        documents
            .Write()
            .Chunk(RowLength)
            .Select((bytes, index) => Bytes(new(partition, string.Create(CultureInfo.InvariantCulture, $"{DocumentsStart(partition)}{index:D4}")), bytes));

    public static byte[] ReadBytes(TableEntity row)
    {
        var columns = row.GetInt32("Columns") ?? 1;
        if (columns == 1)
            return row.GetBinary("Data0");
        return [.. Enumerable.Range(0, columns).SelectMany(column => row.GetBinary(Column(column)))];
    }

    private static TableEntity Bytes(TableEntity row, byte[] bytes)
    {
        var columns = Math.Max(1, (bytes.Length + ColumnLength - 1) / ColumnLength);
        row["Columns"] = columns;
        for (var column = 0; column < columns; column++)
            row[Column(column)] = bytes[(column * ColumnLength)..Math.Min(bytes.Length, (column + 1) * ColumnLength)];
        return row;
    }

    private static string Column(int index) => string.Create(CultureInfo.InvariantCulture, $"Data{index}");
}
