using System.Text.Json;
using Helpdesk.Forms;

namespace Helpdesk.Functions.Tickets;

/// <summary>The forms with which tickets are opened.</summary>
public interface ITicketForms
{
    /// <summary>Reads a form that was filled in; 400 with everything that is wrong with it.</summary>
    Task<FormReading> ReadAsync(string workspace, FormSubmission submission, CancellationToken cancellationToken);

    /// <summary>Puts what was filled in into the draft of a ticket.</summary>
    /// <param name="files">The files that came with it.</param>
    /// <param name="hasPriority">Whether the draft has a priority that somebody asked for.</param>
    ValueTask<TicketDraft> FillAsync(
        string workspace,
        TicketDraft draft,
        FormReading reading,
        IReadOnlyList<TicketAttachment> files,
        bool hasPriority,
        CancellationToken cancellationToken
    );

    /// <summary>The form of a ticket with its answers as they are now; null where it was opened without one.</summary>
    ValueTask<TicketFormView?> ShowAsync(Ticket ticket, CancellationToken cancellationToken);
}

/// <summary>A form as it was filled in.</summary>
/// <param name="Form">Id of the form.</param>
/// <param name="Answers">What was answered, by the names of the fields.</param>
/// <param name="Files">Ids of the files that came with it; null where they are looked for later.</param>
public sealed record FormSubmission(string Form, IReadOnlyDictionary<string, JsonElement> Answers, IReadOnlyCollection<string>? Files)
{
    /// <summary>The version that was shown; null for the newest.</summary>
    public int? Version { get; init; }

    /// <summary>Whether that version was taken before: then it is taken again, whatever has become of the form.</summary>
    public bool IsKept { get; init; }

    /// <summary>Whether there is a subject.</summary>
    public bool HasSubject { get; init; }

    /// <summary>Whether there are words that describe the request.</summary>
    public bool HasDescription { get; init; }

    /// <summary>When it came in; null for now.</summary>
    public DateTimeOffset? At { get; init; }
}

/// <summary>The form that a ticket was opened with, and what was answered.</summary>
/// <param name="Id">Id of the form.</param>
/// <param name="Name">What that version is called, in English or the first language that it has; null where it is not there any more.</param>
/// <param name="Version">The version that was filled in.</param>
/// <param name="Answers">What was asked and answered, in the order of the form, as the ticket has it now.</param>
public sealed record TicketFormView(string Id, string? Name, int Version, IReadOnlyList<FormAnswerView> Answers);

/// <summary>An answer as people read it.</summary>
/// <param name="Field">Name of the field; the ticket's own field of that name has the answer for programs.</param>
/// <param name="Label">What was asked: in English, or in the first language that the form has.</param>
/// <param name="Value">What was answered, with the labels of what was chosen.</param>
public sealed record FormAnswerView(string Field, string Label, string Value);
