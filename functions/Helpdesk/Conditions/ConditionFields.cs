using Helpdesk.Agenda;
using Helpdesk.Alerts;
using Helpdesk.Approvals;
using Helpdesk.Contacts;
using Helpdesk.Directory;
using Helpdesk.Sla;
using Helpdesk.Tickets;

namespace Helpdesk.Conditions;

/// <summary>All fields that conditions can ask for.</summary>
internal static class ConditionFields
{
    private static readonly ConditionType Status = ConditionType.Choice<TicketStatus>();
    private static readonly ConditionType Priority = ConditionType.Choice<TicketPriority>(ordered: true);

    private static readonly ConditionType Approval = ConditionType.Choice([.. WireName<ApprovalState>.All, "none"]);

    /// <summary>Fields of a ticket that say what it is about and whose it is.</summary>
    public static IReadOnlyList<ConditionField> Ticket { get; } =
    [
        Field("number", ConditionType.Number, "The number of the ticket.", it => ConditionValue.Of(it.Ticket?.Number)),
        Field("subject", ConditionType.Text, "What it is about.", it => ConditionValue.Of(it.Ticket?.Subject ?? it.Report?.Subject)),
        Field(
            "description",
            ConditionType.Text,
            "The words that it was opened with.",
            it => ConditionValue.Of(it.Ticket?.Description ?? it.Report?.Description)
        ),
        Field("priority", Priority, "How soon it wants attention.", it => ConditionValue.Of(it.Ticket?.Priority ?? it.Report?.Priority)),
        Field("type", ConditionType.Id, "Its type.", it => ConditionValue.Of(it.Ticket?.Type)),
        Field("tier", ConditionType.Number, "Its support level, 1 to 3.", it => ConditionValue.Of(it.Ticket?.Tier)),
        Field("group", ConditionType.Id, "Id of its group.", it => ConditionValue.Of(it.Ticket?.Group), NamedKind.Group),
        Field("tags", ConditionType.Tags, "Its tags.", it => ConditionValue.Of(it.Ticket?.Tags)),
        Field("form", ConditionType.Id, "Id of the form that it was opened with.", it => ConditionValue.Of(it.Ticket?.Form?.Id)),
        Field("channel", ConditionType.Choice<IntakeChannel>(), "How it came in.", it => ConditionValue.Of(it.Ticket?.Channel)),
        Field("mailbox", ConditionType.Id, "Id of the mailbox that took it in.", it => ConditionValue.Of(it.Ticket?.Mailbox)),
        Field("receipt", ConditionType.Id, "Id of the receipt that it came from.", it => ConditionValue.Of(it.Ticket?.Receipt)),
        Field("automatic", ConditionType.Flag, "Whether a program wrote it.", it => Flag(it, ticket => ticket.Automatic == true)),
        Field("followUp", ConditionType.Flag, "Whether it takes up a closed ticket again.", it => Flag(it, ticket => ticket.FollowUpOf is not null)),
        Field("language", ConditionType.Text, "The language in which the requester asked, such as `de`.", it => ConditionValue.Of(it.Ticket?.Language)),
        Field("requester.email", ConditionType.Text, "The requester's e-mail address.", it => ConditionValue.Of(it.Ticket?.Requester.Email)),
        Field("requester.name", ConditionType.Text, "The requester's name.", it => ConditionValue.Of(it.Ticket?.Requester.Name)),
        Field("requester.domain", ConditionType.Domain, "The domain of the requester's address.", it => DomainOf(it.Ticket?.Requester.Email)),
        Field(
            "participants",
            ConditionType.Addresses,
            "Addresses of those who take part besides the requester.",
            it => ConditionValue.Of(it.Ticket?.Participants?.Select(one => one.Email))
        ),
        Family(
            "custom.",
            ConditionType.Custom,
            "A field of the desk's own.",
            (it, key) => it.Ticket is { } ticket && ticket.CustomFields.TryGetValue(key, out var value) ? ConditionValue.Of(value) : null
        ),
    ];

