using Azure.Core;
using Helpdesk.Functions.Attachments;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Storage;
using Helpdesk.Testing;
using Helpdesk.Tickets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace Helpdesk.Functions.Tests.Attachments;

/// <summary>What nobody names goes after a day, and nothing else does.</summary>
public sealed class RemoveOrphansTests(DeskFixture fixture)
{
    private static readonly byte[] Words = "words"u8.ToArray();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private static Task TidyAsync(RunningApp app, string workspace) =>
        app.Services.GetServices<INightlyWork>().OfType<RemoveOrphans>().Single().TidyAsync(workspace, Cancelled);

    private static async Task<List<string>> BlobsAsync(RunningApp app, string workspace)
    {
        var names = new List<string>();
        var blobs = app.Services.GetRequiredService<StorageClients>().Container(AttachmentStore.ContainerName);
        await foreach (
            var blob in blobs.GetBlobsAsync(Azure.Storage.Blobs.Models.BlobTraits.None, Azure.Storage.Blobs.Models.BlobStates.None, $"{workspace}/", Cancelled)
        )
            names.Add(blob.Name);
        return names;
    }

    [Fact]
    public async Task Only_what_nobody_names_goes_after_a_day()
    {
        var clock = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var app = await RunningApp.StartAsync(fixture.Storage, builder => builder.Services.AddSingleton<TimeProvider>(clock));
        using var desk = await fixture.OpenDeskAsync(app);
        var ticket = (await desk.OpenTicketAsync()).Json.Text("id");
        var other = (await desk.OpenTicketAsync()).Json.Text("id");
        var ids = await desk.UploadAsync(("loose.txt", Words), ("named.txt", Words), ("moved.txt", Words), ("split.txt", Words));
        (await desk.PostAsync($"/api/tickets/{ticket}/comments", new { body = "x", attachments = new[] { ids[1] } })).Expect(201);
        (await desk.PostAsync($"/api/tickets/{other}/comments", new { body = "y", attachments = new[] { ids[2] } })).Expect(201);
        var apart = (await desk.PostAsync($"/api/tickets/{ticket}/comments", new { body = "z", attachments = new[] { ids[3] } })).Expect(201).Json.Text("id");
        (await desk.PostAsync($"/api/tickets/{other}/merge", new { into = ticket })).Expect(200);
        (await desk.PostAsync($"/api/tickets/{ticket}/split", new { comment = apart, subject = "Apart" })).Expect(201);

        clock.Advance(TimeSpan.FromHours(23));
        await TidyAsync(app, desk.Workspace);
        foreach (var id in ids)
            (await desk.GetAsync($"/api/attachments/{id}")).Expect(200);

        clock.Advance(TimeSpan.FromHours(2));
        for (var night = 0; night < 2; night++)
        {
            await TidyAsync(app, desk.Workspace);
            (await desk.GetAsync($"/api/attachments/{ids[0]}")).Expect(404);
            foreach (var id in ids.Skip(1))
                (await desk.GetAsync($"/api/attachments/{id}")).Expect(200);
            Assert.Equal(3, (await BlobsAsync(app, desk.Workspace)).Count);
            clock.Advance(TimeSpan.FromHours(24));
        }

        (await desk.PostAsync($"/api/tickets/{ticket}/comments", new { body = "x", attachments = new[] { ids[0] } })).Expect(400);
    }

    [Fact]
    public async Task A_file_that_is_attached_just_before_it_would_go_stays()
    {
        var clock = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var app = await RunningApp.StartAsync(fixture.Storage, builder => builder.Services.AddSingleton<TimeProvider>(clock));
        using var desk = await fixture.OpenDeskAsync(app);
        var files = app.Services.GetRequiredService<AttachmentStore>();
        var ids = await desk.UploadAsync(("claimed.txt", Words), ("again.txt", Words));
        var again = await files.AddAsync(desk.Workspace, "chat", "again.txt", "text/plain", Words, Cancelled);
        clock.Advance(TimeSpan.FromHours(25));
        // Claimed by a ticket that is being written at this moment, and a file that has just come once more.
        await files.ClaimAsync(desk.Workspace, 4711, note: false, [new(ids[0], "claimed.txt", "text/plain", 5)], Cancelled);
        Assert.Equal(again, await files.AddAsync(desk.Workspace, "chat", "again.txt", "text/plain", Words, Cancelled));
        await TidyAsync(app, desk.Workspace);
        (await desk.GetAsync($"/api/attachments/{ids[0]}")).Expect(200);
        (await desk.GetAsync($"/api/attachments/{again.Id}")).Expect(200);
        (await desk.GetAsync($"/api/attachments/{ids[1]}")).Expect(404);
        // The ticket was never written.
        clock.Advance(TimeSpan.FromHours(25));
        await TidyAsync(app, desk.Workspace);
        (await desk.GetAsync($"/api/attachments/{ids[0]}")).Expect(404);
    }

