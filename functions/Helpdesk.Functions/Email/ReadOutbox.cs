using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Helpdesk.Email;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Tickets;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Email;

/// <summary>A mail that goes out, and what became of it.</summary>
/// <param name="Id">Names the mail.</param>
/// <param name="Ticket">Id of the ticket that it is about; null for a test of a template.</param>
/// <param name="Number">Number of that ticket; null for none.</param>
/// <param name="Event">What it tells.</param>
/// <param name="Seq">Number of the ticket's event that it tells of; null for none.</param>
/// <param name="To">The address that it goes to.</param>
/// <param name="Name">The name of whom it goes to; null where nobody said one.</param>
/// <param name="Agent">Id of the agent whom it goes to; null for somebody who is helped.</param>
/// <param name="From">The address that it comes from; null until it is written.</param>
/// <param name="FromName">The name beside that address; null until it is written.</param>
/// <param name="Subject">Its subject; null until it is written.</param>
/// <param name="Text">Its plain text; null until it is written, and in a list where it is very long.</param>
/// <param name="Html">Its HTML; null until it is written, and in a list where it is very long.</param>
/// <param name="MessageId">Its Message-ID without angle brackets; null until it is written.</param>
/// <param name="Headers">Its other headers, by name.</param>
/// <param name="Files">Names of the files that go with it.</param>
/// <param name="Language">The language that it is written in; null until it is written.</param>
/// <param name="State">How far it has got.</param>
/// <param name="Reason">Why it is not sent, or not yet, or not in the workspace's own words; null where there is nothing to explain.</param>
/// <param name="Attempts">How often it was handed to a mail server.</param>
/// <param name="Way">By which way it was sent: <c>smtp</c>, <c>sendgrid</c> or <c>outbox</c>, which keeps it and sends nothing; null until then.</param>
/// <param name="At">When what it tells of happened.</param>
/// <param name="SentAt">When it was sent; null when it was not.</param>
/// <param name="NextAt">When it is tried again; null when it is not.</param>
public sealed record OutboxView(
    string Id,
    string? Ticket,
    long? Number,
    MailEvent Event,
    long? Seq,
    string To,
    string? Name,
    string? Agent,
    string? From,
    string? FromName,
    string? Subject,
    string? Text,
    string? Html,
    string? MessageId,
    IReadOnlyDictionary<string, string> Headers,
    IReadOnlyList<string> Files,
    string? Language,
    MailState State,
    string? Reason,
    int Attempts,
    string? Way,
    DateTimeOffset At,
    DateTimeOffset? SentAt,
    DateTimeOffset? NextAt
)
{
    public static OutboxView Of(Mail mail, MailContent? content, Caller caller)
    {
        ArgumentNullException.ThrowIfNull(caller);
        string Shown(string text) => SecretLinks.Hide(text, mail, caller.Role == KeyRole.Admin);
        var headers = new Dictionary<string, string>(content?.Headers ?? new Dictionary<string, string>(), StringComparer.Ordinal);
        if (content?.ReplyTo is { } replyTo)
            headers["Reply-To"] = replyTo;
        if (content is not null)
            headers["Message-ID"] = $"<{content.MessageId}>";
        return new(
            mail.Id,
            mail.Ticket,
            mail.Number == 0 ? null : mail.Number,
            mail.Event,
            mail.Seq == 0 ? null : mail.Seq,
            mail.To,
            mail.Name,
            mail.Agent,
            content?.From,
            content?.FromName,
            mail.Subject ?? content?.Subject,
            content is null ? null : Shown(content.Text),
            content is null ? null : Shown(content.Html),
            mail.MessageId ?? content?.MessageId,
            headers,
            [.. (content?.Files ?? []).Select(file => file.Name), .. (content?.Made ?? []).Select(file => file.Name)],
            content?.Language,
            mail.State,
            mail.Reason,
            mail.Attempts,
            mail.Way,
            mail.At,
            mail.SentAt,
            mail.NextAt
        );
    }
}

/// <summary>Which mails are wanted.</summary>
/// <param name="Ticket">Only those of this ticket: its id or number.</param>
/// <param name="State">Only those in this state.</param>
/// <param name="Limit">How many items a page has at most.</param>
/// <param name="Cursor">Where to go on: <c>nextCursor</c> of the page before, with the same filters. Leave it out for the first page.</param>
public sealed record OutboxQuery(
    [property: MaxLength(40)] string? Ticket,
    MailState? State,
    [property: Range(1, 100), DefaultValue(25)] int Limit,
    [property: MaxLength(400)] string? Cursor
) : IFromQuery<OutboxQuery>
{
    public static OutboxQuery Read(QueryReader query, HttpContext context)
    {
        var states = query.ListOf<MailState>("state");
        if (states.Count > 1)
            query.Wrong("state", "must be one state.");
        var ticket = query.Text("ticket", 40);
        if (ticket is not null && TicketAddress.Parse("any", ticket) is null)
            query.Wrong("ticket", "must be the id or number of a ticket.");
        return new(ticket, states.Count == 0 ? null : states[0], query.Limit(), query.Text("cursor", 400));
    }
}

/// <summary>What goes out by mail, and what became of it.</summary>
public sealed class ReadOutbox(OutgoingMails mails, MailReplay replay)
{
    /// <summary>Lists the mails of the last 90 days, newest first; those of one ticket however old they are.</summary>
    [Function(nameof(ListOutbox)), RequiresKey(KeyRole.Agent, KeyRole.Admin)]
    public async Task<Ok<ListPage<OutboxView>>> ListOutbox(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/outbox")] OutboxQuery query,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        var page = query.Ticket is { } ticket
            ? await mails.ReadTicketAsync(
                caller.Workspace,
                TicketAddress.Parse(caller.Workspace, ticket)!.Value.Number,
                query.State,
                query.Limit,
                query.Cursor,
                cancellationToken
            )
            : await mails.ReadAsync(caller.Workspace, query.State, query.Limit, query.Cursor, cancellationToken);
        return TypedResults.Ok(new ListPage<OutboxView>([.. page.Items.Select(one => OutboxView.Of(one.Mail, one.Content, caller))], page.NextCursor));
    }

    /// <summary>Shows a mail with all that is written in it.</summary>
    [Function(nameof(GetOutboxMail)), RequiresKey(KeyRole.Agent, KeyRole.Admin)]
    public async Task<Results<Ok<OutboxView>, NotFound>> GetOutboxMail(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/outbox/{id}")] Caller caller,
        string id,
        CancellationToken cancellationToken
    ) =>
        await mails.FindWithContentAsync(caller.Workspace, id, cancellationToken) is var (mail, content, _)
            ? TypedResults.Ok(OutboxView.Of(mail, content, caller))
            : TypedResults.NotFound();

    /// <summary>Sends a mail again that failed or was suppressed: the same words under the same Message-ID, once whatever kept it back is gone.</summary>
    [Function(nameof(SendOutboxMail)), RequiresKey(KeyRole.Agent, KeyRole.Admin), Refuses("mail-sent", "mail-queued")]
    public async Task<Results<Accepted<OutboxView>, NotFound>> SendOutboxMail(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/outbox/{id}/send")] NoBody body,
        string id,
        Caller caller,
        CancellationToken cancellationToken
    ) =>
        await replay.RunAsync(caller.Workspace, id, cancellationToken) is var (again, content)
            ? TypedResults.Accepted($"/api/outbox/{id}", OutboxView.Of(again, content, caller))
            : TypedResults.NotFound();
}
