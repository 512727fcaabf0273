using System.Text.Json;
using Helpdesk.Email;
using Helpdesk.Functions.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Email;

/// <summary>
/// Takes what SendGrid's event webhook posts: mails that came back, were dropped or reported as spam. It must be signed by the key in
/// <c>Mail__SendGrid__EventKey</c>. The same events again change nothing.
/// </summary>
public sealed class ReceiveSendGridEvents(OutgoingMails mails, MailSuppressions suppressions, UnreachablePeople unreachable, MailOptions options)
{
    [Function(nameof(ReceiveSendGridEvents)), Public]
    [Takes(typeof(IReadOnlyList<object>))]
    [Answers(StatusCodes.Status403Forbidden, "The signature is missing or wrong, or no key is set.")]
    public async Task<Results<NoContent, ForbidHttpResult>> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/intake/sendgrid-events")] HttpContext context,
        CancellationToken cancellationToken
    )
    {
        var body = await RequestBody.ReadAsync(context);
        if (options.SendGridEventKey is not { } key || !SendGridSignature.IsSigned(key, context.Request.Headers, body.Span))
            throw new InvalidRequestException(
                StatusCodes.Status403Forbidden,
                "not-signed",
                "The events must be signed by SendGrid, with the key that is set in Mail__SendGrid__EventKey."
            );
        IReadOnlyList<SendGridReport> reports;
        try
        {
            reports = SendGridReports.Of(body, SendGridSender.MailArgument, SendGridSender.WorkspaceArgument);
        }
        catch (JsonException broken)
        {
            throw new InvalidRequestException(StatusCodes.Status400BadRequest, "malformed-json", $"The body is no list of events: {broken.Message}");
        }

        foreach (var report in reports)
            await NoteAsync(report, cancellationToken);
        return TypedResults.NoContent();
    }

    private async Task NoteAsync(SendGridReport report, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (
                !Settings.SettingsStore.IsId(report.Workspace)
                || await mails.FindAsync(report.Workspace, report.Mail, cancellationToken) is not var (mail, etag)
                || !mail.To.Equals(report.Email, StringComparison.OrdinalIgnoreCase)
                // Noted before: an agent who has lifted the suppression since is not overruled by a repetition.
                || mail.Reason == report.Reason
            )
                return;
            if (report.Permanent)
            {
                await suppressions.AddAsync(report.Workspace, mail.To, report.Reason, report.Source, cancellationToken);
                await unreachable.NoteAsync(mail, report.Reason, cancellationToken);
            }

            var noted = mail with { Reason = report.Reason, State = report.Source == "spam-report" ? mail.State : MailState.Failed };
            if (await mails.TryNoteAsync(noted, null, etag, cancellationToken) is not null)
                return;
        }
    }
}
