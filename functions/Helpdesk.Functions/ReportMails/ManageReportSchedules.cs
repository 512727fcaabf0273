using System.ComponentModel.DataAnnotations;
using Helpdesk.Functions.Directory;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;
using Helpdesk.Reports;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.ReportMails;

/// <summary>Who gets a report: one of the two.</summary>
/// <param name="Agent">Id of an agent.</param>
/// <param name="Email">An address.</param>
public sealed record ReportRecipientBody(string? Agent, string? Email);

/// <summary>A report that is mailed again and again.</summary>
/// <param name="Id">Names it.</param>
/// <param name="Name">What the mail is called.</param>
/// <param name="Report">Which report it is.</param>
/// <param name="By">By what its numbers are told apart.</param>
/// <param name="Period">Over which days it goes, seen from the day on which it is mailed.</param>
/// <param name="Every">How often it is mailed.</param>
/// <param name="Weekday">For <c>weekly</c>: the weekday; 1 is Monday.</param>
/// <param name="Day">For <c>monthly</c>: the day of the month.</param>
/// <param name="Hour">The hour of the day.</param>
/// <param name="Zone">IANA name of the time zone of hours and days.</param>
/// <param name="Language">The language of the mail; null for that of each recipient, or of the workspace's mails.</param>
/// <param name="Recipients">Who gets it.</param>
/// <param name="Active">Whether it is mailed.</param>
/// <param name="NextAt">When it is mailed next; null where it is not active.</param>
/// <param name="MailedAt">The last time at which it was due and was mailed; null for never.</param>
public sealed record ReportScheduleView(
    string Id,
    string Name,
    ReportName Report,
    IReadOnlyList<ReportDimension> By,
    ReportPeriod Period,
    ReportRhythm Every,
    int Weekday,
    int Day,
    int Hour,
    string Zone,
    string? Language,
    IReadOnlyList<ReportRecipientBody> Recipients,
    bool Active,
    DateTimeOffset? NextAt,
    DateTimeOffset? MailedAt
)
{
    internal static ReportScheduleView Of(ReportSchedule it, DateTimeOffset? mailed, DateTimeOffset now) =>
        new(
            it.Id,
            it.Name,
            it.Report,
            it.By,
            it.Period,
            it.Every,
            it.Weekday,
            it.Day,
            it.Hour,
            it.Zone,
            it.Language,
            [.. it.Recipients.Select(one => new ReportRecipientBody(one.Agent, one.Email))],
            it.Active,
            it.Active ? ReportSchedules.NextDue(it, now) : null,
            mailed
        );
}

/// <summary>A report that is to be mailed again and again.</summary>
/// <param name="Id">The id to give it; made from the name when it is left out.</param>
/// <param name="Name">What the mail is called.</param>
/// <param name="Report">Which report it is.</param>
/// <param name="By">By what its numbers are told apart, as in <c>GET /api/reports/{name}</c>.</param>
/// <param name="Period">Over which days it goes, seen from the day on which it is mailed; <c>previous-week</c> when a new one does not say.</param>
/// <param name="Every">How often it is mailed; <c>weekly</c> when a new one does not say.</param>
/// <param name="Weekday">For <c>weekly</c>: the weekday; 1 is Monday.</param>
/// <param name="Day">For <c>monthly</c>: the day of the month.</param>
/// <param name="Hour">The hour of the day.</param>
/// <param name="Zone">IANA name of the time zone of hours and days, such as <c>Europe/Berlin</c>.</param>
/// <param name="Language">The language of the mail; null for that of each recipient, or of the workspace's mails.</param>
/// <param name="Recipients">Who gets it.</param>
/// <param name="Active">Whether it is mailed.</param>
[Example(
    """
        {"name":"Promises, week by week","report":"sla","by":["group"],"period":"previous-week","every":"weekly","weekday":1,"hour":7,
         "zone":"Europe/Berlin","recipients":[{"agent":"ada"},{"email":"head@example.com"}]}
        """
)]
public sealed record NewReportScheduleBody(
    [property: RegularExpression(SettingFields.IdPattern), MaxLength(40)] string? Id,
    [property: MaxLength(100)] string Name,
    ReportName Report,
    [property: MaxLength(3)] IReadOnlyList<ReportDimension>? By,
    ReportPeriod? Period,
    ReportRhythm? Every,
    [property: Range(1, 7)] int? Weekday,
    [property: Range(1, 28)] int? Day,
    [property: Range(0, 23)] int? Hour,
    [property: MaxLength(60)] string? Zone,
    [property: AllowedValues("en", "de", "hr", "el")] string? Language,
    [property: MaxLength(ReportSchedule.MostRecipients)] IReadOnlyList<ReportRecipientBody> Recipients,
    bool? Active
);

