using Helpdesk.Alerts;
using Helpdesk.Functions.Directory;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Alerts;

/// <summary>A new alert source, the key of its secret address and the secret that the desk made, as a repeated request gets them again.</summary>
public sealed record IssuedAlertSource(AlertSource Source, string Key, string? Secret = null);

/// <summary>A new alert source as it was sent.</summary>
/// <param name="Unsigned">Whether its signature was said to be null.</param>
public sealed record AddAlertSourceRequest(AlertSource Source, string? Secret, AlertSignatureBody? Signature, bool Unsigned)
    : IFromRequest<AddAlertSourceRequest>
{
    public static async ValueTask<AddAlertSourceRequest> ReadAsync(HttpContext context)
    {
        var fields = await FieldReader.ReadAsync(context);
        var (id, name) = (SettingFields.Id(fields), fields.Text("name", 100, required: true));
        if (id == AlertMappingsPath)
            fields.Wrong("id", $"must not be {AlertMappingsPath}: that is where the mappings are shown.");
        var source = new AlertSource
        {
            Id = id ?? "",
            Name = name!,
            Kind = fields.OneOf<AlertKind>("kind", required: true) ?? default,
            Group = fields.Text("group", 40) is { Length: > 0 } group ? group : null,
            Mapping = AlertSourceFields.Mapping(fields),
            CorrelateBy = AlertSourceFields.CorrelateBy(fields),
            KeyHash = "",
            Rules = AlertSourceFields.Rules(fields, null),
            Every = AlertSourceFields.Every(fields),
            Tell = AlertSourceFields.Tell(fields),
            Active = fields.Flag("active") ?? true,
            CreatedAt = default,
            UpdatedAt = default,
        };
        var request = new AddAlertSourceRequest(source, AlertSourceFields.Secret(fields), AlertSourceFields.Signature(fields), fields.IsNull("signature"));
        fields.Done();
        return request;
    }

    /// <summary>What no source can be called.</summary>
    internal const string AlertMappingsPath = "mappings";
}

/// <summary>What is to be different about an alert source.</summary>
/// <param name="Tell">How its tool is told anew; null where that stays.</param>
public sealed record ChangeAlertSourceRequest(Func<AlertSource, DateTimeOffset, AlertSource> Change, AlertTell? Tell) : IFromRequest<ChangeAlertSourceRequest>
{
    public static async ValueTask<ChangeAlertSourceRequest> ReadAsync(HttpContext context)
    {
        var fields = await FieldReader.ReadAsync(context);
        var name = fields.Text("name", 100, required: fields.Has("name"));
        var group = fields.Text("group", 40);
        var mapping = AlertSourceFields.Mapping(fields);
        var correlateBy = AlertSourceFields.CorrelateBy(fields);
        var (secret, signature) = (AlertSourceFields.Secret(fields), AlertSourceFields.Signature(fields));
        var every = AlertSourceFields.Every(fields);
        var tell = AlertSourceFields.Tell(fields);
        var active = fields.Flag("active");
        AlertSourceFields.Rules(fields, null);
        fields.Done();
        return new(
            (it, now) =>
                it with
                {
                    Name = name ?? it.Name,
                    Group =
                        !fields.Has("group") ? it.Group
                        : string.IsNullOrEmpty(group) ? null
                        : group,
                    Mapping = fields.Has("mapping") ? mapping : it.Mapping,
                    CorrelateBy = fields.Has("correlateBy") ? correlateBy : it.CorrelateBy,
                    Signature = SignatureOf(it, fields.Has("signature"), signature, secret, now),
                    Rules = AlertSourceFields.Rules(fields, it.Rules),
                    Every = fields.Has("every") ? every : it.Every,
                    Tell = fields.Has("tell") ? tell : it.Tell,
                    Active = active ?? it.Active,
                    UpdatedAt = now,
                },
            tell
        );
    }

    private static AlertSignature? SignatureOf(AlertSource it, bool told, AlertSignatureBody? signature, string? secret, DateTimeOffset now)
    {
        if (told && signature is null)
            return secret is null ? null : throw new InvalidRequestException("secret", "secret does not go with \"signature\": null, which takes it away.");
        if (signature is null && secret is null)
            return it.Signature;
        var held = it.Signature ?? new(ManageAlertSources.SchemeOf(it.Kind), "");
        if (signature is not null)
            held = held with { Scheme = signature.Scheme, Header = signature.Header };
        if (held.Scheme == AlertSignatureScheme.Sns)
            return new(AlertSignatureScheme.Sns, secret ?? "");
        if (secret is null && held.Secret.Length == 0)
            throw new InvalidRequestException("secret", "secret is required: this source has none yet.");
        return secret is null ? held : held.With(secret, now);
    }
}

