using System.Text.Json.Nodes;
using Helpdesk.Alerts;

namespace Helpdesk.Functions.Alerts;

/// <summary>Acknowledges and resolves incidents of PagerDuty by version 2 of its REST API.</summary>
public sealed class PagerDutyTool(AlertToolCalls calls) : IAlertTool
{
    public const string Address = "https://api.pagerduty.com";

    public bool Is(AlertKind kind) => kind == AlertKind.PagerDuty;

    public async Task<ToldTool> TellAsync(AlertToTell alert, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(alert);
        var url = $"{alert.At(Address)}/incidents/{Uri.EscapeDataString(alert.Key)}";
        List<(string, string)> headers =
        [
            ("Authorization", $"Token token={alert.Secret}"),
            ("Accept", "application/vnd.pagerduty+json;version=2"),
            ("From", alert.Tell.User ?? ""),
        ];
        // An incident that is further already is left as it is: PagerDuty refuses to resolve one twice.
        var found = await calls.SendAsync(HttpMethod.Get, url, headers, null, cancellationToken);
        if (found.Error is not null)
            return found.Told;
        var wanted = alert.Kind == AlertTellingKind.Acknowledged ? "acknowledged" : "resolved";
        var status = found.Json?.Object("incident")?.Text("status");
        if (status == "resolved" || status == wanted)
            return ToldTool.Done;
        var body = new JsonObject
        {
            ["incident"] = new JsonObject { ["type"] = "incident", ["status"] = wanted },
        };
        return (await calls.SendAsync(HttpMethod.Put, url, headers, body.ToJsonString(), cancellationToken)).Told;
    }

    public Task<(bool? Over, string? Error)> IsOverAsync(AlertToTell alert, CancellationToken cancellationToken) =>
        Task.FromResult<(bool?, string?)>((null, null));
}
