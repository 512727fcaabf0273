using Helpdesk.Functions.Attachments;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Helpdesk.Functions.Tests.Attachments;

/// <summary>Limits are settings, the same for every way in; and what is large passes through.</summary>
public sealed class AttachmentLimitsTests(DeskFixture fixture)
{
    private static readonly byte[] Megabyte = new byte[1024 * 1024];

    [Fact]
    public async Task Every_way_in_keeps_to_the_settings()
    {
        await using var app = await RunningApp.StartAsync(
            fixture.Storage,
            settings:
            [
                "--Attachments:FileMegabytes=1",
                "--Attachments:FilesPerMessage=2",
                "--Attachments:MessageMegabytes=1",
                "--Attachments:TicketMegabytes=2",
                "--Attachments:DeniedEndings=zip, .rar",
            ]
        );
        using var desk = await fixture.OpenDeskAsync(app);
        var ticket = (await desk.OpenTicketAsync()).Json.Text("id");
        using var browser = new Desk(desk.Workspace, "", app.Address);
        using var chat = await WebChat.WebChat.BeginAsync(desk, app.Address);
        (string, string)[] words = [("subject", "Printer"), ("description", "Burns"), ("email", "rita@example.com")];
        Task<Answer> ApiAsync((string, byte[])[] files) => desk.SendAsync(HttpMethod.Post, $"/api/tickets/{ticket}/attachments", Files.Form([], files));
        Task<Answer> FormAsync((string, byte[])[] files) =>
            browser.SendAsync(HttpMethod.Post, $"/api/intake/web?workspace={desk.Workspace}", Files.Form(words, files));
        Task<Answer> ChatAsync((string Name, byte[] Bytes)[] files) => chat.UploadAsync("x", [.. files.Select(file => (file.Name, "text/plain", file.Bytes))]);

        (string, byte[])[] tooLarge = [("a.bin", [.. Megabyte, 0])];
        (string, byte[])[] tooMuch = [("a.bin", Megabyte), ("b.bin", [1])];
        (string, byte[])[] tooMany = [("a.txt", [1]), ("b.txt", [2]), ("c.txt", [3])];
        (string, byte[])[] denied = [("a.ZIP", [1])];
        Assert.Equal([413, 413, 400, 400], await StatusesAsync(ApiAsync));
        Assert.Equal([400, 400, 400, 400], await StatusesAsync(FormAsync));
        Assert.Equal([413, 413, 400, 400], await StatusesAsync(ChatAsync));
        var page = (await browser.GetAsync($"/support?workspace={desk.Workspace}&lang=en")).Text;
        Assert.Contains("Up to 2 files of 1 MB each, 1 MB together.", page, StringComparison.Ordinal);
        (await FormAsync([("a.bin", Megabyte)])).Expect(202);
        (await ChatAsync([("a.bin", Megabyte)])).Expect(200);

        // What a ticket has already counts as well.
        (await ApiAsync([("a.bin", Megabyte)])).Expect(201);
        (await ApiAsync([("b.bin", Megabyte)])).Expect(201);
        Assert.Equal("ticket-files-full", (await ApiAsync([("c.bin", [1])])).Expect(409).Code);
        var ids = await desk.UploadAsync(("d.txt", [4]));
        Assert.Equal("ticket-files-full", (await desk.PostAsync($"/api/tickets/{ticket}/comments", new { attachments = ids })).Expect(409).Code);

        async Task<List<int>> StatusesAsync(Func<(string, byte[])[], Task<Answer>> send) =>
            [(await send(tooLarge)).Status, (await send(tooMuch)).Status, (await send(tooMany)).Status, (await send(denied)).Status];
    }

