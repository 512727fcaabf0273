using System.ComponentModel.DataAnnotations;
using Helpdesk.Email;
using Helpdesk.Functions.Directory;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;
using Helpdesk.Functions.Tickets;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Email;

/// <summary>The words of one kind of mail in one language, in Liquid.</summary>
/// <param name="Id">What the mail tells and its language, such as <c>public-answer-de</c>.</param>
/// <param name="Event">What the mail tells.</param>
/// <param name="Language">The language: <c>en</c>, <c>de</c>, <c>hr</c> or <c>el</c>.</param>
/// <param name="Subject">The subject; the number of the ticket is added to it.</param>
/// <param name="Text">The plain text.</param>
/// <param name="Html">What stands inside the frame of an HTML mail.</param>
/// <param name="Custom">Whether these are the workspace's own words; false for those that come with the desk.</param>
public sealed record MailTemplateView(string Id, MailEvent Event, string Language, string Subject, string Text, string Html, bool Custom)
{
    internal static MailTemplateView Of(MailTemplate it, bool custom) => new(it.Id, it.Event, it.Language, it.Subject, it.Text, it.Html, custom);
}

/// <summary>A workspace's own words for a kind of mail.</summary>
/// <param name="Subject">The subject, in Liquid.</param>
/// <param name="Text">The plain text, in Liquid.</param>
/// <param name="Html">What stands inside the frame of an HTML mail, in Liquid; made from <c>text</c> when it is left out.</param>
[Example("""{"subject":"{{ ticket.subject }}","text":"Hello {{ recipient.name }},\n\nwe have your request #{{ ticket.number }}."}""")]
public sealed record PutMailTemplateRequest(
    [property: MaxLength(500)] string Subject,
    [property: MaxLength(20000)] string Text,
    [property: MaxLength(50000)] string? Html
) : IFromRequest<PutMailTemplateRequest>
{
    public static async ValueTask<PutMailTemplateRequest> ReadAsync(HttpContext context)
    {
        var fields = await FieldReader.ReadAsync(context);
        var request = new PutMailTemplateRequest(
            MailTemplateFields.Liquid(fields, "subject", 500, required: true, lines: false)!,
            MailTemplateFields.Liquid(fields, "text", 20_000, required: true, lines: true)!,
            MailTemplateFields.Liquid(fields, "html", 50_000, required: false, lines: true)
        );
        fields.Done();
        return request;
    }
}

/// <summary>What to try a template with.</summary>
/// <param name="Ticket">Id or number of the ticket; a made-up one when it is left out.</param>
/// <param name="Subject">A subject to try instead of the template's.</param>
/// <param name="Text">A plain text to try instead of the template's.</param>
/// <param name="Html">An HTML part to try instead of the template's; made from <c>text</c> where only that is given.</param>
[Example("""{"ticket":"42"}""")]
public sealed record TryMailTemplateRequest(
    [property: MaxLength(40)] string? Ticket,
    [property: MaxLength(500)] string? Subject,
    [property: MaxLength(20000)] string? Text,
    [property: MaxLength(50000)] string? Html
) : IFromRequest<TryMailTemplateRequest>
{
    public static async ValueTask<TryMailTemplateRequest> ReadAsync(HttpContext context)
    {
        if ((await RequestBody.ReadAsync(context)).IsEmpty)
            return new(null, null, null, null);
        var fields = await FieldReader.ReadAsync(context);
        var request = new TryMailTemplateRequest(
            fields.Text("ticket", 40),
            MailTemplateFields.Liquid(fields, "subject", 500, required: false, lines: false),
            MailTemplateFields.Liquid(fields, "text", 20_000, required: false, lines: true),
            MailTemplateFields.Liquid(fields, "html", 50_000, required: false, lines: true)
        );
        if (request.Ticket is { } ticket && TicketAddress.Parse("any", ticket) is null)
            fields.Wrong("ticket", "must be the id or number of a ticket.");
        fields.Done();
        return request;
    }
}

/// <summary>Fields that are templates.</summary>
internal static class MailTemplateFields
{
    public static string? Liquid(FieldReader fields, string name, int max, bool required, bool lines)
    {
        var text = fields.Text(name, max, required, lines);
        if (text is not null && MailTemplates.ProblemOf(text) is { } problem)
            fields.Wrong(name, problem);
        return text;
    }
}

