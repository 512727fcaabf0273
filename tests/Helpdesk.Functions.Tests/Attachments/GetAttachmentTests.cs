using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;

namespace Helpdesk.Functions.Tests.Attachments;

/// <summary>A file is given away whole or in part, as a real client asks for it.</summary>
public sealed class GetAttachmentTests(DeskFixture fixture)
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Any_range_is_that_part_of_the_file()
    {
        using var desk = await fixture.OpenDeskAsync();
        // Larger than one block of an upload and than any buffer on the way.
        var bytes = new byte[9 * 1024 * 1024 + 77];
        RandomNumberGenerator.Fill(bytes);
        var url = $"/api/attachments/{(await desk.UploadAsync(("data.bin", bytes)))[0]}";
        using var http = Client(desk);
        Assert.Equal(bytes, await http.GetByteArrayAsync(url, Cancelled));

        for (var i = 0; i < 120; i++)
        {
            var edge = RandomNumberGenerator.GetInt32(4) switch
            {
                0 => 0,
                1 => bytes.Length - 1,
                2 => 4 * 1024 * 1024,
                _ => RandomNumberGenerator.GetInt32(bytes.Length),
            };
            var (from, to) = RandomNumberGenerator.GetInt32(3) switch
            {
                0 => ((long?)edge, (long?)null),
                1 => (null, (long?)RandomNumberGenerator.GetInt32(1, bytes.Length * 2)),
                _ => (edge, edge + (long)RandomNumberGenerator.GetInt32(bytes.Length)),
            };
            using var request = new HttpRequestMessage(HttpMethod.Get, url) { Headers = { Range = new RangeHeaderValue(from, to) } };
            using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancelled);
            var first = from is { } start ? (int)start : (int)Math.Max(0, bytes.Length - to!.Value);
            var last = from is null ? bytes.Length - 1 : (int)Math.Min(to ?? long.MaxValue, bytes.Length - 1);
            Assert.Equal(HttpStatusCode.PartialContent, answer.StatusCode);
            Assert.Equal($"bytes {first}-{last}/{bytes.Length}", answer.Content.Headers.ContentRange!.ToString());
            Assert.Equal(last - first + 1, answer.Content.Headers.ContentLength);
            var part = await answer.Content.ReadAsByteArrayAsync(Cancelled);
            Assert.True(bytes.AsSpan(first..(last + 1)).SequenceEqual(part), $"{from}-{to}");
        }
    }

    [Theory]
    [InlineData("bytes=10-", 416)]
    [InlineData("bytes=4711-4712", 416)]
    [InlineData("bytes=-0", 416)]
    [InlineData("bytes=0-2,5-6", 200)]
    [InlineData("bytes=5-2", 200)]
    [InlineData("bytes=", 200)]
    [InlineData("bytes=a-b", 200)]
    [InlineData("lines=0-1", 200)]
    [InlineData("bytes=9-", 206)]
    [InlineData("bytes=-1", 206)]
    [InlineData("bytes=-4711", 206)]
    public async Task What_is_no_range_is_the_whole_file_and_what_lies_outside_is_none(string range, int status)
    {
        using var desk = await fixture.OpenDeskAsync();
        var url = $"/api/attachments/{(await desk.UploadAsync(("data.txt", "0123456789"u8.ToArray())))[0]}";
        using var http = Client(desk);
        using var request = new HttpRequestMessage(HttpMethod.Get, url);
        request.Headers.TryAddWithoutValidation("Range", range);
        using var answer = await http.SendAsync(request, Cancelled);
        Assert.Equal(status, (int)answer.StatusCode);
        if (status == 416)
            Assert.Equal("bytes */10", answer.Content.Headers.ContentRange!.ToString());
        if (status == 200)
            Assert.Equal("0123456789", await answer.Content.ReadAsStringAsync(Cancelled));
    }

    [Fact]
    public async Task A_file_that_is_known_is_not_sent_again_and_a_part_only_of_the_same_file()
    {
        using var desk = await fixture.OpenDeskAsync();
        var ids = await desk.UploadAsync(("a.txt", "0123456789"u8.ToArray()), ("b.txt", "9876543210"u8.ToArray()));
        using var http = Client(desk);
        var (first, second) = (await HeadAsync(http, ids[0]), await HeadAsync(http, ids[1]));
        var tag = first.Headers.ETag!;
        Assert.False(tag.IsWeak);
        Assert.NotEqual(tag, second.Headers.ETag);
        Assert.Equal((10, "bytes"), (first.Content.Headers.ContentLength, first.Headers.AcceptRanges.Single()));

        async Task<(int, string)> AskAsync(Action<HttpRequestHeaders> with)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"/api/attachments/{ids[0]}");
            with(request.Headers);
            using var answer = await http.SendAsync(request, Cancelled);
            return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync(Cancelled));
        }

        Assert.Equal((304, ""), await AskAsync(headers => headers.IfNoneMatch.Add(tag)));
        Assert.Equal((304, ""), await AskAsync(headers => headers.IfNoneMatch.Add(EntityTagHeaderValue.Any)));
        Assert.Equal((304, ""), await AskAsync(headers => headers.TryAddWithoutValidation("If-None-Match", $"\"x\", W/{tag}")));
        Assert.Equal((200, "0123456789"), await AskAsync(headers => headers.IfNoneMatch.Add(second.Headers.ETag!)));
        Assert.Equal(412, (await AskAsync(headers => headers.IfMatch.Add(second.Headers.ETag!))).Item1);
        void Part(HttpRequestHeaders headers, RangeConditionHeaderValue condition) =>
            (headers.Range, headers.IfRange) = (new RangeHeaderValue(2, 3), condition);
        Assert.Equal((206, "23"), await AskAsync(headers => Part(headers, new(tag))));
        Assert.Equal((206, "23"), await AskAsync(headers => Part(headers, new(first.Content.Headers.LastModified!.Value))));
        Assert.Equal((200, "0123456789"), await AskAsync(headers => Part(headers, new(second.Headers.ETag!))));
        Assert.Equal((200, "0123456789"), await AskAsync(headers => Part(headers, new(first.Content.Headers.LastModified!.Value.AddDays(-1)))));
    }

    [Theory]
    [InlineData("photo.png", "inline", "photo.png")]
    [InlineData("Übersicht „neu\".txt", "attachment", "Übersicht „neu.txt")]
    [InlineData("отчёт; v=1.txt", "attachment", "отчёт; v=1.txt")]
    [InlineData("100% \\' done.txt", "attachment", "' done.txt")]
    public async Task The_name_survives_the_header(string name, string how, string kept)
    {
        using var desk = await fixture.OpenDeskAsync();
        var bytes = name.EndsWith("png", StringComparison.Ordinal) ? Files.Png : "x"u8.ToArray();
        var form = Files.Form([], []);
        var part = new ByteArrayContent(bytes);
        part.Headers.TryAddWithoutValidation("Content-Disposition", $"form-data; name=files; filename*=UTF-8''{Uri.EscapeDataString(name)}");
        form.Add(part);
        var id = (await desk.SendAsync(HttpMethod.Post, "/api/attachments", form)).Expect(201).Json["items"]![0].Text("id");
        using var http = Client(desk);
        var head = await HeadAsync(http, id);
        var disposition = head.Content.Headers.ContentDisposition!;
        Assert.Equal((how, kept), (disposition.DispositionType, disposition.FileNameStar ?? disposition.FileName!.Trim('"')));
        Assert.Equal("nosniff", head.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.Equal("default-src 'none'; sandbox", head.Headers.GetValues("Content-Security-Policy").Single());
    }

    [Fact]
    public async Task A_page_in_disguise_is_never_a_page()
    {
        using var desk = await fixture.OpenDeskAsync();
        var page = "<!DOCTYPE html><script>alert(document.cookie)</script>"u8.ToArray();
        byte[] utf16 = [0xFF, 0xFE, .. Encoding.Unicode.GetBytes("<html><script>alert(1)</script>")];
        var ids = await desk.UploadAsync(("a.png", page), ("b.pdf", page), ("c", page), ("d.txt", page), ("e.gif", utf16), ("f.jpg", [.. Files.Png, .. page]));
        using var http = Client(desk);
        foreach (var id in ids)
        {
            var head = await HeadAsync(http, id);
            Assert.Contains(head.Content.Headers.ContentType!.MediaType, new[] { "application/octet-stream", "text/plain" });
            Assert.Equal("attachment", head.Content.Headers.ContentDisposition!.DispositionType);
        }
    }

    [Fact]
    public async Task An_empty_file_is_a_file()
    {
        using var desk = await fixture.OpenDeskAsync();
        var url = $"/api/attachments/{(await desk.UploadAsync(("empty.log", [])))[0]}";
        Assert.Equal("", (await desk.GetAsync(url)).Expect(200).Text);
        (await desk.GetAsync(url, ("Range", "bytes=0-0"))).Expect(416);
    }

    [Theory]
    [InlineData("x")]
    [InlineData("..%2f..%2fsettings")]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaaa")]
    public async Task What_is_no_file_is_not_found(string id)
    {
        using var desk = await fixture.OpenDeskAsync();
        (await desk.GetAsync($"/api/attachments/{id}")).Expect(404);
    }

    internal static HttpClient Client(Desk desk)
    {
        var http = new HttpClient { BaseAddress = desk.Address };
        http.DefaultRequestHeaders.Authorization = new("Bearer", desk.Key);
        return http;
    }

    private static async Task<HttpResponseMessage> HeadAsync(HttpClient http, string id)
    {
        using var request = new HttpRequestMessage(HttpMethod.Head, $"/api/attachments/{id}");
        var answer = await http.SendAsync(request, Cancelled);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return answer;
    }
}
