using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Data.Tables;
using Azure.Identity;
using Azure.Storage.Blobs;
using Azure.Storage.Queues;

namespace Helpdesk.Functions.Storage;

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
public class StorageClients
{
    private readonly StorageMeter _meter;
    private readonly ILookup<StorageKind, string> _names;
    private readonly Lazy<TableServiceClient> _tables;
    private readonly Lazy<QueueServiceClient> _queues;
    private readonly Lazy<BlobServiceClient> _blobs;

    public StorageClients(StorageOptions options, IEnumerable<StorageName> names, StorageMeter meter)
    {
        _meter = meter;
        _names = names.ToLookup(name => name.Kind, name => name.Name);
        var credential = new Lazy<TokenCredential>(() =>
            new DefaultAzureCredential(new DefaultAzureCredentialOptions { ManagedIdentityClientId = options.IdentityClientId })
        );
        _tables = new(() =>
            Open(
                options.Tables,
                StorageKind.Table,
                new TableClientOptions(),
                (text, o) => new TableServiceClient(text, o),
                (uri, o) => new(uri, credential.Value, o),
                CreateMissingTablesAsync
            )
        );
        _queues = new(() =>
            Open(
                options.Queues,
                StorageKind.Queue,
                new QueueClientOptions { MessageEncoding = QueueMessageEncoding.None },
                (text, o) => new QueueServiceClient(text, o),
                (uri, o) => new(uri, credential.Value, o),
                CreateMissingQueueAsync
            )
        );
        _blobs = new(() =>
            Open(
                options.Blobs,
                StorageKind.Container,
                new BlobClientOptions(),
                (text, o) => new BlobServiceClient(text, o),
                (uri, o) => new(uri, credential.Value, o),
                CreateMissingContainerAsync
            )
        );
    }

    /// <summary>Clients of the same storage, for whoever puts something before them.</summary>
    protected StorageClients(StorageClients other) =>
        (_meter, _names, _tables, _queues, _blobs) = (other._meter, other._names, other._tables, other._queues, other._blobs);

    public virtual TableClient Table(string name) => _tables.Value.GetTableClient(name);

    public virtual QueueClient Queue(string name) => _queues.Value.GetQueueClient(name);

    public virtual BlobContainerClient Container(string name) => _blobs.Value.GetBlobContainerClient(name);

    private TClient Open<TClient, TOptions>(
        string place,
        StorageKind kind,
        TOptions options,
        Func<string, TOptions, TClient> byConnectionString,
        Func<Uri, TOptions, TClient> byIdentity,
        CreateMissing createMissing
    )
        where TOptions : ClientOptions
    {
        options.Retry.MaxRetries = 3;
        options.Retry.Delay = TimeSpan.FromMilliseconds(200);
        options.Retry.MaxDelay = TimeSpan.FromSeconds(2);
        options.Retry.NetworkTimeout = TimeSpan.FromSeconds(10);
        options.Diagnostics.IsLoggingEnabled = false;
        options.Diagnostics.IsDistributedTracingEnabled = false;
        options.AddPolicy(new CreateMissingPolicy(createMissing), HttpPipelinePosition.PerCall);
        options.AddPolicy(_meter, HttpPipelinePosition.PerRetry);
        options.AddPolicy(new CountedRequests(_meter.Usage, kind), HttpPipelinePosition.PerRetry);
        return Uri.TryCreate(place, UriKind.Absolute, out var uri) && uri.Scheme is "https" or "http"
            ? byIdentity(uri, options)
            : byConnectionString(place, options);
    }

    private async Task CreateMissingTablesAsync(HttpMessage missed)
    {
        var path = missed.Request.Uri.Path ?? "";
        var named = _names[StorageKind.Table].Where(table => path.Contains($"/{table}", StringComparison.Ordinal)).MaxBy(table => table.Length);
        // A transaction goes to …/$batch and names its table only inside, so all of them are looked after.
        foreach (var table in named is null ? _names[StorageKind.Table] : [named])
            await _tables.Value.CreateTableIfNotExistsAsync(table, missed.CancellationToken);
    }

    private Task CreateMissingQueueAsync(HttpMessage missed) =>
        NameIn(missed, StorageKind.Queue) is { } name ? Queue(name).CreateIfNotExistsAsync(cancellationToken: missed.CancellationToken) : Task.CompletedTask;

    private Task CreateMissingContainerAsync(HttpMessage missed) =>
        NameIn(missed, StorageKind.Container) is { } name
            ? Container(name).CreateIfNotExistsAsync(cancellationToken: missed.CancellationToken)
            : Task.CompletedTask;

    /// <summary>The name is a segment of the path: with Azurite the account comes before it, and something else may follow.</summary>
    private string? NameIn(HttpMessage missed, StorageKind kind) =>
        (missed.Request.Uri.Path ?? "").Split('/').FirstOrDefault(part => _names[kind].Contains(part, StringComparer.Ordinal));
}

/// <summary>Makes what a request missed.</summary>
internal delegate Task CreateMissing(HttpMessage missed);

/// <summary>Makes a table, queue or container at the first request that misses it, and sends that request again.</summary>
/// <remarks>A start that asked for all of them first would cost every cold start what only the very first one needs.</remarks>
internal sealed class CreateMissingPolicy(CreateMissing create) : HttpPipelinePolicy
{
    public override void Process(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline) => ProcessNext(message, pipeline);

    public override async ValueTask ProcessAsync(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
    {
        await ProcessNextAsync(message, pipeline);
        if (message.HasResponse && message.Response.Status is 404 or 202 && MissesItsContainer(message))
        {
            await create(message);
            await ProcessNextAsync(message, pipeline);
        }
    }

    private static bool MissesItsContainer(HttpMessage message)
    {
        if (message.Response.Headers.TryGetValue("x-ms-error-code", out var code))
            return code is "QueueNotFound" or "ContainerNotFound" or "TableNotFound";
        // Tables say it in the body, and a transaction says it inside an answer that looks well (202).
        return message.Response.ContentStream is MemoryStream content && content.TryGetBuffer(out var body) && body.AsSpan().IndexOf("TableNotFound"u8) >= 0;
    }
}
