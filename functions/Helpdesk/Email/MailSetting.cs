using System.Text.Json.Serialization;

namespace Helpdesk.Email;

/// <summary>How a workspace writes mails.</summary>
public sealed record MailSetting
{
    /// <summary>What requesters are told by themselves, unless the workspace says otherwise.</summary>
    public static IReadOnlyList<MailEvent> Standard { get; } = [MailEvent.Received, MailEvent.PublicAnswer, MailEvent.Resolved, MailEvent.Closed];

    /// <summary>What requesters can be told.</summary>
    public static IReadOnlyList<MailEvent> ForRequesters { get; } = [.. Standard, MailEvent.Reopened];

    /// <summary>The name beside the address; null for the workspace's name.</summary>
    public string? FromName { get; init; }

    /// <summary>Id of the mailbox from which tickets of no other mailbox are answered; null for the first one.</summary>
    public string? Mailbox { get; init; }

    /// <summary>Stands below an agent's answer; null for none.</summary>
    public string? Signature { get; init; }

    /// <summary>Stands at the end of every mail; null for none.</summary>
    public string? Footer { get; init; }

    /// <summary>The language of people whose own is not known: <c>en</c>, <c>de</c>, <c>hr</c> or <c>el</c>.</summary>
    public string Language { get; init; } = "en";

    /// <summary>Which mails go to requesters.</summary>
    public IReadOnlyList<MailEvent> ToRequesters { get; init; } = Standard;

    /// <summary>How many acknowledgements one address gets in an hour: programs that answer programs end there.</summary>
    public int AcknowledgementsPerHour { get; init; } = 5;

    /// <summary>How long mails are kept.</summary>
    public TimeSpan Keep { get; init; } = TimeSpan.FromDays(90);
}

/// <summary>How an agent wants to be told.</summary>
[JsonConverter(typeof(WireNameConverter<NotifyBy>))]
public enum NotifyBy
{
    Mail,
    None,

    /// <summary>In their personal chat with the bot; by mail as long as the bot has not met them there.</summary>
    Teams,
}

/// <summary>What an agent wants to be told, and how.</summary>
public sealed record AgentNotifications
{
    /// <summary>Id of the agent.</summary>
    public required string Agent { get; init; }
    public NotifyBy Assigned { get; init; }
    public NotifyBy AtRisk { get; init; }
    public NotifyBy Breached { get; init; }
    public NotifyBy Mention { get; init; }
    public NotifyBy Reminder { get; init; }

    /// <summary>Whether anything is to be told in that way.</summary>
    public bool Uses(NotifyBy way) => Assigned == way || AtRisk == way || Breached == way || Mention == way || Reminder == way;

    public NotifyBy Of(MailEvent what) =>
        what switch
        {
            MailEvent.Assigned => Assigned,
            MailEvent.AtRisk => AtRisk,
            MailEvent.Breached => Breached,
            MailEvent.Mention => Mention,
            MailEvent.Reminder => Reminder,
            _ => NotifyBy.Mail,
        };
}
