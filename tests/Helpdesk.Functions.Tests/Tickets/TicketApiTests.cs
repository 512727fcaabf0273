using System.Text;

namespace Helpdesk.Functions.Tests.Tickets;

public sealed class TicketApiTests(DeskFixture fixture)
{
    [Fact]
    public async Task A_ticket_travels_from_new_to_closed()
    {
        using var desk = await fixture.OpenDeskAsync();
        var opened = await desk.OpenTicketAsync("Printer", "rita@example.com", "high", "Printer", "floor-3");
        var id = opened.Json["id"]!.GetValue<string>();
        Assert.Equal($"/api/tickets/{id}", opened.Headers.Location!.ToString());
        Assert.Equal("\"1\"", opened.ETag);
        Assert.Equal("new", opened.Json["status"]!.GetValue<string>());
        Assert.Equal(["printer", "floor-3"], opened.Json["tags"]!.AsArray().Select(tag => tag!.GetValue<string>()));
        Assert.EndsWith("Z", opened.Json["createdAt"]!.GetValue<string>(), StringComparison.Ordinal);

        var assigned = (await desk.PostAsync($"/api/tickets/{id}/assign", new { assignee = "me" })).Expect(200);
        Assert.Equal(("open", "admin"), (assigned.Json["status"]!.GetValue<string>(), assigned.Json["assignee"]!.GetValue<string>()));
        (await desk.PostAsync($"/api/tickets/{id}/comments", new { body = "On my way", visibility = "public" })).Expect(201);
        (await desk.PostAsync($"/api/tickets/{id}/comments", new { body = "Bring an extinguisher", visibility = "internal" })).Expect(201);
        (await desk.PatchAsync($"/api/tickets/{id}", new { status = "pending", customFields = new { floor = 3 } })).Expect(200);
        var reopened = (await desk.PostAsync($"/api/tickets/{id}/comments", new { body = "It is back", author = "requester" })).Expect(201);
        Assert.Equal("requester", reopened.Json["by"]!.GetValue<string>());
        Assert.Equal("open", (await desk.GetAsync($"/api/tickets/{id}")).Json["status"]!.GetValue<string>());
        (await desk.PostAsync($"/api/tickets/{id}/resolve", new { resolution = "Extinguished" })).Expect(200);
        var closed = (await desk.PostAsync($"/api/tickets/{id}/close")).Expect(200);
        Assert.NotNull(closed.Json["closedAt"]);

        var events = (await desk.GetAsync($"/api/tickets/{id}/events")).Expect(200).Json["items"]!.AsArray();
        Assert.Equal(
            [
                "ticket-opened",
                "assignee-changed",
                "status-changed",
                "comment-added",
                "comment-added",
                "custom-fields-changed",
                "status-changed",
                "comment-added",
                "ticket-reopened",
                "status-changed",
                "status-changed",
            ],
            events.Select(happened => happened!["type"]!.GetValue<string>())
        );
        Assert.Equal(Enumerable.Range(1, events.Count), events.Select(happened => happened!["seq"]!.GetValue<int>()));
        Assert.Equal(closed.Json["version"]!.GetValue<int>(), events.Count);
        Assert.Equal(
            ["On my way", "Bring an extinguisher", "It is back"],
            (await desk.GetAsync($"/api/tickets/{id}/comments")).Json["items"]!.AsArray().Select(comment => comment!["body"]!.GetValue<string>())
        );
    }

    [Fact]
    public async Task A_ticket_is_found_by_id_and_by_number_and_by_nothing_else()
    {
        using var desk = await fixture.OpenDeskAsync();
        var ticket = await desk.OpenTicketAsync();
        var (id, number) = (ticket.Json["id"]!.GetValue<string>(), ticket.Json["number"]!.GetValue<long>());
        Assert.Equal(ticket.Text, (await desk.GetAsync($"/api/tickets/{id}")).Expect(200).Text);
        Assert.Equal(ticket.Text, (await desk.GetAsync($"/api/tickets/{number}")).Expect(200).Text);
        foreach (
            var other in new[]
            {
                $"{number}-aaaaaaaaaa",
                "0",
                "-1",
                "01",
                $"{number}x",
                "99999999999999999999",
                "x",
                $"{number}-",
                $"{number}%2f",
                $"{number}%5c",
                "%23",
                "%3f",
                "é",
            }
        )
            Assert.Equal("not-found", (await desk.GetAsync($"/api/tickets/{other}")).Expect(404).Code);
        (await desk.GetAsync("/api/tickets/%2e%2e")).Expect(404);
        (await desk.GetAsync("/api/tickets/%00")).Expect(400);
    }

