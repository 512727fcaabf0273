using System.Text.Json;
using Helpdesk.Alerts;
using Helpdesk.Conditions;
using Helpdesk.Directory;
using Helpdesk.Tests.Tickets;
using Helpdesk.Tickets;

namespace Helpdesk.Tests.Conditions;

public sealed class ConditionTests
{
    private static readonly ConditionSubject Subject = new()
    {
        Now = Desk.Nine.AddHours(2),
        Ticket = Desk.NewTicket() with { Tags = ["vpn", "home"], Group = "first-line", Priority = TicketPriority.High },
    };

    private static Condition Parse(string json, ConditionScope? scope = null)
    {
        var (condition, errors) = Condition.Parse(JsonElement.Parse(json), scope ?? ConditionScope.Tickets);
        Assert.Equal("", string.Join("\n", errors));
        return condition!;
    }

    private static string Errors(string json, ConditionScope? scope = null)
    {
        var (condition, errors) = Condition.Parse(JsonElement.Parse(json), scope ?? ConditionScope.Tickets);
        Assert.Null(condition);
        return string.Join("\n", errors);
    }

    [Theory]
    [InlineData("""{"field":"status","op":"is","value":"new"}""", true)]
    [InlineData("""{"field":"status","op":"in","value":["open","pending"]}""", false)]
    [InlineData("""{"field":"priority","op":"at-least","value":"high"}""", true)]
    [InlineData("""{"field":"priority","op":"more-than","value":"high"}""", false)]
    [InlineData("""{"field":"subject","op":"contains","value":"PRINT"}""", true)]
    [InlineData("""{"field":"tags","op":"contains-all","value":["vpn","home"]}""", true)]
    [InlineData("""{"field":"tags","op":"contains","value":"vp"}""", false)]
    [InlineData("""{"field":"group","op":"is","value":"first-line"}""", true)]
    [InlineData("""{"field":"assignee","op":"is-empty"}""", true)]
    [InlineData("""{"field":"requester.domain","op":"is","value":"EXAMPLE.com"}""", true)]
    [InlineData("""{"field":"custom.floor","op":"is","value":3}""", true)]
    [InlineData("""{"field":"custom.floor","op":"is","value":"3"}""", true)]
    [InlineData("""{"field":"custom.roof","op":"is-not","value":3}""", true)]
    [InlineData("""{"field":"hoursSince.created","op":"at-least","value":2}""", true)]
    [InlineData("""{"field":"hoursSince.created","op":"more-than","value":2}""", false)]
    [InlineData("""{"field":"createdAt","op":"before","value":"2026-03-10T10:00:00+01:00"}""", false)]
    [InlineData("""{"field":"createdAt","op":"at-least","value":"2026-03-10T10:00:00+01:00"}""", true)]
    [InlineData("""{"all":[]}""", true)]
    [InlineData("""{"not":{"all":[]}}""", false)]
    [InlineData("""{"all":[{"field":"tags","op":"contains","value":"vpn"},{"not":{"field":"automatic","op":"is","value":true}}]}""", true)]
    public void A_condition_is_true_or_false_of_a_ticket(string json, bool expected)
    {
        var condition = Parse(json);
        Assert.Equal(expected, condition.Holds(Subject));
        Assert.Equal(expected, condition.Explain(Subject).Holds);
    }

