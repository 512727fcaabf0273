using Helpdesk.Durable;
using Helpdesk.Functions.Chat;
using Helpdesk.Functions.Conversations;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Intake;
using Helpdesk.Functions.Operations;
using Helpdesk.Functions.Settings;
using Helpdesk.Functions.Sla;
using Helpdesk.Functions.Teams;
using Helpdesk.Functions.Tickets;

namespace Helpdesk.Functions;

/// <summary>Everything that can start code: routes, queues, timers, orchestrators and activities.</summary>
public static class Triggers
{
    private static readonly RequiresKey Agents = new(KeyRole.Agent, KeyRole.Admin);
    private static readonly RequiresKey Everybody = new(KeyRole.Agent, KeyRole.Admin, KeyRole.Integration);
    private static readonly RequiresKey Admins = new(KeyRole.Admin);

    /// <summary>Maps all of it, and gives the functions that the host must know.</summary>
    public static IReadOnlyList<FunctionDefinition> MapTriggers(this WebApplication app)
    {
        // The host asks whether we are up.
        app.MapGet("/", () => TypedResults.Text("{}", "application/json")).ExcludeFromDescription();

        var functions = new FunctionEndpoints(
            app, app.Services.GetRequiredService<HandlerAddress>(), app.Services.GetRequiredService<DurableWorker>(), app.Services.GetRequiredService<DurableConnection>());
        var api = functions.Http("Api", "api");
        Tickets(api.MapGroup("/tickets").WithTags("Tickets"));
        Intake(api.MapGroup("").WithTags("Intake"));
        Desk(api.MapGroup("").WithTags("Desk"));
        Operations(api.MapGroup("").WithTags("Operations"));
        Sla(api.MapGroup("").WithTags("SLA"));
        Chat(api.MapGroup(""));

        var chat = functions.HttpWithHome("Chat", "chat").ExcludeFromDescription();
        chat.MapGet("/", ChatPage.Page);
        chat.MapGet("/embed.js", ChatPage.Embed);
        chat.MapGet("/assets/{version}/{file}", ChatPage.Asset);

        var support = functions.HttpWithHome("Support", "support").ExcludeFromDescription();
        support.MapGet("/", SupportPage.Form);
        support.MapGet("/receipts/{workspace}/{id}", SupportPage.Receipt);

        functions.Queue(nameof(DispatchTicketEvents), StorageNames.TicketEvents, TicketJson.Stored.TicketMessage,
            (call, services, cancel) => DispatchTicketEvents.Handle(call, services.GetRequiredService<TicketDelivery>(), cancel));
        functions.Queue(nameof(ProcessReceipt), StorageNames.ReceivedReceipts, ReceiptJson.Default.ReceiptMessage,
            (call, services, cancel) => ProcessReceipt.Handle(
                call, services.GetRequiredService<ReceiptWork>(), services.GetRequiredService<ReceiptStore>(), services.GetRequiredService<TimeProvider>(), services.GetRequiredService<DispatchOptions>(), cancel));
        functions.Queue(nameof(DeliverActivities), StorageNames.BotOutboxes, OutboxJson.Default.OutboxMessage,
            (call, services, cancel) => DeliverActivities.Handle(call, services.GetRequiredService<ChannelOutbox>(), services.GetRequiredService<GroupCards>(), cancel));
        functions.Timer(nameof(RemoveOldAnswers), "0 30 3 * * *",
            (services, cancel) => RemoveOldAnswers.Handle(
                services.GetRequiredService<IdempotencyStore>(), services.GetRequiredService<SettingsStore>(), services.GetRequiredService<TimeProvider>(), cancel));
        functions.Timer(nameof(SweepDueTimes), "15 * * * * *",
            (services, cancel) => SweepDueTimes.Handle(
                services.GetRequiredService<DueTimes>(), services.GetRequiredService<WakeTicket>(), services.GetRequiredService<CloseQuietTicket>(),
                services.GetRequiredService<TimeProvider>(), services.GetRequiredService<ILogger<DueTimes>>(), cancel));
        functions.Timer(nameof(RewindFailedInstances), "45 */2 * * * *",
            (services, cancel) => RewindFailedInstances.Handle(
                services.GetRequiredService<DurableConnection>(), services.GetRequiredService<RewindStore>(), services.GetRequiredService<TimeProvider>(), services.GetRequiredService<ILogger<RewindStore>>(), cancel));
        functions.Timer(nameof(PurgeOldInstances), "0 40 3 * * *",
            (services, cancel) => PurgeOldInstances.Handle(services.GetRequiredService<DurableConnection>(), services.GetRequiredService<TimeProvider>(), cancel));

        functions.DurableClient("ConnectTaskHub", StorageNames.DurableConnections);
        functions.Orchestrator(nameof(TicketWatch), () => new TicketWatch());
        functions.Activity(nameof(WakeTicket), app.Services.GetRequiredService<WakeTicket>);
        functions.Orchestrator(nameof(ResolvedTicketClosing), () => new ResolvedTicketClosing());
        functions.Activity(nameof(CloseQuietTicket), app.Services.GetRequiredService<CloseQuietTicket>);
        return functions.Definitions;
    }