/// <summary>What is to be different about a report that is mailed: what is left out stays.</summary>
/// <param name="Name">What the mail is called.</param>
/// <param name="Report">Which report it is.</param>
/// <param name="By">By what its numbers are told apart, as in <c>GET /api/reports/{name}</c>.</param>
/// <param name="Period">Over which days it goes, seen from the day on which it is mailed.</param>
/// <param name="Every">How often it is mailed.</param>
/// <param name="Weekday">For <c>weekly</c>: the weekday; 1 is Monday.</param>
/// <param name="Day">For <c>monthly</c>: the day of the month.</param>
/// <param name="Hour">The hour of the day.</param>
/// <param name="Zone">IANA name of the time zone of hours and days, such as <c>Europe/Berlin</c>.</param>
/// <param name="Language">The language of the mail; null for that of each recipient, or of the workspace's mails.</param>
/// <param name="Recipients">Who gets it.</param>
/// <param name="Active">Whether it is mailed.</param>
[Example(
    """
        {"name":"Promises, week by week","report":"sla","by":["group"],"period":"previous-week","every":"weekly","weekday":1,"hour":7,
         "zone":"Europe/Berlin","recipients":[{"agent":"ada"},{"email":"head@example.com"}]}
        """
)]
public sealed record ChangeReportScheduleBody(
    [property: MaxLength(100)] string? Name,
    ReportName? Report,
    [property: MaxLength(3)] IReadOnlyList<ReportDimension>? By,
    ReportPeriod? Period,
    ReportRhythm? Every,
    [property: Range(1, 7)] int? Weekday,
    [property: Range(1, 28)] int? Day,
    [property: Range(0, 23)] int? Hour,
    [property: MaxLength(60)] string? Zone,
    [property: AllowedValues("en", "de", "hr", "el")] string? Language,
    [property: MaxLength(ReportSchedule.MostRecipients)] IReadOnlyList<ReportRecipientBody>? Recipients,
    bool? Active
);

