using Helpdesk.Functions.Attachments;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace Helpdesk.Functions.Tests.Attachments;

/// <summary>Links for people without a key: good until they expire or are made void, and a wrong one tells nothing.</summary>
public sealed class AttachmentLinksTests(DeskFixture fixture)
{
    [Fact]
    public async Task A_link_is_good_until_it_expires()
    {
        var clock = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var app = await RunningApp.StartAsync(fixture.Storage, builder => builder.Services.AddSingleton<TimeProvider>(clock));
        using var desk = await fixture.OpenDeskAsync(app);
        using var anybody = new Desk(desk.Workspace, "", app.Address);
        var id = (await desk.UploadAsync(("a.txt", "words"u8.ToArray())))[0];
        var link = (await desk.PostAsync($"/api/attachments/{id}/link", new { expiresIn = "PT1H" })).Expect(200).Json;
        var path = new Uri(link.Text("url")).AbsolutePath;
        Assert.Equal("words", (await anybody.GetAsync(path)).Expect(200).Text);
        Assert.Equal("ords", (await anybody.GetAsync(path, ("Range", "bytes=1-"))).Expect(206).Text);
        clock.Advance(TimeSpan.FromMinutes(59));
        (await anybody.GetAsync(path)).Expect(200);
        clock.Advance(TimeSpan.FromMinutes(2));
        (await anybody.GetAsync(path)).Expect(404);
    }

    [Fact]
    public async Task A_link_lasts_thirty_days_when_nobody_says_otherwise_and_is_what_mails_carry()
    {
        using var desk = await fixture.OpenDeskAsync();
        var id = (await desk.UploadAsync(("a.txt", "words"u8.ToArray())))[0];
        var expires = (await desk.PostAsync($"/api/attachments/{id}/link")).Expect(200).Json["expiresAt"]!.GetValue<DateTimeOffset>();
        Assert.InRange(expires - TimeProvider.System.GetUtcNow(), TimeSpan.FromDays(30) - TimeSpan.FromMinutes(2), TimeSpan.FromDays(30));
        var links = fixture.App.Services.GetRequiredService<AttachmentLinks>();
        var url = await links.UrlAsync(desk.Workspace, id, TimeSpan.FromDays(7), TestContext.Current.CancellationToken);
        using var anybody = new Desk(desk.Workspace, "", fixture.App.Address);
        (await anybody.GetAsync(new Uri(url!).AbsolutePath)).Expect(200);
        Assert.Null(await links.UrlAsync(desk.Workspace, new string('a', 26), null, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Links_of_one_file_are_made_void_and_others_stay()
    {
        using var desk = await fixture.OpenDeskAsync();
        using var anybody = new Desk(desk.Workspace, "", fixture.App.Address);
        var ids = await desk.UploadAsync(("a.txt", "a"u8.ToArray()), ("b.txt", "b"u8.ToArray()));
        async Task<string> LinkAsync(string id) => new Uri((await desk.PostAsync($"/api/attachments/{id}/link")).Expect(200).Json.Text("url")).AbsolutePath;
        var (first, second) = (await LinkAsync(ids[0]), await LinkAsync(ids[1]));
        (await desk.DeleteAsync($"/api/attachments/{ids[0]}/link")).Expect(204);
        (await anybody.GetAsync(first)).Expect(404);
        (await anybody.GetAsync(second)).Expect(200);
        (await anybody.GetAsync(await LinkAsync(ids[0]))).Expect(200);
    }

    [Fact]
    public async Task Whatever_is_wrong_with_a_link_the_answer_is_the_same()
    {
        using var desk = await fixture.OpenDeskAsync();
        using var anybody = new Desk(desk.Workspace, "", fixture.App.Address);
        var id = (await desk.UploadAsync(("a.txt", "a"u8.ToArray())))[0];
        var path = new Uri((await desk.PostAsync($"/api/attachments/{id}/link")).Expect(200).Json.Text("url")).AbsolutePath;
        var parts = path["/files/".Length..].Split('.');
        string[] wrong =
        [
            $"{parts[0]}.{parts[1]}.{parts[2]}.{new string('0', 26)}",
            $"{parts[0]}.{parts[1]}.{long.Parse(parts[2], System.Globalization.CultureInfo.InvariantCulture) + 1}.{parts[3]}",
            $"{parts[0]}.{new string('a', 26)}.{parts[2]}.{parts[3]}",
            $"main.{parts[1]}.{parts[2]}.{parts[3]}",
            $"{parts[0]}.{parts[1]}.1.{parts[3]}",
            $"{parts[0]}.{parts[1]}.{parts[2]}",
            $"{parts[0]}.{parts[1]}.{parts[2]}.",
            "x",
            new('x', 5000),
        ];
        foreach (var token in wrong)
        {
            var answer = (await anybody.GetAsync($"/files/{token}")).Expect(404);
            Assert.Equal("not-found", answer.Code);
        }
    }

    [Theory]
    [InlineData("PT30S")]
    [InlineData("P366D")]
    [InlineData("tomorrow")]
    public async Task A_link_lasts_a_minute_to_a_year(string lifetime)
    {
        using var desk = await fixture.OpenDeskAsync();
        var id = (await desk.UploadAsync(("a.txt", "a"u8.ToArray())))[0];
        Assert.NotNull((await desk.PostAsync($"/api/attachments/{id}/link", new { expiresIn = lifetime })).Expect(400).Json["errors"]!["expiresIn"]);
    }
}
