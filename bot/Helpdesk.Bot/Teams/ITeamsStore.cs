using Helpdesk.Tickets;
using Microsoft.Bot.Schema;

namespace Helpdesk.Bot.Teams;

/// <summary>Somebody in a channel, as its roster has them.</summary>
/// <param name="Email">The address that the channel vouches for; null when there is none.</param>
/// <param name="EntraId">The id of their account in Entra.</param>
public sealed record ChannelPerson(string Id, string? Name, string? Email, string? EntraId);

/// <summary>What the bot has to remember of a channel besides its conversations.</summary>
public interface ITeamsStore
{
    /// <summary>Keeps where a conversation can be reached; the newest service URL wins.</summary>
    Task SaveReferenceAsync(string place, ConversationReference reference, CancellationToken cancellationToken);

    /// <summary>Keeps the personal chat of somebody whom the channel vouches for, where they are an agent: they can be told there.</summary>
    Task MeetAsync(string place, ChannelPerson person, string? locale, CancellationToken cancellationToken);

    /// <summary>Forgets a conversation that the bot was removed from.</summary>
    Task DropReferenceAsync(string place, CancellationToken cancellationToken);

    /// <summary>A person as the channel's roster had them at most a day ago, or null.</summary>
    Task<ChannelPerson?> FindPersonAsync(string workspace, string id, CancellationToken cancellationToken);

    Task SavePersonAsync(string workspace, string id, ChannelPerson person, CancellationToken cancellationToken);
}

/// <summary>Brings to a conversation what was committed to be said there.</summary>
public interface IOutbox
{
    /// <summary>Says what is waiting. A fault of the channel leaves it to be tried again later.</summary>
    Task DeliverAsync(string place, CancellationToken cancellationToken);
}

/// <summary>Fetches what people send along.</summary>
public interface IChannelFiles
{
    /// <summary>How many files go with one message.</summary>
    int FilesLimit { get; }

    /// <summary>Whether a file is kept where the bot may fetch it. Pictures in other people's messages often are not.</summary>
    bool Reaches(Attachment attachment, string serviceUrl);

    /// <summary>Keeps a file that somebody sent; says why where it may not be attached.</summary>
    /// <param name="keptBytes">Bytes of the files of the same message that are kept already.</param>
    Task<(TicketAttachment? File, string? Refused)> KeepAsync(
        string workspace,
        string place,
        Attachment attachment,
        string serviceUrl,
        long keptBytes,
        CancellationToken cancellationToken
    );
}
