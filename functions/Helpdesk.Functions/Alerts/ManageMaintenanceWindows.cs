using System.ComponentModel.DataAnnotations;
using Helpdesk.Alerts;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;
using Helpdesk.Functions.Sla;
using Helpdesk.Sla;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Alerts;

/// <summary>When a maintenance window is every week.</summary>
public sealed record WeeklyMaintenance
{
    /// <summary>The time zone of all hours, by its name in the IANA database.</summary>
    [Sample("Europe/Berlin")]
    public required string TimeZone { get; init; }

    /// <summary>The hours of maintenance by weekday, such as <c>{"sat":["22:00-04:00"]}</c>.</summary>
    public required WeekHours Hours { get; init; }
}

/// <summary>A new maintenance window: once (<c>from</c> and <c>to</c>), or <c>weekly</c>.</summary>
[Example("""{"name":"Patch day","weekly":{"timeZone":"Europe/Berlin","hours":{"sat":["22:00-04:00"]}},"labels":{"service":"payments"}}""")]
public sealed record AddMaintenanceWindowBody
{
    /// <summary>The id to give it; made from the name when it is left out.</summary>
    [RegularExpression(SettingFields.IdPattern)]
    public string? Id { get; init; }

    /// <summary>The name that agents see.</summary>
    [MaxLength(100)]
    public required string Name { get; init; }

    /// <summary>When it begins.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>When it ends.</summary>
    public DateTimeOffset? To { get; init; }

    /// <summary>When it is every week.</summary>
    public WeeklyMaintenance? Weekly { get; init; }

    /// <summary>Ids of the alert sources that it is for; all when it is left out.</summary>
    [MaxLength(100)]
    public IReadOnlyList<string>? Sources { get; init; }

    /// <summary>Values that the labels of an alert must have, by name; any when it is left out.</summary>
    public IReadOnlyDictionary<string, string>? Labels { get; init; }
}

/// <summary>A maintenance window.</summary>
/// <param name="Id">Names the window.</param>
/// <param name="Name">The name that agents see.</param>
/// <param name="From">When it begins; null for one that comes every week.</param>
/// <param name="To">When it ends; null for one that comes every week.</param>
/// <param name="Weekly">When it is every week; null for one that is once.</param>
/// <param name="Sources">Ids of the alert sources that it is for; null for all.</param>
/// <param name="Labels">Values that the labels of an alert must have, by name; null for any.</param>
/// <param name="CreatedAt">When it was added.</param>
public sealed record MaintenanceWindowView(
    string Id,
    string Name,
    DateTimeOffset? From,
    DateTimeOffset? To,
    WeeklyMaintenance? Weekly,
    IReadOnlyList<string>? Sources,
    IReadOnlyDictionary<string, string>? Labels,
    DateTimeOffset CreatedAt
)
{
    public static MaintenanceWindowView Of(MaintenanceWindow it) =>
        new(
            it.Id,
            it.Name,
            it.From,
            it.To,
            it.Weekly is { } weekly ? new() { TimeZone = weekly.TimeZone, Hours = CalendarFields.Show(weekly.Week) } : null,
            it.Sources,
            it.Labels,
            it.CreatedAt
        );
}

/// <summary>A new maintenance window, read from a request.</summary>
public sealed record AddMaintenanceWindowRequest(MaintenanceWindow Window) : IFromRequest<AddMaintenanceWindowRequest>
{
    private const int MostLabels = 20;
    private static readonly TimeSpan Longest = TimeSpan.FromDays(366);

    public static async ValueTask<AddMaintenanceWindowRequest> ReadAsync(HttpContext context)
    {
        var fields = await FieldReader.ReadAsync(context);
        var id = SettingFields.Id(fields);
        var name = fields.Text("name", 100, required: true);
        var (from, to) = (fields.Instant("from"), fields.Instant("to"));
        CalendarDefinition? weekly = null;
        if (fields.Object("weekly") is { } times)
        {
            weekly = CalendarFields.Definition(times, null);
            if (weekly is not null && !new BusinessCalendar(weekly).HasHours)
                times.Wrong("hours", "must have hours on at least one day, such as {\"sat\": [\"22:00-04:00\"]}.");
            times.Ends();
        }

        var sources = fields.Texts("sources", 100, 40, it => SettingsStore.IsId(it) ? null : $"contains \"{it}\", which is not the id of an alert source.");
        var labels = Labels(fields);
        var (isWeekly, isOnce) = (fields.Has("weekly"), fields.Has("from") || fields.Has("to"));
        fields.Done();
        if (isWeekly == isOnce)
            throw new InvalidRequestException("weekly", "weekly, or from and to, are required: say when the window is, every week or once.");
        if (isOnce && (from is null || to is null))
            throw new InvalidRequestException(from is null ? "from" : "to", "from and to are required: say when the window begins and when it ends.");
        if (from >= to)
            throw new InvalidRequestException("to", "to must be after from.");
        if (to - from > Longest)
            throw new InvalidRequestException("to", "to may be a year after from.");
        return new(
            new MaintenanceWindow
            {
                Id = id ?? SettingFields.IdFrom(name!),
                Name = name!,
                From = from,
                To = to,
                Weekly = weekly,
                Sources = sources is { Count: > 0 } ? sources : null,
                Labels = labels is { Count: > 0 } ? labels : null,
                CreatedAt = context.RequestServices.GetRequiredService<TimeProvider>().GetUtcNow(),
            }
        );
    }

