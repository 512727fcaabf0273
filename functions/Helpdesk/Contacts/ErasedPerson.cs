using System.Text.Json;
using System.Text.Json.Serialization;
using Helpdesk.Approvals;
using Helpdesk.Tickets;

namespace Helpdesk.Contacts;

/// <summary>What erasing a person means.</summary>
[JsonConverter(typeof(WireNameConverter<ErasureMode>))]
public enum ErasureMode
{
    /// <summary>Nothing is sent to them and nothing is collected of them any more; what there is stays.</summary>
    Cancelled,

    /// <summary>Names, addresses and their own words go; a name that stands for nobody keeps their tickets countable.</summary>
    Anonymised,

    /// <summary>Everything of theirs goes; what is left of their tickets are facts and counts that belong to nobody.</summary>
    Deleted,
}

/// <summary>Somebody who is to be erased, and what is put in their place.</summary>
/// <remarks>
/// Their own words become <see cref="Gone"/>. In what others have written on their tickets every name, address and number of theirs is replaced, the
/// single parts of names as whole words; elsewhere addresses, numbers and names of several words. Doing it again changes nothing.
/// </remarks>
public sealed record ErasedPerson(IReadOnlyList<string> Emails, IReadOnlyList<string> Phones, IReadOnlyList<string> Names, string Pseudonym, ErasureMode Mode)
{
    /// <summary>Stands where words of theirs were.</summary>
    public const string Gone = "[erased]";

    /// <summary>The domain of the addresses that stand for nobody; no mail can ever get there.</summary>
    public const string Domain = "erased.invalid";

