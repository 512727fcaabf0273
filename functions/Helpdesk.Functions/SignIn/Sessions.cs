using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Azure;
using Azure.Data.Tables;
using Helpdesk.Functions.Directory;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;
using Helpdesk.Functions.Storage;

namespace Helpdesk.Functions.SignIn;

/// <summary>Somebody who is signed in at a browser, without the secret of the cookie, of which only a hash is stored.</summary>
/// <param name="Id">Names the session; it is part of the cookie.</param>
/// <param name="Key">Id of the key that began it: the session ends with it.</param>
/// <param name="Agent">Id of the agent that somebody with the first admin key said they are; null for the agent of the key.</param>
/// <param name="Mark">For the first admin key, which is not stored: shows that it is still the one that began the session.</param>
/// <param name="CreatedAt">When somebody signed in.</param>
/// <param name="ExpiresAt">When it ends unless it is used.</param>
public sealed record Session(string Id, string Key, string? Agent, string? Mark, DateTimeOffset CreatedAt, DateTimeOffset ExpiresAt);

[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(UtcInstantConverter)]
)]
[JsonSerializable(typeof(Session))]
internal sealed partial class SessionJson : JsonSerializerContext;

/// <summary>How long sessions last: <c>SignIn__SessionLifetime</c>, from 5 minutes to 30 days without use; 12 hours by default.</summary>
public sealed class SessionOptions
{
    public SessionOptions(IConfiguration settings)
    {
        if (settings["SignIn:SessionLifetime"] is not { } text)
            return;
        Lifetime =
            TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var lifetime) && lifetime >= TimeSpan.FromMinutes(5) && lifetime <= Longest
                ? lifetime
                : throw new InvalidOperationException($"SignIn__SessionLifetime is \"{text}\"; it must be a time from 00:05:00 to 30.00:00:00.");
    }

    /// <summary>After so long nobody stays signed in, however busy they are.</summary>
    public static TimeSpan Longest { get; } = TimeSpan.FromDays(30);

    /// <summary>How long a session lasts that is not used.</summary>
    public TimeSpan Lifetime { get; } = TimeSpan.FromHours(12);
}

/// <summary>How often one address may try to sign in: <c>SignIn__PerMinute</c>, 30 by default.</summary>
public sealed class SignInLimit(IConfiguration settings) : AddressLimit(settings, "SignIn", standard: 30);

/// <summary>A session that is valid now.</summary>
public sealed record LiveSession(Session Session, Caller Caller, string Hash)
{
    /// <summary>Whether it acts for the first admin, who is nobody in particular: somebody should say who they are.</summary>
    public bool IsStandIn => Session.Key == KeyRing.FirstKey && Session.Agent is null;
}

/// <summary>Sessions of browsers: a cookie that scripts cannot read, begun with a key and ended with it.</summary>
/// <remarks>
/// The cookie reads <c>hs_workspace_id_secret</c>. Cookies of one host are shared by all its ports, so over plain HTTP its name has the port: two desks on one
/// laptop do not sign each other out.
/// </remarks>
public sealed class Sessions : ICallerSource
{
    public static SettingKind<Session> Kind { get; } = new("session-", session => session.Id, SessionJson.Default.Session);

    private const string HashColumn = "Hash";
    private readonly SettingsStore _settings;
    private readonly DirectoryStore _directory;
    private readonly KeyRing _keys;
    private readonly SessionOptions _options;
    private readonly TimeProvider _time;
    private readonly ShortMemory<LiveSession> _known;

    public Sessions(SettingsStore settings, DirectoryStore directory, KeyRing keys, SessionOptions options, TimeProvider time)
    {
        (_settings, _directory, _keys, _options, _time) = (settings, directory, keys, options, time);
        _known = new(time, TimeSpan.FromSeconds(5));
    }

