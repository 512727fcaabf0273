namespace Helpdesk.Functions.Hosting;

/// <summary>The bytes of a request, read once and kept for whoever needs them: the reader of its fields and the idempotency check.</summary>
public static class RequestBody
{
    /// <summary>The largest body that is read, in bytes.</summary>
    public const int Limit = 1024 * 1024;

    private const int DrainLimit = 64 * 1024 * 1024;
    private static readonly object Key = new();

    /// <summary>The whole body; 413 when it is over the limit.</summary>
    /// <param name="limit">The largest body, in bytes.</param>
    public static async ValueTask<ReadOnlyMemory<byte>> ReadAsync(HttpContext context, int limit = Limit)
    {
        if (context.Items.TryGetValue(Key, out var known))
            return (ReadOnlyMemory<byte>)known!;

        var length = (int)Math.Min(context.Request.ContentLength ?? 4096, limit + 1);
        var buffer = new MemoryStream(length);
        var chunk = new byte[16 * 1024];
        var total = 0L;
        int read;
        while ((read = await context.Request.Body.ReadAsync(chunk, context.RequestAborted)) > 0)
        {
            // What is too large is read to its end and dropped: a caller who is cut off in the middle never sees the 413.
            total += read;
            if (total <= limit)
                buffer.Write(chunk, 0, read);
            else if (total > DrainLimit)
                break;
        }

        if (total > limit)
            throw new InvalidRequestException(
                StatusCodes.Status413PayloadTooLarge,
                "body-too-large",
                $"A request body is at most {limit / (1024 * 1024)} MB."
            );
        ReadOnlyMemory<byte> body = buffer.GetBuffer().AsMemory(0, (int)buffer.Length);
        context.Items[Key] = body;
        return body;
    }

    /// <summary>The whole body as text in UTF-8, from whichever encoding it is in; see <see cref="TextEncodings.ToUtf8"/>.</summary>
    public static async ValueTask<ReadOnlyMemory<byte>> ReadUtf8Async(HttpContext context) =>
        TextEncodings.ToUtf8(await ReadAsync(context), context.Request.ContentType);
}
