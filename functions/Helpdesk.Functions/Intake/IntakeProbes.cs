using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Azure;
using Azure.Data.Tables;
using Helpdesk.Functions.Directory;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Storage;

namespace Helpdesk.Functions.Intake;

/// <summary>Writes what the desk sends to itself through one intake.</summary>
public interface IIntakeProbe
{
    IntakeChannel Channel { get; }

    /// <summary>A request that would open a ticket of its own, if it were not a probe.</summary>
    ProbeBody Write(string id, DateTimeOffset now);
}

/// <summary>Is told when an intake of the desk stops working, and when it works again.</summary>
public interface IProbeAlarm
{
    /// <summary>Raises the alarm of an intake; again, it is one.</summary>
    Task RaiseAsync(IntakeProbe probe, string why, CancellationToken cancellationToken);

    /// <summary>Ends the alarm of an intake; again, nothing happens.</summary>
    Task EndAsync(IntakeProbe probe, CancellationToken cancellationToken);
}

/// <summary>What a probe sends.</summary>
public sealed record ProbeBody(string ContentType, ReadOnlyMemory<byte> Body);

/// <summary>How often the desk sends probes through its intakes.</summary>
/// <remarks><c>Probe__Every</c>, 00:01:00 to 1.00:00:00; 00:00:00, or nothing, sends none. The timer that looks for due times sends them.</remarks>
public sealed class ProbeOptions
{
    public ProbeOptions(IConfiguration settings)
    {
        var every = settings["Probe:Every"] ?? "00:00:00";
        if (!TimeSpan.TryParse(every, CultureInfo.InvariantCulture, out var length) || !IsPossible(length))
            throw new InvalidOperationException($"Probe__Every is \"{every}\"; it must be 00:00:00 (never) or a length from 00:01:00 to 1.00:00:00.");
        Every = length == TimeSpan.Zero ? null : length;
        var ticket = settings["Probe:Ticket"] ?? "false";
        if (!bool.TryParse(ticket, out var opens))
            throw new InvalidOperationException($"Probe__Ticket is \"{ticket}\"; it must be true or false.");
        Ticket = opens;
    }

    /// <summary>Null sends none.</summary>
    public TimeSpan? Every { get; }

    /// <summary>Whether a probe that does not come through opens a ticket in the home workspace: <c>Probe__Ticket</c>, false when nothing is said.</summary>
    public bool Ticket { get; }

    private static bool IsPossible(TimeSpan length) => length == TimeSpan.Zero || (length >= TimeSpan.FromMinutes(1) && length <= TimeSpan.FromDays(1));
}

/// <summary>Measures how long probes take.</summary>
public sealed class ProbeMeter
{
    public const string Name = "Helpdesk.Intake";

    private readonly Histogram<double> _durations;

    public ProbeMeter(IMeterFactory meters) =>
        _durations = meters
            .Create(Name)
            .CreateHistogram<double>("helpdesk.intake.probe.duration", "s", "From sending a probe to an intake until its way ended");

    public void Record(IntakeChannel channel, TimeSpan took, bool failed) =>
        _durations.Record(took.TotalSeconds, new TagList { { "channel", WireName<IntakeChannel>.Of(channel) }, { "outcome", failed ? "failed" : "ok" } });
}

