using System.Globalization;
using Helpdesk.Attachments;
using Helpdesk.Functions.Hosting;
using Microsoft.Net.Http.Headers;

namespace Helpdesk.Functions.Attachments;

/// <summary>
/// The bytes of a file, all of them or one range (RFC 9110), as they come from storage. Several ranges at once are answered with the whole file.
/// </summary>
public sealed class FileAnswer : IResult
{
    private readonly StoredFile _file;
    private readonly AttachmentStore _store;

    internal FileAnswer(StoredFile file, AttachmentStore store) => (_file, _store) = (file, store);

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        ArgumentNullException.ThrowIfNull(httpContext);
        var (request, response) = (httpContext.Request.GetTypedHeaders(), httpContext.Response);
        var tag = new EntityTagHeaderValue($"\"{_file.Sha256[..32]}\"");
        Describe(response, tag);

        if (
            request.IfMatch is { Count: > 0 } wanted
            && !wanted.Any(one => one.Equals(EntityTagHeaderValue.Any) || one.Compare(tag, useStrongComparison: true))
        )
        {
            response.StatusCode = StatusCodes.Status412PreconditionFailed;
            return;
        }

        if (
            request.IfNoneMatch is { Count: > 0 } known
            && known.Any(one => one.Equals(EntityTagHeaderValue.Any) || one.Compare(tag, useStrongComparison: false))
        )
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        var (from, length) = (0L, _file.Size);
        if (RangeOf(httpContext, tag) is { } range)
        {
            if (range.Length == 0)
            {
                response.StatusCode = StatusCodes.Status416RangeNotSatisfiable;
                response.Headers.ContentRange = string.Create(CultureInfo.InvariantCulture, $"bytes */{_file.Size}");
                return;
            }

            (from, length) = range;
            response.StatusCode = StatusCodes.Status206PartialContent;
            response.Headers.ContentRange = string.Create(CultureInfo.InvariantCulture, $"bytes {from}-{from + length - 1}/{_file.Size}");
        }

        if (HttpMethods.IsHead(httpContext.Request.Method))
        {
            response.ContentLength = length;
            return;
        }

        if (await _store.OpenAsync(_file, from, length, httpContext.RequestAborted) is not { } bytes)
        {
            // Removed since its row was read.
            response.Headers.Clear();
            throw new InvalidRequestException(StatusCodes.Status404NotFound, "not-found", "The file is not there any more.");
        }

        response.ContentLength = length;
        await using (bytes)
            await bytes.CopyToAsync(response.Body, 64 * 1024, httpContext.RequestAborted);
    }

    private void Describe(HttpResponse response, EntityTagHeaderValue tag)
    {
        var disposition = new ContentDispositionHeaderValue(FileTypes.IsPicture(_file.ContentType) ? "inline" : "attachment");
        disposition.SetHttpFileName(_file.Name);
        var headers = response.Headers;
        response.ContentType = _file.ContentType is "text/plain" or "text/csv" ? $"{_file.ContentType}; charset=utf-8" : _file.ContentType;
        headers.ContentDisposition = disposition.ToString();
        headers.ETag = tag.ToString();
        headers.LastModified = _file.At.ToString("R", CultureInfo.InvariantCulture);
        headers.AcceptRanges = "bytes";
        headers.XContentTypeOptions = "nosniff";
        headers.ContentSecurityPolicy = "default-src 'none'; sandbox";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers["Referrer-Policy"] = "no-referrer";
        // Kept by browsers, and asked for each time: a file may be removed, and a link made void.
        headers.CacheControl = "private, no-cache";
    }

    /// <summary>The range that is asked for; no bytes for one that the file does not have; null for the whole file.</summary>
    private (long From, long Length)? RangeOf(HttpContext context, EntityTagHeaderValue tag)
    {
        var header = context.Request.Headers.Range;
        if (
            header.Count != 1
            || !RangeHeaderValue.TryParse(header.ToString(), out var parsed)
            || parsed.Unit != "bytes"
            || parsed.Ranges.Count != 1
            || !IsCurrent(context, tag)
        )
            return null;
        var range = parsed.Ranges.Single();
        if (range.From is not { } from)
        {
            var last = Math.Min(range.To ?? 0, _file.Size);
            return (_file.Size - last, last);
        }

        return from >= _file.Size ? (0, 0) : (from, Math.Min(range.To ?? long.MaxValue, _file.Size - 1) - from + 1);
    }

    /// <summary>Whether the part that the caller has already is of the same file.</summary>
    private bool IsCurrent(HttpContext context, EntityTagHeaderValue tag)
    {
        if (context.Request.Headers.IfRange.Count == 0)
            return true;
        return RangeConditionHeaderValue.TryParse(context.Request.Headers.IfRange.ToString(), out var condition)
            && (
                condition.EntityTag?.Compare(tag, useStrongComparison: true)
                ?? condition.LastModified == DateTimeOffset.FromUnixTimeSeconds(_file.At.ToUnixTimeSeconds())
            );
    }
}
