using System.Text.Json;
using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using Helpdesk.Alerts;
using Helpdesk.Conditions;
using Helpdesk.Contacts;
using Helpdesk.Sla;
using Helpdesk.Tests.Tickets;
using Helpdesk.Tickets;

namespace Helpdesk.Tests.Conditions;

/// <summary>What must be true of every condition and everything that it is held against.</summary>
public sealed class ConditionProperties
{
    private static readonly string[] Words =
    [
        "vpn",
        "Printer",
        "3",
        "3.0",
        "true",
        "example.com",
        ".example.com",
        "ß",
        "SS",
        "Ü",
        "first-line",
        "urgent",
        "a",
    ];
    private static readonly decimal[] Numbers = [-1, 0, 0.5m, 1, 2, 3, 7, 48, 1_000_000];
    private static readonly DateTimeOffset[] Instants = [DateTimeOffset.UnixEpoch, Desk.Nine, Desk.Nine.AddTicks(1), Desk.Nine.AddYears(100)];
    private static readonly string?[] Calendars = [null, "business", "berlin", "none", "never"];

    private static Gen<ConditionField> Fields(ConditionScope scope) =>
        Gen.Elements<ConditionField>(
            scope.Fields.SelectMany(field => field.IsFamily ? new[] { "floor", "x.y", "ä" }.Select(key => scope.Find(field.Name + key)!) : [field])
        );

    private static Gen<ConditionValue> Values(ConditionType type, ConditionOperator op)
    {
        var isOrder = op is ConditionOperator.AtLeast or ConditionOperator.AtMost or ConditionOperator.MoreThan or ConditionOperator.LessThan;
        var isPart = !isOrder && op is not (ConditionOperator.Is or ConditionOperator.IsNot or ConditionOperator.In or ConditionOperator.NotIn);
        IEnumerable<ConditionValue> texts = Words.Where(word => type.Problem?.Invoke(word) is null).Select(word => new TextValue(word));
        IEnumerable<ConditionValue> numbers = Numbers.Select(number => new NumberValue(number));
        IEnumerable<ConditionValue> flags = [new FlagValue(true), new FlagValue(false)];
        return Gen.Elements<ConditionValue>(
            type.Operand switch
            {
                OperandKind.Number => numbers,
                OperandKind.Flag => flags,
                OperandKind.Instant => Instants.Select(instant => new InstantValue(instant)),
                OperandKind.Any when isOrder => numbers,
                OperandKind.Any when isPart => texts,
                OperandKind.Any => texts.Concat(numbers).Concat(flags),
                _ when type.Choices is { } names => names.Select(name => new TextValue(name)),
                _ => texts,
            }
        );
    }

    private static Gen<Condition> Terms(ConditionScope scope) =>
        from field in Fields(scope)
        from op in Gen.Elements<ConditionOperator>(field.Type.Operators)
        from values in op.Operands() == OperandCount.None ? Gen.Constant<IList<ConditionValue>>([])
        : op.Operands() == OperandCount.One ? Values(field.Type, op).Select(value => (IList<ConditionValue>)[value])
        : Gen.Choose(1, 3).SelectMany(count => Values(field.Type, op).ArrayOf(count)).Select(many => (IList<ConditionValue>)many)
        from calendar in Gen.Elements(Calendars)
        select (Condition)new Term(field, op, [.. values], field.Type.HasCalendar ? calendar : null);

    internal static Gen<Condition> Any(ConditionScope scope, int depth)
    {
        var leaf = scope.HasTime
            ? Gen.Frequency((5, Terms(scope)), (1, Gen.Elements("business", "berlin", "never").Select(id => (Condition)new Within(id))))
            : Terms(scope);
        if (depth == 0)
            return leaf;
        var inner = Any(scope, depth - 1);
        return Gen.Frequency(
            (3, leaf),
            (1, inner.Select(that => (Condition)new NotThat(that))),
            (2, Gen.Choose(0, 3).SelectMany(count => inner.ArrayOf(count)).Select(all => (Condition)new AllOf(all))),
            (2, Gen.Choose(1, 3).SelectMany(count => inner.ArrayOf(count)).Select(any => (Condition)new AnyOf(any)))
        );
    }

    private static readonly Gen<(ConditionScope Scope, Condition Condition)> Conditions =
        from scope in Gen.Elements<ConditionScope>(ConditionScope.All)
        from condition in Any(scope, 3)
        select (scope, condition);

