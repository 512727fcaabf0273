using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;

namespace Helpdesk.Testing;

/// <summary>A real OpenID Connect provider: npm's oidc-provider in a process of its own.</summary>
public sealed class OidcServer : IAsyncDisposable
{
    public const string Client = "console";
    private readonly Process _process;

    private OidcServer(Process process, Uri address) => (_process, Address, Http) = (process, address, new() { BaseAddress = address });

    public Uri Address { get; }

    public HttpClient Http { get; }

    public string Issuer => Address.GetLeftPart(UriPartial.Authority);

    /// <param name="addresses">Where the provider sends people back to.</param>
    public static async Task<OidcServer> StartAsync(params IEnumerable<string> addresses)
    {
        var script = Path.Combine(AzuriteServer.Root, "tests/OidcPeer/provider.mjs");
        if (!System.IO.Directory.Exists(Path.Combine(Path.GetDirectoryName(script)!, "node_modules")))
            throw new InvalidOperationException("The provider is not installed: run ./test.sh, or npm ci in tests/OidcPeer.");
        var port = AzuriteServer.FreePort();
        var start = new ProcessStartInfo("node", [script, $"{port}", .. addresses]) { RedirectStandardInput = true, RedirectStandardOutput = true };
        var process = Process.Start(start)!;
        while (await process.StandardOutput.ReadLineAsync() is var line && line != "ready")
        {
            if (line is null)
                throw new InvalidOperationException("The provider did not start; its messages are above.");
        }

        return new(process, new(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}")));
    }

    /// <summary>Tells the provider of somebody.</summary>
    public Task KnowAsync(string sub, string? email = null, bool verified = true) =>
        TellAsync(
            "/people",
            new
            {
                sub,
                email,
                email_verified = verified,
            }
        );

    /// <summary>Says who signs in next where nobody is named.</summary>
    public Task NextIsAsync(string sub) => TellAsync("/next", new { sub });

    /// <summary>Has it sign with another key from now on.</summary>
    public Task RotateAsync() => TellAsync("/rotate", new { });

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private async Task TellAsync(string path, object what)
    {
        using var told = await Http.PostAsJsonAsync(path, what);
        told.EnsureSuccessStatusCode();
    }
}
