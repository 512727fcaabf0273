using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Helpdesk.Contacts;
using Helpdesk.Functions.Contacts;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;
using Helpdesk.Functions.SignIn;

namespace Helpdesk.Functions.Portal;

/// <summary>A requester who is signed in.</summary>
/// <param name="Email">The address that they have shown to be theirs.</param>
/// <param name="Addresses">Every address whose requests are theirs.</param>
public sealed record SignedInRequester(string Workspace, string Email, string? Name, IReadOnlyList<string> Addresses)
{
    public bool Is(string email) => Addresses.Contains(email, StringComparer.OrdinalIgnoreCase);
}

/// <summary>Sessions of requesters: a cookie that scripts cannot read, one for each workspace, good for two weeks.</summary>
/// <remarks>It opens the portal and nothing else: agents have sessions of another kind. Each page looks the session up, so that it ends at once.</remarks>
public sealed class RequesterSessions(PortalStore store, ContactStore contacts, TimeProvider time)
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(14);

    /// <summary>Begins a session for who has shown that an address is theirs, and gives the browser its cookie.</summary>
    public async Task BeginAsync(HttpContext http, string workspace, string email, CancellationToken cancellationToken)
    {
        var (now, id, secret) = (time.GetUtcNow(), Hashes.RandomName(10), Hashes.RandomName(40));
        await store.AddSessionAsync(workspace, new(id, email, now, now + Lifetime), HashOf(secret), cancellationToken);
        http.Response.Cookies.Append(NameOf(http, workspace), $"{PortalStore.PersonOf(email)}_{id}_{secret}", CookieFor(http, Lifetime));
    }

    /// <summary>Who is signed in at the browser that sent a request; null for nobody.</summary>
    public async Task<SignedInRequester?> FindAsync(HttpContext http, string workspace, CancellationToken cancellationToken)
    {
        if (PartsOf(http, workspace) is not var (person, id, secret))
            return null;
        if (
            await store.FindSessionAsync(workspace, person, id, cancellationToken) is not var (session, hash)
            || !CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(hash), Encoding.ASCII.GetBytes(HashOf(secret)))
        )
            return null;
        var contact = await contacts.FindByEmailAsync(workspace, session.Email, cancellationToken);
        return new(workspace, session.Email, contact?.Name, ContactRules.ReadableBy(contact, session.Email));
    }

    /// <summary>Ends the session of a browser, and takes the cookie back.</summary>
    public async Task EndAsync(HttpContext http, string workspace, CancellationToken cancellationToken)
    {
        if (await FindAsync(http, workspace, cancellationToken) is not null && PartsOf(http, workspace) is var (person, id, _))
            await store.RemoveSessionAsync(workspace, person, id, cancellationToken);
        http.Response.Cookies.Delete(NameOf(http, workspace), CookieFor(http, null));
    }

    /// <summary>Ends every session of somebody, wherever it is.</summary>
    public async Task EndEverywhereAsync(HttpContext http, SignedInRequester requester, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(requester);
        foreach (var email in requester.Addresses)
            await store.EndAllAsync(requester.Workspace, email, cancellationToken);
        http.Response.Cookies.Delete(NameOf(http, requester.Workspace), CookieFor(http, null));
    }

    private static (string Person, string Id, string Secret)? PartsOf(HttpContext http, string workspace) =>
        SettingsStore.IsId(workspace)
        && http.Request.Cookies[NameOf(http, workspace)] is { Length: 84 } text
        && text.All(letter => char.IsAsciiLetterOrDigit(letter) || letter == '_')
        && text.Split('_') is [{ Length: 32 } person, { Length: 10 } id, { Length: 40 } secret]
            ? (person, id, secret)
            : null;

    private static string HashOf(string secret) => Hashes.Short(secret);

    private static bool IsSecure(HttpContext http) => OwnAddress.Of(http).StartsWith("https:", StringComparison.Ordinal);

    /// <summary>Cookies of one host are shared by all its ports, so over plain HTTP the name has the port.</summary>
    private static string NameOf(HttpContext http, string workspace) =>
        IsSecure(http)
            ? $"__Host-helpdesk-requester-{workspace}"
            : string.Create(CultureInfo.InvariantCulture, $"helpdesk-requester-{http.Request.Host.Port ?? 80}-{workspace}");

    private static CookieOptions CookieFor(HttpContext http, TimeSpan? lifetime) =>
        new()
        {
            Path = "/",
            HttpOnly = true,
            IsEssential = true,
            MaxAge = lifetime,
            // A link in a mail leads here, and there the session counts as well.
            SameSite = SameSiteMode.Lax,
            Secure = IsSecure(http),
        };
}
