namespace Helpdesk.Functions.Hosting;

/// <summary>The address by which people reach this desk, for links in what it sends.</summary>
/// <remarks>
/// <c>HELPDESK_URL</c>, such as <c>https://help.example.com</c>; otherwise the host's own name, which the platform gives as <c>WEBSITE_HOSTNAME</c>.
/// </remarks>
public sealed class PublicAddress
{
    public PublicAddress(IConfiguration settings)
    {
        if (settings["HELPDESK_URL"] is { Length: > 0 } set)
        {
            if (!Uri.TryCreate(set.TrimEnd('/'), UriKind.Absolute, out var url) || url.Scheme is not ("https" or "http") || url.Query.Length > 0)
                throw new InvalidOperationException($"HELPDESK_URL is \"{set}\", which is no address: write it like https://help.example.com.");
            Url = url.ToString().TrimEnd('/');
            return;
        }

        var host = settings["WEBSITE_HOSTNAME"] is { Length: > 0 } name ? name : "localhost";
        var scheme = host.StartsWith("localhost", StringComparison.OrdinalIgnoreCase) ? "http" : "https";
        Url = $"{scheme}://{host}";
    }

    /// <summary>Scheme, host and path, without a slash at the end.</summary>
    public string Url { get; }
}
