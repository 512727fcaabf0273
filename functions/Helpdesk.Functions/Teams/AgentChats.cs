using System.Text.Json;
using System.Text.Json.Serialization;
using Helpdesk.Bot.Conversations;
using Helpdesk.Bot.Teams;
using Helpdesk.Functions.Directory;
using Helpdesk.Functions.Settings;

namespace Helpdesk.Functions.Teams;

/// <summary>The personal chat in which the bot has met an agent.</summary>
/// <param name="Agent">Id of the agent.</param>
/// <param name="EntraId">Who they are in Entra, as Teams said.</param>
/// <param name="Email">Their address, as Teams said.</param>
public sealed record AgentChat(string Agent, string Place, string? Locale, string? EntraId, string? Email);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(AgentChat))]
internal sealed partial class AgentChatJson : JsonSerializerContext;

/// <summary>Which agents are told in Teams, and where.</summary>
public sealed class AgentChats(SettingsStore settings, DirectoryStore directory)
{
    public static SettingKind<AgentChat> Kind { get; } = new("agentchat-", chat => chat.Agent, AgentChatJson.Default.AgentChat);

    /// <summary>Keeps the chat of somebody whom Teams vouches for, where they are an agent.</summary>
    public async Task MeetAsync(string place, ChannelPerson person, string? locale, CancellationToken cancellationToken)
    {
        var workspace = new ConversationAddress(place).Workspace;
        if (await directory.FindAgentAsync(workspace, person.EntraId, person.Email, cancellationToken) is not { } agent)
            return;
        var chat = new AgentChat(agent.Id, place, locale, person.EntraId, person.Email);
        if (await settings.FindAsync(workspace, Kind, agent.Id, cancellationToken) != chat)
            await settings.PutAsync(workspace, Kind, chat, cancellationToken);
    }

    /// <summary>Forgets a chat that the bot is no longer in.</summary>
    public async Task ForgetAsync(string place, CancellationToken cancellationToken)
    {
        var workspace = new ConversationAddress(place).Workspace;
        foreach (var chat in (await settings.ListAsync(workspace, Kind, cancellationToken)).Where(chat => chat.Place == place))
            await settings.RemoveAsync(workspace, Kind, chat.Agent, cancellationToken);
    }

    /// <summary>The chats of active agents by their ids, at most half a minute old.</summary>
    /// <remarks>The person in a chat may be another agent by now, or none: what tells who an agent is can be changed.</remarks>
    public async ValueTask<IReadOnlyDictionary<string, AgentChat>> OfAsync(string workspace, CancellationToken cancellationToken)
    {
        var known = new Dictionary<string, AgentChat>(StringComparer.Ordinal);
        foreach (var chat in await settings.RememberAsync(workspace, Kind, cancellationToken))
        {
            if ((await directory.FindAgentAsync(workspace, chat.EntraId, chat.Email, cancellationToken))?.Id == chat.Agent)
                known[chat.Agent] = chat;
        }

        return known;
    }
}

/// <summary>The chat of an agent goes with the agent.</summary>
public sealed class AgentChatNames(SettingsStore settings) : INamesSettings
{
    public Task<SettingUse?> FindAsync(NamedSetting setting, CancellationToken cancellationToken) => Task.FromResult<SettingUse?>(null);

    public async Task MoveAsync(NamedSetting setting, string? successor, Actor by, SettingChanges changes, CancellationToken cancellationToken)
    {
        if (setting.Kind != NamedKind.Agent)
            return;
        var chats = await settings.ListAsync(setting.Workspace, AgentChats.Kind, cancellationToken);
        if (chats.Any(chat => chat.Agent == setting.Id))
            changes.Remove(AgentChats.Kind, setting.Id);
    }
}
