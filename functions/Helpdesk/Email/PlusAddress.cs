namespace Helpdesk.Email;

/// <summary>An e-mail address with a tag behind a plus sign.</summary>
public static class PlusAddress
{
    /// <summary>The address without what stands behind its last plus sign: <c>support+t42-x@example.com</c> gives <c>support@example.com</c>.</summary>
    public static string WithoutTag(string address)
    {
        var (at, plus) = Places(address);
        return plus < 0 ? address : address[..plus] + address[at..];
    }

    /// <summary>What stands behind the last plus sign; null for nothing.</summary>
    public static string? TagOf(string address)
    {
        var (at, plus) = Places(address);
        return plus < 0 || plus + 1 == at ? null : address[(plus + 1)..at];
    }

    private static (int At, int Plus) Places(string address)
    {
        var at = address.LastIndexOf('@');
        return (at, at < 0 ? -1 : address.AsSpan(0, at).LastIndexOf('+'));
    }
}
