using System.Text.Json.Nodes;
using Helpdesk.Testing;

namespace Helpdesk.Functions.Tests.Views;

public sealed class ViewsTests(DeskFixture fixture)
{
    private static readonly object Open = new
    {
        field = "status",
        op = "in",
        value = new[] { "new", "open", "pending", "on-hold" },
    };

    private static long Number(Answer ticket) => ticket.Json["number"]!.GetValue<long>();

    private static object All(params object[] conditions) => new { all = conditions };

    private static object Term(string field, string op, object value) =>
        new
        {
            field,
            op,
            value,
        };

    private static string Id(Answer view) => view.Json["id"]!.GetValue<string>();

    private static List<string> Ids(Answer page) => [.. page.Json["items"]!.AsArray().Select(one => one!["id"]!.GetValue<string>())];

    /// <summary>All numbers of a view, page by page.</summary>
    internal static async Task<List<long>> NumbersAsync(Desk desk, string view, int limit = 100)
    {
        var (numbers, cursor) = (new List<long>(), "");
        while (true)
        {
            var page = (await desk.GetAsync($"/api/views/{view}/tickets?limit={limit}{cursor}")).Expect(200).Json;
            numbers.AddRange(page["items"]!.AsArray().Select(item => item!["number"]!.GetValue<long>()));
            if (page["nextCursor"] is not { } next)
                return numbers;
            cursor = $"&cursor={next.GetValue<string>()}";
        }
    }

    internal static Task ShowsAsync(Desk desk, string view, params IEnumerable<long> numbers)
    {
        var expected = numbers.Order().ToList();
        return Until.TrueAsync(
            async () => (await NumbersAsync(desk, view)).Order().SequenceEqual(expected),
            $"the view {view} shows {string.Join(", ", expected)}"
        );
    }

    private static async Task<string> SaveAsync(Desk desk, object condition, string sort = "-updatedAt", params string[] columns) =>
        Id(
            (
                await desk.PostAsync(
                    "/api/views",
                    new
                    {
                        name = "A view",
                        condition,
                        sort,
                        columns,
                    }
                )
            ).Expect(201)
        );

    [Fact]
    public async Task A_new_workspace_has_views_that_can_be_used_hidden_and_copied()
    {
        using var desk = await fixture.OpenDeskAsync();
        using var agent = await desk.WithRoleAsync("agent");
        Assert.Equal(["my-tickets", "unassigned", "open", "due-soon", "waiting", "resolved"], Ids((await agent.GetAsync("/api/views")).Expect(200)));
        var mine = Number(await desk.OpenTicketAsync("Mine"));
        var nobodys = Number(await desk.OpenTicketAsync("Nobody's", "omar@example.com"));
        var waits = Number(await desk.OpenTicketAsync("Waits", "ned@example.com"));
        (await agent.PostAsync($"/api/tickets/{mine}/assign", new { assignee = "me" })).Expect(200);
        (await desk.PatchAsync($"/api/tickets/{waits}", new { status = "pending" })).Expect(200);
        var done = Number(await desk.ResolvedTicketAsync());
        await fixture.App.DeliveredAsync();
        await ShowsAsync(agent, "my-tickets", mine);
        await ShowsAsync(desk, "my-tickets");
        await ShowsAsync(agent, "unassigned", nobodys, waits);
        await ShowsAsync(agent, "open", mine, nobodys, waits);
        await ShowsAsync(agent, "waiting", waits);
        await ShowsAsync(agent, "resolved", done);

        Assert.Equal(409, (await desk.PatchAsync("/api/views/open", new { name = "Mine" })).Status);
        Assert.Equal("starter-view", (await desk.DeleteAsync("/api/views/open")).Code);
        (await agent.SendAsync(HttpMethod.Put, "/api/views/waiting/hidden", Json(new { hidden = true }))).Expect(200);
        Assert.Equal(403, (await agent.SendAsync(HttpMethod.Put, "/api/views/open/hidden", Json(new { hidden = true, @for = "everyone" }))).Status);
        (await desk.SendAsync(HttpMethod.Put, "/api/views/due-soon/hidden", Json(new { hidden = true, @for = "everyone" }))).Expect(200);
        Assert.Equal(["my-tickets", "unassigned", "open", "resolved"], Ids(await agent.GetAsync("/api/views")));
        Assert.Equal(["my-tickets", "unassigned", "open", "waiting", "resolved"], Ids(await desk.GetAsync("/api/views")));
        var all = (await agent.GetAsync("/api/views?hidden=true")).Json["items"]!.AsArray();
        Assert.Equal(["everyone", "me"], all.Select(one => one!["hidden"]?.GetValue<string>()).OfType<string>());
        (await agent.SendAsync(HttpMethod.Put, "/api/views/waiting/hidden", Json(new { hidden = false }))).Expect(200);
        Assert.Contains("waiting", Ids(await agent.GetAsync("/api/views")));

        var copy = (await agent.PostAsync("/api/views", new { copyOf = "waiting", sort = "createdAt" })).Expect(201);
        Assert.Equal("Waiting for somebody", copy.Json["name"]!.GetValue<string>());
        Assert.Equal("createdAt", copy.Json["sort"]!.GetValue<string>());
        Assert.StartsWith("own-", Id(copy), StringComparison.Ordinal);
        await ShowsAsync(agent, Id(copy), waits);
    }

