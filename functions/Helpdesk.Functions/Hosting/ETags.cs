using System.Globalization;
using Microsoft.Net.Http.Headers;

namespace Helpdesk.Functions.Hosting;

/// <summary>The versions a caller has already, from <c>If-None-Match</c>; none when nothing was sent.</summary>
public sealed class IfNoneMatch : IFromRequest<IfNoneMatch>
{
    private readonly IList<EntityTagHeaderValue> _tags;

    private IfNoneMatch(IList<EntityTagHeaderValue> tags) => _tags = tags;

    /// <summary>Read from the request when a handler asks for it.</summary>
    public static ValueTask<IfNoneMatch> ReadAsync(HttpContext context) =>
        new(new IfNoneMatch(EntityTagHeaderValue.TryParseList(context.Request.Headers.IfNoneMatch, out var tags) ? tags : []));

    /// <summary>Whether <paramref name="version"/> is among them, so that 304 is the answer.</summary>
    public bool Has(long version)
    {
        var current = IfMatch.ETag(version);
        return _tags.Any(tag => tag.Tag == "*" || tag.Tag == current);
    }
}

/// <summary>The versions a caller accepts, from <c>If-Match</c>; every version when nothing was sent.</summary>
public sealed class IfMatch : IFromRequest<IfMatch>
{
    private readonly IList<EntityTagHeaderValue>? _tags;

    private IfMatch(IList<EntityTagHeaderValue>? tags) => _tags = tags;

    /// <summary>Accepts every version.</summary>
    public static IfMatch Any { get; } = new((IList<EntityTagHeaderValue>?)null);

    /// <summary>The strong ETag of a version.</summary>
    public static string ETag(long version) => string.Create(CultureInfo.InvariantCulture, $"\"{version}\"");

    /// <summary>Read from the request when a handler asks for it.</summary>
    public static ValueTask<IfMatch> ReadAsync(HttpContext context)
    {
        var header = context.Request.Headers.IfMatch;
        if (header.Count == 0)
            return new(Any);
        // What is no ETag at all matches nothing, exactly like an old one.
        var tags = EntityTagHeaderValue.TryParseStrictList(header, out var parsed) ? parsed : [];
        return new(tags.Contains(EntityTagHeaderValue.Any) ? Any : new(tags));
    }

    /// <summary>412 when <paramref name="version"/> is not among the accepted ones.</summary>
    public void Check(long version)
    {
        var current = ETag(version);
        if (_tags is not null && !_tags.Any(tag => !tag.IsWeak && tag.Tag == current))
            throw new StaleETagException(current);
    }
}