    /// <summary>Fields of a ticket that move while it is worked on.</summary>
    public static IReadOnlyList<ConditionField> Moving { get; } =
    [
        Field("status", Status, "Where it stands.", it => ConditionValue.Of(it.Ticket?.Status)),
        Field("assignee", ConditionType.Id, "Id of the agent who works on it.", it => ConditionValue.Of(it.Ticket?.Assignee), NamedKind.Agent),
        Field("merged", ConditionType.Flag, "Whether it was merged into another ticket.", it => Flag(it, ticket => ticket.MergedInto is not null)),
        Field("resolution", ConditionType.Text, "What solved it.", it => ConditionValue.Of(it.Ticket?.Resolution)),
        Field(
            "satisfaction",
            ConditionType.Number,
            "How the requester rated its last resolution, 1 to 5.",
            it => ConditionValue.Of(it.Ticket?.Satisfaction?.Rating)
        ),
        Field(
            "approval",
            Approval,
            "What has become of what others were asked to approve: pending as long as anything is, else as the last of it ended.",
            it => it.Ticket is { } ticket ? new TextValue(ApprovalRules.StateOf(ticket) is { } state ? WireName<ApprovalState>.Of(state) : "none") : null
        ),
        Field(
            "tasks.open",
            ConditionType.Number,
            "How many of its tasks are not done.",
            it => ConditionValue.Of(it.Ticket is { } ticket ? AgendaRules.Open(ticket).Count() : null)
        ),
        Hours(
            "tasks.dueIn",
            "Hours until the next task is due that is not done; negative after it.",
            it => it.Ticket is { } ticket ? AgendaRules.Open(ticket).Min(task => task.DueAt) : null,
            until: true
        ),
        At("followUpAt", "When it comes back to somebody.", ticket => ticket.FollowUp?.At),
        At("createdAt", "When it was opened.", ticket => ticket.CreatedAt),
        At("updatedAt", "When it was changed last.", ticket => ticket.UpdatedAt),
        At("resolvedAt", "When it was resolved.", ticket => ticket.ResolvedAt),
        At("closedAt", "When it was closed.", ticket => ticket.ClosedAt),
        Since("created", "it was opened", it => it.Ticket?.CreatedAt),
        Since("updated", "it was changed last", it => it.Ticket?.UpdatedAt),
        Since("resolved", "it was resolved", it => it.Ticket?.ResolvedAt),
        Since("closed", "it was closed", it => it.Ticket?.ClosedAt),
        Since("pending", "it has been waiting for the requester", it => it.Ticket?.PendingSince),
        Since("requesterReply", "the requester said something in public last; the opening counts", it => it.Replies?.Requester),
        Since("agentReply", "an agent said something in public last", it => it.Replies?.Agent),
    ];

    /// <summary>What is known of the requester as a contact.</summary>
    public static IReadOnlyList<ConditionField> Requester { get; } =
    [
        Field(
            "requester.organisation",
            ConditionType.Id,
            "Id of the requester's organisation.",
            it => ConditionValue.Of(it.Organisation?.Id ?? it.Contact?.Organisation)
        ),
        Field("requester.language", ConditionType.Text, "The requester's language, such as `de`.", it => ConditionValue.Of(it.Contact?.Language)),
        Field(
            "requester.vip",
            ConditionType.Flag,
            "Whether the requester or their organisation is a VIP.",
            it => it.Contact is null && it.Organisation is null ? null : new FlagValue(it.Contact?.Vip == true || it.Organisation?.Vip == true)
        ),
    ];

    /// <summary>How a ticket's promises stand.</summary>
    public static IReadOnlyList<ConditionField> Clocks { get; } =
    [
        Field("sla.policy", ConditionType.Id, "Id of the policy that it was given.", it => ConditionValue.Of(it.Ticket?.Pin?.Policy), NamedKind.Policy),
        Field(
            "sla.state",
            ConditionType.Choice<SlaHealth>(ordered: true),
            "How it does on all its promises.",
            it => it.Ticket?.Pin is null ? null : ConditionValue.Of(HealthOf(it))
        ),
        Field("sla.breached", ConditionType.Flag, "Whether a promise is broken and still open.", it => Flag(it, _ => HealthOf(it) == SlaHealth.Breached)),
        Hours("sla.dueIn", "Hours until the next promise is due; negative after it.", it => it.Ticket?.Sla?.DueAt, until: true),
        .. Enum.GetValues<SlaMetric>()
            .SelectMany(metric =>
                (ConditionField[])
                    [
                        Field(
                            $"sla.{WireName<SlaMetric>.Of(metric)}.state",
                            ConditionType.Choice<SlaState>(),
                            $"What has become of the newest {WireName<SlaMetric>.Of(metric)} promise.",
                            it => ConditionValue.Of(TargetOf(it, metric)?.State)
                        ),
                        Hours(
                            $"sla.{WireName<SlaMetric>.Of(metric)}.dueIn",
                            $"Hours until the {WireName<SlaMetric>.Of(metric)} promise is due, while it is open; negative after it.",
                            it => TargetOf(it, metric) is { StoppedAt: null } target ? target.DueAt : null,
                            until: true
                        ),
                    ]
            ),
    ];

