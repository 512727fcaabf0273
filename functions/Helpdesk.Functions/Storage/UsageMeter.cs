using Azure.Core;
using Azure.Core.Pipeline;

namespace Helpdesk.Functions.Storage;

/// <summary>What this process has used since it was asked last.</summary>
public readonly record struct UsedSince(long Tables, long Queues, long Blobs, long Executions, long Milliseconds, long Mails)
{
    public bool IsNothing => this == default;
}

/// <summary>Counts what the business pays for, in memory: requests to storage, executions, mails.</summary>
public sealed class UsageMeter
{
    private readonly long[] _requests = new long[3];
    private long _executions;
    private long _milliseconds;
    private long _mails;

    public void Request(StorageKind kind) => Interlocked.Increment(ref _requests[(int)kind]);

    public void Execution(TimeSpan took)
    {
        Interlocked.Increment(ref _executions);
        Interlocked.Add(ref _milliseconds, (long)took.TotalMilliseconds);
    }

    public void Mail() => Interlocked.Increment(ref _mails);

    /// <summary>Everything since the last time; it counts from here on again.</summary>
    public UsedSince Take() =>
        new(
            Interlocked.Exchange(ref _requests[(int)StorageKind.Table], 0),
            Interlocked.Exchange(ref _requests[(int)StorageKind.Queue], 0),
            Interlocked.Exchange(ref _requests[(int)StorageKind.Container], 0),
            Interlocked.Exchange(ref _executions, 0),
            Interlocked.Exchange(ref _milliseconds, 0),
            Interlocked.Exchange(ref _mails, 0)
        );
}

/// <summary>Counts each request that one kind of storage gets, retries included.</summary>
internal sealed class CountedRequests(UsageMeter usage, StorageKind kind) : HttpPipelineSynchronousPolicy
{
    public override void OnSendingRequest(HttpMessage message) => usage.Request(kind);
}
