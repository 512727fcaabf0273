using System.Globalization;
using Helpdesk.Email;
using Helpdesk.Functions.Contacts;
using Helpdesk.Functions.Directory;
using Helpdesk.Functions.Email;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Reports;
using Helpdesk.Functions.Settings;
using Helpdesk.Reports;

namespace Helpdesk.Functions.ReportMails;

/// <summary>Mails the reports that are due, each once for each due time and recipient.</summary>
/// <remarks>
/// The id of a mail is made of schedule, due time and recipient: whoever dies in the middle is followed by somebody who finds the mails that are there.
/// Of several due times that were missed the last one is mailed.
/// </remarks>
public sealed class MailReports(
    ReportScheduleStore schedules,
    ReportMaker reports,
    WrittenMails mails,
    MailSettings mailSettings,
    ContactStore contacts,
    OrganisationStore organisations,
    DirectoryStore directory,
    SettingsStore settings,
    TimeProvider time
) : IRegularWork
{
    /// <summary>Steps of counting before a report that is due; where they are not enough, it is mailed a little later.</summary>
    private const int Steps = 20;

    /// <inheritdoc />
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        foreach (var workspace in await directory.ListWorkspacesAsync(cancellationToken))
        {
            foreach (var schedule in await schedules.RememberAsync(workspace, cancellationToken))
            {
                if (!schedule.Active || ReportSchedules.LastDue(schedule, time.GetUtcNow()) is not { } due)
                    continue;
                if (await schedules.MailedAsync(workspace, schedule.Id, cancellationToken) >= due)
                    continue;
                if (await SendAsync(workspace, schedule, due, cancellationToken) is not null)
                    await schedules.NoteAsync(workspace, schedule.Id, due, cancellationToken);
            }
        }
    }

    /// <summary>Mails the report of a due time.</summary>
    /// <returns>How many people it goes to; null where tickets are still being counted, so that it has to wait.</returns>
    public async Task<int?> SendAsync(string workspace, ReportSchedule schedule, DateTimeOffset due, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(schedule);
        var request = ReportSchedules.RequestOf(schedule, due);
        var made = await reports.MakeAsync(workspace, request, Steps, cancellationToken);
        if (!made.Complete)
            return null;
        var names = await NamesAsync(workspace, made.Table, cancellationToken);
        var set = await mailSettings.OfAsync(workspace, cancellationToken);
        var agents = await directory.RememberAgentsAsync(workspace, cancellationToken);
        if (workspace == DirectoryStore.HomeWorkspace)
            agents = [.. agents, DirectoryStore.FirstAdmin];
        var csv = new MadeFile(
            string.Create(CultureInfo.InvariantCulture, $"{WireName<ReportName>.Of(request.Name)}-{request.From:yyyy-MM-dd}-{request.To:yyyy-MM-dd}.csv"),
            "text/csv; charset=utf-8",
            Convert.ToBase64String(ReportMaker.Csv(made.Table))
        );
        var count = 0;
        foreach (var (email, name, agent) in Recipients(schedule, agents))
        {
            var language = schedule.Language ?? await LanguageAsync(workspace, email, set.Setting, cancellationToken);
            var letter = ReportLetter.Write(schedule.Name, request, made.Table, language, name, names);
            var key = string.Create(CultureInfo.InvariantCulture, $"report/{schedule.Id}/{due.ToUnixTimeSeconds()}");
            await mails.SendAsync(
                workspace,
                new(key, due, MailEvent.Report, letter.Subject, letter.Text, await MailTemplates.FrameAsync(letter.Html, language), language)
                {
                    Files = [csv],
                },
                email,
                name,
                agent,
                cancellationToken
            );
            count++;
        }

        return count;
    }

    /// <summary>Everybody once; agents who are not active get none.</summary>
    private static IEnumerable<(string Email, string? Name, string? Agent)> Recipients(ReportSchedule schedule, IReadOnlyList<Agent> agents) =>
        schedule
            .Recipients.Select<ReportRecipient, (string Email, string? Name, string? Agent)>(one =>
                one.Agent is null ? (one.Email!, null, null)
                : agents.FirstOrDefault(agent => agent.Id == one.Agent && agent.Active) is { } known ? (known.Email, known.Name, known.Id)
                : default
            )
            .Where(one => one.Email is not null)
            .DistinctBy(one => one.Email.ToLowerInvariant());

    private async Task<string> LanguageAsync(string workspace, string email, MailSetting setting, CancellationToken cancellationToken) =>
        new[] { (await contacts.FindByEmailAsync(workspace, email, cancellationToken))?.Language, setting.Language }.FirstOrDefault(one =>
            one is not null && ReportLetter.Languages.Contains(one)
        )
        ?? "en";

    /// <summary>What groups, agents and organisations are called.</summary>
    private async Task<Func<string, string, string>> NamesAsync(string workspace, ReportTable table, CancellationToken cancellationToken)
    {
        var names = new Dictionary<(string Key, string Value), string>();
        if (table.Keys.Contains("group"))
        {
            foreach (var group in await settings.RememberAsync(workspace, DirectoryKinds.Groups, cancellationToken))
                names[("group", group.Id)] = group.Name;
        }

        foreach (var key in table.Keys.Where(key => key is "agent" or "assignee"))
        {
            foreach (var agent in await directory.RememberAgentsAsync(workspace, cancellationToken))
                names[(key, agent.Id)] = agent.Name;
        }

        if (table.Keys.Contains("organisation"))
        {
            foreach (var id in table.Rows.Take(ReportLetter.MostLines).Select(row => row.Key["organisation"]).Distinct().Where(id => id != Report.None))
            {
                if (await organisations.FindAsync(workspace, id, cancellationToken) is var (organisation, _))
                    names[("organisation", id)] = organisation.Name;
            }
        }

        return (key, value) => names.GetValueOrDefault((key, value), value);
    }
}
