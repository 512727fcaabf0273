using Azure;
using Azure.Storage.Blobs;
using Microsoft.Azure.WebJobs.Extensions.Timers;
using Microsoft.Azure.WebJobs.Host.Executors;
using Newtonsoft.Json;

namespace Helpdesk.LocalHost.Triggers;

/// <summary>Keeps when each timer ran and is to run next, in the blob in which the Functions host keeps it.</summary>
/// <remarks>The SDK's own monitor needs a storage client that is retired.</remarks>
public sealed class BlobScheduleMonitor(BlobServiceClient blobs, IHostIdProvider hostIds) : ScheduleMonitor
{
    private readonly BlobContainerClient _container = blobs.GetBlobContainerClient("azure-webjobs-hosts");

    public override async Task<ScheduleStatus?> GetStatusAsync(string timerName)
    {
        try
        {
            var status = await (await BlobAsync(timerName)).DownloadContentAsync();
            return JsonConvert.DeserializeObject<ScheduleStatus>(status.Value.Content.ToString());
        }
        catch (RequestFailedException missing) when (missing.Status == StatusCodes.Status404NotFound)
        {
            return null;
        }
    }

    public override async Task UpdateStatusAsync(string timerName, ScheduleStatus status)
    {
        var content = BinaryData.FromString(JsonConvert.SerializeObject(status));
        var blob = await BlobAsync(timerName);
        try
        {
            await blob.UploadAsync(content, overwrite: true);
        }
        catch (RequestFailedException missing) when (missing.ErrorCode == "ContainerNotFound")
        {
            await _container.CreateIfNotExistsAsync();
            await blob.UploadAsync(content, overwrite: true);
        }
    }

    private async Task<BlobClient> BlobAsync(string timerName) =>
        _container.GetBlobClient($"timers/{await hostIds.GetHostIdAsync(CancellationToken.None)}/{timerName}/status");
}
