using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Helpdesk.Functions.Tests.Webhooks;

public sealed class WebhookTests(DeskFixture fixture)
{
    [Fact]
    public async Task An_event_of_a_ticket_is_posted_and_signed_with_the_secret_that_was_shown_once()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        await using var app = await RunningApp.StartAsync(fixture.Storage, null, "--Outside:AllowedAddresses=127.0.0.0/8, ::1");
        using var desk = await fixture.OpenDeskAsync(app);
        var added = (await desk.PostAsync("/api/webhooks", new { name = "Status board", url = receiver.Url })).Expect(201).Json;
        Assert.Equal("status-board", added["id"]!.GetValue<string>());
        var secret = added["secret"]!.GetValue<string>();
        var ticket = (await desk.OpenTicketAsync("Secret words")).Json;
        await receiver.GotAsync(1);

        var got = Assert.Single(receiver.Received);
        Assert.Equal(("ticket-opened", 1L, 1L), (got.Type, got.Number, got.Seq));
        Assert.Equal(ticket["id"]!.GetValue<string>(), got.Json["data"]!["ticket"]!["id"]!.GetValue<string>());
        Assert.DoesNotContain("Secret words", got.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("rita", got.Body, StringComparison.OrdinalIgnoreCase);
        Assert.StartsWith("whsec_", secret, StringComparison.Ordinal);
        var signed = Encoding.UTF8.GetBytes($"{got.Id}.{got.Headers["webhook-timestamp"]}.{got.Body}");
        var key = Convert.FromBase64String(secret["whsec_".Length..]);
        Assert.Equal($"v1,{Convert.ToBase64String(HMACSHA256.HashData(key, signed))}", got.Headers["webhook-signature"]);
        var sentAt = DateTimeOffset.FromUnixTimeSeconds(long.Parse(got.Headers["webhook-timestamp"], CultureInfo.InvariantCulture));
        Assert.InRange(sentAt, TimeProvider.System.GetUtcNow().AddMinutes(-1), TimeProvider.System.GetUtcNow());

        await Helpdesk.Testing.Until.TrueAsync(
            async () => (await desk.GetAsync("/api/webhooks/status-board/deliveries")).Expect(200).Json["items"]![0]!["state"]!.GetValue<string>() == "sent",
            "the delivery is noted"
        );
        Assert.DoesNotContain(secret, (await desk.GetAsync("/api/webhooks")).Expect(200).Text, StringComparison.Ordinal);
        Assert.DoesNotContain(secret, (await desk.GetAsync("/api/webhooks/status-board")).Expect(200).Text, StringComparison.Ordinal);
    }
}
