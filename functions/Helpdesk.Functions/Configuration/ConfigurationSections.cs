using System.Text.Json.Nodes;

namespace Helpdesk.Functions.Configuration;

/// <summary>A kind of setting as it is in a configuration: its fields, and the operations of the API that show and change it.</summary>
/// <param name="Name">What the section is called.</param>
/// <param name="Kind">What the record of changes calls such a setting; empty for what it does not record.</param>
/// <param name="Read">The operation that lists the settings, or shows the only one.</param>
/// <param name="Change">The operation that changes one; empty where one is replaced by adding it anew.</param>
/// <param name="Fields">The fields that the section shows and takes.</param>
public sealed record ConfigurationSection(string Name, string Kind, string Read, string Change, params IReadOnlyList<string> Fields)
{
    /// <summary>The operation that adds a setting; null for a section that has one setting, always.</summary>
    public string? Add { get; init; }

    /// <summary>The operation that removes a setting.</summary>
    public string? Remove { get; init; }

    /// <summary>The field that names a setting, and by which the section is ordered.</summary>
    public string Key { get; init; } = "id";

    /// <summary>Whether an operation takes the name of a setting with its path instead of its body, even a new one's.</summary>
    public bool IsPut { get; init; }

    /// <summary>What a setting is recognised by when a configuration comes from elsewhere; null for its id alone.</summary>
    public string? Alias { get; init; }

    /// <summary>Ids of settings that every workspace has from the start, and that no operation removes: leaving them out leaves them as they are.</summary>
    public IReadOnlyList<string> Stay { get; init; } = [];

    /// <summary>Fields that an operation takes, and that are shown by no section.</summary>
    public IReadOnlyList<string> AlsoTakes { get; init; } = [];

    /// <summary>Fields whose null is not the same as leaving them out when a setting is added.</summary>
    public IReadOnlyList<string> NullCounts { get; init; } = [];

    /// <summary>What is sent with every new setting.</summary>
    public IReadOnlyDictionary<string, bool> With { get; init; } = new Dictionary<string, bool>(StringComparer.Ordinal);

    /// <summary>Which of the settings that the operation lists belong to the configuration.</summary>
    public Func<JsonObject, bool> Has { get; init; } = _ => true;

    /// <summary>Whether a setting has a secret of the name <c>secret</c>; no setting where nothing is said.</summary>
    public Func<JsonObject, bool> HasSecret { get; init; } = _ => false;

    /// <summary>Puts the fields of a setting as they are taken, where they are shown otherwise.</summary>
    public Action<JsonObject> Shape { get; init; } = _ => { };

    public bool IsSingle => Add is null;

    /// <summary>All that an object of this section may have.</summary>
    public bool Takes(string field) =>
        Fields.Contains(field, StringComparer.Ordinal) || AlsoTakes.Contains(field, StringComparer.Ordinal) || (field == Secret && CanHaveSecret);

    /// <summary>The field of a secret.</summary>
    public const string Secret = "secret";

    /// <summary>Whether settings of this kind are told a secret.</summary>
    public bool CanHaveSecret { get; init; }
}

