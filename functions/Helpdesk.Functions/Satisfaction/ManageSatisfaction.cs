using System.ComponentModel.DataAnnotations;
using Helpdesk.Functions.Hosting;
using Helpdesk.Satisfaction;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Satisfaction;

/// <summary>What is to be different about how requesters are asked: a JSON merge patch (RFC 7396).</summary>
/// <param name="Active">Whether anybody is asked.</param>
/// <param name="After">How long after a resolution.</param>
/// <param name="Scale">What they are asked for: <c>stars</c>, one to five, or <c>good-bad</c>.</param>
/// <param name="Channels">Channels of tickets whose requesters are asked; null for all of them.</param>
[Example("""{"active":true,"after":"PT24H","scale":"stars"}""")]
public sealed record SatisfactionSettingsRequest(
    bool? Active,
    [property: DataType(DataType.Duration)] TimeSpan? After,
    SatisfactionScale? Scale,
    IReadOnlyList<IntakeChannel>? Channels
) : IFromRequest<SatisfactionSettingsRequest>
{
    public static async ValueTask<SatisfactionSettingsRequest> ReadAsync(HttpContext context)
    {
        var fields = await FieldReader.ReadAsync(context);
        var after = fields.Length("after", required: fields.Has("after"));
        if (after > TimeSpan.FromDays(30))
            fields.Wrong("after", "must be at most P30D.");
        var channels = fields.IsNull("channels") ? SatisfactionSetting.Askable : fields.ManyOf<IntakeChannel>("channels");
        if (channels is { Count: 0 } && !fields.IsWrong("channels"))
            fields.Wrong("channels", "must name at least one channel: set active to false to ask nobody.");
        else if (channels?.Contains(IntakeChannel.Alert) == true)
            fields.Wrong("channels", "contains \"alert\": a monitoring tool has no opinion.");
        var request = new SatisfactionSettingsRequest(
            fields.Flag("active"),
            after,
            fields.OneOf<SatisfactionScale>("scale", required: fields.Has("scale")),
            channels
        );
        fields.Done();
        return request;
    }
}

/// <summary>How requesters are asked.</summary>
/// <param name="Active">Whether anybody is asked.</param>
/// <param name="Since">Of tickets that were resolved before, nobody is asked; null while it is not active.</param>
/// <param name="After">How long after a resolution.</param>
/// <param name="Scale">What they are asked for: <c>stars</c>, one to five, or <c>good-bad</c>.</param>
/// <param name="Channels">Channels of tickets whose requesters are asked.</param>
public sealed record SatisfactionSettingsView(
    bool Active,
    DateTimeOffset? Since,
    [property: DataType(DataType.Duration)] string After,
    SatisfactionScale Scale,
    IReadOnlyList<IntakeChannel> Channels
)
{
    internal static SatisfactionSettingsView Of(SatisfactionSetting it) =>
        new(it.Active, it.Active ? it.Since : null, IsoLength.Of(it.After), it.Scale, it.Channels);
}

/// <summary>How requesters are asked how it was.</summary>
public sealed class ManageSatisfaction(SatisfactionSettings settings, TimeProvider time)
{
    /// <summary>Shows how requesters are asked how it was.</summary>
    [Function(nameof(GetSatisfactionSettings)), RequiresKey(KeyRole.Agent, KeyRole.Admin)]
    public async Task<Ok<SatisfactionSettingsView>> GetSatisfactionSettings(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/satisfaction-settings")] Caller caller,
        CancellationToken cancellationToken
    ) => TypedResults.Ok(SatisfactionSettingsView.Of(await settings.FindAsync(caller.Workspace, cancellationToken)));

    /// <summary>Changes how requesters are asked how it was. It holds for tickets that are resolved from now on.</summary>
    [Function(nameof(ChangeSatisfactionSettings)), RequiresKey(KeyRole.Admin)]
    public async Task<Ok<SatisfactionSettingsView>> ChangeSatisfactionSettings(
        [HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = "api/satisfaction-settings")] SatisfactionSettingsRequest request,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        var current = await settings.FindAsync(caller.Workspace, cancellationToken);
        var active = request.Active ?? current.Active;
        var changed = current with
        {
            Active = active,
            Since = active && !current.Active ? time.GetUtcNow() : current.Since,
            After = request.After ?? current.After,
            Scale = request.Scale ?? current.Scale,
            Channels = request.Channels ?? current.Channels,
        };
        await settings.PutAsync(caller.Workspace, changed, cancellationToken);
        return TypedResults.Ok(SatisfactionSettingsView.Of(changed));
    }
}