    private static readonly TicketFact[] Facts =
    [
        new StatusChanged(TicketStatus.New, TicketStatus.Open),
        new TicketReopened(TicketStatus.Resolved, TicketStatus.Open),
        new PriorityChanged(TicketPriority.Normal, TicketPriority.Urgent),
        new GroupChanged(null, "first-line"),
        new TypeChanged("a", null),
        new TierChanged(1, 2, null),
        new TagsChanged([], ["vpn"]),
        new RequesterChanged(new("rita@example.com", null), new("ned@example.com", "Ned")),
        new ParticipantsChanged([new("ned@example.com", null)], []),
        new CustomFieldsChanged(new Dictionary<string, JsonElement> { ["floor"] = JsonElement.Parse("null") }),
        new CommentAdded("7-2", CommentVisibility.Internal),
        new PersonErased("e"),
    ];

    private static readonly JsonElement[] CustomValues =
    [
        .. new[] { "3", "3.0", "1e300", "\"3\"", "true", "\"TRUE\"", "\"\"", "\"ß\"" }.Select(json => JsonElement.Parse(json)),
    ];

    internal static readonly Func<string, BusinessCalendar?> Lookup = id =>
        id switch
        {
            "berlin" => new(StandardSla.Calendar.Definition with { TimeZone = "Europe/Berlin" }),
            StandardSla.CalendarId => new(StandardSla.Calendar.Definition),
            "never" => new(
                StandardSla.Calendar.Definition with
                {
                    Week =
                    [
                        [],
                        [],
                        [],
                        [],
                        [],
                        [],
                        [],
                    ],
                }
            ),
            _ => null,
        };

    internal static readonly Gen<Ticket> Tickets =
        from status in Gen.Elements(Enum.GetValues<TicketStatus>())
        from priority in Gen.Elements(Enum.GetValues<TicketPriority>())
        from words in Gen.Elements("VPN is down", "", "PRINTER", "straße ß", "3")
        from named in Gen.Elements(null, "first-line", "a")
        from tags in Gen.Elements<string[]>([], ["vpn"], ["vpn", "a", "ss"])
        from custom in Gen.Elements(CustomValues)
        from set in Gen.Choose(0, 3)
        select Desk.TicketThatIs(status) with
        {
            Priority = priority,
            Subject = words,
            Resolution = set == 0 ? null : words,
            Group = named,
            Assignee = named,
            Type = named,
            Tags = tags,
            CustomFields = set == 1 ? new Dictionary<string, JsonElement>() : new Dictionary<string, JsonElement> { ["floor"] = custom, ["x.y"] = custom },
            Participants = set == 2 ? [new Participant("Ned@Example.com", null)] : null,
            Requester = new(set == 3 ? "nobody" : "rita@EXAMPLE.com", named),
            Pin = set == 0 ? new SlaPin("standard", 1, "business-hours@1") : null,
            Sla = set == 0 ? new TicketSla { Health = SlaHealth.AtRisk, DueAt = Desk.Nine.AddHours(3) } : null,
        };

    private static readonly Gen<ConditionSubject> Subjects =
        from ticket in Gen.Frequency((6, Tickets.Select(one => (Ticket?)one)), (1, Gen.Constant<Ticket?>(null)))
        from fact in Gen.Elements(Facts.Append(null))
        from hours in Gen.Elements(-24, 0, 2, 49, 24 * 400)
        from known in Gen.Choose(0, 7)
        select new ConditionSubject
        {
            Now = Desk.Nine.AddHours(hours),
            Ticket = ticket,
            Event = fact is null ? null : new(2, Desk.Nine, Desk.Agent, fact),
            Contact =
                (known & 1) == 0
                    ? null
                    : new()
                    {
                        Id = "c",
                        Workspace = "main",
                        Language = "de",
                        Organisation = "a",
                        CreatedAt = Desk.Nine,
                        UpdatedAt = Desk.Nine,
                    },
            Clocks =
                (known & 2) == 0
                    ? null
                    : new(
                        [
                            new(
                                SlaMetric.Resolution,
                                1,
                                TicketPriority.High,
                                TimeSpan.FromHours(4),
                                SlaState.Breached,
                                Desk.Nine,
                                Desk.Nine.AddHours(4),
                                null,
                                Desk.Nine.AddHours(4),
                                null,
                                true,
                                TimeSpan.FromHours(5),
                                []
                            ),
                        ],
                        [],
                        null
                    ),
            Replies = (known & 2) == 0 ? null : new(Desk.Nine, null),
            Report =
                (known & 4) == 0
                    ? null
                    : new AlertReport
                    {
                        Key = "k",
                        State = AlertState.Firing,
                        Subject = "Disk full",
                        Labels = new Dictionary<string, string> { ["floor"] = "3", ["ä"] = "Ü" },
                    },
            Source = (known & 4) == 0 ? null : "a",
            Calendars = Lookup,
        };

