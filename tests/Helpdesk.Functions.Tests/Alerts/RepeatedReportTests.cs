namespace Helpdesk.Functions.Tests.Alerts;

/// <summary>A tool that was not answered sends again: what makes a report the same one.</summary>
public sealed class RepeatedReportTests(DeskFixture fixture)
{
    private const string Report = """{"id":"disk-1","state":"firing","title":"Disk full"}""";

    [Fact]
    public async Task A_report_that_is_sent_again_under_its_key_is_one_receipt_and_without_one_each_is()
    {
        using var alerts = await AlertDesk.OpenAsync(fixture, "generic");
        async Task<string> SendAsync(string? key) =>
            (await alerts.SendAsync(Report, headers: key is null ? [] : [("Idempotency-Key", key)])).Expect(202).Json["receipt"]!.GetValue<string>();
        var first = await SendAsync("report-1");
        Assert.Equal(first, await SendAsync("report-1"));
        Assert.NotEqual(first, await SendAsync("report-2"));
        Assert.NotEqual(await SendAsync(null), await SendAsync(null));
        Assert.Equal(4, await alerts.ReceiptsAsync());
        Assert.Equal(
            "idempotency-key-reused",
            (await alerts.SendAsync(Report.Replace("full", "ok", StringComparison.Ordinal), headers: ("Idempotency-Key", "report-1"))).Expect(409).Code
        );
    }

    [Fact]
    public async Task A_key_of_one_source_is_not_that_of_another()
    {
        using var alerts = await AlertDesk.OpenAsync(fixture, "generic");
        var other = AlertDesk.PathOf(await AlertDesk.AddSourceAsync(alerts.Desk, "other", "generic"));
        (await alerts.SendAsync(Report, headers: ("Idempotency-Key", "report-1"))).Expect(202);
        using var tool = new Desk("", "", fixture.App.Address);
        (await tool.SendAsync(HttpMethod.Post, other, new StringContent(Report), ("Idempotency-Key", "report-1"))).Expect(202);
        Assert.Equal(2, await alerts.ReceiptsAsync());
    }
}
