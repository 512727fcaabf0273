using System.Text.Json.Nodes;
using Helpdesk.Functions.Tickets;
using Helpdesk.Tickets;

namespace Helpdesk.Functions.Tests.Conditions;

public sealed class CheckConditionTests(DeskFixture fixture)
{
    private static Task<Answer> CheckAsync(Desk desk, string scope, string condition, string? ticket = null) =>
        desk.PostAsync(
            "/api/conditions/check",
            new JsonObject
            {
                ["scope"] = scope,
                ["condition"] = JsonNode.Parse(condition),
                ["ticket"] = ticket,
            }
        );

    [Fact]
    public async Task A_condition_that_can_be_used_is_answered_as_it_would_be_stored()
    {
        using var desk = await fixture.OpenDeskAsync();
        var check = (await CheckAsync(desk, "tickets", """{"value":["new"],"op":"in","field":"status"}""")).Expect(200).Json;
        Assert.True(check["valid"]!.GetValue<bool>());
        Assert.Equal("""{"field":"status","op":"in","value":["new"]}""", check["condition"]!.ToJsonString());
        Assert.Empty(check["errors"]!.AsArray());
        Assert.Null(check["holds"]);
    }

    [Fact]
    public async Task What_is_wrong_is_answered_with_its_place_and_is_no_bad_request()
    {
        using var desk = await fixture.OpenDeskAsync();
        var check = (await CheckAsync(desk, "tickets", """{"all":[{"field":"tier","op":"contains","value":1},{"field":"label.x","op":"is","value":"a"}]}"""))
            .Expect(200)
            .Json;
        Assert.False(check["valid"]!.GetValue<bool>());
        Assert.Null(check["condition"]);
        Assert.Equal(["condition.all[0].op", "condition.all[1].field"], check["errors"]!.AsArray().Select(error => error!["at"]!.GetValue<string>()));
        Assert.StartsWith(
            "condition.all[0].op is \"contains\"; possible for tier (number) are is, is-not",
            check["errors"]![0]!["problem"]!.GetValue<string>(),
            StringComparison.Ordinal
        );
        var deep = string.Concat(Enumerable.Repeat("{\"not\":", 30)) + """{"all":[]}""" + new string('}', 30);
        Assert.Equal("condition.not.not.not.not.not.not", (await CheckAsync(desk, "tickets", deep)).Expect(200).Json["errors"]![0]!["at"]!.GetValue<string>());
        (await CheckAsync(desk, "views", """{"all":[]}""")).Expect(400);
        (await CheckAsync(desk, "alerts", """{"all":[]}""", "1")).Expect(400);
        (await desk.PostAsync("/api/conditions/check", new { scope = "tickets" })).Expect(400);
        (await CheckAsync(desk, "tickets", "[]")).Expect(400);
    }

    [Fact]
    public async Task A_ticket_is_held_against_it_as_it_is_and_each_term_says_what_it_found()
    {
        using var desk = await fixture.OpenDeskAsync();
        using var form = await desk.WithRoleAsync("integration");
        var number = (await form.OpenTicketAsync("The printer is on fire", tags: "hardware")).Json["number"]!.GetValue<long>();
        (await desk.PatchAsync($"/api/tickets/{number}", new { priority = "urgent" })).Expect(200);
        var check = (
            await CheckAsync(
                desk,
                "tickets",
                """
                {"all":[{"field":"priority","op":"at-least","value":"high"},
                        {"any":[{"field":"subject","op":"contains","value":"FIRE"},{"field":"tags","op":"contains","value":"fire"}]},
                        {"field":"hoursSince.requesterReply","op":"less-than","value":1},
                        {"field":"sla.first-reply.state","op":"is-not","value":"breached"},
                        {"field":"sla.first-reply.dueIn","op":"less-than","value":9,"calendar":"business"}]}
                """,
                $"{number}"
            )
        ).Expect(200).Json;
        Assert.True(check["holds"]!.GetValue<bool>(), check.ToJsonString());
        var terms = check["terms"]!.AsArray();
        Assert.Equal("condition.all[1].any[1]", terms[2]!["at"]!.GetValue<string>());
        Assert.Equal([true, true, false, true, true, true], terms.Select(term => term!["holds"]!.GetValue<bool>()));
        Assert.Equal([true, true, false, true, true, true], terms.Select(term => term!["decides"]!.GetValue<bool>()));
        Assert.Equal("urgent", terms[0]!["found"]!.GetValue<string>());
        Assert.Equal("""["hardware"]""", terms[2]!["found"]!.ToJsonString());
        Assert.Equal("running", terms[4]!["found"]!.GetValue<string>());
        Assert.InRange(terms[5]!["found"]!.GetValue<decimal>(), 0.5m, 1m);
        Assert.Equal("""{"field":"tags","op":"contains","value":"fire"}""", terms[2]!["term"]!.ToJsonString());
    }