    private static void ForAll(Action<ConditionScope, Condition, ConditionSubject> check) =>
        Prop.ForAll(
                Arb.From(from one in Conditions from subject in Subjects select (one.Scope, one.Condition, subject)),
                one => check(one.Scope, one.Condition, one.subject)
            )
            .Check(Config.QuickThrowOnFailure.WithMaxTest(2_000));

    [Fact]
    public void What_is_written_is_read_as_the_same() =>
        ForAll(
            (scope, condition, subject) =>
            {
                var (read, errors) = Condition.Parse(JsonElement.Parse(condition.ToString()), scope);
                Assert.Equal("", string.Join("\n", errors));
                Assert.Equal(condition.ToString(), read!.ToString());
                Assert.Equal(condition.Holds(subject), read.Holds(subject));
                var stored = JsonSerializer.Deserialize<Condition>(JsonSerializer.Serialize(condition))!;
                Assert.Equal(condition.ToString(), stored.ToString());
            }
        );

    [Fact]
    public void What_is_said_to_be_never_true_is_never_true()
    {
        var doubted = 0;
        ForAll(
            (_, condition, subject) =>
            {
                foreach (var one in new[] { condition, new AllOf([.. condition.Terms().Select(term => term.Term)]) })
                {
                    if (ConditionDoubts.Of(one) is null)
                        continue;
                    doubted++;
                    Assert.False(one.Holds(subject), one.ToString());
                }
            }
        );
        Assert.NotEqual(0, doubted);
    }

    [Fact]
    public void Not_is_the_opposite_and_so_are_the_operators_that_deny() =>
        ForAll(
            (_, condition, subject) =>
            {
                Assert.NotEqual(condition.Holds(subject), new NotThat(condition).Holds(subject));
                Assert.Equal(condition.Holds(subject), new NotThat(new NotThat(condition)).Holds(subject));
                foreach (var term in condition.Terms().Select(one => one.Term).OfType<Term>())
                {
                    ConditionOperator? opposite = term.Op switch
                    {
                        ConditionOperator.Is => ConditionOperator.IsNot,
                        ConditionOperator.In => ConditionOperator.NotIn,
                        ConditionOperator.ContainsAny => ConditionOperator.ContainsNone,
                        ConditionOperator.IsSet => ConditionOperator.IsEmpty,
                        _ => null,
                    };
                    if (opposite is { } op)
                        Assert.NotEqual(term.Holds(subject), (term with { Op = op }).Holds(subject));
                }
            }
        );

    [Fact]
    public void All_and_any_do_not_care_for_order_grouping_or_repetition() =>
        Prop.ForAll(
                Arb.From(
                    from scope in Gen.Elements<ConditionScope>(ConditionScope.All)
                    from a in Any(scope, 1)
                    from b in Any(scope, 1)
                    from c in Any(scope, 1)
                    from subject in Subjects
                    select (a, b, c, subject)
                ),
                one =>
                {
                    var (a, b, c, subject) = one;
                    bool All(params Condition[] of) => new AllOf(of).Holds(subject);
                    bool Some(params Condition[] of) => new AnyOf(of).Holds(subject);
                    Assert.Equal(a.Holds(subject) && b.Holds(subject), All(a, b));
                    Assert.Equal(a.Holds(subject) || b.Holds(subject), Some(a, b));
                    Assert.Equal(All(a, b, c), All(c, a, b, a));
                    Assert.Equal(Some(a, b, c), Some(c, a, b, a));
                    Assert.Equal(All(a, b, c), All(a, new AllOf([b, c])));
                    Assert.Equal(a.Holds(subject), All(a, Condition.Always));
                    // What is not true of both is not true of one of them.
                    Assert.Equal(!All(a, b), Some(new NotThat(a), new NotThat(b)));
                    Assert.Equal(!Some(a, b), All(new NotThat(a), new NotThat(b)));
                }
            )
            .Check(Config.QuickThrowOnFailure.WithMaxTest(2_000));

