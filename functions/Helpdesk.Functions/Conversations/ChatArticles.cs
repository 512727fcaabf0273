using Helpdesk.Bot.Conversations;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Knowledge;
using Helpdesk.Knowledge;

namespace Helpdesk.Functions.Conversations;

/// <summary>Articles that the bot offers before it opens a ticket.</summary>
public sealed class ChatArticles(SupportShelf shelf, ArticleLibrary library, ReadingStore readings, PublicAddress address, TimeProvider time)
{
    /// <summary>Articles that may answer what somebody describes; none where nothing fits well.</summary>
    public async Task<IReadOnlyList<OfferedArticle>> OfferAsync(ChatCaller caller, string text, CancellationToken cancellationToken)
    {
        // A workspace without articles costs nothing more.
        if (await library.OfAsync(caller.Workspace, cancellationToken) is null)
            return [];
        var found = await shelf.SuggestAsync(
            caller.Workspace,
            text,
            Texts.For(caller.Language).Language,
            // What is for people of some organisations cannot be opened in a browser, which does not know them.
            Reader.Anybody,
            SuggestedIn.Chat,
            count: true,
            cancellationToken
        );
        return [.. found.Select(one => new OfferedArticle(one.Id, one.Title, address.Url + one.Url))];
    }

    /// <summary>Notes that what was offered was the answer; the same turn again is noted once.</summary>
    public async Task<HelpNoted> NoteAsync(ChatCaller caller, NoteHelp help, string key, CancellationToken cancellationToken)
    {
        // Of several nobody knows which one it was.
        var article = help.Articles is [var only] ? only : ReadingCount.Several;
        await readings.VoteAsync(
            caller.Workspace,
            Hashes.NameOf($"{caller.Conversation}\n{key}", 20),
            new ArticleVote(article, Helpful: true, null, 0, time.GetUtcNow(), Solved: true),
            SuggestedIn.Chat,
            cancellationToken
        );
        return new();
    }
}
