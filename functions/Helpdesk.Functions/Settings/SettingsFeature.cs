using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Storage;
using Microsoft.Azure.Functions.Worker.Builder;

namespace Helpdesk.Functions.Settings;

/// <summary>What workspaces are told.</summary>
public static class SettingsFeature
{
    public static FunctionsApplicationBuilder AddSettings(this FunctionsApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddTable(SettingsStore.TableName);
        services.AddSingleton<SettingsStore>();
        services.AddSingleton<VersionedSettings>();
        services.AddSingleton<SettingsTransactions>();
        services.AddSingleton<SettingReferences>();
        services.AddSingleton<SettingHistory>();
        return builder;
    }
}
