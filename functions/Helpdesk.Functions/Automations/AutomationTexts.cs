using System.Collections.Frozen;
using Helpdesk.Automations;
using Helpdesk.Functions.Email;

namespace Helpdesk.Functions.Automations;

/// <summary>Makes the words of automations and macros: Liquid with the limits that templates of mails have.</summary>
public sealed class AutomationTexts(MailTemplates templates)
{
    /// <summary>How long a text may be that is to be made into words.</summary>
    public const int TextLength = 10_000;

    /// <summary>What texts may say: the names, and what each of them has; nothing for the desk's own fields, whose names nobody knows.</summary>
    public static FrozenDictionary<string, FrozenSet<string>> Names { get; } =
        new Dictionary<string, FrozenSet<string>>(StringComparer.OrdinalIgnoreCase)
        {
            ["ticket"] = Set(
                "number",
                "id",
                "subject",
                "description",
                "status",
                "priority",
                "type",
                "tier",
                "group",
                "assignee",
                "tags",
                "channel",
                "resolution",
                "created_at"
            ),
            ["requester"] = Set("name", "email"),
            ["agent"] = Set("name"),
            ["assignee"] = Set("name"),
            ["group"] = Set("name"),
            ["custom"] = [],
        }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    /// <summary>What is wrong with a text, as what a field does; null for nothing.</summary>
    public static string? ProblemOf(string liquid) => MailTemplates.ProblemOfText(liquid, Names);

    /// <summary>Makes words; a text that cannot be made is refused.</summary>
    public string Render(string liquid, Ticket ticket, ActionContext context)
    {
        ArgumentNullException.ThrowIfNull(ticket);
        ArgumentNullException.ThrowIfNull(context);
        try
        {
            return templates.RenderText(liquid, ValuesOf(ticket, context));
        }
        catch (MailTemplateException failure)
        {
            throw new HelpdeskRuleException("text-not-rendered", $"Its text {failure.Message}");
        }
    }

    private static Dictionary<string, object?> ValuesOf(Ticket ticket, ActionContext context) =>
        new(StringComparer.Ordinal)
        {
            ["ticket"] = new Dictionary<string, object?>
            {
                ["number"] = ticket.Number,
                ["id"] = ticket.Id,
                ["subject"] = ticket.Subject,
                ["description"] = ticket.Description,
                ["status"] = WireName<TicketStatus>.Of(ticket.Status),
                ["priority"] = WireName<TicketPriority>.Of(ticket.Priority),
                ["type"] = ticket.Type,
                ["tier"] = ticket.Tier,
                ["group"] = ticket.Group,
                ["assignee"] = ticket.Assignee,
                ["tags"] = ticket.Tags.ToArray(),
                ["channel"] = WireName<IntakeChannel>.Of(ticket.Channel),
                ["resolution"] = ticket.Resolution,
                ["created_at"] = MailValues.Show(ticket.CreatedAt),
            },
            ["requester"] = new Dictionary<string, object?> { ["name"] = ticket.Requester.Name, ["email"] = ticket.Requester.Email },
            ["agent"] = new Dictionary<string, object?> { ["name"] = context.Me?.Name },
            ["assignee"] = new Dictionary<string, object?> { ["name"] = context.Agents.FirstOrDefault(one => one.Id == ticket.Assignee)?.Name },
            ["group"] = new Dictionary<string, object?> { ["name"] = ticket.Group is { } group ? context.Groups(group)?.Name : null },
            ["custom"] = ticket.CustomFields.ToDictionary(
                one => one.Key,
                one =>
                    one.Value.ValueKind switch
                    {
                        System.Text.Json.JsonValueKind.True => true,
                        System.Text.Json.JsonValueKind.False => false,
                        System.Text.Json.JsonValueKind.Number when one.Value.TryGetDecimal(out var number) => number,
                        _ => (object?)one.Value.ToString(),
                    },
                StringComparer.Ordinal
            ),
        };

    private static FrozenSet<string> Set(params ReadOnlySpan<string> names) => FrozenSet.Create(StringComparer.OrdinalIgnoreCase, names);
}
