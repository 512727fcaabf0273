using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Data.Tables;
using Azure.Identity;
using Azure.Storage.Blobs;
using Azure.Storage.Queues;

namespace Helpdesk.Functions.Hosting;

/// <summary>Where the data lies: for each service a connection string, or an account URL that the app's own identity opens.</summary>
/// <remarks>
/// Read from <c>Storage__Tables</c>, <c>Storage__Queues</c>, <c>Storage__Blobs</c> (tables may be Azure Cosmos DB for Table); what is not
/// given falls back to <c>AzureWebJobsStorage</c>, then to <c>AzureWebJobsStorage__accountName</c>.
/// </remarks>
public sealed record StorageOptions(string Tables, string Queues, string Blobs)
{
    /// <summary>Client id of a user-assigned identity, or null for the default one.</summary>
    public string? IdentityClientId { get; init; }

    /// <summary>Reads the settings; says which are missing.</summary>
    public static StorageOptions From(IConfiguration settings)
    {
        string Of(string service, string host) =>
            settings[$"Storage:{service}"]
            ?? settings["AzureWebJobsStorage"]
            ?? (settings["AzureWebJobsStorage:accountName"] is { } account ? $"https://{account}.{host}.core.windows.net" : null)
            ?? throw new InvalidOperationException($"No storage is set: give Storage__{service}, AzureWebJobsStorage or AzureWebJobsStorage__accountName.");
        return new(Of("Tables", "table"), Of("Queues", "queue"), Of("Blobs", "blob"))
        {
            IdentityClientId = settings["AzureWebJobsStorage:clientId"] ?? settings["AZURE_CLIENT_ID"],
        };
    }
}

/// <summary>The clients of the three storage services. What they need and do not find there, they make and ask again.</summary>
public sealed class StorageClients
{
    private readonly Lazy<TableServiceClient> _tables;
    private readonly Lazy<QueueServiceClient> _queues;
    private readonly Lazy<BlobServiceClient> _blobs;

    public StorageClients(StorageOptions options)
    {
        var credential = new Lazy<TokenCredential>(() => new DefaultAzureCredential(new DefaultAzureCredentialOptions
        {
            ManagedIdentityClientId = options.IdentityClientId,
        }));
        _tables = new(() => Open(options.Tables, new TableClientOptions(), (text, o) => new TableServiceClient(text, o), (uri, o) => new(uri, credential.Value, o), CreateMissing));
        _queues = new(() => Open(options.Queues, new QueueClientOptions { MessageEncoding = QueueMessageEncoding.None }, (text, o) => new QueueServiceClient(text, o), (uri, o) => new(uri, credential.Value, o), CreateMissing));
        _blobs = new(() => Open(options.Blobs, new BlobClientOptions(), (text, o) => new BlobServiceClient(text, o), (uri, o) => new(uri, credential.Value, o), CreateMissing));
    }

    /// <summary>The longest that one storage call may last, its retries included; what outlasts it has failed.</summary>
    public static TimeSpan CallLimit { get; } = TimeSpan.FromSeconds(45);

    public TableClient Table(string name) => _tables.Value.GetTableClient(name);

    public QueueClient Queue(string name) => _queues.Value.GetQueueClient(name);

    public BlobContainerClient Container(string name) => _blobs.Value.GetBlobContainerClient(name);

    private static TClient Open<TClient, TOptions>(
        string place, TOptions options, Func<string, TOptions, TClient> byConnectionString, Func<Uri, TOptions, TClient> byIdentity, Func<string, CancellationToken, Task> createMissing)
        where TOptions : ClientOptions
    {
        options.Retry.MaxRetries = 3;
        options.Retry.Delay = TimeSpan.FromMilliseconds(200);
        options.Retry.MaxDelay = TimeSpan.FromSeconds(2);
        options.Retry.NetworkTimeout = TimeSpan.FromSeconds(10);
        options.Diagnostics.IsLoggingEnabled = false;
        options.Diagnostics.IsDistributedTracingEnabled = false;
        options.AddPolicy(new CreateMissingPolicy(createMissing), HttpPipelinePosition.PerCall);
        options.AddPolicy(StorageMeter.Policy, HttpPipelinePosition.PerRetry);
        return Uri.TryCreate(place, UriKind.Absolute, out var uri) && uri.Scheme is "https" or "http"
            ? byIdentity(uri, options)
            : byConnectionString(place, options);
    }

    private Task CreateMissing(string path, CancellationToken cancel)
    {
        // The name is the last segment of the path: with Azurite the account comes before it.
        var name = path.Split('/', StringSplitOptions.RemoveEmptyEntries)
            .Select(Uri.UnescapeDataString)
            .Select(segment => segment.Split('(')[0])
            .FirstOrDefault(segment => StorageNames.All.Contains(segment));
        return name switch
        {
            null => Task.CompletedTask,
            _ when StorageNames.Tables.Contains(name) => _tables.Value.CreateTableIfNotExistsAsync(name, cancel),
            _ when StorageNames.Containers.Contains(name) => Container(name).CreateIfNotExistsAsync(cancellationToken: cancel),
            _ => Queue(name).CreateIfNotExistsAsync(cancellationToken: cancel),
        };
    }
}

/// <summary>Makes a table, queue or container at the first request that misses it, and sends that request again.</summary>
/// <remarks>A start that asked for all of them first would cost every cold start what only the very first one needs.</remarks>
internal sealed class CreateMissingPolicy(Func<string, CancellationToken, Task> create) : HttpPipelinePolicy
{
    public override void Process(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline) => ProcessNext(message, pipeline);

    public override async ValueTask ProcessAsync(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
    {
        await ProcessNextAsync(message, pipeline);
        if (message.HasResponse && message.Response.Status is 404 or 202 && MissesItsContainer(message))
        {
            foreach (var name in Names(message))
                await create(name, message.CancellationToken);
            await ProcessNextAsync(message, pipeline);
        }
    }

    private static bool MissesItsContainer(HttpMessage message)
    {
        if (message.Response.Headers.TryGetValue("x-ms-error-code", out var code))
            return code is "QueueNotFound" or "ContainerNotFound" or "TableNotFound";
        // Tables say it in the body, and a transaction says it inside an answer that looks well (202).
        return message.Response.ContentStream is MemoryStream content
            && content.TryGetBuffer(out var body) && body.AsSpan().IndexOf("TableNotFound"u8) >= 0;
    }

    private static IEnumerable<string> Names(HttpMessage message)
    {
        var path = message.Request.Uri.Path ?? "";
        // A transaction goes to …/$batch and names its table only inside, so all of them are looked after.
        return path.EndsWith("$batch", StringComparison.Ordinal) ? StorageNames.Tables : [path];
    }
}
