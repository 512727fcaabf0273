using System.Diagnostics;
using System.IO.Compression;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Helpdesk.Bot.Tests.Teams;

/// <summary>The package for Teams, packed by its script and checked against Microsoft's own schemas.</summary>
public sealed class PackageTests
{
    private const string Id = "11111111-2222-3333-4444-555555555555";

    [Fact]
    public async Task The_packed_manifest_and_its_translations_fit_the_schemas_of_teams()
    {
        var folder = System.IO.Directory.CreateTempSubdirectory("helpdesk-package-");
        try
        {
            var zip = Path.Combine(folder.FullName, "app.zip");
            var (packed, said) = await Peer.RunAsync("bot/teams/pack.mjs", null, "--domain", "helpdesk.example.com", "--bot-id", Id, "--out", zip);
            Assert.True(packed == 0, said);
            await ZipFile.ExtractToDirectoryAsync(zip, folder.FullName, TestContext.Current.CancellationToken);
            Assert.Equal(
                ["color.png", "de.json", "el.json", "hr.json", "manifest.json", "outline.png"],
                System
                    .IO.Directory.GetFiles(folder.FullName)
                    .Select(path => Path.GetFileName(path)!)
                    .Where(name => name != "app.zip")
                    .Order(StringComparer.Ordinal)
            );
            var (status, wrong) = await Peer.RunAsync(
                "tests/BotPeer/check.mjs",
                null,
                ["manifest", .. System.IO.Directory.GetFiles(folder.FullName, "*.json")]
            );
            Assert.True(status == 0, wrong);

            var manifest = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(folder.FullName, "manifest.json"), TestContext.Current.CancellationToken))!;
            Assert.DoesNotContain("{{", manifest.ToJsonString(), StringComparison.Ordinal);
            Assert.Equal(
                [(192, "color.png"), (32, "outline.png")],
                new[] { "color.png", "outline.png" }.Select(name => (WidthOf(Path.Combine(folder.FullName, name)), name))
            );
            // What the manifest offers the bot must know.
            Assert.Equal(
                ["createTicket", "searchTickets"],
                manifest["composeExtensions"]![0]!["commands"]!.AsArray().Select(command => command!["id"]!.GetValue<string>())
            );
            foreach (
                var command in manifest["bots"]![0]!["commandLists"]!
                    .AsArray()
                    .SelectMany(list => list!["commands"]!.AsArray())
                    .Select(command => command!["title"]!.GetValue<string>())
                    .Where(title => !title.Contains("link", StringComparison.Ordinal))
            )
                Assert.NotNull(Helpdesk.Bot.Conversations.Texts.For("en").Command(command));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Theory]
    [InlineData("--domain is the host name", "--domain", "https://x/y", "--bot-id", Id)]
    [InlineData("--bot-id is the client id", "--domain", "x.example", "--bot-id", "nonsense")]
    public async Task The_script_says_what_is_missing(string message, params string[] arguments)
    {
        var (status, said) = await Peer.RunAsync("bot/teams/pack.mjs", null, arguments);
        Assert.Equal(1, status);
        Assert.Contains(message, said, StringComparison.Ordinal);
    }

    private static int WidthOf(string png)
    {
        var bytes = File.ReadAllBytes(png);
        return (bytes[18] << 8) | bytes[19];
    }
}

/// <summary>Runs scripts of the repository with node.</summary>
internal static class Peer
{
    public static string Root { get; } = FindRoot();

    public static async Task<(int Status, string Said)> RunAsync(string script, JsonNode? input, params string[] arguments)
    {
        var start = new ProcessStartInfo("node", [Path.Combine(Root, script), .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        if (input is not null)
            await process.StandardInput.WriteAsync(input.ToJsonString(new JsonSerializerOptions()));
        process.StandardInput.Close();
        var (said, complained) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, await said + await complained);
    }

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "HelpdeskServerless.sln")))
                return folder.FullName;
        }

        throw new InvalidOperationException("These tests run below the repository.");
    }
}
