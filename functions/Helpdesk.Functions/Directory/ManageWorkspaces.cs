using System.ComponentModel.DataAnnotations;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Directory;

/// <summary>A new workspace.</summary>
/// <param name="Id">The id to give it; made from the name when it is left out. It can never be changed.</param>
/// <param name="Name">The name of the department or organisation.</param>
[Example("""{"id":"branch","name":"Branch office"}""")]
public sealed record AddWorkspaceRequest([property: RegularExpression(SettingFields.IdPattern)] string? Id, [property: MaxLength(100)] string Name)
    : IFromRequest<AddWorkspaceRequest>
{
    public static async ValueTask<AddWorkspaceRequest> ReadAsync(HttpContext context)
    {
        var fields = await FieldReader.ReadAsync(context);
        var request = new AddWorkspaceRequest(SettingFields.Id(fields), fields.Text("name", 100, required: true)!);
        fields.Done();
        return request;
    }
}

/// <summary>What is to be different about a workspace: a JSON merge patch (RFC 7396).</summary>
/// <param name="Name">The name of the department or organisation.</param>
/// <param name="Active">A workspace that is not active takes nothing in, and its keys do not work.</param>
[Example("""{"active":false}""")]
public sealed record ChangeWorkspaceRequest([property: MaxLength(100)] string? Name, bool? Active) : IFromRequest<ChangeWorkspaceRequest>
{
    public static async ValueTask<ChangeWorkspaceRequest> ReadAsync(HttpContext context)
    {
        var fields = await FieldReader.ReadAsync(context);
        var request = new ChangeWorkspaceRequest(fields.Text("name", 100, required: fields.Has("name")), fields.Flag("active"));
        fields.Done();
        return request;
    }
}

/// <summary>A new workspace, with the key of its first admin.</summary>
/// <param name="Id">Names the workspace.</param>
/// <param name="Name">The name of the department or organisation.</param>
/// <param name="Active">A workspace that is not active takes nothing in.</param>
/// <param name="CreatedAt">When it was opened.</param>
/// <param name="AdminKey">The text of its first admin's key. It is shown once, here.</param>
public sealed record OpenedWorkspace(string Id, string Name, bool Active, DateTimeOffset CreatedAt, string AdminKey);

/// <summary>Workspaces. Admins of the home workspace look after all of them; every other admin sees only their own.</summary>
public sealed class ManageWorkspaces(SettingsStore settings, DirectoryStore directory, TimeProvider time, KeyRing keys)
{
    /// <summary>Lists the workspaces. Admins of the home workspace see all of them, others their own.</summary>
    [Function(nameof(ListWorkspaces)), RequiresKey(KeyRole.Admin)]
    public async Task<Ok<ListPage<Workspace>>> ListWorkspaces(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/workspaces")] PageQuery query,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        var own = await directory.FindWorkspaceAsync(caller.Workspace, cancellationToken);
        if (!LooksAfterAll(caller))
            return TypedResults.Ok(new ListPage<Workspace>(own is null ? [] : [own], null));
        var page = await settings.ListAsync(DirectoryStore.AllWorkspaces, DirectoryKinds.Workspaces, query.Limit, query.Cursor, cancellationToken);
        var stored = await settings.FindAsync(DirectoryStore.AllWorkspaces, DirectoryKinds.Workspaces, DirectoryStore.HomeWorkspace, cancellationToken);
        return TypedResults.Ok(query.Cursor is null && stored is null ? page with { Items = [own!, .. page.Items] } : page);
    }

    /// <summary>Shows a workspace.</summary>
    [Function(nameof(GetWorkspace)), RequiresKey(KeyRole.Admin)]
    public async Task<Results<Ok<Workspace>, NotFound>> GetWorkspace(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/workspaces/{id}")] Caller caller,
        string id,
        CancellationToken cancellationToken
    ) =>
        (LooksAfterAll(caller) || caller.Workspace == id) && await directory.FindWorkspaceAsync(id, cancellationToken) is { } workspace
            ? TypedResults.Ok(workspace)
            : TypedResults.NotFound();

