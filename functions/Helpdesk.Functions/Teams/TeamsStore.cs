using System.Text.Json;
using System.Text.Json.Serialization;
using Azure;
using Azure.Data.Tables;
using Helpdesk.Bot.Teams;
using Helpdesk.Contacts;
using Helpdesk.Functions.Contacts;
using Helpdesk.Functions.Conversations;
using Helpdesk.Functions.Directory;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Storage;
using Microsoft.Bot.Schema;
using Newtonsoft.Json;

namespace Helpdesk.Functions.Teams;

/// <summary>Keeps where conversations are reached, and who is who.</summary>
public sealed class TeamsStore(StorageClients storage, ContactStore contacts, DirectoryStore directory, AgentChats agents, TimeProvider time) : ITeamsStore
{
    public const string PeopleTableName = "People";

    private static readonly TimeSpan PersonKept = TimeSpan.FromDays(1);
    private static readonly JsonSerializerSettings WithoutNulls = new() { NullValueHandling = NullValueHandling.Ignore };

    private readonly ShortMemory<string> _references = new(time, TimeSpan.FromMinutes(10));
    private readonly ShortMemory<ChannelPerson> _people = new(time, TimeSpan.FromMinutes(10));

    private TableClient Conversations => storage.Table(ConversationStore.TableName);

    private TableClient People => storage.Table(PeopleTableName);

    public async Task SaveReferenceAsync(string place, ConversationReference reference, CancellationToken cancellationToken)
    {
        var kept = new ConversationReference
        {
            Bot = reference.Bot,
            Conversation = reference.Conversation,
            ChannelId = reference.ChannelId,
            ServiceUrl = reference.ServiceUrl,
        };
        var json = JsonConvert.SerializeObject(kept, WithoutNulls);
        if (await _references.GetAsync(place, () => Task.FromResult<string?>(null)) == json)
            return;
        var row = new TableEntity(place, ConversationRows.ReferenceKey(place));
        LongText.Write(row, "Reference", json);
        await Conversations.UpsertEntityAsync(row, TableUpdateMode.Replace, cancellationToken);
        _references.Forget(place);
        await _references.GetAsync(place, () => Task.FromResult<string?>(json));
    }

    public Task MeetAsync(string place, ChannelPerson person, string? locale, CancellationToken cancellationToken) =>
        agents.MeetAsync(place, person, locale, cancellationToken);

    public async Task DropReferenceAsync(string place, CancellationToken cancellationToken)
    {
        // An agent whose chat is not known is told by mail; nobody is reached in a chat without its address.
        await agents.ForgetAsync(place, cancellationToken);
        _references.Forget(place);
        await Conversations.DeleteEntityAsync(place, ConversationRows.ReferenceKey(place), ETag.All, cancellationToken);
    }

    /// <summary>Where a conversation is reached; null when the bot is not in it.</summary>
    public async Task<ConversationReference?> FindReferenceAsync(string place, CancellationToken cancellationToken)
    {
        var json = await _references.GetAsync(
            place,
            async () =>
            {
                var found = await Conversations.GetEntityIfExistsAsync<TableEntity>(
                    place,
                    ConversationRows.ReferenceKey(place),
                    cancellationToken: cancellationToken
                );
                return found.HasValue ? LongText.Read(found.Value!, "Reference") : null;
            }
        );
        return json is null ? null : JsonConvert.DeserializeObject<ConversationReference>(json);
    }

    public async Task<ChannelPerson?> FindPersonAsync(string workspace, string id, CancellationToken cancellationToken) =>
        await _people.GetAsync(
            $"{workspace}/{id}",
            async () =>
            {
                var found = await People.GetEntityIfExistsAsync<TableEntity>(workspace, Hashes.Short(id), cancellationToken: cancellationToken);
                return found.HasValue && found.Value!.GetDateTimeOffset("At") > time.GetUtcNow() - PersonKept
                    ? System.Text.Json.JsonSerializer.Deserialize(found.Value.GetString("Person"), PeopleJson.Default.ChannelPerson)
                    : null;
            }
        );

    public async Task SavePersonAsync(string workspace, string id, ChannelPerson person, CancellationToken cancellationToken)
    {
        var json = System.Text.Json.JsonSerializer.Serialize(person, PeopleJson.Default.ChannelPerson);
        var row = new TableEntity(workspace, Hashes.Short(id)) { ["At"] = time.GetUtcNow(), ["Person"] = json };
        await People.UpsertEntityAsync(row, TableUpdateMode.Replace, cancellationToken);
        _people.Forget($"{workspace}/{id}");
        // Teams vouches for who they are. Agents are no contacts.
        if (person.Email is { } email && await directory.FindAgentAsync(workspace, email, cancellationToken) is null)
            await contacts.LearnAsync(
                workspace,
                new(
                    email,
                    person.Name,
                    Identities:
                    [
                        new("teams", person.Id),
                        .. person.EntraId is { } entra ? [new ContactIdentity("entra", entra)] : Array.Empty<ContactIdentity>(),
                    ]
                ),
                cancellationToken
            );
    }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(ChannelPerson))]
internal sealed partial class PeopleJson : JsonSerializerContext;
