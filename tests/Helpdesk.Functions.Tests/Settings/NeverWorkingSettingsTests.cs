using System.Text.Json.Nodes;

namespace Helpdesk.Functions.Tests.Settings;

/// <summary>What can never work is refused when it is saved, in words that say what would; what has no effect as things stand is warned of.</summary>
public sealed class NeverWorkingSettingsTests(DeskFixture fixture)
{
    [Theory]
    [InlineData("""{"name":"c","timeZone":"UTC","hours":{}}""", "hours", "at least one day")]
    [InlineData("""{"name":"c","timeZone":"UTC","hours":{"mon":[]},"holidays":["2026-04-03"]}""", "hours", "at least one day")]
    [InlineData("""{"name":"c","timeZone":"UTC","hours":{"monday":["09:00-17:00"]}}""", "hours.monday", "use mon, tue, wed, thu, fri, sat, sun")]
    [InlineData("""{"name":"c","timeZone":"Europe/Atlantis","hours":{"mon":["09:00-17:00"]}}""", "timeZone", "Europe/Berlin")]
    [InlineData("""{"name":"c","timeZone":"CET+1","hours":{"mon":["09:00-17:00"]}}""", "timeZone", "Europe/Berlin")]
    [InlineData("""{"name":"c","timeZone":"UTC","hours":{"mon":["09:00-17:00","16:00-18:00"]}}""", "hours", "overlap")]
    [InlineData("""{"name":"c","timeZone":"UTC","hours":{"mon":["22:00-06:00"],"tue":["05:00-07:00"]}}""", "hours", "overlap")]
    [InlineData("""{"name":"c","timeZone":"UTC","hours":{"mon":["9-17"]}}""", "hours.mon", "09:00-17:00")]
    [InlineData("""{"name":"c","timeZone":"UTC","hours":{"mon":["09:00-17:00"]},"holidays":["03.04.2026"]}""", "holidays", "2026-04-03")]
    [InlineData("""{"name":"c","timeZone":"UTC","hours":{"mon":["09:00-17:00"]},"overrides":{"24.12.":[]}}""", "overrides.24.12.", "2026-12-24")]
    public Task A_calendar_by_which_nothing_can_be_counted_is_refused(string body, string field, string words) =>
        RefusedAsync("/api/calendars", body, field, words);

    [Theory]
    [InlineData("""{"name":"p","calendar":"business-hours"}""", "targets", "at least one target")]
    [InlineData("""{"name":"p","calendar":"business-hours","targets":[]}""", "targets", "at least one target")]
    [InlineData("""{"name":"p","calendar":"business-hours","targets":[{"metric":"resolution","within":"PT0S"}]}""", "targets[0].within", "PT0S")]
    [InlineData("""{"name":"p","calendar":"business-hours","targets":[{"metric":"resolution","within":"P3650D"}]}""", "targets[0].within", "ten years")]
    [InlineData("""{"name":"p","calendar":"nowhere","targets":[{"metric":"resolution","within":"PT1H"}]}""", "calendar", "nowhere")]
    [InlineData("""{"name":"p","calendar":"business-hours","targets":[{"metric":"speed","within":"PT1H"}]}""", "targets[0].metric", "first-reply")]
    [InlineData(
        """{"name":"p","calendar":"business-hours","targets":[{"metric":"resolution","within":"PT1H"}],"steps":["""
            + """{"metric":"first-reply","at":50,"do":"warn"}]}""",
        "steps[0].metric",
        "use resolution"
    )]
    [InlineData(
        """{"name":"p","calendar":"business-hours","targets":[{"metric":"resolution","within":"PT1H"}],"steps":["""
            + """{"metric":"resolution","at":50,"do":"warn","repeatEvery":"PT59S"}]}""",
        "steps[0].repeatEvery",
        "PT1M"
    )]
    [InlineData(
        """{"name":"p","calendar":"business-hours","targets":[{"metric":"resolution","within":"PT1H"}],"steps":["""
            + """{"metric":"resolution","at":1001,"do":"warn"}]}""",
        "steps[0].at",
        "1000"
    )]
    [InlineData(
        """{"name":"p","calendar":"business-hours","targets":[{"metric":"resolution","within":"PT1H"}],"steps":["""
            + """{"metric":"resolution","at":50,"do":"assign-group","toGroup":"ghosts"}]}""",
        "steps",
        "ghosts"
    )]
    [InlineData(
        """{"name":"p","calendar":"business-hours","targets":[{"metric":"resolution","within":"PT1H"}],"conditions":{"groups":["ghosts"]}}""",
        "conditions.groups",
        "ghosts"
    )]
    [InlineData(
        """{"name":"p","calendar":"business-hours","targets":[{"metric":"resolution","within":"PT1H"}],"conditions":{"groups":["No Id"]}}""",
        "conditions.groups",
        "No Id"
    )]
    [InlineData(
        """{"name":"p","calendar":"business-hours","targets":[{"metric":"resolution","within":"PT1H"}],"conditions":{"tags":["a,b"]}}""",
        "conditions.tags",
        "no comma"
    )]
    [InlineData(
        """{"name":"p","calendar":"business-hours","targets":[{"metric":"resolution","within":"PT1H"}],"conditions":{"requesterDomains":["*.example.com"]}}""",
        "conditions.requesterDomains",
        "subdomains"
    )]
    [InlineData(
        """{"name":"p","calendar":"business-hours","targets":["""
            + """{"metric":"resolution","within":"PT1H"}],"conditions":{"requesterDomains":["rita@example.com"]}}""",
        "conditions.requesterDomains",
        "after the @"
    )]
    [InlineData(
        """{"name":"p","calendar":"business-hours","targets":[{"metric":"resolution","within":"PT1H"}],"conditions":{"requesterDomains":["not a domain"]}}""",
        "conditions.requesterDomains",
        "example.com"
    )]
    [InlineData(
        """{"name":"p","calendar":"business-hours","targets":[{"metric":"resolution","within":"PT1H"}],"conditions":{"priorities":["critical"]}}""",
        "conditions.priorities",
        "urgent"
    )]
    public Task A_policy_that_no_ticket_is_ever_held_to_is_refused(string body, string field, string words) =>
        RefusedAsync("/api/sla/policies", body, field, words);