    [Fact]
    public async Task Another_workspace_learns_nothing()
    {
        using var ours = await fixture.OpenDeskAsync();
        using var theirs = await fixture.OpenDeskAsync();
        var id = (await ours.OpenTicketAsync()).Json["id"]!.GetValue<string>();
        await ours.ListShowsAsync("status=new", long.Parse(id.Split('-')[0]));
        (await theirs.GetAsync($"/api/tickets/{id}")).Expect(404);
        (await theirs.GetAsync($"/api/tickets/{id}/comments")).Expect(404);
        (await theirs.GetAsync($"/api/tickets/{id}/events")).Expect(404);
        (await theirs.PatchAsync($"/api/tickets/{id}", new { priority = "low" })).Expect(404);
        (await theirs.PostAsync($"/api/tickets/{id}/comments", new { body = "Hello" })).Expect(404);
        foreach (var query in new[] { "status=new", "requester=rita@example.com", "assignee=none", "priority=normal", "sort=createdAt" })
            Assert.Empty(await theirs.NumbersAsync(query));
    }

    [Theory]
    [InlineData("""{"description":"d","requester":{"email":"a@b.c"}}""", "subject")]
    [InlineData("""{"subject":"","description":"d","requester":{"email":"a@b.c"}}""", "subject")]
    [InlineData("""{"subject":5,"description":"d","requester":{"email":"a@b.c"}}""", "subject")]
    [InlineData("""{"subject":"a\u0000b","description":"d","requester":{"email":"a@b.c"}}""", "subject")]
    [InlineData("""{"subject":"line\nbreak","description":"d","requester":{"email":"a@b.c"}}""", "subject")]
    [InlineData("""{"subject":"\ud800","description":"d","requester":{"email":"a@b.c"}}""", "subject")]
    [InlineData("""{"subject":"s","description":"\u0007","requester":{"email":"a@b.c"}}""", "description")]
    [InlineData("""{"subject":"s","description":"d"}""", "requester")]
    [InlineData("""{"subject":"s","description":"d","requester":"rita"}""", "requester")]
    [InlineData("""{"subject":"s","description":"d","requester":{"email":"rita"}}""", "requester.email")]
    [InlineData("""{"subject":"s","description":"d","requester":{"email":"Rita <a@b.c>"}}""", "requester.email")]
    [InlineData("""{"subject":"s","description":"d","requester":{"email":"a@b.c","phone":"1"}}""", "requester.phone")]
    [InlineData("""{"subject":"s","description":"d","requester":{"email":"a@b.c"},"prio":"high"}""", "prio")]
    [InlineData("""{"subject":"s","description":"d","requester":{"email":"a@b.c"},"priority":"High"}""", "priority")]
    [InlineData("""{"subject":"s","description":"d","requester":{"email":"a@b.c"},"priority":1}""", "priority")]
    [InlineData("""{"subject":"s","description":"d","requester":{"email":"a@b.c"},"tags":"a"}""", "tags")]
    [InlineData("""{"subject":"s","description":"d","requester":{"email":"a@b.c"},"tags":[1]}""", "tags")]
    [InlineData("""{"subject":"s","description":"d","requester":{"email":"a@b.c"},"group":"nobody"}""", "group")]
    [InlineData("""{"subject":"s","description":"d","requester":{"email":"a@b.c"},"assignee":"nobody"}""", "assignee")]
    [InlineData("""{"subject":"s","description":"d","requester":{"email":"a@b.c"},"followUpOf":"77"}""", "followUpOf")]
    [InlineData("""{"subject":"s","description":"d","requester":{"email":"a@b.c"},"customFields":{"a":{}}}""", "customFields.a")]
    [InlineData("""{"subject":"s","description":"d","requester":{"email":"a@b.c"},"customFields":[]}""", "customFields")]
    [InlineData("""{"subject":"s","description":"d","requester":{"email":"a@b.c"},"customFields":{"a":1e400}}""", "customFields.a")]
    public async Task Bad_input_names_its_field(string body, string field)
    {
        using var desk = await fixture.OpenDeskAsync();
        var answer = (await desk.SendAsync(HttpMethod.Post, "/api/tickets", new StringContent(body, Encoding.UTF8, "application/json"))).Expect(400);
        Assert.Equal("invalid-request", answer.Code);
        Assert.Contains(field, answer.Json["errors"]!.AsObject().Select(error => error.Key));
        Assert.Empty(await desk.NumbersAsync("sort=createdAt"));
    }

