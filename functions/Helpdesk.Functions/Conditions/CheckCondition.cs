using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Helpdesk.Conditions;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Tickets;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Conditions;

/// <summary>A condition to check, and a ticket to hold it against.</summary>
/// <param name="Scope">Where the condition is going to be used, and so what it can ask for.</param>
/// <param name="Condition">The condition.</param>
/// <param name="Ticket">Id or number of a ticket to hold it against as it is now; in <c>events</c> with the last thing that happened to it.</param>
[Example("""{"scope":"tickets","condition":{"all":[{"field":"status","op":"in","value":["new","open"]},{"field":"tags","op":"contains","value":"vpn"}]}}""")]
public sealed record CheckConditionBody(
    [property: AllowedValues("tickets", "events", "policies", "alerts", "forms")] string Scope,
    Condition Condition,
    string? Ticket
);

/// <summary>The same, read as far as it can be read.</summary>
public sealed record CheckConditionRequest(ConditionScope Scope, ConditionReading Reading, string? Ticket) : IFromRequest<CheckConditionRequest>
{
    public static async ValueTask<CheckConditionRequest> ReadAsync(HttpContext context)
    {
        var fields = await FieldReader.ReadAsync(context);
        var scope = ConditionScopes.Read(fields.Text("scope", 20, required: true), problem => fields.Wrong("scope", problem));
        var ticket = fields.HasNumber("ticket", out var number) ? number : fields.Text("ticket", 40);
        if (ticket is not null && scope == ConditionScope.Alerts)
            fields.Wrong("ticket", "is not possible in alerts: reports are no tickets.");
        if (ticket is not null && scope == ConditionScope.Forms)
            fields.Wrong("ticket", "is not possible in forms: there is no ticket yet.");
        fields.Object("condition", required: true);
        var written = fields.Json("condition");
        fields.Done();
        return new(scope!, Condition.Parse(written!.Value, scope!), ticket);
    }
}

/// <summary>What came of checking a condition.</summary>
/// <param name="Valid">Whether it can be used.</param>
/// <param name="Errors">Everything that is wrong with it; empty for nothing.</param>
/// <param name="Warnings">What it names that is not there: such a term is true of nothing.</param>
/// <param name="Condition">The condition as it would be stored; null when it is not valid.</param>
/// <param name="Holds">Whether it is true of the ticket; null when no ticket was given, or it is not valid.</param>
/// <param name="Terms">What each term found on the ticket; null when no ticket was given, or it is not valid.</param>
public sealed record ConditionCheck(
    bool Valid,
    IReadOnlyList<ConditionProblem> Errors,
    IReadOnlyList<ConditionProblem> Warnings,
    Condition? Condition,
    bool? Holds,
    IReadOnlyList<TermResult>? Terms
);

/// <summary>Something about one place of a condition.</summary>
/// <param name="At">The place: <c>condition.all[1].value</c>.</param>
/// <param name="Problem">What is wrong there, and what is possible.</param>
public sealed record ConditionProblem(string At, string Problem);

/// <summary>What one term found.</summary>
/// <param name="At">The place of the term.</param>
/// <param name="Term">The term.</param>
/// <param name="Found">What the field has, long texts cut off; null for nothing.</param>
/// <param name="Holds">Whether the term is true.</param>
/// <param name="Decides">Whether the condition came out as it did because of this term.</param>
public sealed record TermResult(string At, Condition Term, JsonElement? Found, bool Holds, bool Decides)
{
    /// <summary>The most letters of a text that are shown.</summary>
    private const int Shown = 200;

    internal static TermResult Of(TermFinding it) => new(it.At, it.Term, Json(it.Found), it.Holds, it.Decides);

    private static JsonElement? Json(ConditionValue? found)
    {
        if (found is null)
            return null;
        if (found is TextValue { Text.Length: > Shown } text)
            found = new TextValue(PlainText.Shortened(text.Text, Shown));
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
            found.Write(json);
        return JsonElement.Parse(stream.ToArray());
    }
}

/// <summary>
/// Checks a condition: whether it can be used, what is wrong with it and where, and, with a ticket, whether it is true of it and which terms decided.
/// </summary>
public sealed class CheckCondition(ConditionSubjects subjects, TicketStore tickets, ConditionReferences references)
{
    [Function(nameof(CheckCondition)), RequiresKey(KeyRole.Agent, KeyRole.Admin), Takes(typeof(CheckConditionBody))]
    public async Task<Ok<ConditionCheck>> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/conditions/check")] CheckConditionRequest request,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        var ticket = request.Ticket is { } named ? await FindAsync(named, caller, cancellationToken) : null;
        if (request.Reading.Condition is not { } condition)
            return TypedResults.Ok(
                new ConditionCheck(false, [.. request.Reading.Errors.Select(error => new ConditionProblem(error.At, error.ToString()))], [], null, null, null)
            );
        var warnings = await references.MissingAsync(condition, caller.Workspace, cancellationToken);
        if (ticket is null)
            return TypedResults.Ok(new ConditionCheck(true, [], warnings, condition, null, null));
        var last =
            request.Scope == ConditionScope.Events
                ? (await tickets.ReadEventsAsync(TicketAddress.Of(ticket), ticket.Version - 1, 1, cancellationToken))[0]
                : null;
        var explained = condition.Explain(await subjects.OfAsync(ticket, last, [condition], cancellationToken));
        return TypedResults.Ok(new ConditionCheck(true, [], warnings, condition, explained.Holds, [.. explained.Terms.Select(TermResult.Of)]));
    }

    private async Task<Ticket> FindAsync(string named, Caller caller, CancellationToken cancellationToken) =>
        TicketAddress.Parse(caller.Workspace, named) is { } address && await tickets.FindAsync(address, cancellationToken) is { } ticket
            ? ticket
            : throw new InvalidRequestException("ticket", "ticket was not found: give the id or number of a ticket of this workspace.");
}
