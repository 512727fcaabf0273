using System.Text.Json;
using System.Text.Json.Serialization;
using Azure;
using Azure.Data.Tables;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Storage;
using Helpdesk.Portal;

namespace Helpdesk.Functions.Portal;

/// <summary>A link by which somebody signs in once; its secret part is not kept.</summary>
/// <param name="UsedAt">When it was used; null while it is good.</param>
public sealed record SignInLink(string Id, string Email, DateTimeOffset At, DateTimeOffset ExpiresAt, DateTimeOffset? UsedAt);

/// <summary>A requester who is signed in at a browser.</summary>
/// <param name="Email">The address that they have shown to be theirs, in lower case.</param>
public sealed record RequesterSession(string Id, string Email, DateTimeOffset At, DateTimeOffset ExpiresAt);

/// <summary>How the portal keeps things: with the escaping that JSON itself asks for and no more, so that an erasure finds what tells of somebody.</summary>
[JsonSerializable(typeof(SignInLink))]
[JsonSerializable(typeof(RequesterSession))]
[JsonSerializable(typeof(SignInOrder))]
[JsonSerializable(typeof(PortalKey))]
[JsonSerializable(typeof(Disturbance))]
[JsonSerializable(typeof(Question))]
[JsonSerializable(typeof(PortalLook))]
internal sealed partial class PortalJson : JsonSerializerContext
{
    public static PortalJson Stored { get; } =
        new(
            new JsonSerializerOptions(JsonSerializerDefaults.Web)
            {
                DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
                Converters = { new UtcInstantConverter() },
                Encoder = JsonEscaping.Least,
            }
        );
}

/// <summary>Keeps what the portal knows of the people who sign in: all of an address is one partition.</summary>
public sealed class PortalStore(StorageClients storage, TimeProvider time)
{
    public const string TableName = "Portal";

    /// <summary>So many links are sent to one address within an hour.</summary>
    public const int LinksPerHour = 5;

    /// <summary>So much may one person write in the community within an hour.</summary>
    public const int PostsPerHour = 10;

    private const string State = "State";
    private const string Hash = "Hash";

    /// <summary>What is counted of links.</summary>
    public const string Links = "asked";

    /// <summary>What is counted of questions and answers.</summary>
    public const string Posts = "posted";
    private const string Link = "link-";
    private const string Session = "session-";

    private TableClient Table => storage.Table(TableName);

    /// <summary>The name of an address in keys and links.</summary>
    public static string PersonOf(string email)
    {
        ArgumentNullException.ThrowIfNull(email);
        return Hashes.Short(email.ToLowerInvariant());
    }

    /// <summary>Counts something that somebody wants; false when there was enough of it for the address within the hour.</summary>
    public async Task<bool> TryCountAsync(string workspace, string email, string what, int most, CancellationToken cancellationToken)
    {
        var partition = Partition(workspace, PersonOf(email));
        while (true)
        {
            var found = await Table.GetEntityIfExistsAsync<TableEntity>(partition, what, cancellationToken: cancellationToken);
            var now = time.GetUtcNow();
            var times = (found.HasValue ? found.Value!.GetString("Times") ?? "" : "")
                .Split(' ', StringSplitOptions.RemoveEmptyEntries)
                .Select(text => long.Parse(text, System.Globalization.CultureInfo.InvariantCulture))
                .Where(at => at > now.AddHours(-1).ToUnixTimeSeconds())
                .ToList();
            if (times.Count >= most)
                return false;
            var row = new TableEntity(partition, what) { ["Times"] = string.Join(' ', [.. times, now.ToUnixTimeSeconds()]), ["ExpiresAt"] = now.AddHours(1) };
            try
            {
                await (
                    found.HasValue
                        ? Table.UpdateEntityAsync(row, found.Value!.ETag, TableUpdateMode.Replace, cancellationToken)
                        : Table.AddEntityAsync(row, cancellationToken)
                );
                return true;
            }
            catch (RequestFailedException raced) when (raced.Status is 404 or 409 or 412)
            {
                // Another one was asked for at the same moment: count again.
            }
        }
    }

    /// <summary>Keeps a link; one that is there, used or not, stays as it is.</summary>
    public async Task AddLinkAsync(string workspace, SignInLink link, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(link);
        try
        {
            await Table.AddEntityAsync(Row(workspace, link), cancellationToken);
        }
        catch (RequestFailedException there) when (there.Status == 409)
        {
            // The same message came before.
        }
    }

    /// <summary>Whether a link can still be used.</summary>
    public async Task<bool> IsGoodAsync(string workspace, string person, string id, CancellationToken cancellationToken) =>
        await FindAsync(workspace, person, Link + id, cancellationToken) is { } row && Read(row) is { UsedAt: null } link && link.ExpiresAt > time.GetUtcNow();

    /// <summary>Uses a link up; null when it is none, is over, or was used before.</summary>
    public async Task<SignInLink?> UseLinkAsync(string workspace, string person, string id, CancellationToken cancellationToken)
    {
        if (await FindAsync(workspace, person, Link + id, cancellationToken) is not { } row)
            return null;
        var (link, now) = (Read(row), time.GetUtcNow());
        if (link.UsedAt is not null || link.ExpiresAt <= now)
            return null;
        try
        {
            await Table.UpdateEntityAsync(Row(workspace, link with { UsedAt = now }), row.ETag, TableUpdateMode.Replace, cancellationToken);
            return link;
        }
        catch (RequestFailedException raced) when (raced.Status is 404 or 412)
        {
            return null;
        }
    }

