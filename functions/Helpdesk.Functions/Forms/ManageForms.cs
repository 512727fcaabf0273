using Helpdesk.Forms;
using Helpdesk.Functions.Directory;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Forms;

/// <summary>Forms: types of request and what each asks. Every change makes a version; tickets keep the one that was filled in.</summary>
public sealed class ManageForms(
    FormStore forms,
    FormSubmissions submissions,
    SettingsStore settings,
    VersionedSettings versions,
    SettingsTransactions transactions,
    TimeProvider time
)
{
    /// <summary>Lists the forms in the order in which they are offered. There are few, so the list has one page.</summary>
    [Function(nameof(ListForms)), RequiresKey(KeyRole.Integration, KeyRole.Agent, KeyRole.Admin)]
    public async Task<Ok<ListPage<FormView>>> ListForms(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/forms")] PageQuery query,
        Caller caller,
        CancellationToken cancellationToken
    ) => TypedResults.Ok(new ListPage<FormView>([.. (await forms.ListAsync(caller.Workspace, cancellationToken)).Select(FormView.Of)], null));

    /// <summary>Shows a form.</summary>
    [Function(nameof(GetForm)), RequiresKey(KeyRole.Integration, KeyRole.Agent, KeyRole.Admin)]
    public async Task<Results<Ok<FormView>, NotFound>> GetForm(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/forms/{id}")] Caller caller,
        string id,
        CancellationToken cancellationToken
    ) => await forms.FindAsync(caller.Workspace, id, cancellationToken) is { } found ? TypedResults.Ok(FormView.Of(found)) : TypedResults.NotFound();

    /// <summary>Lists the versions of a form, the newest first; also of one that was removed. The list has one page.</summary>
    [Function(nameof(ListFormVersions)), RequiresKey(KeyRole.Agent, KeyRole.Admin)]
    public async Task<Results<Ok<ListPage<FormView>>, NotFound>> ListFormVersions(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/forms/{id}/versions")] PageQuery query,
        string id,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        var all = await forms.VersionsAsync(caller.Workspace, id, cancellationToken);
        return all.Count == 0
            ? TypedResults.NotFound()
            : TypedResults.Ok(new ListPage<FormView>([.. all.OrderByDescending(one => one.Version).Select(FormView.Of)], null));
    }

    /// <summary>Adds a form. It is offered everywhere within half a minute.</summary>
    [Function(nameof(AddForm)), RequiresKey(KeyRole.Admin), Takes(typeof(AddFormBody)), Refuses("already-exists", "too-many-forms")]
    public async Task<Created<FormView>> AddForm(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/forms")] FormRequest request,
        Caller caller,
        Idempotency? idempotency,
        CancellationToken cancellationToken
    )
    {
        var added = await transactions.RunAsync(
            caller.Workspace,
            async changes =>
            {
                if (
                    idempotency is not null
                    && await settings.ReplayAsync(caller.Workspace, idempotency, FormsApiJson.Default.FormView, cancellationToken) is { } earlier
                )
                    return earlier;
                var form = request.Apply(null, time.GetUtcNow());
                await CheckGroupAsync(caller.Workspace, form, null, cancellationToken);
                if ((await forms.ListAsync(caller.Workspace, cancellationToken)).Count >= RequestForm.Most)
                    throw new HelpdeskRuleException("too-many-forms", $"A workspace may have at most {RequestForm.Most} forms.");
                // Tickets name versions: one that comes back under its id goes on counting.
                var last = (await forms.VersionsAsync(caller.Workspace, form.Id, cancellationToken)).Select(one => one.Version).DefaultIfEmpty().Max();
                return await versions.AddAsync(
                    caller.Workspace,
                    FormStore.Kind,
                    form with
                    {
                        Version = last + 1,
                    },
                    FormView.WithWarnings,
                    FormsApiJson.Default.FormView,
                    idempotency,
                    changes,
                    cancellationToken
                );
            },
            cancellationToken
        );
        return TypedResults.Created($"/api/forms/{added.Id}", added);
    }

    /// <summary>Changes a form, or takes it off offer. That makes a new version; tickets keep the one that was filled in.</summary>
    [Function(nameof(ChangeForm)), RequiresKey(KeyRole.Admin), Takes(typeof(ChangeFormBody))]
    public async Task<Results<Ok<FormView>, NotFound>> ChangeForm(
        [HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = "api/forms/{id}")] FormRequest request,
        string id,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        var changed = await transactions.RunAsync(
            caller.Workspace,
            async changes =>
            {
                if ((await forms.ListAsync(caller.Workspace, cancellationToken)).FirstOrDefault(one => one.Id == id) is not { } before)
                    return null;
                var after = request.Apply(before, time.GetUtcNow());
                await CheckGroupAsync(caller.Workspace, after, before, cancellationToken);
                changes.Put(FormStore.Kind.Versions, after);
                changes.Put(FormStore.Kind.Newest, after);
                return FormView.WithWarnings(after);
            },
            cancellationToken
        );
        return changed is null ? TypedResults.NotFound() : TypedResults.Ok(changed);
    }

    /// <summary>Removes a form. Its versions are kept, since tickets name them and stay readable.</summary>
    [Function(nameof(RemoveForm)), RequiresKey(KeyRole.Admin)]
    public async Task<Results<NoContent, NotFound>> RemoveForm(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/forms/{id}")] Caller caller,
        string id,
        CancellationToken cancellationToken
    )
    {
        var removed = await transactions.RunAsync(
            caller.Workspace,
            async changes =>
            {
                if ((await forms.ListAsync(caller.Workspace, cancellationToken)).All(one => one.Id != id))
                    return false;
                changes.Remove(FormStore.Kind.Newest, id);
                return true;
            },
            cancellationToken
        );
        return removed ? TypedResults.NoContent() : TypedResults.NotFound();
    }

    /// <summary>
    /// Tries a form with some answers: what it then asks, what has to be answered, what can be chosen, and what is wrong. Nothing is stored.
    /// </summary>
    [Function(nameof(PreviewForm)), RequiresKey(KeyRole.Agent, KeyRole.Admin), Takes(typeof(PreviewFormBody))]
    public async Task<Results<Ok<FormPreview>, NotFound>> PreviewForm(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/forms/{id}/preview")] PreviewFormRequest request,
        string id,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        if (request.Form?.Apply(null, time.GetUtcNow()) is { } draft)
            return TypedResults.Ok(FormPreview.Of(FormRules.Read(draft, request.Answers, null, DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime))));
        // One that is not offered yet is tried by its version.
        var version = request.Version ?? (await forms.FindAsync(caller.Workspace, id, cancellationToken))?.Version;
        if (version is null)
            return TypedResults.NotFound();
        var reading = await submissions.TryReadAsync(
            caller.Workspace,
            new(id, request.Answers, null)
            {
                Version = version,
                IsKept = true,
                HasSubject = true,
                HasDescription = true,
            },
            cancellationToken
        );
        return reading is null ? TypedResults.NotFound() : TypedResults.Ok(FormPreview.Of(reading));
    }

    /// <summary>400 for a group that is not there; what the form named before is left alone.</summary>
    private async Task CheckGroupAsync(string workspace, RequestForm form, RequestForm? before, CancellationToken cancellationToken)
    {
        if (form.Group is not { } group || group == before?.Group)
            return;
        if ((await settings.ListAsync(workspace, DirectoryKinds.Groups, cancellationToken)).All(one => one.Id != group))
            throw new InvalidRequestException("group", "group was not found: give the id of a group of this workspace.");
    }
}
