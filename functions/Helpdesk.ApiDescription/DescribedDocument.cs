using Helpdesk.Functions.Tickets;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Helpdesk.ApiDescription;

/// <summary>What is said once for the whole API: its rules, its parts, its keys.</summary>
internal sealed class DescribedDocument : IOpenApiDocumentTransformer
{
    public const string KeyScheme = "key";

    private const string Introduction = """
        Tickets, intake and settings of one workspace: the one that the key belongs to.

        **Keys.** Send `Authorization: Bearer <key>`. An `integration` opens tickets, reads them and comments for requesters;
        an `agent` works tickets; an `admin` also manages the desk. Each operation names its roles.

        **Errors** are `application/problem+json` (RFC 9457) with a stable `code`. A 400 names every wrong field in `errors`, and a 409 names the rule.

        **Trying again.** A POST that takes an `Idempotency-Key` can be sent again safely: the same key with the same request gets the first answer.

        **Lists** come in pages. `limit` says how many items are wanted, `nextCursor` of one page is the `cursor` of the next,
        and only `nextCursor: null` is the end.

        **Times.** Instants are UTC in ISO 8601. Lengths are ISO 8601 durations of hours, minutes and seconds; lengths of promises are business time.
        """;

    /// <summary>The parts of the API in the order in which they are shown, each with the first segments of its routes.</summary>
    private static readonly (string Name, string Description, string[] Segments)[] Parts =
    [
        ("Tickets", "Open tickets, find them, work them, and see everything that happened to them.", ["tickets", "search"]),
        ("Intake", "The public web form, mail and alerts that are posted, and the receipts of everything that came in from outside.", ["intake", "receipts"]),
        ("Mail", "The addresses at which mail comes in, and senders whose mails are set aside.", ["mailboxes", "blocked-senders"]),
        ("Telephone", "Telephone systems that report their calls.", ["telephone-systems"]),
        (
            "Mail that goes out",
            "What is sent and what became of it, the words of mails, and addresses that get none.",
            ["outbox", "templates", "mail-settings", "suppressions"]
        ),
        ("Alerts", "The monitoring tools that report, how what they send is read, and maintenance.", ["alert-sources", "maintenance-windows"]),
        ("People", "Contacts, the organisations they belong to, and what is settled for all of them.", ["contacts", "contact-settings", "organisations"]),
        ("Privacy", "The erasure of people, its proofs, and how long things are kept.", ["erasures", "retention"]),
        ("Events", "Everything that happens in a workspace, in one order.", ["events", "changes"]),
        ("Forms", "Types of request, and the forms that ask for what each needs.", ["forms"]),
        ("Attachments", "Files on tickets and comments.", ["attachments"]),
        ("SLA", "Policies, business hours, and what the engine makes of them.", ["sla", "calendars"]),
        ("Conditions", "The conditions by which policies, webhooks and rules choose tickets, before they are used.", ["conditions"]),
        ("Automations", "What the desk does by itself, and what agents do at once.", ["automations", "macros"]),
        ("Views", "Saved conditions over tickets, with columns, order and counts.", ["views", "bulk"]),
        ("Knowledge base", "Articles that answer before anybody asks: written, reviewed, published, found.", ["articles", "article-categories", "knowledge"]),
        ("Portal", "How the pages for requesters look, and the questions that they answer each other.", ["portal", "community"]),
        ("Webhooks", "Ticket events that are sent to addresses outside, and what became of everything that was sent.", ["webhooks", "deliveries"]),
        ("Agenda", "What agents have to do on tickets and when: tasks, and follow-ups, by which tickets come back.", ["tasks", "follow-ups"]),
        ("Approvals", "What others decide before a ticket goes on.", ["approvals"]),
        ("Satisfaction", "What requesters say of resolutions, and how they are asked.", ["satisfaction", "satisfaction-settings"]),
        ("Reports", "Numbers about tickets, counted from what happened to each of them.", ["reports", "report-schedules", "cost-settings"]),
        ("Configuration", "All settings of a workspace as one document.", ["configuration"]),
        ("Audit", "Every change of the configuration: who made it, what was before and after.", ["audit"]),
        ("Directory", "Agents, groups, keys and workspaces.", ["agents", "me", "groups", "keys", "workspaces"]),
        ("Signing in", "How people sign in, and sessions of browsers.", ["session", "sign-in"]),
        ("Web chat", "The settings of the web chat.", ["chat"]),
        ("Operations", "Whether the desk works, and what needs a look.", ["health", "operations", "openapi.json"]),
    ];

