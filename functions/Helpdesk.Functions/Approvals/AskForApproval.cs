using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Helpdesk.Approvals;
using Helpdesk.Functions.Agenda;
using Helpdesk.Functions.Directory;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;
using Helpdesk.Functions.Tickets;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Approvals;

/// <summary>Somebody who is to be asked: an agent, or anybody else by address.</summary>
/// <param name="Agent">Id of an active agent, or <c>me</c>; or give <c>email</c>.</param>
/// <param name="Email">An address; that of an agent means the agent.</param>
/// <param name="Name">The name beside the address.</param>
public sealed record ApproverRequest(
    [property: MaxLength(60)] string? Agent,
    [property: MaxLength(254), EmailAddress] string? Email,
    [property: MaxLength(100)] string? Name
);

/// <summary>What is to be approved, and by whom.</summary>
/// <param name="Question">What is to be approved, in words that whoever decides understands.</param>
/// <param name="Approvers">Who is asked.</param>
/// <param name="Rule">Whose yes is needed.</param>
/// <param name="In">How long it may take; two days when it is left out.</param>
/// <param name="Calendar">Id of the calendar in whose hours lengths are counted.</param>
/// <param name="RemindBefore">How long before the end those are reminded who have not answered; at half time and near the end when left out.</param>
/// <param name="Hold">Whether the ticket waits, on hold, until it is decided; true when it is left out.</param>
[Example(
    """
        {"question":"May we buy a colour printer for 400 €?","approvers":[{"agent":"ada"},{"email":"boss@example.com","name":"Bo"}],
         "rule":"all","in":"PT16H","calendar":"business-hours"}
        """
)]
public sealed record AskForApprovalRequest(
    [property: MaxLength(TicketApproval.QuestionLength)] string Question,
    [property: MinLength(1), MaxLength(TicketApproval.MostApprovers)] IReadOnlyList<ApproverRequest> Approvers,
    [property: DefaultValue(ApprovalRule.All)] ApprovalRule? Rule,
    [property: DataType(DataType.Duration)] TimeSpan? In,
    [property: MaxLength(40)] string? Calendar,
    [property: MaxLength(TicketApproval.MostReminders)] IReadOnlyList<string>? RemindBefore,
    bool? Hold
) : IFromRequest<AskForApprovalRequest>
{
    private const string WrongLength = "must be a length of at most a year, such as PT16H or P2D; years and months are written in days.";

    /// <summary>How long an approval may take unless somebody says so.</summary>
    internal static TimeSpan Standard { get; } = TimeSpan.FromDays(2);

    public static async ValueTask<AskForApprovalRequest> ReadAsync(HttpContext context)
    {
        var fields = await FieldReader.ReadAsync(context);
        var approvers = fields.Objects("approvers", TicketApproval.MostApprovers, required: true)?.Select(Read).ToList() ?? [];
        var request = new AskForApprovalRequest(
            fields.Text("question", TicketApproval.QuestionLength, required: true, lines: true) ?? "",
            approvers,
            fields.OneOf<ApprovalRule>("rule"),
            fields.Length("in", problem: WrongLength),
            fields.Text("calendar", 40) is { Length: > 0 } calendar ? calendar : null,
            fields.Texts("remindBefore", TicketApproval.MostReminders, 40, text => LengthOf(text) is null ? "must have lengths such as PT4H." : null),
            fields.Flag("hold")
        );
        if (fields.Has("approvers") && approvers.Count == 0 && !fields.IsWrong("approvers"))
            fields.Wrong("approvers", "must name somebody.");
        if (request.In is { } length && (length <= TimeSpan.Zero || length > ApprovalDrafts.Longest))
            fields.Wrong("in", WrongLength);
        fields.Done();
        return request;
    }

    internal IReadOnlyList<TimeSpan>? Before => RemindBefore?.Select(LengthOf).OfType<TimeSpan>().ToList();

    private static ApproverRequest Read(FieldReader fields)
    {
        var (agent, email) = (fields.Text("agent", 60), SettingFields.Email(fields, "email", required: false));
        if (!fields.IsWrong("agent") && !fields.IsWrong("email") && string.IsNullOrEmpty(agent) == string.IsNullOrEmpty(email))
            fields.Wrong("agent", "or email is required: one of the two.");
        var name = fields.Text("name", 100);
        fields.Ends();
        return new(
            string.IsNullOrEmpty(agent) ? null : agent,
            string.IsNullOrEmpty(email) ? null : email,
            string.IsNullOrEmpty(name) || agent is { Length: > 0 } ? null : name
        );
    }

    private static TimeSpan? LengthOf(string text)
    {
        try
        {
            return System.Xml.XmlConvert.ToTimeSpan(text) is var length && length > TimeSpan.Zero ? length : null;
        }
        catch (Exception broken) when (broken is FormatException or OverflowException)
        {
            return null;
        }
    }
}

/// <summary>Asks others to approve something on a ticket.</summary>
public sealed class AskForApproval(AgendaPeople people, DirectoryStore directory, TimeProvider time)
{
    /// <summary>
    /// Asks agents and others to approve something: each by mail, or in Teams. The ticket waits on hold until it is decided, and then goes on where it
    /// stood.
    /// </summary>
    [Function(nameof(AskForApproval)), RequiresKey(KeyRole.Agent, KeyRole.Admin)]
    [Refuses("ticket-closed", "ticket-resolved", "too-many-approvals")]
    public async Task<Results<Created<ApprovalView>, NotFound>> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/tickets/{id}/approvals")] AskForApprovalRequest request,
        string id,
        ChangeTicket change,
        CancellationToken cancellationToken
    )
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(change);
        var workspace = change.Caller.Workspace;
        var approvers = await ApproversAsync(change.Caller, request.Approvers, cancellationToken);
        var hours = request.Calendar is { } calendar ? await people.HoursAsync(workspace, calendar, cancellationToken) : null;
        var now = time.GetUtcNow();
        var (due, remind) =
            ApprovalDrafts.Times(now, request.In ?? AskForApprovalRequest.Standard, request.Before, hours)
            ?? throw new InvalidRequestException("calendar", $"calendar names \"{request.Calendar}\", which is never open for as long as that.");
        var draft = new ApprovalDraft
        {
            Question = request.Question,
            Rule = request.Rule ?? ApprovalRule.All,
            Approvers = approvers,
            DueAt = due,
            RemindAt = remind,
            Holds = request.Hold != false,
        };
        var changed = await change.ApplyAsync(id, (ticket, _) => new(ApprovalRules.Ask(ticket, draft, change.Caller.Actor, now)), cancellationToken);
        return changed is { Ticket: { Approvals: [.., var asked] } ticket }
            ? TypedResults.Created($"/api/tickets/{ticket.Id}/approvals/{asked.Id}", ApprovalView.Of(asked))
            : TypedResults.NotFound();
    }

    private async Task<IReadOnlyList<Approver>> ApproversAsync(Caller caller, IReadOnlyList<ApproverRequest> named, CancellationToken cancellationToken)
    {
        var approvers = new List<Approver>();
        foreach (var (index, one) in named.Index())
        {
            if (one.Agent is { } agent)
                approvers.Add(new(0, await people.FindAsync(caller, $"approvers[{index}].agent", agent, cancellationToken)));
            else
                // Who is an agent is asked as that agent, and signs in to answer or is known in Teams.
                approvers.Add(
                    await directory.FindAgentAsync(caller.Workspace, one.Email!, cancellationToken) is { Active: true } known
                        ? new(0, known.Id)
                        : new(0, Email: one.Email, Name: one.Name)
                );
        }

        return approvers;
    }
}
