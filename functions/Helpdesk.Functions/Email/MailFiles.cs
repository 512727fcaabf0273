using System.Globalization;
using Helpdesk.Attachments;
using Helpdesk.Email;
using Helpdesk.Functions.Attachments;
using Helpdesk.Functions.Tickets;

namespace Helpdesk.Functions.Email;

/// <summary>The files of a mail that are taken over, kept when they are first asked for.</summary>
public sealed class MailFiles(AttachmentStore attachments, MailInHand hand)
{
    private IReadOnlyList<TicketAttachment>? _kept;

    public async Task<IReadOnlyList<TicketAttachment>> KeepAsync(CancellationToken cancellationToken)
    {
        if (_kept is not null)
            return _kept;
        var kept = new List<TicketAttachment>();
        foreach (var file in hand.Mail.Files)
        {
            if (TypeOf(file) is not { } type)
                continue;
            var (workspace, name) = (hand.Receipt.Workspace, AttachmentStore.CleanName(file.Name));
            var stored = await attachments.AddAsync(workspace, $"receipt {hand.Receipt.Id}", name, type, file.Bytes, cancellationToken);
            kept.Add(stored with { ContentId = file.ContentId });
        }

        return _kept = kept;
    }

    /// <summary>What a mail holds that is not on the ticket, as sentences.</summary>
    public static IReadOnlyList<string> LeftOut(ReceivedMail mail)
    {
        List<string> left = [.. mail.LeftOut];
        left.AddRange(mail.Files.Where(file => TypeOf(file) is null).Select(file => $"{AttachmentStore.CleanName(file.Name)}: a program or a script."));
        if (!MailRules.WordsOf(mail.Words, TicketFields.TextLength).Whole)
            left.Add(string.Create(CultureInfo.InvariantCulture, $"What its text has beyond {TicketFields.TextLength} characters."));
        return left;
    }

    private static string? TypeOf(MailFile file) =>
        AttachmentRules.IsProgram(file.Bytes.Span) ? null : AttachmentStore.TypeOf(AttachmentStore.CleanName(file.Name));
}
