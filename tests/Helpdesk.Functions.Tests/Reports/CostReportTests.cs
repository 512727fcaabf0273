using Helpdesk.Functions.Reports;
using Helpdesk.Functions.Storage;
using Helpdesk.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace Helpdesk.Functions.Tests.Reports;

/// <summary>What the desk costs, on a desk of its own: all workspaces of a storage count together.</summary>
public sealed class CostReportTests : IAsyncLifetime
{
    private static readonly CancellationToken Cancelled = TestContext.Current.CancellationToken;
    private readonly FakeTimeProvider _time = new(new(2026, 3, 10, 12, 30, 0, TimeSpan.Zero));
    private AzuriteServer _azurite = null!;
    private RunningApp _app = null!;

    private Desk Home => new("main", DeskFixture.AdminKey, _app.Address);

    public async ValueTask InitializeAsync()
    {
        _azurite = await AzuriteServer.StartAsync();
        _app = await StartAsync();
    }

    private Task<RunningApp> StartAsync() => RunningApp.StartAsync(_azurite.ConnectionString, builder => builder.Services.AddSingleton<TimeProvider>(_time));

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        await _azurite.DisposeAsync();
    }

    private async Task<System.Text.Json.Nodes.JsonNode> CostAsync(string query = "from=2026-03-10&to=2026-03-10") =>
        (await Home.GetAsync($"/api/reports/cost?{query}")).Expect(200).Json;

    [Fact]
    public async Task Every_request_execution_and_mail_is_counted_and_priced()
    {
        using var home = Home;
        await home.GetAsync("/api/reports/cost");
        using var count = new StorageCount(_app);
        var before = (await CostAsync())["total"]!;
        var counted = count.Count;
        await home.OpenTicketAsync();
        await _app.MailedAsync();
        (
            await home.PatchAsync(
                "/api/cost-settings",
                new
                {
                    currency = "EUR",
                    month = 62,
                    mails = 500,
                }
            )
        ).Expect(200);

        var after = (await CostAsync())["total"]!;

        double Of(string column) => after[column]!.GetValue<double>() - before[column]!.GetValue<double>();
        Assert.Equal((1, 1), (Of("tickets"), Of("mails")));
        // What the first report asked for after it had looked, and all until the second one looked.
        Assert.InRange(Of("requests"), 1, count.Count);
        Assert.True(Of("requests") >= counted / 2d, $"{Of("requests")} of {count.Count}");
        // Opening a ticket, changing the prices, and the report before.
        Assert.True(Of("executions") >= 3, $"{Of("executions")}");
        // A mail, and a day of a month of 31.
        Assert.InRange(after["cost"]!.GetValue<double>(), 0.5 + 2, 0.5 + 2 + 0.1);
        Assert.Equal(after["cost"]!.GetValue<double>(), after["costPerTicket"]!.GetValue<double>());
    }

    [Fact]
    public async Task What_was_counted_is_written_by_and_by_and_when_the_app_ends()
    {
        using (var home = Home)
            await home.OpenTicketAsync();
        await _app.MailedAsync();
        var log = _app.Services.GetRequiredService<UsageLog>();
        var (from, to) = (_time.GetUtcNow().AddDays(-1), _time.GetUtcNow().AddDays(1));
        Assert.Empty(await log.ReadAsync(from, to, Cancelled));
        _time.Advance(TimeSpan.FromMinutes(1));
        await Until.TrueAsync(async () => (await log.ReadAsync(from, to, Cancelled)).Count == 1, "what was used is written after a minute");
        var first = (await log.ReadAsync(from, to, Cancelled))[0];

        await _app.DisposeAsync();
        _app = await StartAsync();

        var later = Assert.Single(await _app.Services.GetRequiredService<UsageLog>().ReadAsync(from, to, Cancelled));
        Assert.True(later.Tables > first.Tables, "what was used since is in the row of the same hour");
    }

    [Fact]
    public async Task A_process_that_does_nothing_writes_nothing()
    {
        var meter = _app.Services.GetRequiredService<UsageMeter>();
        var log = _app.Services.GetRequiredService<UsageLog>();
        meter.Execution(TimeSpan.FromSeconds(1));
        // The first row also makes the table.
        await log.WriteAsync(Cancelled);
        meter.Take();
        await log.WriteAsync(Cancelled);
        meter.Execution(TimeSpan.FromSeconds(1));
        await log.WriteAsync(Cancelled);
        // Its own request.
        Assert.Equal(new(1, 0, 0, 0, 0, 0), meter.Take());
        meter.Request(StorageKind.Table);
        await log.WriteAsync(Cancelled);
        Assert.True(meter.Take().IsNothing);
    }

    [Fact]
    public async Task Cost_is_told_in_the_home_workspace_alone()
    {
        using var home = Home;
        var key = (await home.PostAsync("/api/workspaces", new { id = "branch", name = "Branch" })).Expect(201).Json["adminKey"]!.GetValue<string>();
        using var branch = new Desk("branch", key, _app.Address);
        Assert.Equal(404, (await branch.GetAsync("/api/reports/cost")).Status);
        Assert.Equal(404, (await branch.GetAsync("/api/cost-settings")).Status);
        Assert.Equal(404, (await branch.PatchAsync("/api/cost-settings", new { month = 1 })).Status);
        Assert.Equal(400, (await home.PatchAsync("/api/cost-settings", new { month = -1, currency = "euro" })).Status);
        Assert.Equal(400, (await home.GetAsync("/api/reports/cost?by=group")).Status);
        Assert.Equal("USD", (await home.GetAsync("/api/cost-settings")).Expect(200).Json["currency"]!.GetValue<string>());
    }
}