    [Theory]
    [InlineData("FileMegabytes", "0")]
    [InlineData("FileMegabytes", "201")]
    [InlineData("FilesPerMessage", "26")]
    [InlineData("MessageMegabytes", "24")]
    [InlineData("TicketMegabytes", "49")]
    [InlineData("TicketMegabytes", "lots")]
    [InlineData("DeniedEndings", "a*b")]
    [InlineData("AllowedEndings", "../x")]
    [InlineData("LinkLifetime", "366.00:00:00")]
    [InlineData("ScanUrl", "ftp://scanner/")]
    [InlineData("ScanTimeout", "00:10:00")]
    public void A_wrong_setting_is_named(string name, string value)
    {
        var settings = new ConfigurationBuilder().AddInMemoryCollection([new($"Attachments:{name}", value)]).Build();
        Assert.Contains(
            $"Attachments__{name}",
            Assert.Throws<InvalidOperationException>(() => new AttachmentSettings(settings)).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task Only_allowed_endings_are_taken_and_a_program_never()
    {
        await using var app = await RunningApp.StartAsync(fixture.Storage, settings: ["--Attachments:AllowedEndings=png txt exe"]);
        using var desk = await fixture.OpenDeskAsync(app);
        Assert.Equal(2, (await desk.UploadAsync(("a.png", Files.Png), ("b.TXT", [65]))).Count);
        foreach (var name in new[] { "c.pdf", "d", "e.exe", "f.txt.docx" })
            (await desk.SendAsync(HttpMethod.Post, "/api/attachments", Files.Form([], (name, [1])))).Expect(400);
    }

    /// <summary>Neither way holds a large file: what is allocated for one is a few blocks, whatever its size.</summary>
    [Fact]
    public async Task A_large_file_passes_through_without_being_held()
    {
        using var desk = await fixture.OpenDeskAsync();
        const int size = 25 * 1024 * 1024;
        var files = fixture.App.Services.GetRequiredService<AttachmentStore>();
        var cancelled = TestContext.Current.CancellationToken;
        using var content = new Zeros(size);
        var (kept, refused) = await files.TryAddAsync(desk.Workspace, "place", "large.bin", content, long.MaxValue, cancelled);
        Assert.Null(refused);
        Assert.Equal(size, kept!.Attachment.Size);
        // The source gives no more than is asked for, and is never asked for more than one block ahead of what has gone to storage.
        Assert.InRange(content.LargestRead, 1, 4 * 1024 * 1024);
        var url = $"/api/attachments/{kept.Attachment.Id}";
        using var http = GetAttachmentTests.Client(desk);
        using var answer = await http.GetAsync(url, HttpCompletionOption.ResponseHeadersRead, cancelled);
        Assert.Equal(size, answer.Content.Headers.ContentLength);
        var (buffer, total) = (new byte[64 * 1024], 0L);
        await using var stream = await answer.Content.ReadAsStreamAsync(cancelled);
        for (int read; (read = await stream.ReadAsync(buffer, cancelled)) > 0; )
            total += read;
        Assert.Equal(size, total);
    }

    [Fact]
    public async Task What_an_upload_and_a_download_cost()
    {
        await using var app = await fixture.StartFrozenAppAsync();
        using var desk = await fixture.OpenDeskAsync(app);
        var ticket = (await desk.OpenTicketAsync()).Json.Text("id");
        var url = $"/api/attachments/{(await desk.UploadAsync(("warm.txt", [65])))[0]}";
        (await desk.GetAsync(url)).Expect(200);
        using var count = new StorageCount(app);
        await count.WhenDeliveredAsync();
        count.Reset();
        var id = (await desk.UploadAsync(("a.txt", [65])))[0];
        // New, bytes, whose, row.
        Assert.True(count.Count <= 4, string.Join('\n', count.Paths));
        count.Reset();
        (await desk.GetAsync($"/api/attachments/{id}")).Expect(200);
        Assert.True(count.Count <= 2, string.Join('\n', count.Paths));
        count.Reset();
        (await desk.SendAsync(HttpMethod.Head, $"/api/attachments/{id}", null)).Expect(200);
        Assert.True(count.Count <= 1, string.Join('\n', count.Paths));
        await count.WhenDeliveredAsync();
        count.Reset();
        (await desk.PostAsync($"/api/tickets/{ticket}/comments", new { body = "x", attachments = new[] { id } })).Expect(201);
        var before = count.Count;
        Assert.True(before <= 8, string.Join('\n', count.Paths));
    }

    private sealed class Zeros(long length) : Stream
    {
        private long _left = length;

        public int LargestRead { get; private set; }

        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => false;
        public override long Length => throw new NotSupportedException();
        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            LargestRead = Math.Max(LargestRead, buffer.Length);
            var read = (int)Math.Min(buffer.Length, _left);
            buffer.Span[..read].Clear();
            _left -= read;
            return new(read);
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush() { }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