    public Task AddSessionAsync(string workspace, RequesterSession session, string hash, CancellationToken cancellationToken) =>
        Table.AddEntityAsync(Row(workspace, session, hash), cancellationToken);

    /// <summary>A session and the hash of its secret; null when it has ended.</summary>
    public async Task<(RequesterSession Session, string Hash)?> FindSessionAsync(
        string workspace,
        string person,
        string id,
        CancellationToken cancellationToken
    ) =>
        await FindAsync(workspace, person, Session + id, cancellationToken) is { } row
        && ReadSession(row) is var session
        && session.ExpiresAt > time.GetUtcNow()
            ? (session, row.GetString(Hash))
            : null;

    public Task RemoveSessionAsync(string workspace, string person, string id, CancellationToken cancellationToken) =>
        Table.DeleteEntityAsync(Partition(workspace, person), Session + id, ETag.All, cancellationToken);

    /// <summary>Ends all sessions of an address, and uses up every link that was not used yet.</summary>
    public async Task EndAllAsync(string workspace, string email, CancellationToken cancellationToken)
    {
        var person = PersonOf(email);
        foreach (var key in await KeysAsync(workspace, email, cancellationToken))
        {
            // A link that is gone would come back with its message.
            if (key.StartsWith(Link, StringComparison.Ordinal))
                await UseLinkAsync(workspace, person, key[Link.Length..], cancellationToken);
            else if (key.StartsWith(Session, StringComparison.Ordinal))
                await RemoveSessionAsync(workspace, person, key[Session.Length..], cancellationToken);
        }
    }

    /// <summary>Removes everything of an address; gives how many rows there were.</summary>
    public async Task<int> ForgetAsync(string workspace, string email, CancellationToken cancellationToken)
    {
        var keys = await KeysAsync(workspace, email, cancellationToken);
        foreach (var key in keys)
            await Table.DeleteEntityAsync(Partition(workspace, PersonOf(email)), key, ETag.All, cancellationToken);
        return keys.Count;
    }

    /// <summary>Removes what is over.</summary>
    public async Task TidyAsync(string workspace, CancellationToken cancellationToken)
    {
        var (from, to, now) = ($"{workspace}:person:", $"{workspace}:person;", time.GetUtcNow());
        await foreach (
            var row in Table.QueryAsync<TableEntity>(
                TableClient.CreateQueryFilter($"PartitionKey ge {from} and PartitionKey lt {to} and ExpiresAt lt {now}"),
                select: ["PartitionKey", "RowKey"],
                cancellationToken: cancellationToken
            )
        )
            await Table.DeleteEntityAsync(row.PartitionKey, row.RowKey, ETag.All, cancellationToken);
    }

    internal static TableEntity Row(string workspace, SignInLink link)
    {
        var row = new TableEntity(Partition(workspace, PersonOf(link.Email)), Link + link.Id) { ["ExpiresAt"] = link.ExpiresAt };
        row[State] = JsonSerializer.Serialize(link, PortalJson.Stored.SignInLink);
        return row;
    }

    internal static TableEntity Row(string workspace, RequesterSession session, string hash)
    {
        var row = new TableEntity(Partition(workspace, PersonOf(session.Email)), Session + session.Id) { ["ExpiresAt"] = session.ExpiresAt, [Hash] = hash };
        row[State] = JsonSerializer.Serialize(session, PortalJson.Stored.RequesterSession);
        return row;
    }

    internal static SignInLink Read(TableEntity row) =>
        JsonSerializer.Deserialize(row.GetString(State), PortalJson.Stored.SignInLink) ?? throw new InvalidDataException("The row of a link is empty.");

    internal static RequesterSession ReadSession(TableEntity row) =>
        JsonSerializer.Deserialize(row.GetString(State), PortalJson.Stored.RequesterSession)
        ?? throw new InvalidDataException("The row of a session is empty.");

    private async Task<TableEntity?> FindAsync(string workspace, string person, string key, CancellationToken cancellationToken)
    {
        var found = await Table.GetEntityIfExistsAsync<TableEntity>(Partition(workspace, person), key, cancellationToken: cancellationToken);
        return found.HasValue ? found.Value : null;
    }

    private async Task<IReadOnlyList<string>> KeysAsync(string workspace, string email, CancellationToken cancellationToken)
    {
        var (partition, keys) = (Partition(workspace, PersonOf(email)), new List<string>());
        var rows = Table.QueryAsync<TableEntity>(
            TableClient.CreateQueryFilter($"PartitionKey eq {partition}"),
            select: ["RowKey"],
            cancellationToken: cancellationToken
        );
        await foreach (var row in rows)
            keys.Add(row.RowKey);
        return keys;
    }

    private static string Partition(string workspace, string person) => $"{workspace}:person:{person}";
}

/// <summary>Removes links and sessions of requesters that are over, and disturbances that nobody is told of any more.</summary>
public sealed class TidyPortal(PortalStore store, DisturbanceStore disturbances) : INightlyWork
{
    public async Task TidyAsync(string workspace, CancellationToken cancellationToken)
    {
        await store.TidyAsync(workspace, cancellationToken);
        await disturbances.TidyAsync(workspace, cancellationToken);
    }
}
