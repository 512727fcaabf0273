using System.Globalization;
using System.Net;
using Helpdesk.Functions.Directory;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;
using Helpdesk.Functions.Tickets;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Intake;

/// <summary>The public web form and the page of a receipt. Both work without scripts, in any browser.</summary>
public sealed class SupportPage(DirectoryStore directory, ReceiptStore receipts, TicketStore tickets)
{
    private const string Style = """
        :root{color-scheme:light dark;--ink:#1d2733;--quiet:#5b6875;--line:#cfd6dd;--paper:#fff;--ground:#f3f5f7;--accent:#0b5cad}
        @media(prefers-color-scheme:dark){:root{--ink:#e8edf2;--quiet:#a2aeba;--line:#3b4653;--paper:#1b222b;--ground:#12171d;--accent:#6cb2ff}}
        *{box-sizing:border-box}body{margin:0;background:var(--ground);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
        main{max-width:38rem;margin:2.5rem auto;padding:2rem;background:var(--paper);border:1px solid var(--line);border-radius:.6rem}
        h1{margin:0 0 .3rem;font-size:1.5rem}p{margin:.4rem 0 1rem;color:var(--quiet)}label{display:block;margin:1rem 0 .25rem;font-weight:600}
        input,textarea{width:100%;padding:.6rem .7rem;border:1px solid var(--line);border-radius:.35rem;background:var(--ground);color:inherit;font:inherit}
        textarea{min-height:9rem;resize:vertical}button{margin-top:1.4rem;padding:.65rem 1.4rem;border:0;border-radius:.35rem;background:var(--accent);color:var(--paper);font:inherit;font-weight:600;cursor:pointer}
        .website{position:absolute;left:-10000px}dl{display:grid;grid-template-columns:max-content 1fr;gap:.4rem 1.2rem}dt{color:var(--quiet)}dd{margin:0}
        @media(max-width:42rem){main{margin:0;border:0;border-radius:0;min-height:100vh}}
        """;

    /// <summary>The form. It posts to the same address that programs use.</summary>
    [Function(nameof(SupportForm)), Public]
    public async Task<Results<ContentHttpResult, NotFound>> SupportForm(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "support")] HttpContext context,
        CancellationToken cancellationToken
    )
    {
        var workspace = context.Request.Query["workspace"].ToString() is { Length: > 0 } named ? named : DirectoryStore.HomeWorkspace;
        if (await directory.FindWorkspaceAsync(workspace, cancellationToken) is null)
            return TypedResults.NotFound();
        return Html(
            "Ask for help",
            $"""
            <h1>How can we help?</h1>
            <p>Tell us what is wrong. You get a number, and a page that shows how your request stands.</p>
            <form method="post" action="/api/intake/web?workspace={workspace}" accept-charset="utf-8">
              <label for="subject">Subject</label><input id="subject" name="subject" maxlength="250" required>
              <label for="description">What happened?</label><textarea id="description" name="description" required></textarea>
              <label for="email">Your e-mail address</label><input id="email" name="email" type="email" maxlength="254" autocomplete="email" required>
              <label for="name">Your name</label><input id="name" name="name" maxlength="100" autocomplete="name">
              <div class="website" aria-hidden="true"><label for="website">Leave this empty</label><input id="website" name="website" tabindex="-1" autocomplete="off"></div>
              <button>Send</button>
            </form>
            """
        );
    }

    /// <summary>What became of a receipt. Whoever knows its id may see this much: the number and the state, no words.</summary>
    [Function(nameof(SupportReceipt)), Public]
    public async Task<Results<ContentHttpResult, NotFound>> SupportReceipt(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "support/receipts/{workspace}/{id}")] HttpContext context,
        string workspace,
        string id,
        CancellationToken cancellationToken
    )
    {
        if (!SettingsStore.IsId(workspace) || await receipts.FindAsync(workspace, id, cancellationToken) is not { Receipt: var receipt })
            return TypedResults.NotFound();
        var ticket =
            receipt.Ticket is { } ticketId
            && TicketAddress.Parse(workspace, ticketId) is { } address
            && await tickets.FindAsync(address, cancellationToken) is { } found
                ? await tickets.FindLivingAsync(found, cancellationToken)
                : null;
        var number = receipt.State == ReceiptState.Ignored ? "none" : receipt.Number.ToString(CultureInfo.InvariantCulture);
        var state = ticket is not null
            ? StatusText(ticket.Status)
            : receipt.State switch
            {
                ReceiptState.Received => "We have it and are entering it now.",
                ReceiptState.Ignored => "It looked like it was sent by a program and was set aside.",
                _ => "We have it. It needs a look by one of us before it goes on.",
            };
        return Html(
            "Your request",
            $"""
            <h1>Thank you, we have your request</h1>
            <p>Keep this address: it always shows how your request stands.</p>
            <dl><dt>Number</dt><dd>{number}</dd><dt>Status</dt><dd>{state}</dd><dt>Received</dt><dd>{receipt.ReceivedAt.UtcDateTime.ToString(
                "yyyy-MM-dd HH:mm 'UTC'",
                CultureInfo.InvariantCulture
            )}</dd><dt>Receipt</dt><dd>{receipt.Id}</dd></dl>
            """
        );
    }

    private static string StatusText(TicketStatus status) =>
        status switch
        {
            TicketStatus.New => "New: nobody has looked at it yet.",
            TicketStatus.Open => "Open: somebody is working on it.",
            TicketStatus.Pending => "Pending: we are waiting for your answer.",
            TicketStatus.OnHold => "On hold: we are waiting for somebody else.",
            TicketStatus.Resolved => "Resolved.",
            _ => "Closed.",
        };

    private static ContentHttpResult Html(string title, string body) =>
        TypedResults.Content(
            $"""
            <!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>{WebUtility.HtmlEncode(
                title
            )}</title><style>{Style}</style></head><body><main>{body}</main></body></html>
            """,
            "text/html; charset=utf-8"
        );
}
