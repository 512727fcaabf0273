using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Azure.Data.Tables;
using Helpdesk.Attachments;
using Helpdesk.Bot.Conversations;
using Helpdesk.Bot.Teams;
using Helpdesk.Contacts;
using Helpdesk.Functions.Agenda;
using Helpdesk.Functions.Alerts;
using Helpdesk.Functions.Attachments;
using Helpdesk.Functions.Automations;
using Helpdesk.Functions.Closing;
using Helpdesk.Functions.Configuration;
using Helpdesk.Functions.Console;
using Helpdesk.Functions.Contacts;
using Helpdesk.Functions.Conversations;
using Helpdesk.Functions.Deadlines;
using Helpdesk.Functions.Directory;
using Helpdesk.Functions.Email;
using Helpdesk.Functions.Events;
using Helpdesk.Functions.Forms;
using Helpdesk.Functions.Intake;
using Helpdesk.Functions.Knowledge;
using Helpdesk.Functions.Portal;
using Helpdesk.Functions.Reports;
using Helpdesk.Functions.Routing;
using Helpdesk.Functions.Satisfaction;
using Helpdesk.Functions.Settings;
using Helpdesk.Functions.SignIn;
using Helpdesk.Functions.Sla;
using Helpdesk.Functions.Teams;
using Helpdesk.Functions.Telephone;
using Helpdesk.Functions.Tickets;
using Helpdesk.Functions.Views;
using Helpdesk.Functions.WebChat;
using Helpdesk.Functions.Webhooks;
using Helpdesk.Knowledge;
using Helpdesk.Reports;
using Helpdesk.Tickets;

namespace Helpdesk.Functions.Tests.Golden;

