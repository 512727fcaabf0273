using System.Text.Json.Nodes;

namespace Helpdesk.Functions.Tests.Tickets;

public sealed class ParticipantsTests(DeskFixture fixture)
{
    private static string Emails(JsonNode ticket) => string.Join(',', ticket["participants"]!.AsArray().Select(one => one!["email"]!.GetValue<string>()));

    [Fact]
    public async Task Participants_are_named_on_opening_and_as_a_whole_by_a_patch()
    {
        using var desk = await fixture.OpenDeskAsync();
        var opened = (
            await desk.PostAsync(
                "/api/tickets",
                JsonNode.Parse(
                    """
                    {"subject":"s","description":"d","requester":{"email":"rita@example.com"},
                     "participants":[{"email":"ned@example.com","name":"Ned"},{"email":"NED@example.com"},{"email":"Rita@example.com"}]}
                    """
                )!
            )
        ).Expect(201).Json;
        var id = opened["id"]!.GetValue<string>();
        Assert.Equal("ned@example.com", Emails(opened));
        await desk.ListShowsAsync("participant=ned@example.com", opened["number"]!.GetValue<long>());
        var patched = (
            await desk.PatchAsync($"/api/tickets/{id}", JsonNode.Parse("""{"participants":[{"email":"mia@example.com"},{"email":"ned@example.com"}]}""")!)
        ).Expect(200);
        Assert.Equal("mia@example.com,ned@example.com", Emails(patched.Json));
        await desk.ListShowsAsync("participant=mia@example.com&status=new", opened["number"]!.GetValue<long>());
        await desk.ListShowsAsync("participant=mia@example.com,ned@example.com&sort=createdAt", opened["number"]!.GetValue<long>());
        Assert.Equal("", Emails((await desk.PatchAsync($"/api/tickets/{id}", JsonNode.Parse("""{"participants":null}""")!)).Expect(200).Json));
        await desk.ListShowsAsync("participant=ned@example.com");
        var again = (await desk.PatchAsync($"/api/tickets/{id}", JsonNode.Parse("""{"participants":[]}""")!)).Expect(200).Json;
        Assert.Equal(3, again["version"]!.GetValue<int>());
    }

    [Fact]
    public async Task A_participant_writes_under_their_own_name_and_a_stranger_does_not()
    {
        using var desk = await fixture.OpenDeskAsync();
        var id = (await desk.OpenTicketAsync()).Json["id"]!.GetValue<string>();
        (
            await desk.PatchAsync($"/api/tickets/{id}", JsonNode.Parse("""{"participants":[{"email":"ned@example.com","name":"Ned"}],"status":"pending"}""")!)
        ).Expect(200);
        var said = (
            await desk.PostAsync(
                $"/api/tickets/{id}/comments",
                new
                {
                    body = "It is back",
                    author = "requester",
                    from = "NED@example.com",
                }
            )
        ).Expect(201).Json;
        Assert.Equal(
            ("requester", "ned@example.com", "Ned"),
            (said["by"]!.GetValue<string>(), said["author"]!["id"]!.GetValue<string>(), said["author"]!["name"]!.GetValue<string>())
        );
        Assert.Equal("open", (await desk.GetAsync($"/api/tickets/{id}")).Json["status"]!.GetValue<string>());
        var own = (await desk.PostAsync($"/api/tickets/{id}/comments", new { body = "Mine", from = "rita@example.com" })).Expect(201).Json;
        Assert.Equal("rita@example.com", own["author"]!["id"]!.GetValue<string>());
        var stranger = await desk.PostAsync($"/api/tickets/{id}/comments", new { body = "Hello", from = "eve@example.com" });
        Assert.Equal("not-a-participant", stranger.Expect(409).Code);
        foreach (
            var wrong in new object[]
            {
                new { body = "x", from = "eve" },
                new
                {
                    body = "x",
                    from = "ned@example.com",
                    author = "agent",
                },
                new
                {
                    body = "x",
                    from = "ned@example.com",
                    visibility = "internal",
                },
            }
        )
            Assert.NotNull((await desk.PostAsync($"/api/tickets/{id}/comments", wrong)).Expect(400).Json["errors"]!["from"]);
    }

    [Theory]
    [InlineData("""{"participants":"ned@example.com"}""", "participants")]
    [InlineData("""{"participants":["ned@example.com"]}""", "participants")]
    [InlineData("""{"participants":[{"name":"Ned"}]}""", "participants[0].email")]
    [InlineData("""{"participants":[{"email":"ned"}]}""", "participants[0].email")]
    [InlineData("""{"participants":[{"email":"a@b.c"},{"email":"d@e.f","phone":"1"}]}""", "participants[1].phone")]
    [InlineData("""{"requester":null}""", "requester")]
    [InlineData("""{"requester":{"email":null}}""", "requester.email")]
    [InlineData("""{"requester":{"email":"Rita <a@b.c>"}}""", "requester.email")]
    [InlineData("""{"requester":{"name":"a\u0000b"}}""", "requester.name")]
    [InlineData("""{"description":null}""", "description")]
    [InlineData("""{"description":""}""", "description")]
    public async Task What_is_no_person_and_no_description_is_refused_by_the_name_of_the_field(string body, string field)
    {
        using var desk = await fixture.OpenDeskAsync();
        var id = (await desk.OpenTicketAsync()).Json["id"]!.GetValue<string>();
        Assert.NotNull((await desk.PatchAsync($"/api/tickets/{id}", JsonNode.Parse(body)!)).Expect(400).Json["errors"]![field]);
    }

