using System.ComponentModel.DataAnnotations;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Directory;

/// <summary>A key to make.</summary>
/// <param name="Name">What the key is for.</param>
/// <param name="Role">What it allows.</param>
/// <param name="Agent">Id or e-mail address of the agent who holds it; required unless the role is <c>integration</c>.</param>
[Example("""{"name":"Monitoring","role":"integration"}""")]
public sealed record KeyRequest([property: MaxLength(100)] string Name, KeyRole Role, string? Agent) : IFromRequest<KeyRequest>
{
    public static async ValueTask<KeyRequest> ReadAsync(HttpContext context)
    {
        var fields = await FieldReader.ReadAsync(context);
        var (name, role, agent) = (fields.Text("name", 100, required: true), fields.OneOf<KeyRole>("role", required: true), fields.Text("agent", 254));
        if (role is KeyRole.Agent or KeyRole.Admin && agent is null)
            fields.Wrong("agent", "is required: keys of this role belong to an agent.");
        if (role == KeyRole.Integration && agent is not null)
            fields.Wrong("agent", "must be left out: an integration's key belongs to no agent.");
        fields.Done();
        return new(name!, role!.Value, agent);
    }
}

/// <summary>A new key.</summary>
/// <param name="Id">Names the key; it is not its text.</param>
/// <param name="Name">What the key is for.</param>
/// <param name="Role">What it allows.</param>
/// <param name="Agent">Id of the agent who holds it; null for an integration.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="Key">The text to send with requests. It is shown once, here.</param>
public sealed record KeyWithSecret(string Id, string Name, KeyRole Role, string? Agent, DateTimeOffset CreatedAt, string Key);

/// <summary>Keys of a workspace, for its admins.</summary>
public sealed class ManageKeys(SettingsStore settings, DirectoryStore directory, TimeProvider time, KeyRing keys)
{
    /// <summary>Lists the keys.</summary>
    [Function(nameof(ListKeys)), RequiresKey(KeyRole.Admin)]
    public async Task<Ok<ListPage<AccessKey>>> ListKeys(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/keys")] PageQuery query,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        return TypedResults.Ok(await settings.ListAsync(caller.Workspace, DirectoryKinds.Keys, query.Limit, query.Cursor, cancellationToken));
    }

    /// <summary>Shows a key.</summary>
    [Function(nameof(GetKey)), RequiresKey(KeyRole.Admin)]
    public async Task<Results<Ok<AccessKey>, NotFound>> GetKey(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/keys/{id}")] Caller caller,
        string id,
        CancellationToken cancellationToken
    ) => await settings.FindAsync(caller.Workspace, DirectoryKinds.Keys, id, cancellationToken) is { } key ? TypedResults.Ok(key) : TypedResults.NotFound();

    /// <summary>Makes a key. Its text is in this answer and nowhere else.</summary>
    [Function(nameof(AddKey)), RequiresKey(KeyRole.Admin)]
    public async Task<Created<KeyWithSecret>> AddKey(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/keys")] KeyRequest request,
        Caller caller,
        Idempotency? idempotency,
        CancellationToken cancellationToken
    )
    {
        var agent = request.Agent is null
            ? null
            : await directory.FindAgentAsync(caller.Workspace, request.Agent, cancellationToken)
                ?? throw new InvalidRequestException("agent", "agent was not found: give the id or e-mail address of an agent of this workspace.");
        var (key, text, hash) = KeyRing.Make(caller.Workspace, request.Name, request.Role, agent?.Id, time.GetUtcNow());
        var issued = await settings.AddAsync(
            caller.Workspace,
            DirectoryKinds.Keys,
            key,
            it => new IssuedKey(it, text),
            DirectoryJson.Default.IssuedKey,
            idempotency,
            cancellationToken,
            hash
        );
        var made = issued.Key;
        return TypedResults.Created($"/api/keys/{made.Id}", new KeyWithSecret(made.Id, made.Name, made.Role, made.Agent, made.CreatedAt, issued.Secret));
    }

    /// <summary>Revokes a key. Within seconds it opens nothing any more.</summary>
    [Function(nameof(RemoveKey)), RequiresKey(KeyRole.Admin)]
    public async Task<Results<NoContent, NotFound>> RemoveKey(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/keys/{id}")] Caller caller,
        string id,
        CancellationToken cancellationToken
    )
    {
        var removed = await settings.RemoveAsync(caller.Workspace, DirectoryKinds.Keys, id, cancellationToken);
        keys.Forget();
        return removed ? TypedResults.NoContent() : TypedResults.NotFound();
    }
}
