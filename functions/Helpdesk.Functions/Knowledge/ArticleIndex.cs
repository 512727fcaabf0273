using Helpdesk.Knowledge;
using Helpdesk.Search;
using Lucene.Net.Analysis;
using Lucene.Net.Documents;
using Lucene.Net.Index;
using Lucene.Net.Search;
using Lucene.Net.Search.Highlight;
using Lucene.Net.Search.Similarities;
using Lucene.Net.Store;

namespace Helpdesk.Functions.Knowledge;

/// <summary>An article that was found, with pieces of it in which the words stand.</summary>
/// <param name="Marks">By field (<c>title</c>, <c>summary</c>, <c>body</c>): a piece, and where the words begin and end in it.</param>
public sealed record ArticleHit(PublishedArticle Article, double Score, IReadOnlyList<ArticleMark> Marks);

/// <summary>A piece of a text in which words were found.</summary>
/// <param name="Field">Which text it is: <c>title</c>, <c>summary</c> or <c>body</c>.</param>
/// <param name="Text">The piece, as it was written: escape it where it is shown.</param>
/// <param name="Marks">Where the words begin and end in it, counted in UTF-16 units; the end is not part of them.</param>
public sealed record ArticleMark(string Field, string Text, IReadOnlyList<IReadOnlyList<int>> Marks);

/// <summary>The published articles of one workspace, searched in memory.</summary>
public sealed class ArticleIndex : IDisposable
{
    /// <summary>Words of a query that count.</summary>
    private const int MostWords = 24;

    /// <summary>Words of a description that are looked at for suggestions.</summary>
    private const int MostSaid = 200;
    private const char On = '\uE000';
    private const char Off = '\uE001';
    private const int PieceLength = 180;

    /// <summary>The fields that are searched, and what a word in each counts.</summary>
    private static readonly (string Name, float Boost)[] Fields = [("title", 4), ("tags", 3), ("summary", 2), ("body", 1)];

    private readonly RAMDirectory _directory = new();
    private readonly IndexWriter _writer;
    private readonly Dictionary<string, PublishedArticle> _articles = new(StringComparer.Ordinal);
    private DirectoryReader _reader;
    private volatile Snapshot _now;

    public ArticleIndex()
    {
        _writer = new(_directory, new IndexWriterConfig(ArticleAnalyzers.Version, ArticleAnalyzers.ByField) { Similarity = new BM25Similarity() });
        _reader = DirectoryReader.Open(_writer, applyAllDeletes: true);
        _now = new(0, Searcher(_reader), new Dictionary<string, PublishedArticle>(StringComparer.Ordinal));
    }

    /// <summary>Up to which change of the shelf it is.</summary>
    public long Version => _now.Version;

    /// <summary>What readers see, by id, without the bodies.</summary>
    public IReadOnlyDictionary<string, PublishedArticle> Articles => _now.Articles;

    /// <summary>Takes in what has changed. One caller at a time.</summary>
    public void Apply(IReadOnlyList<PublishedArticle> changed, long version)
    {
        ArgumentNullException.ThrowIfNull(changed);
        foreach (var article in changed)
        {
            var id = new Term("id", article.Id);
            if (article.Withdrawn == true)
            {
                _writer.DeleteDocuments(id);
                _articles.Remove(article.Id);
                continue;
            }

            _writer.UpdateDocument(id, Document(article));
            _articles[article.Id] = article with { Content = article.Content with { Body = "" } };
        }

        // A reader that somebody still searches is let go by the collector: memory is all that it holds.
        _reader = DirectoryReader.OpenIfChanged(_reader, _writer, applyAllDeletes: true) ?? _reader;
        _now = new(version, Searcher(_reader), new Dictionary<string, PublishedArticle>(_articles, StringComparer.Ordinal));
    }

    /// <summary>Articles that have the words of a query, the best first; one per topic, in the reader's language where there is one.</summary>
    /// <param name="sees">Whether the reader may see an article.</param>
    /// <param name="synonyms">Words that are found besides; null to look for nothing but the words of the query.</param>
    public IReadOnlyList<ArticleHit> Search(string text, string? language, Func<PublishedArticle, bool> sees, int limit, Synonyms? synonyms = null)
    {
        var more = synonyms?.In(text) ?? [];
        return Find(language, sees, limit, suffix => Asked(suffix, text, more), mark: true);
    }