    [Fact]
    public void The_explanation_agrees_and_what_decides_does_decide() =>
        ForAll(
            (_, condition, subject) =>
            {
                var explained = condition.Explain(subject);
                Assert.Equal(condition.Holds(subject), explained.Holds);
                Assert.Equal(condition.Terms().Select(one => one.At), explained.Terms.Select(term => term.At));
                Assert.All(explained.Terms, term => Assert.Equal(term.Term.Holds(subject), term.Holds));
                // Only those that decide are needed to know what it comes to.
                var deciding = new HashSet<Condition>(
                    explained.Terms.Where(term => term.Decides).Select(term => term.Term),
                    ReferenceEqualityComparer.Instance
                );
                Assert.Equal(explained.Holds, condition.Decide(term => deciding.Contains(term) ? term.Holds(subject) : null));
                Assert.Equal(explained.Holds, condition.Decide(term => term.Holds(subject)));
            }
        );

    [Fact]
    public void What_is_known_of_a_part_is_true_of_the_whole() =>
        ForAll(
            (_, condition, subject) =>
            {
                // Whatever the other terms are, a decision does not change.
                var known = condition.Terms().Select(one => one.Term).Where((_, index) => index % 2 == 0).ToHashSet(ReferenceEqualityComparer.Instance);
                if (condition.Decide(term => known.Contains(term) ? term.Holds(subject) : null) is not { } decided)
                    return;
                Assert.Equal(decided, condition.Decide(term => !known.Contains(term) || term.Holds(subject)));
                Assert.Equal(decided, condition.Decide(term => known.Contains(term) && term.Holds(subject)));
            }
        );

    /// <summary>JSON that is nearly a condition: one value anywhere in it is another.</summary>
    [Fact]
    public void What_is_wrong_is_always_said_with_a_place_in_the_condition_and_nothing_throws() =>
        Prop.ForAll(
                Arb.From(
                    from one in Conditions
                    from place in Gen.Choose(0, 60)
                    from other in Gen.Elements(
                        "null",
                        "[]",
                        "{}",
                        "[[1]]",
                        "1e999",
                        "-1",
                        "true",
                        "\"\"",
                        "\"\\u0000\"",
                        "\"\\ud800\"",
                        "{\"all\":1}",
                        "\"all\""
                    )
                    from subject in Subjects
                    select (one.Scope, one.Condition, place, other, subject)
                ),
                one =>
                {
                    var json = Replaced(one.Condition.ToString(), one.place, one.other);
                    var (condition, errors) = Condition.Parse(JsonElement.Parse(json), one.Scope);
                    Assert.Equal(condition is null, errors.Count > 0);
                    Assert.All(errors, error => Assert.Matches(@"^condition(\.|\[|$)", error.At));
                    Assert.All(errors, error => Assert.EndsWith(".", error.Problem, StringComparison.Ordinal));
                    condition?.Explain(one.subject);
                }
            )
            .Check(Config.QuickThrowOnFailure.WithMaxTest(3_000));

    /// <summary>JSON with another value in the place of the one that comes at a number, counted from the front.</summary>
    private static string Replaced(string json, int place, string other)
    {
        var node = JsonNode.Parse(json)!;
        var places = new List<Action<JsonNode?>>();
        Collect(node, places);
        if (places.Count == 0)
            return other;
        const string Mark = "\u0001here\u0001";
        places[place % places.Count](JsonValue.Create(Mark));
        return node.ToJsonString().Replace("\"\\u0001here\\u0001\"", other, StringComparison.Ordinal);
    }

    private static void Collect(JsonNode? node, List<Action<JsonNode?>> places)
    {
        if (node is JsonObject members)
        {
            foreach (var name in members.Select(member => member.Key).ToList())
            {
                places.Add(value => members[name] = value);
                Collect(members[name], places);
            }
        }
        else if (node is JsonArray entries)
        {
            for (var i = 0; i < entries.Count; i++)
            {
                var index = i;
                places.Add(value => entries[index] = value);
                Collect(entries[i], places);
            }
        }
    }
}
