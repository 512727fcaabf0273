using System.ComponentModel.DataAnnotations;
using Helpdesk.Functions.Directory;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;
using Helpdesk.Reports;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Reports;

/// <summary>What things cost, for the report of cost. The desk comes with example prices; put in those of your own contract.</summary>
/// <param name="Currency">Code of the currency, such as <c>EUR</c>.</param>
/// <param name="Tables">Price of 10,000 requests to tables.</param>
/// <param name="Queues">Price of 10,000 requests to queues.</param>
/// <param name="Blobs">Price of 10,000 requests to blobs.</param>
/// <param name="Executions">Price of a million executions of functions.</param>
/// <param name="GbSecond">Price of a gigabyte of memory for a second.</param>
/// <param name="Gigabytes">Gigabytes of memory that an execution has.</param>
/// <param name="Mails">Price of 1,000 mails.</param>
/// <param name="Month">What a month costs whatever happens, such as the plan of a mail service.</param>
[Example("""{"currency":"EUR","tables":0.0004,"queues":0.0004,"blobs":0.005,"executions":0.4,"gbSecond":0.000026,"gigabytes":2,"mails":0.9,"month":15}""")]
public sealed record CostSettingsView(
    string Currency,
    double Tables,
    double Queues,
    double Blobs,
    double Executions,
    double GbSecond,
    double Gigabytes,
    double Mails,
    double Month
)
{
    internal static CostSettingsView Of(CostPrices it) =>
        new(it.Currency, it.Tables, it.Queues, it.Blobs, it.Executions, it.GbSecond, it.Gigabytes, it.Mails, it.Month);
}

/// <summary>Which prices are others from now on; what is left out stays.</summary>
/// <param name="Currency">Code of the currency, such as <c>EUR</c>.</param>
/// <param name="Tables">Price of 10,000 requests to tables.</param>
/// <param name="Queues">Price of 10,000 requests to queues.</param>
/// <param name="Blobs">Price of 10,000 requests to blobs.</param>
/// <param name="Executions">Price of a million executions of functions.</param>
/// <param name="GbSecond">Price of a gigabyte of memory for a second.</param>
/// <param name="Gigabytes">Gigabytes of memory that an execution has.</param>
/// <param name="Mails">Price of 1,000 mails.</param>
/// <param name="Month">What a month costs whatever happens, such as the plan of a mail service.</param>
[Example("""{"currency":"EUR","mails":0.9,"month":15}""")]
public sealed record ChangeCostSettingsRequest(
    [property: RegularExpression("^[A-Z]{3}$")] string? Currency,
    [property: Range(0, 1_000_000)] double? Tables,
    [property: Range(0, 1_000_000)] double? Queues,
    [property: Range(0, 1_000_000)] double? Blobs,
    [property: Range(0, 1_000_000)] double? Executions,
    [property: Range(0, 1_000_000)] double? GbSecond,
    [property: Range(0, 1_000_000)] double? Gigabytes,
    [property: Range(0, 1_000_000)] double? Mails,
    [property: Range(0, 1_000_000)] double? Month
) : IFromRequest<ChangeCostSettingsRequest>
{
    public static async ValueTask<ChangeCostSettingsRequest> ReadAsync(HttpContext context)
    {
        var fields = await FieldReader.ReadAsync(context);
        var currency = fields.Text("currency", 3);
        if (currency is not null && !(currency.Length == 3 && currency.All(char.IsAsciiLetterUpper)))
            fields.Wrong("currency", "must be the code of a currency, such as EUR.");
        double? Price(string name)
        {
            if (fields.Json(name) is not { ValueKind: not System.Text.Json.JsonValueKind.Null } value)
                return null;
            if (value.ValueKind == System.Text.Json.JsonValueKind.Number && value.TryGetDouble(out var price) && price is >= 0 and <= 1_000_000)
                return price;
            fields.Wrong(name, "must be a number from 0 to 1000000.");
            return null;
        }

        var request = new ChangeCostSettingsRequest(
            currency,
            Price("tables"),
            Price("queues"),
            Price("blobs"),
            Price("executions"),
            Price("gbSecond"),
            Price("gigabytes"),
            Price("mails"),
            Price("month")
        );
        fields.Done();
        return request;
    }
}

/// <summary>Prices by which the report of cost counts. They are of the whole desk, and so for admins of its home workspace.</summary>
public sealed class ManageCostSettings(SettingsStore settings, SettingsTransactions transactions)
{
    private const string Id = "prices";

    internal static SettingKind<CostPrices> Kind { get; } = new("cost-", _ => Id, ReportJson.Default.CostPrices) { Audited = "cost-settings" };

    /// <summary>The prices, as they are now.</summary>
    internal static async Task<CostPrices> FindAsync(SettingsStore settings, CancellationToken cancellationToken) =>
        await settings.ListAsync(DirectoryStore.HomeWorkspace, Kind, cancellationToken) is [var prices, ..] ? prices : new();

    /// <summary>Shows the prices.</summary>
    [Function(nameof(GetCostSettings)), RequiresKey(KeyRole.Admin)]
    public async Task<Results<Ok<CostSettingsView>, NotFound>> GetCostSettings(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/cost-settings")] Caller caller,
        CancellationToken cancellationToken
    ) =>
        caller.Workspace == DirectoryStore.HomeWorkspace
            ? TypedResults.Ok(CostSettingsView.Of(await FindAsync(settings, cancellationToken)))
            : TypedResults.NotFound();

    /// <summary>Changes prices. The report of cost counts by them from then on, also for days that are over.</summary>
    [Function(nameof(ChangeCostSettings)), RequiresKey(KeyRole.Admin)]
    public async Task<Results<Ok<CostSettingsView>, NotFound>> ChangeCostSettings(
        [HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = "api/cost-settings")] ChangeCostSettingsRequest request,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        ArgumentNullException.ThrowIfNull(request);
        if (caller.Workspace != DirectoryStore.HomeWorkspace)
            return TypedResults.NotFound();
        var changed = await transactions.RunAsync(
            caller.Workspace,
            async changes =>
            {
                var before = await FindAsync(settings, cancellationToken);
                var after = before with
                {
                    Currency = request.Currency ?? before.Currency,
                    Tables = request.Tables ?? before.Tables,
                    Queues = request.Queues ?? before.Queues,
                    Blobs = request.Blobs ?? before.Blobs,
                    Executions = request.Executions ?? before.Executions,
                    GbSecond = request.GbSecond ?? before.GbSecond,
                    Gigabytes = request.Gigabytes ?? before.Gigabytes,
                    Mails = request.Mails ?? before.Mails,
                    Month = request.Month ?? before.Month,
                };
                changes.Put(Kind, after);
                return after;
            },
            cancellationToken
        );
        return TypedResults.Ok(CostSettingsView.Of(changed));
    }
}
