using System.Text.Json.Nodes;
using Helpdesk.Testing;

namespace Helpdesk.Functions.Tests.Audit;

/// <summary>Every operation that changes configuration or a key leaves a record of it.</summary>
public sealed class AuditedOperationsTests(DeskFixture fixture)
{
    /// <summary>Operations of admins that change nothing that a workspace is told: they do work, show something, or are about tickets and people.</summary>
    private static readonly string[] OtherWork =
    [
        "AddDemoReadings",
        "AddDemoTickets",
        "BeginDemo",
        "DismissDeadLetter",
        "EraseContact",
        "FinishDemo",
        "PlanConfiguration",
        "PollMailbox",
        "RebuildReports",
        "RebuildSearch",
        "ReleaseAttachment",
        "RemoveOrganisation",
        "ReplayDeadLetter",
        "ReplayDelivery",
        "ReplayPoison",
        "ReplayWebhookDelivery",
        "SendProbes",
        "SendReportSchedule",
        "TestWebhook",
        "TryAutomation",
        "TryPolicy",
        "TryRetention",
    ];

    /// <summary>Has tests of its own, since somebody has to sign in with a provider before, or since the whole desk shares it.</summary>
    private static readonly string[] Elsewhere = ["ApplyConfiguration", "ChangeCostSettings", "RemoveIdentity"];

    /// <summary>What is done, in this order: the operation, its request, and the kind of setting. <c>{new}</c> is the id last added.</summary>
    private const string Steps = """
        AddGroup|POST groups|{"id":"network","name":"Network","tier":1}|group
        ChangeGroup|PATCH groups/network|{"name":"Networks"}|group
        AddAgent|POST agents|{"id":"ada","name":"Ada","email":"ada@example.com"}|agent
        ChangeAgent|PATCH agents/ada|{"name":"Ada L."}|agent
        ChangeAgentNotifications|PATCH agents/ada/notifications|{"assigned":"none"}|notifications
        AddKey|POST keys|{"name":"Monitoring","role":"integration"}|key
        RemoveKey|DELETE keys/{new}||key
        AddCalendar|POST calendars|{"id":"late","name":"Late","timeZone":"UTC","hours":{"mon":["12:00-20:00"]}}|calendar
        ChangeCalendar|PATCH calendars/late|{"name":"Later"}|calendar
        RemoveCalendar|DELETE calendars/late||calendar
        AddPolicy|POST sla/policies|{"id":"fast","name":"Fast","calendar":"business-hours","targets":[{"metric":"resolution","within":"PT1H"}]}|policy
        ChangePolicy|PATCH sla/policies/fast|{"name":"Faster"}|policy
        RemovePolicy|DELETE sla/policies/fast||policy
        ChangeClosing|PATCH automations/closing|{"closeResolvedAfter":"PT100H"}|closing
        AddTicketAutomation|POST automations|{"id":"rule","name":"Rule","on":["ticket-opened"],"actions":[{"do":"add-tags","tags":["new"]}]}|automation
        ChangeTicketAutomation|PATCH automations/rule|{"name":"Rules"}|automation
        RemoveTicketAutomation|DELETE automations/rule||automation
        AddMacro|POST macros|{"id":"thanks","name":"Thanks","actions":[{"do":"add-tags","tags":["new"]}],"personal":false}|macro
        ChangeMacro|PATCH macros/thanks|{"name":"Many thanks"}|macro
        RemoveMacro|DELETE macros/thanks||macro
        AddView|POST views|{"id":"mine","name":"Mine","shared":true,"condition":{"field":"status","op":"is","value":"open"}}|view
        ChangeView|PATCH views/mine|{"name":"Ours"}|view
        HideView|PUT views/mine/hidden|{"hidden":true,"for":"everyone"}|hidden-views
        RemoveView|DELETE views/mine||view
        AddForm|POST forms|{"id":"laptop","name":{"en":"Laptop"},"fields":[{"name":"reason","type":"text","label":{"en":"Why?"}}]}|form
        ChangeForm|PATCH forms/laptop|{"name":{"en":"Laptops"}}|form
        RemoveForm|DELETE forms/laptop||form
        ChangeSatisfactionSettings|PATCH satisfaction-settings|{"active":true,"after":"PT25H"}|satisfaction
        ChangeRetention|PATCH retention|{"chatsDays":31}|retention
        ChangeContactSettings|PATCH contact-settings|{"region":"HR"}|contact-settings
        ChangeChat|PATCH chat|{"group":"network"}|chat
        ChangeKnowledgeSettings|PATCH knowledge/settings|{"review":true}|knowledge
        AddCategory|POST article-categories|{"id":"wires","names":{"en":"Wires"}}|article-category
        ChangeCategory|PATCH article-categories/wires|{"position":5}|article-category
        RemoveCategory|DELETE article-categories/wires||article-category
        ChangePortal|PATCH portal|{"title":{"en":"Help at Example"}}|portal
        ChangeSynonyms|PATCH search/synonyms|{"groups":[{"words":["wlan","wifi"]}]}|search-synonyms
        AddMailbox|POST mailboxes|{"address":"support-{workspace}@example.com"}|mailbox
        ChangeMailbox|PATCH mailboxes/{new}|{"group":"network"}|mailbox
        RenewMailbox|POST mailboxes/{new}/renew||mailbox
        RemoveMailbox|DELETE mailboxes/{new}||mailbox
        ChangeMailSettings|PATCH mail-settings|{"fromName":"Acme Support"}|mail-settings
        PutMailTemplate|PUT templates/received-en|{"subject":"{{ ticket.subject }}","text":"We have it."}|mail-template
        RemoveMailTemplate|DELETE templates/received-en||mail-template
        BlockSender|POST blocked-senders|{"sender":"casino.example"}|blocked-sender
        UnblockSender|DELETE blocked-senders/casino.example||blocked-sender
        AddWebhook|POST webhooks|{"id":"board","url":"https://hooks.example.com/a","events":["*"]}|webhook
        ChangeWebhook|PATCH webhooks/board|{"name":"Board"}|webhook
        RotateWebhookSecret|POST webhooks/board/rotate||webhook
        RemoveWebhook|DELETE webhooks/board||webhook
        AddAlertSource|POST alert-sources|{"id":"prometheus","name":"Prometheus","kind":"alertmanager"}|alert-source
        ChangeAlertSource|PATCH alert-sources/prometheus|{"name":"Metrics"}|alert-source
        RenewAlertSource|POST alert-sources/prometheus/renew||alert-source
        RemoveAlertSource|DELETE alert-sources/prometheus||alert-source
        AddMaintenanceWindow|POST maintenance-windows|{"id":"patch","name":"Patch","from":"2036-01-01T00:00Z","to":"2036-01-02T00:00Z"}|maintenance-window
        ChangeMaintenanceWindow|PATCH maintenance-windows/patch|{"name":"Patch days"}|maintenance-window
        RemoveMaintenanceWindow|DELETE maintenance-windows/patch||maintenance-window
        AddTelephoneSystem|POST telephone-systems|{"id":"office","name":"Office","kind":"sipgate"}|telephone-system
        ChangeTelephoneSystem|PATCH telephone-systems/office|{"name":"Head office"}|telephone-system
        RenewTelephoneSystem|POST telephone-systems/office/renew||telephone-system
        RemoveTelephoneSystem|DELETE telephone-systems/office||telephone-system
        AddReportSchedule|POST report-schedules|{"id":"weekly","name":"Weekly","report":"volume","recipients":[{"agent":"ada"}]}|report-schedule
        ChangeReportSchedule|PATCH report-schedules/weekly|{"name":"Each week"}|report-schedule
        RemoveReportSchedule|DELETE report-schedules/weekly||report-schedule
        ChangeChat|PATCH chat|{"group":null}|chat
        RemoveAgent|DELETE agents/ada||agent
        RemoveGroup|DELETE groups/network||group
        """;

