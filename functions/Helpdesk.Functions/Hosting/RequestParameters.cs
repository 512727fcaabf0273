using System.Collections.Concurrent;
using System.Reflection;
using Microsoft.Azure.Functions.Worker.Converters;

namespace Helpdesk.Functions.Hosting;

/// <summary>Something that a function takes from its HTTP request: its body, or what its headers say.</summary>
public interface IFromRequest<TSelf>
    where TSelf : IFromRequest<TSelf>
{
    /// <summary>Reads it; throws <see cref="InvalidRequestException"/> for what cannot be understood.</summary>
    static abstract ValueTask<TSelf> ReadAsync(HttpContext context);
}

/// <summary>What a function takes from the query of its request: each member is a parameter of that name.</summary>
public interface IFromQuery<TSelf> : IFromRequest<TSelf>
    where TSelf : IFromQuery<TSelf>
{
    /// <summary>Reads the parameters. A name that nobody asks the reader for is an error.</summary>
    static abstract TSelf Read(QueryReader query, HttpContext context);

    static ValueTask<TSelf> IFromRequest<TSelf>.ReadAsync(HttpContext context)
    {
        var query = new QueryReader(context);
        var read = TSelf.Read(query, context);
        query.Done();
        return new(read);
    }
}

/// <summary>Gives the parameters of HTTP functions what belongs to the request. Everything else is left to the worker's own converters.</summary>
public sealed class RequestParameters : IInputConverter
{
    private delegate ValueTask<object?> Read(HttpContext context);

    private static readonly ConcurrentDictionary<Type, Read?> Readers = new();

    public async ValueTask<ConversionResult> ConvertAsync(ConverterContext context) =>
        Readers.GetOrAdd(context.TargetType, ReaderOf) is { } read && context.FunctionContext.GetHttpContext() is { } http
            ? ConversionResult.Success(await read(http))
            : ConversionResult.Unhandled();

    /// <summary>What a parameter of this type takes from a request; null for a type that takes nothing from it.</summary>
    public static async ValueTask<object?> ReadAsync(Type type, HttpContext context) =>
        Readers.GetOrAdd(type, ReaderOf) is { } read ? await read(context) : null;

    private static Read? ReaderOf(Type type)
    {
        if (type == typeof(HttpContext))
            return http => new(http);
        if (type == typeof(CancellationToken))
            return http => new(http.RequestAborted);
        if (type == typeof(Caller))
            return http => new(http.Features.Get<Caller>());
        if (type == typeof(Idempotency))
            return async http => await Idempotency.ReadAsync(http);
        return type.GetInterfaces().Any(one => one.IsGenericType && one.GetGenericTypeDefinition() == typeof(IFromRequest<>))
            ? typeof(RequestParameters)
                .GetMethod(nameof(ReadAsync), BindingFlags.NonPublic | BindingFlags.Static)!
                .MakeGenericMethod(type)
                .CreateDelegate<Read>()
            : null;
    }

    private static async ValueTask<object?> ReadAsync<T>(HttpContext context)
        where T : IFromRequest<T> => await T.ReadAsync(context);
}
