using System.Collections.Concurrent;
using Helpdesk.Functions.Contacts;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;
using Helpdesk.Knowledge;
using Helpdesk.Search;

namespace Helpdesk.Functions.Knowledge;

/// <summary>Who reads: decides which articles there are for them.</summary>
/// <param name="IsAgent">Whether they work at the desk.</param>
/// <param name="Organisation">Id of the organisation that they belong to; null for none, or when nobody vouches for it.</param>
public sealed record Reader(bool IsAgent, string? Organisation)
{
    /// <summary>Somebody of whom nothing is known.</summary>
    public static Reader Anybody { get; } = new(IsAgent: false, null);

    /// <summary>Agents see everything that is published, integrations what everybody sees.</summary>
    public static Reader Of(Caller caller) => new(caller.Role != KeyRole.Integration, null);

    public bool Sees(PublishedArticle article) =>
        article.Content.Visibility switch
        {
            ArticleVisibility.Public => true,
            ArticleVisibility.Organisations => IsAgent || (Organisation is { } mine && article.Content.Organisations.Contains(mine, StringComparer.Ordinal)),
            _ => IsAgent,
        };
}

/// <summary>Published articles by workspace, in memory: made from the tables, and brought up to date when one read says that something has changed.</summary>
public sealed class ArticleLibrary(ArticleStore store, OrganisationStore organisations, SettingsStore settings, TimeProvider time) : IDisposable
{
    /// <summary>Workspaces that are kept in memory at once.</summary>
    private const int Most = 50;

    private readonly ConcurrentDictionary<string, Shelf> _shelves = new(StringComparer.Ordinal);

    /// <summary>What readers of a workspace can find, at most ten seconds old; null where there is nothing.</summary>
    public async ValueTask<ArticleIndex?> OfAsync(string workspace, CancellationToken cancellationToken)
    {
        var head = await store.HeadAsync(workspace, cancellationToken);
        if (head.Version == 0)
            return null;
        if (_shelves.Count >= Most && !_shelves.ContainsKey(workspace))
            Forget();
        var shelf = _shelves.GetOrAdd(workspace, static _ => new());
        shelf.UsedAt = time.GetUtcNow();
        if (shelf.Index.Version == head.Version)
            return shelf.Index;
        await shelf.Gate.WaitAsync(cancellationToken);
        try
        {
            if (shelf.Index.Version < head.Version)
                shelf.Index.Apply(await store.ReadPublishedAsync(workspace, shelf.Index.Version, cancellationToken), head.Version);
            return shelf.Index;
        }
        finally
        {
            shelf.Gate.Release();
        }
    }

    /// <summary>Which words mean the same in search, at most half a minute old.</summary>
    public ValueTask<Synonyms> SynonymsAsync(string workspace, CancellationToken cancellationToken) =>
        KnowledgeKinds.SynonymsAsync(settings, workspace, cancellationToken);

    /// <summary>Somebody whose address is vouched for.</summary>
    public async ValueTask<Reader> ReaderAsync(string workspace, string? email, CancellationToken cancellationToken) =>
        email is null ? Reader.Anybody : new(IsAgent: false, await organisations.OfAsync(workspace, [email], cancellationToken));

    public void Dispose()
    {
        foreach (var shelf in _shelves.Values)
        {
            shelf.Index.Dispose();
            shelf.Gate.Dispose();
        }
    }

    /// <summary>Lets go of what nobody has read for the longest time; whoever still searches it goes on.</summary>
    private void Forget()
    {
        foreach (var (workspace, _) in _shelves.OrderBy(pair => pair.Value.UsedAt).Take(Most / 5).ToList())
            _shelves.TryRemove(workspace, out _);
    }

    private sealed class Shelf
    {
        public ArticleIndex Index { get; } = new();

        public SemaphoreSlim Gate { get; } = new(1, 1);

        public DateTimeOffset UsedAt { get; set; }
    }
}
