using System.Net;
using Helpdesk.Functions.Console;
using Helpdesk.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Helpdesk.Functions.Tests.Console;

/// <summary>The page on which agents work, as it is given to browsers.</summary>
public sealed class ServeConsoleTests(DeskFixture fixture) : IAsyncLifetime
{
    private readonly string _folder = System.IO.Directory.CreateTempSubdirectory("helpdesk-console-").FullName;
    private RunningApp _app = null!;

    public async ValueTask InitializeAsync()
    {
        System.IO.Directory.CreateDirectory(Path.Combine(_folder, "assets"));
        foreach (
            var (name, text) in new[]
            {
                ("index.html", "<!doctype html><title>Desk</title>"),
                ("index.html.br", "brotli"),
                ("assets/console-AB12.js", "script"),
                ("assets/console-AB12.js.br", "brotli"),
                ("assets/console-AB12.js.gz", "gzip"),
                ("assets/style.css", "style"),
                ("manifest.webmanifest", "{}"),
            }
        )
            await File.WriteAllTextAsync(Path.Combine(_folder, name), text);
        _app = await RunningApp.StartAsync(fixture.Storage, builder => builder.Services.AddSingleton(new ConsoleFiles(_folder)));
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        System.IO.Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData("/desk")]
    [InlineData("/desk/")]
    [InlineData("/desk/tickets/42")]
    [InlineData("/desk/inbox/at-risk?search=printer.com")]
    [InlineData("/desk?code=abc&state=xyz")]
    [InlineData("/desk/index.html")]
    public async Task Every_address_of_the_console_is_the_page_with_strict_headers(string path)
    {
        using var http = new HttpClient { BaseAddress = _app.Address };
        using var answer = await http.GetAsync(path);
        Assert.Equal((HttpStatusCode.OK, "text/html; charset=utf-8"), (answer.StatusCode, answer.Content.Headers.ContentType?.ToString()));
        Assert.Contains("<title>Desk</title>", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        string Header(string name) => string.Join(", ", answer.Headers.GetValues(name));
        var policy = Header("Content-Security-Policy");
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        foreach (var rule in new[] { "default-src 'none'", "script-src 'self';", "style-src 'self';", "connect-src 'self';", "frame-ancestors 'none'" })
            Assert.Contains(rule, policy, StringComparison.Ordinal);
        Assert.Equal(
            ("nosniff", "no-referrer", "same-origin", "no-cache"),
            (Header("X-Content-Type-Options"), Header("Referrer-Policy"), Header("Cross-Origin-Opener-Policy"), Header("Cache-Control"))
        );
        Assert.Contains("camera=()", Header("Permissions-Policy"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("br, gzip", "br", "brotli")]
    [InlineData("gzip", "gzip", "gzip")]
    [InlineData("identity", null, "script")]
    public async Task A_file_that_changes_its_name_with_its_content_is_kept_for_good_in_the_best_encoding(string accepted, string? encoding, string text)
    {
        using var http = new HttpClient { BaseAddress = _app.Address };
        using var request = new HttpRequestMessage(HttpMethod.Get, "/desk/assets/console-AB12.js");
        request.Headers.TryAddWithoutValidation("Accept-Encoding", accepted);
        using var answer = await http.SendAsync(request);
        Assert.Equal(
            (HttpStatusCode.OK, "text/javascript; charset=utf-8", encoding, text),
            (
                answer.StatusCode,
                answer.Content.Headers.ContentType?.ToString(),
                answer.Content.Headers.ContentEncoding.SingleOrDefault(),
                await answer.Content.ReadAsStringAsync()
            )
        );
        Assert.Equal("public, max-age=31536000, immutable", answer.Headers.CacheControl?.ToString());
        Assert.Equal("Accept-Encoding", answer.Headers.Vary.Single());
    }

    [Fact]
    public async Task A_page_that_has_not_changed_is_not_sent_again()
    {
        using var http = new HttpClient { BaseAddress = _app.Address };
        using var first = await http.GetAsync("/desk");
        using var request = new HttpRequestMessage(HttpMethod.Get, "/desk/tickets/1");
        request.Headers.IfNoneMatch.Add(first.Headers.ETag!);
        using var second = await http.SendAsync(request);
        Assert.Equal(HttpStatusCode.NotModified, second.StatusCode);
        using var manifest = await http.GetAsync("/desk/manifest.webmanifest");
        Assert.Equal(("application/manifest+json", "no-cache"), (manifest.Content.Headers.ContentType?.MediaType, manifest.Headers.CacheControl?.ToString()));
    }

    [Theory]
    [InlineData("/desk/assets/console-OLD.js")]
    [InlineData("/desk/assets/console-AB12.js.br")]
    [InlineData("/desk/../appsettings.json")]
    [InlineData("/desk/%2e%2e/host.json")]
    [InlineData("/desk/..%2fhost.json")]
    public async Task What_is_no_file_of_the_console_is_not_there(string path)
    {
        using var http = new HttpClient { BaseAddress = _app.Address };
        using var answer = await http.GetAsync(path);
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }

    [Fact]
    public async Task The_page_may_ask_the_provider_that_people_sign_in_at_and_nobody_else()
    {
        await using var provider = await OidcServer.StartAsync("http://127.0.0.1/desk");
        await using var app = await RunningApp.StartAsync(
            fixture.Storage,
            builder => builder.Services.AddSingleton(new ConsoleFiles(_folder)),
            $"--SignIn:Authority={provider.Issuer}",
            "--SignIn:ClientId=console"
        );
        using var http = new HttpClient { BaseAddress = app.Address };
        using var answer = await http.GetAsync("/desk");
        Assert.Contains($"connect-src 'self' {provider.Issuer};", answer.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
    }
}
