using System.ComponentModel.DataAnnotations;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;
using Helpdesk.Search;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Knowledge;

/// <summary>Which words mean the same: a JSON merge patch (RFC 7396), in which all groups come together.</summary>
/// <param name="Groups">All groups, in the place of those that are there.</param>
[Example("""{"groups":[{"words":["wlan","wi-fi"]},{"words":["notebook","laptop"]}]}""")]
public sealed record SynonymsRequest([property: MaxLength(Synonyms.MostGroups)] IReadOnlyList<SynonymGroup>? Groups) : IFromRequest<SynonymsRequest>
{
    public static async ValueTask<SynonymsRequest> ReadAsync(HttpContext context)
    {
        var fields = await FieldReader.ReadAsync(context);
        var isReadable = true;
        var groups = fields
            .Objects("groups", Synonyms.MostGroups, required: fields.Has("groups"))
            ?.Select(group =>
            {
                var words = group.Texts("words", Synonyms.MostWords, Synonyms.WordLength);
                if (words is null && !group.Has("words"))
                    group.Wrong("words", "is required.");
                group.Ends();
                isReadable &= words is not null;
                return new SynonymGroup(words ?? []);
            })
            .ToList();
        fields.Ends();
        if (groups is not null && isReadable && Synonyms.Wrong(groups) is var (at, problem))
            fields.Wrong($"groups[{at}].words", problem);
        fields.Done();
        return new(groups);
    }
}

/// <summary>Words that mean the same in search.</summary>
/// <param name="Groups">Groups of words: who looks for one of them finds what has another.</param>
/// <param name="UpdatedAt">When they were changed last; null for never.</param>
/// <param name="Version">Counts their changes, and is their ETag in quotation marks.</param>
[Example("""{"groups":[{"words":["wlan","wi-fi"]}],"updatedAt":"2026-03-10T09:00:00.000Z","version":1}""")]
public sealed record SynonymsView(IReadOnlyList<SynonymGroup> Groups, DateTimeOffset? UpdatedAt, int Version)
{
    internal static SynonymsView Of(Synonyms it) => new(it.Groups, it.UpdatedAt, it.Version);
}

/// <summary>Which words mean the same when tickets and articles are searched.</summary>
public sealed class ManageSynonyms(SettingsStore settings, SettingsTransactions transactions, TimeProvider time)
{
    /// <summary>Shows which words mean the same in search.</summary>
    [Function(nameof(GetSynonyms)), RequiresKey(KeyRole.Agent, KeyRole.Admin)]
    public async Task<Ok<SynonymsView>> GetSynonyms(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/search/synonyms")] Caller caller,
        HttpContext context,
        CancellationToken cancellationToken
    ) => Answer(context, await KnowledgeKinds.FreshSynonymsAsync(settings, caller.Workspace, cancellationToken));

    /// <summary>
    /// Changes which words mean the same in search. A word that is excluded, stands in quotation marks or is only begun is taken as it is, and one query asks
    /// for 16 more words at the most.
    /// </summary>
    [Function(nameof(ChangeSynonyms)), RequiresKey(KeyRole.Admin)]
    public async Task<Ok<SynonymsView>> ChangeSynonyms(
        [HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = "api/search/synonyms")] SynonymsRequest request,
        Caller caller,
        IfMatch ifMatch,
        HttpContext context,
        CancellationToken cancellationToken
    )
    {
        var changed = await transactions.RunAsync(
            caller.Workspace,
            async changes =>
            {
                var before = await KnowledgeKinds.FreshSynonymsAsync(settings, caller.Workspace, cancellationToken);
                ifMatch.Check(before.Version);
                if (request.Groups is not { } groups || AreSame(groups, before.Groups))
                    return before;
                var after = new Synonyms
                {
                    Groups = groups,
                    Version = before.Version + 1,
                    UpdatedAt = time.GetUtcNow(),
                };
                changes.Put(KnowledgeKinds.Synonyms, after);
                return after;
            },
            cancellationToken
        );
        return Answer(context, changed);
    }

    private static bool AreSame(IReadOnlyList<SynonymGroup> one, IReadOnlyList<SynonymGroup> other) =>
        one.Count == other.Count && one.Zip(other).All(pair => pair.First.Words.SequenceEqual(pair.Second.Words, StringComparer.Ordinal));

    private static Ok<SynonymsView> Answer(HttpContext context, Synonyms synonyms)
    {
        context.Response.Headers.ETag = IfMatch.ETag(synonyms.Version);
        return TypedResults.Ok(SynonymsView.Of(synonyms));
    }
}
