using System.Globalization;
using System.Text;
using System.Text.Json;
using Helpdesk.Directory;
using Helpdesk.Tickets;

namespace Helpdesk.Alerts;

/// <summary>What all episodes of a ticket are together.</summary>
/// <param name="Open">How many are open.</param>
/// <param name="Total">How many there are.</param>
/// <param name="Reports">How many reports said that those fire which are over.</param>
/// <param name="FirstAt">When the first one began.</param>
/// <param name="EndedAt">When the last one ended, of those that are over; null where none is.</param>
public sealed record TicketEpisodes(int Open, int Total, long Reports, DateTimeOffset FirstAt, DateTimeOffset? EndedAt = null)
{
    /// <summary>What is known before the first one.</summary>
    public static TicketEpisodes None { get; } = new(0, 0, 0, DateTimeOffset.MaxValue);

    public TicketEpisodes With(Episode episode) =>
        this with
        {
            Open = Open + 1,
            Total = Total + 1,
            FirstAt = episode.FirstAt < FirstAt ? episode.FirstAt : FirstAt,
        };

    public TicketEpisodes Without(Episode episode) =>
        this with
        {
            Open = Open - 1,
            Reports = Reports + episode.Count,
            FirstAt = episode.FirstAt < FirstAt ? episode.FirstAt : FirstAt,
            EndedAt = episode.End is { } end && !(EndedAt >= end.At) ? end.At : EndedAt,
        };
}

/// <summary>What episodes do to tickets.</summary>
/// <remarks>
/// A ticket that nobody has touched belongs to the desk: it resolves when all its episodes are over, and gets a higher priority when one becomes worse.
/// Touched is a ticket of which any event after the first was made by anybody but the desk itself: an agent, a requester, a program with a key. Such a ticket
/// is told by notes. A ticket that a person has resolved or closed is done with: what fires anew opens another one, and repeats of what still fires are
/// counted and change nothing.
/// </remarks>
public static class EpisodeTickets
{
    /// <summary>Episodes that join a ticket are told of one by one up to this number, then at each doubling.</summary>
    public const int ToldOneByOne = 5;

    private const int MostTags = 8;
    private const int TagLength = 50;

    /// <summary>Labels that become tags, in this order; others do not.</summary>
    private static readonly string[] TagLabels =
    [
        "service",
        "host",
        "instance",
        "cluster",
        "environment",
        "env",
        "team",
        "job",
        "namespace",
        "region",
        "monitor",
    ];

    /// <summary>Who asks for the tickets of a source: a program, to which nothing can be sent.</summary>
    public static Requester RequesterOf(AlertSource source) => new($"{source.Id}@alerts.invalid", source.Name);

    public static Actor ActorOf(AlertSource source) => new(ActorKind.Requester, $"{source.Id}@alerts.invalid", source.Name);

    /// <summary>The ticket of an episode.</summary>
    public static TicketDraft Draft(AlertSource source, EpisodeHistory history, Episode episode, Group? group) =>
        new()
        {
            Subject = episode.Subject,
            Description = DescriptionOf(source, history, episode),
            Requester = RequesterOf(source),
            Priority = episode.Priority ?? TicketPriority.Normal,
            Tags = TagsOf(episode.Labels),
            Group = group,
            CustomFields = FieldsOf(source, episode),
            Channel = IntakeChannel.Alert,
            Receipt = episode.Place?.Receipt,
            Automatic = true,
        };

    /// <summary>The ticket that the episodes of a storm share.</summary>
    /// <param name="before">Numbers of the tickets that were opened just before.</param>
    public static TicketDraft StormDraft(AlertSource source, Episode episode, Group? group, IReadOnlyList<long> before)
    {
        var rules = source.Rules ?? EpisodeRules.Standard;
        var tickets = string.Join(", ", before.Select(number => string.Create(CultureInfo.InvariantCulture, $"#{number}")));
        return new()
        {
            Subject = $"Alert storm of {source.Name}",
            Description =
                string.Create(CultureInfo.InvariantCulture, $"{source.Name} reported more than {rules.StormAbove} new alerts within a minute. ")
                + "From then on they share this ticket, which lists them as its episodes and resolves when all of them are over. "
                + $"The first one here is \"{episode.Subject}\"."
                + (tickets.Length > 0 ? $"\n\nOpened just before: {tickets}" : ""),
            Requester = RequesterOf(source),
            Priority = episode.Priority ?? TicketPriority.Normal,
            Tags = ["alert-storm"],
            Group = group,
            CustomFields = new Dictionary<string, JsonElement>(StringComparer.Ordinal) { ["alertSource"] = Text(source.Id) },
            Channel = IntakeChannel.Alert,
            Receipt = episode.Place?.Receipt,
            Automatic = true,
        };
    }