    private static System.Net.Http.Json.JsonContent Json(object body) => System.Net.Http.Json.JsonContent.Create(body);

    [Fact]
    public async Task A_view_of_an_agents_own_is_seen_by_nobody_else_and_a_shared_one_by_its_groups()
    {
        using var desk = await fixture.OpenDeskAsync();
        using var elsewhere = await fixture.OpenDeskAsync();
        using var ada = await desk.WithRoleAsync("agent");
        using var bob = await desk.WithRoleAsync("agent");
        using var bridge = await desk.WithRoleAsync("integration");
        var own = await SaveAsync(ada, All(Open));
        foreach (var other in new[] { bob, desk, elsewhere })
        {
            Assert.Equal(404, (await other.GetAsync($"/api/views/{own}")).Status);
            Assert.Equal(404, (await other.GetAsync($"/api/views/{own}/tickets")).Status);
            Assert.Equal(404, (await other.PatchAsync($"/api/views/{own}", new { name = "Mine" })).Status);
            Assert.Equal(404, (await other.DeleteAsync($"/api/views/{own}")).Status);
            Assert.DoesNotContain(own, Ids(await other.GetAsync("/api/views")));
        }

        (await desk.PostAsync("/api/groups", new { id = "lab", name = "Lab" })).Expect(201);
        var bobs = (await bob.GetAsync("/api/views?limit=1")).Expect(200);
        Assert.Equal(
            403,
            (
                await bob.PostAsync(
                    "/api/views",
                    new
                    {
                        name = "All",
                        condition = All(Open),
                        shared = true,
                    }
                )
            ).Status
        );
        var shared = Id(
            (
                await desk.PostAsync(
                    "/api/views",
                    new
                    {
                        name = "Lab only",
                        condition = All(Open),
                        shared = true,
                        groups = new[] { "lab" },
                        position = 5,
                    }
                )
            ).Expect(201)
        );
        Assert.Equal("lab-only", shared);
        Assert.Equal(404, (await bob.GetAsync($"/api/views/{shared}")).Status);
        Assert.Equal("lab-only", Ids(await desk.GetAsync("/api/views"))[0]);
        (await desk.PatchAsync($"/api/views/{shared}", new { groups = Array.Empty<string>() })).Expect(200);
        await Until.TrueAsync(async () => (await bob.GetAsync($"/api/views/{shared}")).Status == 200, "everybody sees the view");
        Assert.Equal("admin-required", (await bob.PatchAsync($"/api/views/{shared}", new { name = "Mine" })).Code);
        Assert.Equal(403, (await bob.DeleteAsync($"/api/views/{shared}")).Status);
        Assert.Equal(
            "already-exists",
            (
                await desk.PostAsync(
                    "/api/views",
                    new
                    {
                        id = shared,
                        name = "Again",
                        condition = All(Open),
                        shared = true,
                    }
                )
            ).Code
        );
        Assert.Equal(
            "already-exists",
            (
                await desk.PostAsync(
                    "/api/views",
                    new
                    {
                        id = "open",
                        name = "Again",
                        condition = All(Open),
                        shared = true,
                    }
                )
            ).Code
        );
        (await desk.DeleteAsync($"/api/views/{shared}")).Expect(204);
        Assert.Equal(404, (await desk.GetAsync($"/api/views/{shared}")).Status);

        foreach (var path in new[] { "/api/views", $"/api/views/{own}", "/api/views/open", "/api/views/open/tickets" })
            Assert.Equal(403, (await bridge.GetAsync(path)).Status);
        Assert.Equal(403, (await bridge.PostAsync("/api/views", new { name = "All", condition = All(Open) })).Status);
        Assert.NotEmpty(Ids(bobs));
    }

