using Helpdesk.Attachments;
using Helpdesk.Functions.Attachments;

namespace Helpdesk.Functions.Knowledge;

/// <summary>Knows which files articles name, in whichever version: they go when the article goes.</summary>
public sealed class ArticlesHoldFiles(ArticleStore articles) : IHoldsFiles
{
    public async Task<FileHold> HoldsAsync(StoredFile file, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(file);
        return await articles.OfFileAsync(file.Workspace, file.Id, cancellationToken) is not null ? FileHold.ForGood : FileHold.None;
    }
}