    [Fact]
    public async Task Two_hundred_people_are_enough()
    {
        using var desk = await fixture.OpenDeskAsync();
        var id = (await desk.OpenTicketAsync()).Json["id"]!.GetValue<string>();
        object People(int count) =>
            new
            {
                participants = Enumerable.Range(0, count).Select(i => new { email = $"{new string('p', 230)}{i}@example.com", name = new string('ж', 100) }),
            };
        (await desk.PatchAsync($"/api/tickets/{id}", People(200))).Expect(400);
        Assert.Equal(199, (await desk.PatchAsync($"/api/tickets/{id}", People(199))).Expect(200).Json["participants"]!.AsArray().Count);
        await fixture.App.DeliveredAsync();
        await desk.ListShowsAsync($"participant={new string('p', 230)}77@example.com", long.Parse(id.Split('-')[0]));
    }

    [Fact]
    public async Task The_requester_and_the_description_are_corrected_and_the_lists_follow()
    {
        using var desk = await fixture.OpenDeskAsync();
        var opened = (await desk.OpenTicketAsync(email: "rtia@example.com")).Json;
        var (id, number) = (opened["id"]!.GetValue<string>(), opened["number"]!.GetValue<long>());
        await desk.ListShowsAsync("requester=rtia@example.com", number);
        var longest = string.Concat(Enumerable.Repeat("🔥", 65_536));
        (await desk.PatchAsync($"/api/tickets/{id}", new { description = longest })).Expect(200);
        var patched = (await desk.PatchAsync($"/api/tickets/{id}", new { description = "It smokes", requester = new { email = "rita@example.com" } })).Expect(
            200
        );
        Assert.Equal(
            ("It smokes", "rita@example.com", "Rita"),
            (
                patched.Json["description"]!.GetValue<string>(),
                patched.Json["requester"]!["email"]!.GetValue<string>(),
                patched.Json["requester"]!["name"]!.GetValue<string>()
            )
        );
        await desk.ListShowsAsync("requester=rita@example.com", number);
        await desk.ListShowsAsync("requester=rtia@example.com");
        // As it was: the description that it was opened with, and the one in between.
        Assert.Equal(
            "It is on fire",
            (await desk.GetAsync($"/api/tickets/{id}?at={opened["createdAt"]}")).Expect(200).Json["description"]!.GetValue<string>()
        );
        var events = (await desk.GetAsync($"/api/tickets/{id}/events")).Json["items"]!.AsArray();
        Assert.Equal(
            ["ticket-opened", "description-changed", "description-changed", "requester-changed"],
            events.Select(one => one!["type"]!.GetValue<string>())
        );
        Assert.Equal(
            ("rtia@example.com", "rita@example.com"),
            (events[3]!["data"]!["from"]!["email"]!.GetValue<string>(), events[3]!["data"]!["to"]!["email"]!.GetValue<string>())
        );
        Assert.Equal((longest, "It smokes"), (events[2]!["data"]!["from"]!.GetValue<string>(), events[2]!["data"]!["to"]!.GetValue<string>()));
        Assert.Equal(
            4,
            (await desk.PatchAsync($"/api/tickets/{id}", new { description = "It smokes", requester = new { name = "Rita" } })).Expect(200).Json[
                "version"
            ]!.GetValue<int>()
        );
        var nameless = (await desk.PatchAsync($"/api/tickets/{id}", JsonNode.Parse("""{"requester":{"name":null}}""")!)).Expect(200).Json;
        Assert.Null(nameless["requester"]!["name"]);
    }

    [Fact]
    public async Task A_repeated_opening_still_shows_the_first_description()
    {
        using var desk = await fixture.OpenDeskAsync();
        var request = new
        {
            subject = "s",
            description = "First words",
            requester = new { email = "a@b.c" },
        };
        var opened = (await desk.PostAsync("/api/tickets", request, ("Idempotency-Key", "open"))).Expect(201);
        foreach (var description in new[] { "Second words", "Third words" })
            (await desk.PatchAsync($"/api/tickets/{opened.Json["id"]}", new { description })).Expect(200);
        Assert.Equal(opened.Text, (await desk.PostAsync("/api/tickets", request, ("Idempotency-Key", "open"))).Expect(201).Text);
    }
}
