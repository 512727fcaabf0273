using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;
using Helpdesk.Sla;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Sla;

/// <summary>A new calendar, or what is to be different about one; read against what is there when a handler knows that.</summary>
public sealed record CalendarRequest(ReadOnlyMemory<byte> Body) : IFromRequest<CalendarRequest>
{
    public static async ValueTask<CalendarRequest> ReadAsync(HttpContext context)
    {
        await FieldReader.ReadAsync(context);
        return new(await RequestBody.ReadUtf8Async(context));
    }

    /// <summary>The calendar with this request's fields in it; 400 with everything that is wrong.</summary>
    public CalendarSetting Apply(CalendarSetting? current, DateTimeOffset now)
    {
        var fields = FieldReader.Parse(Body);
        var id = current is null ? SettingFields.VersionedId(fields) : null;
        var name = fields.Text("name", 100, required: current is null || fields.Has("name"));
        var definition = CalendarFields.Definition(fields, current?.Definition);
        if (definition is not null && !new BusinessCalendar(definition).HasHours)
            fields.Wrong("hours", "must open on at least one day, such as {\"mon\": [\"09:00-17:00\"]}: without hours nothing is ever due.");
        fields.Done();
        return new()
        {
            Id = current?.Id ?? id ?? SettingFields.VersionedIdFrom(name!),
            Name = name ?? current!.Name,
            Version = (current?.Version ?? 0) + 1,
            Definition = definition!,
            CreatedAt = current?.CreatedAt ?? now,
            UpdatedAt = now,
        };
    }
}

/// <summary>A version of a calendar.</summary>
/// <param name="Id">Names the calendar in policies and groups.</param>
/// <param name="Name">The name that agents see.</param>
/// <param name="Version">Counts its changes: 1, 2, 3 …</param>
/// <param name="TimeZone">The time zone of all hours, by its name in the IANA database.</param>
/// <param name="Hours">The opening hours of an ordinary week.</param>
/// <param name="Holidays">Local dates on which nothing opens.</param>
/// <param name="Overrides">Local dates with hours of their own, which beat weekday and holiday.</param>
/// <param name="CreatedAt">When it was added.</param>
/// <param name="UpdatedAt">When this version was made.</param>
public sealed record CalendarView(
    string Id,
    string Name,
    int Version,
    string TimeZone,
    WeekHours Hours,
    IReadOnlyList<DateOnly> Holidays,
    SortedDictionary<string, IReadOnlyList<string>> Overrides,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt
)
{
    public static CalendarView Of(CalendarSetting it)
    {
        var overrides = new SortedDictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        foreach (var (day, hours) in it.Definition.Overrides)
            overrides[day.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture)] = CalendarFields.Show(hours);
        return new(
            it.Id,
            it.Name,
            it.Version,
            it.Definition.TimeZone,
            CalendarFields.Show(it.Definition.Week),
            [.. it.Definition.Holidays.Order()],
            overrides,
            it.CreatedAt,
            it.UpdatedAt
        );
    }
}

