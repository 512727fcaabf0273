using System.Globalization;
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
[JsonSerializable(typeof(Organisation))]
[JsonSerializable(typeof(ContactMerge))]
[JsonSerializable(typeof(ContactMessage))]
[JsonSerializable(typeof(ContactSetting))]
internal sealed partial class ContactJson : JsonSerializerContext;

/// <summary>The rows of the table of contacts and back.</summary>
/// <remarks>
/// <para>
/// A contact lies in one of a few partitions of its workspace, by its id: <c>contact:id</c>, and what it is listed and found by, <c>list:name:id</c>,
/// <c>find:term:id</c> and <c>member:organisation:name:id</c>. So a contact and all of these are one transaction.
/// </para>
/// <para>An index row <c>hash</c> per address, number and identity names the contact that has it: whoever adds the row first.</para>
/// <para>Every row key begins with its partition's name: Azurite finds a row by its row key alone.</para>
/// </remarks>
internal static class ContactRows
{
    /// <summary>Over this many partitions the contacts of a workspace are spread; a page of a list asks each of them.</summary>
    public const int Shards = 4;

    public const int IdLength = 16;

    private static readonly System.Buffers.SearchValues<char> Letters = System.Buffers.SearchValues.Create("0123456789abcdefghjkmnpqrstvwxyz");

    public static bool IsId(string text) => text.Length == IdLength && text.AsSpan().IndexOfAnyExcept(Letters) < 0;

    public static string Partition(string workspace, int shard) => string.Create(CultureInfo.InvariantCulture, $"{workspace}:{shard}");

    public static string PartitionOf(string workspace, string id) => Partition(workspace, id[0] % Shards);

    public static string ContactKey(string partition, string id) => $"{partition}:contact:{id}";

    /// <summary>What rows of a list begin with.</summary>
    public static string ListStart(string partition) => $"{partition}:list:";

    /// <summary>What rows begin with by which contacts are searched for.</summary>
    public static string FindStart(string partition) => $"{partition}:find:";

    /// <summary>What the rows of an organisation's contacts begin with.</summary>
    public static string MemberStart(string partition, string organisation) => $"{partition}:member:{organisation}:";

    /// <summary>The row of a contact itself.</summary>
    public static TableEntity Row(Contact contact)
    {
        var partition = PartitionOf(contact.Workspace, contact.Id);
        var row = new TableEntity(partition, ContactKey(partition, contact.Id));
        LongText.Write(row, "State", JsonSerializer.Serialize(contact, ContactJson.Default.Contact));
        return row;
    }

    public static Contact Read(TableEntity row) =>
        JsonSerializer.Deserialize(LongText.Read(row, "State"), ContactJson.Default.Contact) ?? throw new InvalidDataException("A contact's row is empty.");

    /// <summary>What a contact is listed and found by; nothing for one that was merged or erased.</summary>
    public static IEnumerable<TableEntity> Listed(Contact contact)
    {
        if (contact.MergedInto is not null || contact.ErasedAt is not null)
            yield break;
        var partition = PartitionOf(contact.Workspace, contact.Id);
        // Notes are long, and shown with the contact alone.
        var summary = JsonSerializer.Serialize(contact with { Notes = null, Leaving = null, Merged = null }, ContactJson.Default.Contact);
        var name = ContactRules.ListName(contact);
        yield return Row($"{ListStart(partition)}{name}:{contact.Id}");
        foreach (var term in ContactRules.Terms(contact))
            yield return Row($"{FindStart(partition)}{term}:{contact.Id}");
        if (contact.Organisation is { } organisation)
            yield return Row($"{MemberStart(partition, organisation)}{name}:{contact.Id}");

        TableEntity Row(string key)
        {
            var row = new TableEntity(partition, key);
            LongText.Write(row, "State", summary);
            return row;
        }
    }

    public static string IndexPartition(string workspace, string key) => $"{workspace}:key:{Hashes.Short(key)[0]}";

    public static TableEntity IndexRow(string workspace, string key, string contact)
    {
        var partition = IndexPartition(workspace, key);
        return new(partition, IndexKey(workspace, key)) { ["Contact"] = contact };
    }

    public static string IndexKey(string workspace, string key) => $"{IndexPartition(workspace, key)}:{Hashes.Short(key)}";
}
