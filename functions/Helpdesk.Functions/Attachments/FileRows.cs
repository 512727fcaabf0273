using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Azure.Data.Tables;
using Helpdesk.Attachments;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Storage;

namespace Helpdesk.Functions.Attachments;

[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(UtcInstantConverter)]
)]
[JsonSerializable(typeof(StoredFile))]
[JsonSerializable(typeof(AttachmentLinkKey))]
[JsonSerializable(typeof(ScanMessage))]
internal sealed partial class FileJson : JsonSerializerContext;

/// <summary>What the rows of files are called.</summary>
/// <remarks>
/// A file's row lies in one of many partitions, by the first letters of its id. Before its bytes are kept, a row of the workspace's partition
/// <c>new</c> says so, by time: whoever dies in between leaves nothing that is not found again.
/// Every row key begins with its partition's name: Azurite finds a row by its row key alone and then looks at every partition that has one of that name.
/// </remarks>
internal static class FileRows
{
    public const int IdLength = 26;

    public static bool IsId(string id) => id.Length == IdLength && id.All(char.IsAsciiLetterOrDigit);

    public static string Partition(string workspace, string id) => $"{workspace}:{id[..2]}";

    public static string Key(string partition, string id) => $"{partition}:{id}";

    public static TableEntity Write(StoredFile file)
    {
        var partition = Partition(file.Workspace, file.Id);
        var row = new TableEntity(partition, Key(partition, file.Id));
        LongText.Write(row, "State", JsonSerializer.Serialize(file, FileJson.Default.StoredFile));
        return row;
    }

    public static StoredFile Read(TableEntity row) =>
        JsonSerializer.Deserialize(LongText.Read(row, "State"), FileJson.Default.StoredFile) ?? throw new InvalidDataException("A file's row is empty.");

    public static string NewPartition(string workspace) => $"{workspace}:new";

    /// <summary>A file that nobody is known to name yet.</summary>
    public static TableEntity WriteNew(string workspace, DateTimeOffset at, string blob, string? id)
    {
        var partition = NewPartition(workspace);
        var row = new TableEntity(partition, NewKey(partition, at, blob)) { ["Blob"] = blob };
        if (id is not null)
            row["File"] = id;
        return row;
    }

    public static string NewKey(string partition, DateTimeOffset at, string blob) =>
        string.Create(CultureInfo.InvariantCulture, $"{partition}:{at.UtcTicks:D19}-{blob}");
}
