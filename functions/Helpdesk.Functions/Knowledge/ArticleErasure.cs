using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Azure;
using Azure.Data.Tables;
using Helpdesk.Contacts;
using Helpdesk.Functions.Contacts;
using Helpdesk.Functions.Storage;
using Helpdesk.Knowledge;

namespace Helpdesk.Functions.Knowledge;

/// <summary>
/// Erases people from articles, their versions, what readers wrote and what was looked for. A draft that was made of a ticket or question of theirs and
/// that nobody has published says nothing any more: it is in their words.
/// </summary>
public sealed class ArticleErasure(StorageClients storage, ErasureStore erasures, ArticleStore articles) : IHoldsPersonalData
{
    private const int PageSize = 200;

    public string Name => "articles";

    public int Place => 79;

    private TableClient Table => storage.Table(ArticleStore.TableName);

    public async Task<ErasureStep> EraseAsync(ErasureOrder order, string? from, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(order);
        var tickets = (await erasures.ReadNotedAsync(order, ErasureFind.Ticket, cancellationToken))
            .Concat(await erasures.ReadNotedAsync(order, ErasureFind.Question, cancellationToken))
            .ToHashSet(StringComparer.Ordinal);
        // Articles that were made of a question may repeat the name by which they were known there.
        var known = order.Person.KnownAs(await erasures.ReadNotedAsync(order, ErasureFind.Alias, cancellationToken));
        var (rows, next) = await Table.ReadPageAsync(order.Workspace, from, cancellationToken, PageSize);
        var erased = 0L;
        foreach (var row in rows)
        {
            if (await EraseAsync(order, known, row, tickets, cancellationToken))
                erased++;
        }

        return new(erased, next);
    }

    /// <summary>Erases from one row; again when somebody has changed it meanwhile. False when it tells of nobody.</summary>
    private async Task<bool> EraseAsync(ErasureOrder order, ErasedPerson known, TableEntity row, HashSet<string> tickets, CancellationToken cancellationToken)
    {
        for (TableEntity? now = row; now is not null; now = await AgainAsync(row, cancellationToken))
        {
            var (kind, id) = KindOf(order.Workspace, now);
            if (kind == "slug")
                return await RemoveAddressAsync(order, known, now, tickets, cancellationToken);
            var article = id is null ? null : await articles.FindAsync(order.Workspace, id, cancellationToken);
            var theirs = (article?.Ticket ?? article?.Question) is { } made && tickets.Contains(made);
            var person = theirs ? known : order.Person;
            if (!theirs && !now.TellsOf(person))
                return false;
            var before = LongText.Read(now, "State");
            var after = kind switch
            {
                "article" => Rewrite(before, KnowledgeJson.Stored.Article, it => it with { Content = Without(person, it.Content, theirs, it) }),
                "version" => Rewrite(before, KnowledgeJson.Stored.ArticleContent, it => Without(person, it, theirs, article)),
                "public" => Rewrite(before, KnowledgeJson.Stored.PublishedArticle, it => it with { Content = Without(person, it.Content, theirs, article) }),
                "change" => Rewrite(
                    before,
                    KnowledgeJson.Stored.ArticleChange,
                    it => it with { Words = it.Words is { } words ? person.Text(words, theirs) : null }
                ),
                "vote" => Rewrite(
                    before,
                    KnowledgeJson.Stored.ArticleVote,
                    it => it with { Words = it.Words is { } words ? person.Text(words, own: false) : null }
                ),
                "day" => Rewrite(
                    before,
                    KnowledgeJson.Stored.ReadingDay,
                    it => ReadingDay.Empty.With(it.Counts.Select(pair => KeyValuePair.Create(person.Text(pair.Key, own: false), pair.Value)))
                ),
                _ => before,
            };
            if (after == before)
                return false;
            LongText.Write(now, "State", after);
            try
            {
                // The address that it has from now on leads to it before anything says so.
                if (article is not null && kind == "article" && SlugOf(person, article.Content.Slug, theirs, article) == article.Id)
                    await Table.UpsertEntityAsync(ArticleStore.AddressRow(article, article.Id), TableUpdateMode.Replace, cancellationToken);
                await Table.UpdateEntityAsync(now, now.ETag, TableUpdateMode.Replace, cancellationToken);
            }
            catch (RequestFailedException raced) when (raced.Status is 404 or 412)
            {
                continue;
            }

            // What searches keep in memory is read again.
            if (kind == "public")
                await articles.TouchAsync(order.Workspace, id!, cancellationToken);
            return true;
        }

        return false;
    }

