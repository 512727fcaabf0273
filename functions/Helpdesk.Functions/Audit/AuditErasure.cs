using System.Text.Json.Nodes;
using Helpdesk.Contacts;
using Helpdesk.Functions.Contacts;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;

namespace Helpdesk.Functions.Audit;

/// <summary>Erases people from what settings once said: an address in a condition, a blocked sender. That the setting was changed stays.</summary>
public sealed class AuditErasure(SettingHistory history) : IHoldsPersonalData
{
    private const int PageSize = 500;

    public string Name => "audit";

    /// <summary>Behind the settings themselves: erasing from those makes entries that tell what was there before.</summary>
    public int Place => 96;

    public async Task<ErasureStep> EraseAsync(ErasureOrder order, string? from, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(order);
        var (changes, more) = await history.ReadAsync(order.Workspace, from ?? SettingChange.Prefix, null, PageSize, cancellationToken);
        // Some settings are called by the hash of an address.
        var hashes = order.Person.Emails.Select(email => Hashes.Short(email.ToLowerInvariant())).ToList();
        string Text(string text) =>
            hashes.Aggregate(order.Person.Text(text, own: false), (rest, hash) => rest.Replace(hash, ErasedPerson.Gone, StringComparison.Ordinal));
        var erased = 0L;
        foreach (var change in changes)
        {
            var (setting, before, after) = (Text(change.Setting), Erased(change.Before, Text), Erased(change.After, Text));
            if (setting == change.Setting && JsonNode.DeepEquals(before, change.Before) && JsonNode.DeepEquals(after, change.After))
                continue;
            var rewritten = change with { Setting = setting, Before = before?.AsObject(), After = after?.AsObject() };
            await history.RewriteAsync(order.Workspace, rewritten, cancellationToken);
            erased++;
        }

        return new(erased, more ? changes[^1].Key : null);
    }

    private static JsonNode? Erased(JsonNode? node, Func<string, string> words) =>
        node switch
        {
            JsonObject fields => new JsonObject(fields.Select(field => KeyValuePair.Create(field.Key, Erased(field.Value, words)))),
            JsonArray items => new JsonArray([.. items.Select(item => Erased(item, words))]),
            JsonValue value when value.TryGetValue<string>(out var text) => JsonValue.Create(words(text)),
            _ => node?.DeepClone(),
        };
}
