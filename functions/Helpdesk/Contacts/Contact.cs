namespace Helpdesk.Contacts;

/// <summary>A person who has had to do with a workspace's desk.</summary>
public sealed record Contact
{
    public required string Id { get; init; }
    public required string Workspace { get; init; }
    public string? Name { get; init; }

    /// <summary>Addresses in lower case, the one that is written to first.</summary>
    public IReadOnlyList<string> Emails { get; init; } = [];

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

    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset UpdatedAt { get; init; }
}

/// <summary>Who a contact is in another system.</summary>
/// <param name="Kind">Which system: <c>entra</c>, <c>teams</c>, <c>chat</c> …</param>
public sealed record ContactIdentity(string Kind, string Id);