    /// <summary>
    /// Opens a workspace with an admin of its own. The text of their key is in this answer and nowhere else. For admins of the home workspace.
    /// </summary>
    [Function(nameof(AddWorkspace)), RequiresKey(KeyRole.Admin), Refuses("already-exists")]
    public async Task<Results<Created<OpenedWorkspace>, StatusCodeHttpResult>> AddWorkspace(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/workspaces")] AddWorkspaceRequest request,
        Caller caller,
        Idempotency? idempotency,
        CancellationToken cancellationToken
    )
    {
        if (!LooksAfterAll(caller))
            return TypedResults.StatusCode(StatusCodes.Status403Forbidden);
        var workspace = new Workspace
        {
            Id = request.Id ?? SettingFields.IdFrom(request.Name),
            Name = request.Name,
            CreatedAt = time.GetUtcNow(),
        };
        var (key, text, hash) = KeyRing.Make(workspace.Id, "First admin", KeyRole.Admin, DirectoryStore.FirstAdmin.Id, time.GetUtcNow());
        var taken = await directory.FindWorkspaceAsync(workspace.Id, cancellationToken) is not null;
        if (!taken)
        {
            // The key comes first: it opens nothing until its workspace is there, and a workspace without one would open to nobody.
            await settings.PutAsync(
                workspace.Id,
                DirectoryKinds.Agents,
                DirectoryStore.FirstAdmin with
                {
                    CreatedAt = workspace.CreatedAt,
                },
                cancellationToken
            );
            await directory.PutKeyAsync(workspace.Id, key, hash, cancellationToken);
        }

        if (workspace.Id == DirectoryStore.HomeWorkspace)
            throw new HelpdeskRuleException("already-exists", "The home workspace is there from the start.");
        var opened = await settings.AddAsync(
            DirectoryStore.AllWorkspaces,
            DirectoryKinds.Workspaces,
            workspace,
            it => new OpenedWorkspace(it.Id, it.Name, it.Active, it.CreatedAt, text),
            DirectoryJson.Default.OpenedWorkspace,
            idempotency,
            cancellationToken
        );
        if (opened.AdminKey != text && !taken)
            await settings.RemoveAsync(workspace.Id, DirectoryKinds.Keys, key.Id, cancellationToken);
        return TypedResults.Created($"/api/workspaces/{opened.Id}", opened);
    }

    /// <summary>Changes a workspace. For admins of the home workspace.</summary>
    [Function(nameof(ChangeWorkspace)), RequiresKey(KeyRole.Admin), Refuses("home-workspace")]
    public async Task<Results<Ok<Workspace>, NotFound, StatusCodeHttpResult>> ChangeWorkspace(
        [HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = "api/workspaces/{id}")] ChangeWorkspaceRequest request,
        string id,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        if (!LooksAfterAll(caller))
            return TypedResults.StatusCode(StatusCodes.Status403Forbidden);
        if (id == DirectoryStore.HomeWorkspace && request.Active == false)
            throw new HelpdeskRuleException("home-workspace", "The home workspace looks after the others and stays active.");
        if (await directory.FindWorkspaceAsync(id, cancellationToken) is not { } current)
            return TypedResults.NotFound();
        var changed = current with { Name = request.Name ?? current.Name, Active = request.Active ?? current.Active };
        await settings.PutAsync(DirectoryStore.AllWorkspaces, DirectoryKinds.Workspaces, changed, cancellationToken);
        keys.Forget();
        return TypedResults.Ok(changed);
    }

    /// <summary>
    /// Closes a workspace for good. Its keys stop working; its tickets stay in storage and nobody reaches them. For admins of the home workspace.
    /// </summary>
    [Function(nameof(RemoveWorkspace)), RequiresKey(KeyRole.Admin), Refuses("home-workspace", "workspace-active")]
    public async Task<Results<NoContent, NotFound, StatusCodeHttpResult>> RemoveWorkspace(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/workspaces/{id}")] Caller caller,
        string id,
        CancellationToken cancellationToken
    )
    {
        if (!LooksAfterAll(caller))
            return TypedResults.StatusCode(StatusCodes.Status403Forbidden);
        if (id == DirectoryStore.HomeWorkspace)
            throw new HelpdeskRuleException("home-workspace", "The home workspace looks after the others and stays.");
        if (await settings.FindAsync(DirectoryStore.AllWorkspaces, DirectoryKinds.Workspaces, id, cancellationToken) is not { Active: false } workspace)
        {
            return await settings.FindAsync(DirectoryStore.AllWorkspaces, DirectoryKinds.Workspaces, id, cancellationToken) is null
                ? TypedResults.NotFound()
                : throw new HelpdeskRuleException("workspace-active", "Only a workspace that is not active can be removed: set active to false first.");
        }

        foreach (var key in await settings.ListAsync(workspace.Id, DirectoryKinds.Keys, cancellationToken))
            await settings.RemoveAsync(workspace.Id, DirectoryKinds.Keys, key.Id, cancellationToken);
        await settings.RemoveAsync(DirectoryStore.AllWorkspaces, DirectoryKinds.Workspaces, id, cancellationToken);
        keys.Forget();
        return TypedResults.NoContent();
    }

    private static bool LooksAfterAll(Caller caller) => caller.Workspace == DirectoryStore.HomeWorkspace;
}
