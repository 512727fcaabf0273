using System.Globalization;
using Microsoft.Azure.Functions.Worker.Middleware;
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

/// <summary>Says of what a function takes from a request that <c>If-Match</c> is looked at.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class HeedsIfMatchAttribute : Attribute;

/// <summary>The versions a caller accepts, from <c>If-Match</c>; every version when nothing was sent.</summary>
[HeedsIfMatch]
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

/// <summary>
/// Refuses <c>If-Match</c> where an operation does not look at it: whoever sends it relies on nothing being overwritten that they have not seen.
/// </summary>
public sealed class UnheededIfMatch : IFunctionsWorkerMiddleware
{
    public Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
    {
        if (
            context.GetHttpContext() is { } http
            && http.Request.Headers.IfMatch is [{ } tag, ..]
            && tag != "*"
            && !HttpMethods.IsGet(http.Request.Method)
            && !HttpMethods.IsHead(http.Request.Method)
            && FunctionMethods.Of(context) is var method
            && method.IsDefined(typeof(RequiresKeyAttribute), inherit: false)
            && !method.GetParameters().Any(parameter => parameter.ParameterType.IsDefined(typeof(HeedsIfMatchAttribute), inherit: false))
        )
            throw new InvalidRequestException(
                StatusCodes.Status400BadRequest,
                "if-match-unheeded",
                "This operation does not compare versions, so that nothing was done: leave If-Match out, and look at what is there before."
            );
        return next(context);
    }
}
