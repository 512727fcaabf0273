using System.Runtime.CompilerServices;

namespace Helpdesk.Functions.Tests;

/// <summary>Apps in tests do not watch their settings files: Linux allows a user 128 watchers at once, and tests run more apps than that.</summary>
internal static class WithoutWatchers
{
    [ModuleInitializer]
    internal static void Set() => Environment.SetEnvironmentVariable("DOTNET_hostBuilder__reloadConfigOnChange", "false");
}
