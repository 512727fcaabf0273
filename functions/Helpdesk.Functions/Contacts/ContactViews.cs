using System.Text.Json.Serialization;
using Helpdesk.Contacts;
using Helpdesk.Functions.Hosting;

namespace Helpdesk.Functions.Contacts;

/// <summary>A person who has had to do with the desk.</summary>
/// <param name="Id">Names the contact.</param>
/// <param name="Name">The name; null where nobody said one.</param>
/// <param name="Emails">E-mail addresses in lower case, the one that is written to first.</param>
/// <param name="Phones">Telephone numbers in E.164 form.</param>
/// <param name="Identities">Who they are in chats and in Entra.</param>
/// <param name="Language">The language they speak; null when it is not known.</param>
/// <param name="TimeZone">IANA name of their time zone; null when it is not known.</param>
/// <param name="Vip">Whether they want special attention.</param>
/// <param name="Notes">What agents should know of them; null for nothing, and for keys that see no notes.</param>
/// <param name="Organisation">Id of their organisation; null for none.</param>
/// <param name="Merged">Ids of the contacts that were merged into this one; each of them leads here.</param>
/// <param name="CancelledAt">Since when nothing is sent to them and nothing more is collected of them; null for an ordinary contact.</param>
/// <param name="ErasedAt">When everything that tells who they are was erased; null for an ordinary contact.</param>
/// <param name="CreatedAt">When they turned up first.</param>
/// <param name="UpdatedAt">When the contact was changed last.</param>
/// <param name="Version">Counts its changes, and is its ETag in quotation marks.</param>
[Example(
    """
        {"id":"3f0q8xk2m1tz7w5b","name":"Rita Lang","emails":["rita@example.com"],"phones":["+4930123456"],"identities":[],"language":"de",
         "timeZone":"Europe/Berlin","vip":false,"notes":null,"organisation":"example","merged":[],"cancelledAt":null,"erasedAt":null,
         "createdAt":"2026-03-10T09:00:00.000Z","updatedAt":"2026-03-10T09:00:00.000Z","version":1}
        """
)]
public sealed record ContactView(
    string Id,
    string? Name,
    IReadOnlyList<string> Emails,
    IReadOnlyList<string> Phones,
    IReadOnlyList<ContactIdentity> Identities,
    string? Language,
    string? TimeZone,
    bool Vip,
    string? Notes,
    string? Organisation,
    IReadOnlyList<string> Merged,
    DateTimeOffset? CancelledAt,
    DateTimeOffset? ErasedAt,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    long Version
)
{
    public static ContactView Of(Contact contact, Caller caller) =>
        new(
            contact.Id,
            contact.Name,
            contact.Emails,
            contact.Phones,
            contact.Identities,
            contact.Language,
            contact.TimeZone,
            contact.Vip,
            caller.SeesNotes ? contact.Notes : null,
            contact.Organisation,
            contact.Merged ?? [],
            contact.CancelledAt,
            contact.ErasedAt,
            contact.CreatedAt,
            contact.UpdatedAt,
            contact.Version
        );
}

/// <summary>A contact in a list: without notes.</summary>
/// <param name="Id">Names the contact.</param>
/// <param name="Name">The name; null where nobody said one.</param>
/// <param name="Emails">E-mail addresses in lower case, the one that is written to first.</param>
/// <param name="Phones">Telephone numbers in E.164 form.</param>
/// <param name="Language">The language they speak; null when it is not known.</param>
/// <param name="Vip">Whether they want special attention.</param>
/// <param name="Organisation">Id of their organisation; null for none.</param>
/// <param name="CancelledAt">Since when nothing is sent to them and nothing more is collected of them; null for an ordinary contact.</param>
/// <param name="CreatedAt">When they turned up first.</param>
/// <param name="UpdatedAt">When the contact was changed last.</param>
public sealed record ContactSummaryView(
    string Id,
    string? Name,
    IReadOnlyList<string> Emails,
    IReadOnlyList<string> Phones,
    string? Language,
    bool Vip,
    string? Organisation,
    DateTimeOffset? CancelledAt,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt
)
{
    public static ContactSummaryView Of(Contact contact) =>
        new(
            contact.Id,
            contact.Name,
            contact.Emails,
            contact.Phones,
            contact.Language,
            contact.Vip,
            contact.Organisation,
            contact.CancelledAt,
            contact.CreatedAt,
            contact.UpdatedAt
        );
}

/// <summary>A company or department that contacts belong to.</summary>
/// <param name="Id">Names the organisation.</param>
/// <param name="Name">The name.</param>
/// <param name="Domains">Domains of the e-mail addresses of its people; each belongs to one organisation.</param>
/// <param name="Notes">What agents should know of it; null for nothing.</param>
/// <param name="Vip">Whether it wants special attention.</param>
/// <param name="CreatedAt">When it was added.</param>
/// <param name="UpdatedAt">When it was changed last.</param>
/// <param name="Version">Counts its changes, and is its ETag in quotation marks.</param>
[Example(
    """
        {"id":"example","name":"Example Ltd","domains":["example.com"],"notes":null,"vip":false,
         "createdAt":"2026-03-10T09:00:00.000Z","updatedAt":"2026-03-10T09:00:00.000Z","version":1}
        """
)]
public sealed record OrganisationView(
    string Id,
    string Name,
    IReadOnlyList<string> Domains,
    string? Notes,
    bool Vip,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    long Version
)
{
    public static OrganisationView Of(Organisation it) => new(it.Id, it.Name, it.Domains, it.Notes, it.Vip, it.CreatedAt, it.UpdatedAt, it.Version);
}

[JsonSourceGenerationOptions(System.Text.Json.JsonSerializerDefaults.Web, Converters = [typeof(UtcInstantConverter)])]
[JsonSerializable(typeof(ContactView))]
[JsonSerializable(typeof(ListPage<ContactSummaryView>))]
[JsonSerializable(typeof(OrganisationView))]
[JsonSerializable(typeof(ListPage<OrganisationView>))]
[JsonSerializable(typeof(ContactSetting))]
[JsonSerializable(typeof(ErasureView))]
[JsonSerializable(typeof(ListPage<ErasureView>))]
[JsonSerializable(typeof(ListPage<TimelineEntry>))]
[JsonSerializable(typeof(RetentionView))]
[JsonSerializable(typeof(RetentionPreview))]
[JsonSerializable(typeof(ListPage<RetentionRun>))]
internal sealed partial class ContactsApiJson : JsonSerializerContext;