/// <summary>Calendars: business hours by which promises are counted. Every change makes a version; tickets keep theirs.</summary>
public sealed class ManageCalendars(
    SettingsStore settings,
    VersionedSettings versions,
    SettingsTransactions transactions,
    SettingReferences references,
    TicketClocks clocks,
    TimeProvider time
)
{
    /// <summary>Lists the calendars.</summary>
    [Function(nameof(ListCalendars)), RequiresKey(KeyRole.Agent, KeyRole.Admin)]
    public async Task<Ok<ListPage<CalendarView>>> ListCalendars(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/calendars")] PageQuery query,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        var page = await settings.ListAsync(caller.Workspace, SlaKinds.Calendars.Newest, query.Limit, query.Cursor, cancellationToken);
        var standard =
            query.Cursor is null && await settings.FindAsync(caller.Workspace, SlaKinds.Calendars.Newest, StandardSla.CalendarId, cancellationToken) is null;
        return TypedResults.Ok(
            new ListPage<CalendarView>([.. (standard ? page.Items.Prepend(StandardSla.Calendar) : page.Items).Select(CalendarView.Of)], page.NextCursor)
        );
    }

    /// <summary>Shows a calendar: the newest version, or the one that is asked for.</summary>
    [Function(nameof(GetCalendar)), RequiresKey(KeyRole.Agent, KeyRole.Admin)]
    public async Task<Results<Ok<CalendarView>, NotFound>> GetCalendar(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/calendars/{id}")] VersionQuery query,
        string id,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        var found =
            !SettingsStore.IsId(id) ? null
            : query.Version is { } wanted ? await clocks.FindCalendarAsync(caller.Workspace, id, wanted, cancellationToken)
            : await settings.FindAsync(caller.Workspace, SlaKinds.Calendars.Newest, id, cancellationToken)
                ?? (id == StandardSla.CalendarId ? StandardSla.Calendar : null);
        return found is null ? TypedResults.NotFound() : TypedResults.Ok(CalendarView.Of(found));
    }

    /// <summary>Adds a calendar.</summary>
    [Function(nameof(AddCalendar)), RequiresKey(KeyRole.Admin), Takes(typeof(AddCalendarBody)), Refuses("already-exists")]
    public async Task<Created<CalendarView>> AddCalendar(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/calendars")] CalendarRequest request,
        Caller caller,
        Idempotency? idempotency,
        CancellationToken cancellationToken
    )
    {
        var calendar = request.Apply(null, time.GetUtcNow());
        if (calendar.Id == StandardSla.CalendarId)
            throw new HelpdeskRuleException("already-exists", $"The calendar \"{calendar.Id}\" is there from the start: change it instead.");
        var added = await transactions.RunAsync(
            caller.Workspace,
            async changes =>
            {
                // Versions that tickets have stay when a calendar is removed: one that comes back under its id goes on counting.
                var earlierVersions = await settings.ListAsync(caller.Workspace, SlaKinds.Calendars.Versions, cancellationToken);
                return await versions.AddAsync(
                    caller.Workspace,
                    SlaKinds.Calendars,
                    calendar with
                    {
                        Version = earlierVersions.Where(one => one.Id == calendar.Id).Select(one => one.Version).DefaultIfEmpty().Max() + 1,
                    },
                    CalendarView.Of,
                    SlaApiJson.Default.CalendarView,
                    idempotency,
                    changes,
                    cancellationToken
                );
            },
            cancellationToken
        );
        return TypedResults.Created($"/api/calendars/{added.Id}", added);
    }

    /// <summary>Changes a calendar. That makes a new version; tickets go on counting by the one they were given.</summary>
    [Function(nameof(ChangeCalendar)), RequiresKey(KeyRole.Admin), Takes(typeof(ChangeCalendarBody))]
    public async Task<Results<Ok<CalendarView>, NotFound>> ChangeCalendar(
        [HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = "api/calendars/{id}")] CalendarRequest request,
        string id,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        var changed = await transactions.RunAsync(
            caller.Workspace,
            async changes =>
            {
                if (await FindFreshAsync(caller.Workspace, id, cancellationToken) is not { } before)
                    return null;
                var calendar = request.Apply(before, time.GetUtcNow());
                if (VersionedSettings.AreSame(SlaKinds.Calendars.Newest, before, calendar with { Version = before.Version, UpdatedAt = before.UpdatedAt }))
                    return before;
                // What was never stored, the standard one, counts as its first version.
                changes.Put(SlaKinds.Calendars.Versions, before);
                changes.Put(SlaKinds.Calendars.Versions, calendar);
                changes.Put(SlaKinds.Calendars.Newest, calendar);
                return calendar;
            },
            cancellationToken
        );
        return changed is null ? TypedResults.NotFound() : TypedResults.Ok(CalendarView.Of(changed));
    }

    /// <summary>
    /// Removes a calendar. While a policy or group names it, that is a conflict. A successor takes its place there. Tickets go on counting by the version they
    /// were given.
    /// </summary>
    [Function(nameof(RemoveCalendar)), RequiresKey(KeyRole.Admin), Refuses("calendar-in-use", "standard-calendar")]
    public async Task<Results<NoContent, NotFound>> RemoveCalendar(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/calendars/{id}")] SuccessorQuery query,
        string id,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        var setting = new NamedSetting(caller.Workspace, NamedKind.Calendar, id);
        var removed = await transactions.RunAsync(
            caller.Workspace,
            async changes =>
            {
                if (await FindFreshAsync(caller.Workspace, id, cancellationToken) is null)
                    return false;
                query.Check(id, query.Successor is { } to && await FindFreshAsync(caller.Workspace, to, cancellationToken) is not null);
                if (query.Successor is null)
                    await references.CheckAsync(setting, cancellationToken);
                if (id == StandardSla.CalendarId)
                    throw new HelpdeskRuleException("standard-calendar", "The standard calendar stays: change its hours instead.");
                await references.MoveAsync(setting, query.Successor, caller.Actor, changes, cancellationToken);
                changes.Remove(SlaKinds.Calendars.Newest, id);
                return true;
            },
            cancellationToken
        );
        return removed ? TypedResults.NoContent() : TypedResults.NotFound();
    }

    private async Task<CalendarSetting?> FindFreshAsync(string workspace, string id, CancellationToken cancellationToken) =>
        (await settings.ListAsync(workspace, SlaKinds.Calendars.Newest, cancellationToken)).FirstOrDefault(calendar => calendar.Id == id)
        ?? (id == StandardSla.CalendarId ? StandardSla.Calendar : null);
}
