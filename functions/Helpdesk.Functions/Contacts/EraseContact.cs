using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Helpdesk.Contacts;
using Helpdesk.Functions.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Contacts;

/// <summary>How a person is to be erased, and why.</summary>
/// <param name="Mode">What it means: nothing more is collected; nobody can tell who they were; nothing of theirs is left.</param>
/// <param name="Reason">Why, for the proof; names and addresses of theirs are taken out of it.</param>
[Example("""{"mode":"anonymised","reason":"Asked for it by mail on 10 March"}""")]
public sealed record EraseContactRequest(ErasureMode Mode, [property: MaxLength(500)] string Reason) : IFromRequest<EraseContactRequest>
{
    public static async ValueTask<EraseContactRequest> ReadAsync(HttpContext context)
    {
        var fields = await FieldReader.ReadAsync(context);
        var mode = fields.OneOf<ErasureMode>("mode", required: true);
        var reason = fields.Text("reason", 500, required: true)!;
        fields.Done();
        return new(mode!.Value, reason);
    }
}

/// <summary>How far an erasure is.</summary>
[JsonConverter(typeof(WireNameConverter<ErasureState>))]
public enum ErasureState
{
    Running,
    Done,
}

/// <summary>An erasure, and the proof of it: who asked for it, when, and how much was erased where. It holds nothing of what was erased.</summary>
/// <param name="Id">Names the erasure.</param>
/// <param name="Contact">Id of the contact.</param>
/// <param name="Mode">What it means.</param>
/// <param name="State">Whether everything is done.</param>
/// <param name="Reason">Why it was asked for.</param>
/// <param name="By">Id of the agent who asked for it; null for a rule of retention.</param>
/// <param name="AskedAt">When it was asked for.</param>
/// <param name="FinishedAt">When everything was done; null until then.</param>
/// <param name="Subjects">For each address and number the SHA-256 of the erasure's id, a line feed and the address in lower case, in hexadecimal
/// digits: who knows the address can check that it was meant.</param>
/// <param name="Stores">How many rows and files were changed or removed, by store.</param>
[Example(
    """
        {"id":"8d1w5kq0z3x7m2tb","contact":"3f0q8xk2m1tz7w5b","mode":"anonymised","state":"done","reason":"Asked for it by mail","by":"ada",
         "askedAt":"2026-03-10T09:00:00.000Z","finishedAt":"2026-03-10T09:00:04.000Z","subjects":[],"stores":[{"store":"tickets","erased":12}]}
        """
)]
public sealed record ErasureView(
    string Id,
    string Contact,
    ErasureMode Mode,
    ErasureState State,
    string Reason,
    string? By,
    DateTimeOffset AskedAt,
    DateTimeOffset? FinishedAt,
    IReadOnlyList<string> Subjects,
    IReadOnlyList<ErasedStore> Stores
)
{
    public static ErasureView Of(Erasure it) =>
        new(
            it.Id,
            it.Contact,
            it.Mode,
            it.FinishedAt is null ? ErasureState.Running : ErasureState.Done,
            // Until it is done the reason may still name somebody.
            it.Person
                is { } person
                ? person.Text(it.Reason, own: true)
                : it.Reason,
            it.By.Id,
            it.AskedAt,
            it.FinishedAt,
            it.Subjects,
            it.Stores
        );
}

/// <summary>The erasure of people, and its proofs.</summary>
public sealed class EraseContact(Erasures erasing, ErasureStore erasures)
{
    /// <summary>
    /// Erases a person. Cancelled: nothing is sent to them and nothing is collected of them any more. Anonymised: names, addresses and their words go,
    /// a pseudonym keeps their tickets countable. Deleted: everything of theirs goes, and facts and counts are left. It cannot be undone.
    /// </summary>
    [Function(nameof(EraseContact)), RequiresKey(KeyRole.Admin), Refuses("contact-erased")]
    public async Task<Results<Accepted<ErasureView>, NotFound>> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/contacts/{id}/erase")] EraseContactRequest request,
        string id,
        Caller caller,
        CancellationToken cancellationToken
    ) =>
        await erasing.BeginAsync(caller.Workspace, id, request.Mode, request.Reason, caller.Actor, cancellationToken) is { } erasure
            ? TypedResults.Accepted($"/api/erasures/{erasure.Id}", ErasureView.Of(erasure))
            : TypedResults.NotFound();

    /// <summary>Shows an erasure: how far it is, or the proof of it.</summary>
    [Function(nameof(GetErasure)), RequiresKey(KeyRole.Admin)]
    public async Task<Results<Ok<ErasureView>, NotFound>> GetErasure(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/erasures/{id}")] Caller caller,
        string id,
        CancellationToken cancellationToken
    ) =>
        await erasures.FindAsync(caller.Workspace, id, cancellationToken) is var (erasure, _)
            ? TypedResults.Ok(ErasureView.Of(erasure))
            : TypedResults.NotFound();

    /// <summary>Lists the erasures.</summary>
    [Function(nameof(ListErasures)), RequiresKey(KeyRole.Admin)]
    public async Task<Ok<ListPage<ErasureView>>> ListErasures(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/erasures")] PageQuery query,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        var page = await erasures.ReadPageAsync(caller.Workspace, query.Limit, query.Cursor, cancellationToken);
        return TypedResults.Ok(new ListPage<ErasureView>([.. page.Items.Select(ErasureView.Of)], page.NextCursor));
    }
}