/// <summary>A form in which something is stored: how the app reads it and writes it, in JSON that a file can hold.</summary>
internal sealed record StoredForm(string Name, Func<JsonNode> First, Func<JsonNode, JsonNode> Rewrite)
{
    /// <summary>Everything that is stored, by name.</summary>
    public static IReadOnlyDictionary<string, StoredForm> All { get; } = new[]
        {
            Row(
                "ticket-row",
                () => TicketRows.Write("main:24", Sample.Of<Ticket>(), withDescription: true),
                row => TicketRows.Write(row.PartitionKey, TicketRows.ReadTicket(row), true)
            ),
            Row(
                "ticket-erasing-row",
                () =>
                {
                    var row = new TableEntity("main:24", TicketRows.TicketKey("main:24"));
                    TicketRewriting.WritePeople(row, new Dictionary<string, PersonOnTicket> { ["contact"] = Sample.Of<PersonOnTicket>() });
                    return row;
                },
                row =>
                {
                    var again = new TableEntity(row.PartitionKey, row.RowKey);
                    TicketRewriting.WritePeople(again, TicketRewriting.ReadPeople(row));
                    return again;
                }
            ),
            Row(
                "alert-telling-row",
                () => AlertTellingStore.Row(Sample.Of<Helpdesk.Alerts.AlertTelling>()),
                row => AlertTellingStore.Row(AlertTellingStore.Read(row))
            ),
            Row(
                "event-row",
                () => TicketRows.Write("main:24", new(3, At, new(ActorKind.Agent, "ada", "Ada"), new TicketAcknowledged()), "change"),
                row => TicketRows.Write(row.PartitionKey, TicketRows.ReadEvent(row), row.GetString("Change"))
            ),
            Row(
                "comment-row",
                () => TicketRows.Write("main:24", Sample.Of<Comment>() with { Id = "42-3", By = ActorKind.Agent, Actor = new(ActorKind.Agent, "ada", "Ada") }),
                row => TicketRows.Write(row.PartitionKey, TicketRows.ReadComment(row))
            ),
            Row(
                "setting-change-row",
                () =>
                    new SettingChange(
                        "audit-2516066201518563388-a495t4x3",
                        At,
                        new(ActorKind.Agent, "ada", "Ada"),
                        "group",
                        "network",
                        new JsonObject { ["name"] = "Network" },
                        null
                    ).Row("main"),
                row => SettingChange.Read(row).Row(row.PartitionKey)
            ),
            Row("report-place-row", () => ReportRows.Place("main", new(3, 17, At, "cursor", 200)), row => ReportRows.Place("main", ReportRows.ReadPlace(row))),
            Row("usage-row", () => UsageLog.Row(Sample.Of<DeskUsage>() with { At = At }, "process"), row => UsageLog.Row(UsageLog.Read(row), "process")),
            Json("cost-prices", ReportJson.Default.CostPrices),
            Json("report-schedule", Helpdesk.Functions.ReportMails.ReportMailJson.Default.ReportSchedule),
            Row(
                "report-day-row",
                () => ReportRows.Day("main:202603", new(2026, 3, 10), 42, 7, [Sample.Of<Measure>()]),
                row => ReportRows.Day(row.PartitionKey, new(2026, 3, 10), 42, row.GetInt64("Version")!.Value, ReportRows.ReadDay(row))
            ),
            Row(
                "cursor-row",
                () => Without(new TicketCursor("main:24").After("Chat", 3).ToRow(), "Writer"),
                row => Without(new TicketCursor(row).ToRow(), "Writer")
            ),
            Row(
                "dead-letter-row",
                () => DeadLetterStore.Write("main", Sample.Of<DeadLetter>() with { Replayable = false }),
                row => DeadLetterStore.Write(row.PartitionKey, DeadLetterStore.Read(row))
            ),
            Row(
                "event-stream-head-row",
                () => EventStreamRows.Head("main:00000003", Sample.Of<StreamHead>()),
                row => EventStreamRows.Head(row.PartitionKey, EventStreamRows.ReadHead(row))
            ),
            Row(
                "event-stream-row",
                () => EventStreamRows.Events("main:00000003", 7, [Sample.Of<EventReference>(), Sample.Of<EventReference>() with { Seq = 4, Note = null }]),
                row => EventStreamRows.Events(row.PartitionKey, 7, [.. EventStreamRows.ReadEvents(row).Select(one => one.Event)])
            ),
            Row(
                "due-time-row",
                () => DueTimes.Row(Sample.Of<DueTime>(), DateTimeOffset.UnixEpoch),
                row => DueTimes.Row(DueTimes.Read(row), DateTimeOffset.UnixEpoch)
            ),
            Row(
                "receipt-row",
                () => ReceiptStore.Row(Sample.Of<Helpdesk.Intake.Receipt>() with { Id = "20260310-0-54000000abcdefghjkmnpqrs" }),
                row => ReceiptStore.Row(ReceiptStore.Read(row))
            ),
            Row("file-row", () => FileRows.Write(Sample.Of<StoredFile>()), row => FileRows.Write(FileRows.Read(row))),
            Json("file-scan-message", FileJson.Default.ScanMessage),
            Json("file-link-key", FileJson.Default.AttachmentLinkKey),
            Row(
                "mailbox-position-row",
                () => Without(ImapPositions.Row("main:support", Sample.Of<Helpdesk.Email.ImapPosition>(), default), "Recent"),
                row => Without(ImapPositions.Row(row.PartitionKey, ImapPositions.Read(row), default), "Recent")
            ),
            Row("outbox-row", () => Said(Sample.Of<ChatLine>()), row => Said(Outbox.Read(row))),
            Row("outbox-news-row", () => Said(Sample.Of<ChatLine>(), new(24, 3, "ada")), row => Said(Outbox.Read(row), Outbox.NewsOf(row))),
            Row(
                "call-row",
                () => CallStore.Row(Sample.Of<Helpdesk.Telephone.Call>() with { Id = "0123456789abcdef" }),
                row => CallStore.Row(CallStore.Read(row))
            ),
            Json("telephone-system", TelephoneJson.Default.TelephoneSystem),
            Json("issued-telephone-system-answer", TelephoneJson.Default.IssuedTelephoneSystem),
            Row(
                "episode-history-row",
                () => EpisodeStore.Row(new("main", "prometheus", "0123456789abcdef"), Sample.Of<Helpdesk.Alerts.EpisodeHistory>()),
                row => EpisodeStore.Row(new("main", "prometheus", "0123456789abcdef"), EpisodeStore.Read(row))
            ),
            Json("episode", EpisodeJson.Default.Episode),
            Json("episode-due", EpisodeDueJson.Default.EpisodeDue),
            Json("episode-group", EpisodeJson.Default.EpisodeGroup),
            Json("episode-storm", EpisodeJson.Default.EpisodeStorm),
            Json("maintenance-window", MaintenanceJson.Default.MaintenanceWindow),
            Json("taken-report", EpisodeJson.Default.TakenReport),
            Json("routing-agent", RoutingJson.Default.AgentState),
            Json("routing-turns", RoutingJson.Default.GroupTurns),
            Json("routing-choice", RoutingJson.Default.MadeChoice),
            Json("routing-waiting-ticket", RoutingJson.Default.WaitingTicket),
            Json("routing-wake", RoutingJson.Default.RoutingWake),
            Json("ticket-episodes", EpisodeJson.Default.TicketEpisodes),
            Row("contact-row", () => ContactRows.Row(Sample.Of<Contact>() with { Id = "0123456789abcdef" }), row => ContactRows.Row(ContactRows.Read(row))),
            Row("organisation-row", () => OrganisationStore.Row(Sample.Of<Organisation>()), row => OrganisationStore.Row(OrganisationStore.Read(row))),
            Row("erasure-row", () => ErasureStore.Row(Sample.Of<Erasure>()), row => ErasureStore.Row(ErasureStore.Read(row))),
            Json("contact-merge", ContactJson.Default.ContactMerge),
            Json("contact-message", ContactJson.Default.ContactMessage),
            Json("contact-setting", ContactJson.Default.ContactSetting),
            Json("erasure-message", ErasureJson.Default.ErasureMessage),
            Json("retention", RetentionJson.Default.RetentionSetting),
            Json("retention-progress", RetentionJson.Default.RetentionProgress),
            Json("retention-run", RetentionJson.Default.RetentionRun),
            Json("search-index", Helpdesk.Functions.Search.SearchJson.Default.SearchIndex),
            Json("search-message", Helpdesk.Functions.Search.SearchJson.Default.SearchMessage),
            Json("handover-message", HandoverJson.Default.HandoverMessage),
            Json("list-position", TicketJson.Stored.ListPosition),
            Json("ticket-message", TicketJson.Stored.TicketMessage),
            Json("intake-probe", ProbeJson.Default.IntakeProbe),
            Json("receipt", ReceiptJson.Default.Receipt),
            Json("receipt-message", ReceiptJson.Default.ReceiptMessage),
            Json("outbox-message", OutboxJson.Default.OutboxMessage),
            Json("watch-order", WatchJson.Default.WatchOrder),
            Json("conversation-state", ChatJson.Stored.ChatState),
            Json("conversation-line", ChatJson.Stored.ChatLine),
            Json("sign-in-order", PortalJson.Stored.SignInOrder),
            Json("portal-key", PortalJson.Stored.PortalKey),
            Json("portal-look", PortalJson.Stored.PortalLook),
            Row("sign-in-link-row", () => PortalStore.Row("main", Sample.Of<SignInLink>()), row => PortalStore.Row("main", PortalStore.Read(row))),
            Row(
                "requester-session-row",
                () => PortalStore.Row("main", Sample.Of<RequesterSession>(), "hash"),
                row => PortalStore.Row("main", PortalStore.ReadSession(row), row.GetString("Hash"))
            ),
            Row(
                "question-row",
                () => QuestionStore.Row("main", Sample.Of<Helpdesk.Portal.Question>()),
                row => QuestionStore.Row("main", QuestionStore.Read(row))
            ),
            Row(
                "disturbance-row",
                () => DisturbanceStore.Row("main", Sample.Of<Helpdesk.Portal.Disturbance>()),
                row => DisturbanceStore.Row("main", DisturbanceStore.Read(row))
            ),
            Json("person", PeopleJson.Default.ChannelPerson),
            Json("agent", DirectoryJson.Default.Agent),
            Json("group", DirectoryJson.Default.Group),
            Json("preferences", PreferencesJson.Default.Preferences),
            Json("session", SessionJson.Default.Session),
            Json("sign-in-identity", SignInIdentityJson.Default.SignInIdentity),
            Json("key", DirectoryJson.Default.AccessKey),
            Json("workspace", DirectoryJson.Default.Workspace),
            Json("opened-workspace-answer", DirectoryJson.Default.OpenedWorkspace),
            Json("issued-key-answer", DirectoryJson.Default.IssuedKey),
            Json("address-claim", EmailJson.Default.AddressClaim),
            Json("blocked-sender", EmailJson.Default.BlockedSender),
            Json("issued-mailbox-answer", EmailJson.Default.IssuedMailbox),
            Json("mailbox", EmailJson.Default.Mailbox),
            Json("alert-source", AlertSourceJson.Default.AlertSource),
            Json("issued-alert-source-answer", AlertSourceJson.Default.IssuedAlertSource),
            Json("calendar", SlaSettingsJson.Default.CalendarSetting),
            Json("policy", SlaSettingsJson.Default.PolicySetting),
            Json("satisfaction", SatisfactionJson.Default.SatisfactionSetting),
            Json("satisfaction-link-key", LinkKeyJson.Default.LinkKey),
            Row("rating-row", () => RatingStore.Row("main", Sample.Of<KeptRating>()), row => RatingStore.Row("main", RatingStore.Read(row))),
            Row("agenda-row", () => AgendaStore.Row("main", Sample.Of<AgendaEntry>()), row => AgendaStore.Row("main", AgendaStore.Read(row))),
            Json("closing", ClosingJson.Default.ClosingSetting),
            Json("search-synonyms", KnowledgeJson.Default.Synonyms),
            Json("chat", ChatSettingJson.Default.ChatSetting),
            Json("chat-signing-key", SigningKeyJson.Default.SigningKey),
            Json("agent-chat", AgentChatJson.Default.AgentChat),
            Json("group-link", GroupLinkJson.Default.GroupLink),
            Row(
                "mail-row",
                () => OutgoingMails.Row(Sample.Of<Helpdesk.Email.Mail>() with { Id = "20260310-0-54000000abcdefghjkmnpqrs" }),
                row => OutgoingMails.Row(OutgoingMails.Read(row))
            ),
            Json("mail-content", EmailJson.Default.MailContent),
            Json("mail-setting", EmailJson.Default.MailSetting),
            Json("mail-suppression", EmailJson.Default.MailSuppression),
            Json("mail-template", EmailJson.Default.MailTemplate),
            Json("agent-notifications", EmailJson.Default.AgentNotifications),
            Json("outgoing-mail", EmailJson.Default.OutgoingMail),
            Row(
                "webhook-delivery-row",
                () => WebhookDeliveries.Row(Sample.Of<Helpdesk.Webhooks.WebhookDelivery>() with { Id = "board.000000000000001abcdefghjkmnpqrs" }, "{}"),
                row => WebhookDeliveries.Row(WebhookDeliveries.Read(row), "{}")
            ),
            Row(
                "failing-webhook-row",
                () => WebhookHealth.Row("main", "board", Sample.Of<FailingWebhook>()),
                row => WebhookHealth.Row("main", row.RowKey, WebhookHealth.Read(row))
            ),
            Row(
                "article-row",
                () => ArticleStore.Row(Sample.Of<Article>(), "request"),
                row => ArticleStore.Row(ArticleStore.Read(row, KnowledgeJson.Stored.Article), row.GetString("Request"))
            ),
            Row(
                "article-public-row",
                () => ArticleStore.PublicRow(Sample.Of<Article>(), 7),
                row =>
                {
                    var read = ArticleStore.Read(row, KnowledgeJson.Stored.PublishedArticle);
                    var again = ArticleStore.Written(read.Workspace, $"public:{read.Id}", read, KnowledgeJson.Stored.PublishedArticle);
                    again["Shelf"] = row.GetInt64("Shelf");
                    return again;
                }
            ),
            Row("article-shelf-row", () => ArticleStore.HeadRow("main", new(7, 3)), row => ArticleStore.HeadRow("main", ArticleStore.ReadHead(row))),
            Json("article-category", KnowledgeJson.Stored.ArticleCategory),
            Json("article-change", KnowledgeJson.Stored.ArticleChange),
            Json("article-content", KnowledgeJson.Stored.ArticleContent),
            Json("article-vote", KnowledgeJson.Stored.ArticleVote),
            Json("article-votes", KnowledgeJson.Stored.ArticleVotes),
            Json("knowledge-settings", KnowledgeJson.Stored.KnowledgeSettings),
            Json("reading-day", KnowledgeJson.Stored.ReadingDay),
            Json("automation", AutomationJson.Default.Automation),
            Json("automation-plan", AutomationPlanJson.Default.AutomationPlan),
            Json("macro", AutomationJson.Default.Macro),
            Json("bulk-job", BulkJson.Default.BulkJob, () => Sample.Of<Helpdesk.Views.BulkJob>() with { View = SampleView() }),
            Json("bulk-results", BulkJson.Default.IReadOnlyListBulkResult),
            Json("bulk-message", BulkJson.Default.BulkMessage),
            Json("configuration-apply", ConfigurationJson.Default.ConfigurationApply),
            Json("configuration-journal", ConfigurationJson.Default.ApplyJournal),
            Json("configuration-message", ConfigurationJson.Default.ApplyMessage),
            Json("form", FormSettingsJson.Default.RequestForm, SampleForm),
            Json("view", ViewJson.Default.View, SampleView),
            Json("hidden-views", ViewJson.Default.HiddenViews),
            Json("webhook", WebhookJson.Default.Webhook),
            Json("webhook-lane", WebhookJson.Default.WebhookLane),
            Durable<WatchedTicket>("watched-ticket"),
            Durable<TicketAddress>("woken-ticket"),
        }.Concat(TicketFacts.Types.Select(fact => Json($"event-{fact.Key}", fact.Value))).ToDictionary(form => form.Name, StringComparer.Ordinal);

