using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Helpdesk.Agenda;
using Helpdesk.Approvals;
using Helpdesk.Satisfaction;
using Helpdesk.Tickets;

namespace Helpdesk.Tests.Tickets;

/// <summary>What must be true after any sequence of commands, whether each was allowed or refused.</summary>
public sealed class TicketHistoryProperties
{
    private static readonly TicketStatus[] Statuses = Enum.GetValues<TicketStatus>();

    /// <summary>A command as three small numbers, so that a failing sequence shrinks to a short one.</summary>
    private static TicketChange? Try(Ticket ticket, (int What, int Choice, int Who) command, DateTimeOffset now)
    {
        var by = command.Who % 2 == 0 ? Desk.Agent : Desk.Requester;
        try
        {
            return (command.What % 13) switch
            {
                0 => TicketRules.Comment(ticket, "words", command.Choice % 2 == 0 ? CommentVisibility.Public : CommentVisibility.Internal, by, now),
                1 => TicketRules.Assign(
                    ticket,
                    command.Choice % 2 == 0 ? Desk.FirstLine : Desk.SecondLine,
                    command.Choice % 3 == 0 ? Desk.Anna : null,
                    by,
                    now
                ),
                2 => TicketRules.Resolve(ticket, $"resolution {command.Choice % 2}", by, now),
                3 => TicketRules.Reopen(ticket, by, now),
                4 => command.Choice % 4 == 0 ? TicketRules.Close(ticket, by, now) : new TicketChange(ticket, []),
                5 => TicketRules.Escalate(ticket, command.Choice % 4 == 0 ? null : command.Choice % 4, "why", [Desk.SecondLine, Desk.ThirdLine], by, now),
                6 => TicketRules.Patch(ticket, new TicketPatch { Status = Statuses[command.Choice % Statuses.Length] }, by, now),
                7 => TicketRules.Patch(
                    ticket,
                    new TicketPatch
                    {
                        Subject = $"subject {command.Choice % 3}",
                        Description = $"description {command.Choice % 3}",
                        RequesterEmail = command.Choice % 5 == 0 ? "other@example.com" : "rita@example.com",
                        Participants = command.Choice % 3 == 0 ? [new("ned@example.com", "Ned"), new("rita@example.com", null)] : [],
                        Priority = (TicketPriority)(command.Choice % 4),
                        Type = new(command.Choice % 2 == 0 ? "question" : null),
                        Tags = command.Choice % 2 == 0 ? ["a", "b"] : [],
                        Assignee = new(command.Choice % 2 == 0 ? Desk.Anna : null),
                        CustomFields = new Dictionary<string, JsonElement> { ["x"] = JsonElement.Parse(command.Choice % 2 == 0 ? "1" : "null") },
                    },
                    by,
                    now
                ),
                8 => command.Choice % 3 == 0
                    ? AgendaRules.CancelFollowUp(ticket, by, now)
                    : AgendaRules.FollowUp(ticket, new(now.AddMinutes(command.Choice), "anna", "Call", command.Choice % 2 == 0 ? true : null), by, now),
                9 => Task(ticket, command.Choice, by, now),
                10 => AgendaRules.Remind(ticket, now),
                11 => command.Choice % 2 == 0
                    ? SatisfactionRules.Ask(ticket, Asking, isReached: true, [], now)
                    : SatisfactionRules.Rate(
                        ticket,
                        ticket.Satisfaction?.Asked ?? 0,
                        (command.Choice % 5) + 1,
                        command.Choice % 3 == 0 ? "Why" : null,
                        by,
                        now
                    ),
                12 => Approval(ticket, command.Choice, by, now),
                13 => ApprovalRules.Wake(ticket, now),
                _ => command.Choice % 8 == 0 ? Merge(ticket, by, now) : Pair(ticket, command.Choice, by, now),
            };
        }
        catch (HelpdeskRuleException)
        {
            return null;
        }
    }

    private static readonly SatisfactionSetting Asking = new() { Active = true, After = TimeSpan.FromMinutes(1) };

    private static TicketChange? Task(Ticket ticket, int choice, Actor by, DateTimeOffset now)
    {
        var task = ticket.Tasks?[choice % ticket.Tasks.Count].Id ?? "none";
        return (choice % 4) switch
        {
            0 => AgendaRules.ChangeTask(ticket, task, new() { Done = choice % 3 == 0, DueAt = new(now.AddMinutes(choice)) }, by, now),
            1 => AgendaRules.RemoveTask(ticket, task, by, now),
            _ => AgendaRules.AddTask(ticket, "Look", "anna", choice % 3 == 0 ? now.AddMinutes(choice) : null, choice % 5 == 0, by, now),
        };
    }

