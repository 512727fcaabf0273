using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Helpdesk.Contacts;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;
using Helpdesk.Functions.Tickets;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Contacts;

/// <summary>Which contacts are wanted.</summary>
/// <param name="Search">Only contacts whose name, one of its words, an address, its domain or a number begins so; case and accents do not count.</param>
/// <param name="Organisation">Only contacts of the organisation with this id.</param>
/// <param name="Limit">How many items a page has at most.</param>
/// <param name="Cursor">Where to go on: <c>nextCursor</c> of the page before, with the same filters. Leave it out for the first page.</param>
public sealed record ContactQuery(
    [property: MaxLength(100)] string? Search,
    [property: MaxLength(40)] string? Organisation,
    [property: Range(1, 100), DefaultValue(25)] int Limit,
    [property: MaxLength(400)] string? Cursor
) : IFromQuery<ContactQuery>
{
    public static ContactQuery Read(QueryReader query, HttpContext context)
    {
        var wanted = new ContactQuery(query.Text("search", 100), query.Text("organisation", 40), query.Limit(), query.Text("cursor", 400));
        if (wanted is { Search: not null, Organisation: not null })
            query.Wrong("search", "and organisation cannot be asked for together.");
        if (wanted.Organisation is { } organisation && !SettingsStore.IsId(organisation))
            query.Wrong("organisation", "must be the id of an organisation.");
        return wanted;
    }
}

/// <summary>A new contact, or what is to be different about one: a JSON merge patch (RFC 7396).</summary>
/// <param name="Name">The name; null clears it.</param>
/// <param name="Emails">All e-mail addresses from now on, the one that is written to first.</param>
/// <param name="Phones">All telephone numbers from now on; without a country they are taken for numbers of the workspace's region.</param>
/// <param name="Language">The language they speak: <c>en</c>, <c>de</c>, <c>hr</c> or <c>el</c>; null clears it.</param>
/// <param name="TimeZone">IANA name of their time zone; null clears it.</param>
/// <param name="Vip">Whether they want special attention.</param>
/// <param name="Notes">What agents should know of them; null clears it.</param>
/// <param name="Organisation">Id of their organisation; null takes them from it. When it is left out, a new contact belongs to that of their domain.</param>
[Example("""{"name":"Rita Lang","emails":["rita@example.com"],"phones":["030 123456"],"language":"de","timeZone":"Europe/Berlin"}""")]
public sealed record ContactRequest(
    [property: MaxLength(100)] Optional<string?>? Name,
    [property: MaxLength(ContactRules.MostEmails)] IReadOnlyList<string>? Emails,
    [property: MaxLength(ContactRules.MostPhones)] IReadOnlyList<string>? Phones,
    [property: AllowedValues("en", "de", "hr", "el")] Optional<string?>? Language,
    [property: MaxLength(60)] Optional<string?>? TimeZone,
    bool? Vip,
    [property: MaxLength(10_000)] Optional<string?>? Notes,
    [property: MaxLength(40)] Optional<string?>? Organisation
) : IFromRequest<ContactRequest>
{
    public static async ValueTask<ContactRequest> ReadAsync(HttpContext context)
    {
        var fields = await FieldReader.ReadAsync(context);
        var language = Optional(fields, "language", 10);
        if (language?.Value is { } spoken && !ContactRules.Languages.Contains(spoken, StringComparer.Ordinal))
            fields.Wrong("language", "must be one of en, de, hr, el, or null.");
        var zone = Optional(fields, "timeZone", 60);
        if (zone?.Value is { } named && !ContactValues.IsTimeZone(named))
            fields.Wrong("timeZone", "is not the IANA name of a time zone, such as Europe/Zagreb.");
        var request = new ContactRequest(
            Optional(fields, "name", 100),
            fields.Texts(
                "emails",
                ContactRules.MostEmails,
                254,
                email => SettingFields.IsEmail(email) ? null : $"contains \"{email}\", which is not an e-mail address."
            ),
            fields.Texts("phones", ContactRules.MostPhones, 40),
            language,
            zone,
            fields.Flag("vip"),
            fields.Has("notes") ? new(fields.Text("notes", 10_000, lines: true) is { Length: > 0 } notes ? notes : null) : null,
            Optional(fields, "organisation", 40)
        );
        fields.Done();
        return request with { Emails = request.Emails?.Select(email => email.ToLowerInvariant()).Distinct(StringComparer.Ordinal).ToList() };
    }

    private static Optional<string?>? Optional(FieldReader fields, string name, int max)
    {
        var text = fields.Text(name, max);
        return fields.Has(name) ? new(string.IsNullOrEmpty(text) ? null : text) : null;
    }
}