    private static DateTimeOffset At => new(2026, 3, 10, 9, 0, 0, TimeSpan.Zero);

    private static Helpdesk.Views.View SampleView() =>
        Sample.Of<Helpdesk.Views.View>() with
        {
            Condition = Helpdesk.Views.StarterViews.Find("my-tickets")!.Condition,
        };

    private static Helpdesk.Forms.RequestForm SampleForm()
    {
        var json = JsonElement.Parse("""{"field":"answers.floor","op":"is","value":"3"}""");
        var condition = Helpdesk.Conditions.Condition.Parse(json, Helpdesk.Conditions.ConditionScope.Forms).Condition;
        var form = Sample.Of<Helpdesk.Forms.RequestForm>();
        return form with
        {
            Fields =
            [
                .. form.Fields.Select(field =>
                    field with
                    {
                        VisibleWhen = condition,
                        RequiredWhen = condition,
                        Options = [.. field.Options.Select(option => option with { When = condition })],
                    }
                ),
            ],
        };
    }

    private static StoredForm Json(string name, JsonTypeInfo json, Func<object>? first = null) =>
        new(name, () => Node(first?.Invoke() ?? SampleOf(json.Type), json), stored => Node(JsonSerializer.Deserialize(stored.ToJsonString(), json)!, json));

