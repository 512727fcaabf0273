using System.Diagnostics;
using System.Diagnostics.Metrics;
using Azure.Core;
using Azure.Core.Pipeline;

namespace Helpdesk.Functions.Storage;

/// <summary>Counts what storage is asked for: what a request costs is what the business pays.</summary>
public class StorageMeter : HttpPipelineSynchronousPolicy
{
    public const string Name = "Helpdesk.Storage";

    private readonly Counter<long> _requests;

    /// <summary>What this process uses, for the report of cost.</summary>
    public UsageMeter Usage { get; } = new();

    public StorageMeter(IMeterFactory meters) =>
        _requests = meters.Create(Name).CreateCounter<long>("helpdesk.storage.requests", "{request}", "Requests sent to tables, queues and blobs");

    public override void OnSendingRequest(HttpMessage message)
    {
        if (!_requests.Enabled)
            return;
        _requests.Add(1, new TagList { { "method", message.Request.Method.Method }, { "path", message.Request.Uri.Path } });
    }
}
