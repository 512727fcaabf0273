namespace Helpdesk.Functions.WebChat;

/// <summary>The origin of a site as its browser sends it: scheme, host in Punycode, and a port that is not the usual one.</summary>
public static class AllowedOrigin
{
    /// <summary>The origin that somebody wrote down; null when it is none.</summary>
    public static string? Of(string text) =>
        !text.Contains('*', StringComparison.Ordinal)
        && Uri.TryCreate(text, UriKind.Absolute, out var uri)
        && uri.Scheme is "https" or "http"
        && uri is { UserInfo: "", PathAndQuery: "/", Fragment: "" }
        && !text.Contains('?', StringComparison.Ordinal)
        && !text.Contains('#', StringComparison.Ordinal)
        && System.Text.Ascii.IsValid(uri.IdnHost)
            ? $"{uri.Scheme}://{HostOf(uri)}{(uri.IsDefaultPort ? "" : $":{uri.Port}")}"
            : null;

    /// <summary>What to say of a text that is none.</summary>
    public static string Problem(string text) =>
        text.Contains('*', StringComparison.Ordinal)
            ? $"contains \"{text}\": a pattern fits no site; name each one."
            : $"contains \"{text}\", which is not an origin: give scheme and host such as https://www.example.com, without a path.";

    private static string HostOf(Uri uri) => uri.HostNameType == UriHostNameType.IPv6 ? $"[{uri.IdnHost.Trim('[', ']')}]" : uri.IdnHost.ToLowerInvariant();
}