    /// <summary>Whether anybody but the desk itself has done something on a ticket; a merge is always somebody's.</summary>
    public static bool IsTouched(IEnumerable<TicketEvent> events) =>
        events.Any(happened =>
            happened.Seq > 1 && (happened.By.Kind != ActorKind.System || happened.Fact is MergeReceived or MergeReturned or TicketMerged or TicketUnmerged)
        );

    /// <summary>Whether the desk itself resolved a ticket that is resolved.</summary>
    public static bool IsResolvedByDesk(Ticket ticket, IEnumerable<TicketEvent> events) =>
        ticket.Status == TicketStatus.Resolved
        && events.LastOrDefault(happened => happened.Fact is StatusChanged { To: TicketStatus.Resolved }) is { By.Kind: ActorKind.System };

    /// <summary>Whether a ticket still takes episodes as they are.</summary>
    public static bool IsLive(Ticket ticket) => ticket.Status is not (TicketStatus.Resolved or TicketStatus.Closed);

    /// <summary>What another episode does to a ticket that it joins; null where the ticket is done with, and takes none.</summary>
    public static TicketChange? Join(
        Ticket ticket,
        IReadOnlyList<TicketEvent> events,
        AlertSource source,
        Episode episode,
        TicketEpisodes episodes,
        DateTimeOffset now
    )
    {
        var live = IsLive(ticket);
        if (!live && !IsResolvedByDesk(ticket, events))
            return null;
        var change = new TicketChange(ticket, []);
        if (!live)
            change = Then(change, it => TicketRules.Reopen(it, Actor.System, now));
        if (NoteOnJoining(source, episode, episodes) is { } words)
            change = Then(change, it => TicketRules.Comment(it, words, CommentVisibility.Internal, Actor.System, now));
        return Then(change, it => Raise(it, events, episode, now));
    }

    /// <summary>Gives a ticket that nobody has touched the priority of an episode, where that is higher.</summary>
    public static TicketChange Raise(Ticket ticket, IEnumerable<TicketEvent> events, Episode episode, DateTimeOffset now) =>
        episode.Priority is { } priority && priority > ticket.Priority && IsLive(ticket) && !IsTouched(events)
            ? TicketRules.Patch(ticket, new TicketPatch { Priority = priority }, Actor.System, now)
            : new(ticket, []);

    /// <summary>Tells a ticket that an episode flaps.</summary>
    public static TicketChange TellOfFlapping(Ticket ticket, AlertSource source, Episode episode, EpisodeRules rules, DateTimeOffset now) =>
        IsLive(ticket)
            ? TicketRules.Comment(
                ticket,
                $"\"{episode.Subject}\" of {source.Name} begins and ends too often (at least {rules.FlapChanges} times within {WordsOf(rules.FlapWithin)}): "
                    + $"this ticket stays open until that has been quiet for {WordsOf(rules.FlapWithin)}.",
                CommentVisibility.Internal,
                Actor.System,
                now
            )
            : new(ticket, []);

    /// <summary>What becomes of a ticket whose episodes are all over.</summary>
    public static TicketChange Over(
        Ticket ticket,
        IReadOnlyList<TicketEvent> events,
        AlertSource source,
        TicketEpisodes episodes,
        EpisodeRules rules,
        DateTimeOffset now
    )
    {
        if (ticket.Status == TicketStatus.Closed || IsResolvedByDesk(ticket, events))
            return new(ticket, []);
        var words = OverWords(source, episodes);
        return rules.AutoResolve && IsLive(ticket) && !IsTouched(events)
            ? TicketRules.Resolve(ticket, words, Actor.System, now)
            : TicketRules.Comment(ticket, words, CommentVisibility.Internal, Actor.System, now);
    }

    /// <summary>Opens a ticket again that was resolved while an episode joined it.</summary>
    public static TicketChange OpenAgain(Ticket ticket, IReadOnlyList<TicketEvent> events, DateTimeOffset now) =>
        IsResolvedByDesk(ticket, events) ? TicketRules.Reopen(ticket, Actor.System, now) : new(ticket, []);

