using System.Collections.Frozen;
using Helpdesk.Search;
using Lucene.Net.Analysis;
using Lucene.Net.Analysis.Core;
using Lucene.Net.Analysis.De;
using Lucene.Net.Analysis.El;
using Lucene.Net.Analysis.En;
using Lucene.Net.Analysis.Miscellaneous;
using Lucene.Net.Analysis.Snowball;
using Lucene.Net.Analysis.Standard;
using Lucene.Net.Analysis.TokenAttributes;
using Lucene.Net.Analysis.Util;
using Lucene.Net.Tartarus.Snowball.Ext;
using Lucene.Net.Util;

namespace Helpdesk.Functions.Knowledge;

/// <summary>How the words of articles are taken apart, by language: what is left of a word is what it is found by.</summary>
internal static class ArticleAnalyzers
{
    public const LuceneVersion Version = LuceneVersion.LUCENE_48;

    /// <summary>Words of a language that has no rules here.</summary>
    public const string Plain = "xx";

    private static readonly CharArraySet CroatianStopWords = new(
        Version,
        (
            "a ako ali bi bih bila bili bio biti ce cemo cete cu da do ga i ili iz ja je jedan jedna jer jesam "
            + "jesi jos ju k kad kada kako kao ko koja koje koji kroz li me mi mnom mogu moj moja moje mu na nad nakon "
            + "nam nas ne neka neki nesto nije nisam no o od on ona oni ono pa po pod poput prema pri sa sam samo se "
            + "sebe si smo sta sto su sve svi ta taj te ti to u uz va vam vas vi vec za zar"
        ).Split(' '),
        ignoreCase: true
    );

    /// <summary>Takes texts apart by the language that stands behind the dot of a field's name: <c>title.de</c>.</summary>
    public static Analyzer ByField { get; } = new PerFieldAnalyzerWrapper(new KeywordAnalyzer(), Fields("title", "summary", "tags", "body"));

    private static readonly FrozenDictionary<string, Analyzer> Languages = All();

    /// <summary>The languages that have rules of their own.</summary>
    public static string Suffix(string language) => Languages.ContainsKey(language) ? language : Plain;

    /// <summary>What a text is found by, in order, each once.</summary>
    public static IReadOnlyList<string> Terms(string suffix, string text, int most)
    {
        var terms = new List<string>();
        using var stream = Languages[suffix].GetTokenStream("q", text);
        var term = stream.GetAttribute<ICharTermAttribute>();
        stream.Reset();
        while (terms.Count < most && stream.IncrementToken())
        {
            var found = term.ToString();
            if (found.Length is > 0 and <= 60 && !terms.Contains(found, StringComparer.Ordinal))
                terms.Add(found);
        }

        stream.End();
        return terms;
    }

    private static Dictionary<string, Analyzer> Fields(params string[] names)
    {
        var all = All();
        return names.SelectMany(name => all.Select(pair => ($"{name}.{pair.Key}", pair.Value))).ToDictionary(one => one.Item1, one => one.Value);
    }

    private static FrozenDictionary<string, Analyzer> All() =>
        new Dictionary<string, Analyzer>
        {
            ["de"] = Make(stream => new ASCIIFoldingFilter(
                new SnowballFilter(
                    new GermanNormalizationFilter(new StopFilter(Version, new LowerCaseFilter(Version, stream), GermanAnalyzer.DefaultStopSet)),
                    new German2Stemmer()
                )
            )),
            ["en"] = Make(stream => new PorterStemFilter(
                new ASCIIFoldingFilter(
                    new StopFilter(Version, new LowerCaseFilter(Version, new EnglishPossessiveFilter(Version, stream)), EnglishAnalyzer.DefaultStopSet)
                )
            )),
            ["el"] = Make(stream => new ASCIIFoldingFilter(
                new GreekStemFilter(new StopFilter(Version, new GreekFoldingFilter(stream), GreekAnalyzer.DefaultStopSet))
            )),
            ["hr"] = Make(stream => new EndingFilter(
                new StopFilter(Version, new ASCIIFoldingFilter(new LowerCaseFilter(Version, stream)), CroatianStopWords)
            )),
            [Plain] = Make(stream => new ASCIIFoldingFilter(new LowerCaseFilter(Version, stream))),
        }.ToFrozenDictionary(StringComparer.Ordinal);

    private static Analyzer Make(Func<TokenStream, TokenStream> filters) =>
        Analyzer.NewAnonymous(
            (_, reader) =>
            {
                var words = new StandardTokenizer(Version, reader);
                return new TokenStreamComponents(words, filters(words));
            }
        );

    /// <summary>Greek in small letters without accents, as the stemmer wants it.</summary>
    /// <remarks>The library's own filter needs culture data, which the app runs without.</remarks>
    private sealed class GreekFoldingFilter : TokenFilter
    {
        private const string Marked = "άέήίϊΐόύϋΰώς";
        private const string Plain = "αεηιιιουυυωσ";
        private readonly ICharTermAttribute _term;

        public GreekFoldingFilter(TokenStream input)
            : base(input) => _term = AddAttribute<ICharTermAttribute>();

        public override bool IncrementToken()
        {
            if (!m_input.IncrementToken())
                return false;
            var letters = _term.Buffer;
            for (var i = 0; i < _term.Length; i++)
            {
                var letter = char.ToLowerInvariant(letters[i]);
                var at = Marked.IndexOf(letter, StringComparison.Ordinal);
                letters[i] = at < 0 ? letter : Plain[at];
            }

            // The stemmer takes more from some nominatives than from their other cases, so that neither finds the other.
            if (_term.Length > 4 && letters[_term.Length - 2] == 'ο' && letters[_term.Length - 1] == 'σ')
                _term.Length--;
            return true;
        }
    }

    /// <summary>Cuts off what Croatian words end with; the library has no stemmer for the language.</summary>
    private sealed class EndingFilter : TokenFilter
    {
        private readonly ICharTermAttribute _term;

        public EndingFilter(TokenStream input)
            : base(input) => _term = AddAttribute<ICharTermAttribute>();

        public override bool IncrementToken()
        {
            if (!m_input.IncrementToken())
                return false;
            if (Inflections.StemOf(_term.ToString()) is { } stem)
                _term.SetEmpty().Append(stem);
            return true;
        }
    }
}
