using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;
using Helpdesk.Functions.Tickets;

namespace Helpdesk.Functions.Email;

/// <summary>The secret by which reply tokens are signed.</summary>
public sealed record ReplyTokenKey(string Secret);

/// <summary>
/// The tokens by which an answer finds its ticket: in the plus-address of <c>Reply-To</c> and in the text of mails that go out. Who has one has had a
/// mail of that ticket.
/// </summary>
public sealed class ReplyTokens(SettingsStore settings)
{
    /// <summary>Letters of the signature; 5 bits each.</summary>
    private const int SignatureLength = 16;

    /// <summary>What stands behind the token in mails about internal notes: an answer to them is a note.</summary>
    public const string NoteSuffix = ".note";

    private const string Partition = "~mail";
    private const string Current = "current";
    private static readonly SettingKind<ReplyTokenKey> Kind = new("replykey-", _ => Current, EmailJson.Default.ReplyTokenKey);
    private byte[]? _key;

    /// <summary>The token of a ticket, such as <c>t42-0a1b2c3d4e5f6g7h</c>: safe in an address and in a text.</summary>
    public async ValueTask<string> OfAsync(TicketAddress ticket, CancellationToken cancellationToken)
    {
        var signature = await SignAsync(ticket, cancellationToken);
        return string.Create(CultureInfo.InvariantCulture, $"t{ticket.Number}-{signature}");
    }

    /// <summary>What looks like the token of a ticket and is none, for mails that nobody is to answer.</summary>
    public static string Sample(long number) => string.Create(CultureInfo.InvariantCulture, $"t{number}-{new string('0', SignatureLength)}");

    /// <summary>The ticket of a token; null for what is no token of this workspace.</summary>
    public async ValueTask<TicketAddress?> ReadAsync(string workspace, string text, CancellationToken cancellationToken)
    {
        var dash = text.IndexOf('-', StringComparison.Ordinal);
        if (dash < 2 || text[0] is not ('t' or 'T') || TicketAddress.Parse(workspace, text[1..dash]) is not { } ticket)
            return null;
        var expected = await SignAsync(ticket, cancellationToken);
        return CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(expected), Encoding.UTF8.GetBytes(text[(dash + 1)..].ToLowerInvariant()))
            ? ticket
            : null;
    }

    private async ValueTask<string> SignAsync(TicketAddress ticket, CancellationToken cancellationToken)
    {
        _key ??= Convert.FromBase64String(
            (
                await settings.FindOrAddAsync(
                    Partition,
                    Kind,
                    Current,
                    () => new ReplyTokenKey(Convert.ToBase64String(RandomNumberGenerator.GetBytes(48))),
                    cancellationToken
                )
            ).Secret
        );
        var signed = string.Create(CultureInfo.InvariantCulture, $"{ticket.Workspace}/{ticket.Number}");
        return Hashes.NameOf(HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes(signed)), SignatureLength);
    }
}