    /// <summary>One change after another.</summary>
    private static TicketChange Then(TicketChange first, Func<Ticket, TicketChange> next)
    {
        var second = next(first.Ticket);
        return new(second.Ticket, [.. first.Events, .. second.Events], second.Comment ?? first.Comment);
    }

    private static string? NoteOnJoining(AlertSource source, Episode episode, TicketEpisodes episodes)
    {
        if (episodes.Total > ToldOneByOne && !int.IsPow2(episodes.Total))
            return null;
        var what = $"\"{episode.Subject}\" of {source.Name}, since {WordsOf(episode.FirstAt)}";
        return episode.Place?.How switch
        {
            EpisodeJoin.Refired => $"Fires again: {what}.",
            EpisodeJoin.Storm => string.Create(CultureInfo.InvariantCulture, $"{episodes.Total} alerts share this ticket by now; the latest is {what}."),
            EpisodeJoin.Correlated => $"Another alert with the same labels: {what}.",
            _ => null,
        };
    }

    private static string OverWords(AlertSource source, TicketEpisodes episodes)
    {
        var span = episodes.EndedAt is { } ended
            ? $"It began at {WordsOf(episodes.FirstAt)} and ended at {WordsOf(ended)}, after {WordsOf(ended - episodes.FirstAt)}"
            : $"It began at {WordsOf(episodes.FirstAt)}";
        var reports = episodes.Reports == 1 ? "once" : string.Create(CultureInfo.InvariantCulture, $"{episodes.Reports} times");
        return episodes.Total == 1
            ? $"{source.Name} reports that this is over. {span}, and was reported {reports}."
            : string.Create(CultureInfo.InvariantCulture, $"All {episodes.Total} alerts of this ticket are over. {span}, and was reported {reports}.");
    }

    private static string DescriptionOf(AlertSource source, EpisodeHistory history, Episode episode)
    {
        var text = new StringBuilder();
        if (episode.Description.Length > 0)
            text.Append(episode.Description).Append("\n\n");
        text.Append(CultureInfo.InvariantCulture, $"Reported by {source.Name}, firing since {WordsOf(episode.FirstAt)}.");
        if (episode.Place?.After is { } window)
            text.Append(CultureInfo.InvariantCulture, $" It began during the maintenance \"{window}\" and still fires.");
        if (episode.Severity is { } severity)
            text.Append(CultureInfo.InvariantCulture, $"\nSeverity: {severity}");
        text.Append(CultureInfo.InvariantCulture, $"\nKey: {PlainText.Head(history.Key, 300)}");
        foreach (var (name, value) in episode.Labels)
            text.Append(CultureInfo.InvariantCulture, $"\n{name}: {value}");
        foreach (var (name, link) in episode.Links)
            text.Append(CultureInfo.InvariantCulture, $"\n{name}: {link}");
        return PlainText.Of(text.ToString());
    }

    /// <summary>What groups tickets, of the labels: names without commas, in lower case, a bounded number.</summary>
    private static List<string> TagsOf(IReadOnlyDictionary<string, string> labels) =>
        [
            .. TagLabels
                .Select(name => labels.GetValueOrDefault(name))
                .OfType<string>()
                .Select(value => VisibleText.Of(value).Replace(',', ' ').Trim().ToLowerInvariant())
                .Where(tag => tag.Length is > 0 and <= TagLength)
                .Distinct(StringComparer.Ordinal)
                .Take(MostTags),
        ];

    private static Dictionary<string, JsonElement> FieldsOf(AlertSource source, Episode episode)
    {
        var fields = new Dictionary<string, JsonElement>(StringComparer.Ordinal) { ["alertSource"] = Text(source.Id) };
        if (episode.Severity is { } severity)
            fields["alertSeverity"] = Text(severity);
        if (episode.Links.TryGetValue("source", out var link) && link.Length <= 500)
            fields["alertLink"] = Text(link);
        return fields;
    }

    private static JsonElement Text(string text) => JsonElement.Parse($"\"{JsonEncodedText.Encode(text)}\"");

    private static string WordsOf(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);

    private static string WordsOf(TimeSpan length)
    {
        var (days, hours, minutes) = ((int)length.TotalDays, length.Hours, length.Minutes);
        string[] parts =
        [
            days > 0 ? $"{days} d" : "",
            hours > 0 ? $"{hours} h" : "",
            minutes > 0 ? $"{minutes} min" : "",
            length < TimeSpan.FromMinutes(1) ? $"{(int)Math.Max(0, length.TotalSeconds)} s" : "",
        ];
        return string.Join(' ', parts.Where(part => part.Length > 0));
    }
}
