namespace Helpdesk.Functions.Storage;

/// <summary>When the message behind a piece of work steps in.</summary>
public sealed record DispatchOptions
{
    /// <summary>How long a message stays invisible, so that the process that committed can do the work first. 1 s to 5 min; <c>Dispatch__Delay</c>.</summary>
    public TimeSpan Delay { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>After this long no request that announced something can still commit it.</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Within this time after its message a change is committed, or announced again.</summary>
    public TimeSpan CommitWithin { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Reads the settings and checks them.</summary>
    public static DispatchOptions From(IConfiguration settings)
    {
        if (settings["Dispatch:Delay"] is not { } text)
            return new();
        return
            TimeSpan.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out var delay)
            && delay >= TimeSpan.FromSeconds(1)
            && delay <= TimeSpan.FromMinutes(5)
            ? new() { Delay = delay }
            : throw new InvalidOperationException($"Dispatch__Delay is \"{text}\"; it must be a time from 00:00:01 to 00:05:00.");
    }
}
