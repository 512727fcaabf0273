namespace Helpdesk.Alerts;

/// <summary>Mappings that the desk brings along.</summary>
public static class AlertMappingExamples
{
    /// <summary>A mapping that somebody can name.</summary>
    /// <param name="Name">Its name.</param>
    /// <param name="About">What it reads, and what the tool has to send.</param>
    public sealed record Example(string Name, string About, AlertMapping Mapping);

    public static IReadOnlyList<Example> All { get; } = [];

    /// <summary>The mapping of that name; null when there is none.</summary>
    public static AlertMapping? Find(string name) => All.FirstOrDefault(example => example.Name == name)?.Mapping;

    /// <summary>A mapping with what the example says that it names; nothing for no mapping.</summary>
    public static AlertMapping Resolve(AlertMapping? mapping)
    {
        if (mapping?.Example is not { } name || Find(name) is not { } example)
            return mapping ?? new();
        return example with
        {
            Items = mapping.Items ?? example.Items,
            AllLabels = mapping.AllLabels ?? example.AllLabels,
            Fields = Over(example.Fields, mapping.Fields),
            Labels = Over(example.Labels, mapping.Labels),
        };
    }

    private static Dictionary<string, AlertFieldMapping> Over(
        IReadOnlyDictionary<string, AlertFieldMapping> below,
        IReadOnlyDictionary<string, AlertFieldMapping> above
    )
    {
        var all = new Dictionary<string, AlertFieldMapping>(below, StringComparer.Ordinal);
        foreach (var (field, how) in above)
            all[field] = how;
        return all;
    }
}