/// <summary>A mail as a template makes it.</summary>
/// <param name="From">The address that it comes from.</param>
/// <param name="FromName">The name beside that address.</param>
/// <param name="To">The address that it would go to.</param>
/// <param name="Subject">Its subject.</param>
/// <param name="Text">Its plain text.</param>
/// <param name="Html">Its HTML.</param>
public sealed record MailPreview(string From, string? FromName, string To, string Subject, string Text, string Html);

/// <summary>The words of mails: those that come with the desk, and a workspace's own.</summary>
public sealed class ManageMailTemplates(
    SettingsStore settings,
    DirectoryStore directory,
    TicketStore tickets,
    OutgoingMails mails,
    MailWriter writer,
    TimeProvider time
)
{
    /// <summary>Lists the words of all mails in all languages.</summary>
    [Function(nameof(ListMailTemplates)), RequiresKey(KeyRole.Agent, KeyRole.Admin)]
    public async Task<Ok<ListPage<MailTemplateView>>> ListMailTemplates(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/templates")] Caller caller,
        CancellationToken cancellationToken
    )
    {
        var own = (await settings.ListAsync(caller.Workspace, MailTemplates.Kind, cancellationToken)).ToDictionary(one => one.Id, StringComparer.Ordinal);
        return TypedResults.Ok(
            new ListPage<MailTemplateView>(
                [
                    .. MailTemplates.All.Select(one =>
                        own.TryGetValue(one.Id, out var custom) ? MailTemplateView.Of(custom, true) : MailTemplateView.Of(one, false)
                    ),
                ],
                null
            )
        );
    }

    /// <summary>Shows the words of a mail.</summary>
    [Function(nameof(GetMailTemplate)), RequiresKey(KeyRole.Agent, KeyRole.Admin)]
    public async Task<Results<Ok<MailTemplateView>, NotFound>> GetMailTemplate(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/templates/{id}")] Caller caller,
        string id,
        CancellationToken cancellationToken
    ) => await FindAsync(caller.Workspace, id, cancellationToken) is { } found ? TypedResults.Ok(found) : TypedResults.NotFound();

    /// <summary>Puts a workspace's own words in the place of those that come with the desk. They are used within half a minute.</summary>
    [Function(nameof(PutMailTemplate)), RequiresKey(KeyRole.Admin)]
    public async Task<Results<Ok<MailTemplateView>, NotFound>> PutMailTemplate(
        [HttpTrigger(AuthorizationLevel.Anonymous, "put", Route = "api/templates/{id}")] PutMailTemplateRequest request,
        string id,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        if (MailTemplate.ParseId(id) is not var (what, language))
            return TypedResults.NotFound();
        var template = new MailTemplate(what, language, request.Subject, request.Text, request.Html ?? MailMarkup.HtmlOf(request.Text));
        // What never ends, or is too much, is found here and not when the first mail is due.
        await TryAsync(caller, template, null, cancellationToken);
        await settings.PutAsync(caller.Workspace, MailTemplates.Kind, template, cancellationToken);
        return TypedResults.Ok(MailTemplateView.Of(template, true));
    }

    /// <summary>Goes back to the words that come with the desk.</summary>
    [Function(nameof(RemoveMailTemplate)), RequiresKey(KeyRole.Admin)]
    public async Task<Results<NoContent, NotFound>> RemoveMailTemplate(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/templates/{id}")] Caller caller,
        string id,
        CancellationToken cancellationToken
    )
    {
        if (MailTemplate.ParseId(id) is null)
            return TypedResults.NotFound();
        await settings.RemoveAsync(caller.Workspace, MailTemplates.Kind, id, cancellationToken);
        return TypedResults.NoContent();
    }

    /// <summary>Shows a mail as a template, or a draft of one, makes it. Nothing is sent.</summary>
    [Function(nameof(PreviewMailTemplate)), RequiresKey(KeyRole.Agent, KeyRole.Admin)]
    public async Task<Results<Ok<MailPreview>, NotFound>> PreviewMailTemplate(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/templates/{id}/preview")] TryMailTemplateRequest request,
        string id,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        if (await FindAsync(caller.Workspace, id, cancellationToken) is not { } found)
            return TypedResults.NotFound();
        if (await TryAsync(caller, Draft(found, request), request.Ticket, cancellationToken) is not var (mail, content))
            return TypedResults.NotFound();
        return TypedResults.Ok(new MailPreview(content.From, content.FromName, mail.To, content.Subject, content.Text, content.Html));
    }

    /// <summary>Sends a mail as a template, or a draft of one, makes it to the caller's own address.</summary>
    [Function(nameof(SendTestMail)), RequiresKey(KeyRole.Agent, KeyRole.Admin)]
    public async Task<Results<Accepted<OutboxView>, NotFound>> SendTestMail(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/templates/{id}/send-test")] TryMailTemplateRequest request,
        string id,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        if (
            await FindAsync(caller.Workspace, id, cancellationToken) is not { } found
            || await directory.FindAgentAsync(caller.Workspace, caller.Agent ?? "", cancellationToken) is not { } agent
            || await TryAsync(caller, Draft(found, request), request.Ticket, cancellationToken) is not var (_, content)
        )
            return TypedResults.NotFound();
        var now = time.GetUtcNow();
        var mail = new Mail
        {
            Id = OutgoingMails.IdOf(caller.Workspace, $"test/{Hashes.RandomName(20)}", 0, now),
            Workspace = caller.Workspace,
            Event = found.Event,
            To = agent.Email,
            Name = agent.Name,
            Agent = agent.Id,
            Automatic = true,
            At = now,
            State = MailState.Queued,
        };
        var written = content with { MessageId = MailWriter.MessageIdOf(mail, content.From) };
        mail = mail with { MessageId = written.MessageId, Subject = written.Subject };
        await mails.AddWrittenAsync(mail, written, cancellationToken);
        return TypedResults.Accepted($"/api/outbox/{mail.Id}", OutboxView.Of(mail, written, caller));
    }

    private async Task<MailTemplateView?> FindAsync(string workspace, string id, CancellationToken cancellationToken) =>
        MailTemplate.ParseId(id) is not var (what, language) ? null
        : await settings.FindAsync(workspace, MailTemplates.Kind, id, cancellationToken) is { } own ? MailTemplateView.Of(own, true)
        : MailTemplateView.Of(MailTemplates.ShippedOf(what, language), false);

    private static MailTemplate Draft(MailTemplateView found, TryMailTemplateRequest request) =>
        new(
            found.Event,
            found.Language,
            request.Subject ?? found.Subject,
            request.Text ?? found.Text,
            request.Html ?? (request.Text is { } text ? MailMarkup.HtmlOf(text) : found.Html)
        );

    /// <summary>Writes a mail as a template makes it; null where the ticket is not there.</summary>
    private async Task<(Mail Mail, MailContent Content)?> TryAsync(Caller caller, MailTemplate template, string? number, CancellationToken cancellationToken)
    {
        var address = number is null ? null : TicketAddress.Parse(caller.Workspace, number);
        var ticket = address is { } known ? await tickets.FindAsync(known, cancellationToken) : SampleTicket.Of(caller.Workspace, time.GetUtcNow());
        if (ticket is null)
            return null;
        try
        {
            return await writer.TryAsync(ticket, template, caller.Actor, cancellationToken);
        }
        catch (MailTemplateException failed)
        {
            throw new InvalidRequestException(failed.Field, failed.Message);
        }
    }
}

/// <summary>A ticket to try templates with.</summary>
internal static class SampleTicket
{
    public static Ticket Of(string workspace, DateTimeOffset now) =>
        TicketRules
            .Open(
                "1042-samplesamp",
                1042,
                workspace,
                new TicketDraft
                {
                    Subject = "The printer on the third floor does not print",
                    Description = "Since this morning it only says \"Offline\".\nI have switched it off and on again.",
                    Requester = new("rita@example.com", "Rita Sample"),
                    Channel = IntakeChannel.Api,
                },
                Actor.System,
                now
            )
            .Ticket with
        {
            Resolution = "We connected the printer to the new network.\nIt prints again.",
        };
}
