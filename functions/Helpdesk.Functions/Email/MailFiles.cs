using System.Globalization;
using Helpdesk.Attachments;
using Helpdesk.Email;
using Helpdesk.Functions.Attachments;
using Helpdesk.Functions.Tickets;

namespace Helpdesk.Functions.Email;

/// <summary>The files of a mail that are taken over, kept when they are first asked for.</summary>
public sealed class MailFiles(AttachmentStore attachments, MailInHand hand)
{
    /// <summary>So many of the files that are too many are named.</summary>
    private const int NamedFiles = 10;

    private IReadOnlyList<TicketAttachment>? _kept;

    public async Task<IReadOnlyList<TicketAttachment>> KeepAsync(CancellationToken cancellationToken)
    {
        if (_kept is not null)
            return _kept;
        var kept = new List<TicketAttachment>();
        foreach (var (file, refusal) in Sorted(hand.Mail, attachments.Limits))
        {
            if (refusal is not null)
                continue;
            var (workspace, place) = (hand.Receipt.Workspace, $"receipt {hand.Receipt.Id}");
            var stored = await attachments.AddAsync(workspace, place, file.Name, file.ContentType, file.Bytes, cancellationToken);
            kept.Add(stored with { ContentId = file.ContentId });
        }

        return _kept = kept;
    }

    /// <summary>What a mail holds that is not on the ticket, as sentences.</summary>
    public static IReadOnlyList<string> LeftOut(ReceivedMail mail, AttachmentLimits limits)
    {
        List<string> left = [.. mail.LeftOut];
        var refused = Sorted(mail, limits).Where(one => one.Refusal is not null).ToLookup(one => one.Refusal == FileRefusal.TooMany);
        left.AddRange(refused[false].Select(one => $"{FileNames.Clean(one.File.Name)}: {limits.Explain(one.Refusal!.Value)}."));
        List<string> beyond = [.. refused[true].Select(one => FileNames.Clean(one.File.Name)), .. mail.FilesBeyond];
        if (beyond.Count > 0)
        {
            var named = string.Join(", ", beyond.Take(NamedFiles)) + (beyond.Count > NamedFiles ? " and more" : "");
            var most = Math.Min(limits.FilesPerMessage, MailLimits.Files);
            var subject = beyond.Count == 1 ? "One more file is" : string.Create(CultureInfo.InvariantCulture, $"{beyond.Count} more files are");
            left.Add(string.Create(CultureInfo.InvariantCulture, $"{subject} left out ({named}): one mail may bring {most} files."));
        }

        if (!MailRules.WordsOf(mail.Words, TicketFields.TextLength).Whole)
            left.Add(string.Create(CultureInfo.InvariantCulture, $"What its text has beyond {TicketFields.TextLength} characters."));
        return left;
    }

    private static IEnumerable<(MailFile File, FileRefusal? Refusal)> Sorted(ReceivedMail mail, AttachmentLimits limits) =>
        mail.Files.Zip(limits.Refusals([.. mail.Files.Select(file => (file.Name, file.Bytes))]));
}