/// <summary>Into which contact another one is merged.</summary>
/// <param name="Into">Id of the contact that goes on.</param>
[Example("""{"into":"3f0q8xk2m1tz7w5b"}""")]
public sealed record MergeContactRequest(string Into) : IFromRequest<MergeContactRequest>
{
    public static async ValueTask<MergeContactRequest> ReadAsync(HttpContext context)
    {
        var fields = await FieldReader.ReadAsync(context);
        var request = new MergeContactRequest(fields.Text("into", 40, required: true)!);
        fields.Done();
        return request;
    }
}

/// <summary>The people who have had to do with the desk.</summary>
public sealed class ManageContacts(
    ContactStore contacts,
    OrganisationStore organisations,
    ContactSettings settings,
    TicketListStore lists,
    IdempotencyStore reservations,
    TimeProvider time
)
{
    /// <summary>Lists contacts by name: all of them, those whose name, address or number begins so, or those of an organisation.</summary>
    [Function(nameof(ListContacts)), RequiresKey(KeyRole.Integration, KeyRole.Agent, KeyRole.Admin)]
    public async Task<Ok<ListPage<ContactSummaryView>>> ListContacts(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/contacts")] ContactQuery query,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        var page = await contacts.ReadPageAsync(caller.Workspace, query.Search, query.Organisation, query.Limit, query.Cursor, cancellationToken);
        return TypedResults.Ok(new ListPage<ContactSummaryView>([.. page.Items.Select(ContactSummaryView.Of)], page.NextCursor));
    }

    /// <summary>Shows a contact. The id of one that was merged leads to the one that goes on.</summary>
    [Function(nameof(GetContact)), RequiresKey(KeyRole.Integration, KeyRole.Agent, KeyRole.Admin)]
    public async Task<Results<Ok<ContactView>, NotFound>> GetContact(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/contacts/{id}")] HttpContext context,
        string id,
        Caller caller,
        CancellationToken cancellationToken
    ) => await contacts.FindSettledAsync(caller.Workspace, id, cancellationToken) is { } contact ? Show(contact, caller, context) : TypedResults.NotFound();

    /// <summary>Adds a contact.</summary>
    [Function(nameof(AddContact)), RequiresKey(KeyRole.Integration, KeyRole.Agent, KeyRole.Admin), Refuses("email-taken", "phone-taken")]
    public async Task<Created<ContactView>> AddContact(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/contacts")] ContactRequest request,
        HttpContext context,
        Caller caller,
        Idempotency? idempotency,
        CancellationToken cancellationToken
    )
    {
        if (request.Notes is not null)
            caller.MustSeeNotes();
        var now = time.GetUtcNow();
        var id = idempotency is null
            ? Hashes.RandomName(ContactRows.IdLength)
            : await reservations.ReserveAsync(caller.Workspace, idempotency, () => new(Hashes.RandomName(ContactRows.IdLength)), cancellationToken);
        var contact = await PatchedAsync(
            new()
            {
                Id = id,
                Workspace = caller.Workspace,
                CreatedAt = now,
                UpdatedAt = now,
            },
            request,
            cancellationToken
        );
        if (contact is { Name: null, Emails.Count: 0, Phones.Count: 0 })
            throw new InvalidRequestException("name", "name is required when there is neither an e-mail address nor a telephone number.");
        var added = await contacts.AddAsync(contact, cancellationToken);
        if (added.Organisation is not null)
            await contacts.SendTicketsAsync(added, cancellationToken);
        context.Response.Headers.ETag = IfMatch.ETag(added.Version);
        return TypedResults.Created($"/api/contacts/{added.Id}", ContactView.Of(added, caller));
    }

    /// <summary>Changes a contact. An address or number that somebody else has is a conflict that names them.</summary>
    [
        Function(nameof(ChangeContact)),
        RequiresKey(KeyRole.Agent, KeyRole.Admin),
        Refuses("email-taken", "phone-taken", "contact-erased", "contact-merged", "contact-cancelled")
    ]
    public async Task<Results<Ok<ContactView>, NotFound>> ChangeContact(
        [HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = "api/contacts/{id}")] ContactRequest request,
        HttpContext context,
        string id,
        Caller caller,
        IfMatch ifMatch,
        CancellationToken cancellationToken
    )
    {
        if (await contacts.FindSettledAsync(caller.Workspace, id, cancellationToken) is not { } living)
            return TypedResults.NotFound();
        var changed = await contacts.ChangeAsync(
            caller.Workspace,
            living.Id,
            ifMatch,
            async contact =>
                contact.MergedInto is { } into
                    ? throw new HelpdeskRuleException("contact-merged", $"Contact {contact.Id} was merged into contact {into} meanwhile: change that one.")
                : contact.ErasedAt is not null
                    ? throw new HelpdeskRuleException("contact-erased", $"Contact {contact.Id} was erased: there is nothing left to change.")
                : contact.CancelledAt is not null && (request.Emails ?? request.Phones) is not null
                    ? throw new HelpdeskRuleException(
                        "contact-cancelled",
                        $"Contact {contact.Id} is cancelled: no address or number of theirs is collected any more."
                    )
                : await PatchedAsync(contact, request, cancellationToken),
            cancellationToken
        );
        if (changed is null)
            return TypedResults.NotFound();
        if (changed.Organisation is not null && changed.Organisation != living.Organisation)
            await contacts.SendTicketsAsync(changed, cancellationToken);
        return Show(changed, caller, context);
    }

    /// <summary>
    /// Merges a contact into another one, which takes over addresses, numbers and identities. The old id leads to the one that goes on. Of merges that
    /// cross, one direction wins.
    /// </summary>
    [Function(nameof(MergeContact)), RequiresKey(KeyRole.Agent, KeyRole.Admin), Refuses("merge-into-itself", "contact-erased", "too-many-addresses")]
    public async Task<Results<Ok<ContactView>, NotFound>> MergeContact(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/contacts/{id}/merge")] MergeContactRequest request,
        HttpContext context,
        string id,
        Caller caller,
        CancellationToken cancellationToken
    ) =>
        await contacts.MergeAsync(caller.Workspace, id, request.Into, cancellationToken) is { } merged
            ? Show(merged, caller, context)
            : TypedResults.NotFound();

    /// <summary>Lists the tickets that a contact asked for, by any of their addresses; the newest change comes first.</summary>
    [Function(nameof(ListContactTickets)), RequiresKey(KeyRole.Integration, KeyRole.Agent, KeyRole.Admin)]
    public async Task<Results<Ok<ListPage<TicketSummaryView>>, NotFound>> ListContactTickets(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/contacts/{id}/tickets")] PageQuery query,
        string id,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        if (await contacts.FindSettledAsync(caller.Workspace, id, cancellationToken) is not { } contact)
            return TypedResults.NotFound();
        if (RequestersOf(contact) is not { Count: > 0 } requesters)
            return TypedResults.Ok(new ListPage<TicketSummaryView>([], null));
        var page = await lists.ReadAsync(caller.Workspace, new TicketFilter { Requesters = requesters }, query.Limit, query.Cursor, cancellationToken);
        return TypedResults.Ok(new ListPage<TicketSummaryView>([.. page.Items.Select(TicketSummaryView.Of)], page.NextCursor));
    }

    /// <summary>Under which addresses the tickets of a contact are kept.</summary>
    internal static IReadOnlyList<string> RequestersOf(Contact contact) => contact.Emails;

    private async ValueTask<Contact> PatchedAsync(Contact contact, ContactRequest request, CancellationToken cancellationToken)
    {
        var phones = contact.Phones;
        if (request.Phones is { } given)
        {
            var region = (await settings.OfAsync(contact.Workspace, cancellationToken)).Region;
            phones =
            [
                .. given
                    .Select(text =>
                        ContactValues.Phone(text, region)
                        ?? throw new InvalidRequestException(
                            "phones",
                            $"phones contains \"{text}\", which is not a telephone number"
                                + (region is null ? ": write it with its country, such as +49 30 123456." : $" in {region} or with a country.")
                        )
                    )
                    .Distinct(StringComparer.Ordinal),
            ];
        }

        if (request.Organisation?.Value is { } organisation && await organisations.FindAsync(contact.Workspace, organisation, cancellationToken) is null)
            throw new InvalidRequestException("organisation", $"organisation was not found: there is no organisation \"{organisation}\" here.");
        return contact with
        {
            Name = request.Name is null ? contact.Name : request.Name.Value,
            Emails = request.Emails ?? contact.Emails,
            Heard = ContactRules.HeardOf(contact.Heard, request.Emails ?? contact.Emails),
            Phones = phones,
            Language = request.Language is null ? contact.Language : request.Language.Value,
            TimeZone = request.TimeZone is null ? contact.TimeZone : request.TimeZone.Value,
            Vip = request.Vip ?? contact.Vip,
            Notes = request.Notes is null ? contact.Notes : request.Notes.Value,
            Organisation = request.Organisation is not null
                ? request.Organisation.Value
                : contact.Organisation ?? await organisations.OfAsync(contact.Workspace, request.Emails ?? [], cancellationToken),
        };
    }

    private static Ok<ContactView> Show(Contact contact, Caller caller, HttpContext context)
    {
        context.Response.Headers.ETag = IfMatch.ETag(contact.Version);
        return TypedResults.Ok(ContactView.Of(contact, caller));
    }
}
