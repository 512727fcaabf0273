using System.Text.Json;
using System.Text.RegularExpressions;
using Helpdesk.Testing;

namespace Helpdesk.Functions.Tests.ApiReference;

public sealed class DocsPageTests(DeskFixture fixture)
{
    [Fact]
    public async Task The_page_lets_nothing_run_but_its_own_files_which_are_compressed_and_kept()
    {
        using var browser = new Desk("main", "", fixture.App.Address);
        var page = (await browser.GetAsync("/docs")).Expect(200);
        Assert.Contains("script-src 'self';", page.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        Assert.DoesNotContain("https://", page.Text, StringComparison.Ordinal);
        var files = Regex.Matches(page.Text, "/docs/assets/[0-9a-f]+/[a-z.]+").Select(match => match.Value).ToList();
        Assert.Equal(["reference.css", "redoc.js", "reference.js"], files.Select(Path.GetFileName));
        foreach (var file in files)
        {
            using var http = new HttpClient();
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(fixture.App.Address, file));
            request.Headers.TryAddWithoutValidation("Accept-Encoding", "gzip, br");
            using var answer = await http.SendAsync(request, TestContext.Current.CancellationToken);
            Assert.Equal((200, "br"), ((int)answer.StatusCode, answer.Content.Headers.ContentEncoding.Single()));
            Assert.Contains("immutable", answer.Headers.CacheControl!.ToString(), StringComparison.Ordinal);
        }

        (await browser.GetAsync(files[0].Replace("/assets/", "/assets/0", StringComparison.Ordinal))).Expect(404);
        (await browser.GetAsync("/docs/assets/x/..%2fopenapi.json")).Expect(404);
    }

    /// <summary>The console's help leads to chapters of the reference.</summary>
    [Fact]
    public void Every_chapter_that_the_console_leads_to_is_there()
    {
        var sources = Path.Combine(AzuriteServer.Root, "web/console/src");
        var led = System
            .IO.Directory.GetFiles(sources, "*.ts*", SearchOption.AllDirectories)
            .SelectMany(file => Regex.Matches(File.ReadAllText(file), "/docs#tag/([\\w-]+)"))
            .Select(match => match.Groups[1].Value)
            .ToHashSet(StringComparer.Ordinal);
        using var description = JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "openapi.json")));
        var chapters = description.RootElement.GetProperty("tags").EnumerateArray().Select(tag => tag.GetProperty("name").GetString()!.Replace(' ', '-'));
        Assert.True(led.Count > 5);
        Assert.Empty(led.Except(chapters));
    }
}
