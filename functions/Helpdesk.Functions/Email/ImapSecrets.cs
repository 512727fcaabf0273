namespace Helpdesk.Functions.Email;

/// <summary>Reads passwords of mailboxes from the settings of the app, and no other settings: whoever manages mailboxes names them.</summary>
/// <remarks>
/// <c>MailSecrets__anything</c> serves the home workspace. Another workspace reads <c>MailSecrets__itsid__anything</c> only, hyphens of its id left
/// out, so that nobody sends a password of others to a server of their own.
/// </remarks>
public sealed class ImapSecrets(IConfiguration settings)
{
    public const string Prefix = "MailSecrets__";

    /// <summary>The secret of this name; <see cref="ImapException"/> where there is none, or it is not for this workspace.</summary>
    public string Read(string workspace, string? name)
    {
        if (name is null)
            throw new ImapException("The mailbox names no setting with a password: give imap.passwordSetting or imap.oauth.");
        var allowed = PrefixOf(workspace);
        if (!name.StartsWith(allowed, StringComparison.OrdinalIgnoreCase) || name.Length == allowed.Length)
            throw new ImapException($"The setting {name} is not one for mailboxes of this workspace: its name must begin with {allowed}");
        return settings[name.Replace("__", ":", StringComparison.Ordinal)] is { Length: > 0 } secret
            ? secret
            : throw new ImapException($"The setting {name} is empty: set it for the app, and start the app again.");
    }

    /// <summary>How the names of a workspace's secrets begin.</summary>
    public static string PrefixOf(string workspace) =>
        workspace == Directory.DirectoryStore.HomeWorkspace ? Prefix : $"{Prefix}{workspace.Replace("-", "", StringComparison.Ordinal)}__";
}