/// <summary>A report that is to be mailed. In a change, what is left out stays.</summary>
/// <param name="Id">The id to give it, for a new one; made from the name when it is left out.</param>
/// <param name="Name">What the mail is called; a new one must have a name.</param>
/// <param name="Report">Which report it is; a new one must say it.</param>
/// <param name="By">By what its numbers are told apart, as in <c>GET /api/reports/{name}</c>.</param>
/// <param name="Period">Over which days it goes, seen from the day on which it is mailed; <c>previous-week</c> when a new one does not say.</param>
/// <param name="Every">How often it is mailed; <c>weekly</c> when a new one does not say.</param>
/// <param name="Weekday">For <c>weekly</c>: the weekday; 1 is Monday.</param>
/// <param name="Day">For <c>monthly</c>: the day of the month.</param>
/// <param name="Hour">The hour of the day.</param>
/// <param name="Zone">IANA name of the time zone of hours and days, such as <c>Europe/Berlin</c>.</param>
/// <param name="Language">The language of the mail; null for that of each recipient, or of the workspace's mails.</param>
/// <param name="Recipients">Who gets it.</param>
/// <param name="Active">Whether it is mailed.</param>
[Example(
    """
        {"name":"Promises, week by week","report":"sla","by":["group"],"period":"previous-week","every":"weekly","weekday":1,"hour":7,
         "zone":"Europe/Berlin","recipients":[{"agent":"ada"},{"email":"head@example.com"}]}
        """
)]
public sealed record ReportScheduleRequest(
    [property: RegularExpression(SettingFields.IdPattern), MaxLength(40)] string? Id,
    [property: MaxLength(100)] string? Name,
    ReportName? Report,
    [property: MaxLength(3)] IReadOnlyList<ReportDimension>? By,
    ReportPeriod? Period,
    ReportRhythm? Every,
    [property: Range(1, 7)] int? Weekday,
    [property: Range(1, 28)] int? Day,
    [property: Range(0, 23)] int? Hour,
    [property: MaxLength(60)] string? Zone,
    [property: AllowedValues("en", "de", "hr", "el")] Optional<string?>? Language,
    [property: MaxLength(ReportSchedule.MostRecipients)] IReadOnlyList<ReportRecipientBody>? Recipients,
    bool? Active
) : IFromRequest<ReportScheduleRequest>
{
    public static async ValueTask<ReportScheduleRequest> ReadAsync(HttpContext context)
    {
        var fields = await FieldReader.ReadAsync(context);
        var isNew = HttpMethods.IsPost(context.Request.Method);
        var id = isNew ? SettingFields.Id(fields) : null;
        var name = fields.Text("name", 100, required: isNew || fields.Has("name"));
        var report = fields.OneOf<ReportName>("report", required: isNew || fields.Has("report"));
        var by = fields.ManyOf<ReportDimension>("by");
        var (period, every) = (fields.OneOf<ReportPeriod>("period"), fields.OneOf<ReportRhythm>("every"));
        var zone = fields.Text("zone", 60);
        if (zone is not null && !Helpdesk.Reports.Report.IsZone(zone))
            fields.Wrong("zone", "is not the name of a time zone: give one such as Europe/Berlin.");
        var language = fields.Text("language", 10);
        if (language is not null && !ReportLetter.Languages.Contains(language))
            fields.Wrong("language", "must be one of en, de, hr, el, or null.");
        var recipients = fields.Objects("recipients", ReportSchedule.MostRecipients, required: isNew)?.Select(Recipient).ToList();
        if (recipients is [] && !fields.IsWrong("recipients"))
            fields.Wrong("recipients", "names nobody: give an agent or an email.");
        var request = new ReportScheduleRequest(
            id,
            name,
            report,
            by?.Distinct().ToList(),
            period,
            every,
            fields.Whole("weekday", 1, 7),
            fields.Whole("day", 1, 28),
            fields.Whole("hour", 0, 23),
            zone,
            fields.Has("language") ? new(language) : null,
            recipients,
            fields.Flag("active")
        );
        fields.Done();
        return request;
    }

    private static ReportRecipientBody Recipient(FieldReader fields)
    {
        var (agent, email) = (fields.Text("agent", 40), SettingFields.Email(fields, "email", required: false));
        if (!fields.IsWrong("agent") && !fields.IsWrong("email") && agent is null == email is null)
            fields.Wrong("agent", "or email must be given, and not both.");
        fields.Ends();
        return new(agent, email?.ToLowerInvariant());
    }

    internal ReportSchedule Over(ReportSchedule before, DateTimeOffset now)
    {
        var after = before with
        {
            Name = Name ?? before.Name,
            Report = Report ?? before.Report,
            By = By ?? before.By,
            Period = Period ?? before.Period,
            Every = Every ?? before.Every,
            Weekday = Weekday ?? before.Weekday,
            Day = Day ?? before.Day,
            Hour = Hour ?? before.Hour,
            Zone = Zone ?? before.Zone,
            Language = Language is null ? before.Language : Language.Value,
            Recipients = Recipients is null ? before.Recipients : [.. Recipients.Select(one => new ReportRecipient(one.Agent, one.Email)).Distinct()],
            Active = Active ?? before.Active,
        };
        var isOther =
            (after.Every, after.Weekday, after.Day, after.Hour, after.Zone, after.Active)
            != (before.Every, before.Weekday, before.Day, before.Hour, before.Zone, before.Active);
        if (after.By.Count(ReportRequest.IsPeriod) > 1)
            throw new InvalidRequestException("by", "by may name one of day, week and month.");
        if (after.By.Where(dimension => !ReportRequest.Allows(after.Report, dimension)).Select(WireName<ReportDimension>.Of).FirstOrDefault() is { } wrong)
            throw new InvalidRequestException("by", $"by cannot be {wrong} in the report {WireName<ReportName>.Of(after.Report)}: see GET /api/reports.");
        return isOther ? after with { Since = now } : after;
    }
}