    private static JsonNode Node(object value, JsonTypeInfo json) => JsonNode.Parse(JsonSerializer.Serialize(value, json))!;

    private static object SampleOf(Type type) => typeof(Sample).GetMethod(nameof(Sample.Of))!.MakeGenericMethod(type).Invoke(null, null)!;

    /// <summary>An input of an orchestration or activity, in the options of Durable's own converter.</summary>
    private static StoredForm Durable<T>(string name)
    {
        var converter = new Microsoft.DurableTask.Converters.JsonDataConverter();
        return new(
            name,
            () => JsonNode.Parse(converter.Serialize(Sample.Of<T>())!)!,
            stored => JsonNode.Parse(converter.Serialize(converter.Deserialize<T>(stored.ToJsonString()))!)!
        );
    }

    private static StoredForm Row(string name, Func<TableEntity> first, Func<TableEntity, TableEntity> rewrite) =>
        new(name, () => Columns(first()), stored => Columns(rewrite(Entity(stored))));

    private static TableEntity Without(TableEntity row, params ReadOnlySpan<string> columns)
    {
        foreach (var column in columns)
            row.Remove(column);
        return row;
    }

    /// <summary>What is to be said, without the process that has it in hand and the chance in its key.</summary>
    private static TableEntity Said(ChatLine line, AgentNews? news = null)
    {
        var row = Outbox.Row("main:msteams:19:abc", line, 1, DateTimeOffset.UnixEpoch, news);
        row.RowKey = row.RowKey[..row.RowKey.LastIndexOf('-')];
        return Without(row, "ClaimedBy");
    }

