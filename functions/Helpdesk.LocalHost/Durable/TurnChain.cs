using Azure.Data.Tables;

namespace Helpdesk.LocalHost.Durable;

/// <summary>Turns that are committed together.</summary>
internal sealed class TurnChain(StoredInstance begun)
{
    /// <summary>The instance after the last turn, with its whole history.</summary>
    public StoredInstance State { get; private set; } = begun;

    /// <summary>What the turns add to the history, or to the new one that the last continue-as-new began.</summary>
    public byte[] Appended { get; private set; } = [];

    public List<OutboxWork> Outbox { get; } = [];

    public List<HubTimer> Timers { get; } = [];

    public void Add(TurnOutcome turn)
    {
        var isNew = turn.After.Generation != State.Generation;
        if (isNew || turn.After.IsOver)
            Timers.Clear();
        byte[] history = isNew ? [] : [.. State.History ?? [], .. turn.Appended];
        Appended = isNew ? [] : [.. Appended, .. turn.Appended];
        State = turn.After with { History = history };
        Outbox.AddRange(turn.Outbox);
        Timers.AddRange(turn.Timers);
    }

    /// <summary>These need not be done any more.</summary>
    public void Answered(IReadOnlyList<OutboxWork> works) => Outbox.RemoveAll(works.Contains);

    public List<TableEntity> Rows(long turn) => [.. Outbox.Select(work => HubStore.OutboxRow(work, turn)), .. Timers.Select(timer => HubStore.TimerRow(timer, turn))];
}