    [Fact]
    public async Task An_event_is_the_last_one_of_the_ticket()
    {
        using var desk = await fixture.OpenDeskAsync();
        var number = (await desk.OpenTicketAsync()).Json["number"]!.GetValue<long>();
        (await desk.PatchAsync($"/api/tickets/{number}", new { type = "incident" })).Expect(200);
        const string Condition = """
            {"all":[{"field":"changed.type","op":"is","value":true},{"field":"was.type","op":"is-empty"},{"field":"by","op":"is","value":"agent"}]}
            """;
        Assert.True((await CheckAsync(desk, "events", Condition, $"{number}")).Expect(200).Json["holds"]!.GetValue<bool>());
        (await desk.PostAsync($"/api/tickets/{number}/comments", new { body = "Hello" })).Expect(201);
        Assert.False((await CheckAsync(desk, "events", Condition, $"{number}")).Expect(200).Json["holds"]!.GetValue<bool>());
    }

    [Fact]
    public async Task The_requester_is_asked_for_as_a_contact()
    {
        using var desk = await fixture.OpenDeskAsync();
        var number = (await desk.OpenTicketAsync()).Json["number"]!.GetValue<long>();
        var email = (await desk.GetAsync($"/api/tickets/{number}")).Json["requester"]!["email"]!.GetValue<string>();
        const string Vip = """{"field":"requester.vip","op":"is","value":true}""";
        await fixture.App.DeliveredAsync();
        var contact = (await desk.GetAsync($"/api/contacts?search={Uri.EscapeDataString(email)}")).Expect(200).Json["items"]![0]!["id"]!.GetValue<string>();
        Assert.False((await CheckAsync(desk, "tickets", Vip, $"{number}")).Expect(200).Json["holds"]!.GetValue<bool>());
        (await desk.PatchAsync($"/api/contacts/{contact}", new { vip = true })).Expect(200);
        Assert.True((await CheckAsync(desk, "tickets", Vip, $"{number}")).Expect(200).Json["holds"]!.GetValue<bool>());
    }

    [Fact]
    public async Task Names_that_are_not_there_are_warned_of()
    {
        using var desk = await fixture.OpenDeskAsync();
        var check = (
            await CheckAsync(
                desk,
                "tickets",
                """
                {"any":[{"field":"group","op":"in","value":["ghosts"]},{"within":{"calendar":"business-hours"}},{"within":{"calendar":"business"}},
                        {"field":"hoursSince.created","op":"more-than","value":1,"calendar":"atlantis"},{"field":"sla.policy","op":"is","value":"standard"}]}
                """
            )
        ).Expect(200).Json;
        Assert.True(check["valid"]!.GetValue<bool>());
        Assert.Equal(
            [
                "condition.any[0].value[0] names \"ghosts\": there is no such group here.",
                "condition.any[3].calendar names \"atlantis\": there is no such calendar here.",
            ],
            check["warnings"]!.AsArray().Select(warning => warning!["problem"]!.GetValue<string>())
        );
    }

    [Fact]
    public async Task A_ticket_of_another_workspace_is_not_found_and_integrations_may_not_ask()
    {
        using var desk = await fixture.OpenDeskAsync();
        using var other = await fixture.OpenDeskAsync();
        var id = (await desk.OpenTicketAsync()).Json["id"]!.GetValue<string>();
        (await CheckAsync(desk, "tickets", """{"all":[]}""", id)).Expect(200);
        Assert.NotNull((await CheckAsync(other, "tickets", """{"all":[]}""", id)).Expect(400).Json["errors"]!["ticket"]);
        using var integration = await desk.WithRoleAsync("integration");
        (await CheckAsync(integration, "tickets", """{"all":[]}""")).Expect(403);
        using var agent = await desk.WithRoleAsync("agent");
        (await CheckAsync(agent, "tickets", """{"all":[]}""")).Expect(200);
    }

    [Fact]
    public async Task The_fields_of_a_scope_are_listed_with_what_is_possible()
    {
        using var desk = await fixture.OpenDeskAsync();
        var fields = (await desk.GetAsync("/api/conditions/fields?scope=policies")).Expect(200).Json["items"]!.AsArray();
        var priority = fields.Single(field => field!["name"]!.GetValue<string>() == "priority")!;
        Assert.Equal(["low", "normal", "high", "urgent"], priority["choices"]!.AsArray().Select(name => name!.GetValue<string>()));
        Assert.Contains("at-least", priority["operators"]!.AsArray().Select(name => name!.GetValue<string>()));
        Assert.Equal("group", fields.Single(field => field!["name"]!.GetValue<string>() == "group")!["names"]!.GetValue<string>());
        Assert.DoesNotContain(fields, field => field!["name"]!.GetValue<string>() == "status");
        (await desk.GetAsync("/api/conditions/fields?scope=views")).Expect(400);
    }

    [Fact]
    public void Facts_have_one_name_in_conditions_and_in_events() => Assert.Equal(TicketFacts.Types.Keys.Order(StringComparer.Ordinal), TicketFactNames.All);
}
