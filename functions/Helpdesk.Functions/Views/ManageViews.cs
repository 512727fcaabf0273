using System.Globalization;
using Helpdesk.Functions.Conditions;
using Helpdesk.Functions.Directory;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;
using Helpdesk.Views;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Views;

/// <summary>Views: saved conditions over tickets, of an agent or shared.</summary>
public sealed class ManageViews(
    ViewStore views,
    SettingsStore settings,
    SettingsTransactions transactions,
    ConditionReferences references,
    DirectoryStore directory,
    TimeProvider time
)
{
    /// <summary>Lists the views that the caller may use, in their order: those of every workspace, those that are shared, and their own.</summary>
    [Function(nameof(ListViews)), RequiresKey(KeyRole.Agent, KeyRole.Admin)]
    public async Task<Ok<ListPage<SavedView>>> ListViews(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/views")] ViewsQuery query,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        var list = $"views {caller.Workspace} {caller.Agent} {query.Hidden}";
        var all = (await views.VisibleAsync(caller, remembered: false, cancellationToken)).Where(one => query.Hidden || one.Hidden is null).ToList();
        var from = 0;
        if (query.Cursor is not null)
        {
            var after = PageCursor.Read(list, query.Cursor, 2);
            var position = int.TryParse(after[0], CultureInfo.InvariantCulture, out var read) ? read : 0;
            var last = all.FindIndex(one => one.View.Id == after[1]);
            from = last >= 0 ? last + 1 : all.FindIndex(one => one.View.Position > position);
            from = from < 0 ? all.Count : from;
        }

        var now = time.GetUtcNow();
        var page = all.Skip(from).Take(query.Limit).ToList();
        return TypedResults.Ok(
            new ListPage<SavedView>(
                [.. page.Select(one => SavedView.Of(one.View, caller, one.Hidden, now))],
                from + page.Count < all.Count ? PageCursor.Write(list, page[^1].View.Position.ToString(CultureInfo.InvariantCulture), page[^1].View.Id) : null
            )
        );
    }

    /// <summary>Shows a view, and what reading it costs.</summary>
    [Function(nameof(GetView)), RequiresKey(KeyRole.Agent, KeyRole.Admin)]
    public async Task<Results<Ok<SavedView>, NotFound>> GetView(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/views/{id}")] Caller caller,
        string id,
        CancellationToken cancellationToken
    ) =>
        await views.FindAsync(caller, id, cancellationToken) is { } view
            ? TypedResults.Ok(await ShowAsync(view, caller, cancellationToken))
            : TypedResults.NotFound();

    /// <summary>Saves a view: one of the caller's own, or, for admins, one that is shared.</summary>
    [Function(nameof(AddView)), RequiresKey(KeyRole.Agent, KeyRole.Admin), Refuses("already-exists", "too-many-views")]
    public async Task<Created<SavedView>> AddView(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/views")] AddViewRequest request,
        Caller caller,
        Idempotency? idempotency,
        CancellationToken cancellationToken
    )
    {
        var isShared = request.Shared == true;
        if (isShared)
            MustBeAdmin(caller, "share a view");
        else if (caller.Agent is null)
            throw new InvalidRequestException("shared", "shared must be true: this key belongs to no agent who could have a view.");
        await MustBeGroupsAsync(request.Groups, caller, cancellationToken);
        var from = request.CopyOf is { } copied
            ? await views.FindAsync(caller, copied, cancellationToken)
                ?? throw new InvalidRequestException("copyOf", "copyOf was not found: give the id of a view that you can use.")
            : null;
        var name = request.Name ?? from!.Name;
        var id = isShared ? request.Id ?? SharedIdFrom(name) : ViewStore.OwnPrefix + Hashes.RandomName(10);
        if (StarterViews.Find(id) is not null)
            throw new HelpdeskRuleException("already-exists", $"The id \"{id}\" is taken by a view that every workspace has: choose another one.");
        var view = new View
        {
            Id = id,
            Name = name,
            Condition = request.Condition ?? from!.Condition,
            Sort = request.Sort ?? from?.Sort ?? View.NewestFirst,
            Columns = request.Columns ?? from?.Columns ?? ViewColumns.Standard,
            GroupBy = request.GroupBy ?? from?.GroupBy,
            Owner = isShared ? null : caller.Agent,
            Groups = isShared ? request.Groups ?? from?.Groups : null,
            Position = request.Position ?? 100,
            CreatedAt = time.GetUtcNow(),
        };
        var kind = KindOf(view);
        var added = await transactions.RunAsync(
            caller.Workspace,
            async changes =>
            {
                if (
                    idempotency is not null
                    && await settings.ReplayAsync(caller.Workspace, idempotency, ViewJson.Default.View, cancellationToken) is { } earlier
                )
                    return earlier;
                var most = isShared ? ViewStore.MostShared : ViewStore.MostOwn;
                if ((await settings.ListAsync(caller.Workspace, kind, cancellationToken)).Count >= most)
                    throw new HelpdeskRuleException(
                        "too-many-views",
                        isShared
                            ? $"A workspace shares at most {most} views: remove one that nobody needs any more."
                            : $"You have {most} views of your own, which is the most: remove one."
                    );
                return await settings.AddAsync(caller.Workspace, kind, view, it => it, ViewJson.Default.View, idempotency, cancellationToken, with: changes);
            },
            cancellationToken
        );
        return TypedResults.Created($"/api/views/{added.Id}", await ShowSavedAsync(added, caller, cancellationToken));
    }

    /// <summary>Changes a view of one's own, or, for admins, one that is shared.</summary>
    [Function(nameof(ChangeView)), RequiresKey(KeyRole.Agent, KeyRole.Admin), Refuses("starter-view")]
    public async Task<Results<Ok<SavedView>, NotFound>> ChangeView(
        [HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = "api/views/{id}")] ChangeViewRequest request,
        string id,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        if (await FindEditableAsync(caller, id, "change", cancellationToken) is not { } found)
            return TypedResults.NotFound();
        if (request.Groups is { Count: > 0 } && found.Owner is not null)
            throw new InvalidRequestException("groups", "groups is for views that are shared.");
        await MustBeGroupsAsync(request.Groups, caller, cancellationToken);
        var kind = KindOf(found);
        var changed = await transactions.RunAsync(
            caller.Workspace,
            async changes =>
            {
                if ((await settings.ReadAsync(caller.Workspace, kind, id, cancellationToken))?.Value is not { } view)
                    return null;
                var with = view with
                {
                    Name = request.Name ?? view.Name,
                    Condition = request.Condition ?? view.Condition,
                    Sort = request.Sort ?? view.Sort,
                    Columns = request.Columns ?? view.Columns,
                    GroupBy = request.GroupBy is null ? view.GroupBy : request.GroupBy.Value,
                    Groups =
                        request.Groups is null ? view.Groups
                        : request.Groups.Count > 0 ? request.Groups
                        : null,
                    Position = request.Position ?? view.Position,
                    ChangedAt = time.GetUtcNow(),
                };
                changes.Put(kind, with);
                return with;
            },
            cancellationToken
        );
        return changed is null ? TypedResults.NotFound() : TypedResults.Ok(await ShowSavedAsync(changed, caller, cancellationToken));
    }

    /// <summary>Removes a view of one's own, or, for admins, one that is shared. Its tickets stay.</summary>
    [Function(nameof(RemoveView)), RequiresKey(KeyRole.Agent, KeyRole.Admin), Refuses("starter-view")]
    public async Task<Results<NoContent, NotFound>> RemoveView(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/views/{id}")] Caller caller,
        string id,
        CancellationToken cancellationToken
    )
    {
        if (await FindEditableAsync(caller, id, "remove", cancellationToken) is not { } found)
            return TypedResults.NotFound();
        return await settings.RemoveAsync(caller.Workspace, KindOf(found), id, cancellationToken) ? TypedResults.NoContent() : TypedResults.NotFound();
    }

    /// <summary>Hides a view or shows it again: for oneself, or, for admins, for everyone. One that is hidden can still be used.</summary>
    [Function(nameof(HideView)), RequiresKey(KeyRole.Agent, KeyRole.Admin)]
    public async Task<Results<Ok<SavedView>, NotFound>> HideView(
        [HttpTrigger(AuthorizationLevel.Anonymous, "put", Route = "api/views/{id}/hidden")] HideViewRequest request,
        string id,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        if (await views.FindAsync(caller, id, cancellationToken) is not { } view)
            return TypedResults.NotFound();
        if (request.For == HiddenFor.Everyone)
            MustBeAdmin(caller, "hide a view for everyone");
        else if (caller.Agent is null)
            throw new InvalidRequestException("for", "for must be everyone: this key belongs to no agent.");
        var owner = request.For == HiddenFor.Everyone ? null : caller.Agent;
        await transactions.RunAsync(
            caller.Workspace,
            async changes =>
            {
                var all = await settings.ListAsync(caller.Workspace, ViewStore.Hidden, cancellationToken);
                var before = all.FirstOrDefault(hidden => hidden.Owner == owner)?.Views ?? [];
                var after = request.Hidden ? before.Union([id], StringComparer.Ordinal) : before.Except([id], StringComparer.Ordinal);
                // What is no more need not be remembered.
                changes.Put(owner is null ? ViewStore.HiddenForEveryone : ViewStore.Hidden, new(owner, [.. after.TakeLast(200)]));
                return true;
            },
            cancellationToken
        );
        return TypedResults.Ok(await ShowAsync(view, caller, cancellationToken));
    }

    private async Task<SavedView> ShowAsync(View view, Caller caller, CancellationToken cancellationToken) =>
        SavedView.Of(view, caller, await views.HiddenAsync(caller, view, cancellationToken), time.GetUtcNow());

    /// <summary>A view that was just saved, with a warning for everything that its condition names and that is not there.</summary>
    private async Task<SavedView> ShowSavedAsync(View view, Caller caller, CancellationToken cancellationToken)
    {
        var (shown, missing) = (
            await ShowAsync(view, caller, cancellationToken),
            await references.WarningsAsync(view.Condition, caller.Workspace, cancellationToken, isView: true)
        );
        return shown with { Warnings = [.. shown.Warnings, .. missing] };
    }

    /// <summary>A view that the caller may change; null when there is none.</summary>
    private async Task<View?> FindEditableAsync(Caller caller, string id, string doing, CancellationToken cancellationToken)
    {
        if (await views.FindAsync(caller, id, cancellationToken) is not { } view)
            return null;
        if (StarterViews.Find(id) is not null)
            throw new HelpdeskRuleException(
                "starter-view",
                $"\"{view.Name}\" is a view of every workspace: hide it, or copy it with copyOf and {doing} the copy."
            );
        if (view.Owner is null)
            MustBeAdmin(caller, $"{doing} a view that is shared");
        return view;
    }

    private async Task MustBeGroupsAsync(IReadOnlyList<string>? groups, Caller caller, CancellationToken cancellationToken)
    {
        foreach (var group in groups ?? [])
        {
            if (await directory.FindGroupAsync(caller.Workspace, group, cancellationToken) is null)
                throw new InvalidRequestException("groups", $"groups contains \"{group}\", which was not found: give ids of groups of this workspace.");
        }
    }

    private static string SharedIdFrom(string name) => SettingFields.IdFrom(name) is var id && ViewStore.IsOwn(id) ? Hashes.RandomName(10) : id;

    private static SettingKind<View> KindOf(View view) => view.Owner is { } owner ? ViewStore.OwnOf(owner) : ViewStore.Shared;

    private static void MustBeAdmin(Caller caller, string doing)
    {
        if (caller.Role != KeyRole.Admin)
            throw new InvalidRequestException(StatusCodes.Status403Forbidden, "admin-required", $"Only an admin can {doing}.");
    }
}
