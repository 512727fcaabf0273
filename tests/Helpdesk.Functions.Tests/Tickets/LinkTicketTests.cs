using System.Text.Json.Nodes;

namespace Helpdesk.Functions.Tests.Tickets;

public sealed class LinkTicketTests(DeskFixture fixture)
{
    private static async Task<string> LinksAsync(Desk desk, JsonNode ticket) =>
        string.Join(
            ',',
            (await desk.GetAsync($"/api/tickets/{ticket["id"]}")).Expect(200).Json["links"]!.AsArray().Select(link => $"{link!["kind"]}:{link["number"]}")
        );

    [Fact]
    public async Task A_link_shows_on_both_tickets_and_is_an_event_on_both()
    {
        using var desk = await fixture.OpenDeskAsync();
        var (one, two, old) = ((await desk.OpenTicketAsync()).Json, (await desk.OpenTicketAsync()).Json, (await desk.ClosedTicketAsync()).Json);
        (await desk.PostAsync($"/api/tickets/{one["id"]}/link", new { to = two["number"]!.GetValue<long>(), kind = "parent" })).Expect(200);
        var linked = (await desk.PostAsync($"/api/tickets/{one["id"]}/link", new { to = old["id"]!.GetValue<string>() })).Expect(200);
        Assert.Equal(2, linked.Json["links"]!.AsArray().Count);
        Assert.Equal($"parent:{two["number"]},related:{old["number"]}", await LinksAsync(desk, one));
        Assert.Equal($"child:{one["number"]}", await LinksAsync(desk, two));
        Assert.Equal($"related:{one["number"]}", await LinksAsync(desk, old));
        // The same again, and the same from the other side, changes nothing.
        var version = linked.Json["version"]!.GetValue<long>();
        Assert.Equal(
            version,
            (await desk.PostAsync($"/api/tickets/{one["id"]}/link", new { to = old["id"]!.GetValue<string>() })).Expect(200).Json["version"]!.GetValue<long>()
        );
        (await desk.PostAsync($"/api/tickets/{two["id"]}/link", new { to = one["number"]!.GetValue<long>(), kind = "child" })).Expect(200);
        Assert.Equal($"child:{one["number"]}", await LinksAsync(desk, two));

        var type = (await desk.GetAsync($"/api/tickets/{two["id"]}/events")).Json["items"]!.AsArray()[^1]!;
        Assert.Equal(("ticket-linked", "child"), (type["type"]!.GetValue<string>(), type["data"]!["kind"]!.GetValue<string>()));
        (await desk.PostAsync($"/api/tickets/{two["id"]}/unlink", new { to = one["number"]!.GetValue<long>() })).Expect(200);
        (await desk.PostAsync($"/api/tickets/{two["id"]}/unlink", new { to = one["number"]!.GetValue<long>() })).Expect(200);
        Assert.Equal(("", $"related:{old["number"]}"), (await LinksAsync(desk, two), await LinksAsync(desk, one)));
        Assert.Equal("ticket-unlinked", (await desk.GetAsync($"/api/tickets/{one["id"]}/events")).Json["items"]!.AsArray()[^1]!["type"]!.GetValue<string>());
    }

    [Fact]
    public async Task Links_that_are_made_and_removed_from_both_sides_at_once_end_the_same_on_both()
    {
        using var desk = await fixture.OpenDeskAsync();
        await using var second = await RunningApp.StartAsync(fixture.Storage);
        using var elsewhere = new Desk(desk.Workspace, desk.Key, second.Address);
        var (one, two) = ((await desk.OpenTicketAsync()).Json, (await desk.OpenTicketAsync()).Json);
        for (var round = 0; round < 6; round++)
        {
            var answers = await Task.WhenAll(
                desk.PostAsync($"/api/tickets/{one["id"]}/link", new { to = two["number"]!.GetValue<long>() }),
                elsewhere.PostAsync($"/api/tickets/{two["id"]}/link", new { to = one["number"]!.GetValue<long>(), kind = "parent" }),
                elsewhere.PostAsync($"/api/tickets/{one["id"]}/unlink", new { to = two["number"]!.GetValue<long>() }),
                desk.PostAsync($"/api/tickets/{two["id"]}/unlink", new { to = one["number"]!.GetValue<long>() })
            );
            Assert.All(answers, one => one.Expect(200));
            var (here, there) = (await LinksAsync(desk, one), await LinksAsync(desk, two));
            Assert.Equal(
                here.Split(',', StringSplitOptions.RemoveEmptyEntries)
                    .Select(link => link.Split(':')[0])
                    .Select(kind => kind == "child" ? "parent" : kind)
                    .Order(),
                there.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(link => link.Split(':')[0]).Order()
            );
        }
    }

    [Fact]
    public async Task What_cannot_be_linked_is_refused()
    {
        using var desk = await fixture.OpenDeskAsync();
        using var other = await fixture.OpenDeskAsync();
        var (one, theirs) = ((await desk.OpenTicketAsync()).Json, (await other.OpenTicketAsync("Theirs")).Json);
        Assert.Equal("link-to-itself", (await desk.PostAsync($"/api/tickets/{one["id"]}/link", new { to = one["id"]!.GetValue<string>() })).Expect(409).Code);
        foreach (var to in new[] { "999999", theirs["id"]!.GetValue<string>(), "x" })
            Assert.NotNull((await desk.PostAsync($"/api/tickets/{one["id"]}/link", new { to })).Expect(400).Json["errors"]!["to"]);
        foreach (var kind in new[] { "split-from", "split-into", "friend" })
            Assert.NotNull((await desk.PostAsync($"/api/tickets/{one["id"]}/link", new { to = "1", kind })).Expect(400).Json["errors"]!["kind"]);
        (await other.PostAsync($"/api/tickets/{one["id"]}/link", new { to = theirs["id"]!.GetValue<string>() })).Expect(404);
        Assert.Equal("", await LinksAsync(other, theirs));
        (await desk.PostAsync($"/api/tickets/{one["id"]}/link", new { to = "1" }, ("If-Match", "\"77\""))).Expect(412);
    }

    [Fact]
    public async Task A_ticket_is_not_at_once_the_parent_and_the_child_of_another()
    {
        using var desk = await fixture.OpenDeskAsync();
        var (a, b) = ((await desk.OpenTicketAsync()).Json["number"]!.GetValue<long>(), (await desk.OpenTicketAsync()).Json["number"]!.GetValue<long>());
        (await desk.PostAsync($"/api/tickets/{a}/link", new { to = b, kind = "parent" })).Expect(200);
        foreach (var (from, to, kind) in new[] { (b, a, "parent"), (a, b, "child") })
            Assert.Equal("link-reversed", (await desk.PostAsync($"/api/tickets/{from}/link", new { to, kind })).Expect(409).Code);
        (await desk.PostAsync($"/api/tickets/{b}/link", new { to = a, kind = "child" })).Expect(200);
        var wrong = (await desk.PostAsync($"/api/tickets/{a}/link", new { to = b, kind = "split-into" })).Expect(400).Json["errors"]!["kind"]![0]!;
        Assert.Equal("kind must be one of related, parent, child.", wrong.GetValue<string>());
    }
}