    [Theory]
    [InlineData("[]", "condition must be an object: it must have one of all, any, not, field or within")]
    [InlineData("{}", "condition must have one of all, any, not, field or within")]
    [InlineData("""{"all":[],"any":[]}""", "condition must have one of all, any, not, field or within")]
    [InlineData("""{"any":[]}""", "condition.any must have at least one condition")]
    [InlineData("""{"all":{}}""", "condition.all must be a list of conditions.")]
    [InlineData("""{"all":[{"field":"status","op":"is","value":"done"}]}""", "condition.all[0].value is \"done\"; possible for status are new, open, pending")]
    [InlineData(
        """{"not":{"field":"colour","op":"is","value":"red"}}""",
        "condition.not.field is \"colour\", which is not a field in tickets; there are number"
    )]
    [InlineData(
        """{"field":"status","op":"contains","value":"new"}""",
        "condition.op is \"contains\"; possible for status (choice) are is, is-not, in, not-in"
    )]
    [InlineData("""{"field":"status","value":"new"}""", "condition.op is required; possible for status")]
    [InlineData("""{"field":"status","op":"in","value":"new"}""", "condition.value must be a list: in compares with some of new, open")]
    [InlineData("""{"field":"tier","op":"is","value":"2"}""", "condition.value must be a number.")]
    [InlineData("""{"field":"tags","op":"contains","value":"VPN"}""", "condition.value is \"VPN\": tags are in lower case, write \"vpn\".")]
    [InlineData("""{"field":"assignee","op":"is-empty","value":true}""", "condition.value must be left out: is-empty compares with nothing.")]
    [InlineData("""{"field":"subject","op":"is","value":"x","fields":1}""", "condition.fields is not possible here; use field, op, value, calendar.")]
    [InlineData("""{"field":"subject","op":"is","value":" "}""", "condition.value must not be empty; to ask for a field without a value, use is-empty.")]
    [InlineData("""{"field":"subject","op":"is","value":"\ud800"}""", "condition.value contains half of a character")]
    [InlineData("""{"field":"tier","op":"is","value":2,"calendar":"business"}""", "condition.calendar is not possible for tier (number)")]
    [InlineData("""{"within":{}}""", "condition.within.calendar is required")]
    [InlineData("""{"field":"label.host","op":"is","value":"a"}""", "condition.field is \"label.host\", which is not a field in tickets")]
    [InlineData("""{"field":"custom.x","op":"at-least","value":"3"}""", "condition.value must be a number.")]
    public void What_is_wrong_is_said_with_its_place(string json, string expected) => Assert.StartsWith(expected, Errors(json), StringComparison.Ordinal);

    [Fact]
    public void Everything_that_is_wrong_is_said_at_once() =>
        Assert.Equal(
            ["condition.all[0].op", "condition.all[1].any[0].value", "condition.all[2].field"],
            Condition
                .Parse(
                    JsonElement.Parse(
                        """
                        {"all":[{"field":"tier","op":"contains","value":1},{"any":[{"field":"tier","op":"is","value":true}]},
                        {"field":"x","op":"is","value":1}]}
                        """
                    ),
                    ConditionScope.Tickets
                )
                .Errors.Select(error => error.At)
        );

    [Fact]
    public void Depth_and_number_of_terms_are_bounded()
    {
        const string Term = """{"field":"tier","op":"is","value":1}""";
        string Nested(int depth) => depth == 0 ? Term : $$"""{"not":{{Nested(depth - 1)}}}""";
        string Many(int terms) => $$"""{"all":[{{string.Join(",", Enumerable.Repeat(Term, terms))}}]}""";
        Parse(Nested(Condition.MostDepth));
        Assert.Contains("is nested too deep", Errors(Nested(Condition.MostDepth + 1)), StringComparison.Ordinal);
        Parse(Many(Condition.MostTerms));
        Assert.Equal("condition has 101 terms; at most 100 are possible.", Errors(Many(Condition.MostTerms + 1)));
    }

    [Theory]
    [InlineData("""{"all":[{"field":"status","op":"in","value":["new","open"]},{"field":"custom.building","op":"is","value":"B4"}]}""")]
    [InlineData("""{"any":[{"not":{"field":"hoursSince.updated","op":"at-least","value":48.5,"calendar":"business"}},{"within":{"calendar":"berlin"}}]}""")]
    [InlineData("""{"field":"createdAt","op":"before","value":"2026-03-10T09:00:00Z"}""")]
    [InlineData("""{"field":"assignee","op":"is-set"}""")]
    [InlineData("""{"all":[]}""")]
    public void A_condition_is_written_as_it_was_read(string json)
    {
        Assert.Equal(json, Parse(json).ToString());
        Assert.Equal(json, JsonSerializer.Serialize(JsonSerializer.Deserialize<Condition>(json)));
    }

