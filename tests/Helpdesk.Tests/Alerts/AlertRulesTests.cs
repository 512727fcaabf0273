using System.Text.Json;
using Helpdesk.Alerts;
using Helpdesk.Tickets;

namespace Helpdesk.Tests.Alerts;

/// <summary>How what tools say is understood.</summary>
public sealed class AlertRulesTests
{
    [Theory]
    [InlineData("2026-03-10T09:00:00Z", "2026-03-10T09:00:00.000Z")]
    [InlineData("2026-03-10T10:00:00.5+01:00", "2026-03-10T09:00:00.500Z")]
    [InlineData("2026-03-10T10:00:00+0100", "2026-03-10T09:00:00.000Z")]
    [InlineData("2026-03-10T09:00:00.123456789Z", "2026-03-10T09:00:00.123Z")]
    [InlineData("2026-03-10 09:00:00 +00:00", "2026-03-10T09:00:00.000Z")]
    [InlineData("Tue, 10 Mar 2026 09:00:00 GMT", "2026-03-10T09:00:00.000Z")]
    [InlineData("1773133200", "2026-03-10T09:00:00.000Z")]
    [InlineData("1773133200.25", "2026-03-10T09:00:00.250Z")]
    [InlineData("1773133200123", "2026-03-10T09:00:00.123Z")]
    [InlineData("1773133200123456", "2026-03-10T09:00:00.123Z")]
    [InlineData("1773133200123456789", "2026-03-10T09:00:00.123Z")]
    [InlineData("2026-03-10 09:00:00", null)]
    [InlineData("2026-03-10", null)]
    [InlineData("0001-01-01T00:00:00Z", null)]
    [InlineData("1999-12-31T23:59:59Z", null)]
    [InlineData("12", null)]
    [InlineData("2200-01-01T00:00:00Z", null)]
    [InlineData("-5", null)]
    [InlineData("99999999999999999999999999", null)]
    [InlineData("99999999999999999999999999999999999999999999999999", null)]
    [InlineData("tomorrow", null)]
    [InlineData("", null)]
    public void An_instant_says_its_offset(string text, string? instant) =>
        Assert.Equal(instant, AlertInstants.Parse(text)?.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", System.Globalization.CultureInfo.InvariantCulture));

    [Fact]
    public void A_time_without_an_offset_is_utc_only_where_the_tool_is_known_for_it() =>
        Assert.Equal(new DateTimeOffset(2026, 3, 10, 9, 0, 0, TimeSpan.Zero), AlertInstants.Parse("2026-03-10 09:00:00.000", assumeUtc: true));

    [Theory]
    [InlineData("CRITICAL", TicketPriority.Urgent)]
    [InlineData("Sev1", TicketPriority.High)]
    [InlineData(" warning ", TicketPriority.Normal)]
    [InlineData("Not classified", TicketPriority.Low)]
    [InlineData("P5", TicketPriority.Low)]
    [InlineData("1", null)]
    [InlineData("dreadful", null)]
    [InlineData("", null)]
    [InlineData(null, null)]
    public void A_word_for_how_bad_it_is_means_a_priority_or_nothing(string? word, TicketPriority? priority) =>
        Assert.Equal(priority, AlertSeverities.PriorityOf(word));

    [Fact]
    public void No_word_means_two_priorities_and_each_is_written_in_lower_case()
    {
        var words = AlertSeverities.Words.SelectMany(one => one.Words).ToList();
        Assert.Equal(words.Distinct(StringComparer.OrdinalIgnoreCase), words);
        Assert.Equal(words.Select(word => word.ToLowerInvariant()), words);
    }

    /// <summary>The examples of RFC 6901, and what leads nowhere.</summary>
    [Theory]
    [InlineData("", """{"foo":["bar","baz"],"":0,"a/b":1,"m~n":8}""")]
    [InlineData("/foo", """["bar","baz"]""")]
    [InlineData("/foo/0", "\"bar\"")]
    [InlineData("/", "0")]
    [InlineData("/a~1b", "1")]
    [InlineData("/m~0n", "8")]
    [InlineData("/foo/2", null)]
    [InlineData("/foo/-", null)]
    [InlineData("/foo/00", null)]
    [InlineData("/foo/-1", null)]
    [InlineData("/foo/99999999999", null)]
    [InlineData("/foo/0/x", null)]
    [InlineData("/none", null)]
    public void A_pointer_leads_to_a_value(string pointer, string? value) =>
        Assert.Equal(value, JsonPointers.Find(JsonElement.Parse("""{"foo":["bar","baz"],"":0,"a/b":1,"m~n":8}"""), pointer)?.GetRawText());

    [Theory]
    [InlineData("", true)]
    [InlineData("/a~0~1b", true)]
    [InlineData("a", false)]
    [InlineData("/a~", false)]
    [InlineData("/a~2", false)]
    public void A_pointer_is_right_or_wrong(string pointer, bool right) => Assert.Equal(right, JsonPointers.ProblemOf(pointer) is null);

    [Fact]
    public void A_mapping_takes_the_exact_value_then_one_of_another_case_then_any()
    {
        var field = new AlertFieldMapping(
            ["/s"],
            new Dictionary<string, string>
            {
                ["UP"] = "exact",
                ["Down"] = "loose",
                ["*"] = "any",
            }
        );
        string? Read(string json) => AlertMappings.Read(field, JsonElement.Parse(json), default).Text;
        Assert.Equal(["exact", "loose", "any"], new[] { """{"s":"UP"}""", """{"s":" DOWN "}""", """{"s":7}""" }.Select(Read));
        Assert.Null(Read("{}"));
        Assert.False(
            AlertMappings.Read(field with { Values = new Dictionary<string, string> { ["a"] = "b" } }, JsonElement.Parse("""{"s":"c"}"""), default).Known
        );
    }

    [Fact]
    public void What_a_source_says_beside_an_example_takes_the_place_of_what_that_says()
    {
        var mapping = new AlertMapping
        {
            Example = "zabbix",
            Fields = new Dictionary<string, AlertFieldMapping> { ["key"] = new(["/event"]) },
        };
        var resolved = AlertMappingExamples.Resolve(mapping);
        Assert.Equal(["/event"], resolved.Fields["key"].From);
        Assert.Equal(["/value"], resolved.Fields["state"].From);
        Assert.Equal("/tags", resolved.AllLabels);
    }

    [Fact]
    public void Every_example_says_what_is_required_and_points_rightly()
    {
        Assert.Equal(AlertMappingExamples.All.Count, AlertMappingExamples.All.Select(one => one.Name).Distinct().Count());
        Assert.All(
            AlertMappingExamples.All,
            example =>
            {
                Assert.Empty(AlertMappings.Required.Except(example.Mapping.Fields.Keys));
                Assert.Empty(example.Mapping.Fields.Keys.Except(AlertMappings.Fields.Keys));
                var pointers = example.Mapping.Fields.Values.Concat(example.Mapping.Labels.Values).SelectMany(field => field.From);
                Assert.All(pointers, pointer => Assert.Null(JsonPointers.ProblemOf(pointer)));
                var states = example.Mapping.Fields["state"];
                Assert.Empty(states.Values!.Values.Append(states.Default ?? "firing").Except(["firing", "resolved", "ignored"]));
            }
        );
    }

    [Fact]
    public void Keys_that_are_long_or_unclean_stay_apart()
    {
        var stem = new string('k', 400);
        Assert.Equal("plain|key", AlertReports.KeyOf("plain|key"));
        Assert.NotEqual(AlertReports.KeyOf(stem + "a"), AlertReports.KeyOf(stem + "b"));
        Assert.NotEqual(AlertReports.KeyOf("a\u0000"), AlertReports.KeyOf("a"));
        Assert.NotEqual(AlertReports.KeyOf("a  b"), AlertReports.KeyOf("a b"));
        Assert.All(new[] { stem, "a\u0000" }, key => Assert.InRange(AlertReports.KeyOf(key).Length, 1, AlertReports.KeyLength + 40));
    }

    [Fact]
    public void A_report_is_cut_to_what_a_ticket_can_bear_and_says_so()
    {
        var notes = new List<string>();
        var report = AlertReports.Of(
            new()
            {
                Key = "a",
                State = AlertState.Firing,
                Subject = new string('s', 249) + "😀😀",
                Description = new('d', 20_000),
                EndedAt = "2026-03-10T09:00:00Z",
                Labels = Enumerable.Range(0, 100).Select(n => new KeyValuePair<string, string>($"l{n}", new('v', 2000))),
            },
            notes.Add
        );
        Assert.Equal((250, AlertReports.DescriptionLength, AlertReports.MostLabels), (report.Subject.Length, report.Description.Length, report.Labels.Count));
        Assert.Null(report.EndedAt);
        Assert.Equal(4, notes.Distinct().Count());
    }

    [Theory]
    [InlineData("https://tool.example/a?b=c", true)]
    [InlineData("http://tool.example", true)]
    [InlineData("HTTPS://TOOL.example/", true)]
    [InlineData("javascript:alert(1)", false)]
    [InlineData("data:text/html,x", false)]
    [InlineData("file:///etc/passwd", false)]
    [InlineData("//tool.example", false)]
    [InlineData("tool.example", false)]
    [InlineData("https://a b.example", false)]
    [InlineData("https://tool.example/\u202E", false)]
    [InlineData("https://user:password@tool.example", false)]
    public void Only_addresses_of_the_web_are_kept(string address, bool kept)
    {
        var report = AlertReports.Of(
            new()
            {
                Key = "a",
                State = AlertState.Firing,
                Links = [new("source", address)],
            },
            _ => { }
        );
        Assert.Equal(kept, report.Links.ContainsKey("source"));
    }

    [Fact]
    public void The_secret_before_is_good_for_a_day()
    {
        var now = new DateTimeOffset(2026, 3, 10, 9, 0, 0, TimeSpan.Zero);
        var changed = new AlertSignature(AlertSignatureScheme.Bearer, "one").With("two", now);
        Assert.Equal(["two", "one"], changed.SecretsAt(now.AddHours(23)));
        Assert.Equal(["two"], changed.SecretsAt(now.AddHours(24)));
        Assert.Equal(changed, changed.With("two", now.AddHours(1)));
    }
}
