using Helpdesk.Functions.Tickets;
using Helpdesk.Tickets;

namespace Helpdesk.Functions.Tests.Tickets;

/// <summary>A line of the log says what changed and who did it, and no words or addresses of people.</summary>
public sealed class TicketLogTests
{
    [Fact]
    public void A_line_says_from_what_to_what()
    {
        TicketFact[] facts =
        [
            new CommentAdded("42-7", CommentVisibility.Internal),
            new TierChanged(1, 2, "secret words"),
            new TicketReopened(TicketStatus.Resolved, TicketStatus.Open),
            new TicketMerged("41-aaaaaaaaaa", 41, TicketStatus.Open),
            new AssigneeChanged(null, "ada"),
            new DescriptionChanged("secret words", "other secret words"),
        ];
        var events = facts
            .Select((fact, i) => new TicketEvent(i + 1, DateTimeOffset.UnixEpoch, new(ActorKind.Requester, "rita@example.com", "Rita"), fact))
            .ToList();
        Assert.Equal(
            "comment-added 42-7 (internal), tier-changed 1 to 2, ticket-reopened resolved to open, ticket-merged into 41, "
                + "assignee-changed nobody to ada, description-changed",
            TicketFacts.NamesOf(events)
        );
        Assert.Equal("requester", TicketFacts.ActorOf(events));
        Assert.Equal("agent ada", TicketFacts.ActorOf([events[0] with { By = new(ActorKind.Agent, "ada", "Ada") }]));
    }
}
