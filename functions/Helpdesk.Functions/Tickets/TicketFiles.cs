using Helpdesk.Attachments;
using Helpdesk.Functions.Attachments;
using Helpdesk.Functions.Hosting;

namespace Helpdesk.Functions.Tickets;

/// <summary>The files that a request brings for a ticket, or names by their ids.</summary>
public sealed class TicketFiles(AttachmentStore files, AttachmentSettings settings, TicketStore tickets)
{
    /// <summary>A list of ids that a request names; null when it names none.</summary>
    public static IReadOnlyList<string>? Ids(FieldReader fields) =>
        fields.Texts(
            "attachments",
            AttachmentLimits.MostFiles,
            40,
            id => FileRows.IsId(id) ? null : $"contains \"{id}\", which is not the id of an attachment."
        );

    /// <summary>The files that came with a request and those it names; 400 or 413 for those that cannot be attached.</summary>
    /// <param name="ticket">Number of the ticket; null for one that is still to be opened.</param>
    public async Task<IReadOnlyList<TicketAttachment>> OfAsync(
        Caller caller,
        long? ticket,
        Upload? upload,
        IReadOnlyList<string>? ids,
        CancellationToken cancellationToken
    )
    {
        upload?.MustBeTaken(settings.Limits);
        var named = ids is { Count: > 0 } ? await NamedAsync(caller, ticket, ids, cancellationToken) : [];
        IReadOnlyList<TicketAttachment> all = [.. (upload?.Attachments ?? []).Concat(named).DistinctBy(file => file.Id)];
        if (all.Count > settings.Limits.FilesPerMessage)
            throw new InvalidRequestException("attachments", $"attachments may be {settings.Limits.FilesPerMessage} files with one message.");
        if (all.Sum(file => file.Size) > settings.Limits.MessageBytes)
            throw new InvalidRequestException(
                StatusCodes.Status413PayloadTooLarge,
                "file-too-large",
                $"The files are refused: {settings.Limits.Explain(FileRefusal.TooMuch)}."
            );
        return all;
    }

    /// <summary>409 when a ticket would have more bytes of files than it may have.</summary>
    public async Task MustFitAsync(Ticket ticket, IReadOnlyList<TicketAttachment> added, CancellationToken cancellationToken)
    {
        if (!await FitAsync(ticket, added, cancellationToken))
            throw new HelpdeskRuleException(
                "ticket-files-full",
                $"Ticket {ticket.Number} may have {settings.Limits.TicketMegabytes} MB of files: send a link to the files instead."
            );
    }

    /// <summary>Whether more files fit into a ticket.</summary>
    public async Task<bool> FitAsync(Ticket ticket, IReadOnlyList<TicketAttachment> added, CancellationToken cancellationToken)
    {
        var size = added.Sum(file => file.Size);
        if (size == 0)
            return true;
        var there = await tickets.ReadFilesAsync(ticket, cancellationToken);
        return size + there.Where(file => !added.Contains(file)).Sum(file => file.Size) <= settings.Limits.TicketBytes;
    }

    private async Task<IEnumerable<TicketAttachment>> NamedAsync(Caller caller, long? ticket, IReadOnlyList<string> ids, CancellationToken cancellationToken)
    {
        var found = (await files.FindAsync(caller.Workspace, ids.ToHashSet(StringComparer.Ordinal), cancellationToken)).ToDictionary(file => file.Id);
        var named = new List<TicketAttachment>();
        foreach (var id in ids)
        {
            if (!found.TryGetValue(id, out var file) || file.Removing == true || (file.Note == true && !caller.SeesNotes))
                throw new InvalidRequestException("attachments", $"attachments contains \"{id}\", which was not found: upload the file first.");
            if (!file.MayBeAttachedTo(ticket))
                throw new InvalidRequestException(
                    "attachments",
                    $"attachments contains \"{id}\", which is attached to ticket {file.Ticket} already: upload the file again."
                );
            named.Add(new(file.Id, file.Name, file.ContentType, file.Size));
        }

        return named;
    }
}