    [Fact]
    public async Task What_is_wrong_with_a_view_is_said_with_its_place()
    {
        using var desk = await fixture.OpenDeskAsync();
        var wrong = (
            await desk.PostAsync(
                "/api/views",
                new
                {
                    name = "Wrong",
                    condition = All(Open, Term("subject", "more-than", 3)),
                    sort = "number",
                    columns = new[] { "subject", "mood" },
                    groupBy = "subject",
                    groups = new[] { "lab" },
                }
            )
        ).Expect(400);
        var errors = wrong.Json["errors"]!.AsObject().Select(error => error.Key);
        Assert.Equal(["columns", "condition.all[1].op", "groupBy", "groups", "sort"], errors.Order());
        Assert.Equal(400, (await desk.PostAsync("/api/views", new { name = "No condition" })).Status);
        Assert.Equal(400, (await desk.PostAsync("/api/views", new { copyOf = "nothing" })).Status);
        Assert.Equal(
            400,
            (
                await desk.PostAsync(
                    "/api/views",
                    new
                    {
                        name = "Own",
                        id = "mine",
                        condition = All(Open),
                    }
                )
            ).Status
        );
        Assert.Equal(
            400,
            (
                await desk.PostAsync(
                    "/api/views",
                    new
                    {
                        name = "Own",
                        condition = All(Open),
                        shared = true,
                        groups = new[] { "gone" },
                    }
                )
            ).Status
        );
    }

