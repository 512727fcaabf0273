using Helpdesk.Functions.Settings;

namespace Helpdesk.Functions.Conversations;

/// <summary>The settings of the chat name the group that tickets from chats go to.</summary>
public sealed class ChatNames(SettingsStore settings) : INamesSettings
{
    public async Task<SettingUse?> FindAsync(NamedSetting setting, CancellationToken cancellationToken) =>
        await NamingAsync(setting, cancellationToken) is null ? null : SettingUse.Of("chat", ["chat"]);

    public async Task MoveAsync(NamedSetting setting, string? successor, Actor by, SettingChanges changes, CancellationToken cancellationToken)
    {
        if (successor is not null && await NamingAsync(setting, cancellationToken) is { } chat)
            changes.Put(ChatSettings.Kind, chat with { Group = successor });
    }

    private async Task<ChatSetting?> NamingAsync(NamedSetting setting, CancellationToken cancellationToken) =>
        setting.Kind == NamedKind.Group
            ? (await settings.ListAsync(setting.Workspace, ChatSettings.Kind, cancellationToken)).FirstOrDefault(chat => chat.Group == setting.Id)
            : null;
}