    /// <summary>Articles that may answer what somebody describes; none where nothing fits well.</summary>
    public IReadOnlyList<ArticleHit> Suggest(string text, string? language, Func<PublishedArticle, bool> sees, int limit)
    {
        var hits = Find(language, sees, limit, suffix => Said(_now.Searcher.IndexReader, suffix, text), mark: false);
        return [.. hits.Where(hit => hit.Score >= hits[0].Score * 0.4)];
    }

    /// <summary>Articles that are about the same as one, the most similar first.</summary>
    public IReadOnlyList<ArticleHit> Related(PublishedArticle article, Func<PublishedArticle, bool> sees, int limit)
    {
        ArgumentNullException.ThrowIfNull(article);
        var content = article.Content;
        return
        [
            .. Suggest(
                $"{content.Title} {string.Join(' ', content.Tags)} {content.Summary}",
                content.Language,
                one => one.Topic != article.Topic && sees(one),
                limit
            ),
        ];
    }

    public void Dispose()
    {
        _reader.Dispose();
        _writer.Dispose();
        _directory.Dispose();
    }

    private List<ArticleHit> Find(string? language, Func<PublishedArticle, bool> sees, int limit, Func<string, Query?> queryOf, bool mark)
    {
        var now = _now;
        // Of translations the one in the reader's language is found, whatever words of the others fit better.
        var readable = now
            .Articles.Values.Where(sees)
            .GroupBy(article => article.Topic, StringComparer.Ordinal)
            .SelectMany(topic => language is null ? topic.AsEnumerable() : [ArticleRules.Best(topic, article => article.Content.Language, language)])
            .ToDictionary(article => article.Id, StringComparer.Ordinal);
        if (readable.Count == 0 || limit == 0)
            return [];
        var all = new BooleanQuery();
        foreach (var suffix in readable.Values.Select(article => ArticleAnalyzers.Suffix(article.Content.Language)).Distinct(StringComparer.Ordinal))
        {
            if (queryOf(suffix) is not { } query)
                continue;
            // What the words mean in the reader's own language comes first.
            query.Boost = language is null || suffix == ArticleAnalyzers.Suffix(language) ? 1 : 0.4f;
            all.Add(query, Occur.SHOULD);
        }

        if (all.Clauses.Count == 0)
            return [];
        var hits = new List<ArticleHit>();
        foreach (var found in now.Searcher.Search(all, Math.Max(1, now.Searcher.IndexReader.MaxDoc)).ScoreDocs)
        {
            var document = now.Searcher.Doc(found.Doc);
            if (!readable.TryGetValue(document.Get("id"), out var article))
                continue;
            hits.Add(new(article, Math.Round(found.Score, 3), mark ? Marks(all, document, article) : []));
            if (hits.Count == limit)
                break;
        }

        return hits;
    }

    /// <summary>
    /// Every word, or what is written almost like it; the last one may be the beginning of a word. Of three words or more one may be missing.
    /// </summary>
    private static BooleanQuery? Asked(string suffix, string text, IReadOnlyList<(string Word, IReadOnlyList<string> Others)> synonyms)
    {
        var terms = ArticleAnalyzers.Terms(suffix, text, MostWords);
        if (terms.Count == 0)
            return null;
        // In the language of the articles, as their words are kept.
        var others = synonyms
            .SelectMany(one => ArticleAnalyzers.Terms(suffix, one.Word, 1).Select(term => (Term: term, one.Others)))
            .ToLookup(one => one.Term, one => one.Others, StringComparer.Ordinal);
        var query = new BooleanQuery();
        for (var i = 0; i < terms.Count; i++)
        {
            var either = new DisjunctionMaxQuery(0.1f);
            foreach (var (name, boost) in Fields)
            {
                var term = new Term($"{name}.{suffix}", terms[i]);
                either.Add(new TermQuery(term) { Boost = boost });
                if (terms[i].Length >= 4)
                    either.Add(new FuzzyQuery(term, terms[i].Length >= 8 ? 2 : 1, prefixLength: 1) { Boost = boost * 0.3f });
                if (i == terms.Count - 1 && terms[i].Length >= 2)
                    either.Add(new PrefixQuery(term) { Boost = boost * 0.5f });
                foreach (var other in others[terms[i]].SelectMany(words => words))
                    either.Add(Row(term.Field, ArticleAnalyzers.Terms(suffix, other, 3), boost * 0.9f));
            }

            query.Add(either, Occur.SHOULD);
        }

        query.MinimumNumberShouldMatch = terms.Count <= 2 ? terms.Count : terms.Count - 1;
        return query;
    }