    /// <summary>Removes an address that names somebody, or that was made of the words of their ticket. The article is found by its id then.</summary>
    private async Task<bool> RemoveAddressAsync(
        ErasureOrder order,
        ErasedPerson known,
        TableEntity row,
        HashSet<string> tickets,
        CancellationToken cancellationToken
    )
    {
        var slug = row.RowKey[(row.RowKey.LastIndexOf(':') + 1)..];
        var article = await articles.FindAsync(order.Workspace, row.GetString("Article"), cancellationToken);
        var theirs = (article?.Ticket ?? article?.Question) is { } made && tickets.Contains(made);
        if (article is null || slug == article.Id || SlugOf(theirs ? known : order.Person, slug, theirs, article) == slug)
            return false;
        await Table.DeleteEntityAsync(row.PartitionKey, row.RowKey, cancellationToken: cancellationToken);
        return true;
    }

    /// <summary>The address of an article: its id in place of one that names somebody or says what they asked.</summary>
    private static string SlugOf(ErasedPerson person, string slug, bool theirs, Article article)
    {
        // Addresses are written without accents.
        bool Names(string text) => text.Length > 0 && $"-{slug}-".Contains($"-{Slugs.Of(text)}-", StringComparison.Ordinal);
        var words = slug.Replace('-', ' ');
        return IsGone(theirs, article) || person.Text(words, theirs) != words || person.Needles().Any(Names) ? article.Id : slug;
    }

    /// <summary>Whether an article is a draft of their ticket's words that nobody has worked on.</summary>
    private static bool IsGone(bool theirs, Article? article) => theirs && article is { PublishedVersion: null, State: ArticleState.Draft, Version: 1 };

    private async Task<TableEntity?> AgainAsync(TableEntity row, CancellationToken cancellationToken)
    {
        var found = await Table.GetEntityIfExistsAsync<TableEntity>(row.PartitionKey, row.RowKey, cancellationToken: cancellationToken);
        return found.HasValue ? found.Value : null;
    }

    /// <summary>What kind of row it is, and of which article.</summary>
    private static (string Kind, string? Article) KindOf(string workspace, TableEntity row)
    {
        var parts = row.RowKey[(row.PartitionKey.Length + 1)..].Split(':');
        return (parts[0], row.PartitionKey == ArticleStore.Partition(workspace) && parts.Length > 1 ? parts[1] : null);
    }

    private static ArticleContent Without(ErasedPerson person, ArticleContent content, bool theirs, Article? article)
    {
        string Text(string text) => person.Text(text, theirs);
        var gone = IsGone(theirs, article);
        return content with
        {
            Title = gone ? ErasedPerson.Gone : Text(content.Title),
            Summary = content.Summary is { } summary ? Text(summary) : null,
            Body = gone ? ErasedPerson.Gone : Text(content.Body),
            Tags = [.. content.Tags.Select(Text)],
            Slug = article is null ? content.Slug : SlugOf(person, content.Slug, theirs, article),
            Attachments = [.. content.Attachments.Select(file => file with { Name = Text(file.Name) })],
        };
    }

    private static string Rewrite<T>(string json, JsonTypeInfo<T> type, Func<T, T> change) =>
        JsonSerializer.Serialize(change(JsonSerializer.Deserialize(json, type)!), type);
}
