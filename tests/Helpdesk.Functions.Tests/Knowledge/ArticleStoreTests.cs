using Helpdesk.Functions.Knowledge;
using Helpdesk.Functions.Tests.Tickets;
using Helpdesk.Knowledge;
using Microsoft.Extensions.DependencyInjection;

namespace Helpdesk.Functions.Tests.Knowledge;

public sealed class ArticleStoreTests(DeskFixture fixture)
{
    [Fact]
    public async Task A_process_that_dies_at_any_write_leaves_an_article_whole()
    {
        using var desk = await fixture.OpenDeskAsync();
        await using var mortal = await MortalApp.StartAsync(fixture.Storage, "Articles");
        using var dying = new Desk(desk.Workspace, desk.Key, mortal.App.Address);
        var body = new
        {
            title = "Survivor",
            body = "x",
            language = "en",
        };
        for (var writes = 0; ; writes++)
        {
            Assert.True(writes < 20, "It comes to no end.");
            mortal.Revive();
            mortal.DieAfter(writes);
            await dying.PostAsync("/api/articles", body, ("Idempotency-Key", "once"));
            if (!mortal.HasDied)
                break;
        }

        mortal.Revive();
        var written = Assert.Single((await desk.GetAsync("/api/articles")).Expect(200).Json["items"]!.AsArray())!;
        var id = written["id"]!.GetValue<string>();
        (await desk.GetAsync($"/api/articles/{id}/versions/1")).Expect(200);
        for (var writes = 0; ; writes++)
        {
            Assert.True(writes < 20, "It comes to no end.");
            mortal.Revive();
            mortal.DieAfter(writes);
            await dying.PostAsync($"/api/articles/{id}/publish");
            if (!mortal.HasDied)
                break;
        }

        mortal.Revive();
        Assert.Equal(["Survivor"], await ArticlesTests.FindAsync(desk, "survivor"));
        (await desk.PostAsync($"/api/articles/{id}/archive")).Expect(200);
        for (var writes = 0; ; writes++)
        {
            Assert.True(writes < 20, "It comes to no end.");
            mortal.Revive();
            mortal.DieAfter(writes);
            await dying.DeleteAsync($"/api/articles/{id}");
            if (!mortal.HasDied)
                break;
        }

        mortal.Revive();
        Assert.Empty((await desk.GetAsync("/api/articles")).Json["items"]!.AsArray());
        Assert.Equal("survivor", (await desk.PostAsync("/api/articles", body)).Expect(201).Json["article"]!["slug"]!.GetValue<string>());
    }

    [Fact]
    public async Task Reading_costs_the_same_however_many_articles_there_are()
    {
        await using var app = await fixture.StartFrozenAppAsync();
        using var desk = await fixture.OpenDeskAsync(app);
        for (var i = 0; i < 30; i++)
            await ArticlesTests.PublishAsync(desk, $"Router {i}", "Restart the router.");
        using var http = new HttpClient { BaseAddress = app.Address };
        async Task<long> CostAsync(string path)
        {
            using var count = new StorageCount(app);
            using var answer = await http.GetAsync(path);
            Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
            return await count.WhenDeliveredAsync();
        }

        // Once, so that what is remembered for seconds is.
        await CostAsync($"/support/articles?workspace={desk.Workspace}&q=router");
        await CostAsync($"/support/articles/router-7?workspace={desk.Workspace}");
        await CostAsync($"/support?workspace={desk.Workspace}");
        Assert.Equal(0, await CostAsync($"/support/articles?workspace={desk.Workspace}&q=router"));
        Assert.Equal(0, await CostAsync($"/support?workspace={desk.Workspace}"));
        Assert.Equal(2, await CostAsync($"/support/articles/router-7?workspace={desk.Workspace}"));
        using (var count = new StorageCount(app))
        {
            Assert.Equal(25, (await ArticlesTests.FindAsync(desk, "router")).Count);
            Assert.Equal(0, await count.WhenDeliveredAsync());
        }

        // What changes is read alone: the head of the shelf, and the article.
        await ArticlesTests.PublishAsync(desk, "Gateway", "Restart the gateway.");
        using (var count = new StorageCount(app))
        {
            Assert.Equal(["Gateway"], await ArticlesTests.FindAsync(desk, "gateway"));
            Assert.Equal(2, await count.WhenDeliveredAsync());
        }
    }

    [Fact]
    public async Task Votes_of_many_at_once_are_all_counted()
    {
        using var desk = await fixture.OpenDeskAsync();
        var store = fixture.App.Services.GetRequiredService<ReadingStore>();
        var now = TimeProvider.System.GetUtcNow();
        await Task.WhenAll(
            Enumerable
                .Range(0, 10)
                .Select(i =>
                    store.VoteAsync(
                        desk.Workspace,
                        $"reader{i}",
                        new ArticleVote("a1", i % 2 == 0, null, 1, now, i == 0),
                        SuggestedIn.Chat,
                        TestContext.Current.CancellationToken
                    )
                )
        );
        Assert.Equal(new ArticleVotes(5, 5, 1), await store.VotesAsync(desk.Workspace, "a1", TestContext.Current.CancellationToken));
    }
}