    [Fact]
    public void An_event_is_asked_for_what_it_changed()
    {
        var ticket = Subject.Ticket!;
        var raised = new TicketEvent(2, Subject.Now, Desk.Agent, new PriorityChanged(TicketPriority.Normal, TicketPriority.High));
        var noted = new TicketEvent(3, Subject.Now, Desk.Agent, new CommentAdded("7-3", CommentVisibility.Internal));
        bool Holds(string json, TicketEvent happened) => Parse(json, ConditionScope.Events).Holds(Subject with { Event = happened, Ticket = ticket });
        Assert.True(Holds("""{"field":"event","op":"is","value":"priority-changed"}""", raised));
        Assert.True(Holds("""{"field":"changed.priority","op":"is","value":true}""", raised));
        Assert.True(Holds("""{"field":"was.priority","op":"less-than","value":"high"}""", raised));
        Assert.True(Holds("""{"field":"became.priority","op":"is","value":"high"}""", raised));
        Assert.True(Holds("""{"field":"by","op":"is","value":"agent"}""", raised));
        Assert.False(Holds("""{"field":"changed.priority","op":"is","value":true}""", noted));
        Assert.False(Holds("""{"field":"was.priority","op":"is","value":"normal"}""", noted));
        Assert.True(Holds("""{"field":"comment.visibility","op":"is","value":"internal"}""", noted));
        Assert.True(Holds("""{"field":"comment.visibility","op":"is-empty"}""", raised));
        Assert.True(Holds("""{"field":"group","op":"is","value":"first-line"}""", noted));
    }

    [Fact]
    public void An_alert_is_asked_for_its_labels()
    {
        var report = new AlertReport
        {
            Key = "k",
            State = AlertState.Firing,
            Subject = "Disk full",
            Labels = new Dictionary<string, string> { ["kubernetes.io/host"] = "web1" },
        };
        bool Holds(string json) =>
            Parse(json, ConditionScope.Alerts)
                .Holds(
                    new()
                    {
                        Now = Desk.Nine,
                        Report = report,
                        Source = "prometheus",
                    }
                );
        Assert.True(Holds("""{"field":"label.kubernetes.io/host","op":"starts-with","value":"WEB"}"""));
        Assert.True(Holds("""{"field":"label.cluster","op":"is-empty"}"""));
        Assert.True(Holds("""{"all":[{"field":"source","op":"is","value":"prometheus"},{"field":"subject","op":"contains","value":"disk"}]}"""));
    }

    [Fact]
    public void The_explanation_says_which_terms_decided()
    {
        var condition = Parse(
            """
            {"all":[{"field":"status","op":"is","value":"new"},{"any":[{"field":"tags","op":"contains","value":"wifi"},{"field":"tier","op":"is","value":2}]},
                    {"not":{"field":"group","op":"is","value":"first-line"}}]}
            """
        );
        var explained = condition.Explain(Subject);
        Assert.False(explained.Holds);
        Assert.Equal(
            [
                ("condition.all[0]", true, false),
                ("condition.all[1].any[0]", false, true),
                ("condition.all[1].any[1]", false, true),
                ("condition.all[2].not", true, true),
            ],
            explained.Terms.Select(term => (term.At, term.Holds, term.Decides))
        );
        Assert.Equal(new NumberValue(1), explained.Terms[2].Found);
    }

    [Fact]
    public void Settings_that_are_named_are_found_and_renamed()
    {
        var condition = Parse(
            """
            {"any":[{"field":"group","op":"in","value":["desk","old"]},{"not":{"field":"group","op":"is","value":"old"}},
            {"field":"type","op":"is","value":"old"},
                    {"field":"hoursSince.created","op":"more-than","value":1,"calendar":"berlin"},{"within":{"calendar":"business"}}]}
            """
        );
        Assert.Equal(
            [("condition.any[0].value[0]", "desk"), ("condition.any[0].value[1]", "old"), ("condition.any[1].not.value", "old")],
            condition.Named(NamedKind.Group)
        );
        Assert.Equal([("condition.any[3].calendar", "berlin")], condition.Named(NamedKind.Calendar));
        Assert.Equal(
            """{"any":[{"field":"group","op":"in","value":["desk"]},{"not":{"field":"group","op":"is","valu"""
                + """e":"desk"}},{"field":"type","op":"is","value":"old"},"""
                + """{"field":"hoursSince.created","op":"more-than","value":1,"calendar":"munich"},{"within":{"calendar":"business"}}]}""",
            condition.Renamed(NamedKind.Group, "old", "desk").Renamed(NamedKind.Calendar, "berlin", "munich").ToString()
        );
    }

