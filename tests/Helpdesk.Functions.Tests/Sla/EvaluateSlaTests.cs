using System.Text;
using System.Text.Json.Nodes;

namespace Helpdesk.Functions.Tests.Sla;

public sealed class EvaluateSlaTests(DeskFixture fixture)
{
    private const string Timeline = """
        { "calendars": { "BER": { "timeZone": "Europe/Berlin",
              "hours": { "mon": ["09:00-17:00"], "tue": ["09:00-17:00"], "wed": ["09:00-17:00"], "thu": ["09:00-17:00"], "fri": ["09:00-17:00"] },
              "holidays": ["2026-04-03"], "overrides": { "2026-12-24": ["09:00-13:00"] } } },
          "policy": { "calendar": "BER", "reopen": "resume", "pauseResolutionOn": [],
              "targets": [ { "metric": "first-reply", "priority": "normal", "within": "PT1H" },
                           { "metric": "resolution", "priority": "normal", "within": "PT8H" } ],
              "steps": [ { "metric": "resolution", "at": 75, "do": "warn" }, { "metric": "resolution", "at": 100, "do": "escalate", "toTier": 2 } ] },
          "events": [ { "type": "ticket-opened", "at": "2026-03-10T09:00:00Z", "by": "requester", "priority": "normal" },
                      { "type": "comment-added", "at": "2026-03-10T09:20:00Z", "by": "agent", "visibility": "internal" },
                      { "type": "comment-added", "at": "2026-03-10T09:45:00Z", "by": "agent", "visibility": "public" } ],
          "now": "2026-03-10T12:00:00Z" }
        """;

    private static Task<Answer> EvaluateAsync(Desk desk, string body) =>
        desk.SendAsync(HttpMethod.Post, "/api/sla/evaluate", new StringContent(body, Encoding.UTF8, "application/json"));

    [Fact]
    public async Task The_example_of_the_design_is_answered_as_it_says()
    {
        using var desk = await fixture.OpenDeskAsync();
        var answer = (await EvaluateAsync(desk, Timeline)).Expect(200).Json;
        var expected = JsonNode.Parse(
            """
            { "metric": "first-reply", "cycle": 1, "priority": "normal", "within": "PT1H", "state": "met", "startedAt": "2026-03-10T09:00:00.000Z",
              "dueAt": "2026-03-10T10:00:00.000Z", "stoppedAt": "2026-03-10T09:45:00.000Z", "breachedAt": null,
              "cause": null, "everBreached": false, "elapsed": "PT45M",
              "intervals": [ { "from": "2026-03-10T09:00:00.000Z", "to": "2026-03-10T09:45:00.000Z", "kind": "counted" } ] }
            """
        );
        Assert.True(JsonNode.DeepEquals(expected, answer["targets"]![0]), answer["targets"]![0]!.ToJsonString());
        Assert.Equal(
            ("warn", "2026-03-10T15:00:00.000Z", null),
            (answer["steps"]![0]!["do"]!.GetValue<string>(), answer["steps"]![0]!["dueAt"]!.GetValue<string>(), answer["steps"]![0]!["firedAt"])
        );
        Assert.Equal("2026-03-10T15:00:00.000Z", answer["nextWakeAt"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("Europe/Berlin", "Europe/Atlantis", "calendars.BER.timeZone")]
    [InlineData("[\"09:00-17:00\"], \"tue\"", "[\"09:00-17:00\", \"16:00-18:00\"], \"tue\"", "calendars.BER.hours")]
    [InlineData("[\"09:00-17:00\"], \"tue\"", "[\"9-17\"], \"tue\"", "calendars.BER.hours.mon")]
    [InlineData("\"holidays\": [\"2026-04-03\"]", "\"holidays\": [\"3 April\"]", "calendars.BER.holidays")]
    [InlineData("2026-12-24", "2026-13-24", "calendars.BER.overrides.2026-13-24")]
    [InlineData("\"calendar\": \"BER\"", "\"calendar\": \"NY\"", "policy.calendar")]
    [InlineData("PT1H", "-PT1H", "policy.targets[0].within")]
    [InlineData("PT1H", "P1M", "policy.targets[0].within")]
    [InlineData("PT1H", "an hour", "policy.targets[0].within")]
    [InlineData("\"first-reply\"", "\"first-response\"", "policy.targets[0].metric")]
    [InlineData("\"escalate\", \"toTier\": 2", "\"escalate\"", "policy.steps[1].toTier")]
    [InlineData("\"at\": 75", "\"at\": 0", "policy.steps[0].at")]
    [InlineData("ticket-opened", "ticket-made", "events[0].type")]
    [InlineData("2026-03-10T09:20:00Z", "yesterday", "events[1].at")]
    [InlineData("\"by\": \"requester\"", "\"by\": \"customer\"", "events[0].by")]
    [InlineData("\"visibility\": \"internal\"", "\"visibilty\": \"internal\"", "events[1].visibilty")]
    [InlineData("\"now\": \"2026-03-10T12:00:00Z\"", "\"now\": null", "now")]
    public async Task Bad_input_names_its_field(string part, string instead, string field)
    {
        using var desk = await fixture.OpenDeskAsync();
        Assert.Contains(part, Timeline, StringComparison.Ordinal);
        Assert.Contains(
            field,
            (await EvaluateAsync(desk, Timeline.Replace(part, instead, StringComparison.Ordinal))).Expect(400).Json["errors"]!
                .AsObject()
                .Select(error => error.Key)
        );
    }

    [Fact]
    public async Task Only_agents_and_admins_ask()
    {
        using var desk = await fixture.OpenDeskAsync();
        using var integration = await desk.WithRoleAsync("integration");
        (await EvaluateAsync(integration, Timeline)).Expect(403);
    }
}
