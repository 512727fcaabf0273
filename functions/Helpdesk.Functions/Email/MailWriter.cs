using System.Globalization;
using Helpdesk.Approvals;
using Helpdesk.Bot.AzureBotService;
using Helpdesk.Bot.Conversations;
using Helpdesk.Email;
using Helpdesk.Functions.Approvals;
using Helpdesk.Functions.Attachments;
using Helpdesk.Functions.Contacts;
using Helpdesk.Functions.Directory;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Intake;
using Helpdesk.Functions.Satisfaction;
using Helpdesk.Functions.Tickets;

namespace Helpdesk.Functions.Email;

/// <summary>Writes a mail: its words, and the headers by which it stands in the thread of the person it goes to.</summary>
public sealed partial class MailWriter(
    TicketStore tickets,
    DirectoryStore directory,
    ContactStore contacts,
    MailSettings settings,
    MailTemplates templates,
    MailThreads threads,
    ReplyTokens tokens,
    ReceiptLinks links,
    AttachmentStore attachments,
    AttachmentLinks fileLinks,
    DeskIdentity identity,
    SatisfactionLinks questions,
    ApprovalLinks approvals,
    BotOptions pages,
    PublicAddress site,
    MailOptions options,
    TimeProvider time,
    ILogger<MailWriter> logger
)
{
    /// <summary>Mails of a ticket that are looked at for the thread of one person.</summary>
    private const int ThreadLimit = 50;

    /// <summary>Ids that <c>References</c> names at the most: the first, and the last ones.</summary>
    private const int ReferencesLimit = 12;

    /// <summary>What a mail says; null when what it is about is gone.</summary>
    public async Task<MailContent?> WriteAsync(Mail mail, CancellationToken cancellationToken)
    {
        var address = new TicketAddress(mail.Workspace, mail.Number, mail.Ticket);
        if (await tickets.FindAsync(address, cancellationToken) is not { } ticket)
            return null;
        var comment = mail.Comment is null ? null : await tickets.FindCommentAsync(address, mail.Comment, mail.At, cancellationToken);
        if (mail.Comment is not null && (comment is null || comment.DeletedAt is not null))
            return null;
        var asked = mail.Event == MailEvent.Approval ? await AskedAsync(mail, ticket, cancellationToken) : null;
        // Nobody is asked what is decided, or what somebody else is asked by now.
        if (mail.Event == MailEvent.Approval && asked is null)
            return null;
        var set = await settings.OfAsync(mail.Workspace, cancellationToken);
        var mailbox = MailboxOf(ticket, set);
        var language = await LanguageAsync(mail, ticket, mailbox, set.Setting, cancellationToken);
        var facts = await FactsAsync(mail, ticket, comment, mailbox, set.Setting, language, cancellationToken);
        if (asked is var (approval, approver))
        {
            var path = await approvals.PathOfAsync(AskedApprover.Of(mail.Workspace, approval.Id, approver), cancellationToken);
            facts = facts with { Approval = approval, Url = $"{site.Url}{path}?lang={language}" };
        }

        var template = await templates.OfAsync(mail.Workspace, mail.Event, language, cancellationToken);
        try
        {
            return await WriteAsync(mail, ticket, facts, template, isSample: false, cancellationToken);
        }
        catch (MailTemplateException failed)
        {
            // Nobody's answer is lost because of the words around it.
            Log.TemplateFailed(logger, failed, template.Id, mail.Workspace, mail.Id);
            var shipped = await WriteAsync(
                mail,
                ticket,
                facts,
                MailTemplates.ShippedOf(template.Event, template.Language),
                isSample: false,
                cancellationToken
            );
            return shipped with { Remark = $"Written in the words that come with the desk: '{failed.Field}' of the template {template.Id} {failed.Message}" };
        }
    }

    /// <summary>A mail as a template makes it of a ticket, to be looked at: it leads nowhere, so that an answer to it does not reach the ticket.</summary>
    public async Task<(Mail Mail, MailContent Content)> TryAsync(Ticket ticket, MailTemplate template, Actor by, CancellationToken cancellationToken)
    {
        var set = await settings.OfAsync(ticket.Workspace, cancellationToken);
        var forAgent = template.Event is MailEvent.Assigned or MailEvent.AtRisk or MailEvent.Breached or MailEvent.Mention or MailEvent.Reminder;
        var agent = forAgent ? await directory.FindAgentAsync(ticket.Workspace, by.Id ?? "", cancellationToken) : null;
        var mail = new Mail
        {
            Id = OutgoingMails.IdOf(ticket.Workspace, $"{ticket.Id}/{template.Id}/try", ticket.Number, ticket.CreatedAt),
            Workspace = ticket.Workspace,
            Ticket = ticket.Id,
            Number = ticket.Number,
            Event = template.Event,
            To = agent?.Email ?? ticket.Requester.Email,
            Name = agent?.Name ?? ticket.Requester.Name,
            Agent = agent?.Id,
            By = by,
            Automatic = template.Event != MailEvent.PublicAnswer,
            At = ticket.CreatedAt,
            State = MailState.Queued,
        };
        var comment = new Comment
        {
            Id = "",
            Body = ticket.Resolution ?? ticket.Description,
            Visibility = CommentVisibility.Public,
            At = ticket.CreatedAt,
            By = ActorKind.Agent,
            Actor = by,
        };
        var facts = await FactsAsync(mail, ticket, comment, MailboxOf(ticket, set), set.Setting, template.Language, cancellationToken);
        return (mail, await WriteAsync(mail, ticket, facts, template, isSample: true, cancellationToken));
    }

    /// <summary>What a mail says in the words of one template.</summary>
    /// <param name="isSample">Whether it is only to be looked at.</param>
    private async Task<MailContent> WriteAsync(
        Mail mail,
        Ticket ticket,
        MailFacts facts,
        MailTemplate template,
        bool isSample,
        CancellationToken cancellationToken
    )
    {
        var token =
            // Whoever approves something takes no part in the ticket.
            facts.Mailbox
                is null
            || mail.Event == MailEvent.Approval
                ? null
            : isSample ? ReplyTokens.Sample(ticket.Number)
            : await tokens.OfAsync(TicketAddress.Of(ticket), cancellationToken);
        var rendered = await templates.RenderAsync(template, MailValues.Of(mail, ticket, facts, template.Language, token));
        var thread = isSample ? [] : await ThreadAsync(mail, cancellationToken);
        var from = facts.Mailbox?.Address ?? options.Address ?? $"helpdesk@{Host}";
        var headers = new Dictionary<string, string>(StringComparer.Ordinal);
        if (thread.Count > 0)
        {
            headers["In-Reply-To"] = $"<{thread[^1].MessageId}>";
            headers["References"] = string.Join(' ', thread.Select(one => $"<{one.MessageId}>"));
        }

        if (mail.Automatic)
            headers["Auto-Submitted"] = mail.Event == MailEvent.Received ? "auto-replied" : "auto-generated";
        headers["X-Auto-Response-Suppress"] = "All";
        headers[AutomaticMail.LoopHeader] = await identity.IdAsync(cancellationToken);
        return new()
        {
            From = from,
            FromName = MailTemplates.OneLine(facts.Agent is { } agent ? $"{agent} ({facts.DeskName})" : facts.DeskName),
            ReplyTo =
                token is null || isSample ? null : OutgoingAddresses.Plus(from, mail.Event == MailEvent.Mention ? token + ReplyTokens.NoteSuffix : token),
            Subject = SubjectOf(rendered.Subject, ticket.Number, isReply: mail.Agent is null && thread.Any(one => !one.Sent)),
            MessageId = MessageIdOf(mail, from),
            Headers = headers,
            Text = MailValues.Framed(rendered.Text, mail, facts, template.Language, token),
            Html = rendered.Html,
            Files = facts.Files.Count > 0 ? facts.Files : null,
            Language = template.Language,
            Date = time.GetUtcNow(),
        };
    }

    private string Host => new Uri(site.Url).Host;

    /// <summary>The same for the same mail, at the domain of whoever sends it.</summary>
    internal static string MessageIdOf(Mail mail, string from) =>
        string.Create(CultureInfo.InvariantCulture, $"{mail.Number}.{mail.Seq}.{mail.Id[19..]}@{from[(from.LastIndexOf('@') + 1)..]}");

    /// <summary>The requester's words, once with the number of the ticket.</summary>
    internal static string SubjectOf(string subject, long number, bool isReply)
    {
        var tag = string.Create(CultureInfo.InvariantCulture, $"[#{number}]");
        var words = string.Join(' ', subject.Replace(tag, "", StringComparison.Ordinal).Split(' ', StringSplitOptions.RemoveEmptyEntries));
        if (isReply && !words.StartsWith("Re:", StringComparison.OrdinalIgnoreCase))
            words = $"Re: {words}";
        return words.Length == 0 ? tag : $"{words} {tag}";
    }

    /// <summary>The mailbox of the ticket, else of its group, else the workspace's; null where there is none.</summary>
    internal static Mailbox? MailboxOf(Ticket ticket, MailSettingsOfWorkspace set) =>
        set.Mailboxes.FirstOrDefault(mailbox => mailbox.Id == ticket.Mailbox)
        ?? (ticket.Group is null ? null : set.Mailboxes.FirstOrDefault(mailbox => mailbox.Group == ticket.Group))
        ?? set.Mailboxes.FirstOrDefault(mailbox => mailbox.Id == set.Setting.Mailbox)
        ?? (set.Mailboxes.Count > 0 ? set.Mailboxes[0] : null);

    /// <summary>Those mails of a ticket that its recipient has written or got, oldest first: at most as many as a header names.</summary>
    private async Task<IReadOnlyList<ThreadedMail>> ThreadAsync(Mail mail, CancellationToken cancellationToken)
    {
        var person = mail.To.ToLowerInvariant();
        var all = await threads.ReadAsync(mail.Workspace, mail.Ticket!, ThreadLimit, cancellationToken);
        // What was noted for this very mail by a process that died is no mail before it.
        var theirs = all.Where(one =>
                one.Person == person && !one.MessageId.StartsWith($"{mail.Number}.{mail.Seq}.{mail.Id[19..]}@", StringComparison.Ordinal)
            )
            .OrderBy(one => one.At)
            .ToList();
        return theirs.Count <= ReferencesLimit ? theirs : [theirs[0], .. theirs.TakeLast(ReferencesLimit - 1)];
    }

    /// <summary>The person's language, else the one in which they asked for help, else their mailbox's, else the workspace's.</summary>
    private async Task<string> LanguageAsync(Mail mail, Ticket ticket, Mailbox? mailbox, MailSetting setting, CancellationToken cancellationToken)
    {
        var own = (await contacts.FindByEmailAsync(mail.Workspace, mail.To, cancellationToken))?.Language;
        var written = mail.Agent is null && IsRequester(mail, ticket) ? ticket.Language : null;
        return new[] { own, written, mailbox?.Language, setting.Language }.FirstOrDefault(one => one is not null && MailTemplate.Languages.Contains(one))
            ?? "en";
    }

    private async Task<MailFacts> FactsAsync(
        Mail mail,
        Ticket ticket,
        Comment? comment,
        Mailbox? mailbox,
        MailSetting setting,
        string language,
        CancellationToken cancellationToken
    )
    {
        (string Url, IReadOnlyList<LinkedFile> Choices)? ratings =
            mail.Event == MailEvent.Satisfaction ? await RatingsAsync(mail, ticket, language, cancellationToken) : null;
        var workspace = await directory.FindWorkspaceAsync(mail.Workspace, cancellationToken);
        var isAnswer = mail.Event == MailEvent.PublicAnswer && comment?.By == ActorKind.Agent;
        var path =
            mail.Agent is null && ticket is { Channel: IntakeChannel.Web, Receipt: { } receipt } && IsRequester(mail, ticket)
                ? await links.PathOfAsync(mail.Workspace, receipt, cancellationToken)
                : null;
        var (files, leftOut) = await FittingAsync(mail.Workspace, comment?.Attachments, cancellationToken);
        return new()
        {
            Setting = setting,
            Mailbox = mailbox,
            Comment = comment,
            DeskName = mailbox?.Name ?? setting.FromName ?? workspace?.Name ?? mail.Workspace,
            Agent = isAnswer ? comment!.Actor?.Name : null,
            Ratings = ratings?.Choices ?? [],
            Reminder = mail.Event == MailEvent.Reminder ? await ReminderAsync(mail, ticket, language, cancellationToken) : null,
            Url =
                ratings is not null ? ratings.Value.Url
                : mail.Agent is not null ? pages.PageOf(ticket)
                : path is null ? null
                : site.Url + path,
            Files = files,
            Links = await LinksAsync(mail.Workspace, leftOut, cancellationToken),
        };
    }

    /// <summary>The page on which a requester says how it was, and a link for each answer, in the language of the mail.</summary>
    private async Task<(string Url, IReadOnlyList<LinkedFile> Choices)> RatingsAsync(
        Mail mail,
        Ticket ticket,
        string language,
        CancellationToken cancellationToken
    )
    {
        var url = site.Url + await questions.PathOfAsync(new(mail.Workspace, mail.Number, mail.Seq), cancellationToken) + $"?lang={language}";
        var scale = ticket.Satisfaction?.Scale ?? Helpdesk.Satisfaction.SatisfactionScale.Stars;
        return (url, [.. SatisfactionWords.Of(scale, Texts.For(language)).Select(one => new LinkedFile(one.Name, $"{url}&rating={one.Value}"))]);
    }

    /// <summary>What the recipient has to approve, and their number in it; null where they are not asked any more.</summary>
    private async Task<(TicketApproval Approval, int Approver)?> AskedAsync(Mail mail, Ticket ticket, CancellationToken cancellationToken)
    {
        if (
            await tickets.ReadEventsAsync(TicketAddress.Of(ticket), mail.Seq - 1, 1, cancellationToken) is not [{ } happened]
            || Notifications.ApprovalOf(happened.Fact) is not { } id
            || ApprovalRules.Find(ticket, id) is not { State: ApprovalState.Pending } approval
        )
            return null;
        var approver = mail.Agent is { } agent
            ? ApprovalRules.AwaitedOf(approval, agent)
            : approval.Approvers.FirstOrDefault(one => one.Decision is null && mail.To.Equals(one.Email, StringComparison.OrdinalIgnoreCase));
        return approver is null ? null : (approval, approver.Id);
    }

    /// <summary>What an agent is reminded of: a note, the title of a task, or what came of an approval.</summary>
    private async Task<string?> ReminderAsync(Mail mail, Ticket ticket, string language, CancellationToken cancellationToken)
    {
        if (mail.Seq == 0 || await tickets.ReadEventsAsync(TicketAddress.Of(ticket), mail.Seq - 1, 1, cancellationToken) is not [{ } happened])
            return ticket.FollowUp?.Note;
        var words = Notifications.ReminderOf(happened.Fact);
        return happened.Fact is ApprovalEnded ended
            ? Texts.For(language).Format($"told.ended.{WireName<ApprovalState>.Of(ended.Outcome)}", ("text", words ?? ""))
            : words;
    }

    private async Task<IReadOnlyList<LinkedFile>> LinksAsync(string workspace, IReadOnlyList<TicketAttachment> files, CancellationToken cancellationToken)
    {
        var linked = new List<LinkedFile>();
        foreach (var file in files)
        {
            if (await fileLinks.UrlAsync(workspace, file.Id, null, cancellationToken) is { } url)
                linked.Add(new(file.Name, url));
        }

        return linked;
    }

    private static bool IsRequester(Mail mail, Ticket ticket) => mail.To.Equals(ticket.Requester.Email, StringComparison.OrdinalIgnoreCase);

    /// <summary>The files that go along, the first ones first, and those that are too large together or that a scanner has not let go yet.</summary>
    private async Task<(IReadOnlyList<TicketAttachment> Files, IReadOnlyList<TicketAttachment> LeftOut)> FittingAsync(
        string workspace,
        IReadOnlyList<TicketAttachment>? all,
        CancellationToken cancellationToken
    )
    {
        var (files, leftOut, size) = (new List<TicketAttachment>(), new List<TicketAttachment>(), 0L);
        foreach (var file in all ?? [])
        {
            if (size + file.Size <= options.FilesLimit && await attachments.FindAsync(workspace, file.Id, cancellationToken) is { IsFree: true })
            {
                files.Add(file);
                size += file.Size;
            }
            else
            {
                leftOut.Add(file);
            }
        }

        return (files, leftOut);
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "Template {Template} of workspace {Workspace} failed; mail {Mail} is written in the words that come with the desk")]
        public static partial void TemplateFailed(ILogger logger, Exception failure, string template, string workspace, string mail);
    }
}
