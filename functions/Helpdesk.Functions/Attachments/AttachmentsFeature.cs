using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Storage;
using Microsoft.Azure.Functions.Worker.Builder;

namespace Helpdesk.Functions.Attachments;

/// <summary>Files that people attach.</summary>
public static class AttachmentsFeature
{
    public static FunctionsApplicationBuilder AddAttachments(this FunctionsApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddApiJson(AttachmentsApiJson.Default);
        services.AddContainer(AttachmentStore.ContainerName);
        services.AddTable(AttachmentStore.TableName);
        services.AddWorkQueue(ScanMessage.Queue);
        services.AddWorker<ScanMessage, ScanWork>();
        services.AddSingleton<AttachmentSettings>();
        services.CheckAtStart<AttachmentSettings>();
        services.AddSingleton<AttachmentStore>();
        services.AddSingleton<AttachmentAccess>();
        services.AddSingleton<AttachmentLinks>();
        services.AddSingleton<FileScans>();
        services.AddSingleton<FileScanner>();
        services.AddSingleton<INightlyWork, RemoveOrphans>();
        return builder;
    }
}
