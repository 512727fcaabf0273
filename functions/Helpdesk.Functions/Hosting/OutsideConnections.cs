using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Helpdesk.Functions.Hosting;

/// <summary>Finds the addresses of a host name.</summary>
public delegate Task<IPAddress[]> ResolveHost(string host, CancellationToken cancellationToken);

/// <summary>An address that somebody has set may not be called; the message says why.</summary>
public sealed class OutsideAddressException(string message) : Exception(message);

/// <summary>Which addresses may be called though they are not of the public internet.</summary>
/// <remarks><c>Outside__AllowedAddresses</c>, a comma list of addresses and ranges. Plain http goes to these alone.</remarks>
public sealed record OutsideOptions(IReadOnlyList<IPNetwork> Allowed)
{
    public static OutsideOptions From(IConfiguration settings)
    {
        try
        {
            return new(NetworkRanges.Parse(settings["Outside:AllowedAddresses"] ?? ""));
        }
        catch (FormatException wrong)
        {
            throw new InvalidOperationException(
                $"Outside__AllowedAddresses must be a list of addresses and ranges, with commas between them: {wrong.Message}"
            );
        }
    }

    /// <summary>Why an address may not be called; null when it may.</summary>
    public string? ProblemOf(IPAddress address, bool encrypted)
    {
        var plain = NetworkRanges.Plain(address);
        if (Allowed.Any(range => range.Contains(plain)))
            return null;
        if (NetworkRanges.KindOf(address) is { } kind)
            return $"leads to {address}, {("aeiou".Contains(kind[0], StringComparison.Ordinal) ? "an" : "a")} {kind} address";
        return encrypted ? null : $"leads to {address} without encryption";
    }
}

/// <summary>
/// Connects to addresses that users of the desk have set: to the public internet alone, unless the app's settings allow more. The name is resolved for
/// every connection, and the connection goes to the very address that was checked, so that a name that leads elsewhere the next time gains nothing.
/// </summary>
public sealed class OutsideConnections(OutsideOptions options, ResolveHost resolve)
{
    private static readonly TimeSpan LookUp = TimeSpan.FromSeconds(3);
    private const string WayOut = "Addresses inside are called only when Outside__AllowedAddresses names them.";

    /// <summary>A client that keeps to this: no redirects, no proxy, no cookies, nothing unpacked, no trace headers.</summary>
    /// <param name="timeout">How long a call may take; null where the caller sees to that.</param>
    public HttpClient NewClient(TimeSpan? timeout = null) =>
        new(
            new SocketsHttpHandler
            {
                ConnectCallback = ConnectAsync,
                AllowAutoRedirect = false,
                UseProxy = false,
                UseCookies = false,
                AutomaticDecompression = DecompressionMethods.None,
                ActivityHeadersPropagator = DistributedContextPropagator.CreateNoOutputPropagator(),
                MaxResponseHeadersLength = 32,
                PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
                PooledConnectionLifetime = TimeSpan.FromMinutes(2),
            }
        )
        {
            Timeout = timeout ?? Timeout.InfiniteTimeSpan,
        };

    /// <summary>A connection to a host, to an address of it that may be called.</summary>
    /// <param name="encrypted">Whether what is sent over it is encrypted.</param>
    /// <exception cref="OutsideAddressException">None of its addresses may be called.</exception>
    public async ValueTask<Socket> ConnectAsync(string host, int port, bool encrypted, CancellationToken cancellationToken)
    {
        var addresses = await AddressesAsync(host, cancellationToken);
        var reachable = addresses.Where(address => options.ProblemOf(address, encrypted) is null).ToList();
        if (reachable.Count == 0)
            throw new OutsideAddressException(
                addresses.Length == 0 ? $"{host} has no address." : $"{host} {options.ProblemOf(addresses[0], encrypted)}. {WayOut}"
            );
        SocketException? unreachable = null;
        foreach (var address in reachable)
        {
            var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(new IPEndPoint(address, port), cancellationToken);
                return socket;
            }
            catch (SocketException failure)
            {
                socket.Dispose();
                unreachable = failure;
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }

        throw unreachable!;
    }

    /// <summary>What is wrong with an address that somebody sets, such as "must not …"; null for one that may be called, as far as that can be told
    /// now.</summary>
    public async Task<string?> ProblemAsync(string text, CancellationToken cancellationToken)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Scheme is not ("https" or "http") || url.Host.Length == 0)
            return "must be a web address such as https://example.com/hooks.";
        if (!IsHostName(url))
            return $"must contain the name of a host such as hooks.example.com, or an address: \"{url.Host}\" is neither.";
        if (url.UserInfo.Length > 0)
            return "must not contain a user name or password: they would be shown to everybody who sees it.";
        if (url.Fragment.Length > 0)
            return "must not contain a fragment (#): it is never sent.";
        if (url.Port is not (80 or 443) and < 1024)
            return $"must not use port {url.Port}, which belongs to another service: use 443, 80 or 1024 to 65535.";
        var encrypted = url.Scheme == Uri.UriSchemeHttps;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(LookUp);
        try
        {
            var addresses = await AddressesAsync(url.IdnHost, patience.Token);
            if (addresses.Length > 0 && addresses.All(address => options.ProblemOf(address, encrypted) is not null))
                return options.ProblemOf(addresses[0], encrypted: true) is { } inside
                    ? $"must not be used: it {inside}. {WayOut}"
                    : "must begin with https: plain http goes only to addresses that Outside__AllowedAddresses names.";
            return null;
        }
        catch (Exception failure) when (failure is SocketException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            // A name that leads nowhere today may do so tomorrow; where it leads is looked at whenever it is called.
            return encrypted ? null : "must begin with https: plain http goes only to addresses that Outside__AllowedAddresses names.";
        }
    }

    /// <summary>Whether what stands for the host can be one: an address, or labels of letters, digits and hyphens (RFC 1123).</summary>
    private static bool IsHostName(Uri url) =>
        url.HostNameType is UriHostNameType.IPv4 or UriHostNameType.IPv6
        || (
            url.IdnHost.TrimEnd('.') is { Length: > 0 and <= 253 } host
            && host.Split('.') is { } labels
            && labels.All(label =>
                label.Length is > 0 and <= 63 && label.All(letter => char.IsAsciiLetterOrDigit(letter) || letter == '-') && label[0] != '-' && label[^1] != '-'
            )
            && !labels[^1].All(char.IsAsciiDigit)
        );

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var encrypted = context.InitialRequestMessage.RequestUri?.Scheme == Uri.UriSchemeHttps;
        return new NetworkStream(await ConnectAsync(context.DnsEndPoint.Host, context.DnsEndPoint.Port, encrypted, cancellationToken), ownsSocket: true);
    }

    private async Task<IPAddress[]> AddressesAsync(string host, CancellationToken cancellationToken) =>
        IPAddress.TryParse(host, out var literal) ? [literal] : await resolve(host, cancellationToken);
}
