using System.Text;
using System.Text.Json.Nodes;

namespace Helpdesk.Functions.Tests.Configuration;

/// <summary>Configurations, planned and applied over HTTP.</summary>
internal static class ConfiguredDesk
{
    public const string Token = "the-bearer-token-of-prometheus";

    /// <summary>A configuration with settings in every section that a workspace has, each naming others.</summary>
    public static JsonObject Sample() =>
        JsonNode
            .Parse(
                """
                {
                  "calendars": {"business-hours": {},
                    "berlin": {"name":"Berlin","timeZone":"Europe/Berlin","holidays":["2026-12-25"],"overrides":{"2026-12-24":["09:00-13:00"]},
                    "hours":{"mon":["09:00-17:00"],"tue":["09:00-17:00"]}}},
                  "groups": {
                    "first": {"name":"First level","tier":1,"escalatesTo":"second","calendar":"berlin","routing":"round-robin"},
                    "second": {"name":"Zweite Ebene","tier":2,"escalatesTo":null,"calendar":null,"routing":null}},
                  "agents": {"ada": {"name":"Ada Lovelace","email":"ada@example.com","groups":["first","second"],
                    "skills":["vpn"],"capacity":7,"calendar":"berlin"}},
                  "policies": {"standard": {},
                    "urgent": {"name":"Urgent","position":10,"calendar":"berlin","condition":{"field":"priority","op":"is","value":"urgent"},
                    "pauseResolutionOn":["pending"],
                    "targets":[{"metric":"first-reply","within":"PT15M"},{"metric":"resolution","within":"PT4H"}],
                    "steps":[{"metric":"first-reply","at":50,"do":"warn"},{"metric":"first-reply","at":100,"do":"escalate","toTier":2}]}},
                  "webhooks": {"erp": {"name":"ERP","url":"https://receiver.invalid/hook","events":["ticket-opened"],"includeWords":true}},
                  "mailboxes": {"support": {"address":"WORKSPACE@example.com","name":"Support","group":"first","language":"de"}},
                  "mailSettings": {"fromName":"The desk","footer":"Regards"},
                  "mailTemplates": {"public-answer-de": {"subject":"Zu {{ ticket.subject }}","text":"Guten Tag {{ recipient.name }}"}},
                  "suppressions": {"gone@example.com": {"reason":"Has left."}},
                  "blockedSenders": {"casino.example": {"reason":"Nothing but advertising."}},
                  "chat": {"enabled":true,"allowedOrigins":["https://www.example.com"],"group":"first"},
                  "forms": {"laptop": {"name":{"en":"New laptop","de":"Neuer Laptop"},"type":"order","subject":"hidden","details":"optional","group":"second",
                    "fields":[{"name":"model","type":"choice","label":{"en":"Which model?"},"required":true,
                               "options":[{"value":"light","label":{"en":"Light"}},{"value":"strong","label":{"en":"Strong"}}]}]}},
                  "alertSources": {"prometheus": {"name":"Prometheus","kind":"alertmanager","group":"first","correlateBy":["service"],
                    "signature":{"scheme":"bearer","header":null},"secret":{"secret":"alertSources/prometheus/secret"}}},
                  "maintenanceWindows": {"patch-day": {"name":"Patch day","sources":["prometheus"],"labels":{"service":"payments"},
                    "weekly":{"timeZone":"Europe/Berlin","hours":{"sat":["22:00-04:00"]}}}},
                  "telephoneSystems": {"office": {"name":"Head office","kind":"sipgate","group":"first","extensions":[{"extension":"w0","agent":"ada"}]}},
                  "automations": {"vips": {"name":"VIPs first","on":["ticket-opened"],"condition":{"field":"requester.vip","op":"is","value":true},
                    "actions":[{"do":"set","field":"priority","value":"high"},{"do":"assign","group":"second"},{"do":"webhook","webhook":"erp"}]}},
                  "macros": {"screenshot": {"name":"Screenshot","actions":[{"do":"comment","text":"Hello {{ requester.name }}, a screenshot, please."}]}},
                  "views": {"vpn": {"name":"VPN","condition":{"field":"group","op":"is","value":"first"},"groups":["first"]}},
                  "articleCategories": {"network": {"names":{"en":"Network","el":"Δίκτυο"},"position":10}},
                  "reportSchedules": {"weekly": {"name":"Promises","report":"sla","by":["group"],"period":"previous-week","every":"weekly",
                    "weekday":1,"hour":7,
                    "zone":"Europe/Berlin","recipients":[{"agent":"ada"},{"email":"head@example.com"}]}},
                  "closing": {"closeResolvedAfter":"P5D"},
                  "satisfaction": {"active":true,"after":"PT12H","scale":"good-bad"},
                  "knowledge": {"publishers":"agents","review":true},
                  "synonyms": {"groups":[{"words":["wlan","wifi"]}]},
                  "portal": {"title":{"en":"Help at Example","de":"Hilfe bei Example"},"community":true},
                  "contacts": {"region":"DE"},
                  "retention": {"callsMonths":12},
                  "secrets": {"alertSources/prometheus/secret": "the-bearer-token-of-prometheus"}
                }
                """
            )!
            .AsObject();

    /// <summary>The sample with an address of its own, since no two mailboxes of a desk have the same.</summary>
    public static JsonObject SampleFor(Desk desk)
    {
        var sample = Sample();
        sample["mailboxes"]!["support"]!["address"] = $"{desk.Workspace}@example.com";
        // Whoever leaves themselves out removes themselves, and their key.
        sample["agents"]![Helpdesk.Functions.Directory.DirectoryStore.FirstAdmin.Id] = new JsonObject();
        return sample;
    }

    public static Task<Answer> SendAsync(this Desk desk, string operation, JsonNode document, string? plan = null) =>
        desk.SendAsync(
            HttpMethod.Post,
            $"/api/configuration/{operation}",
            new StringContent(document.ToJsonString(), Encoding.UTF8, "application/json"),
            plan is null ? [] : [("If-Match", $"\"{plan}\"")]
        );

    public static async Task<JsonNode> PlanAsync(this Desk desk, JsonNode document) => (await desk.SendAsync("plan", document)).Expect(200).Json;

    /// <summary>Plans a document that nothing speaks against, and applies it.</summary>
    public static async Task<JsonNode> ApplyAsync(this Desk desk, JsonNode document)
    {
        var plan = await desk.PlanAsync(document);
        var problems = plan["problems"]!.ToJsonString();
        Assert.True(problems == "[]", problems);
        return (await desk.SendAsync("apply", document, plan["plan"]!.GetValue<string>())).Expect(200).Json;
    }

    public static async Task<string> ConfigurationAsync(this Desk desk) => (await desk.GetAsync("/api/configuration")).Expect(200).Text;

    /// <summary>What a plan would do, a line for each setting.</summary>
    public static IReadOnlyList<string> Lines(this JsonNode plan) =>
        [
            .. plan["changes"]!
                .AsArray()
                .Select(change =>
                    $"{change!["action"]} {change["section"]}/{change["id"]}: {string.Join(' ', change["fields"]!.AsArray().Select(field => field!["field"]))}"
                ),
        ];
}