    private static readonly Dictionary<string, string> Ids = new(StringComparer.Ordinal)
    {
        ["tickets"] = "Id or number of the ticket.",
        ["articles"] = "Id of the article.",
        ["article-categories"] = "Id of the category.",
        ["bulk"] = "Id of the change of many tickets.",
        ["mailboxes"] = "Id of the mailbox.",
        ["telephone-systems"] = "Id of the telephone system.",
        ["alert-sources"] = "Id of the alert source.",
        ["maintenance-windows"] = "Id of the maintenance window.",
        ["receipts"] = "Id of the receipt.",
        ["outbox"] = "Id of the mail.",
        ["templates"] = "What the mail tells and its language, such as `public-answer-de`.",
        ["community"] = "Id of the question.",
        ["contacts"] = "Id of the contact.",
        ["organisations"] = "Id of the organisation.",
        ["erasures"] = "Id of the erasure.",
        ["attachments"] = "Id of the file.",
        ["sla"] = "Id of the policy.",
        ["calendars"] = "Id of the calendar.",
        ["automations"] = "Id of the automation.",
        ["macros"] = "Id of the macro.",
        ["views"] = "Id of the view.",
        ["forms"] = "Id of the form.",
        ["report-schedules"] = "Id of the report that is mailed.",
        ["webhooks"] = "Id of the subscription.",
        ["agents"] = "Id or e-mail address of the agent.",
        ["groups"] = "Id of the group.",
        ["keys"] = "Id of the key, which is not its text.",
        ["sign-in"] = "Id of the identity.",
        ["workspaces"] = "Id of the workspace.",
    };

    public async Task TransformAsync(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancellationToken)
    {
        document.Info = new OpenApiInfo
        {
            Title = "Helpdesk",
            Version = "1",
            Description = Introduction,
            License = new OpenApiLicense { Name = "MIT", Identifier = "MIT" },
        };
        document.Servers = [new OpenApiServer { Url = "/", Description = "This helpdesk." }];
        document.Tags = new HashSet<OpenApiTag>(Parts.Select(part => new OpenApiTag { Name = part.Name, Description = part.Description }));
        document.Components ??= new OpenApiComponents();
        document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>(StringComparer.Ordinal)
        {
            [KeyScheme] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.Http,
                Scheme = "bearer",
                Description =
                    "A key of an agent, an admin or an integration, which belongs to one workspace; or an access token of the OpenID Connect provider that "
                    + "agents sign in at. A browser may send the cookie of a session instead (`POST /api/session`).",
            },
        };
        await EventsAsync(document, context, cancellationToken);
        DescribedSchemas.Nested(document);
        foreach (var schema in document.Components.Schemas?.Values.OfType<OpenApiSchema>() ?? [])
            Simplify(schema);
    }

    /// <summary>The type of an event decides what its data is.</summary>
    private static async Task EventsAsync(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancellationToken)
    {
        var schema = (OpenApiSchema)document.Components!.Schemas!["Event"];
        foreach (var field in new[] { "type", "data" })
        {
            schema.Properties!.Remove(field);
            schema.Required!.Remove(field);
        }

        schema.OneOf = [];
        foreach (var (name, fact) in TicketFacts.Types.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            schema.OneOf.Add(
                new OpenApiSchema
                {
                    Title = name,
                    Type = JsonSchemaType.Object,
                    Required = new HashSet<string>(["type", "data"]),
                    Properties = new Dictionary<string, IOpenApiSchema>(StringComparer.Ordinal)
                    {
                        ["type"] = new OpenApiSchema
                        {
                            Type = JsonSchemaType.String,
                            Const = name,
                            Description = "What kind of event it is.",
                        },
                        ["data"] = DescribedSchemas.Reference(await context.GetOrCreateSchemaAsync(fact.Type, null, cancellationToken), document),
                    },
                }
            );
        }
    }

    /// <summary>
    /// The library writes an optional reference as "null or that". What may be left out is never null; for what is always there the words belong to the whole.
    /// </summary>
    private static void Simplify(OpenApiSchema schema)
    {
        foreach (var (name, property) in schema.Properties?.ToList() ?? [])
        {
            if (property is not OpenApiSchema { OneOf: [{ Type: JsonSchemaType.Null }, OpenApiSchemaReference reference] } either)
                continue;
            if (schema.Required?.Contains(name) != true)
                schema.Properties![name] = reference;
            else
                (either.Description, reference.Reference.Description) = (reference.Reference.Description, null);
        }
    }

    /// <summary>The part that a route belongs to.</summary>
    public static string TagOf(string route) => Parts.First(part => part.Segments.Contains(Segment(route))).Name;

    public static int Position(string tag) => Array.FindIndex(Parts, part => part.Name == tag);

    /// <summary>What is said of a parameter in a route where the function itself says nothing; null for nothing.</summary>
    public static string? PathParameter(string route, string name) => name == "id" ? Ids.GetValueOrDefault(Segment(route)) : null;

    private static string Segment(string route) => route.Split('/')[1];
}
