using Helpdesk.Functions.Conversations;
using Helpdesk.Functions.Directory;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Tickets;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.WebChat;

/// <summary>What is to be different about the web chat: a JSON merge patch (RFC 7396).</summary>
/// <param name="Enabled">Whether there is a web chat.</param>
/// <param name="AllowedOrigins">All sites that may embed the chat from now on, such as <c>https://www.example.com</c>.</param>
/// <param name="NewKey">True makes a new public key: pages with the old one open no chat any more.</param>
/// <param name="Group">Id of the group that tickets from chats go to; null for none.</param>
[Example("""{"allowedOrigins":["https://www.example.com"]}""")]
public sealed record ChatSettingRequest(bool? Enabled, IReadOnlyList<string>? AllowedOrigins, bool? NewKey, Optional<string?>? Group)
    : IFromRequest<ChatSettingRequest>
{
    public static async ValueTask<ChatSettingRequest> ReadAsync(HttpContext context)
    {
        var fields = await FieldReader.ReadAsync(context);
        var origins = fields.Texts("allowedOrigins", 50, 255);
        foreach (var origin in origins ?? [])
        {
            if (!Uri.TryCreate(origin, UriKind.Absolute, out var uri) || uri.Scheme is not ("https" or "http") || $"{uri.Scheme}://{uri.Authority}" != origin)
                fields.Wrong("allowedOrigins", $"\"{origin}\" is no origin: give scheme and host such as https://www.example.com, without a path.");
        }

        var group = fields.Text("group", 40);
        var request = new ChatSettingRequest(fields.Flag("enabled"), origins, fields.Flag("newKey"), fields.Has("group") ? new(group) : null);
        fields.Done();
        return request;
    }
}

/// <summary>The settings of the web chat.</summary>
/// <param name="Key">The public key: it stands in pages for all to see, opens conversations and nothing else.</param>
/// <param name="Enabled">Whether there is a web chat.</param>
/// <param name="AllowedOrigins">Sites that may embed the chat; the helpdesk's own pages always may.</param>
/// <param name="Group">Id of the group that tickets from chats go to; null for none.</param>
/// <param name="Embed">The line that puts the chat into a page.</param>
public sealed record ChatSettingView(string Key, bool Enabled, IReadOnlyList<string> AllowedOrigins, string? Group, string Embed)
{
    public static ChatSettingView Of(ChatSetting it, HttpContext context) =>
        new(it.Key, it.Enabled, it.AllowedOrigins, it.Group, $"<script src=\"{OwnAddress.Of(context)}/chat/embed.js\" data-key=\"{it.Key}\" async></script>");
}

/// <summary>Shows and changes the web chat of a workspace.</summary>
public sealed class ManageChat(ChatSettings chats, DirectoryStore directory)
{
    /// <summary>Shows the settings of the web chat.</summary>
    [Function(nameof(GetChat)), RequiresKey(KeyRole.Agent, KeyRole.Admin)]
    public async Task<Ok<ChatSettingView>> GetChat(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/chat")] HttpContext context,
        Caller caller,
        CancellationToken cancellationToken
    ) => TypedResults.Ok(ChatSettingView.Of(await chats.OfAsync(caller.Workspace, cancellationToken), context));

    /// <summary>Changes the settings of the web chat.</summary>
    [Function(nameof(ChangeChat)), RequiresKey(KeyRole.Admin)]
    public async Task<Ok<ChatSettingView>> ChangeChat(
        [HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = "api/chat")] ChatSettingRequest request,
        Caller caller,
        HttpContext context,
        CancellationToken cancellationToken
    )
    {
        var group = await TicketFields.GroupAsync(request.Group?.Value, caller, directory, cancellationToken);
        await chats.OfAsync(caller.Workspace, cancellationToken);
        var key = ChatSettings.NewKey(caller.Workspace);
        var changed = await chats.ChangeAsync(
            caller.Workspace,
            it =>
                it with
                {
                    Enabled = request.Enabled ?? it.Enabled,
                    AllowedOrigins = request.AllowedOrigins ?? it.AllowedOrigins,
                    Group = request.Group is null ? it.Group : group?.Id,
                    Key = request.NewKey == true ? key : it.Key,
                },
            cancellationToken
        );
        return TypedResults.Ok(ChatSettingView.Of(changed!, context));
    }
}

/// <summary>The address by which a caller reached this app.</summary>
public static class OwnAddress
{
    /// <summary>Scheme and host; a proxy in front says with <c>X-Forwarded-Proto</c> what the caller's scheme was.</summary>
    public static string Of(HttpContext context)
    {
        var scheme = context.Request.Headers["X-Forwarded-Proto"].ToString() is "https" ? "https" : context.Request.Scheme;
        return $"{scheme}://{context.Request.Host.Value}";
    }
}
