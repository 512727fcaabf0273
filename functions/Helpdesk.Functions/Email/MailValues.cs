using System.Collections.Frozen;
using System.Globalization;
using Helpdesk.Email;

namespace Helpdesk.Functions.Email;

/// <summary>What a mail is made of besides the ticket.</summary>
public sealed record MailFacts
{
    public required MailSetting Setting { get; init; }

    /// <summary>The mailbox that sends it and takes answers; null for none.</summary>
    public Mailbox? Mailbox { get; init; }

    /// <summary>The comment that it brings, or null.</summary>
    public Comment? Comment { get; init; }

    /// <summary>What the desk is called.</summary>
    public required string DeskName { get; init; }

    /// <summary>The name of the agent who answers; null where no agent speaks.</summary>
    public string? Agent { get; init; }

    /// <summary>The page on which its recipient finds the ticket; null for none.</summary>
    public string? Url { get; init; }

    /// <summary>What an agent is reminded of; null for nothing.</summary>
    public string? Reminder { get; init; }

    /// <summary>What its recipient has to approve; null for nothing.</summary>
    public Helpdesk.Approvals.TicketApproval? Approval { get; init; }

    /// <summary>Answers to the question how it was, each with its link.</summary>
    public IReadOnlyList<LinkedFile> Ratings { get; init; } = [];

    /// <summary>Files that go along.</summary>
    public IReadOnlyList<TicketAttachment> Files { get; init; } = [];

    /// <summary>Files that do not go along, with links that expire.</summary>
    public IReadOnlyList<LinkedFile> Links { get; init; } = [];
}

/// <summary>Something that a mail links to, under its name.</summary>
public sealed record LinkedFile(string Name, string Url);

/// <summary>What templates may say; <c>docs/email-templates.md</c> describes it.</summary>
public static class MailValues
{
    public static IReadOnlyDictionary<string, object?> Of(Mail mail, Ticket ticket, MailFacts facts, string language, string? token) =>
        new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["ticket"] = Map(
                ("number", ticket.Number),
                ("id", ticket.Id),
                ("subject", ticket.Subject),
                ("description", ticket.Description),
                ("status", WireName<TicketStatus>.Of(ticket.Status)),
                ("priority", WireName<TicketPriority>.Of(ticket.Priority)),
                ("type", ticket.Type),
                ("tags", ticket.Tags.ToArray()),
                ("resolution", ticket.Resolution),
                ("channel", WireName<IntakeChannel>.Of(ticket.Channel)),
                ("created_at", Show(ticket.CreatedAt)),
                ("url", facts.Url)
            ),
            ["requester"] = Map(("name", ticket.Requester.Name), ("email", ticket.Requester.Email)),
            ["recipient"] = Map(("name", mail.Name), ("email", mail.To)),
            ["actor"] = Map(("name", ActorOf(mail))),
            ["agent"] = Map(("name", facts.Agent)),
            ["comment"] = Map(
                ("body", facts.Comment?.Body),
                ("author", facts.Comment?.Actor?.Name),
                ("files", facts.Comment?.Attachments?.Select(file => file.Name).ToArray())
            ),
            ["approval"] = Map(
                ("question", facts.Approval?.Question),
                ("by", facts.Approval?.By is { Kind: ActorKind.Agent } by ? by.Name : null),
                ("due", facts.Approval is { } approval ? Show(approval.DueAt) : null)
            ),
            ["reminder"] = Map(("text", facts.Reminder)),
            ["sla"] = Map(("due", ticket.Sla?.DueAt is { } due ? Show(due) : null)),
            ["desk"] = Map(("name", facts.DeskName), ("signature", facts.Setting.Signature), ("footer", facts.Setting.Footer)),
            ["can_reply"] = token is not null,
            // What the frame says.
            ["marker"] = token is null ? null : ReplyMarker.Line(language),
            ["token"] = token is null || mail.Event == MailEvent.Mention ? null : ReplyMarker.TokenLine(token),
            ["ratings"] = facts.Ratings.Select(rating => Map(("name", rating.Name), ("url", rating.Url))).ToArray(),
            ["links"] = facts.Links.Select(file => Map(("name", file.Name), ("url", file.Url))).ToArray(),
            ["signature"] = SignatureOf(facts),
            ["footer"] = facts.Setting.Footer,
        };

    /// <summary>What templates may say: the names, and what each of them has; nothing where it is a value itself.</summary>
    public static FrozenDictionary<string, FrozenSet<string>> Names { get; } =
        Of(
                new()
                {
                    Id = "",
                    Workspace = "",
                    Event = MailEvent.Received,
                    To = "",
                    At = DateTimeOffset.UnixEpoch,
                    State = MailState.Queued,
                },
                SampleTicket.Of("any", DateTimeOffset.UnixEpoch),
                new() { Setting = new(), DeskName = "" },
                "en",
                null
            )
            .ToFrozenDictionary(
                one => one.Key,
                one => (one.Value as Dictionary<string, object?>)?.Keys.ToFrozenSet(StringComparer.Ordinal) ?? [],
                StringComparer.OrdinalIgnoreCase
            );

    /// <summary>A plain text with all that stands around it.</summary>
    public static string Framed(string text, Mail mail, MailFacts facts, string language, string? token)
    {
        List<string?> parts =
        [
            token is null ? null : ReplyMarker.Line(language),
            text,
            string.Join('\n', facts.Ratings.Select(rating => $"{rating.Name}: {rating.Url}")),
            string.Join('\n', facts.Links.Select(file => $"{file.Name}: {file.Url}")),
            SignatureOf(facts) is { } signature ? $"-- \n{signature}" : null,
            facts.Setting.Footer,
            // The plain token would make an answer to a note a public comment.
            token is null
            || mail.Event == MailEvent.Mention
                ? null
                : ReplyMarker.TokenLine(token),
        ];
        return string.Join("\n\n", parts.Where(part => !string.IsNullOrWhiteSpace(part))) + "\n";
    }

    /// <summary>An instant as mails show it.</summary>
    public static string Show(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);

    /// <summary>Who did it. What an automation is called is told to agents alone.</summary>
    private static string? ActorOf(Mail mail) =>
        mail.By switch
        {
            { Kind: ActorKind.Requester } by => by.Name ?? by.Id,
            { Kind: ActorKind.System } when mail.Agent is null => null,
            var by => by?.Name,
        };

    private static string? SignatureOf(MailFacts facts) =>
        facts.Agent is null ? null
        : facts.Setting.Signature is { Length: > 0 } signature ? $"{facts.Agent}\n{signature}"
        : facts.Agent;

    private static Dictionary<string, object?> Map(params (string Name, object? Value)[] values) =>
        values.ToDictionary(one => one.Name, one => one.Value, StringComparer.Ordinal);
}