    private static Dictionary<string, string>? Labels(FieldReader fields)
    {
        if (fields.Object("labels") is not { } values)
            return null;
        var labels = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var name in values.Names())
        {
            if (values.Text(name, 300, required: true) is { } value)
                labels[name] = value;
        }

        values.Ends();
        if (labels.Count > MostLabels)
            fields.Wrong("labels", $"may have {MostLabels} labels.");
        return labels;
    }
}

/// <summary>
/// Maintenance windows: what fires in them is recorded and opens no ticket. What still fires when a window ends opens its ticket then. A window that
/// is removed
/// counts no more within half a minute; what began in it opens its ticket with its next report, or when the window would have ended.
/// </summary>
public sealed class ManageMaintenanceWindows(SettingsStore settings, AlertSourceStore sources)
{
    /// <summary>Lists the maintenance windows.</summary>
    [Function(nameof(ListMaintenanceWindows)), RequiresKey(KeyRole.Agent, KeyRole.Admin)]
    public async Task<Ok<ListPage<MaintenanceWindowView>>> ListMaintenanceWindows(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/maintenance-windows")] PageQuery query,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        var page = await settings.ListAsync(caller.Workspace, MaintenanceWindows.Kind, query.Limit, query.Cursor, cancellationToken);
        return TypedResults.Ok(new ListPage<MaintenanceWindowView>([.. page.Items.Select(MaintenanceWindowView.Of)], page.NextCursor));
    }

    /// <summary>Shows a maintenance window.</summary>
    [Function(nameof(GetMaintenanceWindow)), RequiresKey(KeyRole.Agent, KeyRole.Admin)]
    public async Task<Results<Ok<MaintenanceWindowView>, NotFound>> GetMaintenanceWindow(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/maintenance-windows/{id}")] Caller caller,
        string id,
        CancellationToken cancellationToken
    ) =>
        SettingsStore.IsId(id) && await settings.FindAsync(caller.Workspace, MaintenanceWindows.Kind, id, cancellationToken) is { } found
            ? TypedResults.Ok(MaintenanceWindowView.Of(found))
            : TypedResults.NotFound();

    /// <summary>Adds a maintenance window.</summary>
    [Function(nameof(AddMaintenanceWindow)), RequiresKey(KeyRole.Admin), Takes(typeof(AddMaintenanceWindowBody)), Refuses("already-exists")]
    public async Task<Created<MaintenanceWindowView>> AddMaintenanceWindow(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/maintenance-windows")] AddMaintenanceWindowRequest request,
        Caller caller,
        Idempotency? idempotency,
        CancellationToken cancellationToken
    )
    {
        foreach (var source in request.Window.Sources ?? [])
        {
            if (await sources.FindAsync(caller.Workspace, source, cancellationToken) is null)
                throw new InvalidRequestException("sources", $"sources contains \"{source}\", which was not found: there is no such alert source here.");
        }

        var added = await settings.AddAsync(
            caller.Workspace,
            MaintenanceWindows.Kind,
            request.Window,
            it => it,
            MaintenanceJson.Default.MaintenanceWindow,
            idempotency,
            cancellationToken
        );
        return TypedResults.Created($"/api/maintenance-windows/{added.Id}", MaintenanceWindowView.Of(added));
    }

    /// <summary>Removes a maintenance window.</summary>
    [Function(nameof(RemoveMaintenanceWindow)), RequiresKey(KeyRole.Admin)]
    public async Task<Results<NoContent, NotFound>> RemoveMaintenanceWindow(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/maintenance-windows/{id}")] Caller caller,
        string id,
        CancellationToken cancellationToken
    ) => await settings.RemoveAsync(caller.Workspace, MaintenanceWindows.Kind, id, cancellationToken) ? TypedResults.NoContent() : TypedResults.NotFound();
}