    [Fact]
    public void Texts_in_values_can_be_rewritten_and_names_of_choices_stay()
    {
        var condition = Parse(
            """
            {"any":[{"field":"requester.email","op":"in","value":["rita@example.com","ned@example.com"]},
            {"not":{"field":"custom.seat","op":"is","value":"rita"}},
                    {"field":"priority","op":"is","value":"high"},{"field":"tier","op":"is","value":2}]}
            """
        );
        Assert.Equal(
            """{"any":[{"field":"requester.email","op":"in","value":["x@example.com","ned@example.com"]},{"no"""
                + """t":{"field":"custom.seat","op":"is","value":"x"}},"""
                + """{"field":"priority","op":"is","value":"high"},{"field":"tier","op":"is","value":2}]}""",
            condition.Rewritten(text => text.Replace("rita", "x", StringComparison.Ordinal).Replace("high", "x", StringComparison.Ordinal)).ToString()
        );
    }

    /// <summary>
    /// Fields, operators and choices that conditions in storage name are there for ever: <c>stored-terms.txt</c> has a term for each. Lines are added, never
    /// changed. With <c>WRITE_DOCS=1</c> new ones are added.
    /// </summary>
    [Fact]
    public async Task What_is_stored_can_be_read_for_ever()
    {
        var file = Path.Combine(ConditionDocsTests.Root(), "tests/Helpdesk.Tests/Conditions/stored-terms.txt");
        var stored = await File.ReadAllLinesAsync(file, TestContext.Current.CancellationToken);
        Assert.All(stored, line => Assert.Equal(line, JsonSerializer.Deserialize<Condition>(line)!.ToString()));
        var missing = ConditionScope
            .All.SelectMany(scope => scope.Fields)
            .DistinctBy(field => field.Name)
            .SelectMany(Samples)
            .Except(stored, StringComparer.Ordinal)
            .ToList();
        if (Environment.GetEnvironmentVariable("WRITE_DOCS") == "1")
            await File.AppendAllLinesAsync(file, missing, TestContext.Current.CancellationToken);
        else
            Assert.Equal("", string.Join('\n', missing));
    }

    /// <summary>A term for each operator of a field, and for each of its choices.</summary>
    private static IEnumerable<string> Samples(ConditionField field)
    {
        var name = field.IsFamily ? field.Name + "x" : field.Name;
        var scope = ConditionScope.All.First(one => one.Find(name) is not null);
        foreach (var op in field.Type.Operators)
        {
            ConditionValue[] values = field.Type.Operand switch
            {
                OperandKind.Number => [new NumberValue(1)],
                OperandKind.Flag => [new FlagValue(true)],
                OperandKind.Instant => [new InstantValue(Desk.Nine)],
                OperandKind.Any when op is ConditionOperator.AtLeast or ConditionOperator.AtMost or ConditionOperator.MoreThan or ConditionOperator.LessThan =>
                    [new NumberValue(1)],
                _ when field.Type.Choices is { } choices => [.. choices.Select(choice => new TextValue(choice))],
                _ => [new TextValue("example.com")],
            };
            yield return new Term(
                scope.Find(name)!,
                op,
                op.Operands() switch
                {
                    OperandCount.None => [],
                    OperandCount.One => [values[0]],
                    _ => values,
                },
                field.Type.HasCalendar && op.Operands() != OperandCount.None ? "business" : null
            ).ToString();
        }
    }

    [Theory]
    [InlineData(100, true)]
    [InlineData(101, false)]
    public void Empty_groups_are_bounded_as_well(int groups, bool fits)
    {
        var json = $"{{\"any\":[{string.Join(',', Enumerable.Repeat("{\"all\":[]}", groups - 1))}]}}";
        Assert.Equal(fits, Condition.Parse(JsonElement.Parse(json), ConditionScope.Tickets).Condition is not null);
    }
}
