using System.Net;
using System.Net.Sockets;
using Helpdesk.Testing;

namespace Helpdesk.EndToEnd;

/// <summary>What somebody sees who has just cloned the repository and types ./run.sh.</summary>
public sealed class RunTests : IDisposable
{
    private readonly string _data = Directory.CreateTempSubdirectory("helpdesk-run-").FullName;
    private readonly int _port = AzuriteServer.FreePort();

    private Started Run(params string[] arguments) => Started.Begin("./run.sh", ["--port", $"{_port}", "--data", _data, .. arguments]);

    private Uri Address => new($"http://localhost:{_port}");

    public void Dispose() => Directory.Delete(_data, recursive: true);

    [Fact]
    public async Task Tickets_come_in_by_form_and_api_are_worked_and_are_still_there_after_a_restart()
    {
        string id;
        await using (var run = Run())
        {
            await run.SaysAsync($"Helpdesk is ready at http://localhost:{_port}");
            await run.SaysAsync("Admin key, shown this once");
            var key = run.Output.Split('\n').Single(line => line.StartsWith("Admin key", StringComparison.Ordinal)).Split(' ')[^1].Trim();
            using var api = new Api(Address, key);
            Assert.Contains("How can we help?", await api.GetTextAsync("/support"), StringComparison.Ordinal);
            id = (await api.PostAsync("/api/tickets", new { subject = "Printer", description = "On fire", requester = new { email = "rita@example.com" } }))["id"]!.GetValue<string>();
            var receipt = (await api.PostAsync("/api/intake/web", new { subject = "Form", description = "Help", requester = new { email = "rita@example.com" } }))["receipt"];
            await Until.TrueAsync(async () => (await api.GetAsync($"/api/receipts/{receipt}"))["state"]!.GetValue<string>() == "processed", TimeSpan.FromSeconds(20), "the form is a ticket");
            await api.PostAsync($"/api/tickets/{id}/assign", new { assignee = "me" });
            await api.PostAsync($"/api/tickets/{id}/resolve", new { resolution = "Extinguished" });
            await Until.TrueAsync(async () => (await api.AllAsync("/api/tickets?status=resolved")).Count == 1 && (await api.AllAsync("/api/tickets?status=new")).Count == 1, TimeSpan.FromSeconds(20), "the lists know");
            await run.StopAsync();
            Assert.Equal(0, run.ExitCode);
        }

        await using var again = Run();
        await again.SaysAsync("Helpdesk is ready at");
        Assert.DoesNotContain("Admin key", again.Output, StringComparison.Ordinal);
        using var later = new Api(Address, (await File.ReadAllTextAsync(Path.Combine(_data, "admin-key"))).Trim());
        Assert.Equal("resolved", (await later.GetAsync($"/api/tickets/{id}"))["status"]!.GetValue<string>());
        Assert.Equal(2, (await later.AllAsync("/api/tickets")).Count);
    }

    [Fact]
    public async Task A_demo_desk_is_made_once()
    {
        await using (var run = Run("--demo"))
            await run.SaysAsync("The demo desk is ready");
        await using var again = Run("--demo");
        await again.SaysAsync("The demo desk is there already.");
        using var api = new Api(Address, (await File.ReadAllTextAsync(Path.Combine(_data, "admin-key"))).Trim());
        Assert.Equal(12, (await api.AllAsync("/api/tickets?tag=demo")).Count);
    }

    [Fact]
    public async Task What_stands_in_the_way_is_told_in_one_sentence()
    {
        async Task SaysAsync(string sentence, params string[] arguments)
        {
            await using var run = Started.Begin("./run.sh", arguments);
            await run.EndsAsync();
            Assert.Equal(1, run.ExitCode);
            await Until.TrueAsync(() => Task.FromResult(run.Output.Contains(sentence, StringComparison.Ordinal)), TimeSpan.FromSeconds(5), $"it says {sentence}, and not {run.Output}");
        }

        await SaysAsync("--prot is no option here", "--prot", "1");
        await SaysAsync("--port needs a value", "--port");
        await SaysAsync("is no port", "--port", "http");
        await SaysAsync("cannot be written: choose another one with --data", "--data", "/proc/helpdesk");
        var broken = Path.Combine(_data, "file");
        await File.WriteAllTextAsync(broken, "");
        await SaysAsync("cannot be written: choose another one with --data", "--data", broken);
        using var taken = new TcpListener(IPAddress.Loopback, _port);
        taken.Start();
        await SaysAsync($"Port {_port} is taken: choose another one with --port.", "--port", $"{_port}", "--data", _data);
    }
}