    /// <summary>Begins a session for who holds a key, and gives the browser its cookie.</summary>
    public async Task<LiveSession> BeginAsync(HttpContext http, Caller caller, Agent? agent, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(caller);
        var now = _time.GetUtcNow();
        var id = Hashes.RandomName(10);
        var text = $"hs_{caller.Workspace}_{id}_{Hashes.RandomName(40)}";
        var mark = caller.KeyId == KeyRing.FirstKey ? _keys.MarkOfFirstKey(text) : null;
        var session = new Session(id, caller.KeyId, agent?.Id, mark, now, now + _options.Lifetime);
        await _settings.PutHashedAsync(caller.Workspace, Kind, session, HashOf(text), cancellationToken);
        GiveCookie(http, text, _options.Lifetime);
        return new(session, CallerOf(session, caller, agent), HashOf(text));
    }

    /// <summary>The session that a request belongs to; null without a valid one.</summary>
    public async ValueTask<LiveSession?> FindSessionAsync(HttpContext http, CancellationToken cancellationToken)
    {
        if (http.Request.Headers.Authorization.Count > 0 || CookieOf(http) is not { } text)
            return null;
        var live = await _known.GetAsync(HashOf(text), () => ReadAsync(text, cancellationToken));
        if (live is null || live.Session.ExpiresAt <= _time.GetUtcNow())
            return null;
        return await RenewAsync(http, text, live, cancellationToken);
    }

    /// <summary>Who is signed in at the browser that sent a request; 403 when another site may have caused it.</summary>
    public async ValueTask<Caller?> FindAsync(HttpContext http, CancellationToken cancellationToken)
    {
        if (await FindSessionAsync(http, cancellationToken) is not { } live)
            return null;
        SameOrigin.CheckChange(http);
        http.Features.Set(live);
        return live.Caller;
    }

    /// <summary>From now on the session acts for this agent; null when it has ended meanwhile.</summary>
    public async Task<LiveSession?> ChangeAgentAsync(LiveSession live, Agent agent, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(live);
        ArgumentNullException.ThrowIfNull(agent);
        while (await _settings.ReadAsync(live.Caller.Workspace, Kind, live.Session.Id, cancellationToken) is var (session, row))
        {
            var changed = session with { Agent = agent.Id };
            if (await TryReplaceAsync(live, changed, row.ETag, cancellationToken))
                return live with { Session = changed, Caller = CallerOf(changed, live.Caller, agent) };
        }

        return null;
    }

    /// <summary>Ends the session of a browser, if there is one, and takes the cookie back.</summary>
    public async Task EndAsync(HttpContext http, CancellationToken cancellationToken)
    {
        if (CookieOf(http) is { } text && await FindStoredAsync(text, cancellationToken) is var (workspace, session, _))
        {
            await _settings.RemoveAsync(workspace, Kind, session.Id, cancellationToken);
            _known.Forget();
        }

        http.Response.Cookies.Delete(NameOf(http), CookieFor(http, null));
    }

    /// <summary>The session that a cookie proves, whether it is still good or not.</summary>
    private async Task<(string Workspace, Session Session, string Hash)?> FindStoredAsync(string text, CancellationToken cancellationToken)
    {
        var parts = text.Split('_');
        return
            parts is ["hs", var workspace, { Length: 10 } id, { Length: 40 }]
            && SettingsStore.IsId(workspace)
            && SettingsStore.IsId(id)
            && await _settings.FindHashedAsync(workspace, Kind, id, cancellationToken) is var (session, hash)
            && IsSame(hash, HashOf(text))
            ? (workspace, session, hash)
            : null;
    }

    private async Task<LiveSession?> ReadAsync(string text, CancellationToken cancellationToken)
    {
        if (await FindStoredAsync(text, cancellationToken) is not var (workspace, session, hash))
            return null;
        if (session.Key == KeyRing.FirstKey)
        {
            if (_keys.MarkOfFirstKey(text) is not { } mark || session.Mark is null || !IsSame(mark, session.Mark))
                return null;
            var agent = await _directory.FindAgentAsync(workspace, session.Agent ?? DirectoryStore.FirstAdmin.Id, cancellationToken);
            return agent is { Active: true }
                ? new(session, CallerOf(session, new(workspace, KeyRole.Admin, KeyRing.FirstKey, Actor.System), agent), hash)
                : null;
        }

        return await _keys.FindHolderAsync(workspace, session.Key, cancellationToken) is { Agent: not null } holder
            ? new(session, CallerOf(session, holder, null), hash)
            : null;
    }

