namespace Helpdesk.Functions.Events;

/// <summary>Appends every event to the stream of its workspace.</summary>
public sealed class AppendToStream(EventStream stream) : ITakesManyTickets
{
    public string Name => "Stream";

    public bool Wants(IReadOnlyList<TicketEvent> events) => events.Count > 0;

    public Task TakeAsync(Ticket ticket, IReadOnlyList<TicketEvent> events, CancellationToken cancellationToken) =>
        TakeAsync([new(ticket, events)], cancellationToken);

    public async Task TakeAsync(IReadOnlyList<TicketNews> news, CancellationToken cancellationToken)
    {
        foreach (var workspace in news.GroupBy(one => one.Ticket.Workspace, StringComparer.Ordinal))
        {
            var events = workspace.SelectMany(one => one.Events.Select(happened => EventReference.Of(one.Ticket, happened)));
            await stream.AppendAsync(workspace.Key, [.. events], cancellationToken);
        }
    }
}
