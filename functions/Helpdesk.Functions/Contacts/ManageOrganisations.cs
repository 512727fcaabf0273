using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Helpdesk.Contacts;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;
using Helpdesk.Functions.Tickets;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Contacts;

/// <summary>Which organisations are wanted.</summary>
/// <param name="Search">Only organisations whose name begins so; case and accents do not count.</param>
/// <param name="Limit">How many items a page has at most.</param>
/// <param name="Cursor">Where to go on: <c>nextCursor</c> of the page before, with the same filters. Leave it out for the first page.</param>
public sealed record OrganisationQuery(
    [property: MaxLength(100)] string? Search,
    [property: Range(1, 100), DefaultValue(25)] int Limit,
    [property: MaxLength(400)] string? Cursor
) : IFromQuery<OrganisationQuery>
{
    public static OrganisationQuery Read(QueryReader query, HttpContext context) => new(query.Text("search", 100), query.Limit(), query.Text("cursor", 400));
}

/// <summary>A new organisation.</summary>
/// <param name="Id">The id to give it; made from the name when it is left out.</param>
/// <param name="Name">The name.</param>
/// <param name="Domains">Domains of the e-mail addresses of its people: contacts join it by them. Each belongs to one organisation.</param>
/// <param name="Notes">What agents should know of it.</param>
/// <param name="Vip">Whether it wants special attention.</param>
[Example("""{"name":"Example Ltd","domains":["example.com"]}""")]
public sealed record AddOrganisationRequest(
    [property: RegularExpression(SettingFields.IdPattern)] string? Id,
    [property: MaxLength(100)] string Name,
    [property: MaxLength(Domains.Limit)] IReadOnlyList<string>? Domains,
    [property: MaxLength(10_000)] string? Notes,
    bool? Vip
) : IFromRequest<AddOrganisationRequest>
{
    public static async ValueTask<AddOrganisationRequest> ReadAsync(HttpContext context)
    {
        var fields = await FieldReader.ReadAsync(context);
        var request = new AddOrganisationRequest(
            SettingFields.Id(fields),
            fields.Text("name", 100, required: true)!,
            ReadDomains(fields),
            fields.Text("notes", 10_000, lines: true),
            fields.Flag("vip")
        );
        fields.Done();
        return request;
    }

    internal static IReadOnlyList<string>? ReadDomains(FieldReader fields) =>
        fields
            .Texts("domains", Helpdesk.Contacts.Domains.Limit, 254, domain => Helpdesk.Contacts.Domains.Problem(domain.ToLowerInvariant()))
            ?.Select(domain => domain.ToLowerInvariant())
            .Distinct(StringComparer.Ordinal)
            .ToList();
}

/// <summary>What is to be different about an organisation: a JSON merge patch (RFC 7396).</summary>
/// <param name="Name">The name.</param>
/// <param name="Domains">All domains from now on. Contacts join by a new one; those who joined by one that is gone stay.</param>
/// <param name="Notes">What agents should know of it; null clears it.</param>
/// <param name="Vip">Whether it wants special attention.</param>
[Example("""{"domains":["example.com","example.org"]}""")]
public sealed record ChangeOrganisationRequest(
    [property: MaxLength(100)] string? Name,
    [property: MaxLength(Domains.Limit)] IReadOnlyList<string>? Domains,
    [property: MaxLength(10_000)] Optional<string?>? Notes,
    bool? Vip
) : IFromRequest<ChangeOrganisationRequest>
{
    public static async ValueTask<ChangeOrganisationRequest> ReadAsync(HttpContext context)
    {
        var fields = await FieldReader.ReadAsync(context);
        var request = new ChangeOrganisationRequest(
            fields.Text("name", 100, required: fields.Has("name")),
            AddOrganisationRequest.ReadDomains(fields),
            fields.Has("notes") ? new(fields.Text("notes", 10_000, lines: true) is { Length: > 0 } notes ? notes : null) : null,
            fields.Flag("vip")
        );
        fields.Done();
        return request;
    }
}

