using System.Net;
using System.Security.Cryptography;
using System.Text;
using Helpdesk.Bot.Conversations;
using Helpdesk.Email;
using Helpdesk.Functions.Contacts;
using Helpdesk.Functions.Directory;
using Helpdesk.Functions.Email;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;
using Helpdesk.Functions.Storage;

namespace Helpdesk.Functions.Portal;

/// <summary>The secret from which the links by which requesters sign in are made.</summary>
public sealed record PortalKey(string Secret);

/// <summary>"Send a link to sign in by", if somebody is known by the address.</summary>
/// <param name="Id">Names the link.</param>
/// <param name="Language">In which the mail is written.</param>
/// <param name="At">When it was asked for.</param>
public sealed record SignInOrder(string Workspace, string Id, string Email, string Language, DateTimeOffset At)
{
    public const string QueueName = "portal-sign-ins";

    internal static WorkQueueOptions<SignInOrder> Queue { get; } =
        new(QueueName, PortalJson.Stored.SignInOrder, order => order.Id) { SentAt = order => order.At };
}

/// <summary>Sends links by which requesters sign in, should the process that was asked not have done it.</summary>
public sealed class SendSignInLinks(WorkRunner<SignInOrder> work)
{
    [Function(nameof(SendSignInLinks))]
    public Task Run([QueueTrigger(SignInOrder.QueueName)] SignInOrder message, int dequeueCount, CancellationToken cancellationToken) =>
        work.ReceiveAsync(message, dequeueCount, cancellationToken);
}

/// <summary>The links by which requesters sign in: the secret part is made from the rest with a key of this desk, so that it need not be kept.</summary>
/// <remarks>
/// Whoever asks is told the same, and waits as long, whether anybody is known by the address: what is done about it is done later. Asked twice by the same
/// message, the same link is sent once.
/// </remarks>
public sealed class SignInLinks(
    SettingsStore settings,
    PortalStore store,
    ContactStore contacts,
    DirectoryStore directory,
    WrittenMails mails,
    PublicAddress site,
    WorkQueue<SignInOrder> queue,
    TimeProvider time
) : IWorker<SignInOrder>
{
    /// <summary>How long a link is good.</summary>
    public static TimeSpan Lifetime { get; } = TimeSpan.FromMinutes(15);

    private const int PersonLength = 32;
    private const int IdLength = 10;
    private const int SecretLength = 26;
    private const string Partition = "~portal";
    private const string Current = "current";
    private static readonly SettingKind<PortalKey> Kind = new("linkkey-", _ => Current, PortalJson.Stored.PortalKey);
    private byte[]? _key;

    /// <summary>Has a link sent to an address, unless it was sent enough of them.</summary>
    public async Task AskAsync(string workspace, string email, string language, CancellationToken cancellationToken)
    {
        if (!await store.TryCountAsync(workspace, email, PortalStore.Links, PortalStore.LinksPerHour, cancellationToken))
            return;
        queue.Committed(await queue.AnnounceAsync(new(workspace, Hashes.RandomName(IdLength), email, language, time.GetUtcNow()), cancellationToken));
    }

    /// <summary>Sends what was asked for.</summary>
    public async Task<bool> DoAsync(SignInOrder message, bool lastTry, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (message.At + Lifetime <= time.GetUtcNow())
            return true;
        if (await contacts.FindByEmailAsync(message.Workspace, message.Email, cancellationToken) is not { CancelledAt: null })
            return true;
        await store.AddLinkAsync(message.Workspace, new(message.Id, message.Email, message.At, message.At + Lifetime, null), cancellationToken);
        var name = PortalStore.PersonOf(message.Email) + message.Id;
        var link =
            $"{site.Url}/support/sign-in/{message.Workspace}/{name}.{await SecretOfAsync(message.Workspace, name, cancellationToken)}?lang={message.Language}";
        var texts = Texts.For(message.Language);
        var desk = (await directory.FindWorkspaceAsync(message.Workspace, cancellationToken))?.Name ?? message.Workspace;
        var (subject, button) = (texts.Format("portal.mail.subject", ("desk", desk)), texts["portal.open.button"]);
        string[] around = [texts.Format("portal.mail.text", ("desk", desk)), texts["portal.mail.once"]];
        var address = WebUtility.HtmlEncode(link);
        var html =
            $"<p>{WebUtility.HtmlEncode(around[0])}</p>\n<p><a class=\"button\" href=\"{address}\">{WebUtility.HtmlEncode(button)}</a></p>\n"
            + $"<p>{WebUtility.HtmlEncode(around[1])}</p>";
        await mails.SendAsync(
            message.Workspace,
            new(
                $"portal/{message.Id}",
                message.At,
                MailEvent.SignIn,
                subject,
                $"{around[0]}\n\n{link}\n\n{around[1]}\n",
                await MailTemplates.FrameAsync(html, texts.Language),
                texts.Language
            ),
            message.Email,
            // The address may be one that somebody else has told: it is told no name.
            null,
            null,
            cancellationToken
        );
        return true;
    }

    /// <summary>Reads the last part of a link; null when its secret is wrong.</summary>
    public async ValueTask<(string Person, string Id)?> ReadAsync(string workspace, string text, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (!SettingsStore.IsId(workspace) || text.Split('.') is not [{ Length: PersonLength + IdLength } name, { Length: SecretLength } secret])
            return null;
        return
            name.All(char.IsAsciiLetterOrDigit)
            && CryptographicOperations.FixedTimeEquals(
                Encoding.UTF8.GetBytes(await SecretOfAsync(workspace, name, cancellationToken)),
                Encoding.UTF8.GetBytes(secret)
            )
            ? (name[..PersonLength], name[PersonLength..])
            : null;
    }

    private async ValueTask<string> SecretOfAsync(string workspace, string name, CancellationToken cancellationToken)
    {
        _key ??= Convert.FromBase64String(
            (
                await settings.FindOrAddAsync(
                    Partition,
                    Kind,
                    Current,
                    () => new PortalKey(Convert.ToBase64String(RandomNumberGenerator.GetBytes(48))),
                    cancellationToken
                )
            ).Secret
        );
        return Hashes.NameOf(HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes($"{workspace}/{name}")), SecretLength);
    }
}
