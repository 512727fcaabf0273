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
        if (terms.Wanted.Count == 0 || terms.Wanted.Any(term => term.Length < SearchTerms.Shortest))
            return new([], false);
        var page = await contacts.ReadPageAsync(caller.Workspace, terms.Wanted.MaxBy(term => term.Length), null, Looked, null, cancellationToken);
        var found = page
            .Items.Where(contact => terms.Fits(ContactRules.Terms(contact)))
            .OrderByDescending(contact => ContactRules.Terms(contact).Count(term => terms.Wanted.Contains(term, StringComparer.Ordinal)))
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
            found.Count > limit || page.NextCursor is not null
        );
    }
}

/// <summary>Finds organisations by the beginnings of their names.</summary>
public sealed class OrganisationSource(OrganisationStore organisations) : ISearchSource
{
    public SearchType Type => SearchType.Organisations;

    public async Task<SourceFound> FindAsync(Caller caller, SearchPlan plan, int limit, CancellationToken cancellationToken)
    {
        var terms = PeopleTerms.Of(plan);
        // Integrations see no organisations anywhere.
        if (caller.Role == KeyRole.Integration || terms.Wanted.Count == 0 || terms.Wanted[0].Length < SearchTerms.Shortest)
            return new([], false);
        var page = await organisations.ReadPageAsync(caller.Workspace, terms.Wanted[0], limit, null, cancellationToken);
        return new(
            [
                .. page
                    .Items.Where(one => terms.Fits([.. Folding.Words(one.Name).Append(one.Name).Select(Folding.Term), .. one.Domains]))
                    .Select(one => new SearchItem(
                        SearchType.Organisations,
                        one.Id,
                        null,
                        terms.Highlights(("name", one.Name)),
                        Organisation: OrganisationView.Of(one)
                    )),
            ],
            page.NextCursor is not null
        );
    }
}

/// <summary>The words of a query as people and organisations are listed by them.</summary>
internal sealed record PeopleTerms(IReadOnlyList<string> Wanted, IReadOnlyList<string> Unwanted)
{
    public static PeopleTerms Of(SearchPlan plan) =>
        new(
            [.. plan.Query.Words.Where(words => !words.Not).Select(words => Folding.Term(words.Text)).Where(term => term.Length > 0)],
            [.. plan.Query.Words.Where(words => words.Not).Select(words => Folding.Term(words.Text)).Where(term => term.Length > 0)]
        );

    /// <summary>Whether every wanted word begins one of the terms, and none that is not wanted.</summary>
    public bool Fits(IReadOnlyList<string> terms) =>
        Wanted.All(word => terms.Any(term => term.StartsWith(word, StringComparison.Ordinal)))
        && !Unwanted.Any(word => terms.Any(term => term.StartsWith(word, StringComparison.Ordinal)));

    /// <summary>The texts with the words marked that begin as asked.</summary>
    public List<SearchHighlight> Highlights(params IEnumerable<(string Field, string? Text)> texts)
    {
        var found = new List<SearchHighlight>();
        foreach (var (field, text) in texts)
        {
            var marks = SearchWords
                .Of(text ?? "")
                .Where(word => Wanted.Any(term => Begins(text!, word, term)))
                .Select(word => (IReadOnlyList<int>)[word.Start, word.Start + word.Length])
                .ToList();
            if (marks.Count > 0)
                found.Add(new(field, text!, marks));
        }

        return found;
    }

    private static bool Begins(string text, SearchWord word, string term) =>
        Folding.Term(text.Substring(word.Start, word.Length)) is { Length: > 0 } folded
        && (folded.StartsWith(term, StringComparison.Ordinal) || SearchWords.Of(term).Any(part => part.Forms[0] == folded));
}

/// <summary>What a term of people and organisations must have.</summary>
internal static class SearchTerms
{
    /// <summary>Letters below which nearly everybody would be found.</summary>
    public const int Shortest = 2;
}
