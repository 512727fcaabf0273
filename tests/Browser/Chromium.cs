using Microsoft.Playwright;

namespace Helpdesk.Testing;

/// <summary>The browser that ./test.sh has found or installed.</summary>
public static class Chromium
{
    /// <summary>How long something may take to appear, in milliseconds: a machine that does much else is slow and not wrong.</summary>
    public const float Patience = 60_000;

    public static Task<IBrowser> LaunchAsync(IPlaywright playwright)
    {
        Assertions.SetDefaultExpectTimeout(Patience);
        return playwright.Chromium.LaunchAsync(
            new()
            {
                ExecutablePath = Find(),
                Args =
                [
                    "--headless",
                    "--no-sandbox",
                    "--disable-gpu",
                    "--disable-quic",
                    "--no-first-run",
                    "--disable-background-networking",
                    "--disable-component-update",
                    "--disable-sync",
                    // A page that a test makes up lies on no network, and embeds what lies on this machine.
                    "--disable-features=LocalNetworkAccessChecks",
                ],
            }
        );
    }

    private static string Find() =>
        new[] { "chromium", "chromium-browser", "google-chrome" }
            .SelectMany(name => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Select(folder => Path.Combine(folder, name)))
            .FirstOrDefault(File.Exists)
        ?? throw new InvalidOperationException("These tests need Chromium: install the package chromium.");
}