    /// <summary>A session that has lasted half of its time unused lasts its whole time again.</summary>
    private async Task<LiveSession> RenewAsync(HttpContext http, string text, LiveSession live, CancellationToken cancellationToken)
    {
        var now = _time.GetUtcNow();
        var end = live.Session.CreatedAt + SessionOptions.Longest;
        var until = now + _options.Lifetime < end ? now + _options.Lifetime : end;
        if (live.Session.ExpiresAt - now > _options.Lifetime / 2 || until <= live.Session.ExpiresAt)
            return live;
        if (await _settings.ReadAsync(live.Caller.Workspace, Kind, live.Session.Id, cancellationToken) is not var (session, row))
            return live;
        var renewed = session with { ExpiresAt = until };
        // Who has been ahead has renewed it as well, or ended it: either way there is nothing left to do.
        if (!await TryReplaceAsync(live, renewed, row.ETag, cancellationToken))
            return live;
        GiveCookie(http, text, until - now);
        return live with { Session = renewed };
    }

    private async Task<bool> TryReplaceAsync(LiveSession live, Session session, ETag read, CancellationToken cancellationToken)
    {
        var row = SettingsStore.Row(live.Caller.Workspace, Kind, session);
        row[HashColumn] = live.Hash;
        try
        {
            await _settings.SubmitAsync([new(TableTransactionActionType.UpdateReplace, row, read)], cancellationToken);
        }
        catch (RequestFailedException raced) when (raced.Status is 404 or 412)
        {
            return false;
        }

        _known.Forget(live.Hash);
        return true;
    }

    private static Caller CallerOf(Session session, Caller holder, Agent? agent)
    {
        var actor = agent is null ? holder.Actor : new Actor(ActorKind.Agent, agent.Id, agent.Name);
        // A request that is repeated after signing in again is still the same person's.
        return holder with { KeyId = $"session-{session.Key}-{actor.Id}", Actor = actor, Method = SignInMethod.Session };
    }

    private static bool IsSame(string one, string other) =>
        CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(one), Encoding.ASCII.GetBytes(other));

    private static string HashOf(string text) => KeyRing.HashOf(text);

    private static bool IsSecure(HttpContext http) => OwnAddress.Of(http).StartsWith("https:", StringComparison.Ordinal);

    private static string NameOf(HttpContext http) =>
        IsSecure(http) ? "__Host-helpdesk-session" : string.Create(CultureInfo.InvariantCulture, $"helpdesk-session-{http.Request.Host.Port ?? 80}");

    private static string? CookieOf(HttpContext http) => http.Request.Cookies[NameOf(http)] is { Length: > 0 and <= 120 } text ? text : null;

    private static void GiveCookie(HttpContext http, string text, TimeSpan lifetime) =>
        http.Response.Cookies.Append(NameOf(http), text, CookieFor(http, lifetime));

    private static CookieOptions CookieFor(HttpContext http, TimeSpan? lifetime) =>
        new()
        {
            Path = "/",
            HttpOnly = true,
            IsEssential = true,
            MaxAge = lifetime,
            SameSite = SameSiteMode.Strict,
            Secure = IsSecure(http),
        };
}

/// <summary>Removes sessions that have ended.</summary>
public sealed class TidySessions(SettingsStore settings, TimeProvider time) : INightlyWork
{
    public async Task TidyAsync(string workspace, CancellationToken cancellationToken)
    {
        foreach (var session in await settings.ListAsync(workspace, Sessions.Kind, cancellationToken))
        {
            if (session.ExpiresAt <= time.GetUtcNow())
                await settings.RemoveAsync(workspace, Sessions.Kind, session.Id, cancellationToken);
        }
    }
}