/// <summary>Sends requests through the desk's own intakes, and sees what becomes of them. No ticket comes of them, no number and no mail.</summary>
/// <remarks>
/// They go from the receipt over its queue to what handles it, in the home workspace: all workspaces share queue and handlers. The receipt is removed at
/// the end of its way, and by the next probe if it never gets there.
/// </remarks>
public sealed partial class IntakeProbes(
    StorageClients storage,
    ReceiptStore receipts,
    ProbeOptions options,
    IEnumerable<IIntakeProbe> probes,
    IEnumerable<IProbeAlarm> alarms,
    ProbeMeter meter,
    TimeProvider time,
    ILogger<IntakeProbes> logger
) : IRegularWork
{
    public const string TableName = "Probes";

    private const string Partition = "intakes";
    private const string CameThrough = "ignored: probe";

    /// <summary>A timer comes a moment early or late.</summary>
    private static readonly TimeSpan Slack = TimeSpan.FromSeconds(30);

    private TableClient Table => storage.Table(TableName);

    /// <summary>The receipt of a probe of which a ticket would come now.</summary>
    public static Receipt Through(Receipt receipt) => receipt with { State = ReceiptState.Ignored, Reason = CameThrough, Error = null };

    /// <summary>Sends probes if they are due.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        if (options.Every is not { } every)
            return;
        var known = await ListAsync(cancellationToken);
        foreach (var probe in known)
            await AlarmAsync(probe, cancellationToken);
        var due = time.GetUtcNow() - every + Slack;
        foreach (var probe in probes.Where(probe => known.FirstOrDefault(one => one.Channel == probe.Channel) is not { } last || last.SentAt <= due))
            await SendAsync(probe, cancellationToken);
    }

    /// <summary>Sends one through each intake now.</summary>
    public async Task SendAsync(CancellationToken cancellationToken)
    {
        foreach (var probe in probes)
            await SendAsync(probe, cancellationToken);
    }

    /// <summary>How each intake does.</summary>
    public async Task<IReadOnlyList<(IntakeChannel Channel, IntakeProbe? Probe)>> ReadAsync(CancellationToken cancellationToken)
    {
        var known = await ListAsync(cancellationToken);
        return [.. probes.Select(probe => (probe.Channel, known.FirstOrDefault(one => one.Channel == probe.Channel)))];
    }

    /// <summary>Notes what became of a probe, and throws it away.</summary>
    public async Task EndAsync(Receipt done, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var error =
            done is { State: ReceiptState.Ignored, Reason: CameThrough } ? null
            : done.State == ReceiptState.Processed ? $"It became ticket {done.Ticket}."
            : done.Error ?? done.Reason ?? "It was ignored.";
        IntakeProbe? ended = null;
        await ChangeAsync(done.Channel, probe => ended = probe?.Ended(done.Id, done.ReceivedAt, error, now), cancellationToken);
        if (ended is not null)
            await AlarmAsync(ended, cancellationToken);
        var took = now - done.ReceivedAt;
        meter.Record(done.Channel, took, error is not null);
        if (error is null)
            Log.CameThrough(logger, done.Channel, took.TotalMilliseconds);
        else
            Log.Failed(logger, done.Channel, error);
        await receipts.RemoveProbeAsync(done.Workspace, done.Id, cancellationToken);
    }

    /// <summary>Raises or ends the alarm of an intake, and notes it then: who dies in between does it again.</summary>
    private async Task AlarmAsync(IntakeProbe probe, CancellationToken cancellationToken)
    {
        if (!options.Ticket)
            return;
        if (probe.Alarm(options.Every, time.GetUtcNow()) is { } why)
        {
            foreach (var alarm in alarms)
                await alarm.RaiseAsync(probe, why, cancellationToken);
            await ChangeAsync(probe.Channel, now => now is null ? null : now with { AlarmFor = probe.SentAt }, cancellationToken);
        }
        else if (probe is { AlarmFor: { } since } && probe.CameAt > since)
        {
            foreach (var alarm in alarms)
                await alarm.EndAsync(probe, cancellationToken);
            await ChangeAsync(probe.Channel, now => now?.AlarmFor == since ? now with { AlarmFor = null } : null, cancellationToken);
        }
    }

    private async Task SendAsync(IIntakeProbe probe, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var id = ReceiptStore.NewId(now);
        IntakeProbe? before = null;
        await ChangeAsync(
            probe.Channel,
            known =>
            {
                before = known;
                var next =
                    known
                    ?? new()
                    {
                        Channel = probe.Channel,
                        SentAt = now,
                        Receipt = id,
                    };
                return next.Sent(id, now);
            },
            cancellationToken
        );
        if (before is { EndedAt: null })
        {
            if (before.State(options.Every, now) != ProbeState.UnderWay)
                Log.Lost(logger, before.Channel, before.SentAt);
            await receipts.RemoveProbeAsync(DirectoryStore.HomeWorkspace, before.Receipt, cancellationToken);
        }

        var body = probe.Write(id, now);
        var receipt = new Receipt
        {
            Id = id,
            Workspace = DirectoryStore.HomeWorkspace,
            Channel = probe.Channel,
            ReceivedAt = now,
            State = ReceiptState.Received,
            Number = 0,
            Attempts = 0,
            ContentType = body.ContentType,
            Probe = true,
        };
        await receipts.AddProbeAsync(receipt, body.Body, cancellationToken);
    }

    private async Task<IReadOnlyList<IntakeProbe>> ListAsync(CancellationToken cancellationToken)
    {
        var all = new List<IntakeProbe>();
        var filter = TableClient.CreateQueryFilter($"PartitionKey eq {Partition}");
        await foreach (var row in Table.QueryAsync<TableEntity>(filter, cancellationToken: cancellationToken))
            all.Add(Read(row));
        return all;
    }

    private async Task ChangeAsync(IntakeChannel channel, Func<IntakeProbe?, IntakeProbe?> change, CancellationToken cancellationToken)
    {
        while (true)
        {
            var found = await Table.GetEntityIfExistsAsync<TableEntity>(Partition, WireName<IntakeChannel>.Of(channel), cancellationToken: cancellationToken);
            if (change(found.HasValue ? Read(found.Value!) : null) is not { } changed)
                return;
            try
            {
                if (found.HasValue)
                    await Table.UpdateEntityAsync(Row(changed), found.Value!.ETag, TableUpdateMode.Replace, cancellationToken);
                else
                    await Table.AddEntityAsync(Row(changed), cancellationToken);
                return;
            }
            catch (RequestFailedException raced) when (raced.Status is 409 or 412)
            {
                // Somebody else noted something: look at that.
            }
        }
    }

    private static TableEntity Row(IntakeProbe probe) =>
        new(Partition, WireName<IntakeChannel>.Of(probe.Channel)) { ["State"] = JsonSerializer.Serialize(probe, ProbeJson.Default.IntakeProbe) };

    private static IntakeProbe Read(TableEntity row) =>
        JsonSerializer.Deserialize(row.GetString("State"), ProbeJson.Default.IntakeProbe) ?? throw new InvalidDataException("A probe's row is empty.");

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Information, "Intake probe of {Channel} came through in {Milliseconds} ms")]
        public static partial void CameThrough(ILogger logger, IntakeChannel channel, double milliseconds);

        [LoggerMessage(LogLevel.Error, "Intake probe of {Channel} did not come through: {Reason}")]
        public static partial void Failed(ILogger logger, IntakeChannel channel, string reason);

        [LoggerMessage(LogLevel.Error, "Intake probe of {Channel} did not come through: nothing was heard of it since {SentAt}")]
        public static partial void Lost(ILogger logger, IntakeChannel channel, DateTimeOffset sentAt);
    }
}

[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(UtcInstantConverter)]
)]
[JsonSerializable(typeof(IntakeProbe))]
internal sealed partial class ProbeJson : JsonSerializerContext;
