using System.ComponentModel.DataAnnotations;
using Helpdesk.Alerts;
using Helpdesk.Conditions;
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

    /// <summary>Of which reports it is besides, in the language of conditions (scope <c>alerts</c>); all when it is left out.</summary>
    public Condition? Condition { get; init; }
}

/// <summary>What is to be different about a maintenance window: a JSON merge patch (RFC 7396).</summary>
[Example("""{"to":"2026-12-01T06:00:00Z"}""")]
public sealed record ChangeMaintenanceWindowBody
{
    /// <summary>The name that agents see.</summary>
    [MaxLength(100)]
    public string? Name { get; init; }

    /// <summary>When it begins; null, with <c>to</c>, for one that is to be every week.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>When it ends.</summary>
    public DateTimeOffset? To { get; init; }

    /// <summary>When it is every week, as a whole; null for one that is to be once.</summary>
    public WeeklyMaintenance? Weekly { get; init; }

    /// <summary>Ids of the alert sources that it is for; null for all.</summary>
    [MaxLength(100)]
    public IReadOnlyList<string>? Sources { get; init; }

    /// <summary>Values that the labels of an alert must have, by name, as a whole; null for any.</summary>
    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    /// <summary>Of which reports it is besides; null for all.</summary>
    public Condition? Condition { get; init; }
}

/// <summary>A maintenance window.</summary>
/// <param name="Id">Names the window.</param>
/// <param name="Name">The name that agents see.</param>
/// <param name="From">When it begins; null for one that comes every week.</param>
/// <param name="To">When it ends; null for one that comes every week.</param>
/// <param name="Weekly">When it is every week; null for one that is once.</param>
/// <param name="Sources">Ids of the alert sources that it is for; null for all.</param>
/// <param name="Labels">Values that the labels of an alert must have, by name; null for any.</param>
/// <param name="Condition">Of which reports it is besides, in the language of conditions; null for all.</param>
/// <param name="CreatedAt">When it was added.</param>
public sealed record MaintenanceWindowView(
    string Id,
    string Name,
    DateTimeOffset? From,
    DateTimeOffset? To,
    WeeklyMaintenance? Weekly,
    IReadOnlyList<string>? Sources,
    IReadOnlyDictionary<string, string>? Labels,
    Condition? Condition,
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
            it.Condition,
            it.CreatedAt
        );
}

/// <summary>A new maintenance window, read from a request.</summary>
public sealed record AddMaintenanceWindowRequest(MaintenanceWindow Window) : IFromRequest<AddMaintenanceWindowRequest>
{
    public static async ValueTask<AddMaintenanceWindowRequest> ReadAsync(HttpContext context)
    {
        var fields = await FieldReader.ReadAsync(context);
        var id = SettingFields.Id(fields);
        var name = fields.Text("name", 100, required: true);
        var window = new MaintenanceWindow
        {
            Id = id ?? "",
            Name = name ?? "",
            CreatedAt = context.RequestServices.GetRequiredService<TimeProvider>().GetUtcNow(),
        };
        var change = MaintenanceFields.Read(fields);
        fields.Done();
        window = change(window with { Id = id ?? SettingFields.IdFrom(name!) });
        MaintenanceFields.Check(window);
        return new(window);
    }
}

/// <summary>What is to be different about a maintenance window, read from a request.</summary>
public sealed record ChangeMaintenanceWindowRequest(Func<MaintenanceWindow, MaintenanceWindow> Change) : IFromRequest<ChangeMaintenanceWindowRequest>
{
    public static async ValueTask<ChangeMaintenanceWindowRequest> ReadAsync(HttpContext context)
    {
        var fields = await FieldReader.ReadAsync(context);
        var name = fields.Text("name", 100, required: fields.Has("name"));
        var change = MaintenanceFields.Read(fields);
        fields.Done();
        return new(window => change(window with { Name = name ?? window.Name }));
    }
}

/// <summary>Fields of maintenance windows that several requests have.</summary>
internal static class MaintenanceFields
{
    private const int MostLabels = 20;
    private static readonly TimeSpan Longest = TimeSpan.FromDays(366);

