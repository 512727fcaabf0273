using System.Text.Json.Nodes;
using Helpdesk.Functions.Search;
using Microsoft.Extensions.DependencyInjection;

namespace Helpdesk.Functions.Tests.Search;

public sealed class FindSimilarTicketsTests(DeskFixture fixture)
{
    [Fact]
    public async Task Tickets_about_the_same_are_found_with_what_solved_them_and_nothing_of_another_workspace()
    {
        using var desk = await fixture.OpenDeskAsync();
        using var other = await fixture.OpenDeskAsync();
        var solved = await desk.OpenTicketAsync("VPN client loses the connection in hotels");
        (await desk.PostAsync($"/api/tickets/{Id(solved)}/resolve", new { resolution = "Version 5.2 keeps the tunnel open." })).Expect(200);
        var open = await desk.OpenTicketAsync("Connection of the VPN client breaks");
        await desk.OpenTicketAsync("The printer on floor 3 prints nothing");
        var merged = await desk.OpenTicketAsync("VPN client without connection");
        (await desk.PostAsync($"/api/tickets/{Id(merged)}/merge", new { into = Id(open), confirm = true })).Expect(200);
        await other.OpenTicketAsync("VPN client loses the connection in hotels");
        var asked = await desk.OpenTicketAsync("VPN client: the connection is lost in the hotel", "rita@example.com");
        await fixture.App.DeliveredAsync();

        for (var flushed = 0; flushed < 2; flushed++)
        {
            var found = await SimilarAsync(desk, Id(asked));
            Assert.Equal([Id(solved), Id(open)], found.Select(one => one["ticket"]!["id"]!.GetValue<string>()));
            Assert.Equal("Version 5.2 keeps the tunnel open.", found[0]["resolution"]!.GetValue<string>());
            Assert.Null(found[1]["resolution"]);
            Assert.Single(await SimilarAsync(desk, Id(asked), "?limit=1"));
            await fixture.App.Services.GetRequiredService<SearchIndexStore>().FlushAsync(desk.Workspace, 1, false, TestContext.Current.CancellationToken);
        }

        (await other.GetAsync($"/api/tickets/{Id(asked)}/similar")).Expect(404);
        (await desk.GetAsync($"/api/tickets/{Id(asked)}/similar?limit=11")).Expect(400);
        var alone = (await other.GetAsync("/api/tickets/1/similar")).Expect(200).Json;
        Assert.Empty(alone["items"]!.AsArray());
    }

    [Fact]
    public async Task Words_of_notes_lead_only_those_to_a_ticket_who_may_read_them()
    {
        using var desk = await fixture.OpenDeskAsync();
        using var integration = await desk.WithRoleAsync("integration");
        var secret = await desk.OpenTicketAsync("Laptop");
        (
            await desk.PostAsync($"/api/tickets/{Id(secret)}/comments", new { body = "Suspected swindler, harassing accountants", visibility = "internal" })
        ).Expect(201);
        var asked = await desk.OpenTicketAsync("Swindler harassing accountants");
        await fixture.App.DeliveredAsync();

        Assert.Single(await SimilarAsync(desk, Id(asked)));
        Assert.Empty(await SimilarAsync(integration, Id(asked)));
    }

    private static string Id(Answer ticket) => ticket.Json["id"]!.GetValue<string>();

    private static async Task<List<JsonNode>> SimilarAsync(Desk desk, string id, string query = "") =>
        [.. (await desk.GetAsync($"/api/tickets/{id}/similar{query}")).Expect(200).Json["items"]!.AsArray().Select(one => one!)];
}
