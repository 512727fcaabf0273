using System.Text.Json.Nodes;

namespace Helpdesk.Functions.Configuration;

/// <summary>
/// Recognises the settings of a document that comes from elsewhere: one whose id is not known here, and whose name is, is the one of that name. Whatever
/// names it by the id of the document means it, too.
/// </summary>
internal sealed class ConfigurationNames
{
    /// <summary>Where fields name settings of other sections, whatever has them.</summary>
    private static readonly Dictionary<string, string> Naming = new(StringComparer.Ordinal)
    {
        ["group"] = "groups",
        ["groups"] = "groups",
        ["escalatesTo"] = "groups",
        ["agent"] = "agents",
        ["agents"] = "agents",
        ["approvers"] = "agents",
        ["assignee"] = "agents",
        ["extensions"] = "agents",
        ["calendar"] = "calendars",
        ["policy"] = "policies",
        ["webhook"] = "webhooks",
        ["mailbox"] = "mailboxes",
        ["source"] = "alertSources",
        ["sources"] = "alertSources",
        ["form"] = "forms",
        ["macro"] = "macros",
    };

    private readonly Dictionary<(string Section, string Id), string> _here = [];
    private readonly Dictionary<(string Section, string Id), string> _written = [];

    /// <summary>The sections of the document with the ids of here.</summary>
    public JsonObject Renamed { get; private init; } = [];

    public static ConfigurationNames Of(JsonObject sections, JsonObject current)
    {
        var names = new ConfigurationNames { Renamed = sections.DeepClone().AsObject() };
        foreach (var section in ConfigurationSections.All.Where(section => section.Alias is not null && sections[section.Name] is not null))
            names.Learn(section, sections[section.Name]!.AsObject(), current[section.Name] as JsonObject ?? []);
        if (names._here.Count == 0)
            return names;
        foreach (var section in names.Renamed.Select(section => section.Key).ToList())
        {
            var settings = names.Renamed[section]!.AsObject();
            names.Rename(settings);
            names.Renamed[section] = new JsonObject(
                settings.Select(setting => KeyValuePair.Create(names._here.GetValueOrDefault((section, setting.Key), setting.Key), setting.Value?.DeepClone()))
            );
        }

        return names;
    }

    /// <summary>The id that the document has for a setting of here.</summary>
    public string AsWritten(string section, string id) => _written.GetValueOrDefault((section, id), id);

    private void Learn(ConfigurationSection section, JsonObject wanted, JsonObject current)
    {
        var here = current
            .Where(setting => !wanted.ContainsKey(setting.Key))
            .Select(setting => (Id: setting.Key, Alias: AliasOf(section, setting.Value)))
            .Where(setting => setting.Alias is not null)
            .ToLookup(setting => setting.Alias!, setting => setting.Id, StringComparer.OrdinalIgnoreCase);
        var unknown = wanted
            .Where(setting => !current.ContainsKey(setting.Key))
            .Select(setting => (Id: setting.Key, Alias: AliasOf(section, setting.Value)))
            .Where(setting => setting.Alias is not null)
            .GroupBy(setting => setting.Alias!, setting => setting.Id, StringComparer.OrdinalIgnoreCase);
        foreach (var one in unknown)
        {
            if (one.Count() != 1 || here[one.Key].ToList() is not [var known])
                continue;
            _here[(section.Name, one.First())] = known;
            _written[(section.Name, known)] = one.First();
        }
    }

    private static string? AliasOf(ConfigurationSection section, JsonNode? setting) =>
        (setting as JsonObject)?[section.Alias!] is JsonValue value && value.TryGetValue<string>(out var alias) ? alias : null;

    private void Rename(JsonNode? node)
    {
        if (node is JsonArray items)
        {
            foreach (var item in items)
                Rename(item);
            return;
        }

        if (node is not JsonObject fields)
            return;
        // A condition names the kind of what it compares with in another field.
        var compared = fields["field"] is JsonValue field && field.TryGetValue<string>(out var about) ? Naming.GetValueOrDefault(about.Split('.')[^1]) : null;
        foreach (var (name, value) in fields.ToList())
        {
            var section = name == "value" ? compared : Naming.GetValueOrDefault(name);
            if (section is not null && Renaming(section, value) is { } renamed)
                fields[name] = renamed;
            else
                Rename(value);
        }
    }

    /// <summary>A value with the ids of here, where it is an id, several, or an object of them; null for anything else.</summary>
    private JsonNode? Renaming(string section, JsonNode? value) =>
        value switch
        {
            JsonValue one when one.TryGetValue<string>(out var id) => JsonValue.Create(_here.GetValueOrDefault((section, id), id)),
            JsonArray ids when ids.All(id => id is JsonValue) => new JsonArray([.. ids.Select(id => Renaming(section, id) ?? id!.DeepClone())]),
            JsonObject ids when ids.All(id => id.Value is JsonValue) => new JsonObject(
                ids.Select(id => KeyValuePair.Create(id.Key, Renaming(section, id.Value) ?? id.Value?.DeepClone()))
            ),
            _ => null,
        };
}
