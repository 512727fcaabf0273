namespace Helpdesk.Functions.Tests.Contacts;

public sealed class ContactTimelineTests(DeskFixture fixture)
{
    [Fact]
    public async Task Everything_public_is_in_one_line_of_time_ten_tickets_a_page_at_a_bounded_cost()
    {
        await using var app = await fixture.StartFrozenAppAsync();
        using var desk = await fixture.OpenDeskAsync(app);
        for (var i = 0; i < 12; i++)
        {
            var ticket = (await desk.OpenTicketAsync($"Ticket {i:D2}")).Json["number"];
            (await desk.PostAsync($"/api/tickets/{ticket}/comments", new { body = $"Answer {i:D2}" })).Expect(201);
            (await desk.PostAsync($"/api/tickets/{ticket}/comments", new { body = $"Thanks {i:D2}", author = "requester" })).Expect(201);
            (await desk.PostAsync($"/api/tickets/{ticket}/comments", new { body = "Secret", visibility = "internal" })).Expect(201);
        }

        await desk.OpenTicketAsync("Of another", "other@example.com");
        await app.DeliveredAsync();
        var id = (await desk.GetAsync("/api/contacts?search=rita@example.com")).Json["items"]![0]!["id"];
        using var count = new StorageCount(app);
        var (texts, pages, cursor) = (new List<string>(), 0, "");
        while (true)
        {
            count.Reset();
            var page = (await desk.GetAsync($"/api/contacts/{id}/timeline{cursor}")).Expect(200).Json;
            // The merge row, the contact, the lists of live and done tickets, two requests a ticket, and one for the mails of each address.
            Assert.InRange(count.Count, 1, 4 + 2 * 10 + 1);
            pages++;
            texts.AddRange(page["items"]!.AsArray().Select(one => $"{one!["kind"]} {one["text"]}"));
            if (page["nextCursor"] is not { } next)
                break;
            cursor = $"?cursor={next}";
        }

        Assert.Equal(2, pages);
        Assert.Equal(36, texts.Distinct().Count() + 11);
        Assert.Equal(12, texts.Count(text => text == "ticket-opened It is on fire"));
        for (var i = 0; i < 12; i++)
        {
            Assert.Single(texts, text => text == $"answered Answer {i:D2}");
            Assert.Single(texts, text => text == $"said Thanks {i:D2}");
        }

        Assert.DoesNotContain(texts, text => text.Contains("Secret", StringComparison.Ordinal));
        using var other = await fixture.OpenDeskAsync();
        (await other.GetAsync($"/api/contacts/{id}/timeline")).Expect(404);
        (await desk.GetAsync($"/api/contacts/{id}/timeline?cursor=abc")).Expect(400);
    }
}
