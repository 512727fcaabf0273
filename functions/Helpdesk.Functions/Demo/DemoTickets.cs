using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Serialization;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Tickets;

namespace Helpdesk.Functions.Demo;

/// <summary>What somebody does to a ticket of the demo desk.</summary>
[JsonConverter(typeof(WireNameConverter<DemoAction>))]
public enum DemoAction
{
    /// <summary>Writes a public comment.</summary>
    Comment,

    /// <summary>Writes an internal note.</summary>
    Note,

    /// <summary>Changes fields.</summary>
    Set,

    /// <summary>Resolves it.</summary>
    Resolve,

    /// <summary>Reopens it.</summary>
    Reopen,

    /// <summary>Closes it.</summary>
    Close,

    /// <summary>Moves it up.</summary>
    Escalate,

    /// <summary>Takes notice of what the policy keeps repeating.</summary>
    Acknowledge,

    /// <summary>Notes time worked.</summary>
    Time,

    /// <summary>Applies a macro.</summary>
    Macro,

    /// <summary>Has it come back at <c>due</c>.</summary>
    FollowUp,

    /// <summary>Adds a task, due at <c>due</c> if that is given.</summary>
    Task,

    /// <summary>Does the first task that is not done.</summary>
    Done,

    /// <summary>Asks the requester how it was.</summary>
    Ask,

    /// <summary>The requester says how it was.</summary>
    Rate,

    /// <summary>Merges it into another ticket of the same request.</summary>
    Merge,

    /// <summary>Takes the comments of the ticket that is merged into it; the same instant stands at that one's <c>merge</c>.</summary>
    Receive,
}

/// <summary>A step in the life of a ticket of the demo desk.</summary>
/// <param name="At">When it happens; one that has not come yet at the demo desk's <c>asOf</c> is left out.</param>
/// <param name="By">Who does it: id of an agent, <c>requester</c>, or <c>assignee</c> for whoever has the ticket then.</param>
/// <param name="Do">What is done.</param>
/// <param name="Text">Words: of a comment, a resolution, a reason, a time entry, a follow-up, a task.</param>
/// <param name="Minutes">Minutes worked.</param>
/// <param name="Rating">How it was, 1 to 5.</param>
/// <param name="Ticket">Number of the other ticket.</param>
/// <param name="Macro">Id of the macro.</param>
/// <param name="Tier">The tier to climb to.</param>
/// <param name="Status">The status to set.</param>
/// <param name="Priority">The priority to set.</param>
/// <param name="Group">Id of the group to give it to.</param>
/// <param name="Assignee">Id of the agent to give it to.</param>
/// <param name="Tags">Tags to add.</param>
/// <param name="Due">When a follow-up or a task is due; behind the demo desk's <c>asOf</c>, for nobody is reminded of the past.</param>
public sealed record DemoStep(
    DateTimeOffset At,
    [property: MaxLength(40)] string By,
    DemoAction Do,
    [property: MaxLength(TicketFields.ResolutionLength)] string? Text,
    int? Minutes,
    int? Rating,
    int? Ticket,
    string? Macro,
    int? Tier,
    TicketStatus? Status,
    TicketPriority? Priority,
    string? Group,
    string? Assignee,
    IReadOnlyList<string>? Tags,
    DateTimeOffset? Due
);

/// <summary>A ticket of the demo desk, and what happens to it.</summary>
/// <param name="Number">Its number.</param>
/// <param name="At">When it is opened.</param>
/// <param name="Channel">How it comes in.</param>
/// <param name="Subject">What it is about, on one line; made of the answers where a form is filled in and it is left out.</param>
/// <param name="Description">What happened; made of the answers where a form is filled in and it is left out.</param>
/// <param name="Requester">Who asks for help.</param>
/// <param name="Language">The language in which they ask.</param>
/// <param name="Priority">How soon it wants attention.</param>
/// <param name="Type">Its type.</param>
/// <param name="Tags">Its tags.</param>
/// <param name="Group">Id of its group.</param>
/// <param name="CustomFields">Values for fields of the desk's own.</param>
/// <param name="Participants">Who takes part besides the requester.</param>
/// <param name="Form">Id of the form with which it is opened.</param>
/// <param name="Answers">Answers to the fields of that form.</param>
/// <param name="Steps">What happens to it, in order.</param>
public sealed record DemoTicket(
    int Number,
    DateTimeOffset At,
    IntakeChannel Channel,
    [property: MaxLength(TicketFields.SubjectLength)] string? Subject,
    [property: MaxLength(TicketFields.TextLength)] string? Description,
    Requester Requester,
    string? Language,
    TicketPriority? Priority,
    string? Type,
    IReadOnlyList<string>? Tags,
    string? Group,
    IReadOnlyDictionary<string, JsonElement>? CustomFields,
    IReadOnlyList<Requester>? Participants,
    string? Form,
    IReadOnlyDictionary<string, JsonElement>? Answers,
    IReadOnlyList<DemoStep> Steps
);