    /// <summary>What has happened to a ticket.</summary>
    public static IReadOnlyList<ConditionField> Event { get; } =
    [
        Field(
            "event",
            ConditionType.Choice(TicketFactNames.All),
            "What happened.",
            it => it.Event is { } happened ? ConditionValue.Of(TicketFactNames.Of(happened.Fact)) : null
        ),
        Field("by", ConditionType.Choice<ActorKind>(), "What kind of actor did it.", it => ConditionValue.Of(it.Event?.By.Kind)),
        Field(
            "comment.visibility",
            ConditionType.Choice<CommentVisibility>(),
            "Who may read the comment that was added, edited or deleted.",
            it =>
                it.Event?.Fact switch
                {
                    CommentAdded comment => ConditionValue.Of<CommentVisibility>(comment.Visibility),
                    CommentEdited comment => ConditionValue.Of<CommentVisibility>(comment.Visibility),
                    CommentDeleted comment => ConditionValue.Of<CommentVisibility>(comment.Visibility),
                    _ => null,
                }
        ),
        .. Changes.SelectMany(change =>
            (ConditionField[])
                [
                    Field(
                        $"changed.{change.Name}",
                        ConditionType.Flag,
                        $"Whether this event changed the {change.Called}.",
                        it => it.Event is null ? null : new FlagValue(change.Of(it.Event.Fact) is not null)
                    ),
                    Field(
                        $"was.{change.Name}",
                        change.Type,
                        $"The {change.Called} before, where this event changed it.",
                        it => it.Event is null ? null : change.Of(it.Event.Fact)?.Was,
                        change.Names
                    ),
                    Field(
                        $"became.{change.Name}",
                        change.Type,
                        $"The {change.Called} after, where this event changed it.",
                        it => it.Event is null ? null : change.Of(it.Event.Fact)?.Became,
                        change.Names
                    ),
                ]
        ),
        Family(
            "changed.custom.",
            ConditionType.Flag,
            "Whether this event changed a field of the desk's own.",
            (it, key) => it.Event is null ? null : new FlagValue(it.Event.Fact is CustomFieldsChanged changed && changed.Changes.ContainsKey(key))
        ),
    ];

    /// <summary>What a monitoring tool reports.</summary>
    public static IReadOnlyList<ConditionField> Alert { get; } =
    [
        Field("source", ConditionType.Id, "Id of the alert source.", it => ConditionValue.Of(it.Source)),
        Field("state", ConditionType.Choice<AlertState>(), "What is reported.", it => ConditionValue.Of(it.Report?.State)),
        Field("key", ConditionType.Text, "What tells the disturbance apart from others of its source.", it => ConditionValue.Of(it.Report?.Key)),
        .. Ticket.Where(field => field.Name is "subject" or "description" or "priority"),
        Field("severity", ConditionType.Text, "How bad it is, in the tool's words.", it => ConditionValue.Of(it.Report?.Severity)),
        Family(
            "label.",
            ConditionType.Text,
            "A label of the report.",
            (it, key) => it.Report is { } report && report.Labels.TryGetValue(key, out var value) ? ConditionValue.Of(value) : null
        ),
    ];

    /// <summary>What was answered on a form.</summary>
    public static IReadOnlyList<ConditionField> Form { get; } =
    [
        Family(
            "answers.",
            ConditionType.Custom,
            "What was answered to a field of the form; nothing for one that is not asked.",
            (it, key) => it.Answers?.GetValueOrDefault(key)
        ),
    ];

    /// <summary>A field that events change: what it is called, its type, and its values before and after an event; null for one that did not change
    /// it.</summary>
    private sealed record Change(string Name, string Called, ConditionType Type, Func<TicketFact, (ConditionValue? Was, ConditionValue? Became)?> Of)
    {
        public NamedKind? Names { get; init; }
    }

