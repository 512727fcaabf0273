using System.Net;
using System.Text.Json.Nodes;
using Helpdesk.Functions.Approvals;
using Helpdesk.Functions.Tests.Automations;
using Helpdesk.Functions.Tests.Tickets;
using Helpdesk.Functions.Tests.Webhooks;
using Microsoft.Extensions.DependencyInjection;

namespace Helpdesk.Functions.Tests.Approvals;

/// <summary>What tests of approvals do.</summary>
internal static class ApprovalDesk
{
    private static readonly CancellationToken Cancelled = TestContext.Current.CancellationToken;

    public static async Task<Desk> AgentAsync(Desk desk, string id)
    {
        var agent = new
        {
            id,
            name = id,
            email = $"{id}@example.com",
        };
        (await desk.PostAsync("/api/agents", agent)).Expect(201);
        var key = new
        {
            name = "Key",
            role = "agent",
            agent = id,
        };
        return new(desk.Workspace, (await desk.PostAsync("/api/keys", key)).Expect(201).Json["key"]!.GetValue<string>(), desk.Address);
    }

    /// <summary>Asks Ada and the boss, by their addresses.</summary>
    public static async Task<JsonNode> AskAsync(Desk desk, long number, string rule = "all", string length = "PT8H") => (
            await desk.PostAsync(
                $"/api/tickets/{number}/approvals",
                new
                {
                    question = "May we buy a <b>printer</b>?",
                    rule,
                    @in = length,
                    approvers = new object[] { new { email = "ADA@example.com" }, new { email = "boss@example.com", name = "Bo Smith" } },
                }
            )
        ).Expect(201).Json;

    public static async Task<string> LinkAsync(WebhookDesk hooks, JsonNode approval, int approver) =>
        await hooks
            .App.Services.GetRequiredService<ApprovalLinks>()
            .PathOfAsync(AskedApprover.Of(hooks.Desk.Workspace, approval.Text("id"), approver), Cancelled);

    /// <summary>Opens a page, or sends its form; what people see of it.</summary>
    public static async Task<(HttpStatusCode Status, string Html)> BrowseAsync(Uri app, string path, string? decision = null, string comment = "")
    {
        using var handler = new SocketsHttpHandler { AllowAutoRedirect = true };
        using var browser = new HttpClient(handler) { BaseAddress = app };
        browser.DefaultRequestHeaders.Add("Accept", "text/html");
        using var content = decision is null
            ? null
            : new FormUrlEncodedContent(new Dictionary<string, string> { ["decision"] = decision, ["comment"] = comment });
        using var answer = content is null
            ? await browser.GetAsync(new Uri(path, UriKind.Relative), Cancelled)
            : await browser.PostAsync(new Uri(path, UriKind.Relative), content, Cancelled);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(Cancelled));
    }

    /// <summary>Has the desk look what is due of approvals, and once more.</summary>
    public static async Task WakeAsync(WebhookDesk hooks, long number)
    {
        for (var again = 0; again < 2; again++)
            await hooks.App.Services.GetRequiredService<WatchApprovals>().WakeAsync(new(hooks.Desk.Workspace, number), Cancelled);
        await hooks.App.MailedAsync();
    }

    public static async Task<List<JsonNode>> OfTypeAsync(Desk desk, long number, string type) =>
        [.. (await desk.EventsAsync(number)).Where(one => one.Text("type") == type)];

    public static async Task<List<JsonNode>> ListAsync(Desk desk, string path) =>
        [.. (await desk.GetAsync(path)).Expect(200).Json["items"]!.AsArray().Select(one => one!)];

    public static async Task<List<JsonNode>> MailsAsync(Desk desk) =>
        [.. (await ListAsync(desk, "/api/outbox?limit=100")).Where(mail => mail.Text("event") == "approval")];
}
