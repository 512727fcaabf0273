using Helpdesk.Reports;

namespace Helpdesk.Tests.Reports;

public sealed class CostsTests
{
    private static readonly CostPrices Prices = new()
    {
        Tables = 1,
        Queues = 2,
        Blobs = 3,
        Executions = 100,
        GbSecond = 0.5,
        Gigabytes = 2,
        Mails = 10,
        Month = 31,
    };

    private static DateTimeOffset At(int day, int hour = 0) => new(2026, 3, day, hour, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_use_costs_what_its_parts_cost() =>
        Assert.Equal(1 + 2 + 3 + 100 + 5 + 10, Costs.Of(new(At(1), 10_000, 10_000, 10_000, 1_000_000, 5_000, 1_000), Prices), 9);

    [Fact]
    public void Days_have_what_was_used_on_them_and_their_share_of_the_month()
    {
        DeskUsage[] usage =
        [
            new(At(1, 22), 10_000, 0, 0, 0, 0, 0),
            // The first hour of the second in Berlin.
            new(At(1, 23), 20_000, 0, 0, 0, 0, 0),
            new(At(2, 5), 0, 10_000, 0, 0, 0, 500),
            new(At(9), 10_000, 0, 0, 0, 0, 0),
        ];
        var request = new ReportRequest(ReportName.Cost, new(2026, 3, 1), new(2026, 3, 3), [ReportDimension.Day], "Europe/Berlin");

        var table = Costs.Report(request, usage, [At(1, 12), At(1, 23), At(2, 12), At(9)], Prices);

        Assert.Equal(["2026-03-01", "2026-03-02", "2026-03-03"], table.Rows.Select(row => row.Key["day"]));
        Assert.Equal([1 + 1, 2 + 2 + 5 + 1, 1d], table.Rows.Select(row => row.Values["cost"]!.Value));
        Assert.Equal([2d, 5d, null], table.Rows.Select(row => row.Values["costPerTicket"]));
        Assert.Equal(
            (3d, 40_000d, 500d, 13d),
            (table.Total.Values["tickets"], table.Total.Values["requests"], table.Total.Values["mails"], table.Total.Values["cost"])
        );
    }
}