    private static void Chat(RouteGroupBuilder api)
    {
        var desk = api.MapGroup("").WithTags("Chat");
        desk.MapGet("/attachments/{id}", GetAttachment.Handle).WithMetadata(Agents).WithName(nameof(GetAttachment)).ExcludeFromDescription();
        desk.MapGet("/chat", ManageChat.Get).WithMetadata(Agents).WithName("GetChat");
        desk.MapPatch("/chat", ManageChat.Change).Takes<ChatSettingRequest>("application/merge-patch+json").WithMetadata(Admins).WithName("ChangeChat");

        api.MapPost("/messages", ReceiveActivity.Handle).WithName(nameof(ReceiveActivity)).ExcludeFromDescription();

        // Direct Line is described by its own protocol.
        var line = api.MapGroup("/directline").AddEndpointFilter(DirectLineAccess.Filter).ExcludeFromDescription();
        line.MapMethods("/{*any}", ["OPTIONS"], DirectLineAccess.Preflight);
        line.MapPost("/tokens/generate", DirectLine.GenerateToken);
        line.MapPost("/tokens/refresh", DirectLine.RefreshToken);
        line.MapPost("/conversations", DirectLine.Start);
        line.MapGet("/conversations/{conversation}", DirectLine.Reconnect);
        line.MapGet("/conversations/{conversation}/activities", DirectLine.GetActivities);
        line.MapPost("/conversations/{conversation}/activities", DirectLine.PostActivity);
        line.MapPost("/conversations/{conversation}/upload", DirectLine.Upload);
        line.MapGet("/files/{workspace}/{id}", GetAttachment.HandleChat);
    }

    private static void Sla(RouteGroupBuilder sla)
    {
        var agents = sla.MapGroup("").WithMetadata(Agents);
        // A timeline in a request is no description of a type: the reader takes it apart itself.
        agents.MapPost("/sla/evaluate", EvaluateSla.Handle).WithName(nameof(EvaluateSla));
        agents.MapGet("/tickets/{id}/sla", ExplainSla.Handle).WithName(nameof(ExplainSla));
        agents.MapGet("/sla/policies", ManagePolicies.List).Lists().WithName("ListPolicies");
        agents.MapGet("/sla/policies/{id}", ManagePolicies.Get).WithName("GetPolicy");
        agents.MapGet("/calendars", ManageCalendars.List).Lists().WithName("ListCalendars");
        agents.MapGet("/calendars/{id}", ManageCalendars.Get).WithName("GetCalendar");

        var admins = sla.MapGroup("").WithMetadata(Admins);
        admins.MapPost("/sla/policies", ManagePolicies.Add).WithName("AddPolicy");
        admins.MapPatch("/sla/policies/{id}", ManagePolicies.Change).WithName("ChangePolicy");
        admins.MapDelete("/sla/policies/{id}", ManagePolicies.Remove).WithName("RemovePolicy");
        admins.MapPost("/sla/policies/{id}/try", TryPolicy.Handle).WithName(nameof(TryPolicy));
        admins.MapPost("/calendars", ManageCalendars.Add).WithName("AddCalendar");
        admins.MapPatch("/calendars/{id}", ManageCalendars.Change).WithName("ChangeCalendar");
        admins.MapDelete("/calendars/{id}", ManageCalendars.Remove).WithName("RemoveCalendar");
        agents.MapGet("/automations/closing", ManageClosing.Get).WithName("GetClosing");
        admins.MapPatch("/automations/closing", ManageClosing.Change).WithName("ChangeClosing");
    }

    private static void Tickets(RouteGroupBuilder tickets)
    {
        var all = tickets.MapGroup("").WithMetadata(Everybody);
        all.MapPost("/", OpenTicket.Handle).Takes<OpenTicketRequest>().WithName(nameof(OpenTicket));
        all.MapGet("/", ListTickets.Handle).Lists("status", "assignee", "group", "requester", "priority", "tag", "sla", "sort").WithName(nameof(ListTickets));
        all.MapGet("/{id}", GetTicket.Handle).WithName(nameof(GetTicket));
        all.MapPost("/{id}/comments", AddComment.Handle).Takes<AddCommentRequest>().WithName(nameof(AddComment));
        all.MapGet("/{id}/comments", ListComments.Handle).Lists().WithName(nameof(ListComments));
        all.MapGet("/{id}/events", ListTicketEvents.Handle).Lists().WithName(nameof(ListTicketEvents));

        var agents = tickets.MapGroup("").WithMetadata(Agents);
        agents.MapPatch("/{id}", PatchTicket.Handle).Takes<PatchTicketRequest>("application/merge-patch+json").WithName(nameof(PatchTicket));
        agents.MapPost("/{id}/assign", AssignTicket.Handle).Takes<AssignTicketRequest>().WithName(nameof(AssignTicket));
        agents.MapPost("/{id}/resolve", ResolveTicket.Handle).Takes<ResolveTicketRequest>().WithName(nameof(ResolveTicket));
        agents.MapPost("/{id}/reopen", ReopenTicket.Handle).Takes<NoBody>().WithName(nameof(ReopenTicket));
        agents.MapPost("/{id}/close", CloseTicket.Handle).Takes<NoBody>().WithName(nameof(CloseTicket));
        agents.MapPost("/{id}/escalate", EscalateTicket.Handle).Takes<EscalateTicketRequest>().WithName(nameof(EscalateTicket));
        agents.MapPost("/{id}/acknowledge", AcknowledgeTicket.Handle).Takes<NoBody>().WithName(nameof(AcknowledgeTicket));
        agents.MapPost("/{id}/merge", MergeTicket.Handle).Takes<MergeTicketRequest>().WithName(nameof(MergeTicket));
    }

