using System.Text.Json;
using System.Text.Json.Serialization;
using Azure.Data.Tables;
using Helpdesk.Contacts;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Storage;

namespace Helpdesk.Functions.Contacts;

[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(UtcInstantConverter)]
)]
[JsonSerializable(typeof(Contact))]
internal sealed partial class ContactJson : JsonSerializerContext;

/// <summary>Keeps the people who have had to do with the desk.</summary>
public sealed class ContactStore(StorageClients storage)
{
    public const string TableName = "Contacts";

    private TableClient Table => storage.Table(TableName);

    /// <summary>Who has an address; null for nobody that the desk knows.</summary>
    public async Task<Contact?> FindByEmailAsync(string workspace, string email, CancellationToken cancellationToken)
    {
        var partition = $"{workspace}:email";
        var key = $"{partition}:{Hashes.Short(email.ToLowerInvariant())}";
        var found = await Table.GetEntityIfExistsAsync<TableEntity>(partition, key, cancellationToken: cancellationToken);
        return found.HasValue ? JsonSerializer.Deserialize(LongText.Read(found.Value!, "State"), ContactJson.Default.Contact) : null;
    }
}
