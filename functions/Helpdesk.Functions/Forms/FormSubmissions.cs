using System.Text.Json;
using Helpdesk.Forms;
using Helpdesk.Functions.Directory;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Tickets;

namespace Helpdesk.Functions.Forms;

/// <summary>Holds what was filled in against the form, whichever channel it came by, and shows it again on tickets.</summary>
public sealed class FormSubmissions(FormStore forms, DirectoryStore directory, TimeProvider time) : ITicketForms
{
    private static readonly TimeSpan Patience = TimeSpan.FromHours(2);

    /// <summary>What comes of a form that was filled in; null for a form that is not there, or that is not offered.</summary>
    public async Task<FormReading?> TryReadAsync(string workspace, FormSubmission submission, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(submission);
        var form = submission.Version is { } version
            ? await forms.FindAsync(workspace, submission.Form, version, cancellationToken)
            : await forms.FindAsync(workspace, submission.Form, cancellationToken);
        var at = submission.At ?? time.GetUtcNow();
        if (form is null || !(submission.IsKept || await IsOfferedAsync(workspace, form, at, cancellationToken)))
            return null;
        return FormRules.Read(
            form,
            submission.Answers,
            submission.Files,
            submission.HasSubject,
            submission.HasDescription,
            DateOnly.FromDateTime(at.UtcDateTime)
        );
    }

    /// <summary>
    /// Whether a version can be sent: its form is offered, or was until a moment ago, so that nobody who is filling it in has done so in vain.
    /// </summary>
    private async ValueTask<bool> IsOfferedAsync(string workspace, RequestForm version, DateTimeOffset at, CancellationToken cancellationToken) =>
        await forms.FindAsync(workspace, version.Id, cancellationToken) is { } newest
        && (newest.Active || (version.Active && version.Version < newest.Version && at - newest.UpdatedAt < Patience));

    public async Task<FormReading> ReadAsync(string workspace, FormSubmission submission, CancellationToken cancellationToken)
    {
        var reading =
            await TryReadAsync(workspace, submission, cancellationToken)
            ?? throw new InvalidRequestException("form", "form was not found: give the id of an active form of this workspace.");
        if (reading.Problems.Count == 0)
            return reading;
        throw new InvalidRequestException(
            reading
                .Problems.Select(problem => (At: problem.IsWords ? problem.Field : $"answers.{problem.Field}", problem.Sentence))
                .ToDictionary(one => one.At, one => new[] { $"{one.At} {one.Sentence}" }, StringComparer.Ordinal)
        );
    }

    public async ValueTask<TicketDraft> FillAsync(
        string workspace,
        TicketDraft draft,
        FormReading reading,
        IReadOnlyList<TicketAttachment> files,
        bool hasPriority,
        CancellationToken cancellationToken
    )
    {
        ArgumentNullException.ThrowIfNull(draft);
        ArgumentNullException.ThrowIfNull(reading);
        ArgumentNullException.ThrowIfNull(files);
        var names = files.DistinctBy(file => file.Id).ToDictionary(file => file.Id, file => file.Name, StringComparer.Ordinal);
        var filled = FormFilling.Fill(draft, reading, names, draft.Language);
        if (FieldReader.IsTooMuch(filled.CustomFields))
            throw new InvalidRequestException("customFields", $"customFields and answers together {FieldReader.TooMuch}");
        return filled with
        {
            Priority = hasPriority ? draft.Priority : reading.Form.Priority ?? draft.Priority,
            Group = draft.Group ?? (reading.Form.Group is { } group ? await directory.FindGroupAsync(workspace, group, cancellationToken) : null),
        };
    }

    public async ValueTask<TicketFormView?> ShowAsync(Ticket ticket, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(ticket);
        if (ticket.Form is not { } pin)
            return null;
        var form = await forms.FindAsync(ticket.Workspace, pin.Id, pin.Version, cancellationToken);
        return new(
            pin.Id,
            form?.Name.In(null),
            pin.Version,
            form is null ? [] : [.. FormFilling.Readable(form, ticket.CustomFields, null).Select(one => new FormAnswerView(one.Field, one.Label, one.Value))]
        );
    }
}
