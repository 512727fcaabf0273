using System.Text.Json;
using System.Text.Json.Serialization;
using Azure;
using Azure.Data.Tables;
using Helpdesk.Contacts;
using Helpdesk.Functions.Contacts;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Reports;
using Helpdesk.Functions.Settings;
using Helpdesk.Functions.Storage;
using Helpdesk.Reports;

namespace Helpdesk.Functions.ReportMails;

/// <summary>Reports that are mailed, as they are stored; add fields, never rename them.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(UtcInstantConverter)]
)]
[JsonSerializable(typeof(ReportSchedule))]
internal sealed partial class ReportMailJson : JsonSerializerContext;

/// <summary>Keeps which reports are mailed, and up to when each has been.</summary>
public sealed class ReportScheduleStore(SettingsStore settings, StorageClients storage)
{
    /// <summary>A workspace has as many at the most.</summary>
    public const int Most = 50;

    public static SettingKind<ReportSchedule> Kind { get; } =
        new("reportschedule-", schedule => schedule.Id, ReportMailJson.Default.ReportSchedule) { Audited = "report-schedule" };

    private TableClient Table => storage.Table(ReportCounts.TableName);

    /// <summary>Those of a workspace, as they are now.</summary>
    public Task<IReadOnlyList<ReportSchedule>> ListAsync(string workspace, CancellationToken cancellationToken) =>
        settings.ListAsync(workspace, Kind, cancellationToken);

    /// <summary>Those of a workspace, at most half a minute old.</summary>
    public ValueTask<IReadOnlyList<ReportSchedule>> RememberAsync(string workspace, CancellationToken cancellationToken) =>
        settings.RememberAsync(workspace, Kind, cancellationToken);

    /// <summary>The last due time whose report has been mailed; null for none.</summary>
    public async Task<DateTimeOffset?> MailedAsync(string workspace, string id, CancellationToken cancellationToken)
    {
        var partition = Partition(workspace);
        var found = await Table.GetEntityIfExistsAsync<TableEntity>(partition, Key(partition, id), cancellationToken: cancellationToken);
        return found.HasValue ? found.Value!.GetDateTimeOffset("Due") : null;
    }

    /// <summary>Notes that the report of a due time has been mailed.</summary>
    public Task NoteAsync(string workspace, string id, DateTimeOffset due, CancellationToken cancellationToken)
    {
        var partition = Partition(workspace);
        return Table.UpsertEntityAsync(new TableEntity(partition, Key(partition, id)) { ["Due"] = due }, TableUpdateMode.Replace, cancellationToken);
    }

    /// <summary>Forgets when it was mailed.</summary>
    public Task ForgetAsync(string workspace, string id, CancellationToken cancellationToken)
    {
        var partition = Partition(workspace);
        return Table.DeleteEntityAsync(partition, Key(partition, id), ETag.All, cancellationToken);
    }

    private static string Partition(string workspace) => $"{workspace}:mailed";

    private static string Key(string partition, string id) => $"{partition}:{id}";
}

/// <summary>Schedules name agents as recipients: whoever goes gets none any more, or their successor does.</summary>
public sealed class ReportScheduleNames(ReportScheduleStore schedules) : INamesSettings
{
    /// <summary>A report that is mailed keeps nobody from going.</summary>
    public Task<SettingUse?> FindAsync(NamedSetting setting, CancellationToken cancellationToken) => Task.FromResult<SettingUse?>(null);

    public async Task MoveAsync(NamedSetting setting, string? successor, Actor by, SettingChanges changes, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(setting);
        ArgumentNullException.ThrowIfNull(changes);
        if (setting.Kind != NamedKind.Agent)
            return;
        foreach (var schedule in await schedules.ListAsync(setting.Workspace, cancellationToken))
        {
            if (schedule.Recipients.All(one => one.Agent != setting.Id))
                continue;
            var recipients = schedule
                .Recipients.Select(one =>
                    one.Agent != setting.Id ? one
                    : successor is null ? null
                    : one with { Agent = successor }
                )
                .OfType<ReportRecipient>()
                .Distinct();
            changes.Put(ReportScheduleStore.Kind, schedule with { Recipients = [.. recipients] });
        }
    }
}

/// <summary>Erases people from schedules: no report goes to their address, and none is called like them.</summary>
public sealed class ReportScheduleErasure(ReportScheduleStore schedules, SettingsTransactions transactions) : IHoldsPersonalData
{
    public string Name => "report-schedules";

    public int Place => 80;

    public async Task<ErasureStep> EraseAsync(ErasureOrder order, string? from, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(order);
        var erased = await transactions.RunAsync(
            order.Workspace,
            async changes =>
            {
                var count = 0;
                foreach (var schedule in await schedules.ListAsync(order.Workspace, cancellationToken))
                {
                    var recipients = schedule.Recipients.Where(one => one.Email is null || !order.Person.Is(one.Email)).ToList();
                    var name = order.Person.Text(schedule.Name, own: false);
                    if (recipients.Count == schedule.Recipients.Count && name == schedule.Name)
                        continue;
                    changes.Put(ReportScheduleStore.Kind, schedule with { Recipients = recipients, Name = name });
                    count++;
                }

                return count;
            },
            cancellationToken
        );
        return new(erased, null);
    }
}