    private static void Intake(RouteGroupBuilder intake)
    {
        intake.MapPost("/intake/web", SubmitWebForm.Handle).Takes<WebForm>(WebForm.UrlEncoded).WithName(nameof(SubmitWebForm));
        intake.MapGet("/receipts", ListReceipts.Handle).Lists("state").WithMetadata(Agents).WithName(nameof(ListReceipts));
        intake.MapGet("/receipts/{id}", GetReceipt.Handle).WithMetadata(Everybody).WithName(nameof(GetReceipt));
        intake.MapPost("/receipts/{id}/replay", ReplayReceipt.Handle).Takes<NoBody>().WithMetadata(Agents).WithName(nameof(ReplayReceipt));
    }

    private static void Desk(RouteGroupBuilder desk)
    {
        var agents = desk.MapGroup("").WithMetadata(Agents);
        agents.MapGet("/agents", ManageAgents.List).Lists().WithName("ListAgents");
        agents.MapGet("/agents/{id}", ManageAgents.Get).WithName("GetAgent");
        agents.MapGet("/groups", ManageGroups.List).Lists().WithName("ListGroups");
        agents.MapGet("/groups/{id}", ManageGroups.Get).WithName("GetGroup");

        var admins = desk.MapGroup("").WithMetadata(Admins);
        admins.MapPost("/agents", ManageAgents.Add).Takes<AgentRequest>().WithName("AddAgent");
        admins.MapPatch("/agents/{id}", ManageAgents.Change).Takes<AgentRequest>("application/merge-patch+json").WithName("ChangeAgent");
        admins.MapDelete("/agents/{id}", ManageAgents.Remove).WithName("RemoveAgent");
        admins.MapPost("/groups", ManageGroups.Add).Takes<GroupRequest>().WithName("AddGroup");
        admins.MapPatch("/groups/{id}", ManageGroups.Change).Takes<GroupRequest>("application/merge-patch+json").WithName("ChangeGroup");
        admins.MapDelete("/groups/{id}", ManageGroups.Remove).WithName("RemoveGroup");
        admins.MapGet("/keys", ManageKeys.List).Lists().WithName("ListKeys");
        admins.MapGet("/keys/{id}", ManageKeys.Get).WithName("GetKey");
        admins.MapPost("/keys", ManageKeys.Add).Takes<KeyRequest>().WithName("AddKey");
        admins.MapDelete("/keys/{id}", ManageKeys.Remove).WithName("RemoveKey");
        admins.MapGet("/workspaces", ManageWorkspaces.List).Lists().WithName("ListWorkspaces");
        admins.MapGet("/workspaces/{id}", ManageWorkspaces.Get).WithName("GetWorkspace");
        admins.MapPost("/workspaces", ManageWorkspaces.Add).Takes<WorkspaceRequest>().WithName("AddWorkspace");
        admins.MapPatch("/workspaces/{id}", ManageWorkspaces.Change).Takes<WorkspaceRequest>("application/merge-patch+json").WithName("ChangeWorkspace");
        admins.MapDelete("/workspaces/{id}", ManageWorkspaces.Remove).WithName("RemoveWorkspace");
    }

    private static void Operations(RouteGroupBuilder operations)
    {
        operations.MapGet("/health", GetHealth.Handle).WithName(nameof(GetHealth));
        operations.MapGet("/openapi.json", ApiDescription.Handle).ExcludeFromDescription();

        var admins = operations.MapGroup("/operations").WithMetadata(Admins);
        admins.MapGet("/dead-letters", ManageDeadLetters.List).Lists().WithName("ListDeadLetters");
        admins.MapPost("/dead-letters/{id}/replay", ManageDeadLetters.Replay).Takes<NoBody>().WithName("ReplayDeadLetter");
        admins.MapGet("/durable", GetDurable.Handle).Lists("status").WithName(nameof(GetDurable));
        admins.MapGet("/queues", ManageQueues.List).WithName("ListQueues");
        admins.MapPost("/queues/{name}/replay-poison", ManageQueues.ReplayPoison).Takes<NoBody>().WithName("ReplayPoison");
    }
}
