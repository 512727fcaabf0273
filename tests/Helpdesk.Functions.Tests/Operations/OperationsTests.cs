using Azure.Storage.Queues;
using Helpdesk.Functions.Storage;
using Helpdesk.Functions.Tickets;
using Helpdesk.Testing;

namespace Helpdesk.Functions.Tests.Operations;

[Collection(nameof(SharedQueues))]
public sealed class OperationsTests(DeskFixture fixture)
{
    [Fact]
    public async Task Health_names_the_part_that_does_not_answer()
    {
        using var home = new Desk("main", "", fixture.App.Address);
        Assert.Equal("ok", (await home.GetAsync("/api/health")).Expect(200).Json["status"]!.GetValue<string>());
        await using var broken = await RunningApp.StartAsync(
            fixture.Storage,
            null,
            "--Storage:Queues=DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;"
                + "AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==;"
                + $"QueueEndpoint=http://127.0.0.1:{AzuriteServer.FreePort()}/devstoreaccount1;"
        );
        using var desk = new Desk("main", DeskFixture.AdminKey, broken.Address);
        var health = (await desk.GetAsync("/api/health")).Expect(503).Json;
        Assert.Equal(("ok", "ok"), (health["parts"]!["tables"]!.GetValue<string>(), health["parts"]!["blobs"]!.GetValue<string>()));
        Assert.NotEqual("ok", health["parts"]!["queues"]!.GetValue<string>());

        // Nothing is written that could not be announced.
        var refused = (
            await desk.PostAsync(
                "/api/tickets",
                new
                {
                    subject = "s",
                    description = "d",
                    requester = new { email = "nobody@example.com" },
                }
            )
        ).Expect(503);
        Assert.Equal("storage-unavailable", refused.Code);
        Assert.NotNull(refused.Headers.RetryAfter);
        Assert.Empty(await desk.NumbersAsync("requester=nobody@example.com"));
    }

    [Fact]
    public async Task Messages_that_the_host_gave_up_on_can_be_put_back()
    {
        using var home = new Desk("main", DeskFixture.AdminKey, fixture.App.Address);
        using var desk = await fixture.OpenDeskAsync();
        var poison = new QueueClient(fixture.Storage, TicketMessage.QueueName + "-poison");
        await poison.CreateIfNotExistsAsync();
        await poison.SendMessageAsync($$"""{"workspace":"{{desk.Workspace}}","number":1,"upTo":1,"sentAt":"2026-01-01T00:00:00.000Z","sender":"x"}""");
        (await desk.PostAsync("/api/operations/queues/ticket-events/replay-poison")).Expect(403);
        Assert.Equal(1, (await home.PostAsync("/api/operations/queues/ticket-events/replay-poison")).Expect(200).Json["replayed"]!.GetValue<int>());
        Assert.Equal(0, (await poison.GetPropertiesAsync()).Value.ApproximateMessagesCount);
        (await home.PostAsync("/api/operations/queues/other/replay-poison")).Expect(404);
    }
}