    /// <summary>Words in a row.</summary>
    private static PhraseQuery Row(string field, IReadOnlyList<string> terms, float boost)
    {
        var row = new PhraseQuery { Boost = boost };
        foreach (var term in terms)
            row.Add(new Term(field, term));
        return row;
    }

    /// <summary>The rarest of the words that articles have at all: two of them, or one that stands in a title or is a tag.</summary>
    private static BooleanQuery? Said(IndexReader reader, string suffix, string text)
    {
        var known = ArticleAnalyzers
            .Terms(suffix, text, MostSaid)
            .Select(term => (Term: term, Articles: Fields.Max(field => reader.DocFreq(new Term($"{field.Name}.{suffix}", term)))))
            .Where(one => one.Articles > 0)
            .OrderBy(one => one.Articles)
            .Take(MostWords)
            .ToList();
        if (known.Count == 0)
            return null;
        var query = new BooleanQuery();
        foreach (var (text1, _) in known)
        {
            var either = new DisjunctionMaxQuery(0.1f);
            foreach (var (name, boost) in known.Count == 1 ? Fields[..2] : Fields)
                either.Add(new TermQuery(new Term($"{name}.{suffix}", text1)) { Boost = boost });
            query.Add(either, Occur.SHOULD);
        }

        query.MinimumNumberShouldMatch = Math.Min(2, known.Count);
        return query;
    }

    private static List<ArticleMark> Marks(Query query, Document document, PublishedArticle article)
    {
        var suffix = ArticleAnalyzers.Suffix(article.Content.Language);
        var marks = new List<ArticleMark>();
        foreach (var name in new[] { "title", "summary", "body" })
        {
            if (document.Get($"{name}.{suffix}") is not { Length: > 0 } text)
                continue;
            var field = $"{name}.{suffix}";
            var highlighter = new Highlighter(new SimpleHTMLFormatter($"{On}", $"{Off}"), new DefaultEncoder(), new QueryScorer(query, field))
            {
                TextFragmenter = name == "body" ? new SimpleFragmenter(PieceLength) : new NullFragmenter(),
            };
            var stream = ArticleAnalyzers.ByField.GetTokenStream(field, text);
            if (highlighter.GetBestFragment(stream, text) is { Length: > 0 } piece)
                marks.Add(Read(name, piece));
        }

        return marks;
    }

    private static ArticleMark Read(string field, string piece)
    {
        var text = new System.Text.StringBuilder();
        var marks = new List<IReadOnlyList<int>>();
        var start = 0;
        foreach (var letter in piece.Trim())
        {
            if (letter == On)
                start = text.Length;
            else if (letter == Off)
                marks.Add([start, text.Length]);
            else
                text.Append(letter is '\n' or '\r' or '\t' ? ' ' : letter);
        }

        return new(field, text.ToString(), marks);
    }

    private static Document Document(PublishedArticle article)
    {
        var content = article.Content;
        var suffix = ArticleAnalyzers.Suffix(content.Language);
        static string Clean(string text) => text.Replace($"{On}", "", StringComparison.Ordinal).Replace($"{Off}", "", StringComparison.Ordinal);
        return
        [
            new StringField("id", article.Id, Field.Store.YES),
            new TextField($"title.{suffix}", Clean(content.Title), Field.Store.YES),
            new TextField($"summary.{suffix}", Clean(content.Summary ?? ""), Field.Store.YES),
            new TextField($"tags.{suffix}", Clean(string.Join(' ', content.Tags)), Field.Store.NO),
            new TextField($"body.{suffix}", Clean(ArticleHtml.Words(content.Body)), Field.Store.YES),
        ];
    }

    private static IndexSearcher Searcher(IndexReader reader) => new(reader) { Similarity = new BM25Similarity() };

    private sealed record Snapshot(long Version, IndexSearcher Searcher, IReadOnlyDictionary<string, PublishedArticle> Articles);
}
