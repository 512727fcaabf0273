using System.Net;
using Azure.Core;
using Azure.Core.Pipeline;
using Microsoft.Extensions.Azure;

namespace Helpdesk.LocalHost.Storage;

/// <summary>The connections to storage of everything in this process, so that they can be closed before the process ends.</summary>
/// <remarks>The emulator writes its data only when the last of them is gone.</remarks>
public sealed class StorageConnections : IDisposable
{
    private readonly SocketsHttpHandler _handler = new()
    {
        UseProxy = false,
        UseCookies = false,
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        ActivityHeadersPropagator = null,
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
    };

    private readonly HttpClient _client;

    public StorageConnections()
    {
        // Each request has a limit of its own.
        _client = new(_handler, disposeHandler: true) { Timeout = Timeout.InfiniteTimeSpan };
        Transport = new HttpClientTransport(_client);
    }

    public HttpClientTransport Transport { get; }

    /// <summary>Lets every client that the SDK and its extensions make use these connections.</summary>
    public void Use(IServiceCollection services, MessageLeases leases) =>
        services.AddAzureClients(clients =>
            clients.ConfigureDefaults(options =>
            {
                options.Transport = Transport;
                // Before a request is signed, and once for all its tries.
                options.AddPolicy(leases, HttpPipelinePosition.PerCall);
            })
        );

    public void Dispose() => _client.Dispose();
}
