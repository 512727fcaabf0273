using Helpdesk.Functions.Conversations;
using Helpdesk.Functions.Directory;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;
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
        var origins = fields
            .Texts("allowedOrigins", 50, 255, origin => AllowedOrigin.Of(origin) is null ? AllowedOrigin.Problem(origin) : null)
            ?.Select(origin => AllowedOrigin.Of(origin)!)
            .Distinct(StringComparer.Ordinal)
            .ToList();

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
public sealed class ManageChat(ChatSettings chats, SettingsStore settings, SettingsTransactions transactions)
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
        await chats.OfAsync(caller.Workspace, cancellationToken);
        var key = ChatSettings.NewKey(caller.Workspace);
        var changed = await transactions.RunAsync(
            caller.Workspace,
            async changes =>
            {
                var group = string.IsNullOrEmpty(request.Group?.Value) ? null : request.Group.Value;
                if (group is not null && !(await settings.ListAsync(caller.Workspace, DirectoryKinds.Groups, cancellationToken)).Any(one => one.Id == group))
                    throw new InvalidRequestException("group", "group was not found: give the id of a group of this workspace.");
                var chat = (await settings.ListAsync(caller.Workspace, ChatSettings.Kind, cancellationToken))[0];
                chat = chat with
                {
                    Enabled = request.Enabled ?? chat.Enabled,
                    AllowedOrigins = request.AllowedOrigins ?? chat.AllowedOrigins,
                    Group = request.Group is null ? chat.Group : group,
                    Key = request.NewKey == true ? key : chat.Key,
                };
                changes.Put(ChatSettings.Kind, chat);
                return chat;
            },
            cancellationToken
        );
        return TypedResults.Ok(ChatSettingView.Of(changed, context));
    }
}
