using System.Globalization;
using Helpdesk.Tickets;

namespace Helpdesk.Bot.AzureBotService;

/// <summary>Who the bot is towards Azure Bot Service.</summary>
public sealed record BotOptions
{
    /// <summary>The workspace whose bot this is: one registration serves one workspace.</summary>
    public string Workspace { get; init; } = "main";

    /// <summary>The app id of the bot's registration; null on a laptop, where channels come without tokens.</summary>
    public string? AppId { get; init; }

    /// <summary>The Entra tenant that the registration and its people belong to.</summary>
    public string? TenantId { get; init; }

    /// <summary>The client secret of a single-tenant registration; null when the app's managed identity is the bot.</summary>
    public string? AppPassword { get; init; }

    /// <summary>Whether tokens of the bot's own app, as the Bot Framework Emulator sends them, are taken too.</summary>
    public bool AllowEmulator { get; init; }

    /// <summary>Whether activities without a token are taken; only a laptop's host may say so.</summary>
    public bool AllowNoAppId { get; init; }

    /// <summary>
    /// The page on which agents work a ticket, with <c>{number}</c> or <c>{id}</c> in it; null where there is none, and then nothing links to
    /// it.
    /// </summary>
    public string? TicketPage { get; init; }

    /// <summary>Where the keys of channel tokens are published.</summary>
    public string ChannelMetadata { get; init; } = "https://login.botframework.com/v1/.well-known/openidconfiguration";

    /// <summary>Where the keys of the tenant's own tokens are published; <c>{0}</c> is the tenant.</summary>
    public string TenantMetadata { get; init; } = "https://login.microsoftonline.com/{0}/v2.0/.well-known/openid-configuration";

    /// <summary>The page of a ticket.</summary>
    public string? PageOf(Ticket ticket) =>
        TicketPage
            ?.Replace("{number}", ticket.Number.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
            .Replace("{id}", ticket.Id, StringComparison.Ordinal);

    /// <summary>What the outbound token is for.</summary>
    public const string Scope = "https://api.botframework.com/.default";
}
