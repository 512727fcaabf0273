using System.Text.Json.Nodes;

namespace Helpdesk.Functions.Tests.Sla;

/// <summary>Policies say in the language of conditions which tickets they are for.</summary>
public sealed class PolicyConditionTests(DeskFixture fixture)
{
    private static JsonObject Policy(string member, string condition) =>
        new()
        {
            ["id"] = "p",
            ["name"] = "P",
            ["position"] = 1,
            ["calendar"] = "business-hours",
            ["targets"] = new JsonArray(new JsonObject { ["metric"] = "resolution", ["within"] = "PT1H" }),
            [member] = JsonNode.Parse(condition),
        };

    private static async Task<string?> PolicyOfAsync(Desk desk, long number) =>
        (await desk.GetAsync($"/api/tickets/{number}")).Expect(200).Json["sla"]?["policy"]?["id"]?.GetValue<string>();

    [Fact]
    public async Task A_policy_is_given_by_any_condition_and_taken_when_it_fits_no_longer()
    {
        using var desk = await fixture.OpenDeskAsync();
        const string Condition = """{"any":[{"field":"subject","op":"contains","value":"till"},{"not":{"field":"custom.building","op":"is-empty"}}]}""";
        var added = (await desk.PostAsync("/api/sla/policies", Policy("condition", Condition))).Expect(201).Json;
        Assert.Equal(Condition, added["condition"]!.ToJsonString());
        var tills = (await desk.OpenTicketAsync("All TILLS are down")).Json["number"]!.GetValue<long>();
        var other = (await desk.OpenTicketAsync("A mouse")).Json["number"]!.GetValue<long>();
        Assert.Equal("p", await PolicyOfAsync(desk, tills));
        Assert.Equal("standard", await PolicyOfAsync(desk, other));
        (await desk.PatchAsync($"/api/tickets/{other}", new { customFields = new { building = "B4" } })).Expect(200);
        (await desk.PatchAsync($"/api/tickets/{tills}", new { subject = "A cash desk is down" })).Expect(200);
        Assert.Equal("p", await PolicyOfAsync(desk, other));
        Assert.Equal("standard", await PolicyOfAsync(desk, tills));
    }

    [Fact]
    public async Task A_change_that_no_policy_asks_for_leaves_the_promise_alone()
    {
        using var desk = await fixture.OpenDeskAsync();
        var number = (await desk.OpenTicketAsync()).Json["number"]!.GetValue<long>();
        (await desk.PostAsync("/api/sla/policies", Policy("condition", """{"field":"channel","op":"is","value":"api"}"""))).Expect(201);
        (await desk.PatchAsync($"/api/tickets/{number}", new { subject = "Another printer" })).Expect(200);
        Assert.Equal("standard", await PolicyOfAsync(desk, number));
        (await desk.PatchAsync($"/api/tickets/{number}", new { type = "incident" })).Expect(200);
        Assert.Equal("p", await PolicyOfAsync(desk, number));
    }

    [Fact]
    public async Task The_short_form_means_the_same_and_both_are_refused()
    {
        using var desk = await fixture.OpenDeskAsync();
        var added = (
            await desk.PostAsync(
                "/api/sla/policies",
                Policy("conditions", """{"priorities":["urgent","high"],"tags":["VIP"],"requesterDomains":["Big.example"]}""")
            )
        )
            .Expect(201)
            .Json;
        const string Same =
            """{"all":[{"field":"priority","op":"in","value":["urgent","high"]},{"field":"tags","op":"contains-any","value":["vip"]},"""
            + """{"field":"requester.domain","op":"in","value":["big.example"]}]}""";
        Assert.Equal(Same, added["condition"]!.ToJsonString());
        var both = Policy("conditions", """{"tags":["x"]}""");
        both["condition"] = JsonNode.Parse("""{"all":[]}""");
        both["id"] = "q";
        var refused = (await desk.PostAsync("/api/sla/policies", both)).Expect(400);
        Assert.Contains("give one of them", refused.Json["errors"]!["conditions"]![0]!.GetValue<string>(), StringComparison.Ordinal);
        foreach (var everything in new[] { """{"condition":null}""", """{"conditions":null}""" })
        {
            Assert.Equal(
                """{"all":[]}""",
                (await desk.PatchAsync("/api/sla/policies/p", JsonNode.Parse(everything)!)).Expect(200).Json["condition"]!.ToJsonString()
            );
        }

        Assert.Equal(Same, (await desk.GetAsync("/api/sla/policies/p?version=1")).Json["condition"]!.ToJsonString());
        Assert.Equal("""{"all":[]}""", (await desk.PatchAsync("/api/sla/policies/p", new { position = 7 })).Expect(200).Json["condition"]!.ToJsonString());
    }