    [Theory]
    [InlineData("", 400, "body-missing")]
    [InlineData("{", 400, "malformed-json")]
    [InlineData("[]", 400, "object-expected")]
    [InlineData("null", 400, "object-expected")]
    [InlineData("""{"subject":"a","subject":"b"}""", 400, "malformed-json")]
    [InlineData("{\"subject\":\"\u00e9\"", 400, "malformed-json")]
    public async Task A_body_that_is_no_object_is_refused(string body, int status, string code)
    {
        using var desk = await fixture.OpenDeskAsync();
        Assert.Equal(
            code,
            (await desk.SendAsync(HttpMethod.Post, "/api/tickets", new StringContent(body, Encoding.UTF8, "application/json"))).Expect(status).Code
        );
    }

    [Fact]
    public async Task Deep_nesting_invalid_utf8_wrong_types_and_large_bodies_are_refused()
    {
        using var desk = await fixture.OpenDeskAsync();
        Task<Answer> Send(byte[] body, string type = "application/json") =>
            desk.SendAsync(HttpMethod.Post, "/api/tickets", new ByteArrayContent(body) { Headers = { ContentType = new(type) } });
        Assert.Equal("malformed-json", (await Send(Encoding.UTF8.GetBytes(new string('[', 1000)))).Expect(400).Code);
        Assert.Equal("invalid-utf8", (await Send([.. "{\"subject\":\""u8, 0xff, 0xfe, .. "\"}"u8])).Expect(400).Code);
        Assert.Equal("json-expected", (await Send("subject=x"u8.ToArray(), "application/x-www-form-urlencoded")).Expect(415).Code);
        Assert.Equal("body-too-large", (await Send(new byte[10 * 1024 * 1024])).Expect(413).Code);
        Assert.Equal("body-too-large", (await Send(new byte[1024 * 1024 + 1])).Expect(413).Code);
        (await desk.DeleteAsync("/api/tickets")).Expect(404);
    }

