using System.Reflection;
using System.Runtime.CompilerServices;
using Helpdesk.Tickets;

namespace Helpdesk.Tests.Tickets;

public sealed class TicketEventTests
{
    public static TheoryData<Type> FactsOfComments() => [.. typeof(TicketFact).Assembly.GetTypes().Where(type => VisibilityOf(type) is not null)];

    /// <summary>Whatever fact comes to say whether its comment is a note: of notes it says nothing to who may not read them.</summary>
    [Theory]
    [MemberData(nameof(FactsOfComments))]
    public void A_fact_about_a_note_is_no_event_for_who_may_not_read_notes(Type type)
    {
        foreach (var visibility in Enum.GetValues<CommentVisibility>())
        {
            var fact = (TicketFact)RuntimeHelpers.GetUninitializedObject(type);
            VisibilityOf(type)!.SetValue(fact, visibility);
            var happened = new TicketEvent(1, DateTimeOffset.UnixEpoch, Actor.System, fact);
            Assert.Equal(visibility == CommentVisibility.Public, happened.WithoutNotes() is not null);
        }
    }

    [Fact]
    public void There_are_facts_of_comments() => Assert.Contains(typeof(CommentEdited), FactsOfComments().Select(row => row.Data));

    private static PropertyInfo? VisibilityOf(Type type) =>
        type.IsSubclassOf(typeof(TicketFact)) && type.GetProperty("Visibility") is { } visibility && visibility.PropertyType == typeof(CommentVisibility)
            ? visibility
            : null;
}