    [Theory]
    [InlineData("""{"field":"status","op":"is","value":"new"}""", "condition.field", "is not a field in policies")]
    [InlineData("""{"within":{"calendar":"business"}}""", "condition.within", "a promise does not change because time passes")]
    [InlineData("""{"all":[{"field":"group","op":"in","value":["ghosts"]}]}""", "condition.all[0].value[0]", "ghosts")]
    [InlineData("""{"all":[{"field":"priority","op":"is","value":"critical"}]}""", "condition.all[0].value", "low, normal, high, urgent")]
    [InlineData("""[]""", "condition", "must be an object")]
    public async Task What_cannot_be_used_is_refused_with_its_place(string condition, string at, string words)
    {
        using var desk = await fixture.OpenDeskAsync();
        var refused = (await desk.PostAsync("/api/sla/policies", Policy("condition", condition))).Expect(400);
        Assert.Contains(words, refused.Json["errors"]![at]![0]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_group_in_a_condition_is_in_use_and_gives_way_to_its_successor_wherever_it_lies()
    {
        using var desk = await fixture.OpenDeskAsync();
        foreach (var id in new[] { "old", "new" })
        {
            (
                await desk.PostAsync(
                    "/api/groups",
                    new
                    {
                        id,
                        name = id,
                        tier = 1,
                    }
                )
            ).Expect(201);
        }

        const string Condition = """
            {"any":[{"not":{"field":"group","op":"is","value":"old"}},{"all":[{"field":"group","op":"not-in","value":["new","old"]}]},
            {"field":"type","op":"is","value":"old"}]}
            """;
        (await desk.PostAsync("/api/sla/policies", Policy("condition", Condition))).Expect(201);
        var inUse = (await desk.DeleteAsync("/api/groups/old")).Expect(409);
        Assert.Equal("policies", inUse.Json["usedBy"]![0]!["kind"]!.GetValue<string>());
        (await desk.DeleteAsync("/api/groups/old?successor=new")).Expect(204);
        Assert.Equal(
            """{"any":[{"not":{"field":"group","op":"is","value":"new"}},{"all":[{"field":"group","op":"not-in","value":["new"]}]},"""
                + """{"field":"type","op":"is","value":"old"}]}""",
            (await desk.GetAsync("/api/sla/policies/p")).Json["condition"]!.ToJsonString()
        );
        (await desk.DeleteAsync("/api/groups/old")).Expect(404);
    }

    [Fact]
    public async Task A_trial_finds_tickets_by_their_description_too()
    {
        using var desk = await fixture.OpenDeskAsync();
        var number = (await desk.OpenTicketAsync()).Json["number"]!.GetValue<long>();
        await fixture.App.DeliveredAsync();
        await desk.ListShowsAsync("status=new", number);
        var description = (await desk.GetAsync($"/api/tickets/{number}")).Json["description"]!.GetValue<string>();
        async Task<int> TriedAsync(string words)
        {
            var tried = await desk.PostAsync(
                "/api/sla/policies/standard/try",
                new
                {
                    from = "2020-01-01T00:00:00Z",
                    to = "2100-01-01T00:00:00Z",
                    policy = new
                    {
                        condition = new
                        {
                            field = "description",
                            op = "contains",
                            value = words,
                        },
                    },
                }
            );
            return tried.Expect(200).Json["items"]!.AsArray().Count;
        }

        Assert.Equal(1, await TriedAsync(description));
        Assert.Equal(0, await TriedAsync(description + "?"));
    }
}
