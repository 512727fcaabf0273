using Azure;
using Helpdesk.Alerts;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Storage;

namespace Helpdesk.Functions.Alerts;

/// <summary>Tells monitoring tools what became of their alerts.</summary>
public sealed class WorkAlertTellings(WorkRunner<AlertLane> work)
{
    [Function(nameof(WorkAlertTellings))]
    public Task Run([QueueTrigger(AlertLane.QueueName)] AlertLane message, int dequeueCount, CancellationToken cancellationToken) =>
        work.ReceiveAsync(message, dequeueCount, cancellationToken);
}

/// <summary>Tells a tool what happened last to the ticket of each episode; what came before that need not be told any more.</summary>
/// <remarks>
/// A process claims a telling before it calls the tool, and notes what came of it after. One that dies in between leaves a claim that runs out; the tool then
/// is asked first what it knows. While a tool keeps an alert silent, it does not tell its end: it is asked for it.
/// </remarks>
public sealed class AlertTellingWork(
    AlertTellingStore tellings,
    AlertSourceStore sources,
    EpisodeStore episodes,
    AlertEpisodes reports,
    AlertSecrets secrets,
    IEnumerable<IAlertTool> tools,
    PublicAddress desk,
    TimeProvider time
) : IWorker<AlertLane>
{
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(5);

    /// <summary>Clocks of queues and of processes differ by less.</summary>
    private static readonly TimeSpan LongestClockDifference = TimeSpan.FromMinutes(1);

    /// <summary>What came in while something was told is looked at as well, so often.</summary>
    private const int MostRounds = 5;

    public async Task<bool> DoAsync(AlertLane message, bool lastTry, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(message);
        for (var round = 0; round < MostRounds; round++)
        {
            var all = await tellings.ReadLaneAsync(message.Key, cancellationToken);
            if (all.Count == 0)
                return false;
            var isDone = true;
            foreach (var same in all.GroupBy(one => one.Telling.Sequence))
                isDone &= await WorkAsync(message.Key, [.. same], cancellationToken);
            if (isDone)
                break;
        }

        return true;
    }

    /// <summary>Does what is to be done for one episode; false where it has done something, so that there may be more.</summary>
    private async Task<bool> WorkAsync(EpisodeKey key, IReadOnlyList<(AlertTelling Telling, ETag ETag)> newestFirst, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        foreach (var overtaken in AlertTellings.Overtaken([.. newestFirst.Select(one => one.Telling)], now))
        {
            var etag = newestFirst.First(one => one.Telling == overtaken).ETag;
            await tellings.TryNoteAsync(
                overtaken with
                {
                    State = AlertTellingState.Suppressed,
                    NextAt = null,
                    Error = "Something else has happened since: that is told instead.",
                },
                etag,
                cancellationToken
            );
        }

        // Another process is telling the tool something, or died while it was.
        if (newestFirst.Select(one => one.Telling.ClaimedUntil).OfType<DateTimeOffset>().Where(until => until > now).ToList() is { Count: > 0 } claims)
        {
            await tellings.LookLaterAsync(key, claims.Max() - now + Margin, cancellationToken);
            return true;
        }

        if (newestFirst.FirstOrDefault(one => one.Telling.State != AlertTellingState.Suppressed) is not ({ } last, var read))
            return true;
        if (last.State == AlertTellingState.Queued)
        {
            if (last.NextAt is { } next && next > now)
            {
                // The message of the next try is on its way. This may be that one, where clocks differ.
                if (next - now < LongestClockDifference)
                    await tellings.LookLaterAsync(key, next - now, cancellationToken);
                return true;
            }

            await TellAsync(key, last, read, cancellationToken);
            return false;
        }

        if (last is { State: AlertTellingState.Sent, LookAt: { } look } && look <= now + Margin)
            await LookAsync(key, last, read, cancellationToken);
        return true;
    }

    private async Task TellAsync(EpisodeKey key, AlertTelling telling, ETag read, CancellationToken cancellationToken)
    {
        var claimed = telling with { ClaimedUntil = time.GetUtcNow() + AlertTellingStore.Claim };
        if (await tellings.TryNoteAsync(claimed, read, cancellationToken) is not { } mine)
            return;
        var (alert, problem, isMoot) = await FindAsync(key, telling, cancellationToken);
        if (alert is null)
        {
            await tellings.TryNoteAsync(
                telling with
                {
                    State = isMoot ? AlertTellingState.Suppressed : AlertTellingState.Failed,
                    NextAt = null,
                    ClaimedUntil = null,
                    Error = problem,
                },
                mine,
                cancellationToken
            );
            return;
        }

        var told = await tools.First(tool => tool.Is(alert.Source.Kind)).TellAsync(alert, cancellationToken);
        var now = time.GetUtcNow();
        var after = telling with { Attempts = telling.Attempts + 1, ClaimedUntil = null, NextAt = null, Error = told.Error };
        if (told.Error is null)
        {
            after = after with { State = AlertTellingState.Sent, SentAt = now };
            if (telling.Kind == AlertTellingKind.Acknowledged && AlertTellings.Silences(alert.Source.Kind))
                after = await LaterAsync(key, after with { SilentUntil = alert.SilentUntil }, AlertTellings.LookEvery, cancellationToken);
        }
        else if (told.Refused || AlertTellings.Next(after.Attempts, told.RetryAfter) is not { } wait)
            after = after with { State = AlertTellingState.Failed };
        else
        {
            // The message first: what waits for no message would never go on.
            await tellings.LookLaterAsync(key, wait, cancellationToken);
            after = after with { NextAt = now + wait };
        }

        await tellings.TryNoteAsync(after, mine, cancellationToken);
    }

    /// <summary>Asks a tool whether an alert that it keeps silent is over, and takes that for a report.</summary>
    private async Task LookAsync(EpisodeKey key, AlertTelling telling, ETag read, CancellationToken cancellationToken)
    {
        var (alert, _, _) = await FindAsync(key, telling, cancellationToken);
        if (alert is null)
        {
            await tellings.TryNoteAsync(telling with { LookAt = null }, read, cancellationToken);
            return;
        }

        var (isOver, error) = await tools.First(tool => tool.Is(alert.Source.Kind)).IsOverAsync(alert, cancellationToken);
        var missed = isOver == true ? telling.Missed + 1 : 0;
        var after = telling with { Missed = missed, Error = error is null ? null : $"The tool was told, but does not say whether the alert is over: {error}" };
        if (missed < AlertTellings.MissesForOver)
        {
            after = await LaterAsync(key, after, missed > 0 ? AlertTellings.LookAgainAfter : AlertTellings.LookEvery, cancellationToken);
            await tellings.TryNoteAsync(after, read, cancellationToken);
            return;
        }

        await reports.TakeAsync(
            key.Workspace,
            alert.Source,
            new(
                new()
                {
                    Key = alert.Key,
                    State = AlertState.Resolved,
                    Subject = alert.Episode.Subject,
                    Labels = alert.Episode.Labels,
                },
                $"looked {telling.Id}",
                time.GetUtcNow(),
                null
            ),
            cancellationToken
        );
        await tellings.TryNoteAsync(after with { LookAt = null }, read, cancellationToken);
    }

    /// <summary>Has the tool asked later, as long as it is silent.</summary>
    private async Task<AlertTelling> LaterAsync(EpisodeKey key, AlertTelling telling, TimeSpan wait, CancellationToken cancellationToken)
    {
        var next = time.GetUtcNow() + wait;
        if (next >= telling.SilentUntil)
            return telling with { LookAt = null };
        await tellings.LookLaterAsync(key, wait, cancellationToken);
        return telling with { LookAt = next };
    }

    /// <summary>What a tool is told of; null with why it is not, and whether there is nothing to tell any more.</summary>
    private async Task<(AlertToTell? Alert, string? Problem, bool IsMoot)> FindAsync(EpisodeKey key, AlertTelling telling, CancellationToken cancellationToken)
    {
        if (await sources.FindAsync(key.Workspace, key.Source, cancellationToken) is not { } source)
            return (null, "The alert source was removed.", false);
        if (source.Tell is not { } tell)
            return (null, "The source tells its tool nothing any more.", true);
        if (await episodes.FindEpisodeAsync(new(key, telling.Sequence), cancellationToken) is not ({ } history, { } episode))
            return (null, "The alert is not on record any more.", true);
        if (episode.End is not null && (telling.Kind == AlertTellingKind.Acknowledged || !AlertTellings.Silences(source.Kind)))
            return (null, "The alert was over before the tool was told.", true);
        var (secret, problem) = tell.SecretSetting is { } name ? secrets.Read(key.Workspace, name) : default;
        var (application, other) = tell.ApplicationKeySetting is { } second ? secrets.Read(key.Workspace, second) : default;
        if ((problem ?? other) is { } wrong)
            return (null, wrong, false);
        var mark = $"helpdesk-{Hashes.NameOf($"{key.Partition}/{telling.Sequence}", 16)}";
        var ticket = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{telling.Ticket}");
        var words = $"Ticket #{ticket} is acknowledged: {desk.Url}/api/tickets/{ticket} ({mark})";
        return (
            new(source, tell, history.Key, episode, telling.Kind, words, mark)
            {
                Secret = secret,
                ApplicationKey = application,
                SilentFrom = time.GetUtcNow(),
            },
            null,
            false
        );
    }
}