    /// <summary>What is told of a window, over what holds.</summary>
    public static Func<MaintenanceWindow, MaintenanceWindow> Read(FieldReader fields)
    {
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
        var condition = SettingFields.Condition(fields, "condition", ConditionScope.Alerts);
        return it =>
            it with
            {
                From = fields.Has("from") ? from : it.From,
                To = fields.Has("to") ? to : it.To,
                Weekly = fields.Has("weekly") ? weekly : it.Weekly,
                Sources =
                    !fields.Has("sources") ? it.Sources
                    : sources is { Count: > 0 } ? sources
                    : null,
                Labels =
                    !fields.Has("labels") ? it.Labels
                    : labels is { Count: > 0 } ? labels
                    : null,
                Condition = fields.Has("condition") ? condition : it.Condition,
            };
    }

    /// <summary>Whether a window says in one way when it is.</summary>
    public static void Check(MaintenanceWindow window)
    {
        var isOnce = window.From is not null || window.To is not null;
        if (window.Weekly is not null == isOnce)
            throw new InvalidRequestException("weekly", "weekly, or from and to, are required: say when the window is, every week or once.");
        if (!isOnce)
            return;
        if (window.From is not { } from || window.To is not { } to)
            throw new InvalidRequestException(window.From is null ? "from" : "to", "from and to are required: say when the window begins and when it ends.");
        if (from >= to)
            throw new InvalidRequestException("to", "to must be after from.");
        if (to - from > Longest)
            throw new InvalidRequestException("to", "to may be a year after from.");
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
public sealed class ManageMaintenanceWindows(SettingsStore settings, SettingsTransactions transactions)
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
        var added = await transactions.RunAsync(
            caller.Workspace,
            async changes =>
            {
                if (
                    idempotency is not null
                    && await settings.ReplayAsync(caller.Workspace, idempotency, MaintenanceJson.Default.MaintenanceWindow, cancellationToken) is { } earlier
                )
                    return earlier;
                await CheckSourcesAsync(request.Window, caller, cancellationToken);
                return await settings.AddAsync(
                    caller.Workspace,
                    MaintenanceWindows.Kind,
                    request.Window,
                    it => it,
                    MaintenanceJson.Default.MaintenanceWindow,
                    idempotency,
                    cancellationToken,
                    with: changes
                );
            },
            cancellationToken
        );
        return TypedResults.Created($"/api/maintenance-windows/{added.Id}", MaintenanceWindowView.Of(added));
    }

    /// <summary>Changes a maintenance window, within half a minute. What began in it opens its ticket when the window ends.</summary>
    [Function(nameof(ChangeMaintenanceWindow)), RequiresKey(KeyRole.Admin), Takes(typeof(ChangeMaintenanceWindowBody))]
    public async Task<Results<Ok<MaintenanceWindowView>, NotFound>> ChangeMaintenanceWindow(
        [HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = "api/maintenance-windows/{id}")] ChangeMaintenanceWindowRequest request,
        string id,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        var changed = await transactions.RunAsync(
            caller.Workspace,
            async changes =>
            {
                if (
                    !SettingsStore.IsId(id)
                    || await settings.ReadAsync(caller.Workspace, MaintenanceWindows.Kind, id, cancellationToken) is not ({ } window, _)
                )
                    return null;
                var with = request.Change(window);
                MaintenanceFields.Check(with);
                await CheckSourcesAsync(with, caller, cancellationToken);
                changes.Put(MaintenanceWindows.Kind, with);
                return with;
            },
            cancellationToken
        );
        return changed is null ? TypedResults.NotFound() : TypedResults.Ok(MaintenanceWindowView.Of(changed));
    }

    /// <summary>Removes a maintenance window.</summary>
    [Function(nameof(RemoveMaintenanceWindow)), RequiresKey(KeyRole.Admin)]
    public async Task<Results<NoContent, NotFound>> RemoveMaintenanceWindow(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/maintenance-windows/{id}")] Caller caller,
        string id,
        CancellationToken cancellationToken
    ) => await settings.RemoveAsync(caller.Workspace, MaintenanceWindows.Kind, id, cancellationToken) ? TypedResults.NoContent() : TypedResults.NotFound();

    private async Task CheckSourcesAsync(MaintenanceWindow window, Caller caller, CancellationToken cancellationToken)
    {
        if (window.Sources is not { } named)
            return;
        var there = (await settings.ListAsync(caller.Workspace, AlertSourceKinds.Sources, cancellationToken)).Select(source => source.Id).ToList();
        if (named.FirstOrDefault(one => !there.Contains(one)) is { } missing)
            throw new InvalidRequestException("sources", $"sources contains \"{missing}\", which was not found: there is no such alert source here.");
    }
}
