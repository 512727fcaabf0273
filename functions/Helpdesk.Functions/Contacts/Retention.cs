using System.Text.Json;
using System.Text.Json.Serialization;
using Azure;
using Azure.Data.Tables;
using Helpdesk.Contacts;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;
using Helpdesk.Functions.Storage;

namespace Helpdesk.Functions.Contacts;

/// <summary>Something that is kept for as long as a workspace says, and then goes.</summary>
public interface IKeptForAWhile
{
    /// <summary>Names it in the proof, such as <c>ticket-words</c>.</summary>
    string Name { get; }

    /// <summary>What is older than this goes; null when it is kept for ever.</summary>
    DateTimeOffset? Before(RetentionSetting setting, DateTimeOffset now);

    /// <summary>Removes a bounded part of what is older; done again, it finds nothing.</summary>
    /// <param name="dryRun">Only counts.</param>
    /// <param name="from">Where the last step ended; null for the first one.</param>
    Task<RetentionStep> ApplyAsync(string workspace, DateTimeOffset before, string run, bool dryRun, string? from, CancellationToken cancellationToken);
}

/// <summary>What one step has done.</summary>
/// <param name="Count">How many were removed, or would be.</param>
/// <param name="Next">Where the next step begins; null when everything was looked at.</param>
public sealed record RetentionStep(long Count, string? Next);

/// <summary>How long a workspace keeps things. Null keeps them for ever.</summary>
public sealed record RetentionSetting
{
    /// <summary>Months after which the words of a closed ticket go.</summary>
    public int? TicketWordsMonths { get; init; }

    /// <summary>Months after which a contact without tickets goes.</summary>
    public int? ContactsMonths { get; init; }

    /// <summary>Days after which the stored bodies of what came in go.</summary>
    public int? ReceiptBodiesDays { get; init; }

    /// <summary>Days after which web chats go that nobody speaks in any more.</summary>
    public int? ChatsDays { get; init; }

    /// <summary>Months after which what is known of a telephone call goes.</summary>
    public int? CallsMonths { get; init; }
}

/// <summary>What one rule of retention did in one night.</summary>
/// <param name="Rule">Which rule it was.</param>
/// <param name="Before">What is older than this has gone.</param>
/// <param name="Count">How many were removed, or would be.</param>
/// <param name="Complete">Whether everything was looked at; otherwise the next night goes on.</param>
public sealed record RetentionResult(string Rule, DateTimeOffset Before, long Count, bool Complete);

/// <summary>What retention did in one night: the proof of it. It holds nothing of what was removed.</summary>
/// <param name="Id">Names the run.</param>
/// <param name="At">When it was.</param>
/// <param name="Results">What each rule did.</param>
public sealed record RetentionRun(string Id, DateTimeOffset At, IReadOnlyList<RetentionResult> Results);

/// <summary>Where each rule goes on the next night, by name.</summary>
public sealed record RetentionProgress(IReadOnlyDictionary<string, string> Next);

[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(UtcInstantConverter)]
)]
[JsonSerializable(typeof(RetentionSetting))]
[JsonSerializable(typeof(RetentionRun))]
[JsonSerializable(typeof(RetentionProgress))]
internal sealed partial class RetentionJson : JsonSerializerContext;

/// <summary>Applies the rules of retention, each night a bounded part, and keeps a proof of every night that removed something.</summary>
public sealed class Retention(StorageClients storage, SettingsStore settings, IEnumerable<IKeptForAWhile> rules, TimeProvider time) : INightlyWork
{
    /// <summary>Steps of a rule in one night, or in one dry run.</summary>
    private const int Steps = 20;
    private const string Id = "retention";

    private static readonly SettingKind<RetentionSetting> Kind = new("retention-", _ => Id, RetentionJson.Default.RetentionSetting) { Audited = "retention" };

    private TableClient Table => storage.Table(ErasureStore.TableName);

    public async ValueTask<RetentionSetting> OfAsync(string workspace, CancellationToken cancellationToken) =>
        await settings.FindAsync(workspace, Kind, Id, cancellationToken) ?? new();

    public Task PutAsync(string workspace, RetentionSetting setting, CancellationToken cancellationToken) =>
        settings.PutAsync(workspace, Kind, setting, cancellationToken);

