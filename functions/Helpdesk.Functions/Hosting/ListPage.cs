using System.Buffers.Text;
using System.Text;

namespace Helpdesk.Functions.Hosting;

/// <summary>One page of a list.</summary>
/// <param name="Items">What is on the page.</param>
/// <param name="NextCursor">The <c>cursor</c> of the next page; null on the last.</param>
public sealed record ListPage<T>(IReadOnlyList<T> Items, string? NextCursor);

/// <summary>Where a list goes on. Opaque to callers, and bound to the list that gave it.</summary>
public static class PageCursor
{
    /// <summary>The cursor of <paramref name="list"/> (its name and filters) that goes on after <paramref name="parts"/>.</summary>
    public static string Write(string list, params IReadOnlyList<string> parts) =>
        Base64Url.EncodeToString(Encoding.UTF8.GetBytes($"1|{Fingerprint(list)}|{string.Join('|', parts)}"));

    /// <summary>Reads a cursor back; 400 when it is none of this list's.</summary>
    /// <param name="field">The parameter that it came by.</param>
    public static string[] Read(string list, string cursor, int parts, string field = "cursor")
    {
        var bytes = new byte[Base64Url.GetMaxDecodedLength(Math.Min(cursor.Length, 400))];
        if (cursor.Length <= 400 && Base64Url.IsValid(cursor) && Base64Url.TryDecodeFromChars(cursor, bytes, out var length))
        {
            var split = Encoding.UTF8.GetString(bytes, 0, length).Split('|');
            if (
                split.Length == parts + 2
                && split[0] == "1"
                && split[1] == Fingerprint(list)
                && split.All(part => part.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or ':' or '.'))
            )
                return split[2..];
        }

        throw new InvalidRequestException(field, $"{field} is not one that this list gave; start again without it.");
    }

    private static string Fingerprint(string list) => Hashes.Short(list)[..12];
}
