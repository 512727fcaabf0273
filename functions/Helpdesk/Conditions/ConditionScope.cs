using System.Collections.Frozen;
using Helpdesk.Sla;

namespace Helpdesk.Conditions;

/// <summary>Where a condition is used, and so what it can ask for.</summary>
public sealed class ConditionScope
{
    /// <summary>How a condition names the calendar by which the ticket itself is counted; the workspace's standard one where nothing is promised.</summary>
    public const string OwnCalendar = "business";

    internal const string NoTime = "a promise does not change because time passes.";

    private readonly FrozenDictionary<string, ConditionField> _fields;
    private readonly IReadOnlyList<ConditionField> _families;

    private ConditionScope(string name, string meaning, bool hasTime, IReadOnlyList<ConditionField> fields)
    {
        (Name, Meaning, HasTime, Fields) = (name, meaning, hasTime, fields);
        _fields = fields.Where(field => !field.IsFamily).ToFrozenDictionary(field => field.Name, StringComparer.Ordinal);
        _families = [.. fields.Where(field => field.IsFamily)];
        Listed = string.Join(", ", fields.Select(field => field.Shown));
    }

    /// <summary>Its name in requests and errors.</summary>
    public string Name { get; }

    /// <summary>What conditions in it are held against.</summary>
    public string Meaning { get; }

    /// <summary>Whether a condition may ask for the time: <c>within</c>.</summary>
    public bool HasTime { get; }

    /// <summary>Its fields, in the order of the documentation.</summary>
    public IReadOnlyList<ConditionField> Fields { get; }

    /// <summary>The names of all fields, for errors.</summary>
    internal string Listed { get; }

    /// <summary>A ticket as it is: views, automations, macros.</summary>
    public static ConditionScope Tickets { get; } =
        new(
            "tickets",
            "A ticket as it is at the moment.",
            hasTime: true,
            [.. ConditionFields.Ticket, .. ConditionFields.Moving, .. ConditionFields.Requester, .. ConditionFields.Clocks]
        );

    /// <summary>What of a ticket decides which SLA policy it is given: nothing that changes because time passes or because somebody works on it.</summary>
    public static ConditionScope Policies { get; } =
        new("policies", "A ticket that is about to be given an SLA policy.", hasTime: false, ConditionFields.Ticket);

    /// <summary>Something that has happened to a ticket: webhooks, automations on events.</summary>
    public static ConditionScope Events { get; } =
        new(
            "events",
            "Something that has happened to a ticket, and the ticket.",
            hasTime: true,
            [.. ConditionFields.Event, .. ConditionFields.Ticket, .. ConditionFields.Moving, .. ConditionFields.Requester, .. ConditionFields.Clocks]
        );

    /// <summary>What a monitoring tool reports: maintenance windows.</summary>
    public static ConditionScope Alerts { get; } = new("alerts", "A report of a monitoring tool.", hasTime: true, ConditionFields.Alert);

    /// <summary>What was answered on a form so far: which field is asked, has to be answered, or offers what.</summary>
    public static ConditionScope Forms { get; } =
        new("forms", "What was answered to the fields of a form before this one.", hasTime: false, ConditionFields.Form);

    /// <summary>All scopes.</summary>
    public static IReadOnlyList<ConditionScope> All { get; } = [Tickets, Events, Policies, Alerts, Forms];

    /// <summary>Every field of every scope, to read what is stored.</summary>
    internal static ConditionScope Everything { get; } =
        new("all scopes", "", hasTime: true, [.. All.SelectMany(scope => scope.Fields).DistinctBy(field => field.Name)]);

    /// <summary>The scope of a name; null for none.</summary>
    public static ConditionScope? Named(string name) => All.FirstOrDefault(scope => scope.Name == name);

    /// <summary>The field of a name; null for none.</summary>
    public ConditionField? Find(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (_fields.TryGetValue(name, out var field))
            return field;
        if (_families.FirstOrDefault(family => name.StartsWith(family.Name, StringComparison.Ordinal)) is not { } of)
            return null;
        var key = name[of.Name.Length..];
        return VisibleText.IsBlank(key) || key.Length > 200 ? null : of with { Name = name, Key = key };
    }

    /// <summary>The calendar that a condition names; null where there is none.</summary>
    internal static BusinessCalendar? CalendarOf(ConditionSubject subject, string calendar) =>
        subject.Calendars(
            calendar != OwnCalendar ? calendar
            : subject.Ticket?.Pin is { } pin ? SlaPin.Parse(pin.Calendar).Id
            : StandardSla.CalendarId
        );
}
