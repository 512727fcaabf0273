using System.Net;
using System.Net.Sockets;

namespace Helpdesk;

/// <summary>Tells addresses of the public internet from those that lead inside: to this machine, its network, or nowhere.</summary>
/// <remarks>After the special-purpose registries of IANA (RFC 6890): what is not plainly public is named, and so refused.</remarks>
public static class NetworkRanges
{
    private static readonly (IPNetwork Range, string Kind)[] V4 =
    [
        Of("0.0.0.0/8", "unspecified"),
        Of("10.0.0.0/8", "private"),
        Of("100.64.0.0/10", "shared (carrier-grade NAT)"),
        Of("127.0.0.0/8", "loopback"),
        // The agent of virtual machines on Azure lies in a public range and answers from inside only.
        Of("168.63.129.16/32", "metadata"),
        Of("169.254.0.0/16", "link-local"),
        Of("172.16.0.0/12", "private"),
        Of("192.0.0.0/24", "reserved"),
        Of("192.0.2.0/24", "documentation"),
        Of("192.88.99.0/24", "6to4 relay"),
        Of("192.168.0.0/16", "private"),
        Of("198.18.0.0/15", "benchmarking"),
        Of("198.51.100.0/24", "documentation"),
        Of("203.0.113.0/24", "documentation"),
        Of("224.0.0.0/4", "multicast"),
        Of("240.0.0.0/4", "reserved"),
    ];

    private static readonly (IPNetwork Range, string Kind)[] V6 =
    [
        Of("::/128", "unspecified"),
        Of("::1/128", "loopback"),
        Of("2001::/32", "Teredo"),
        Of("2001:db8::/32", "documentation"),
        Of("2001::/23", "reserved"),
        Of("2002::/16", "6to4"),
        Of("3fff::/20", "documentation"),
        Of("fc00::/7", "private"),
        Of("fe80::/10", "link-local"),
        Of("fec0::/10", "site-local"),
        Of("ff00::/8", "multicast"),
    ];

    private static readonly IPNetwork GlobalUnicast = IPNetwork.Parse("2000::/3");
    private static readonly IPNetwork Nat64 = IPNetwork.Parse("64:ff9b::/96");
    private static readonly IPNetwork Compatible = IPNetwork.Parse("::/96");

    /// <summary>What kind of address it is, such as <c>loopback</c>; null for one of the public internet.</summary>
    public static string? KindOf(IPAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        var plain = Plain(address);
        if (plain.AddressFamily == AddressFamily.InterNetwork)
            return KindIn(V4, plain);
        if (plain.AddressFamily != AddressFamily.InterNetworkV6)
            return "unknown";
        return KindIn(V6, plain) ?? (GlobalUnicast.Contains(plain) ? null : "reserved");
    }

    /// <summary>The IPv4 address that an IPv6 address stands for (mapped, compatible, or translated by NAT64), or the address itself without its
    /// zone.</summary>
    public static IPAddress Plain(IPAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        if (address.AddressFamily != AddressFamily.InterNetworkV6)
            return address;
        var bytes = address.GetAddressBytes();
        var unzoned = new IPAddress(bytes);
        if (address.IsIPv4MappedToIPv6 || Nat64.Contains(unzoned))
            return new IPAddress(bytes.AsSpan(12));
        // ::1 and :: are addresses of their own.
        return Compatible.Contains(unzoned) && bytes.AsSpan(12).IndexOfAnyExcept((byte)0) is >= 0 and < 3 ? new IPAddress(bytes.AsSpan(12)) : unzoned;
    }

    /// <summary>Reads a comma list of addresses and ranges, such as <c>127.0.0.0/8, ::1</c>.</summary>
    /// <exception cref="FormatException">Says which entry is none.</exception>
    public static IReadOnlyList<IPNetwork> Parse(string list)
    {
        ArgumentNullException.ThrowIfNull(list);
        return
        [
            .. list.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
                .Select(text =>
                    IPNetwork.TryParse(text, out var range) ? range
                    : IPAddress.TryParse(text, out var one) ? new IPNetwork(one, one.GetAddressBytes().Length * 8)
                    : throw new FormatException($"\"{text}\" is neither an address nor a range such as 10.1.0.0/16.")
                ),
        ];
    }

    private static string? KindIn((IPNetwork Range, string Kind)[] ranges, IPAddress address)
    {
        foreach (var (range, kind) in ranges)
        {
            if (range.Contains(address))
                return kind;
        }

        return null;
    }

    private static (IPNetwork Range, string Kind) Of(string range, string kind) => (IPNetwork.Parse(range), kind);
}
