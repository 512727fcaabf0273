using System.Diagnostics;
using System.Diagnostics.Metrics;
using Azure.Core;
using Azure.Core.Pipeline;

namespace Helpdesk.Functions.Hosting;

/// <summary>Counts what storage is asked for: what a request costs is what the business pays.</summary>
public static class StorageMeter
{
    public const string Name = "Helpdesk.Storage";

    private static readonly Meter Meter = new(Name);
    private static readonly Counter<long> Requests = Meter.CreateCounter<long>("helpdesk.storage.requests", "{request}", "Requests sent to tables, queues and blobs");

    /// <summary>The pipeline policy that counts.</summary>
    internal static HttpPipelinePolicy Policy { get; } = new CountingPolicy();

    private sealed class CountingPolicy : HttpPipelineSynchronousPolicy
    {
        public override void OnSendingRequest(HttpMessage message)
        {
            if (!Requests.Enabled)
                return;
            Requests.Add(1, new TagList
            {
                { "method", message.Request.Method.Method },
                { "path", message.Request.Uri.Path },
            });
        }
    }
}
