using System.Diagnostics.CodeAnalysis;
using System.Text;
using Azure;
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
public sealed class StorageClients
{
    private readonly StorageMeter _meter;
    private readonly Lazy<TableServiceClient> _tables;
    private readonly Lazy<QueueServiceClient> _queues;
    private readonly Lazy<BlobServiceClient> _blobs;

    /// <remarks>The table client makes its rows by reflection, which the native compiler cannot see.</remarks>
    [DynamicDependency(DynamicallyAccessedMemberTypes.PublicParameterlessConstructor, typeof(TableEntity))]
    public StorageClients(StorageOptions options, StorageMeter meter)
    {
        _meter = meter;
        var credential = new Lazy<TokenCredential>(() =>
            new DefaultAzureCredential(new DefaultAzureCredentialOptions { ManagedIdentityClientId = options.IdentityClientId })
        );
        _tables = new(() =>
            Open(
                options.Tables,
                new TableClientOptions(),
                (text, o) => new TableServiceClient(text, o),
                (uri, o) => new(uri, credential.Value, o),
                CreateMissingTablesAsync
            )
        );
        _queues = new(() =>
            Open(
                options.Queues,
                new QueueClientOptions { MessageEncoding = QueueMessageEncoding.None },
                (text, o) => new QueueServiceClient(text, o),
                (uri, o) => new(uri, credential.Value, o),
                CreateMissingAsync
            )
        );
        _blobs = new(() =>
            Open(
                options.Blobs,
                new BlobClientOptions(),
                (text, o) => new BlobServiceClient(text, o),
                (uri, o) => new(uri, credential.Value, o),
                CreateMissingAsync
            )
        );
    }

    /// <summary>The longest that one storage call may last, its retries included; what outlasts it has failed.</summary>
    public static TimeSpan CallLimit { get; } = TimeSpan.FromSeconds(45);

    public TableClient Table(string name) => _tables.Value.GetTableClient(name);

    public QueueClient Queue(string name) => _queues.Value.GetQueueClient(name);

    public BlobContainerClient Container(string name) => _blobs.Value.GetBlobContainerClient(name);

    private TClient Open<TClient, TOptions>(
        string place,
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
        return Uri.TryCreate(place, UriKind.Absolute, out var uri) && uri.Scheme is "https" or "http"
            ? byIdentity(uri, options)
            : byConnectionString(place, options);
    }

    private Task CreateMissingAsync(HttpMessage missed, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
    {
        // The name is a segment of the path: with Azurite the account comes before it, and something else may follow.
        var name = (missed.Request.Uri.Path ?? "").Split('/').FirstOrDefault(StorageNames.All.Contains);
        return name is null ? Task.CompletedTask
            : StorageNames.Containers.Contains(name) ? Container(name).CreateIfNotExistsAsync(cancellationToken: missed.CancellationToken)
            : Queue(name).CreateIfNotExistsAsync(cancellationToken: missed.CancellationToken);
    }

    /// <summary>
    /// Creates the tables with requests of our own: the client's way to do that serializes by reflection, which is not there in a native build.
    /// </summary>
    private static async Task CreateMissingTablesAsync(HttpMessage missed, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
    {
        var path = missed.Request.Uri.Path ?? "/";
        var named = StorageNames.Tables.Where(table => path.Contains($"/{table}", StringComparison.Ordinal)).MaxBy(table => table.Length);
        // A transaction goes to …/$batch and names its table only inside, so all of them are looked after.
        foreach (var table in named is null ? StorageNames.Tables : [named])
        {
            using var create = new HttpMessage(HttpClientTransport.Shared.CreateRequest(), new ResponseClassifier());
            create.Request.Method = RequestMethod.Post;
            create.Request.Uri.Reset(missed.Request.Uri.ToUri());
            create.Request.Uri.Query = "";
            create.Request.Uri.Path = path[..(path.LastIndexOf('/') + 1)] + "Tables";
            foreach (var header in missed.Request.Headers.Where(header => header.Name is "x-ms-version" or "DataServiceVersion"))
                create.Request.Headers.Add(header);
            create.Request.Headers.Add("Content-Type", "application/json;odata=nometadata");
            create.Request.Headers.Add("Accept", "application/json;odata=nometadata");
            create.Request.Content = RequestContent.Create(Encoding.UTF8.GetBytes($$"""{"TableName":"{{table}}"}"""));
            await CreateMissingPolicy.SendAsync(create, pipeline);
            if (create.Response.Status is not (201 or 204 or 409))
                throw new RequestFailedException(create.Response);
        }
    }
}

/// <summary>Makes what a request missed; the pipeline is the one that request went on in.</summary>
internal delegate Task CreateMissing(HttpMessage missed, ReadOnlyMemory<HttpPipelinePolicy> pipeline);

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
            await create(message, pipeline);
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

    /// <summary>Sends a message on, from where this policy stands in the pipeline.</summary>
    internal static ValueTask SendAsync(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline) => ProcessNextAsync(message, pipeline);
}