/// <summary>The sections of a configuration, in the order in which settings name each other.</summary>
public static class ConfigurationSections
{
    public static IReadOnlyList<ConfigurationSection> All { get; } =
    [
        new("calendars", "calendar", "ListCalendars", "ChangeCalendar", "name", "timeZone", "hours", "holidays", "overrides")
        {
            Add = "AddCalendar",
            Remove = "RemoveCalendar",
            Stay = ["business-hours"],
            Alias = "name",
        },
        new("groups", "group", "ListGroups", "ChangeGroup", "name", "tier", "escalatesTo", "calendar", "routing")
        {
            Add = "AddGroup",
            Remove = "RemoveGroup",
            Alias = "name",
        },
        new("agents", "agent", "ListAgents", "ChangeAgent", "name", "email", "entraId", "role", "groups", "skills", "capacity", "calendar", "active")
        {
            Add = "AddAgent",
            Remove = "RemoveAgent",
            Alias = "email",
        },
        new(
            "policies",
            "policy",
            "ListPolicies",
            "ChangePolicy",
            "name",
            "active",
            "position",
            "condition",
            "calendar",
            "reopen",
            "pauseResolutionOn",
            "targets",
            "steps"
        )
        {
            Add = "AddPolicy",
            Remove = "RemovePolicy",
            Stay = ["standard"],
            Alias = "name",
            AlsoTakes = ["conditions"],
        },
        new("webhooks", "webhook", "ListWebhooks", "ChangeWebhook", "name", "url", "events", "condition", "active", "includeWords")
        {
            Add = "AddWebhook",
            Remove = "RemoveWebhook",
            Alias = "url",
        },
        new(
            "mailboxes",
            "mailbox",
            "ListMailboxes",
            "ChangeMailbox",
            "address",
            "name",
            "group",
            "language",
            "aliases",
            "automatic",
            "sendGridKey",
            "receive",
            "imap"
        )
        {
            Add = "AddMailbox",
            Remove = "RemoveMailbox",
            Alias = "address",
            AlsoTakes = ["confirm"],
        },
        new(
            "mailSettings",
            "mail-settings",
            "GetMailSettings",
            "ChangeMailSettings",
            "fromName",
            "mailbox",
            "signature",
            "footer",
            "language",
            "toRequesters",
            "acknowledgementsPerHour",
            "keep"
        ),
        new("mailTemplates", "mail-template", "ListMailTemplates", "PutMailTemplate", "subject", "text", "html")
        {
            Add = "PutMailTemplate",
            Remove = "RemoveMailTemplate",
            IsPut = true,
            Has = view => view["custom"]!.GetValue<bool>(),
        },
        new("suppressions", "", "ListSuppressions", "", "reason")
        {
            Add = "AddSuppression",
            Remove = "RemoveSuppression",
            Key = "email",
            // What mail servers say comes and goes by itself.
            Has = view => view["source"]!.GetValue<string>() == "agent",
        },
        new("blockedSenders", "blocked-sender", "ListBlockedSenders", "", "reason")
        {
            Add = "BlockSender",
            Remove = "UnblockSender",
            Key = "sender",
        },
        new("chat", "chat", "GetChat", "ChangeChat", "enabled", "allowedOrigins", "group"),
        new(
            "forms",
            "form",
            "ListForms",
            "ChangeForm",
            "name",
            "description",
            "icon",
            "active",
            "position",
            "subject",
            "details",
            "type",
            "group",
            "priority",
            "tags",
            "fields"
        )
        {
            Add = "AddForm",
            Remove = "RemoveForm",
            Alias = "name",
        },
        new(
            "alertSources",
            "alert-source",
            "ListAlertSources",
            "ChangeAlertSource",
            "name",
            "kind",
            "group",
            "mapping",
            "correlateBy",
            "signature",
            "rules",
            "every",
            "tell",
            "active"
        )
        {
            Add = "AddAlertSource",
            Remove = "RemoveAlertSource",
            Alias = "name",
            NullCounts = ["signature"],
            CanHaveSecret = true,
            // What Amazon sends is proved by its certificates.
            HasSecret = view => view["signature"]?["scheme"]?.GetValue<string>() is { } scheme && scheme != "sns",
            Shape = view => (view["signature"] as JsonObject)?.Remove("previousUntil"),
        },
        new(
            "maintenanceWindows",
            "maintenance-window",
            "ListMaintenanceWindows",
            "ChangeMaintenanceWindow",
            "name",
            "from",
            "to",
            "weekly",
            "sources",
            "labels",
            "condition"
        )
        {
            Add = "AddMaintenanceWindow",
            Remove = "RemoveMaintenanceWindow",
            Alias = "name",
        },
        new("telephoneSystems", "telephone-system", "ListTelephoneSystems", "ChangeTelephoneSystem", "name", "kind", "group", "extensions", "mapping")
        {
            Add = "AddTelephoneSystem",
            Remove = "RemoveTelephoneSystem",
            Alias = "name",
            CanHaveSecret = true,
            HasSecret = view => view["signed"]!.GetValue<bool>(),
        },
        new("automations", "automation", "ListTicketAutomations", "ChangeTicketAutomation", "name", "on", "condition", "actions", "active", "position")
        {
            Add = "AddTicketAutomation",
            Remove = "RemoveTicketAutomation",
            Alias = "name",
        },
        new("macros", "macro", "ListMacros", "ChangeMacro", "name", "condition", "actions", "active")
        {
            Add = "AddMacro",
            Remove = "RemoveMacro",
            Alias = "name",
            Has = view => !view["personal"]!.GetValue<bool>(),
        },
        new("views", "view", "ListViews", "ChangeView", "name", "condition", "sort", "columns", "groupBy", "groups", "position")
        {
            Add = "AddView",
            Remove = "RemoveView",
            Alias = "name",
            With = new Dictionary<string, bool>(StringComparer.Ordinal) { ["shared"] = true },
            Has = view => view["shared"]!.GetValue<bool>() && !view["starter"]!.GetValue<bool>(),
        },
        new("articleCategories", "article-category", "ListCategories", "ChangeCategory", "names", "descriptions", "position")
        {
            Add = "AddCategory",
            Remove = "RemoveCategory",
        },
        new(
            "reportSchedules",
            "report-schedule",
            "ListReportSchedules",
            "ChangeReportSchedule",
            "name",
            "report",
            "by",
            "period",
            "every",
            "weekday",
            "day",
            "hour",
            "zone",
            "language",
            "recipients",
            "active"
        )
        {
            Add = "AddReportSchedule",
            Remove = "RemoveReportSchedule",
            Alias = "name",
        },
        new("closing", "closing", "GetClosing", "ChangeClosing", "closeResolvedAfter", "remindPendingAfter", "closePendingAfter", "reminder", "farewell"),
        new("satisfaction", "satisfaction", "GetSatisfactionSettings", "ChangeSatisfactionSettings", "active", "after", "scale", "channels"),
        new("knowledge", "knowledge", "GetKnowledgeSettings", "ChangeKnowledgeSettings", "publishers", "review"),
        new("synonyms", "search-synonyms", "GetSynonyms", "ChangeSynonyms", "groups"),
        // The picture stays where it is: a document has no room for it.
        new("portal", "portal", "GetPortal", "ChangePortal", "title", "footer", "colour", "darkColour", "community"),
        new("contacts", "contact-settings", "GetContactSettings", "ChangeContactSettings", "region"),
        new(
            "retention",
            "retention",
            "GetRetention",
            "ChangeRetention",
            "ticketWordsMonths",
            "contactsMonths",
            "receiptBodiesDays",
            "chatsDays",
            "callsMonths"
        ),
        new(
            "prices",
            "cost-settings",
            "GetCostSettings",
            "ChangeCostSettings",
            "currency",
            "tables",
            "queues",
            "blobs",
            "executions",
            "gbSecond",
            "gigabytes",
            "mails",
            "month"
        ),
    ];