    /// <summary>Whether an address stands for somebody who was erased.</summary>
    public static bool IsPseudonym(string email)
    {
        ArgumentNullException.ThrowIfNull(email);
        return email.EndsWith($"@{Domain}", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>The person with the names as well that they have on a ticket.</summary>
    public ErasedPerson KnownAs(IEnumerable<string?> names) =>
        this with
        {
            Names = [.. Names.Concat(names.OfType<string>()).Where(name => name.Trim().Length > 1 && name != Gone).Distinct(StringComparer.OrdinalIgnoreCase)],
        };

    public bool Is(string? email) => email is not null && Emails.Contains(email, StringComparer.OrdinalIgnoreCase);

    public bool Is(Actor? actor) => actor is { Kind: ActorKind.Requester } && Is(actor.Id);

    /// <summary>Texts by which whatever tells of them is found: addresses, numbers, names of several words.</summary>
    public IReadOnlyList<string> Needles() => [.. Emails, .. Phones, .. Names.Where(IsWhole)];

    /// <summary>Whether a text tells of them.</summary>
    public bool IsIn(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Needles()
            .Any(needle => text.Contains(needle, StringComparison.OrdinalIgnoreCase) || text.Contains(Escaped(needle), StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>A text of somebody else without anything that tells of them.</summary>
    /// <param name="own">Whether it stands on a ticket of theirs.</param>
    public string Text(string text, bool own)
    {
        ArgumentNullException.ThrowIfNull(text);
        foreach (var email in Emails.OrderByDescending(one => one.Length))
            text = Replace(text, email, Pseudonym, words: false);
        foreach (var phone in Phones)
            text = Replace(text, phone, Gone, words: false);
        foreach (var name in Names.Where(name => own || IsWhole(name)).OrderByDescending(one => one.Length))
            text = Replace(text, name, Gone, words: true);
        if (!own)
            return text;
        foreach (var part in Names.SelectMany(Folding.Words).Where(part => part.Length > 2).Distinct(StringComparer.OrdinalIgnoreCase))
            text = Replace(text, part, Gone, words: true);
        return text;
    }

    /// <summary>Whether somebody else than the requester may be read from a ticket: then it is theirs.</summary>
    public bool Asked(Ticket ticket, IEnumerable<TicketEvent> events)
    {
        ArgumentNullException.ThrowIfNull(ticket);
        return Is(ticket.Requester.Email)
            || events.Any(happened =>
                happened.Fact is TicketOpened opened && Is(opened.Requester.Email)
                || happened.Fact is RequesterChanged changed && (Is(changed.From.Email) || Is(changed.To.Email))
            );
    }

    /// <summary>A ticket without them.</summary>
    /// <param name="asked">Whether they asked for it: then what it says is in their words.</param>
    public Ticket Of(Ticket ticket, bool asked, bool own)
    {
        ArgumentNullException.ThrowIfNull(ticket);
        return ticket with
        {
            Subject = asked ? Gone : Text(ticket.Subject, own),
            Description = asked ? Gone : Text(ticket.Description, own),
            Requester = Of(ticket.Requester),
            Conversation = asked ? null : ticket.Conversation,
            Participants = Of(ticket.Participants),
            Type = Some(ticket.Type, own),
            Tags = Of(ticket.Tags, own),
            CustomFields = Of(ticket.CustomFields, asked, own, ticket.Form?.Words),
            Attachments = asked ? Files(ticket.Attachments) : Named(ticket.Attachments, own),
            Resolution = Some(ticket.Resolution, own),
            // What they were asked they have answered in their own words.
            Satisfaction = ticket.Satisfaction is { Comment: { } words } rated ? rated with { Comment = Said(words, asked, own) } : ticket.Satisfaction,
            FollowUp = ticket.FollowUp is { } back ? back with { Note = Some(back.Note, own) } : null,
            Tasks = ticket.Tasks?.Select(task => task with { Title = Text(task.Title, own) }).ToList(),
            Approvals = ticket
                .Approvals?.Select(approval =>
                    approval with
                    {
                        Question = Said(approval.Question, asked, own),
                        Approvers = Of(approval.Approvers, own),
                        By = approval.By is { } by ? Of(by, own) : null,
                    }
                )
                .ToList(),
        };
    }

    /// <summary>An event without them.</summary>
    /// <param name="words">Names of the ticket's own fields that are answers in words; null for none.</param>
    public TicketEvent Of(TicketEvent happened, bool asked, bool own, IReadOnlyList<string>? words = null)
    {
        ArgumentNullException.ThrowIfNull(happened);
        var theirs = Is(happened.By);
        return happened with
        {
            By = Of(happened.By, own),
            Fact = happened.Fact switch
            {
                TicketOpened it => it with
                {
                    Subject = asked ? Gone : Text(it.Subject, own),
                    Requester = Of(it.Requester),
                    Type = Some(it.Type, own),
                    Tags = Of(it.Tags, own),
                    CustomFields = Of(it.CustomFields, asked, own, it.Form?.Words),
                    Conversation = asked ? null : it.Conversation,
                    Attachments = asked ? Files(it.Attachments) : Named(it.Attachments, own),
                    Participants = Of(it.Participants),
                },
                // What is noted of a call with them is what they said, whoever noted it.
                CommentEdited it => it with
                {
                    From = Said(it.From, theirs || (own && it.Spoken == true), own),
                    To = Said(it.To, theirs || (own && it.Spoken == true), own),
                },
                CommentDeleted it => it with
                {
                    Words = Said(it.Words, theirs, own),
                    Attachments = theirs ? Files(it.Attachments) : Named(it.Attachments, own),
                },
                StatusChanged it => it with { Resolution = Some(it.Resolution, own) },
                SubjectChanged it => it with { From = Said(it.From, asked, own), To = Said(it.To, asked, own) },
                TypeChanged it => it with { From = Some(it.From, own), To = Some(it.To, own) },
                TierChanged it => it with { Reason = Some(it.Reason, own) },
                AutomationRan it => it with { Name = Text(it.Name, own), Did = Of(it.Did, own) },
                MacroApplied it => it with { Name = Text(it.Name, own), Did = Of(it.Did, own) },
                TimeLogged it => it with { Note = Some(it.Note, own) },
                SatisfactionRated it => it with { Comment = it.Comment is null ? null : Said(it.Comment, theirs, own) },
                FollowUpSet it => it with { Note = Some(it.Note, own) },
                FollowUpDue it => it with { Note = Some(it.Note, own) },
                TaskAdded it => it with { Title = Text(it.Title, own) },
                TaskChanged it => it with { Title = Text(it.Title, own) },
                TaskRemoved it => it with { Title = Text(it.Title, own) },
                TaskDue it => it with { Title = Text(it.Title, own) },
                ApprovalAsked it => it with { Question = Said(it.Question, asked, own), Approvers = Of(it.Approvers, own) },
                ApprovalDecided it => it with { Comment = it.Comment is null ? null : Said(it.Comment, theirs, own) },
                ApprovalEnded it => it with { Question = Said(it.Question, asked, own) },
                TagsChanged it => it with { From = Of(it.From, own), To = Of(it.To, own) },
                CustomFieldsChanged it => it with { Changes = Of(it.Changes, asked, own, words) },
                MergeReceived it => it with { Participants = Of(it.Participants) },
                RequesterChanged it => it with { From = Of(it.From), To = Of(it.To) },
                DescriptionChanged it => it with { From = Said(it.From, asked, own), To = Said(it.To, asked, own) },
                ParticipantsChanged it => it with { From = Of(it.From) ?? [], To = Of(it.To) ?? [] },
                var fact => fact,
            },
        };
    }

    /// <summary>A comment without them.</summary>
    public Comment Of(Comment comment, bool own)
    {
        ArgumentNullException.ThrowIfNull(comment);
        var theirs = Is(comment.Actor);
        return comment with
        {
            Body = Said(comment.Body, theirs || (own && comment.Source?.Channel == IntakeChannel.Phone), own),
            Actor = comment.Actor is { } actor ? Of(actor, own) : null,
            Attachments = theirs ? Files(comment.Attachments) : Named(comment.Attachments, own),
        };
    }

    private Actor Of(Actor actor, bool own) =>
        Is(actor) ? actor with { Id = Pseudonym, Name = actor.Name is null ? null : Gone }
        // A rule may be called after somebody.
        : actor is { Kind: ActorKind.System, Name: { } name } ? actor with { Name = Text(name, own) }
        : actor;

    private List<Automations.ActionOutcome> Of(IReadOnlyList<Automations.ActionOutcome> did, bool own) =>
        [.. did.Select(outcome => outcome with { Why = Some(outcome.Why, own) })];

    private Requester Of(Requester requester) => Is(requester.Email) ? new(Pseudonym, requester.Name is null ? null : Gone) : requester;

    private List<Participant>? Of(IReadOnlyList<Participant>? participants) =>
        participants?.Select(one => Is(one.Email) ? one with { Email = Pseudonym, Name = one.Name is null ? null : Gone, Conversation = null } : one).ToList();

    private List<Approver> Of(IReadOnlyList<Approver> approvers, bool own) =>
        [
            .. approvers.Select(one =>
                Is(one.Email)
                    ? one with
                    {
                        Email = Pseudonym,
                        Name = one.Name is null ? null : Gone,
                        Comment = one.Comment is null ? null : Gone,
                    }
                    : one with
                    {
                        Comment = Some(one.Comment, own),
                    }
            ),
        ];

    private List<string> Of(IReadOnlyList<string> tags, bool own) => [.. tags.Select(tag => Text(tag, own))];

    private Dictionary<string, JsonElement> Of(IReadOnlyDictionary<string, JsonElement> fields, bool asked, bool own, IReadOnlyList<string>? words) =>
        fields.ToDictionary(
            field => Text(field.Key, own),
            field =>
                field.Value.ValueKind != JsonValueKind.String ? field.Value
                : asked && (Mode == ErasureMode.Deleted || words?.Contains(field.Key, StringComparer.Ordinal) == true) ? Element(Gone)
                : Element(Text(field.Value.GetString()!, own)),
            StringComparer.Ordinal
        );

    /// <summary>Files of theirs: the fact that there was one stays where they are anonymised.</summary>
    private List<TicketAttachment>? Files(IReadOnlyList<TicketAttachment>? files) =>
        Mode == ErasureMode.Deleted ? null : files?.Select(file => file with { Name = Gone, ContentId = null }).ToList();

    private List<TicketAttachment>? Named(IReadOnlyList<TicketAttachment>? files, bool own) =>
        files?.Select(file => file with { Name = Text(file.Name, own) }).ToList();

    private string Said(string words, bool theirs, bool own) =>
        words.Length == 0 ? words
        : theirs ? Gone
        : Text(words, own);

    private string? Some(string? text, bool own) => text is null ? null : Text(text, own);

    private static bool IsWhole(string name) => name.Trim().Contains(' ', StringComparison.Ordinal);

    private static JsonElement Element(string text) => JsonElement.Parse($"\"{JsonEncodedText.Encode(text)}\"");

    /// <summary>A text as it stands in JSON.</summary>
    private static string Escaped(string text) =>
        JsonEncodedText.Encode(text, System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping).ToString();

    private static string Replace(string text, string part, string by, bool words)
    {
        if (part.Length == 0)
            return text;
        var from = 0;
        while (from <= text.Length - part.Length && text.IndexOf(part, from, StringComparison.OrdinalIgnoreCase) is >= 0 and var at)
        {
            var end = at + part.Length;
            if (words && ((at > 0 && char.IsLetterOrDigit(text[at - 1])) || (end < text.Length && char.IsLetterOrDigit(text[end]))))
            {
                from = at + 1;
                continue;
            }

            text = text[..at] + by + text[end..];
            from = at + by.Length;
        }

        return text;
    }
}
