using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http.Features;

namespace Helpdesk.Functions.Hosting;

/// <summary>Whose request it is, as far as an address tells: what a limit by sender counts by.</summary>
/// <remarks>
/// The last entry of <c>X-Forwarded-For</c> is the one that Azure's front end, or the laptop host, has written itself; whatever stands before it, the
/// sender may have made up. A whole /64 of IPv6 is one sender, since that is what one connection is given.
/// </remarks>
public static class ClientAddress
{
    /// <summary>The sender's address: an IPv4 address, or the /64 that an IPv6 address lies in.</summary>
    public static string Of(HttpContext context)
    {
        var arrived = context.Features.GetRequiredFeature<Arrived>();
        return Of(arrived.Forwarded, arrived.Connection);
    }

    /// <summary>The sender's address.</summary>
    /// <param name="forwarded">What <c>X-Forwarded-For</c> says.</param>
    /// <param name="connection">Who sent the request to this process; counts when the header tells nothing.</param>
    public static string Of(string forwarded, IPAddress? connection)
    {
        var last = forwarded[(forwarded.LastIndexOf(',') + 1)..].Trim();
        return (Parse(last) ?? connection) is { } address ? Normal(address) : "unknown";
    }

    /// <summary>An address with or without a port, such as <c>1.2.3.4:5678</c> or <c>[2001:db8::1]:5678</c>; null for anything else.</summary>
    private static IPAddress? Parse(string text)
    {
        if (text.Length is 0 or > 64)
            return null;
        if (text[0] == '[')
        {
            var end = text.IndexOf(']', StringComparison.Ordinal);
            return end > 0 && IsPort(text[(end + 1)..]) ? Read(text[1..end], AddressFamily.InterNetworkV6) : null;
        }

        var colon = text.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? Read(text, AddressFamily.InterNetwork)
            : text.IndexOf(':', colon + 1) >= 0 ? Read(text, AddressFamily.InterNetworkV6)
            : IsPort(text[colon..]) ? Read(text[..colon], AddressFamily.InterNetwork)
            : null;
    }

    private static bool IsPort(string text) =>
        text.Length == 0 || (text.Length is > 1 and <= 6 && text[0] == ':' && text.AsSpan(1).IndexOfAnyExceptInRange('0', '9') < 0);

    /// <summary>Only what is written in full: "1.2" would be read as 1.0.0.2.</summary>
    private static IPAddress? Read(string text, AddressFamily family) =>
        IPAddress.TryParse(text, out var address)
        && address.AddressFamily == family
        && (family == AddressFamily.InterNetworkV6 || text.Count(letter => letter == '.') == 3)
            ? address
            : null;

    private static string Normal(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
            return address.MapToIPv4().ToString();
        if (address.AddressFamily != AddressFamily.InterNetworkV6)
            return address.ToString();
        var bytes = address.GetAddressBytes();
        bytes.AsSpan(8).Clear();
        return $"{new IPAddress(bytes)}/64";
    }

    /// <summary>What a request said of its sender when it arrived.</summary>
    private sealed record Arrived(string Forwarded, IPAddress? Connection);

    /// <summary>
    /// Keeps what the request says before the worker's own middleware takes the last hop out of the header and leaves those that anybody may have made up.
    /// </summary>
    public sealed class OnArrival : IStartupFilter
    {
        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) =>
            app =>
            {
                app.Use(
                    (context, more) =>
                    {
                        context.Features.Set(new Arrived(context.Request.Headers["X-Forwarded-For"].ToString(), context.Connection.RemoteIpAddress));
                        return more(context);
                    }
                );
                next(app);
            };
    }
}
