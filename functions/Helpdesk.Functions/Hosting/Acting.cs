namespace Helpdesk.Functions.Hosting;

/// <summary>Who is behind what runs at the moment, for the record of changes: the holder of the key, or the desk itself.</summary>
/// <remarks>It follows a request through its calls. Work that a queue brings later runs for the desk itself, whoever caused it.</remarks>
public static class Acting
{
    private static readonly AsyncLocal<Actor?> Now = new();

    /// <summary>Whoever acts.</summary>
    public static Actor By => Now.Value ?? Actor.System;

    /// <summary>From here to the end of the calling method, which has to be async, somebody else acts.</summary>
    public static void As(Actor actor) => Now.Value = actor;
}