/// <summary>Tickets to add to the demo desk.</summary>
/// <param name="Tickets">The tickets, by number, from the one behind those that are there. Tickets that are merged come together.</param>
public sealed record AddDemoTicketsRequest([property: MaxLength(AddDemoTicketsRequest.Most)] IReadOnlyList<DemoTicket> Tickets)
    : IFromRequest<AddDemoTicketsRequest>
{
    /// <summary>Tickets of one request.</summary>
    public const int Most = 500;

    private const int MostSteps = 60;

    public static async ValueTask<AddDemoTicketsRequest> ReadAsync(HttpContext context)
    {
        var fields = await FieldReader.ReadAsync(context);
        var tickets = (fields.Objects("tickets", Most, required: true) ?? []).Select(Ticket).ToList();
        fields.Done();
        return new(tickets);
    }

    private static DemoTicket Ticket(FieldReader fields)
    {
        var (form, answers) = TicketFields.Form(fields);
        var ticket = new DemoTicket(
            fields.Whole("number", 1, 1_000_000, required: true) ?? 0,
            fields.Instant("at", required: true) ?? default,
            fields.OneOf<IntakeChannel>("channel", required: true) ?? default,
            fields.Text("subject", TicketFields.SubjectLength, required: form is null),
            fields.Text("description", TicketFields.TextLength, required: form is null, lines: true),
            TicketFields.Requester(fields) ?? new("", null),
            fields.Text("language", 10),
            fields.OneOf<TicketPriority>("priority"),
            fields.Text("type", 50),
            TicketFields.Tags(fields),
            fields.Text("group", 40),
            TicketFields.CustomFields(fields, patch: false),
            TicketFields.Participants(fields),
            form,
            answers,
            [.. (fields.Objects("steps", MostSteps) ?? []).Select(Step)]
        );
        fields.Ends();
        return ticket;
    }

    private static DemoStep Step(FieldReader fields)
    {
        var step = new DemoStep(
            fields.Instant("at", required: true) ?? default,
            fields.Text("by", 40, required: true) ?? "",
            fields.OneOf<DemoAction>("do", required: true) ?? default,
            fields.Text("text", TicketFields.ResolutionLength, lines: true),
            fields.Whole("minutes", 1, TimeRules.MostMinutes),
            fields.Whole("rating", 1, Helpdesk.Satisfaction.SatisfactionRules.Best),
            fields.Whole("ticket", 1, 1_000_000),
            fields.Text("macro", 40),
            fields.Whole("tier", 1, TicketRules.TopTier),
            fields.OneOf<TicketStatus>("status"),
            fields.OneOf<TicketPriority>("priority"),
            fields.Text("group", 40),
            fields.Text("assignee", 40),
            TicketFields.Tags(fields),
            fields.Instant("due")
        );
        fields.Ends();
        return step;
    }
}

/// <summary>How far the demo desk is.</summary>
/// <param name="AsOf">The instant at which its past ends: the desk was begun then.</param>
/// <param name="Tickets">Number of the last ticket that is there; 0 for none.</param>
/// <param name="Skipped">How many steps of this request were refused by a rule, and left out.</param>
/// <param name="Finished">Whether all is there.</param>
public sealed record DemoView(DateTimeOffset AsOf, int Tickets, int Skipped, bool Finished)
{
    internal static DemoView Of(DemoPlace place, int skipped = 0) => new(place.AsOf, place.Tickets, skipped, place.FinishedAt is not null);
}
