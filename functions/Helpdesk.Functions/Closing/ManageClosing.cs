using System.ComponentModel.DataAnnotations;
using Helpdesk.Closing;
using Helpdesk.Functions.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Closing;

/// <summary>What is to be different about the closing of quiet tickets: a JSON merge patch (RFC 7396).</summary>
/// <param name="CloseResolvedAfter">Closes what has been resolved for this long; null for never.</param>
/// <param name="RemindPendingAfter">Reminds a requester who has been waited for this long; null for never.</param>
/// <param name="ClosePendingAfter">Closes what has waited for its requester this long; null for never.</param>
/// <param name="Reminder">The comment that reminds.</param>
/// <param name="Farewell">The comment on a ticket that waited too long.</param>
[Example("""{"closeResolvedAfter":"PT168H","remindPendingAfter":"PT72H","closePendingAfter":"PT168H"}""")]
public sealed record ClosingRequest(
    Optional<TimeSpan?>? CloseResolvedAfter,
    Optional<TimeSpan?>? RemindPendingAfter,
    Optional<TimeSpan?>? ClosePendingAfter,
    [property: MaxLength(2000)] string? Reminder,
    [property: MaxLength(2000)] string? Farewell
) : IFromRequest<ClosingRequest>
{
    public static async ValueTask<ClosingRequest> ReadAsync(HttpContext context)
    {
        var fields = await FieldReader.ReadAsync(context);
        Optional<TimeSpan?>? Length(string name)
        {
            if (!fields.Has(name))
                return null;
            var length = fields.Length(name);
            if (length < TimeSpan.FromSeconds(1) || length > TimeSpan.FromDays(365))
                fields.Wrong(name, "must be a length from PT1S to P365D, or null.");
            return new(length);
        }

        var request = new ClosingRequest(
            Length("closeResolvedAfter"),
            Length("remindPendingAfter"),
            Length("closePendingAfter"),
            fields.Text("reminder", 2000, required: fields.Has("reminder"), lines: true),
            fields.Text("farewell", 2000, required: fields.Has("farewell"), lines: true)
        );
        fields.Done();
        return request;
    }
}

/// <summary>How the desk closes quiet tickets.</summary>
/// <param name="CloseResolvedAfter">Closes what has been resolved for this long; null for never.</param>
/// <param name="RemindPendingAfter">Reminds a requester who has been waited for this long; null for never.</param>
/// <param name="ClosePendingAfter">Closes what has waited for its requester this long; null for never.</param>
/// <param name="Reminder">The comment that reminds.</param>
/// <param name="Farewell">The comment on a ticket that waited too long.</param>
public sealed record ClosingView(
    [property: DataType(DataType.Duration)] string? CloseResolvedAfter,
    [property: DataType(DataType.Duration)] string? RemindPendingAfter,
    [property: DataType(DataType.Duration)] string? ClosePendingAfter,
    string Reminder,
    string Farewell
)
{
    public static ClosingView Of(ClosingSetting it) =>
        new(Text(it.CloseResolvedAfter), Text(it.RemindPendingAfter), Text(it.ClosePendingAfter), it.Reminder, it.Farewell);

    private static string? Text(TimeSpan? length) => length is { } known ? IsoLength.Of(known) : null;
}

/// <summary>What the desk does by itself about tickets that are resolved or wait for their requester.</summary>
public sealed class ManageClosing(ClosingSettings settings)
{
    /// <summary>Shows how the desk closes quiet tickets.</summary>
    [Function(nameof(GetClosing)), RequiresKey(KeyRole.Agent, KeyRole.Admin)]
    public async Task<Ok<ClosingView>> GetClosing(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/automations/closing")] Caller caller,
        CancellationToken cancellationToken
    ) => TypedResults.Ok(ClosingView.Of(await settings.FindAsync(caller.Workspace, cancellationToken)));

    /// <summary>Changes how the desk closes quiet tickets. It holds for tickets that are resolved or begin to wait from now on.</summary>
    [Function(nameof(ChangeClosing)), RequiresKey(KeyRole.Admin)]
    public async Task<Ok<ClosingView>> ChangeClosing(
        [HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = "api/automations/closing")] ClosingRequest request,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        var current = await settings.FindAsync(caller.Workspace, cancellationToken);
        var changed = current with
        {
            CloseResolvedAfter = request.CloseResolvedAfter is null ? current.CloseResolvedAfter : request.CloseResolvedAfter.Value,
            RemindPendingAfter = request.RemindPendingAfter is null ? current.RemindPendingAfter : request.RemindPendingAfter.Value,
            ClosePendingAfter = request.ClosePendingAfter is null ? current.ClosePendingAfter : request.ClosePendingAfter.Value,
            Reminder = request.Reminder ?? current.Reminder,
            Farewell = request.Farewell ?? current.Farewell,
        };
        if (changed.ClosePendingAfter <= changed.RemindPendingAfter)
            throw new InvalidRequestException(
                "closePendingAfter",
                "closePendingAfter must be longer than remindPendingAfter: a requester is reminded before the ticket is closed."
            );
        await settings.PutAsync(caller.Workspace, changed, cancellationToken);
        return TypedResults.Ok(ClosingView.Of(changed));
    }
}
