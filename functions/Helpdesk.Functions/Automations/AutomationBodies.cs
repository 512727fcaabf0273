using System.ComponentModel.DataAnnotations;
using Helpdesk.Automations;
using Helpdesk.Conditions;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;

namespace Helpdesk.Functions.Automations;

// The bodies that AutomationRequest and MacroRequest read field by field, as the description of the API shows them.

/// <summary>A new automation.</summary>
[Example(
    """
        {"name":"VIPs first","on":["ticket-opened"],"condition":{"field":"requester.vip","op":"is","value":true},
         "actions":[{"do":"set","field":"priority","value":"high"},{"do":"assign","group":"second-level"},
                    {"do":"notify","to":"group","text":"{{ requester.name }} has a problem: {{ ticket.subject }}"}]}
        """
)]
public sealed record AddAutomationBody
{
    /// <summary>The id to give it; made from the name when it is left out.</summary>
    [RegularExpression(SettingFields.IdPattern), MaxLength(30)]
    public string? Id { get; init; }

    /// <summary>The name that agents see.</summary>
    [MaxLength(100)]
    public required string Name { get; init; }

    /// <summary>The types of events that start it, such as <c>ticket-opened</c>.</summary>
    [MinLength(1), MaxLength(20)]
    public required IReadOnlyList<string> On { get; init; }

    /// <summary>What has to be true for it to run, in the language of conditions; nothing when it is left out.</summary>
    public Condition? Condition { get; init; }

    /// <summary>What it does, in this order.</summary>
    [MinLength(1), MaxLength(TicketAction.Most)]
    public required IReadOnlyList<TicketAction> Actions { get; init; }

    /// <summary>Whether it does anything; true when it is left out.</summary>
    public bool? Active { get; init; }

    /// <summary>Automations run in this order; 100 when it is left out.</summary>
    [Range(0, 1_000_000)]
    public int? Position { get; init; }
}

/// <summary>What is to be different about an automation: a JSON merge patch (RFC 7396). Lists are replaced as a whole.</summary>
[Example("""{"active":false}""")]
public sealed record ChangeAutomationBody
{
    /// <summary>The name that agents see.</summary>
    [MaxLength(100)]
    public string? Name { get; init; }

    /// <summary>The types of events that start it.</summary>
    [MinLength(1), MaxLength(20)]
    public IReadOnlyList<string>? On { get; init; }

    /// <summary>What has to be true for it to run; null for nothing.</summary>
    public Condition? Condition { get; init; }

    /// <summary>What it does, in this order.</summary>
    [MinLength(1), MaxLength(TicketAction.Most)]
    public IReadOnlyList<TicketAction>? Actions { get; init; }

    /// <summary>Whether it does anything.</summary>
    public bool? Active { get; init; }

    /// <summary>Automations run in this order.</summary>
    [Range(0, 1_000_000)]
    public int? Position { get; init; }
}

/// <summary>A version of an automation.</summary>
/// <param name="Id">Names the automation.</param>
/// <param name="Name">The name that agents see.</param>
/// <param name="Version">Counts its changes: 1, 2, 3 …</param>
/// <param name="Active">Whether it does anything.</param>
/// <param name="Position">Automations run in this order; those of one position in the order of their ids.</param>
/// <param name="On">The types of events that start it.</param>
/// <param name="Condition">What has to be true for it to run; <c>{"all": []}</c> is always true.</param>
/// <param name="Actions">What it does, in this order.</param>
/// <param name="CreatedAt">When it was added; only what happens from then on starts it.</param>
/// <param name="UpdatedAt">When this version was made.</param>
public sealed record AutomationView(
    string Id,
    string Name,
    int Version,
    bool Active,
    int Position,
    IReadOnlyList<string> On,
    Condition Condition,
    IReadOnlyList<TicketAction> Actions,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt
)
{
    /// <summary>When it was just added or changed: what of it will have no effect; otherwise left out.</summary>
    [System.Text.Json.Serialization.JsonIgnore(Condition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Warnings { get; init; }

    public static AutomationView Of(Automation it) =>
        new(it.Id, it.Name, it.Version, it.Active, it.Position, it.On, it.Condition, it.Actions, it.CreatedAt, it.UpdatedAt);
}

/// <summary>A new macro.</summary>
[Example(
    """
        {"name":"Ask for a screenshot","actions":[{"do":"comment","text":"Hello {{ requester.name }}, please send us a screenshot.\n{{ agent.name }}"},
         {"do":"set","field":"status","value":"pending"},{"do":"assign","agent":"me"}]}
        """
)]
public sealed record AddMacroBody
{
    /// <summary>The id to give it; made from the name when it is left out.</summary>
    [RegularExpression(SettingFields.IdPattern), MaxLength(30)]
    public string? Id { get; init; }

    /// <summary>The name that agents see.</summary>
    [MaxLength(100)]
    public required string Name { get; init; }

    /// <summary>Whether it is the caller's own, and nobody else sees it. Only admins add shared ones; true for agents when left out.</summary>
    public bool? Personal { get; init; }

    /// <summary>Which tickets it may be applied to; any when it is left out.</summary>
    public Condition? Condition { get; init; }

    /// <summary>What it does, in this order.</summary>
    [MinLength(1), MaxLength(TicketAction.Most)]
    public required IReadOnlyList<TicketAction> Actions { get; init; }

    /// <summary>Whether it can be applied; true when it is left out.</summary>
    public bool? Active { get; init; }
}

/// <summary>What is to be different about a macro: a JSON merge patch (RFC 7396). Lists are replaced as a whole.</summary>
[Example("""{"name":"Ask for a picture"}""")]
public sealed record ChangeMacroBody
{
    /// <summary>The name that agents see.</summary>
    [MaxLength(100)]
    public string? Name { get; init; }

    /// <summary>Which tickets it may be applied to; null for any.</summary>
    public Condition? Condition { get; init; }

    /// <summary>What it does, in this order.</summary>
    [MinLength(1), MaxLength(TicketAction.Most)]
    public IReadOnlyList<TicketAction>? Actions { get; init; }

    /// <summary>Whether it can be applied.</summary>
    public bool? Active { get; init; }
}

/// <summary>Actions that an agent applies to a ticket at once.</summary>
/// <param name="Id">Names the macro.</param>
/// <param name="Name">The name that agents see.</param>
/// <param name="Version">Counts its changes: 1, 2, 3 …</param>
/// <param name="Personal">Whether it is the caller's own, and nobody else sees it.</param>
/// <param name="Active">Whether it can be applied.</param>
/// <param name="Condition">Which tickets it may be applied to; <c>{"all": []}</c> is any.</param>
/// <param name="Actions">What it does, in this order.</param>
/// <param name="CreatedAt">When it was added.</param>
/// <param name="UpdatedAt">When it was changed last.</param>
public sealed record MacroView(
    string Id,
    string Name,
    int Version,
    bool Personal,
    bool Active,
    Condition Condition,
    IReadOnlyList<TicketAction> Actions,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt
)
{
    public static MacroView Of(Macro it) =>
        new(it.Id, it.Name, it.Version, it.Owner is not null, it.Active, it.Condition, it.Actions, it.CreatedAt, it.UpdatedAt);
}
