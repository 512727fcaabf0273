using System.Text.Json;
using Helpdesk.Directory;
using Helpdesk.Tickets;

namespace Helpdesk.Tests.Tickets;

/// <summary>Tickets and people to start from, by name.</summary>
internal static class Desk
{
    public static readonly DateTimeOffset Nine = new(2026, 3, 10, 9, 0, 0, TimeSpan.Zero);
    public static readonly Actor Agent = new(ActorKind.Agent, "anna", "Anna");
    public static readonly Actor Requester = new(ActorKind.Requester, "rita@example.com", "Rita");
    public static readonly Agent Anna = new()
    {
        Id = "anna",
        Name = "Anna",
        Email = "anna@example.com",
        CreatedAt = Nine,
    };
    public static readonly Group FirstLine = new()
    {
        Id = "first-line",
        Name = "First line",
        Tier = 1,
        EscalatesTo = "second-line",
        CreatedAt = Nine,
    };
    public static readonly Group SecondLine = new()
    {
        Id = "second-line",
        Name = "Second line",
        Tier = 2,
        EscalatesTo = "third-line",
        CreatedAt = Nine,
    };
    public static readonly Group ThirdLine = new()
    {
        Id = "third-line",
        Name = "Third line",
        Tier = 3,
        CreatedAt = Nine,
    };

    public static TicketDraft Draft() =>
        new()
        {
            Subject = "Printer",
            Description = "It is on fire",
            Requester = new("rita@example.com", "Rita"),
            Channel = IntakeChannel.Api,
            CustomFields = new Dictionary<string, JsonElement> { ["floor"] = JsonElement.Parse("3") },
        };

    public static TicketChange Open(TicketDraft? draft = null) => TicketRules.Open("7-abcdefghjk", 7, "main", draft ?? Draft(), Requester, Nine);

    public static Ticket NewTicket() => Open().Ticket;

    public static Ticket TicketThatIs(TicketStatus status)
    {
        var ticket = NewTicket();
        return status switch
        {
            TicketStatus.New => ticket,
            TicketStatus.Open or TicketStatus.Pending or TicketStatus.OnHold => TicketRules
                .Patch(ticket, new TicketPatch { Status = status }, Agent, Nine.AddMinutes(1))
                .Ticket,
            TicketStatus.Resolved => TicketRules.Resolve(ticket, "Extinguished", Agent, Nine.AddMinutes(1)).Ticket,
            _ => TicketRules.Close(TicketThatIs(TicketStatus.Resolved), Agent, Nine.AddMinutes(2)).Ticket,
        };
    }

    public static string CodeOf(Action rule) => Assert.Throws<HelpdeskRuleException>(rule).Code;
}
