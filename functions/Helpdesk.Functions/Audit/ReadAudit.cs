using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Helpdesk.Functions.Directory;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;
using Helpdesk.Functions.Tickets;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Audit;

/// <summary>Which changes of the configuration are wanted.</summary>
/// <param name="Kind">Only changes of such settings: a comma list of kinds, as the entries name them, such as <c>agent</c> or <c>policy</c>.</param>
/// <param name="Setting">Only changes of the setting with this id.</param>
/// <param name="By">Only changes by this agent, or by this integration's key: its id.</param>
/// <param name="Apply">Only changes by the configuration that was applied under this id.</param>
/// <param name="From">Only changes at this instant or later.</param>
/// <param name="To">Only changes before this instant.</param>
/// <param name="Limit">How many items a page has at most. Where a filter leaves most out, a page may hold fewer, and none.</param>
/// <param name="Cursor">Where to go on: <c>nextCursor</c> of the page before, with the same filters. Leave it out for the first page.</param>
public sealed record AuditQuery(
    [property: MaxLength(2000)] string? Kind,
    [property: MaxLength(60)] string? Setting,
    [property: MaxLength(60)] string? By,
    [property: MaxLength(60)] string? Apply,
    DateTimeOffset? From,
    DateTimeOffset? To,
    [property: Range(1, 100), DefaultValue(25)] int Limit,
    [property: MaxLength(400)] string? Cursor
) : IFromQuery<AuditQuery>
{
    internal IReadOnlyList<string> Kinds { get; init; } = [];

    public static AuditQuery Read(QueryReader query, HttpContext context)
    {
        var kinds = query.List("kind");
        if (kinds.FirstOrDefault(kind => !SettingKinds.Audited.Contains(kind, StringComparer.Ordinal)) is { } unknown)
            query.Wrong(
                "kind",
                $"contains \"{PlainText.Head(unknown, 60)}\", which is no kind of setting: there are {string.Join(", ", SettingKinds.Audited)}."
            );
        var (from, to) = (Instant(query, "from"), Instant(query, "to"));
        if (from >= to)
            query.Wrong("to", "must be later than from.");
        return new(
            kinds.Count == 0 ? null : string.Join(',', kinds),
            query.Text("setting", 60),
            query.Text("by", 60),
            query.Text("apply", 60),
            from,
            to,
            query.Limit(),
            query.Text("cursor", 400)
        )
        {
            Kinds = kinds,
        };
    }

    internal bool Takes(SettingChange change) =>
        (Kinds.Count == 0 || Kinds.Contains(change.Kind, StringComparer.Ordinal))
        && (Setting is null || change.Setting == Setting)
        && (By is null || change.By.Id == By)
        && (Apply is null || change.Apply == Apply);

    private static DateTimeOffset? Instant(QueryReader query, string name)
    {
        if (query.Text(name, 40) is not { } text)
            return null;
        // A plus sign in a query usually means a space.
        if (
            DateTimeOffset.TryParse(text.Replace(' ', '+'), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var instant)
            && text.Contains('T', StringComparison.Ordinal)
        )
            return instant;
        query.Wrong(name, "must be an instant such as 2026-07-30T09:00:00Z.");
        return null;
    }
}