    /// <summary>The columns of a row; those that are no text say what they are.</summary>
    private static JsonObject Columns(TableEntity row)
    {
        var columns = new JsonObject();
        foreach (var (column, value) in row.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            columns[column] = value switch
            {
                string text => text,
                int number => new JsonObject { ["int32"] = number },
                long number => new JsonObject { ["int64"] = number.ToString(CultureInfo.InvariantCulture) },
                bool flag => flag,
                DateTimeOffset at => new JsonObject { ["instant"] = at.UtcDateTime.ToString("O", CultureInfo.InvariantCulture) },
                _ => throw new InvalidDataException($"{column} is a {value.GetType().Name}."),
            };
        }

        return columns;
    }

    private static TableEntity Entity(JsonNode stored)
    {
        var row = new TableEntity();
        foreach (var (column, value) in stored.AsObject())
        {
            row[column] = value switch
            {
                JsonObject { } typed when typed.ContainsKey("int32") => typed["int32"]!.GetValue<int>(),
                JsonObject { } typed when typed.ContainsKey("int64") => long.Parse(typed["int64"]!.GetValue<string>(), CultureInfo.InvariantCulture),
                JsonObject { } typed => DateTimeOffset.Parse(typed["instant"]!.GetValue<string>(), CultureInfo.InvariantCulture),
                JsonValue flag when flag.GetValueKind() is JsonValueKind.True or JsonValueKind.False => flag.GetValue<bool>(),
                _ => value!.GetValue<string>(),
            };
        }

        return row;
    }
}
