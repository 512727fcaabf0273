using Helpdesk.Functions.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Attachments;

/// <summary>A link that is wanted.</summary>
/// <param name="ExpiresIn">How long it is to be good, up to 365 days; 30 days when it is left out, or what the desk is set to.</param>
[Example("""{"expiresIn":"P7D"}""")]
public sealed record AttachmentLinkRequest(TimeSpan? ExpiresIn) : IFromRequest<AttachmentLinkRequest>
{
    public static async ValueTask<AttachmentLinkRequest> ReadAsync(HttpContext context)
    {
        if ((await RequestBody.ReadAsync(context)).IsEmpty)
            return new((TimeSpan?)null);
        var fields = await FieldReader.ReadAsync(context);
        var lifetime = fields.Length("expiresIn");
        if (lifetime < TimeSpan.FromMinutes(1) || lifetime > AttachmentSettings.LongestLink)
            fields.Wrong("expiresIn", "must be a length from PT1M to P365D.");
        fields.Done();
        return new(lifetime);
    }
}

/// <summary>A link to a file.</summary>
/// <param name="Url">The address. Whoever has it gets the file, without a key.</param>
/// <param name="ExpiresAt">Until when it is good.</param>
[Example("""{"url":"https://help.example.com/files/kJ3xQ…","expiresAt":"2026-04-09T09:00:00.000Z"}""")]
public sealed record AttachmentLinkView(string Url, DateTimeOffset ExpiresAt);

/// <summary>Links by which people without a key get a file.</summary>
public sealed class ManageAttachmentLinks(AttachmentLinks links, AttachmentStore files, AttachmentAccess access)
{
    /// <summary>Makes a link to a file that expires. Whoever has the link gets the file, a file on a note as well.</summary>
    [Function(nameof(MakeAttachmentLink)), RequiresKey(KeyRole.Agent, KeyRole.Admin)]
    public async Task<Results<Ok<AttachmentLinkView>, NotFound>> MakeAttachmentLink(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/attachments/{id}/link")] AttachmentLinkRequest request,
        string id,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        if (await access.FindAsync(caller, id, cancellationToken) is not { } file)
            return TypedResults.NotFound();
        var link = await links.MakeAsync(file, request.ExpiresIn, cancellationToken);
        return TypedResults.Ok(new AttachmentLinkView(link.Url, link.ExpiresAt));
    }

    /// <summary>Makes all links to a file void that were made before.</summary>
    [Function(nameof(RevokeAttachmentLinks)), RequiresKey(KeyRole.Agent, KeyRole.Admin)]
    public async Task<Results<NoContent, NotFound>> RevokeAttachmentLinks(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/attachments/{id}/link")] Caller caller,
        string id,
        CancellationToken cancellationToken
    ) =>
        await access.FindAsync(caller, id, cancellationToken) is { } file
        && await files.ChangeAsync(caller.Workspace, file.Id, known => known with { Links = known.Links + 1 }, cancellationToken) is not null
            ? TypedResults.NoContent()
            : TypedResults.NotFound();
}