    private sealed record Step(string Operation, string Method, string Path, string? Body, string Kind);

    private static IEnumerable<Step> All =>
        Steps
            .Split('\n')
            .Select(line => line.Split('|'))
            .Select(parts => new Step(parts[0], parts[1].Split(' ')[0], parts[1].Split(' ')[1], parts[2].Length > 0 ? parts[2] : null, parts[3]));

    [Fact]
    public async Task Each_change_is_on_record()
    {
        using var desk = await fixture.OpenDeskAsync();
        var (last, silent) = ("", new List<string>());
        foreach (var step in All)
        {
            var before = await NewestAsync(desk, step.Kind);
            var path = "/api/" + step.Path.Replace("{new}", last, StringComparison.Ordinal);
            var body = step.Body?.Replace("{workspace}", desk.Workspace, StringComparison.Ordinal);
            var answer = await desk.SendAsync(new(step.Method), path, body is null ? null : new StringContent(body, null, "application/json"));
            Assert.True(answer.Status is >= 200 and < 300, $"{step.Operation}: {answer.Status} {answer.Text}");
            if (answer.Status == 201)
                last = (answer.Json["id"] ?? answer.Json["mailbox"]?["id"])?.GetValue<string>() ?? last;
            if (await NewestAsync(desk, step.Kind) is not { } after || after == before)
                silent.Add(step.Operation);
        }

        Assert.Empty(silent);
    }

    [Fact]
    public async Task Changes_of_workspaces_are_on_record_at_home()
    {
        using var home = new Desk("main", DeskFixture.AdminKey, fixture.App.Address);
        var id = $"audited-{Guid.NewGuid():N}"[..20];
        (await home.PostAsync("/api/workspaces", new { id, name = "Branch" })).Expect(201);
        (await home.PatchAsync($"/api/workspaces/{id}", new { active = false })).Expect(200);
        (await home.DeleteAsync($"/api/workspaces/{id}")).Expect(204);
        var entries = (await home.GetAsync($"/api/audit?kind=workspace&setting={id}")).Expect(200).Json["items"]!.AsArray();
        Assert.Equal(["removed", "changed", "added"], entries.Select(entry => entry!["action"]!.GetValue<string>()));
    }

    /// <summary>Whoever adds an operation of admins says here what it leaves, or that it is no configuration.</summary>
    [Fact]
    public async Task No_operation_of_admins_is_forgotten()
    {
        var list = await File.ReadAllLinesAsync(
            Path.Combine(AzuriteServer.Root, "tests/Helpdesk.Functions.Tests/functions.txt"),
            TestContext.Current.CancellationToken
        );
        var changing = list.Select(line => line.Split(" | "))
            .Where(parts => parts is [_, "httpTrigger", var route, "admin"] && !route.StartsWith("get,head ", StringComparison.Ordinal))
            .Select(parts => parts[0]);
        var known = All.Select(step => step.Operation).Concat(OtherWork).Concat(Elsewhere).Concat(["AddWorkspace", "ChangeWorkspace", "RemoveWorkspace"]);
        Assert.Empty(changing.Except(known, StringComparer.Ordinal));
    }

    private static async Task<string?> NewestAsync(Desk desk, string kind) =>
        (await desk.GetAsync($"/api/audit?kind={kind}&limit=1")).Expect(200).Json["items"]!.AsArray() is [JsonNode entry, ..]
            ? entry["id"]!.GetValue<string>()
            : null;
}
