using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Serialization;
using Helpdesk.Functions.Directory;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;

namespace Helpdesk.Functions.Conversations;

/// <summary>Whether a workspace has a web chat, and which sites may show it.</summary>
/// <param name="Key">The public chat key: it stands in pages for all to see, opens conversations and nothing else.</param>
/// <param name="AllowedOrigins">Sites such as <c>https://www.example.com</c> that may embed the chat; the helpdesk's own pages always may.</param>
/// <param name="Group">Id of the group that tickets from chats go to, web chat and Teams alike; null for none.</param>
public sealed record ChatSetting(string Key, bool Enabled, IReadOnlyList<string> AllowedOrigins, string? Group = null);

/// <summary>The chat's settings in storage; add fields, never rename them.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(UtcInstantConverter)]
)]
[JsonSerializable(typeof(ChatSetting))]
internal sealed partial class ChatSettingJson : JsonSerializerContext;

/// <summary>Finds and makes the chat settings of workspaces.</summary>
public sealed class ChatSettings(SettingsStore settings, DirectoryStore directory)
{
    private const string Id = "chat";

    /// <summary>Settings as they were read last, for when storage does not answer: a poll must not end for that.</summary>
    private readonly ConcurrentDictionary<string, ChatSetting> _last = new(StringComparer.Ordinal);

    public static SettingKind<ChatSetting> Kind { get; } = new("chat-", _ => Id, ChatSettingJson.Default.ChatSetting) { Audited = "chat" };

    /// <summary>The workspace's settings, made at the first time.</summary>
    public async ValueTask<ChatSetting> OfAsync(string workspace, CancellationToken cancellationToken)
    {
        try
        {
            var chat = await settings.FindOrAddAsync(workspace, Kind, Id, () => new(NewKey(workspace), true, []), cancellationToken);
            return _last[workspace] = await directory.IsActiveAsync(workspace, cancellationToken) ? chat : chat with { Enabled = false };
        }
        catch (Exception fault) when (ProblemAnswers.StorageFailure(fault) is not null && _last.TryGetValue(workspace, out _))
        {
            return _last[workspace];
        }
    }

    /// <summary>The workspace that a public chat key belongs to, with its settings; null for a key that opens nothing.</summary>
    public async ValueTask<(Workspace Workspace, ChatSetting Chat)?> FindAsync(string key, CancellationToken cancellationToken)
    {
        if (
            key.Split('_') is not ["hc", var id, { Length: 20 }]
            || await directory.FindWorkspaceAsync(id, cancellationToken) is not { Active: true } workspace
        )
            return null;
        var chat = await settings.FindAsync(id, Kind, Id, cancellationToken);
        return chat is { Enabled: true } && chat.Key == key ? (workspace, chat) : null;
    }

    public static string NewKey(string workspace) => $"hc_{workspace}_{Hashes.RandomName(20)}";
}
