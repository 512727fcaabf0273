using Helpdesk.Bot.Protocol;
using Helpdesk.Tickets;

namespace Helpdesk.Bot.Teams;

/// <summary>What the bot has to remember of a channel besides its conversations.</summary>
public interface ITeamsStore
{
    /// <summary>Keeps where a conversation can be reached; the newest service URL wins.</summary>
    Task SaveReferenceAsync(string place, ConversationReference reference, CancellationToken cancel);

    /// <summary>Forgets a conversation that the bot was removed from.</summary>
    Task DropReferenceAsync(string place, CancellationToken cancel);

    /// <summary>A person as the channel's roster had them at most a day ago, or null.</summary>
    Task<ChannelAccount?> FindPersonAsync(string workspace, string id, CancellationToken cancel);

    Task SavePersonAsync(string workspace, string id, ChannelAccount person, CancellationToken cancel);

    /// <summary>Brings to the connector what was committed for a conversation.</summary>
    Task DeliverAsync(string place, CancellationToken cancel);

    /// <summary>Keeps a file that somebody sent; says why where it may not be attached.</summary>
    Task<(TicketAttachment? File, string? Refused)> KeepFileAsync(string workspace, string place, Attachment attachment, string serviceUrl, CancellationToken cancel);
}
