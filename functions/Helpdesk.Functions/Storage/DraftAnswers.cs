using System.Diagnostics.CodeAnalysis;
using Azure;
using Azure.Core;
using Azure.Data.Tables;

namespace Helpdesk.Functions.Storage;

/// <summary>What a draft answers where storage would have: a status, and the ETag of what was written.</summary>
internal sealed class DraftAnswer(int status, ETag? etag = null) : Response
{
    public override int Status => status;

    public override string ReasonPhrase => "";

    public override Stream? ContentStream { get; set; }

    public override string ClientRequestId { get; set; } = "";

    public override void Dispose() { }

    protected override bool ContainsHeader(string name) => TryGetHeader(name, out _);

    protected override IEnumerable<HttpHeader> EnumerateHeaders() => etag is { } tag ? [new("ETag", tag.ToString())] : [];

    protected override bool TryGetHeader(string name, [NotNullWhen(true)] out string? value)
    {
        value = etag is { } tag && name.Equals("ETag", StringComparison.OrdinalIgnoreCase) ? tag.ToString() : null;
        return value is not null;
    }

    protected override bool TryGetHeaderValues(string name, [NotNullWhen(true)] out IEnumerable<string>? values)
    {
        values = TryGetHeader(name, out var value) ? [value] : null;
        return values is not null;
    }
}

/// <summary>A row that may not be there.</summary>
internal sealed class DraftFound<T>(T? row) : NullableResponse<T>
    where T : class
{
    public override bool HasValue => row is not null;

    public override T? Value => row ?? throw new InvalidOperationException("There is no such row.");

    public override Response GetRawResponse() => new DraftAnswer(row is null ? 404 : 200);
}

/// <summary>Rows of a draft, read when somebody asks for them.</summary>
internal sealed class DraftRows<T>(Func<CancellationToken, Task<IReadOnlyList<T>>> read, CancellationToken cancellationToken)
    : AsyncPageable<T>(cancellationToken)
    where T : notnull
{
    public override async IAsyncEnumerable<Page<T>> AsPages(string? continuationToken = null, int? pageSizeHint = null)
    {
        yield return Page<T>.FromValues(await read(CancellationToken), null, new DraftAnswer(200));
    }
}

/// <summary>Rows of tables as values.</summary>
internal static class DraftRow
{
    /// <summary>A copy with an ETag of its own.</summary>
    public static TableEntity Of(ITableEntity row, ETag etag)
    {
        var copy = new TableEntity(row.PartitionKey, row.RowKey);
        foreach (var (name, value) in Columns((TableEntity)row))
            copy[name] = value;
        copy.ETag = etag;
        copy.Timestamp = DateTimeOffset.UnixEpoch;
        return copy;
    }

    /// <summary>What is kept in a row, besides its keys.</summary>
    public static IEnumerable<KeyValuePair<string, object>> Columns(TableEntity row) =>
        row.Where(column => column.Value is not null && column.Key is not ("PartitionKey" or "RowKey" or "Timestamp" or "odata.etag"));

    /// <summary>Whether two rows keep the same.</summary>
    public static bool AreSame(TableEntity one, TableEntity other)
    {
        var (left, right) = (Columns(one).ToDictionary(StringComparer.Ordinal), Columns(other).ToDictionary(StringComparer.Ordinal));
        return left.Count == right.Count && left.All(column => right.TryGetValue(column.Key, out var value) && AreSame(column.Value, value));
    }

    private static bool AreSame(object one, object other) =>
        one is byte[] left && other is byte[] right ? left.AsSpan().SequenceEqual(right) : one.Equals(other);
}