    [Fact]
    public async Task The_file_of_a_failed_receipt_stays_for_its_replay()
    {
        var clock = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var app = await RunningApp.StartAsync(fixture.Storage, builder => builder.Services.AddSingleton<TimeProvider>(clock));
        using var desk = await fixture.OpenDeskAsync(app);
        using var home = new Desk("main", DeskFixture.AdminKey, app.Address);
        (await home.PatchAsync($"/api/workspaces/{desk.Workspace}", new { active = false })).Expect(200);
        using var browser = new Desk(desk.Workspace, "", app.Address);
        var form = Files.Form([("subject", "Printer"), ("description", "Burns"), ("email", "rita@example.com")], ("a.txt", Words));
        var receipt = (await browser.SendAsync(HttpMethod.Post, $"/api/intake/web?workspace={desk.Workspace}", form)).Expect(202).Json.Text("receipt");
        var receipts = app.Services.GetRequiredService<Helpdesk.Functions.Intake.ReceiptStore>();
        await Until.TrueAsync(
            async () => (await receipts.FindAsync(desk.Workspace, receipt, Cancelled))?.Receipt.State == Helpdesk.Intake.ReceiptState.Failed,
            "the receipt fails"
        );
        clock.Advance(TimeSpan.FromHours(25));
        await TidyAsync(app, desk.Workspace);
        (await home.PatchAsync($"/api/workspaces/{desk.Workspace}", new { active = true })).Expect(200);
        clock.Advance(TimeSpan.FromMinutes(5));
        (await desk.PostAsync($"/api/receipts/{receipt}/replay")).Expect(202);
        await app.InvokeAsync(
            "ProcessReceipt",
            new System.Text.Json.Nodes.JsonObject
            {
                ["workspace"] = desk.Workspace,
                ["receipt"] = receipt,
                ["sentAt"] = clock.GetUtcNow().ToString("O"),
                ["replay"] = true,
            }.ToJsonString()
        );
        var ticket = (await desk.GetAsync($"/api/receipts/{receipt}")).Json.Text("ticket");
        var file = (await desk.GetAsync($"/api/tickets/{ticket}")).Json["attachments"]![0].Text("url");
        Assert.Equal("words", (await desk.GetAsync(file)).Expect(200).Text);
    }

    /// <summary>The process dies at each of its writes in turn; whatever is left of the file is gone after the night, and the file comes again
    /// whole.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task An_upload_that_died_between_two_writes_leaves_nothing(int writes)
    {
        var clock = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        Mortality? mortality = null;
        await using var app = await RunningApp.StartAsync(
            fixture.Storage,
            builder =>
            {
                builder.Services.AddSingleton<TimeProvider>(clock);
                builder.Services.AddSingleton<StorageMeter>(provider =>
                    mortality = new(provider.GetRequiredService<System.Diagnostics.Metrics.IMeterFactory>())
                );
            }
        );
        using var desk = await fixture.OpenDeskAsync(app);
        var files = app.Services.GetRequiredService<AttachmentStore>();
        Task<TicketAttachment> AddAsync() => files.AddAsync(desk.Workspace, "chat", "a.txt", "text/plain", Words, Cancelled);
        mortality!.Left = writes;
        await Assert.ThrowsAsync<InvalidOperationException>(AddAsync);
        mortality.Left = int.MaxValue;
        clock.Advance(TimeSpan.FromHours(25));
        await TidyAsync(app, desk.Workspace);
        Assert.Empty(await BlobsAsync(app, desk.Workspace));
        var kept = await AddAsync();
        Assert.Equal(kept, await AddAsync());
        Assert.Single(await BlobsAsync(app, desk.Workspace));
        Assert.Equal("words", (await desk.GetAsync($"/api/attachments/{kept.Id}")).Expect(200).Text);
    }

    [Fact]
    public async Task Files_are_removed_for_good_and_once_more()
    {
        using var desk = await fixture.OpenDeskAsync();
        var files = fixture.App.Services.GetRequiredService<AttachmentStore>();
        var ids = await desk.UploadAsync(("a.txt", Words), ("b.txt", Words));
        for (var i = 0; i < 2; i++)
            await files.RemoveAsync(desk.Workspace, [ids[0], "no id", new string('a', 26)], Cancelled);
        (await desk.GetAsync($"/api/attachments/{ids[0]}")).Expect(404);
        (await desk.GetAsync($"/api/attachments/{ids[1]}")).Expect(200);
        Assert.Single(await BlobsAsync(fixture.App, desk.Workspace));
    }

    /// <summary>Lets so many writes through, and none after them.</summary>
    private sealed class Mortality(System.Diagnostics.Metrics.IMeterFactory meters) : StorageMeter(meters)
    {
        public int Left { get; set; } = int.MaxValue;

        public override void OnSendingRequest(HttpMessage message)
        {
            if (Left != int.MaxValue && message.Request.Method != RequestMethod.Get && Left-- <= 0)
                throw new InvalidOperationException("This app is dead.");
            base.OnSendingRequest(message);
        }
    }
}
