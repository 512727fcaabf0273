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
        services.AddContainer(AttachmentStore.ContainerName);
        services.AddSingleton<AttachmentStore>();
        return builder;
    }
}
