using System.Text.Json;
using Azure;
using Azure.Storage.Blobs;
using Cronos;

namespace Helpdesk.LocalHost;

/// <summary>Runs one timer function by its schedule. When it ran last is kept in a blob; one run that was missed is made up for.</summary>
public sealed class TimerPump(TimerFunction function, BlobContainerClient container, DurableAddress? durable, Invoker invoker, TimeProvider time)
{
    private static readonly TimeSpan StatusFrom = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LongestWait = TimeSpan.FromHours(12);
    private readonly CronExpression _schedule = Parse(function);

    private BlobClient Blob => container.GetBlobClient($"timers/localhost/Host.Functions.{function.Name}/status");

    /// <summary>The instants a schedule names, in UTC; six fields, seconds first.</summary>
    public static CronExpression Parse(TimerFunction function)
    {
        try
        {
            return CronExpression.Parse(function.Schedule, CronFormat.IncludeSeconds);
        }
        catch (CronFormatException broken)
        {
            throw new LocalHostException($"{function.Name}/function.json: the schedule \"{function.Schedule}\" is no NCRONTAB expression of six fields ({broken.Message}).", broken);
        }
    }

    /// <summary>Runs until it is stopped.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        try
        {
            var status = await ReadAsync(stop);
            while (!stop.IsCancellationRequested)
            {
                var now = time.GetUtcNow();
                var pastDue = status is not null && status.Next <= now;
                if (!pastDue)
                {
                    if (Next(now) is not { } due)
                        return;
                    while ((now = time.GetUtcNow()) < due)
                        await Task.Delay(due - now < LongestWait ? due - now : LongestWait, time, stop);
                    now = due;
                }

                // Schedules of under a minute have no status, as with the Functions host.
                var frequent = Next(now) is { } next && Next(next) is { } after && after - next < StatusFrom;
                await invoker.InvokeAsync(function.Name, InvocationEnvelope.WithClient(
                    InvocationEnvelope.Timer(function.Name, function.Binding, frequent ? null : status, pastDue, time.GetUtcNow()), function.Client, durable), stop);
                status = new(now, Next(time.GetUtcNow()) ?? DateTimeOffset.MaxValue, now);
                if (!frequent)
                    await WriteAsync(status, stop);
                else
                    status = null;
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Asked to stop while it waited.
        }
    }

    private DateTimeOffset? Next(DateTimeOffset after) => _schedule.GetNextOccurrence(after, TimeZoneInfo.Utc);

    private async Task<TimerStatus?> ReadAsync(CancellationToken cancel)
    {
        try
        {
            return JsonSerializer.Deserialize<TimerStatus>((await Blob.DownloadContentAsync(cancel)).Value.Content);
        }
        catch (RequestFailedException missing) when (missing.Status == 404)
        {
            // The first time ever: what is due next counts from now on, even if this run ends before it.
            await container.CreateIfNotExistsAsync(cancellationToken: cancel);
            var now = time.GetUtcNow();
            await WriteAsync(new(default, Next(now) ?? DateTimeOffset.MaxValue, now), cancel);
            return null;
        }
    }

    private Task WriteAsync(TimerStatus status, CancellationToken cancel) => Blob.UploadAsync(BinaryData.FromBytes(JsonSerializer.SerializeToUtf8Bytes(status)), overwrite: true, cancel);
}