    [Fact]
    public async Task A_view_says_what_it_reads_and_warns_of_what_reads_everything()
    {
        using var desk = await fixture.OpenDeskAsync();

        async Task<JsonNode> ReadsAsync(object condition, string sort = "-updatedAt") =>
            (await desk.GetAsync($"/api/views/{await SaveAsync(desk, condition, sort)}")).Expect(200).Json;

        static string Shown(JsonNode view) =>
            $"{view["reads"]!["list"]} {view["reads"]!["lists"]}"
            + $"{(view["reads"]!["live"]!.GetValue<bool>() ? " live" : "")}{(view["reads"]!["done"]!.GetValue<bool>() ? " done" : "")}"
            + $"{(view["reads"]!["bounded"]!.GetValue<bool>() ? " bounded" : "")}{(view["reads"]!["everything"]!.GetValue<bool>() ? " everything" : "")}"
            + $" {view["warnings"]!.AsArray().Count}";

        Assert.Equal("status 16 live 0", Shown(await ReadsAsync(All(Open))));
        Assert.Equal("assignee 4 live 0", Shown(await ReadsAsync(All(Open, Term("assignee", "is", "me")))));
        Assert.Equal("assignee 8 live done 1", Shown(await ReadsAsync(Term("assignee", "is", "me"))));
        Assert.Equal("tag 8 live 0", Shown(await ReadsAsync(All(Open, Term("tags", "contains-any", new[] { "vpn", "wifi" })))));
        Assert.Equal("sla 8 live 0", Shown(await ReadsAsync(Term("sla.state", "at-least", "at-risk"), "dueAt")));
        Assert.Equal("requester 1 live 0", Shown(await ReadsAsync(All(Open, Term("requester.email", "is", "rita@example.com")))));
        Assert.Equal("status 24 live done everything 1", Shown(await ReadsAsync(Term("subject", "contains", "vpn"))));
        Assert.Equal("status 24 live done everything 2", Shown(await ReadsAsync(Term("description", "contains", "vpn"))));
        Assert.Equal("status 8 done bounded 0", Shown(await ReadsAsync(Term("hoursSince.resolved", "at-most", 24))));
        Assert.Equal("status 8 done everything 1", Shown(await ReadsAsync(Term("hoursSince.resolved", "at-most", 24), "dueAt")));
        Assert.Equal("nothing 0 1", Shown(await ReadsAsync(All(Term("status", "is", "new"), Term("status", "is", "closed")))));
        var warned = await ReadsAsync(Term("subject", "contains", "vpn"));
        Assert.Contains("reads every ticket", warned["warnings"]![0]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_kind_of_condition_finds_its_tickets_and_no_others()
    {
        using var desk = await fixture.OpenDeskAsync();
        (await desk.PostAsync("/api/groups", new { id = "first", name = "First" })).Expect(201);
        var plain = Number(await desk.OpenTicketAsync());
        var urgent = Number(await desk.OpenTicketAsync("Shop", "Omar@Example.com", "urgent", "shop", "eu"));
        var mine = Number(await desk.OpenTicketAsync("Mine", "rita@example.com", "high", "shop"));
        (await desk.PostAsync($"/api/tickets/{mine}/assign", new { assignee = "me", group = "first" })).Expect(200);
        (
            await desk.PatchAsync(
                $"/api/tickets/{plain}",
                new
                {
                    customFields = new { building = "B4", story = new string('x', 990) },
                    participants = new[] { new { email = "Ned@example.com" } },
                    description = "The printer smokes",
                }
            )
        ).Expect(200);
        (await desk.PatchAsync($"/api/tickets/{urgent}", new { customFields = new { building = "b4" } })).Expect(200);
        var done = Number(await desk.ResolvedTicketAsync());
        await fixture.App.DeliveredAsync();
        await desk.ListShowsAsync("", plain, urgent, mine, done);

        var turn = 0;
        async Task ShowsAsync(object condition, params long[] numbers)
        {
            // Each order with some of the conditions: all of them with all would be a thousand pages.
            var sort = new[] { "-updatedAt", "updatedAt", "-createdAt", "createdAt", "dueAt", "-dueAt" }[turn++ % 6];
            var view = await SaveAsync(desk, condition, sort);
            await ViewsTests.ShowsAsync(desk, view, numbers);
            Assert.Equal(await NumbersAsync(desk, view), await NumbersAsync(desk, view, 1));
        }

        await ShowsAsync(All(), plain, urgent, mine, done);
        await ShowsAsync(Term("assignee", "is", "me"), mine);
        await ShowsAsync(Term("assignee", "is-not", "me"), plain, urgent, done);
        await ShowsAsync(Term("group", "in", new[] { "first", "other" }), mine);
        await ShowsAsync(Term("tags", "contains-any", new[] { "shop", "eu" }), urgent, mine);
        await ShowsAsync(Term("tags", "contains-all", new[] { "shop", "eu" }), urgent);
        await ShowsAsync(Term("requester.email", "in", new[] { "OMAR@example.com", "nobody@example.com" }), urgent);
        await ShowsAsync(Term("participants", "contains", "ned@EXAMPLE.com"), plain);
        await ShowsAsync(Term("description", "contains", "smokes"), plain);
        await ShowsAsync(Term("resolution", "contains", "extinguished"), done);
        await ShowsAsync(Term("custom.building", "is", "B4"), plain, urgent);
        await ShowsAsync(All(Open, Term("priority", "at-least", "high")), urgent, mine);
        await ShowsAsync(Term("hoursSince.resolved", "at-most", 1), done);
        await ShowsAsync(Term("hoursSince.agentReply", "at-most", 1));
        await ShowsAsync(Term("hoursSince.requesterReply", "at-least", 100));
        await ShowsAsync(Term("sla.resolution.state", "in", new[] { "running", "paused" }), plain, urgent, mine);
        await ShowsAsync(new { any = new[] { Term("status", "is", "resolved"), Term("tags", "contains", "eu") } }, urgent, done);
    }

    [Fact]
    public async Task Columns_of_custom_fields_are_shown_wherever_they_lie()
    {
        using var desk = await fixture.OpenDeskAsync();
        var small = Number(await desk.OpenTicketAsync());
        var large = Number(await desk.OpenTicketAsync("Large", "omar@example.com"));
        (await desk.PatchAsync($"/api/tickets/{small}", new { customFields = new { building = "7", room = 3 } })).Expect(200);
        (
            await desk.PatchAsync(
                $"/api/tickets/{large}",
                new
                {
                    customFields = new
                    {
                        building = "8",
                        a = new string('x', 600),
                        b = new string('y', 600),
                    },
                }
            )
        ).Expect(200);
        await fixture.App.DeliveredAsync();
        var view = await SaveAsync(desk, All(Open, Term("custom.building", "in", new[] { "7", "8" })), "createdAt", "number", "custom.building");
        await ShowsAsync(desk, view, small, large);
        var page = (await desk.GetAsync($"/api/views/{view}/tickets")).Json["items"]!.AsArray();
        Assert.Equal(["""{"building":"7"}""", """{"building":"8"}"""], page.Select(one => one!["customFields"]!.ToJsonString()));
        Assert.Null((await desk.GetAsync("/api/views/open/tickets")).Json["items"]![0]!["customFields"]);
    }

    [Fact]
    public async Task A_cursor_belongs_to_its_view_as_it_is()
    {
        using var desk = await fixture.OpenDeskAsync();
        foreach (var _ in Enumerable.Range(0, 3))
            await desk.OpenTicketAsync();
        await fixture.App.DeliveredAsync();
        var view = await SaveAsync(desk, All(Open), "createdAt");
        var cursor = (await desk.GetAsync($"/api/views/{view}/tickets?limit=1")).Expect(200).Json["nextCursor"]!.GetValue<string>();
        (await desk.GetAsync($"/api/views/{view}/tickets?limit=1&cursor={cursor}")).Expect(200);
        Assert.Equal(400, (await desk.GetAsync($"/api/views/open/tickets?cursor={cursor}")).Status);
        (await desk.PatchAsync($"/api/views/{view}", new { condition = All(Open, Term("priority", "is", "normal")) })).Expect(200);
        Assert.Equal(400, (await desk.GetAsync($"/api/views/{view}/tickets?cursor={cursor}")).Status);
    }

    [Fact]
    public async Task A_group_that_a_shared_view_names_goes_only_with_a_successor_and_an_agents_own_views_go_with_them()
    {
        using var desk = await fixture.OpenDeskAsync();
        foreach (var id in new[] { "old", "next" })
            (await desk.PostAsync("/api/groups", new { id, name = id })).Expect(201);
        var shared = Id(
            (
                await desk.PostAsync(
                    "/api/views",
                    new
                    {
                        name = "Old",
                        condition = Term("group", "is", "old"),
                        shared = true,
                        groups = new[] { "old" },
                    }
                )
            ).Expect(201)
        );
        var own = await SaveAsync(desk, Term("group", "is", "old"));
        var refused = await desk.DeleteAsync("/api/groups/old");
        Assert.Equal("group-in-use", refused.Code);
        Assert.Equal("views", refused.Json["usedBy"]![0]!["kind"]!.GetValue<string>());
        (await desk.DeleteAsync("/api/groups/old?successor=next")).Expect(204);
        foreach (var id in new[] { shared, own })
            Assert.Equal("next", (await desk.GetAsync($"/api/views/{id}")).Expect(200).Json["condition"]!["value"]!.GetValue<string>());
        Assert.Equal("next", (await desk.GetAsync($"/api/views/{shared}")).Json["groups"]![0]!.GetValue<string>());
    }
}
