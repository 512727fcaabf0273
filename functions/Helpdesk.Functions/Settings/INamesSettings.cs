namespace Helpdesk.Functions.Settings;

/// <summary>A feature whose things name settings: groups, agents, calendars, policies, webhooks. Each feature says so for itself.</summary>
public interface INamesSettings
{
    /// <summary>What of this feature names a setting and keeps it from going; null for nothing. Read from storage, not from memory.</summary>
    Task<SettingUse?> FindAsync(NamedSetting setting, CancellationToken cancellationToken);

    /// <summary>
    /// Puts <paramref name="successor"/> (null for nothing) where the setting is named, by writing into <paramref name="changes"/>. What lies outside of the
    /// settings is announced by a message here, and done when it comes; the change may still not happen, or be decided again.
    /// </summary>
    Task MoveAsync(NamedSetting setting, string? successor, Actor by, SettingChanges changes, CancellationToken cancellationToken);
}

/// <summary>Knows through the features what names a setting.</summary>
public sealed class SettingReferences(IEnumerable<INamesSettings> features)
{
    /// <summary>409 with everything that names a setting; nothing when it may go.</summary>
    public async Task CheckAsync(NamedSetting setting, CancellationToken cancellationToken)
    {
        var uses = await Task.WhenAll(features.Select(feature => feature.FindAsync(setting, cancellationToken)));
        if (uses.OfType<SettingUse>().ToList() is { Count: > 0 } usedBy)
            throw new SettingInUseException(setting, usedBy);
    }

    /// <summary>Puts a successor, or nothing, in the place of a setting everywhere.</summary>
    public async Task MoveAsync(NamedSetting setting, string? successor, Actor by, SettingChanges changes, CancellationToken cancellationToken)
    {
        foreach (var feature in features)
            await feature.MoveAsync(setting, successor, by, changes, cancellationToken);
    }
}
