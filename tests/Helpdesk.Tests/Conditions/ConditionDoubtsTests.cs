using System.Text.Json;
using Helpdesk.Conditions;

namespace Helpdesk.Tests.Conditions;

public sealed class ConditionDoubtsTests
{
    [Theory]
    [InlineData("""{"all":[{"field":"status","op":"is","value":"new"},{"field":"status","op":"is","value":"closed"}]}""")]
    [InlineData("""{"all":[{"field":"status","op":"in","value":["new","open"]},{"all":[{"field":"status","op":"in","value":["closed"]}]}]}""")]
    [InlineData("""{"all":[{"field":"group","op":"is-empty"},{"field":"group","op":"is","value":"a"}]}""")]
    [InlineData("""{"all":[{"field":"priority","op":"at-least","value":"urgent"},{"field":"priority","op":"less-than","value":"high"}]}""")]
    [InlineData("""{"all":[{"field":"tier","op":"more-than","value":2},{"field":"tier","op":"less-than","value":2}]}""")]
    [InlineData("""{"all":[{"field":"type","op":"is-set"},{"field":"type","op":"is-empty"}]}""")]
    [InlineData(
        """
            {"any":[{"all":[{"field":"status","op":"is","value":"new"},{"field":"status","op":"is","value":"open"}]},
                    {"all":[{"field":"subject","op":"is","value":"a"},{"field":"subject","op":"is","value":"b"}]}]}
            """
    )]
    [InlineData("""{"not":{"all":[]}}""")]
    public void Terms_that_exclude_each_other_are_found(string json) => Assert.NotNull(ConditionDoubts.Of(Read(json)));

    [Theory]
    [InlineData("""{"all":[]}""")]
    [InlineData("""{"all":[{"field":"status","op":"in","value":["new","open"]},{"field":"status","op":"is-not","value":"new"}]}""")]
    [InlineData("""{"all":[{"field":"subject","op":"is","value":"VPN"},{"field":"subject","op":"contains","value":"vp"}]}""")]
    [InlineData("""{"all":[{"field":"tier","op":"more-than","value":1},{"field":"tier","op":"less-than","value":2}]}""")]
    [InlineData("""{"all":[{"field":"tags","op":"contains","value":"a"},{"field":"tags","op":"contains","value":"b"}]}""")]
    [InlineData("""{"any":[{"field":"status","op":"is","value":"new"},{"field":"status","op":"is","value":"open"}]}""")]
    public void What_may_be_true_raises_no_doubt(string json) => Assert.Null(ConditionDoubts.Of(Read(json)));

    [Fact]
    public void What_is_given_besides_counts_and_the_places_are_named()
    {
        var given = new Dictionary<string, IReadOnlyList<string>> { ["event"] = ["ticket-opened"] };
        var (condition, _) = Condition.Parse(
            JsonElement.Parse("""{"all":[{"field":"priority","op":"is","value":"low"},{"field":"event","op":"is","value":"comment-added"}]}"""),
            ConditionScope.Events
        );
        Assert.Equal("condition.all[1] is never true: event is one of ticket-opened here.", ConditionDoubts.Of(condition!, given));
        Assert.Null(ConditionDoubts.Of(condition!));
    }

    private static Condition Read(string json)
    {
        var (condition, errors) = Condition.Parse(JsonElement.Parse(json), ConditionScope.Tickets);
        Assert.Equal("", string.Join(", ", errors));
        return condition!;
    }
}