    private static TicketChange? Approval(Ticket ticket, int choice, Actor by, DateTimeOffset now)
    {
        var id = ticket.Approvals?[choice % ticket.Approvals.Count].Id ?? "none";
        return (choice % 6) switch
        {
            0 => ApprovalRules.Cancel(ticket, id, by, now),
            1 => ApprovalRules.HandOver(ticket, "anna", choice % 4 == 1 ? "ben" : null, by, now),
            2 or 3 => ApprovalRules.Decide(ticket, id, (choice % 3) + 1, (ApprovalDecision)(choice % 2), "Why", by, now),
            _ => ApprovalRules.Ask(
                ticket,
                new()
                {
                    Question = "May we?",
                    Rule = (ApprovalRule)(choice % 3),
                    Approvers = [new(0, "anna"), new(0, Email: "boss@example.com")],
                    DueAt = now.AddMinutes(choice + 1),
                    RemindAt = [now.AddMinutes(choice / 2)],
                    Holds = choice % 4 != 0,
                },
                by,
                now
            ),
        };
    }

    private static readonly Ticket Other = Desk.NewTicket() with { Id = "9-abcdefghjk", Number = 9, Conversation = "main:chat:other" };

    private static TicketChange Merge(Ticket ticket, Actor by, DateTimeOffset now) =>
        PairRules.MergeRefusal(ticket, Other, confirmed: true) is { } refusal
            ? throw refusal
            : PairRules.OfFirst(Change(PairChangeKind.Merge, by), ticket, null, null, now);

    /// <summary>What happens to the ticket when another one is merged into it or linked to it, or leaves again.</summary>
    private static TicketChange Pair(Ticket ticket, int choice, Actor by, DateTimeOffset now)
    {
        if (ticket.Status == TicketStatus.Closed)
            return new(ticket, []);
        var kind = (choice % 4) switch
        {
            0 => PairChangeKind.Merge,
            1 => PairChangeKind.Unmerge,
            2 => PairChangeKind.Link,
            _ => PairChangeKind.Unlink,
        };
        return PairRules.OfOther(Change(kind, by) with { Link = LinkKind.Parent }, Other, ticket, 1, null, now);
    }

    private static PairChange Change(PairChangeKind kind, Actor by) =>
        new()
        {
            Id = "change",
            Kind = kind,
            Other = Other.Id,
            OtherNumber = Other.Number,
            By = by,
        };

    internal static void ForAnySequence(Action<IReadOnlyList<(Ticket Before, TicketChange Change)>> check)
    {
        var number = Gen.Choose(0, 23);
        var command = number.SelectMany(what => number.SelectMany(choice => number.Select(who => (what, choice, who))));
        Prop.ForAll(
                Arb.From(command.ListOf()),
                commands =>
                {
                    var change = Desk.Open();
                    List<(Ticket, TicketChange)> changes = [(change.Ticket, change)];
                    foreach (var (one, index) in commands.Select((one, index) => (one, index)))
                    {
                        var before = changes[^1].Item2.Ticket;
                        // Clocks of different machines disagree: every third command comes from one that is behind.
                        if (Try(before, one, Desk.Nine.AddMinutes(index % 3 == 2 ? -5 : index)) is { } done)
                            changes.Add((before, done));
                    }

                    check(changes);
                }
            )
            .QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Any_sequence_of_changes_replays_to_the_same_ticket() =>
        ForAnySequence(changes =>
        {
            var events = changes.SelectMany(one => one.Change.Events).ToList();
            var replayed = TicketHistory.Replay(events, Desk.Draft().Description);
            Assert.Equal(JsonSerializer.Serialize(changes[^1].Change.Ticket), JsonSerializer.Serialize(replayed));
        });

    [Fact]
    public void Events_are_numbered_without_gaps_and_never_go_back_in_time() =>
        ForAnySequence(changes =>
        {
            var events = changes.SelectMany(one => one.Change.Events).ToList();
            Assert.Equal(Enumerable.Range(1, events.Count).Select(seq => (long)seq), events.Select(happened => happened.Seq));
            Assert.Equal(events.Count, changes[^1].Change.Ticket.Version);
            Assert.True(events.Zip(events.Skip(1)).All(pair => pair.First.At <= pair.Second.At));
        });

    [Fact]
    public void Nothing_returns_to_new_closed_stays_closed_and_resolved_has_a_resolution() =>
        ForAnySequence(changes =>
        {
            Assert.All(
                changes.Skip(1),
                one =>
                {
                    Assert.False(one.Before.Status != TicketStatus.New && one.Change.Ticket.Status == TicketStatus.New);
                    // But its requester may still say how it was.
                    Assert.False(
                        one.Before.Status == TicketStatus.Closed
                            && one.Change.Events.Any(happened => happened.Fact is not (SatisfactionAsked or SatisfactionRated))
                    );
                    Assert.True(one.Change.Ticket.Status != TicketStatus.Resolved || one.Change.Ticket is { Resolution: not null, ResolvedAt: not null });
                    Assert.Equal(one.Change.Ticket.Status == TicketStatus.Closed, one.Change.Ticket.ClosedAt is not null);
                }
            );
        });
}
