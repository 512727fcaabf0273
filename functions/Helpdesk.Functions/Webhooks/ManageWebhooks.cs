using Helpdesk.Functions.Conditions;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;
using Helpdesk.Webhooks;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Webhooks;

/// <summary>Subscriptions to ticket events. For admins.</summary>
public sealed class ManageWebhooks(
    WebhookStore webhooks,
    WebhookHealth health,
    WebhookDeliveries deliveries,
    SettingsStore settings,
    SettingsTransactions transactions,
    SettingReferences references,
    ConditionReferences conditions,
    OutsideConnections outside,
    TimeProvider time
)
{
    private static readonly TimeSpan KeptByItself = TimeSpan.FromDays(1);

    /// <summary>Lists the subscriptions.</summary>
    [Function(nameof(ListWebhooks)), RequiresKey(KeyRole.Admin)]
    public async Task<Ok<ListPage<WebhookView>>> ListWebhooks(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/webhooks")] PageQuery query,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        var page = await settings.ListAsync(caller.Workspace, WebhookStore.Kind, query.Limit, query.Cursor, cancellationToken);
        var failing = await health.ReadAsync(caller.Workspace, cancellationToken);
        var now = time.GetUtcNow();
        return TypedResults.Ok(
            new ListPage<WebhookView>([.. page.Items.Select(one => WebhookView.Of(one, failing.GetValueOrDefault(one.Id), now))], page.NextCursor)
        );
    }

    /// <summary>Shows a subscription.</summary>
    [Function(nameof(GetWebhook)), RequiresKey(KeyRole.Admin)]
    public async Task<Results<Ok<WebhookView>, NotFound>> GetWebhook(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/webhooks/{id}")] Caller caller,
        string id,
        CancellationToken cancellationToken
    ) =>
        await webhooks.FindAsync(caller.Workspace, id, cancellationToken) is { } found
            ? TypedResults.Ok(await ViewAsync(caller, found, cancellationToken))
            : TypedResults.NotFound();

    /// <summary>Adds a subscription: ticket events from now on are posted to its address. Its secret is in this answer and nowhere else.</summary>
    [Function(nameof(AddWebhook)), RequiresKey(KeyRole.Admin), Refuses("already-exists", "too-many-webhooks")]
    public async Task<Created<WebhookSecret>> AddWebhook(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/webhooks")] AddWebhookRequest request,
        Caller caller,
        Idempotency? idempotency,
        CancellationToken cancellationToken
    )
    {
        await CheckAsync(request.Url, cancellationToken);
        var webhook = new Webhook
        {
            Id = request.Id ?? SettingFields.IdFrom(string.IsNullOrEmpty(request.Name) ? new Uri(request.Url).Host : request.Name),
            Name = string.IsNullOrEmpty(request.Name) ? null : request.Name,
            Url = request.Url,
            Events = request.Events is { Count: > 0 } events ? events : null,
            Condition = request.Condition,
            Active = request.Active ?? true,
            IncludeWords = request.IncludeWords ?? false,
            Secret = WebhookSignature.NewSecret(),
            CreatedAt = time.GetUtcNow(),
        };
        var added = await transactions.RunAsync(
            caller.Workspace,
            async changes =>
            {
                if (
                    idempotency is not null
                    && await settings.ReplayAsync(caller.Workspace, idempotency, WebhookJson.Default.Webhook, cancellationToken) is { } earlier
                )
                    return earlier;
                if ((await webhooks.ListAsync(caller.Workspace, cancellationToken)).Count >= WebhookStore.Most)
                    throw new HelpdeskRuleException(
                        "too-many-webhooks",
                        $"A workspace has at most {WebhookStore.Most} webhooks: remove one that nobody needs any more."
                    );
                return await settings.AddAsync(
                    caller.Workspace,
                    WebhookStore.Kind,
                    webhook,
                    it => it,
                    WebhookJson.Default.Webhook,
                    idempotency,
                    cancellationToken,
                    with: changes
                );
            },
            cancellationToken
        );
        webhooks.Added(caller.Workspace);
        return TypedResults.Created(
            $"/api/webhooks/{added.Id}",
            new WebhookSecret(added.Id, added.Secret, null) { Warnings = await WarningsAsync(added, caller.Workspace, cancellationToken) }
        );
    }

    /// <summary>Changes a subscription, or switches it on or off. All instances keep to it within half a minute.</summary>
    [Function(nameof(ChangeWebhook)), RequiresKey(KeyRole.Admin), Takes(typeof(ChangeWebhookBody))]
    public async Task<Results<Ok<WebhookView>, NotFound>> ChangeWebhook(
        [HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = "api/webhooks/{id}")] ChangeWebhookRequest request,
        string id,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        if (request.Url is not null)
            await CheckAsync(request.Url, cancellationToken);
        var isNews = request.Url is not null || request.Active == true;
        var changed = await ChangeAsync(
            caller.Workspace,
            id,
            webhook =>
                webhook with
                {
                    Name = request.Name is null ? webhook.Name : request.Name.Value,
                    Url = request.Url ?? webhook.Url,
                    Events =
                        request.Events is null ? webhook.Events
                        : request.Events.Count > 0 ? request.Events
                        : null,
                    Condition = request.Condition is null ? webhook.Condition : request.Condition.Value,
                    Active = request.Active ?? webhook.Active,
                    IncludeWords = request.IncludeWords ?? webhook.IncludeWords,
                    Off = request.Active == true ? null : webhook.Off,
                },
            cancellationToken
        );
        if (changed is null)
            return TypedResults.NotFound();
        // Its three days begin anew.
        if (isNews)
            await health.ForgetAsync(caller.Workspace, id, cancellationToken);
        var view = await ViewAsync(caller, changed, cancellationToken);
        return TypedResults.Ok(view with { Warnings = await WarningsAsync(changed, caller.Workspace, cancellationToken) });
    }

    /// <summary>Gives a subscription a new secret. The old one signs as well for a while, so that the receiver can change over in peace.</summary>
    [Function(nameof(RotateWebhookSecret)), RequiresKey(KeyRole.Admin)]
    public async Task<Results<Ok<WebhookSecret>, NotFound>> RotateWebhookSecret(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/webhooks/{id}/rotate")] RotateWebhookRequest request,
        string id,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        var (secret, now, keep) = (WebhookSignature.NewSecret(), time.GetUtcNow(), request.KeepOld ?? KeptByItself);
        var rotated = await ChangeAsync(
            caller.Workspace,
            id,
            webhook =>
                webhook with
                {
                    Secret = secret,
                    OldSecret = keep > TimeSpan.Zero ? webhook.Secret : null,
                    OldSecretUntil = keep > TimeSpan.Zero ? now + keep : null,
                },
            cancellationToken
        );
        return rotated is null ? TypedResults.NotFound() : TypedResults.Ok(new WebhookSecret(id, secret, rotated.OldSecretUntil));
    }

    /// <summary>
    /// Removes a subscription. While an automation or a shared macro names it, that is a conflict; a successor takes its place there. What it is still owed
    /// is not sent; what went to it stays in <c>/api/deliveries</c> for 30 days.
    /// </summary>
    [Function(nameof(RemoveWebhook)), RequiresKey(KeyRole.Admin), Refuses("webhook-in-use")]
    public async Task<Results<NoContent, NotFound>> RemoveWebhook(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/webhooks/{id}")] SuccessorQuery query,
        string id,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        if (await webhooks.FindAsync(caller.Workspace, id, cancellationToken) is null)
            return TypedResults.NotFound();
        var setting = new NamedSetting(caller.Workspace, NamedKind.Webhook, id);
        // Before anything is noted of its going.
        query.Check(id, query.Successor is { } next && await webhooks.FindAsync(caller.Workspace, next, cancellationToken) is not null);
        if (query.Successor is null)
            await references.CheckAsync(setting, cancellationToken);
        await deliveries.NoteRemovedAsync(caller.Workspace, id, cancellationToken);
        var removed = await transactions.RunAsync(
            caller.Workspace,
            async changes =>
            {
                var all = await webhooks.ListAsync(caller.Workspace, cancellationToken);
                if (all.All(webhook => webhook.Id != id))
                    return false;
                query.Check(id, all.Any(webhook => webhook.Id == query.Successor));
                if (query.Successor is null)
                    await references.CheckAsync(setting, cancellationToken);
                await references.MoveAsync(setting, query.Successor, caller.Actor, changes, cancellationToken);
                changes.Remove(WebhookStore.Kind, id);
                return true;
            },
            cancellationToken
        );
        if (!removed)
            return TypedResults.NotFound();
        await health.ForgetAsync(caller.Workspace, id, cancellationToken);
        return TypedResults.NoContent();
    }

    private Task<Webhook?> ChangeAsync(string workspace, string id, Func<Webhook, Webhook> change, CancellationToken cancellationToken) =>
        transactions.RunAsync(
            workspace,
            async changes =>
            {
                if ((await webhooks.ListAsync(workspace, cancellationToken)).FirstOrDefault(one => one.Id == id) is not { } webhook)
                    return null;
                var with = change(webhook);
                changes.Put(WebhookStore.Kind, with);
                return with;
            },
            cancellationToken
        );

    private async Task<WebhookView> ViewAsync(Caller caller, Webhook webhook, CancellationToken cancellationToken) =>
        WebhookView.Of(webhook, await health.FindAsync(caller.Workspace, webhook.Id, cancellationToken), time.GetUtcNow());

    private async Task CheckAsync(string url, CancellationToken cancellationToken)
    {
        if (await outside.ProblemAsync(url, cancellationToken) is { } problem)
            throw new InvalidRequestException("url", $"url {problem}");
    }

    /// <summary>What of a subscription has no effect as things stand; null for nothing.</summary>
    private async Task<IReadOnlyList<string>?> WarningsAsync(Webhook webhook, string workspace, CancellationToken cancellationToken)
    {
        var missing = await conditions.WarningsAsync(webhook.Condition, workspace, cancellationToken);
        return missing.Count == 0 ? WebhookFields.WarningsOf(webhook) : [.. WebhookFields.WarningsOf(webhook) ?? [], .. missing];
    }
}
