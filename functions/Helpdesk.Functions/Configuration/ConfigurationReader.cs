using System.Text;
using System.Text.Json.Nodes;

namespace Helpdesk.Functions.Configuration;

/// <summary>Reads what a workspace has been told through the operations that show it, always in the same order.</summary>
internal static class ConfigurationReader
{
    private const int PageSize = 100;

    /// <summary>The sections of a workspace as a draft has them. One that a workspace does not have is left out.</summary>
    public static async Task<JsonObject> ReadAsync(
        InnerCalls calls,
        OpenDraft draft,
        IEnumerable<ConfigurationSection> sections,
        CancellationToken cancellationToken
    )
    {
        var document = new JsonObject();
        foreach (var section in sections)
        {
            // Some settings are made when they are first asked for.
            var mark = draft.Storage.Mark();
            if (await ReadAsync(calls, section, cancellationToken) is { } read)
                document[section.Name] = read;
            draft.Return(mark);
        }

        return document;
    }

    /// <summary>A document as it is sent: the same bytes for the same settings.</summary>
    public static byte[] Bytes(JsonObject sections)
    {
        var document = new JsonObject { ["format"] = ConfigurationDocument.Format };
        foreach (var (name, section) in sections)
            document[name] = section!.DeepClone();
        return Encoding.UTF8.GetBytes(document.ToJsonString(ConfigurationForms.Readable) + "\n");
    }

    private static async Task<JsonObject?> ReadAsync(InnerCalls calls, ConfigurationSection section, CancellationToken cancellationToken)
    {
        if (section.IsSingle)
        {
            var shown = await calls.CallAsync(section.Read, null, null, "", cancellationToken);
            return shown is { IsDone: true, Body: JsonObject only } ? Fields(section, only, null) : null;
        }

        var settings = new SortedDictionary<string, JsonObject>(StringComparer.Ordinal);
        string? cursor = null;
        do
        {
            var query = section.Read == "ListMailTemplates" ? "" : $"?limit={PageSize}{(section.Name == "views" ? "&hidden=true" : "")}";
            var page = await calls.CallAsync(section.Read, null, null, cursor is null ? query : $"{query}&cursor={cursor}", cancellationToken);
            if (!page.IsDone)
                throw new InvalidOperationException(
                    $"{section.Read} answered {page.Status}: {string.Join(" ", page.Problems.Select(problem => problem.Text))}"
                );
            foreach (var view in page.Body!["items"]!.AsArray().Select(item => item!.AsObject()).Where(section.Has))
            {
                var id = view[section.Key]!.GetValue<string>();
                settings[id] = Fields(section, view, id);
            }

            cursor = page.Body["nextCursor"]?.GetValue<string>();
        } while (cursor is not null);
        return new(settings.Select(setting => KeyValuePair.Create(setting.Key, (JsonNode?)setting.Value)));
    }

    private static JsonObject Fields(ConfigurationSection section, JsonObject view, string? id)
    {
        section.Shape(view);
        var fields = new JsonObject();
        foreach (var name in section.Fields)
            fields[name] = view[name]?.DeepClone();
        if (section.HasSecret(view))
            fields[ConfigurationSection.Secret] = new JsonObject { [ConfigurationSection.Secret] = $"{section.Name}/{id}/{ConfigurationSection.Secret}" };
        return fields;
    }
}