/// <summary>One change of the configuration.</summary>
/// <param name="Id">Names the entry.</param>
/// <param name="At">When it was made.</param>
/// <param name="By">What kind of actor made it: <c>system</c> for an integration's key and for the desk itself.</param>
/// <param name="Actor">Who made it; null for the desk itself.</param>
/// <param name="Kind">What was changed, such as <c>agent</c>, <c>key</c>, <c>policy</c> or <c>webhook</c>.</param>
/// <param name="Setting">Id of what was changed.</param>
/// <param name="Action">What was done.</param>
/// <param name="Changed">Names of the fields that are different; empty when it was added or removed.</param>
/// <param name="Apply">Id of the configuration that was applied and changed it; null for a change by itself.</param>
/// <param name="Before">What it was, as it is stored but with lengths in ISO 8601, without secrets; null when it was added.</param>
/// <param name="After">What it became; null when it was removed. A secret is <c>***</c>, and <c>*** (new)</c> when it is another one.</param>
public sealed record AuditEntry(
    string Id,
    DateTimeOffset At,
    ActorKind By,
    ActorView? Actor,
    string Kind,
    string Setting,
    AuditAction Action,
    IReadOnlyList<string> Changed,
    string? Apply,
    JsonElement? Before,
    JsonElement? After
)
{
    internal static AuditEntry Of(SettingChange change) =>
        new(
            change.Key[SettingChange.Prefix.Length..],
            change.At,
            change.By.Kind,
            ActorView.Of(change.By),
            change.Kind,
            change.Setting,
            change.Before is null ? AuditAction.Added
                : change.After is null ? AuditAction.Removed
                : AuditAction.Changed,
            change is { Before: { } before, After: { } after } ? Differences(before, after) : [],
            change.Apply,
            Element(SettingKinds.Shown(change.Kind, change.Before)),
            Element(SettingKinds.Shown(change.Kind, change.After))
        );

    private static List<string> Differences(JsonObject before, JsonObject after) =>
        [.. before.Concat(after).Select(field => field.Key).Distinct(StringComparer.Ordinal).Where(name => !JsonNode.DeepEquals(before[name], after[name]))];

    private static JsonElement? Element(JsonObject? value) => value is null ? null : JsonElement.Parse(value.ToJsonString());
}

/// <summary>What was done to a setting.</summary>
[System.Text.Json.Serialization.JsonConverter(typeof(WireNameConverter<AuditAction>))]
public enum AuditAction
{
    Added,
    Changed,
    Removed,
}

/// <summary>The record of every change of the configuration and of every key.</summary>
public sealed class ReadAudit(SettingHistory history)
{
    /// <summary>Changes that one page looks at.</summary>
    private const int Looks = 1000;

    /// <summary>
    /// Lists the changes of the configuration and of keys, the latest first: who made them, and what was before and after. Each is written in the same
    /// transaction as its change, is kept as long as the workspace and cannot be changed. The home workspace's admins also see the changes of workspaces.
    /// </summary>
    [Function(nameof(ListAudit)), RequiresKey(KeyRole.Admin)]
    public async Task<Ok<ListPage<AuditEntry>>> ListAudit(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/audit")] AuditQuery query,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        var list = $"audit {caller.Workspace} {query.Kind} {query.Setting} {query.By} {query.Apply} {query.From:O} {query.To:O}";
        var after =
            query.Cursor is { } cursor ? SettingChange.Prefix + PageCursor.Read(list, cursor, 1)[0]
            : query.To is { } to ? SettingChange.KeyAt(to) + "~"
            : SettingChange.Prefix;
        // Changes at the instant itself count, those before it do not.
        var before = query.From is { } from ? SettingChange.KeyAt(from) + "~" : null;
        string[] partitions = caller.Workspace == DirectoryStore.HomeWorkspace ? [caller.Workspace, DirectoryStore.AllWorkspaces] : [caller.Workspace];
        var read = await Task.WhenAll(partitions.Select(partition => history.ReadAsync(partition, after, before, Looks, cancellationToken)));
        // Beyond the end of the shortest page the other partition's changes may come first.
        var open = read.Where(page => page.More).Select(page => page.Changes[^1].Key).ToList();
        var end = open.Count == 0 ? null : open.Min(StringComparer.Ordinal);
        var (items, last) = (new List<AuditEntry>(), end);
        foreach (var change in read.SelectMany(page => page.Changes).OrderBy(change => change.Key, StringComparer.Ordinal))
        {
            if (end is not null && string.CompareOrdinal(change.Key, end) > 0)
                break;
            if (!query.Takes(change))
                continue;
            if (items.Count == query.Limit)
                return TypedResults.Ok(new ListPage<AuditEntry>(items, PageCursor.Write(list, items[^1].Id)));
            items.Add(AuditEntry.Of(change));
        }

        return TypedResults.Ok(new ListPage<AuditEntry>(items, last is null ? null : PageCursor.Write(list, last[SettingChange.Prefix.Length..])));
    }
}
