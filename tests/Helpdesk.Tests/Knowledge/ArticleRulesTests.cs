using FsCheck;
using FsCheck.Fluent;
using Helpdesk.Knowledge;
using Helpdesk.Tickets;

namespace Helpdesk.Tests.Knowledge;

public sealed class ArticleRulesTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 10, 9, 0, 0, TimeSpan.Zero);
    private static readonly Actor Ada = new(ActorKind.Agent, "ada", "Ada");
    private static readonly Actor Bob = new(ActorKind.Agent, "bob", "Bob");
    private static readonly KnowledgeSettings Reviewed = new(ArticlePublishers.Agents, Review: true);

    private static ArticleContent Content(string body = "x") =>
        new()
        {
            Title = "Printer",
            Slug = "printer",
            Language = "en",
            Visibility = ArticleVisibility.Public,
            Body = body,
        };

    private static Article Draft() => ArticleRules.Create("a1", "main", null, Content(), null, Ada, Now).Article;

    [Fact]
    public void Readers_go_on_seeing_the_published_version_while_the_next_is_written()
    {
        var published = ArticleRules.Publish(Draft(), KnowledgeSettings.Standard, Ada, Now).Article;
        Assert.Equal((ArticleState.Published, 1), (published.State, published.PublishedVersion));
        var edited = ArticleRules.Edit(published, Content("y"), published.Topic, Bob, Now).Article;
        Assert.Equal((ArticleState.Draft, 2, 1), (edited.State, edited.Version, edited.PublishedVersion));
        Assert.Equal([Bob], edited.Authors);
        var again = ArticleRules.Publish(edited, KnowledgeSettings.Standard, Ada, Now).Article;
        Assert.Equal((2, 0), (again.PublishedVersion, again.Authors.Count));
        Assert.Null(ArticleRules.Publish(again, KnowledgeSettings.Standard, Ada, Now).Change);
    }

    [Fact]
    public void The_same_content_changes_nothing()
    {
        var draft = Draft();
        Assert.Null(ArticleRules.Edit(draft, Content() with { Tags = [], Attachments = [] }, draft.Topic, Bob, Now).Change);
        Assert.NotNull(ArticleRules.Edit(draft, Content() with { Tags = ["a"] }, draft.Topic, Bob, Now).Change);
        Assert.NotNull(ArticleRules.Edit(draft, Content(), "other", Bob, Now).Change);
    }

    [Fact]
    public void Nobody_reviews_what_they_have_written()
    {
        var draft = Draft();
        Assert.Equal("review-required", Assert.Throws<HelpdeskRuleException>(() => ArticleRules.Publish(draft, Reviewed, Bob, Now)).Code);
        var submitted = ArticleRules.Submit(draft, Ada, Now).Article;
        Assert.Equal("reviewer-is-author", Assert.Throws<HelpdeskRuleException>(() => ArticleRules.Publish(submitted, Reviewed, Ada, Now)).Code);
        Assert.Equal(ArticleState.Published, ArticleRules.Publish(submitted, Reviewed, Bob, Now).Article.State);
        // A change takes it out of review, and makes whoever changed it an author.
        var changed = ArticleRules.Edit(submitted, Content("y"), submitted.Topic, Bob, Now).Article;
        Assert.Equal(ArticleState.Draft, changed.State);
        var both = ArticleRules.Submit(changed, Bob, Now).Article;
        foreach (var author in new[] { Ada, Bob })
            Assert.Equal("reviewer-is-author", Assert.Throws<HelpdeskRuleException>(() => ArticleRules.Publish(both, Reviewed, author, Now)).Code);
    }

    [Fact]
    public void What_is_archived_comes_back_as_a_draft()
    {
        var archived = ArticleRules.Archive(ArticleRules.Publish(Draft(), KnowledgeSettings.Standard, Ada, Now).Article, Ada, Now).Article;
        Assert.Null(archived.PublishedVersion);
        Assert.Equal("article-archived", Assert.Throws<HelpdeskRuleException>(() => ArticleRules.Publish(archived, Reviewed, Bob, Now)).Code);
        Assert.Equal("not-a-draft", Assert.Throws<HelpdeskRuleException>(() => ArticleRules.Submit(archived, Ada, Now)).Code);
        Assert.Equal(ArticleState.Draft, ArticleRules.Return(archived, null, Ada, Now).Article.State);
        Assert.Null(ArticleRules.Archive(archived, Ada, Now).Change);
        ArticleRules.MustBeRemovable(archived);
    }

    [Theory]
    [InlineData("de", "de")]
    [InlineData("el", "en")]
    [InlineData(null, "en")]
    public void A_reader_gets_their_language_else_English(string? wanted, string given) =>
        Assert.Equal(given, ArticleRules.Best(["hr", "de", "en"], one => one, wanted));

    [Theory]
    [InlineData("VPN drops every ten minutes", "vpn-drops-every-ten-minutes")]
    [InlineData("Größe ändern – so geht's!", "grosse-andern-so-gehts")]
    [InlineData("Šifra za Đurđu (čćž)", "sifra-za-durdu-ccz")]
    [InlineData("Πρόσβαση στο VPN", "prosvasi-sto-vpn")]
    [InlineData("../../etc/passwd", "etc-passwd")]
    [InlineData("<script>alert(1)</script>", "scriptalert-1-script")]
    [InlineData("中文", "")]
    [InlineData("   ", "")]
    public void The_address_of_an_article_is_made_of_its_title(string title, string slug)
    {
        Assert.Equal(slug, Slugs.Of(title));
        Assert.True(slug.Length == 0 || Slugs.IsSlug(slug));
    }

    [Fact]
    public void Whatever_a_title_is_its_slug_can_be_one() =>
        Prop.ForAll(ArbMap.Default.ArbFor<string?>(), title => Slugs.Of(title ?? "") is var slug && (slug.Length == 0 || Slugs.IsSlug(slug)))
            .QuickCheckThrowOnFailure();

    [Fact]
    public void Votes_count_each_reader_once() =>
        Prop.ForAll(
                ArbMap.Default.ArbFor<(bool Helpful, bool Solved)[]>(),
                said =>
                {
                    ArticleVote? before = null;
                    var votes = new ArticleVotes(0, 0, 0);
                    foreach (var (helpful, solved) in said)
                    {
                        var vote = new ArticleVote("a", helpful, null, 1, Now, solved || before?.Solved == true);
                        votes = votes.With(before, vote);
                        before = vote;
                    }

                    return votes
                        == (
                            before is null
                                ? new ArticleVotes(0, 0, 0)
                                : new ArticleVotes(before.Helpful ? 1 : 0, before.Helpful ? 0 : 1, before.Solved ? 1 : 0)
                        );
                }
            )
            .QuickCheckThrowOnFailure();

    [Fact]
    public void A_day_remembers_so_many_searches_and_counts_the_rest_no_more()
    {
        var many = Enumerable.Range(0, ReadingDay.MostMissed + 50).Select(i => KeyValuePair.Create(ReadingCount.Miss($"word {i}"), 1L));
        var day = ReadingDay.Empty.With(many).With([KeyValuePair.Create(ReadingCount.Miss("Word  0"), 1L), KeyValuePair.Create(ReadingCount.View("a"), 2L)]);
        Assert.Equal(ReadingDay.MostMissed, day.Counts.Keys.Count(ReadingCount.IsMissed));
        Assert.Equal((2, 2), (day.Counts[ReadingCount.Miss("word 0")], day.Counts[ReadingCount.View("a")]));
    }
}