    private static IEnumerable<Change> Changes =>
        [
            new(
                "status",
                "status",
                Status,
                fact =>
                    fact switch
                    {
                        StatusChanged changed => (Name(changed.From), Name(changed.To)),
                        TicketReopened reopened => (Name(reopened.From), Name(reopened.To)),
                        TicketMerged merged => (Name(merged.From), Name(TicketStatus.Closed)),
                        TicketUnmerged unmerged => (Name(TicketStatus.Closed), Name(unmerged.To)),
                        _ => null,
                    }
            ),
            new("priority", "priority", Priority, fact => fact is PriorityChanged changed ? (Name(changed.From), Name(changed.To)) : null),
            new("type", "type", ConditionType.Id, fact => fact is TypeChanged changed ? (Text(changed.From), Text(changed.To)) : null),
            new(
                "tier",
                "tier",
                ConditionType.Number,
                fact => fact is TierChanged changed ? (new NumberValue(changed.From), new NumberValue(changed.To)) : null
            ),
            new("group", "group", ConditionType.Id, fact => fact is GroupChanged changed ? (Text(changed.From), Text(changed.To)) : null)
            {
                Names = NamedKind.Group,
            },
            new("assignee", "assignee", ConditionType.Id, fact => fact is AssigneeChanged changed ? (Text(changed.From), Text(changed.To)) : null)
            {
                Names = NamedKind.Agent,
            },
            new("subject", "subject", ConditionType.Text, fact => fact is SubjectChanged changed ? (Text(changed.From), Text(changed.To)) : null),
            new("description", "description", ConditionType.Text, fact => fact is DescriptionChanged changed ? (Text(changed.From), Text(changed.To)) : null),
            new(
                "tags",
                "tags",
                ConditionType.Tags,
                fact => fact is TagsChanged changed ? (ConditionValue.Of(changed.From), ConditionValue.Of(changed.To)) : null
            ),
            new(
                "requester",
                "requester's address or name",
                ConditionType.Text,
                fact => fact is RequesterChanged changed ? (Text(changed.From.Email), Text(changed.To.Email)) : null
            ),
            new(
                "participants",
                "participants",
                ConditionType.Addresses,
                fact =>
                    fact is ParticipantsChanged changed
                        ? (ConditionValue.Of(changed.From.Select(one => one.Email)), ConditionValue.Of(changed.To.Select(one => one.Email)))
                        : null
            ),
        ];

    private static ConditionField Field(
        string name,
        ConditionType type,
        string meaning,
        Func<ConditionSubject, ConditionValue?> get,
        NamedKind? names = null
    ) =>
        new()
        {
            Name = name,
            Type = type,
            Meaning = meaning,
            Get = (subject, _, _) => get(subject),
            Names = names,
        };

    private static ConditionField Family(string name, ConditionType type, string meaning, Func<ConditionSubject, string, ConditionValue?> get) =>
        new()
        {
            Name = name,
            Type = type,
            Meaning = meaning,
            Get = (subject, key, _) => get(subject, key),
            IsFamily = true,
        };

    private static ConditionField At(string name, string meaning, Func<Ticket, DateTimeOffset?> get) =>
        Field(name, ConditionType.Instant, meaning, it => it.Ticket is { } ticket ? ConditionValue.Of(get(ticket)) : null);

    private static ConditionField Since(string name, string what, Func<ConditionSubject, DateTimeOffset?> get) =>
        Hours($"hoursSince.{name}", $"Hours since {what}.", get, until: false);

    private static ConditionField Hours(string name, string meaning, Func<ConditionSubject, DateTimeOffset?> get, bool until) =>
        new()
        {
            Name = name,
            Type = ConditionType.Hours,
            Meaning = meaning,
            Get = (subject, _, calendar) => HoursOf(subject, get(subject), calendar, until),
        };

    /// <summary>Hours from an instant until now, or from now until it: then negative when it is over.</summary>
    private static NumberValue? HoursOf(ConditionSubject subject, DateTimeOffset? at, string? calendar, bool until)
    {
        if (at is not { } instant)
            return null;
        var isOver = instant <= subject.Now;
        // Clocks of two machines may disagree: what has happened is not ahead.
        if (!isOver && !until)
            return new(0);
        var (from, to) = isOver ? (instant, subject.Now) : (subject.Now, instant);
        TimeSpan length;
        if (calendar is null)
            length = to - from;
        else if (ConditionScope.CalendarOf(subject, calendar) is { } hours)
            length = hours.Count(from, to);
        else
            return null;
        var count = (decimal)length.Ticks / TimeSpan.TicksPerHour;
        return new(until && isOver ? -count : count);
    }

    private static FlagValue? Flag(ConditionSubject subject, Func<Ticket, bool> get) => subject.Ticket is { } ticket ? new(get(ticket)) : null;

    private static ConditionValue? DomainOf(string? address) => address is null ? null : new TextValue(address[(address.LastIndexOf('@') + 1)..]);

    /// <summary>The newest promise of a metric.</summary>
    private static SlaTargetState? TargetOf(ConditionSubject subject, SlaMetric metric) =>
        subject.Clocks?.Targets.Where(target => target.Metric == metric).MaxBy(target => target.Cycle);

    /// <summary>By the clocks where they are known: what is kept with the ticket is as old as its last change.</summary>
    private static SlaHealth? HealthOf(ConditionSubject subject) =>
        subject.Clocks is { } clocks && clocks.Targets.Any(target => target.State == SlaState.Breached && target.StoppedAt is null)
            ? SlaHealth.Breached
            : subject.Ticket?.Sla?.Health;

    private static TextValue Name<T>(T choice)
        where T : struct, Enum => new(WireName<T>.Of(choice));

    private static ConditionValue? Text(string? text) => ConditionValue.Of(text);
}
