using Helpdesk.Contacts;
using Helpdesk.Functions.Contacts;
using Helpdesk.Functions.Hosting;
using Helpdesk.Search;

namespace Helpdesk.Functions.Search;

/// <summary>Finds contacts by the beginnings of their names, addresses and numbers, which the contacts themselves are listed by.</summary>
public sealed class ContactSource(ContactStore contacts) : ISearchSource
{
    /// <summary>Contacts that are looked at: those that have one of the words, the longest.</summary>
    private const int Looked = 100;

    public SearchType Type => SearchType.Contacts;

    public async Task<SourceFound> FindAsync(Caller caller, SearchPlan plan, int limit, CancellationToken cancellationToken)
    {
        var terms = PeopleTerms.Of(plan);
        if (terms.Wanted.Count == 0 || terms.Wanted.Any(word => word.Term.Length < SearchTerms.Shortest))
            return new([], false);
        var pages = await Task.WhenAll(
            terms
                .Wanted.MaxBy(word => word.Term.Length)!
                .Listed.Select(term => contacts.ReadPageAsync(caller.Workspace, term, null, Looked, null, cancellationToken))
        );
        var found = pages
            .SelectMany(page => page.Items)
            .DistinctBy(contact => contact.Id)
            .Where(contact => terms.Fits(TermsOf(contact)))
            .OrderByDescending(contact => TermsOf(contact).Count(term => terms.Wanted.Any(word => word.Term == term || word.Spelt == term)))
            .ToList();
        return new(
            [
                .. found
                    .Take(limit)
                    .Select(contact => new SearchItem(
                        SearchType.Contacts,
                        contact.Id,
                        null,
                        terms.Highlights(("name", contact.Name), ("email", contact.Emails.Count > 0 ? contact.Emails[0] : null)),
                        Contact: ContactSummaryView.Of(contact)
                    )),
            ],
            found.Count > limit || pages.Any(page => page.NextCursor is not null)
        );
    }

    private static IReadOnlyList<string> TermsOf(Contact contact) => [.. ContactRules.Terms(contact), .. PeopleTerms.Spelt(contact.Name)];
}

/// <summary>Finds organisations by the beginnings of their names.</summary>
public sealed class OrganisationSource(OrganisationStore organisations) : ISearchSource
{
    public SearchType Type => SearchType.Organisations;

    public async Task<SourceFound> FindAsync(Caller caller, SearchPlan plan, int limit, CancellationToken cancellationToken)
    {
        var terms = PeopleTerms.Of(plan);
        // Integrations see no organisations anywhere.
        if (caller.Role == KeyRole.Integration || terms.Wanted.Count == 0 || terms.Wanted[0].Term.Length < SearchTerms.Shortest)
            return new([], false);
        var pages = await Task.WhenAll(
            terms.Wanted[0].Listed.Select(term => organisations.ReadPageAsync(caller.Workspace, term, limit, null, cancellationToken))
        );
        var found = pages
            .SelectMany(page => page.Items)
            .DistinctBy(one => one.Id)
            .Where(one => terms.Fits([.. Folding.Words(one.Name).Append(one.Name).Select(Folding.Term), .. PeopleTerms.Spelt(one.Name), .. one.Domains]))
            .ToList();
        return new(
            [
                .. found
                    .Take(limit)
                    .Select(one => new SearchItem(
                        SearchType.Organisations,
                        one.Id,
                        null,
                        terms.Highlights(("name", one.Name)),
                        Organisation: OrganisationView.Of(one)
                    )),
            ],
            found.Count > limit || pages.Any(page => page.NextCursor is not null)
        );
    }
}

/// <summary>A word of a query as people and organisations are listed by it.</summary>
/// <param name="Term">The word without marks: <c>muller</c> for <c>Müller</c>.</param>
/// <param name="Spelt">The word as it is spelt where marks cannot be typed: <c>mueller</c>; the same for one without marks.</param>
internal sealed record PeopleWord(string Term, string Spelt)
{
    /// <summary>Beginnings of names in the lists, where somebody may stand whom the word means: <c>muller</c> and <c>mueller</c> for either.</summary>
    public IReadOnlyList<string> Listed => [.. new[] { Term, Spelt, WordForms.Unspelt(Term) }.Distinct(StringComparer.Ordinal)];

    public static PeopleWord Of(string text)
    {
        var term = Folding.Term(text);
        return new(term, WordForms.Of(text) is [_, var spelt, ..] ? Folding.Term(spelt) : term);
    }

    /// <summary>Whether it begins one of the terms.</summary>
    public bool Begins(IEnumerable<string> terms) =>
        terms.Any(term => term.StartsWith(Term, StringComparison.Ordinal) || term.StartsWith(Spelt, StringComparison.Ordinal));
}

/// <summary>The words of a query as people and organisations are listed by them.</summary>
internal sealed record PeopleTerms(IReadOnlyList<PeopleWord> Wanted, IReadOnlyList<PeopleWord> Unwanted)
{
    public static PeopleTerms Of(SearchPlan plan)
    {
        var words = plan.Query.Words.Select(words => (words.Not, Word: PeopleWord.Of(words.Text))).Where(one => one.Word.Term.Length > 0).ToList();
        return new([.. words.Where(one => !one.Not).Select(one => one.Word)], [.. words.Where(one => one.Not).Select(one => one.Word)]);
    }

    /// <summary>The words of a name, as they are spelt where marks cannot be typed.</summary>
    public static IEnumerable<string> Spelt(string? name) => Folding.Words(name ?? "").SelectMany(word => WordForms.Of(word).Skip(1)).Select(Folding.Term);

    /// <summary>Whether every wanted word begins one of the terms, and none that is not wanted.</summary>
    public bool Fits(IReadOnlyList<string> terms) => Wanted.All(word => word.Begins(terms)) && !Unwanted.Any(word => word.Begins(terms));

    /// <summary>The texts with the words marked that begin as asked.</summary>
    public List<SearchHighlight> Highlights(params IEnumerable<(string Field, string? Text)> texts)
    {
        var found = new List<SearchHighlight>();
        foreach (var (field, text) in texts)
        {
            var marks = SearchWords
                .Of(text ?? "")
                .Where(word => Wanted.Any(wanted => Begins(text!, word, wanted)))
                .Select(word => (IReadOnlyList<int>)[word.Start, word.Start + word.Length])
                .ToList();
            if (marks.Count > 0)
                found.Add(new(field, text!, marks));
        }

        return found;
    }

    private static bool Begins(string text, SearchWord word, PeopleWord wanted)
    {
        var written = text.Substring(word.Start, word.Length);
        return Folding.Term(written) is { Length: > 0 } folded
            && (wanted.Begins([folded, .. Spelt(written)]) || SearchWords.Of(wanted.Term).Any(part => part.Forms[0] == folded));
    }
}

/// <summary>What a term of people and organisations must have.</summary>
internal static class SearchTerms
{
    /// <summary>Letters below which nearly everybody would be found.</summary>
    public const int Shortest = 2;
}
