using Helpdesk.Functions.Directory;

namespace Helpdesk.Functions.Alerts;

/// <summary>Reads keys of monitoring tools from the settings of the app, and no other settings: whoever manages alert sources names them.</summary>
/// <remarks>
/// <c>AlertSecrets__anything</c> serves the home workspace. Another workspace reads <c>AlertSecrets__itsid__anything</c> only, hyphens of its id left out,
/// so that nobody sends a key of others to a server of their own.
/// </remarks>
public sealed class AlertSecrets(IConfiguration settings)
{
    public const string Prefix = "AlertSecrets__";

    /// <summary>The secret of this name; null with what is wrong where there is none, or it is not for this workspace.</summary>
    public (string? Secret, string? Problem) Read(string workspace, string name)
    {
        if (ProblemOf(workspace, name) is { } problem)
            return (null, $"The setting {name} {problem}");
        return settings[name.Replace("__", ":", StringComparison.Ordinal)] is { Length: > 0 } secret
            ? (secret, null)
            : (null, $"The setting {name} is empty: set it for the app, and start the app again.");
    }

    /// <summary>What is wrong with the name of a setting, such as "must …"; null for one that a workspace may read.</summary>
    public static string? ProblemOf(string workspace, string name)
    {
        var allowed = PrefixOf(workspace);
        return
            !name.StartsWith(allowed, StringComparison.OrdinalIgnoreCase)
            || name.Length == allowed.Length
            || !name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter == '_')
            || (workspace == DirectoryStore.HomeWorkspace && name[allowed.Length..].Contains("__", StringComparison.Ordinal))
            ? $"must be the name of an app setting that begins with {allowed} and has letters, digits or single underscores after it."
            : null;
    }

    /// <summary>How the names of a workspace's secrets begin.</summary>
    public static string PrefixOf(string workspace) =>
        workspace == DirectoryStore.HomeWorkspace ? Prefix : $"{Prefix}{workspace.Replace("-", "", StringComparison.Ordinal)}__";
}
