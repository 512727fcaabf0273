using System.Diagnostics;
using System.Globalization;
using Helpdesk.Sla;
using Helpdesk.Tickets;

namespace Helpdesk.Bench;

/// <summary>The SLA engine alone: how often a second it can say how a ticket's promises stand.</summary>
internal static class EngineBench
{
    private static readonly DateTimeOffset Start = new(2026, 3, 10, 9, 0, 0, TimeSpan.Zero);
    private static readonly BusinessCalendar Calendar = new(StandardSla.Calendar.Definition with { TimeZone = "Europe/Berlin" });
    private static readonly SlaPin Pin = new(StandardSla.PolicyId, 1, StandardSla.Calendar.Key);
    private static readonly SlaBook Book = new(_ => StandardSla.Policy, _ => Calendar);

    public static void Run()
    {
        Console.WriteLine(
            "\n## The SLA engine, one core\n\n| a ticket with | from all its events /s | a wake-up from what is kept /s | a change followed "
                + "/s |\n|---|---|---|---|"
        );
        foreach (var events in new[] { 3, 10, 100, 1000 })
        {
            var (ticket, history) = Ticket(events);
            var now = history[^1].At.AddMinutes(10);
            var replays = PerSecond(() => TicketSlaRules.Replay(history, ticket, Book)!.Value.Run.At(now));
            var wakes = PerSecond(() => TicketSlaRules.StatusOf(ticket, Book, now));
            var comment = TicketRules.Comment(ticket, "words", CommentVisibility.Public, new Actor(ActorKind.Agent, "anna"), now);
            var follows = PerSecond(() => TicketSlaRules.Follow(ticket.Sla, Pin, comment.Ticket, comment.Events, Book));
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {events} events | {replays:F0} | {wakes:F0} | {follows:F0} |"));
        }
    }

    /// <summary>A conversation of a ticket, half an hour between two comments.</summary>
    private static (Ticket, List<TicketEvent>) Ticket(int count)
    {
        var draft = new TicketDraft
        {
            Subject = "Printer",
            Description = "It is on fire",
            Requester = new("rita@example.com", null),
            Channel = IntakeChannel.Web,
        };
        var opened = TicketRules.Open("7-abcdefghjk", 7, "main", draft, new Actor(ActorKind.Requester, "rita@example.com"), Start);
        TicketEvent first = opened.Events[0] with { Fact = (TicketOpened)opened.Events[0].Fact with { Sla = Pin } };
        var (ticket, events) = (opened.Ticket with { Pin = Pin }, new List<TicketEvent> { first });
        ticket = ticket with { Sla = TicketSlaRules.Begin(ticket, events, Book) };
        for (var i = 1; events.Count < count; i++)
        {
            var by = i % 2 == 0 ? new Actor(ActorKind.Requester, "rita@example.com") : new Actor(ActorKind.Agent, "anna");
            var change = TicketRules.Comment(ticket, "words", CommentVisibility.Public, by, Start.AddMinutes(30 * i));
            ticket = change.Ticket with { Sla = TicketSlaRules.Follow(ticket.Sla, Pin, change.Ticket, change.Events, Book) };
            events.AddRange(change.Events);
        }

        return (ticket, events);
    }

    private static double PerSecond<T>(Func<T> once)
    {
        for (var i = 0; i < 20; i++)
            once();
        var began = Stopwatch.GetTimestamp();
        var count = 0;
        while (Stopwatch.GetElapsedTime(began) < TimeSpan.FromSeconds(1))
        {
            once();
            count++;
        }

        return count / Stopwatch.GetElapsedTime(began).TotalSeconds;
    }
}