    [Theory]
    [InlineData("""{"steps":[{"metric":"resolution","at":100,"do":"escalate","toTier":3}]}""", "tier 3")]
    [InlineData("""{"position":2000}""", "never given")]
    [InlineData("""{"targets":[{"metric":"resolution","priority":"low","within":"PT1H"}],"conditions":{"priorities":["urgent"]}}""", "priority low")]
    public async Task What_has_no_effect_as_things_stand_is_warned_of(string parts, string words)
    {
        using var desk = await fixture.OpenDeskAsync();
        var body = JsonNode
            .Parse("""{"name":"p","calendar":"business-hours","targets":[{"metric":"resolution","within":"PT1H"}],"conditions":{"tags":["x"]}}""")!
            .AsObject();
        foreach (var (name, value) in JsonNode.Parse(parts)!.AsObject().ToList())
            body[name] = value!.DeepClone();
        var added = (await desk.PostAsync("/api/sla/policies", body)).Expect(201).Json;
        Assert.Contains(words, Assert.Single(added["warnings"]!.AsArray())!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Null((await desk.GetAsync("/api/sla/policies/p")).Json["warnings"]);
    }

    [Fact]
    public async Task Steps_that_lose_their_target_are_warned_of()
    {
        using var desk = await fixture.OpenDeskAsync();
        var changed = (await desk.PatchAsync("/api/sla/policies/standard", new { targets = new[] { new { metric = "resolution", within = "PT3H" } } })).Expect(
            200
        );
        Assert.Contains(changed.Json["warnings"]!.AsArray(), warning => warning!.GetValue<string>().Contains("first-reply", StringComparison.Ordinal));
        (await desk.PatchAsync("/api/sla/policies/standard", new { targets = Array.Empty<object>() })).Expect(400);
    }

    [Theory]
    [InlineData("https://bücher.example", "https://xn--bcher-kva.example")]
    [InlineData("HTTPS://WWW.Example.com", "https://www.example.com")]
    [InlineData("https://www.example.com:443", "https://www.example.com")]
    [InlineData("https://www.example.com/", "https://www.example.com")]
    [InlineData("http://localhost:3000", "http://localhost:3000")]
    [InlineData("http://[2001:db8::1]:8080", "http://[2001:db8::1]:8080")]
    [InlineData("https://*.example.com", null)]
    [InlineData("https://www.example.com/shop", null)]
    [InlineData("https://www.example.com?x", null)]
    [InlineData("https://me@www.example.com", null)]
    [InlineData("www.example.com", null)]
    [InlineData("ftp://www.example.com", null)]
    [InlineData("null", null)]
    public async Task An_origin_is_kept_as_browsers_send_it(string written, string? kept)
    {
        using var desk = await fixture.OpenDeskAsync();
        var answer = await desk.PatchAsync("/api/chat", new { allowedOrigins = new[] { written } });
        if (kept is null)
        {
            Assert.NotNull(answer.Expect(400).Json["errors"]!["allowedOrigins"]);
            return;
        }

        Assert.Equal(kept, answer.Expect(200).Json["allowedOrigins"]![0]!.GetValue<string>());
        var key = answer.Json["key"]!.GetValue<string>();
        using var page = new Desk(desk.Workspace, key, fixture.App.Address);
        (await page.PostAsync("/api/directline/tokens/generate", null, ("Origin", kept))).Expect(200);
        (await page.PostAsync("/api/directline/tokens/generate", null, ("Origin", "https://elsewhere.example"))).Expect(403);
    }

    [Fact]
    public async Task A_key_for_an_agent_who_is_not_active_is_refused()
    {
        using var desk = await fixture.OpenDeskAsync();
        (
            await desk.PostAsync(
                "/api/agents",
                new
                {
                    id = "ada",
                    name = "Ada",
                    email = "ada@example.com",
                    active = false,
                }
            )
        ).Expect(201);
        var refused = (
            await desk.PostAsync(
                "/api/keys",
                new
                {
                    name = "Hers",
                    role = "agent",
                    agent = "ada",
                }
            )
        ).Expect(400);
        Assert.Contains("not active", refused.Json["errors"]!["agent"]![0]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_field_that_is_not_known_is_told_which_are()
    {
        using var desk = await fixture.OpenDeskAsync();
        var refused = (await desk.PostAsync("/api/groups", new { name = "G", level = 2 })).Expect(400);
        Assert.Contains("tier", refused.Json["errors"]!["level"]![0]!.GetValue<string>(), StringComparison.Ordinal);
    }

    private async Task RefusedAsync(string path, string body, string field, string words)
    {
        using var desk = await fixture.OpenDeskAsync();
        var errors = (await desk.PostAsync(path, JsonNode.Parse(body)!)).Expect(400).Json["errors"]!;
        Assert.True(errors[field] is not null, $"{field} is not among {errors}");
        Assert.Contains(words, errors[field]![0]!.GetValue<string>(), StringComparison.Ordinal);
    }
}
