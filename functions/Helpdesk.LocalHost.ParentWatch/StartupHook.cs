using System.Diagnostics;

/// <summary>Ends a worker whose host was killed: loaded into the worker by DOTNET_STARTUP_HOOKS, which wants just this name.</summary>
/// <remarks>
/// The worker's standard input is a pipe whose other end only the host holds. It reaches its end in the moment in which the host is gone, however
/// that came about.
/// </remarks>
internal static class StartupHook
{
    public static void Initialize()
    {
        // Not for the processes that the app itself starts.
        Environment.SetEnvironmentVariable("DOTNET_STARTUP_HOOKS", null);
        new Thread(EndWithHost) { IsBackground = true, Name = "Parent watch" }.Start();
    }

    private static void EndWithHost()
    {
        using var host = Console.OpenStandardInput();
        var nothing = new byte[1];
        while (host.Read(nothing) > 0)
        {
            // The host writes nothing; only the end counts.
        }

        Process.GetCurrentProcess().Kill();
    }
}