/// <summary>Organisations: the companies and departments that contacts belong to, by the domains of their addresses.</summary>
public sealed class ManageOrganisations(
    OrganisationStore organisations,
    ContactStore contacts,
    TicketStore tickets,
    IdempotencyStore reservations,
    TimeProvider time
)
{
    /// <summary>Lists the organisations by name.</summary>
    [Function(nameof(ListOrganisations)), RequiresKey(KeyRole.Agent, KeyRole.Admin)]
    public async Task<Ok<ListPage<OrganisationView>>> ListOrganisations(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/organisations")] OrganisationQuery query,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        var page = await organisations.ReadPageAsync(caller.Workspace, query.Search, query.Limit, query.Cursor, cancellationToken);
        return TypedResults.Ok(new ListPage<OrganisationView>([.. page.Items.Select(OrganisationView.Of)], page.NextCursor));
    }

    /// <summary>Shows an organisation.</summary>
    [Function(nameof(GetOrganisation)), RequiresKey(KeyRole.Agent, KeyRole.Admin)]
    public async Task<Results<Ok<OrganisationView>, NotFound>> GetOrganisation(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/organisations/{id}")] HttpContext context,
        string id,
        Caller caller,
        CancellationToken cancellationToken
    ) =>
        await organisations.FindAsync(caller.Workspace, id, cancellationToken) is var (organisation, _)
            ? Show(organisation, context)
            : TypedResults.NotFound();

    /// <summary>Adds an organisation. Contacts with an address in one of its domains, and without an organisation, join it within seconds.</summary>
    [Function(nameof(AddOrganisation)), RequiresKey(KeyRole.Agent, KeyRole.Admin), Refuses("already-exists", "domain-taken")]
    public async Task<Created<OrganisationView>> AddOrganisation(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/organisations")] AddOrganisationRequest request,
        HttpContext context,
        Caller caller,
        Idempotency? idempotency,
        CancellationToken cancellationToken
    )
    {
        var now = time.GetUtcNow();
        var id = request.Id ?? SettingFields.IdFrom(request.Name);
        if (idempotency is not null)
            id = await reservations.ReserveAsync(caller.Workspace, idempotency, () => new(id), cancellationToken);
        var organisation = new Organisation
        {
            Id = id,
            Workspace = caller.Workspace,
            Name = request.Name,
            Domains = request.Domains ?? [],
            Notes = string.IsNullOrEmpty(request.Notes) ? null : request.Notes,
            Vip = request.Vip ?? false,
            CreatedAt = now,
            UpdatedAt = now,
        };
        var added = await organisations.AddAsync(organisation, repeated: idempotency is not null, cancellationToken);
        context.Response.Headers.ETag = IfMatch.ETag(added.Version);
        return TypedResults.Created($"/api/organisations/{added.Id}", OrganisationView.Of(added));
    }

    /// <summary>Changes an organisation.</summary>
    [Function(nameof(ChangeOrganisation)), RequiresKey(KeyRole.Agent, KeyRole.Admin), Refuses("domain-taken")]
    public async Task<Results<Ok<OrganisationView>, NotFound>> ChangeOrganisation(
        [HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = "api/organisations/{id}")] ChangeOrganisationRequest request,
        HttpContext context,
        string id,
        Caller caller,
        IfMatch ifMatch,
        CancellationToken cancellationToken
    ) =>
        await organisations.ChangeAsync(
            caller.Workspace,
            id,
            ifMatch,
            current =>
                current with
                {
                    Name = request.Name ?? current.Name,
                    Domains = request.Domains ?? current.Domains,
                    Notes = request.Notes is null ? current.Notes : request.Notes.Value,
                    Vip = request.Vip ?? current.Vip,
                },
            cancellationToken
        )
            is { } changed
            ? Show(changed, context)
            : TypedResults.NotFound();

    /// <summary>Removes an organisation. Its contacts stay, and belong to none within seconds.</summary>
    [Function(nameof(RemoveOrganisation)), RequiresKey(KeyRole.Admin)]
    public async Task<Results<NoContent, NotFound>> RemoveOrganisation(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/organisations/{id}")] Caller caller,
        string id,
        CancellationToken cancellationToken
    ) => await organisations.RemoveAsync(caller.Workspace, id, cancellationToken) ? TypedResults.NoContent() : TypedResults.NotFound();

    /// <summary>Lists the contacts of an organisation by name.</summary>
    [Function(nameof(ListOrganisationContacts)), RequiresKey(KeyRole.Agent, KeyRole.Admin)]
    public async Task<Results<Ok<ListPage<ContactSummaryView>>, NotFound>> ListOrganisationContacts(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/organisations/{id}/contacts")] PageQuery query,
        string id,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        if (await organisations.FindAsync(caller.Workspace, id, cancellationToken) is null)
            return TypedResults.NotFound();
        var page = await contacts.ReadPageAsync(caller.Workspace, null, id, query.Limit, query.Cursor, cancellationToken);
        return TypedResults.Ok(new ListPage<ContactSummaryView>([.. page.Items.Select(ContactSummaryView.Of)], page.NextCursor));
    }

    /// <summary>Lists the tickets that people of an organisation asked for, the newest first.</summary>
    [Function(nameof(ListOrganisationTickets)), RequiresKey(KeyRole.Agent, KeyRole.Admin)]
    public async Task<Results<Ok<ListPage<TicketSummaryView>>, NotFound>> ListOrganisationTickets(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/organisations/{id}/tickets")] PageQuery query,
        string id,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        if (await organisations.FindAsync(caller.Workspace, id, cancellationToken) is null)
            return TypedResults.NotFound();
        var page = await organisations.ReadTicketsAsync(caller.Workspace, id, query.Limit, query.Cursor, cancellationToken);
        var found = await Task.WhenAll(
            page.Items.Select(ticket =>
                TicketAddress.Parse(caller.Workspace, ticket) is { } address ? tickets.FindAsync(address, cancellationToken) : Task.FromResult<Ticket?>(null)
            )
        );
        return TypedResults.Ok(new ListPage<TicketSummaryView>([.. found.OfType<Ticket>().Select(TicketSummaryView.Of)], page.NextCursor));
    }

    private static Ok<OrganisationView> Show(Organisation organisation, HttpContext context)
    {
        context.Response.Headers.ETag = IfMatch.ETag(organisation.Version);
        return TypedResults.Ok(OrganisationView.Of(organisation));
    }
}
