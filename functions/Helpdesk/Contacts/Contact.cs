namespace Helpdesk.Contacts;

/// <summary>A person who has had to do with a workspace's desk.</summary>
public sealed record Contact
{
    public required string Id { get; init; }
    public required string Workspace { get; init; }
    public string? Name { get; init; }

    /// <summary>Addresses in lower case, the one that is written to first.</summary>
    public IReadOnlyList<string> Emails { get; init; } = [];

    /// <summary>
    /// Those of the addresses that were only said where the contact was known by something else, as in a chat: nobody has shown that they belong to the
    /// same person. Null for none.
    /// </summary>
    public IReadOnlyList<string>? Heard { get; init; }

    /// <summary>Telephone numbers in E.164 form, such as <c>+4930123456</c>.</summary>
    public IReadOnlyList<string> Phones { get; init; } = [];

    /// <summary>Who they are elsewhere: in a chat, in Entra.</summary>
    public IReadOnlyList<ContactIdentity> Identities { get; init; } = [];

    /// <summary><c>en</c>, <c>de</c>, <c>hr</c> or <c>el</c>; null when it is not known.</summary>
    public string? Language { get; init; }

    /// <summary>IANA name of their time zone, such as <c>Europe/Zagreb</c>; null when it is not known.</summary>
    public string? TimeZone { get; init; }
    public bool Vip { get; init; }

    /// <summary>What agents should know of them; for agents only.</summary>
    public string? Notes { get; init; }

    /// <summary>Id of their organisation; null for none.</summary>
    public string? Organisation { get; init; }

    /// <summary>Id of the contact that they were merged into; null for one that goes on.</summary>
    public string? MergedInto { get; init; }

    /// <summary>Whether the merge is decided and not carried through yet.</summary>
    public bool? Merging { get; init; }

    /// <summary>Ids of the contacts that were merged into this one; null for none.</summary>
    public IReadOnlyList<string>? Merged { get; init; }

    /// <summary>Keys that were taken from them and whose index rows are on their way out; null for none.</summary>
    public IReadOnlyList<string>? Leaving { get; init; }

    /// <summary>Since when nothing is sent to them and nothing is collected of them any more; null while they are an ordinary contact.</summary>
    public DateTimeOffset? CancelledAt { get; init; }

    /// <summary>When everything that tells who they are was erased; null while it is there.</summary>
    public DateTimeOffset? ErasedAt { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset UpdatedAt { get; init; }

    /// <summary>Counts the changes.</summary>
    public long Version { get; init; } = 1;
}

/// <summary>Who a contact is in another system.</summary>
/// <param name="Kind">Which system: <c>entra</c>, <c>teams</c>, <c>chat</c> …</param>
/// <param name="Id">The id there.</param>
public sealed record ContactIdentity(string Kind, string Id);

/// <summary>What is known of a person who has just turned up somewhere.</summary>
/// <param name="Email">Their address; null when nobody said one.</param>
/// <param name="Name">Their name; null when nobody said one.</param>
/// <param name="Language">The language they speak, such as <c>de</c> or <c>de-AT</c>; null when it is not known.</param>
/// <param name="Identities">Who they are in other systems.</param>
/// <param name="Phone">Their telephone number in E.164 form; null when nobody said one.</param>
public sealed record Sighting(string? Email, string? Name, string? Language = null, IReadOnlyList<ContactIdentity>? Identities = null, string? Phone = null);
