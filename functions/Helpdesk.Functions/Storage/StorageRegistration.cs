namespace Helpdesk.Functions.Storage;

public enum StorageKind
{
    Table,
    Queue,
    Container,
}

/// <summary>A table, queue or container that a feature has registered, and that is made at the first request that misses it.</summary>
public sealed record StorageName(StorageKind Kind, string Name);

/// <summary>Registers what features keep in storage.</summary>
public static class StorageRegistration
{
    /// <summary>The host moves a message here that failed too often.</summary>
    public const string PoisonSuffix = "-poison";

    /// <summary>The clients of storage, whatever is kept there.</summary>
    public static IServiceCollection AddStorage(this IServiceCollection services)
    {
        services.AddSingleton<StorageMeter>();
        services.AddSingleton(provider => provider.GetRequiredService<StorageMeter>().Usage);
        services.AddSingleton(provider => StorageOptions.From(provider.GetRequiredService<IConfiguration>()));
        services.AddSingleton<StorageClients>();
        services.AddSingleton(provider => DispatchOptions.From(provider.GetRequiredService<IConfiguration>()));
        services.AddSingleton<KeyedLocks>();
        return services.AddSingleton<RequestGauge>();
    }

    public static IServiceCollection AddTable(this IServiceCollection services, string name) =>
        services.AddSingleton(new StorageName(StorageKind.Table, name));

    public static IServiceCollection AddContainer(this IServiceCollection services, string name) =>
        services.AddSingleton(new StorageName(StorageKind.Container, name));

    /// <summary>A queue, and the one for its messages that failed too often.</summary>
    public static IServiceCollection AddQueue(this IServiceCollection services, string name) =>
        services.AddSingleton(new StorageName(StorageKind.Queue, name)).AddSingleton(new StorageName(StorageKind.Queue, name + PoisonSuffix));

    /// <summary>A queue of work that is announced here.</summary>
    public static IServiceCollection AddWorkQueue<T>(this IServiceCollection services, WorkQueueOptions<T> options)
        where T : notnull => services.AddQueue(options.Name).AddSingleton(options).AddSingleton<WorkQueue<T>>();

    /// <summary>Who does the work of a queue.</summary>
    public static IServiceCollection AddWorker<T, TWorker>(this IServiceCollection services)
        where T : notnull
        where TWorker : class, IWorker<T>
    {
        services.LogOutsideCalls<TWorker>();
        services.AddSingleton<TWorker>();
        services.AddSingleton<IWorker<T>>(provider => provider.GetRequiredService<TWorker>());
        services.AddSingleton<WorkRunner<T>>();
        return services.AddHostedService(provider => provider.GetRequiredService<WorkRunner<T>>());
    }
}