/// <summary>Alert sources: the monitoring tools that report to a workspace. Admins add and change them; every agent may see them.</summary>
public sealed class ManageAlertSources(
    SettingsStore settings,
    AlertSourceStore sources,
    DirectoryStore directory,
    SettingsTransactions transactions,
    OutsideConnections outside,
    PublicAddress desk,
    TimeProvider time
)
{
    private const int SecretLength = 40;

    /// <summary>Lists the alert sources.</summary>
    [Function(nameof(ListAlertSources)), RequiresKey(KeyRole.Agent, KeyRole.Admin)]
    public async Task<Ok<ListPage<AlertSourceView>>> ListAlertSources(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/alert-sources")] PageQuery query,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        var page = await settings.ListAsync(caller.Workspace, AlertSourceKinds.Sources, query.Limit, query.Cursor, cancellationToken);
        return TypedResults.Ok(new ListPage<AlertSourceView>([.. page.Items.Select(AlertSourceView.Of)], page.NextCursor));
    }

    /// <summary>Shows the mappings that the desk brings along, and the severities that it knows.</summary>
    [Function(nameof(AlertMappingNames)), RequiresKey(KeyRole.Agent, KeyRole.Admin)]
    public Ok<AlertMappingExamplesView> AlertMappingNames(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/alert-sources/mappings")] Caller caller
    ) =>
        TypedResults.Ok(
            new AlertMappingExamplesView(
                [.. AlertMappingExamples.All.Select(one => new AlertMappingExampleView(one.Name, one.About, AlertSourceFields.BodyOf(one.Mapping)!))],
                [.. AlertSeverities.Words.Select(one => new AlertSeverityView(one.Priority, one.Words))]
            )
        );

    /// <summary>Shows an alert source.</summary>
    [Function(nameof(GetAlertSource)), RequiresKey(KeyRole.Agent, KeyRole.Admin)]
    public async Task<Results<Ok<AlertSourceView>, NotFound>> GetAlertSource(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/alert-sources/{id}")] Caller caller,
        string id,
        CancellationToken cancellationToken
    ) => await sources.FindAsync(caller.Workspace, id, cancellationToken) is { } found ? TypedResults.Ok(AlertSourceView.Of(found)) : TypedResults.NotFound();

    /// <summary>Adds an alert source. Its secret address, and the secret that the desk makes, are in this answer and nowhere else.</summary>
    [Function(nameof(AddAlertSource)), RequiresKey(KeyRole.Admin), Takes(typeof(AddAlertSourceBody)), Refuses("already-exists")]
    public async Task<Created<AlertSourceWithSecrets>> AddAlertSource(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/alert-sources")] AddAlertSourceRequest request,
        Caller caller,
        Idempotency? idempotency,
        CancellationToken cancellationToken
    )
    {
        var now = time.GetUtcNow();
        var id = request.Source.Id.Length > 0 ? request.Source.Id : IdOf(request.Source.Name);
        var (key, hash) = AlertSourceStore.NewKey(caller.Workspace, id);
        var (signature, made) = SignatureOf(request);
        var source = request.Source with { Id = id, KeyHash = hash, Signature = signature, CreatedAt = now, UpdatedAt = now };
        AlertSourceFields.Check(source);
        await CheckTellAsync(source.Tell, caller, cancellationToken);
        var added = await transactions.RunAsync(
            caller.Workspace,
            async changes =>
            {
                if (
                    idempotency is not null
                    && await settings.ReplayAsync(caller.Workspace, idempotency, AlertSourceJson.Default.IssuedAlertSource, cancellationToken) is { } earlier
                )
                    return earlier;
                await CheckGroupAsync(source, caller, cancellationToken);
                return await settings.AddAsync(
                    caller.Workspace,
                    AlertSourceKinds.Sources,
                    source,
                    it => new IssuedAlertSource(it, key, made),
                    AlertSourceJson.Default.IssuedAlertSource,
                    idempotency,
                    cancellationToken,
                    with: changes
                );
            },
            cancellationToken
        );
        return TypedResults.Created($"/api/alert-sources/{added.Source.Id}", Shown(added.Source, added.Key, added.Secret));
    }

    /// <summary>Changes an alert source.</summary>
    [Function(nameof(ChangeAlertSource)), RequiresKey(KeyRole.Admin), Takes(typeof(ChangeAlertSourceBody))]
    public async Task<Results<Ok<AlertSourceView>, NotFound>> ChangeAlertSource(
        [HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = "api/alert-sources/{id}")] ChangeAlertSourceRequest request,
        string id,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        await CheckTellAsync(request.Tell, caller, cancellationToken);
        var changed = await ChangeAsync(
            caller,
            id,
            async source =>
            {
                var with = request.Change(source, time.GetUtcNow());
                AlertSourceFields.Check(with);
                await CheckGroupAsync(with, caller, cancellationToken);
                return with;
            },
            cancellationToken
        );
        return changed is null ? TypedResults.NotFound() : TypedResults.Ok(AlertSourceView.Of(changed));
    }

    /// <summary>Gives an alert source a new secret address. The old one takes nothing any more within seconds.</summary>
    [Function(nameof(RenewAlertSource)), RequiresKey(KeyRole.Admin)]
    public async Task<Results<Ok<AlertSourceWithSecrets>, NotFound>> RenewAlertSource(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/alert-sources/{id}/renew")] NoBody body,
        string id,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        var (key, hash) = AlertSourceStore.NewKey(caller.Workspace, id);
        var renewed = await ChangeAsync(
            caller,
            id,
            source => Task.FromResult(source with { KeyHash = hash, UpdatedAt = time.GetUtcNow() }),
            cancellationToken
        );
        return renewed is null ? TypedResults.NotFound() : TypedResults.Ok(Shown(renewed, key, null));
    }

    /// <summary>Removes an alert source. Its secret address takes nothing any more; the tickets of its episodes stay.</summary>
    [Function(nameof(RemoveAlertSource)), RequiresKey(KeyRole.Admin)]
    public async Task<Results<NoContent, NotFound>> RemoveAlertSource(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/alert-sources/{id}")] Caller caller,
        string id,
        CancellationToken cancellationToken
    )
    {
        var removed = await transactions.RunAsync(
            caller.Workspace,
            async changes =>
            {
                var source = await sources.FindFreshAsync(caller.Workspace, id, cancellationToken);
                if (source is not null)
                    changes.Remove(AlertSourceKinds.Sources, id);
                return source;
            },
            cancellationToken
        );
        return removed is null ? TypedResults.NotFound() : TypedResults.NoContent();
    }

    /// <summary>The scheme of a source that was told a secret and no scheme.</summary>
    internal static AlertSignatureScheme SchemeOf(AlertKind kind) =>
        kind switch
        {
            AlertKind.PagerDuty => AlertSignatureScheme.PagerDuty,
            AlertKind.Sns => AlertSignatureScheme.Sns,
            _ => AlertSignatureScheme.Bearer,
        };

    /// <summary>How a new source's reports are proved, and the secret to show where the desk has made it. What Amazon sends is always signed.</summary>
    private static (AlertSignature? Signature, string? Made) SignatureOf(AddAlertSourceRequest request)
    {
        var kind = request.Source.Kind;
        if (request.Signature is null && request.Secret is null && (kind != AlertKind.Sns || request.Unsigned))
            return (null, null);
        var scheme = request.Signature?.Scheme ?? SchemeOf(kind);
        if (scheme == AlertSignatureScheme.Sns)
            return (new(scheme, request.Secret ?? ""), null);
        var made = request.Secret is null ? Hashes.RandomName(SecretLength) : null;
        return (new(scheme, request.Secret ?? made!, request.Signature?.Header), made);
    }

    private static string IdOf(string name) => SettingFields.IdFrom(name) is var id && id == AddAlertSourceRequest.AlertMappingsPath ? $"{id}-1" : id;

    private AlertSourceWithSecrets Shown(AlertSource source, string key, string? secret) =>
        new(source.Id, $"{desk.Url}/api/intake/alerts/{key}", secret, AlertSourceView.Of(source));

    private Task<AlertSource?> ChangeAsync(Caller caller, string id, Func<AlertSource, Task<AlertSource>> change, CancellationToken cancellationToken) =>
        transactions.RunAsync(
            caller.Workspace,
            async changes =>
            {
                if (await sources.FindFreshAsync(caller.Workspace, id, cancellationToken) is not { } source)
                    return null;
                var with = await change(source);
                changes.Put(AlertSourceKinds.Sources, with);
                return with;
            },
            cancellationToken
        );

    /// <summary>Whether a tool may be called where it is said to be, with a secret that this workspace may read.</summary>
    private async Task CheckTellAsync(AlertTell? tell, Caller caller, CancellationToken cancellationToken)
    {
        var errors = new Dictionary<string, string[]>(StringComparer.Ordinal);
        if (tell?.Url is { } url && await outside.ProblemAsync(url, cancellationToken) is { } problem)
            errors["tell.url"] = [$"tell.url {problem}"];
        else if (tell?.Url?.Contains('?', StringComparison.Ordinal) == true)
            errors["tell.url"] = ["tell.url must not contain a query (?): the paths of the tool's API are put behind it."];
        foreach (var (field, name) in new[] { ("tell.secretSetting", tell?.SecretSetting), ("tell.applicationKeySetting", tell?.ApplicationKeySetting) })
        {
            if (name is not null && AlertSecrets.ProblemOf(caller.Workspace, name) is { } wrong)
                errors[field] = [$"{field} {wrong}"];
        }

        if (errors.Count > 0)
            throw new InvalidRequestException(errors);
    }

    private async Task CheckGroupAsync(AlertSource source, Caller caller, CancellationToken cancellationToken)
    {
        if (source.Group is { } group && !(await directory.ListGroupsAsync(caller.Workspace, cancellationToken)).Any(one => one.Id == group))
            throw new InvalidRequestException("group", $"group was not found: there is no group \"{group}\" here.");
    }
}