    /// <summary>Operations that change something that admins set, and that no section has: why not.</summary>
    public static IReadOnlyDictionary<string, string> LeftOut { get; } =
        new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["AddKey"] = "A key is a secret of whoever holds it, and is made for them alone.",
            ["RemoveKey"] = "A key is a secret of whoever holds it.",
            ["AddWorkspace"] = "Workspaces are the desk's, and a configuration is one workspace's.",
            ["ChangeWorkspace"] = "Workspaces are the desk's, and a configuration is one workspace's.",
            ["RemoveWorkspace"] = "Workspaces are the desk's, and a configuration is one workspace's.",
            ["ChangeAgentNotifications"] = "How somebody wants to be told is their own affair.",
            ["ChangeMe"] = "What somebody has set for themselves is their own affair.",
            ["ChangeSession"] = "A session is somebody's own.",
            ["SetAgentPresence"] = "Who is there changes by the hour.",
            ["SetMyPresence"] = "Who is there changes by the hour.",
            ["HideView"] = "What somebody hides is their own affair; hiding for everyone can be undone by everyone's admin at once.",
            ["RemoveIdentity"] = "Who signs in by what is learnt when they sign in.",
            ["RenewMailbox"] = "A secret address is made anew at once, or not at all.",
            ["RenewAlertSource"] = "A secret address is made anew at once, or not at all.",
            ["RenewTelephoneSystem"] = "A secret address is made anew at once, or not at all.",
            ["RotateWebhookSecret"] = "A secret is made anew at once, or not at all.",
            ["ChangeContact"] = "Contacts are people, not settings.",
            ["AddContact"] = "Contacts are people, not settings.",
            ["AddOrganisation"] = "Organisations are who writes, not settings.",
            ["ChangeOrganisation"] = "Organisations are who writes, not settings.",
            ["RemoveOrganisation"] = "Organisations are who writes, not settings.",
        };

    public static ConfigurationSection? Find(string name) => All.FirstOrDefault(section => section.Name == name);
}
