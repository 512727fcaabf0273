using System.Text;
using System.Text.Json.Nodes;
using Helpdesk.Functions.Tickets;
using Helpdesk.Tickets;
using Microsoft.Extensions.DependencyInjection;

namespace Helpdesk.Functions.Tests.Storage;

/// <summary>Everything that a request may hold fits into storage: 64 KB in a column, 1 MB in a row, 4 MB in a transaction as it is sent.</summary>
public sealed class StorageLimitsTests(DeskFixture fixture)
{
    [Theory]
    [InlineData(1_000, 1)]
    [InlineData(1_000, 5)]
    [InlineData(200, 24)]
    public async Task A_calendar_of_many_special_days_is_kept_and_its_answer_is_repeated(int days, int spans)
    {
        using var desk = await fixture.OpenDeskAsync();
        var overrides = new JsonObject();
        for (var day = 0; day < days; day++)
            overrides[new DateOnly(2026, 1, 1).AddDays(day).ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture)] = new JsonArray([
                .. Enumerable.Range(0, spans).Select(hour => JsonValue.Create($"{hour:D2}:00-{hour:D2}:59")),
            ]);
        var calendar = new JsonObject
        {
            ["id"] = "special",
            ["name"] = "Special",
            ["timeZone"] = "UTC",
            ["hours"] = new JsonObject { ["mon"] = new JsonArray("09:00-17:00") },
            ["overrides"] = overrides,
        };
        var added = (await desk.PostAsync("/api/calendars", calendar, ("Idempotency-Key", "special"))).Expect(201);
        Assert.Equal(added.Text, (await desk.PostAsync("/api/calendars", calendar, ("Idempotency-Key", "special"))).Expect(201).Text);
        Assert.Equal(days, (await desk.GetAsync("/api/calendars/special")).Expect(200).Json["overrides"]!.AsObject().Count);
        Assert.Single(
            (await desk.PatchAsync("/api/calendars/special", JsonNode.Parse("""{"overrides":{"2026-12-24":["09:00-13:00"]}}""")!)).Expect(200).Json[
                "overrides"
            ]!.AsObject()
        );
        Assert.Single((await desk.GetAsync("/api/calendars/special")).Expect(200).Json["overrides"]!.AsObject());
        Assert.Equal(days, (await desk.GetAsync("/api/calendars/special?version=1")).Expect(200).Json["overrides"]!.AsObject().Count);
    }

    [Theory]
    [InlineData(1_001, 1)]
    [InlineData(900, 6)]
    public async Task A_calendar_of_too_many_special_days_is_refused_by_the_name_of_the_field(int days, int spans)
    {
        using var desk = await fixture.OpenDeskAsync();
        var overrides = new JsonObject();
        for (var day = 0; day < days; day++)
            overrides[new DateOnly(2026, 1, 1).AddDays(day).ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture)] = new JsonArray([
                .. Enumerable.Range(0, spans).Select(hour => JsonValue.Create($"{hour:D2}:00-{hour:D2}:59")),
            ]);
        var calendar = new JsonObject
        {
            ["name"] = "Special",
            ["timeZone"] = "UTC",
            ["hours"] = new JsonObject(),
            ["overrides"] = overrides,
        };
        Assert.NotNull((await desk.PostAsync("/api/calendars", calendar)).Expect(400).Json["errors"]!["overrides"]);
    }

    [Theory]
    [InlineData("a", 458_600)]
    [InlineData("Ж", 229_300)]
    [InlineData("<\\\"", 91_700)]
    public async Task The_longest_message_of_a_chat_is_kept(string letters, int times)
    {
        using var desk = await fixture.OpenDeskAsync();
        using var chat = await WebChat.WebChat.BeginAsync(desk, fixture.App.Address);
        var note = string.Concat(
            Enumerable.Repeat(letters.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal), times)
        );
        var body = $$"""{"type":"message","text":"help","channelData":{"clientActivityID":"x","note":"{{note}}"} }""";
        var said = await chat.SendAsync(HttpMethod.Post, $"{chat.Path}/activities", new StringContent(body, Encoding.UTF8, "application/json"));
        Assert.True(said.Status is 200, $"{Encoding.UTF8.GetByteCount(body)} bytes: {said.Text}");
        Assert.Equal(3, (await chat.ReadAsync()).Count);
    }

    [Fact]
    public async Task A_ticket_with_very_many_files_is_merged()
    {
        using var desk = await fixture.OpenDeskAsync();
        var tickets = fixture.App.Services.GetRequiredService<TicketStore>();
        var numbers = fixture.App.Services.GetRequiredService<NumberStore>();
        var target = (await desk.OpenTicketAsync()).Json;
        var address = await numbers.AddressAsync(desk.Workspace, default);
        var draft = new TicketDraft
        {
            Subject = "Pictures",
            Description = "See the attached files",
            Requester = new("rita@example.com", "Rita"),
            Channel = IntakeChannel.Chat,
            Attachments = [.. Enumerable.Range(0, 500).Select(i => new TicketAttachment($"{i:D26}", new string('ж', 100), "image/png", 1))],
        };
        await tickets.OpenAsync(
            address,
            id =>
                TicketRules.Open(
                    id,
                    address.Number,
                    desk.Workspace,
                    draft,
                    new Actor(ActorKind.Requester, "rita@example.com"),
                    TimeProvider.System.GetUtcNow()
                ),
            default
        );
        (await desk.PostAsync($"/api/tickets/{address.Number}/merge", new { into = target["id"]!.GetValue<string>() })).Expect(200);
        var moved = Assert.Single((await desk.GetAsync($"/api/tickets/{target["id"]}/comments")).Expect(200).Json["items"]!.AsArray())!;
        Assert.Equal(500, moved["attachments"]!.AsArray().Count);
    }
}
