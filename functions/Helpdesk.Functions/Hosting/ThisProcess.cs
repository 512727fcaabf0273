namespace Helpdesk.Functions.Hosting;

/// <summary>Tells this process from all others that ever ran.</summary>
public static class ThisProcess
{
    public static string Id { get; } = Hashes.RandomName(12);
}
