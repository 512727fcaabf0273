using System.Text.Json;
using Helpdesk.Tickets;

namespace Helpdesk.Contacts;

/// <summary>What is left of a ticket whose words have been kept long enough: facts and people, and no words of anybody.</summary>
public static class AgedWords
{
    private const string Gone = ErasedPerson.Gone;

    public static Ticket Of(Ticket ticket)
    {
        ArgumentNullException.ThrowIfNull(ticket);
        return ticket with
        {
            Subject = Gone,
            Description = Gone,
            Resolution = ticket.Resolution is null ? null : Gone,
            CustomFields = Of(ticket.CustomFields),
            Attachments = null,
            Satisfaction = ticket.Satisfaction is { Comment: not null } rated ? rated with { Comment = Gone } : ticket.Satisfaction,
            FollowUp = ticket.FollowUp is { Note: not null } back ? back with { Note = Gone } : ticket.FollowUp,
            Tasks = ticket.Tasks?.Select(task => task with { Title = Gone }).ToList(),
            Approvals = ticket
                .Approvals?.Select(approval =>
                    approval with
                    {
                        Question = Gone,
                        Approvers = [.. approval.Approvers.Select(one => one with { Comment = one.Comment is null ? null : Gone })],
                    }
                )
                .ToList(),
        };
    }

    public static TicketEvent Of(TicketEvent happened)
    {
        ArgumentNullException.ThrowIfNull(happened);
        return happened with
        {
            Fact = happened.Fact switch
            {
                TicketOpened it => it with { Subject = Gone, CustomFields = Of(it.CustomFields), Attachments = null },
                CommentEdited it => it with { From = Gone, To = Gone },
                CommentDeleted it => it with { Words = Gone, Attachments = null },
                StatusChanged { Resolution: not null } it => it with { Resolution = Gone },
                SubjectChanged it => it with { From = Gone, To = Gone },
                TierChanged { Reason: not null } it => it with { Reason = Gone },
                CustomFieldsChanged it => it with { Changes = Of(it.Changes) },
                TimeLogged { Note: not null } it => it with { Note = Gone },
                SatisfactionRated { Comment: not null } it => it with { Comment = Gone },
                FollowUpSet { Note: not null } it => it with { Note = Gone },
                FollowUpDue { Note: not null } it => it with { Note = Gone },
                TaskAdded it => it with { Title = Gone },
                TaskChanged it => it with { Title = Gone },
                TaskRemoved it => it with { Title = Gone },
                TaskDue it => it with { Title = Gone },
                ApprovalAsked it => it with { Question = Gone },
                ApprovalDecided { Comment: not null } it => it with { Comment = Gone },
                ApprovalEnded it => it with { Question = Gone },
                DescriptionChanged it => it with { From = Gone, To = Gone },
                var fact => fact,
            },
        };
    }

    public static Comment Of(Comment comment)
    {
        ArgumentNullException.ThrowIfNull(comment);
        return comment with { Body = comment.Body.Length == 0 ? "" : Gone, Attachments = null };
    }

    private static Dictionary<string, JsonElement> Of(IReadOnlyDictionary<string, JsonElement> fields) =>
        fields.ToDictionary(
            field => field.Key,
            field => field.Value.ValueKind == JsonValueKind.String ? JsonElement.Parse($"\"{Gone}\"") : field.Value,
            StringComparer.Ordinal
        );
}