    /// <summary>What the rules would remove, as far as a bounded look tells.</summary>
    public async Task<IReadOnlyList<RetentionResult>> TryAsync(string workspace, RetentionSetting setting, CancellationToken cancellationToken) =>
        await RunAsync(workspace, setting, "", dryRun: true, new Dictionary<string, string>(StringComparer.Ordinal), cancellationToken);

    /// <inheritdoc />
    public async Task TidyAsync(string workspace, CancellationToken cancellationToken)
    {
        var setting = await OfAsync(workspace, cancellationToken);
        if (setting == new RetentionSetting())
            return;
        var now = time.GetUtcNow();
        var run = $"{(DateTimeOffset.MaxValue.Ticks - now.Ticks).ToString("D19", System.Globalization.CultureInfo.InvariantCulture)}-{Hashes.RandomName(6)}";
        var progress = await ProgressAsync(workspace, cancellationToken);
        var results = await RunAsync(workspace, setting, run, dryRun: false, progress, cancellationToken);
        await WriteAsync(workspace, "progress", JsonSerializer.Serialize(new(progress), RetentionJson.Default.RetentionProgress), cancellationToken);
        if (results.Any(result => result.Count > 0))
            await WriteAsync(workspace, $"run-{run}", JsonSerializer.Serialize(new(run, now, results), RetentionJson.Default.RetentionRun), cancellationToken);
    }

    /// <summary>The proofs, the newest first.</summary>
    public async Task<ListPage<RetentionRun>> ReadRunsAsync(string workspace, int limit, string? cursor, CancellationToken cancellationToken)
    {
        var list = $"retention {workspace}";
        var partition = Partition(workspace);
        var after = $"{partition}:run-{(cursor is null ? "" : PageCursor.Read(list, cursor, 1)[0])}";
        var runs = new List<RetentionRun>();
        await foreach (
            var row in Table.QueryAsync<TableEntity>(
                TableClient.CreateQueryFilter($"PartitionKey eq {partition} and RowKey gt {after} and RowKey lt {$"{partition}:run."}"),
                limit + 1,
                cancellationToken: cancellationToken
            )
        )
        {
            if (runs.Count == limit)
                return new(runs, PageCursor.Write(list, runs[^1].Id));
            runs.Add(JsonSerializer.Deserialize(LongText.Read(row, "State"), RetentionJson.Default.RetentionRun)!);
        }

        return new(runs, null);
    }

    private async Task<IReadOnlyList<RetentionResult>> RunAsync(
        string workspace,
        RetentionSetting setting,
        string run,
        bool dryRun,
        Dictionary<string, string> progress,
        CancellationToken cancellationToken
    )
    {
        var results = new List<RetentionResult>();
        foreach (var rule in rules.OrderBy(rule => rule.Name, StringComparer.Ordinal))
        {
            if (rule.Before(setting, time.GetUtcNow()) is not { } before)
                continue;
            var (count, from) = (0L, progress.GetValueOrDefault(rule.Name));
            for (var step = 0; step < Steps; step++)
            {
                var done = await rule.ApplyAsync(workspace, before, run, dryRun, from, cancellationToken);
                count += done.Count;
                from = done.Next;
                if (from is null)
                    break;
            }

            if (from is null)
                progress.Remove(rule.Name);
            else
                progress[rule.Name] = from;
            results.Add(new(rule.Name, before, count, from is null));
        }

        return results;
    }

    private async Task<Dictionary<string, string>> ProgressAsync(string workspace, CancellationToken cancellationToken)
    {
        var found = await Table.GetEntityIfExistsAsync<TableEntity>(
            Partition(workspace),
            $"{Partition(workspace)}:progress",
            cancellationToken: cancellationToken
        );
        return found.HasValue
            ? new(JsonSerializer.Deserialize(LongText.Read(found.Value!, "State"), RetentionJson.Default.RetentionProgress)!.Next, StringComparer.Ordinal)
            : new(StringComparer.Ordinal);
    }

    private Task<Response> WriteAsync(string workspace, string name, string state, CancellationToken cancellationToken)
    {
        var row = new TableEntity(Partition(workspace), $"{Partition(workspace)}:{name}");
        LongText.Write(row, "State", state);
        return Table.UpsertEntityAsync(row, TableUpdateMode.Replace, cancellationToken);
    }

    private static string Partition(string workspace) => $"{workspace}:retention";
}
