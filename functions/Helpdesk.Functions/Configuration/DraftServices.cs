using Helpdesk.Functions.Settings;
using Helpdesk.Functions.Storage;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Helpdesk.Functions.Configuration;

/// <summary>
/// The app once more, over a draft of its storage. All that it remembers it remembers for itself, and nothing runs in it but what is called: no draft can
/// leave anything where others would find it.
/// </summary>
public sealed class DraftServices(IServiceCollection services)
{
    private static readonly ReadWhole Settings = new(SettingsStore.TableName, SettingChanges.GuardKey, SettingChange.Prefix, SettingChange.End);

    /// <summary>Opens a draft; dispose of it when it has served.</summary>
    public OpenDraft Open(IServiceProvider app)
    {
        var storage = new StorageDraft(app.GetRequiredService<StorageClients>(), Settings);
        var copy = new ServiceCollection();
        foreach (var service in services.Where(service => service.ServiceType != typeof(IHostedService)))
            ((ICollection<ServiceDescriptor>)copy).Add(service);
        copy.Replace(ServiceDescriptor.Singleton<StorageClients>(storage));
        // Of these there is one, whoever uses it.
        Share<TimeProvider>();
        Share<IConfiguration>();
        Share<ILoggerFactory>();
        Share<IOptions<Microsoft.AspNetCore.Http.Json.JsonOptions>>();
        return new(storage, copy.BuildServiceProvider());

        void Share<T>()
            where T : class => copy.Replace(ServiceDescriptor.Singleton(app.GetRequiredService<T>()));
    }
}

/// <summary>The app over a draft of its storage.</summary>
public sealed class OpenDraft(StorageDraft storage, ServiceProvider services) : IAsyncDisposable
{
    public StorageDraft Storage => storage;

    public IServiceProvider Services => services;

    /// <summary>Takes back what was written since, and has nobody remember it.</summary>
    public void Return(StorageDraft.State mark)
    {
        storage.Return(mark);
        services.GetRequiredService<SettingsStore>().Forget();
    }

    public ValueTask DisposeAsync() => services.DisposeAsync();
}