/// <summary>How many people a report was mailed to.</summary>
/// <param name="Recipients">So many. 0 while older tickets are still being counted: then ask again in a minute.</param>
/// <param name="Complete">False while older tickets are still being counted, so that nothing was mailed.</param>
public sealed record MailedReportView(int Recipients, bool Complete);

/// <summary>Reports that are mailed again and again. For admins.</summary>
public sealed class ManageReportSchedules(
    ReportScheduleStore schedules,
    MailReports mailing,
    SettingsStore settings,
    SettingsTransactions transactions,
    DirectoryStore directory,
    TimeProvider time
)
{
    /// <summary>Lists the reports that are mailed.</summary>
    [Function(nameof(ListReportSchedules)), RequiresKey(KeyRole.Admin)]
    public async Task<Ok<ListPage<ReportScheduleView>>> ListReportSchedules(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/report-schedules")] PageQuery query,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        var page = await settings.ListAsync(caller.Workspace, ReportScheduleStore.Kind, query.Limit, query.Cursor, cancellationToken);
        var views = await Task.WhenAll(page.Items.Select(one => ViewAsync(caller.Workspace, one, cancellationToken)));
        return TypedResults.Ok(new ListPage<ReportScheduleView>(views, page.NextCursor));
    }

    /// <summary>Shows a report that is mailed.</summary>
    [Function(nameof(GetReportSchedule)), RequiresKey(KeyRole.Admin)]
    public async Task<Results<Ok<ReportScheduleView>, NotFound>> GetReportSchedule(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/report-schedules/{id}")] Caller caller,
        string id,
        CancellationToken cancellationToken
    ) =>
        await FindAsync(caller.Workspace, id, cancellationToken) is { } found
            ? TypedResults.Ok(await ViewAsync(caller.Workspace, found, cancellationToken))
            : TypedResults.NotFound();

    /// <summary>Has a report mailed again and again, from its next due time on.</summary>
    [Function(nameof(AddReportSchedule)), RequiresKey(KeyRole.Admin), Takes(typeof(NewReportScheduleBody)), Refuses("already-exists", "too-many-schedules")]
    public async Task<Created<ReportScheduleView>> AddReportSchedule(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/report-schedules")] ReportScheduleRequest request,
        Caller caller,
        Idempotency? idempotency,
        CancellationToken cancellationToken
    )
    {
        ArgumentNullException.ThrowIfNull(request);
        var now = time.GetUtcNow();
        var schedule = request.Over(
            new ReportSchedule
            {
                Id = request.Id ?? SettingFields.IdFrom(request.Name!),
                Name = request.Name!,
                Report = request.Report!.Value,
                Since = now,
            },
            now
        );
        var added = await transactions.RunAsync(
            caller.Workspace,
            async changes =>
            {
                if (
                    idempotency is not null
                    && await settings.ReplayAsync(caller.Workspace, idempotency, ReportMailJson.Default.ReportSchedule, cancellationToken) is { } earlier
                )
                    return earlier;
                await CheckAsync(caller.Workspace, schedule, cancellationToken);
                if ((await schedules.ListAsync(caller.Workspace, cancellationToken)).Count >= ReportScheduleStore.Most)
                    throw new HelpdeskRuleException(
                        "too-many-schedules",
                        $"A workspace mails at most {ReportScheduleStore.Most} reports: remove one that nobody reads any more."
                    );
                return await settings.AddAsync(
                    caller.Workspace,
                    ReportScheduleStore.Kind,
                    schedule,
                    it => it,
                    ReportMailJson.Default.ReportSchedule,
                    idempotency,
                    cancellationToken,
                    with: changes
                );
            },
            cancellationToken
        );
        return TypedResults.Created($"/api/report-schedules/{added.Id}", await ViewAsync(caller.Workspace, added, cancellationToken));
    }

    /// <summary>Changes a report that is mailed. With other times it begins anew: what was due before is not mailed.</summary>
    [Function(nameof(ChangeReportSchedule)), RequiresKey(KeyRole.Admin), Takes(typeof(ChangeReportScheduleBody))]
    public async Task<Results<Ok<ReportScheduleView>, NotFound>> ChangeReportSchedule(
        [HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = "api/report-schedules/{id}")] ReportScheduleRequest request,
        string id,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        ArgumentNullException.ThrowIfNull(request);
        var changed = await transactions.RunAsync(
            caller.Workspace,
            async changes =>
            {
                if (await FindAsync(caller.Workspace, id, cancellationToken) is not { } before)
                    return null;
                var after = request.Over(before, time.GetUtcNow());
                await CheckAsync(caller.Workspace, after, cancellationToken);
                changes.Put(ReportScheduleStore.Kind, after);
                return after;
            },
            cancellationToken
        );
        return changed is null ? TypedResults.NotFound() : TypedResults.Ok(await ViewAsync(caller.Workspace, changed, cancellationToken));
    }

    /// <summary>Mails a report no longer.</summary>
    [Function(nameof(RemoveReportSchedule)), RequiresKey(KeyRole.Admin)]
    public async Task<Results<NoContent, NotFound>> RemoveReportSchedule(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/report-schedules/{id}")] Caller caller,
        string id,
        CancellationToken cancellationToken
    )
    {
        var removed = await transactions.RunAsync(
            caller.Workspace,
            async changes =>
            {
                if (await FindAsync(caller.Workspace, id, cancellationToken) is null)
                    return false;
                changes.Remove(ReportScheduleStore.Kind, id);
                return true;
            },
            cancellationToken
        );
        if (!removed)
            return TypedResults.NotFound();
        await schedules.ForgetAsync(caller.Workspace, id, cancellationToken);
        return TypedResults.NoContent();
    }

    /// <summary>Mails a report to its recipients now, as if it were due, and once in a minute at the most.</summary>
    [Function(nameof(SendReportSchedule)), RequiresKey(KeyRole.Admin)]
    public async Task<Results<Ok<MailedReportView>, NotFound>> SendReportSchedule(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/report-schedules/{id}/send")] NoBody body,
        string id,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        if (await FindAsync(caller.Workspace, id, cancellationToken) is not { } schedule)
            return TypedResults.NotFound();
        var now = time.GetUtcNow();
        var minute = new DateTimeOffset(now.Year, now.Month, now.Day, now.Hour, now.Minute, 0, TimeSpan.Zero);
        var sent = await mailing.SendAsync(caller.Workspace, schedule, minute, cancellationToken);
        return TypedResults.Ok(new MailedReportView(sent ?? 0, sent is not null));
    }

    private async Task CheckAsync(string workspace, ReportSchedule schedule, CancellationToken cancellationToken)
    {
        if (schedule.Report == ReportName.Cost && workspace != DirectoryStore.HomeWorkspace)
            throw new InvalidRequestException("report", "report cannot be cost: what the desk costs is told in its home workspace.");
        foreach (var agent in schedule.Recipients.Select(one => one.Agent).OfType<string>())
        {
            if (await directory.FindAgentAsync(workspace, agent, cancellationToken) is null)
                throw new InvalidRequestException("recipients", $"recipients names the agent \"{agent}\", who was not found.");
        }
    }

    private async Task<ReportSchedule?> FindAsync(string workspace, string id, CancellationToken cancellationToken) =>
        (await schedules.ListAsync(workspace, cancellationToken)).FirstOrDefault(one => one.Id == id);

    private async Task<ReportScheduleView> ViewAsync(string workspace, ReportSchedule schedule, CancellationToken cancellationToken) =>
        ReportScheduleView.Of(schedule, await schedules.MailedAsync(workspace, schedule.Id, cancellationToken), time.GetUtcNow());
}