    [Fact]
    public async Task Limits_are_exact_and_count_characters()
    {
        using var desk = await fixture.OpenDeskAsync();
        var longest = string.Concat(Enumerable.Repeat("😀", 250));
        Assert.Equal(longest, (await desk.OpenTicketAsync(longest)).Json["subject"]!.GetValue<string>());
        var tooLong = await desk.PostAsync(
            "/api/tickets",
            new
            {
                subject = longest + "x",
                description = "d",
                requester = new { email = "a@b.c" },
            }
        );
        Assert.Contains("251", tooLong.Expect(400).Json["errors"]!["subject"]![0]!.GetValue<string>(), StringComparison.Ordinal);

        // A text as long as it may be, in the widest characters there are, comes back as it went in.
        var words = string.Concat(Enumerable.Repeat("語", 65_535)) + "\n";
        var ticket = (
            await desk.PostAsync(
                "/api/tickets",
                new
                {
                    subject = "Long",
                    description = "x" + words + "y",
                    requester = new { email = "a@b.c" },
                }
            )
        ).Status;
        Assert.Equal(400, ticket);
        var opened = (
            await desk.PostAsync(
                "/api/tickets",
                new
                {
                    subject = "Long",
                    description = "x" + words[..65_534] + "y",
                    requester = new { email = "a@b.c" },
                }
            )
        ).Expect(201);
        (await desk.PostAsync($"/api/tickets/{opened.Json["id"]}/comments", new { body = "x" + words[..65_534] + "y" })).Expect(201);
        var again = await desk.GetAsync($"/api/tickets/{opened.Json["id"]}");
        Assert.Equal("x" + words[..65_534] + "y", again.Json["description"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("limit=0", "limit")]
    [InlineData("limit=101", "limit")]
    [InlineData("limit=many", "limit")]
    [InlineData("stauts=new", "stauts")]
    [InlineData("status=solved", "status")]
    [InlineData("priority=huge", "priority")]
    [InlineData("sort=subject", "sort")]
    [InlineData("cursor=abc", "cursor")]
    [InlineData("cursor=MXwx", "cursor")]
    [InlineData("cursor=%00", "cursor")]
    [InlineData("cursor=__________________________", "cursor")]
    [InlineData("group=A/B", "group")]
    [InlineData("assignee=A%23B", "assignee")]
    public async Task A_list_says_what_it_does_not_understand(string query, string field)
    {
        using var desk = await fixture.OpenDeskAsync();
        Assert.Contains(field, (await desk.GetAsync($"/api/tickets?{query}")).Expect(400).Json["errors"]!.AsObject().Select(error => error.Key));
    }

    [Fact]
    public async Task A_stale_or_forged_etag_changes_nothing()
    {
        using var desk = await fixture.OpenDeskAsync();
        var ticket = await desk.OpenTicketAsync();
        var path = $"/api/tickets/{ticket.Json["id"]}";
        foreach (var etag in new[] { "\"0\"", "\"2\"", "W/\"1\"", "1", "garbage\"", "\"1'or'1\"", "" + new string('x', 3000) })
        {
            var refused = (await desk.PatchAsync(path, new { priority = "urgent" }, ("If-Match", etag))).Expect(412);
            Assert.Equal(("stale-etag", "\"1\""), (refused.Code, refused.ETag));
        }

        var changed = (await desk.PatchAsync(path, new { priority = "urgent" }, ("If-Match", "\"7\", \"1\""))).Expect(200);
        Assert.Equal("\"2\"", changed.ETag);
        (await desk.PatchAsync(path, new { priority = "low" }, ("If-Match", "*"))).Expect(200);
        (await desk.GetAsync(path, ("If-None-Match", "\"3\""))).Expect(304);
    }

    [Fact]
    public async Task Broken_rules_are_conflicts_that_name_the_rule()
    {
        using var desk = await fixture.OpenDeskAsync();
        var closed = $"/api/tickets/{(await desk.ClosedTicketAsync()).Json["id"]}";
        Assert.Equal("ticket-closed", (await desk.PostAsync($"{closed}/comments", new { body = "Hello?" })).Expect(409).Code);
        Assert.Equal("ticket-closed", (await desk.PostAsync($"{closed}/resolve", new { resolution = "Again" })).Expect(409).Code);
        Assert.Equal("ticket-closed", (await desk.PostAsync($"{closed}/reopen")).Expect(409).Code);
        Assert.Equal("ticket-closed", (await desk.PatchAsync(closed, new { priority = "low" })).Expect(409).Code);
        var open = $"/api/tickets/{(await desk.OpenTicketAsync()).Json["id"]}";
        Assert.Equal("resolution-required", (await desk.PatchAsync(open, new { status = "resolved" })).Expect(409).Code);
        Assert.Contains("resolution", (await desk.PostAsync($"{open}/resolve", new { })).Expect(400).Json["errors"]!.AsObject().Select(error => error.Key));
        Assert.Equal("ticket-not-resolved", (await desk.PostAsync($"{open}/close")).Expect(409).Code);
        Assert.Equal("merge-into-itself", (await desk.PostAsync($"{open}/merge", new { into = open.Split('/')[^1] })).Expect(409).Code);
    }

    [Fact]
    public async Task A_follow_up_takes_a_closed_ticket_up_again()
    {
        using var desk = await fixture.OpenDeskAsync();
        var closed = (await desk.ClosedTicketAsync()).Json["id"]!.GetValue<string>();
        var followUp = (
            await desk.PostAsync(
                "/api/tickets",
                new
                {
                    subject = "Again",
                    description = "d",
                    requester = new { email = "a@b.c" },
                    followUpOf = closed,
                }
            )
        ).Expect(201);
        Assert.Equal(closed, followUp.Json["followUpOf"]!.GetValue<string>());
        var open = (await desk.OpenTicketAsync()).Json["id"]!.GetValue<string>();
        Assert.Equal("ticket-not-closed", (
                await desk.PostAsync(
                    "/api/tickets",
                    new
                    {
                        subject = "Again",
                        description = "d",
                        requester = new { email = "a@b.c" },
                        followUpOf = open,
                    }
                )
            ).Expect(409).Code);
    }

    [Fact]
    public async Task A_merged_ticket_gives_its_comments_and_its_later_ones_to_the_target()
    {
        using var desk = await fixture.OpenDeskAsync();
        var target = (await desk.OpenTicketAsync("Target")).Json;
        var source = (await desk.OpenTicketAsync("Source")).Json;
        (await desk.PostAsync($"/api/tickets/{source["id"]}/comments", new { body = "First" })).Expect(201);
        (await desk.PostAsync($"/api/tickets/{target["id"]}/comments", new { body = "Second" })).Expect(201);
        (await desk.PostAsync($"/api/tickets/{source["id"]}/comments", new { body = "Third", visibility = "internal" })).Expect(201);

        var merged = (
            await desk.PostAsync($"/api/tickets/{source["id"]}/merge", new { into = target["number"]!.GetValue<long>() }, ("Idempotency-Key", "merge"))
        ).Expect(200);
        Assert.Equal(("closed", target["id"]!.GetValue<string>()), (merged.Json["status"]!.GetValue<string>(), merged.Json["mergedInto"]!.GetValue<string>()));
        (await desk.PostAsync($"/api/tickets/{source["number"]}/comments", new { body = "Fourth" })).Expect(201);

        var comments = (await desk.GetAsync($"/api/tickets/{target["id"]}/comments")).Json["items"]!.AsArray();
        Assert.Equal(["It is on fire", "First", "Second", "Third", "Fourth"], comments.Select(comment => comment!["body"]!.GetValue<string>()));
        Assert.Equal("internal", comments[3]!["visibility"]!.GetValue<string>());
        Assert.Equal(source["number"]!.GetValue<long>(), comments[1]!["movedFrom"]!.GetValue<long>());
        Assert.Empty((await desk.GetAsync($"/api/tickets/{source["id"]}/comments")).Json["items"]!.AsArray());
        var again = (
            await desk.PostAsync($"/api/tickets/{source["id"]}/merge", new { into = target["number"]!.GetValue<long>() }, ("Idempotency-Key", "merge"))
        ).Expect(200);
        Assert.Equal(merged.Text, again.Text);
        Assert.Single(
            (await desk.GetAsync($"/api/tickets/{target["id"]}/events")).Json["items"]!.AsArray(),
            happened => happened!["type"]!.GetValue<string>() == "merge-received"
        );
    }

    [Fact]
    public async Task Escalating_climbs_the_ladder_of_groups()
    {
        using var desk = await fixture.OpenDeskAsync();
        (
            await desk.PostAsync(
                "/api/groups",
                new
                {
                    id = "third",
                    name = "Third",
                    tier = 3,
                }
            )
        ).Expect(201);
        (
            await desk.PostAsync(
                "/api/groups",
                new
                {
                    id = "second",
                    name = "Second",
                    tier = 2,
                    escalatesTo = "third",
                }
            )
        ).Expect(201);
        (
            await desk.PostAsync(
                "/api/groups",
                new
                {
                    id = "first",
                    name = "First",
                    escalatesTo = "second",
                }
            )
        ).Expect(201);
        var id = (await desk.OpenTicketAsync()).Json["id"]!.GetValue<string>();
        (await desk.PostAsync($"/api/tickets/{id}/assign", new { group = "first", assignee = "me" })).Expect(200);
        var up = (await desk.PostAsync($"/api/tickets/{id}/escalate", new { reason = "Needs more" })).Expect(200).Json;
        Assert.Equal((2, "second", null), (up["tier"]!.GetValue<int>(), up["group"]!.GetValue<string>(), up["assignee"]));
        var top = (await desk.PostAsync($"/api/tickets/{id}/escalate", new { toTier = 3, reason = "Needs all" })).Expect(200).Json;
        Assert.Equal((3, "third"), (top["tier"]!.GetValue<int>(), top["group"]!.GetValue<string>()));
        Assert.Equal("top-tier-reached", (await desk.PostAsync($"/api/tickets/{id}/escalate", new { reason = "More" })).Expect(409).Code);
    }

    [Fact]
    public async Task Comments_and_events_come_in_pages()
    {
        using var desk = await fixture.OpenDeskAsync();
        var id = (await desk.OpenTicketAsync()).Json["id"]!.GetValue<string>();
        for (var i = 0; i < 7; i++)
            (await desk.PostAsync($"/api/tickets/{id}/comments", new { body = $"{i}", visibility = "internal" })).Expect(201);
        var first = (await desk.GetAsync($"/api/tickets/{id}/comments?limit=5")).Json;
        var second = (await desk.GetAsync($"/api/tickets/{id}/comments?limit=5&cursor={first["nextCursor"]}")).Json;
        Assert.Equal(
            ["0", "1", "2", "3", "4", "5", "6"],
            first["items"]!.AsArray().Concat(second["items"]!.AsArray()).Select(comment => comment!["body"]!.GetValue<string>())
        );
        Assert.Null(second["nextCursor"]);
        var events = (await desk.GetAsync($"/api/tickets/{id}/events?limit=8")).Json;
        Assert.Null(events["nextCursor"]);
        Assert.Equal(8, events["items"]!.AsArray().Count);
        (await desk.GetAsync($"/api/tickets/{id}/events?cursor={first["nextCursor"]}")).Expect(400);
    }
}
