using Helpdesk.Attachments;
using Helpdesk.Bot.AzureBotService;
using Helpdesk.Bot.Teams;
using Helpdesk.Functions.Attachments;
using Microsoft.Bot.Schema;
using Microsoft.Bot.Schema.Teams;
using Newtonsoft.Json.Linq;

namespace Helpdesk.Functions.Teams;

/// <summary>Fetches the files that people send to the bot, from where their channel keeps them and from nowhere else.</summary>
public sealed partial class ChannelFiles(
    AttachmentStore files,
    AttachmentSettings settings,
    HttpClient http,
    GetConnectorToken token,
    BotOptions options,
    ILogger<ChannelFiles> logger
) : IChannelFiles
{
    /// <summary>Where Teams keeps the files that people send to a bot.</summary>
    private static readonly string[] FileHosts = [".sharepoint.com", ".sharepoint.us", ".sharepoint.de", ".svc.ms"];

    /// <summary>A picture of whatever kind, as the message extension finds them in messages.</summary>
    private const string AnyPicture = "image/*";

    public int FilesLimit => settings.Limits.FilesPerMessage;

    public bool Reaches(Attachment attachment, string serviceUrl) =>
        Uri.TryCreate(attachment.ContentUrl, UriKind.Absolute, out var from)
        && Uri.TryCreate(serviceUrl, UriKind.Absolute, out var service)
        && from.Authority == service.Authority
        && from.Scheme == service.Scheme;

    public async Task<(TicketAttachment? File, string? Refused)> KeepAsync(
        string workspace,
        string place,
        Attachment attachment,
        string serviceUrl,
        long keptBytes,
        CancellationToken cancellationToken
    )
    {
        var (name, address) =
            attachment.ContentType == FileDownloadInfo.ContentType
                ? (attachment.Name, (attachment.Content as JObject)?["downloadUrl"] is JValue { Type: JTokenType.String } url ? (string?)url : null)
                : (attachment.Name ?? $"picture.{attachment.ContentType?.Split('/')[^1]}", attachment.ContentUrl);
        name = AttachmentStore.CleanName(name);
        if (AttachmentStore.TypeOf(name) is not { } type)
            return (null, $"*{Path.GetExtension(name)}");
        if (!Uri.TryCreate(address, UriKind.Absolute, out var from) || !Uri.TryCreate(serviceUrl, UriKind.Absolute, out var service))
            return (null, "no address");
        // An address in an activity must not lead this program anywhere else.
        var fromChannel = from.Authority == service.Authority && from.Scheme == service.Scheme;
        if (!fromChannel && !(from.Scheme == "https" && FileHosts.Any(host => from.Host.EndsWith(host, StringComparison.OrdinalIgnoreCase))))
            return (null, from.Host);

        using var request = new HttpRequestMessage(HttpMethod.Get, from);
        if (fromChannel && options.AppId is not null && await token(cancellationToken) is { } bearer)
            request.Headers.Authorization = new("Bearer", bearer);
        try
        {
            using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            if (!answer.IsSuccessStatusCode)
                return (null, $"{(int)answer.StatusCode}");
            // What kind of picture it is, only whoever sends it knows.
            if (attachment.ContentType == AnyPicture && !type.StartsWith("image/", StringComparison.Ordinal))
            {
                var sent = answer.Content.Headers.ContentType?.MediaType ?? "";
                name = $"{name}.{sent[(sent.IndexOf('/', StringComparison.Ordinal) + 1)..]}";
                if (AttachmentStore.TypeOf(name) is not { } kind || !kind.StartsWith("image/", StringComparison.Ordinal))
                    return (null, sent);
            }

            await using var bytes = await answer.Content.ReadAsStreamAsync(cancellationToken);
            var (file, refused) = await files.TryAddAsync(workspace, place, name, bytes, settings.Limits.MessageBytes - keptBytes, cancellationToken);
            return refused switch
            {
                null => (file!.Attachment, null),
                FileRefusal.TooLarge => (null, $"> {settings.Limits.FileMegabytes} MB"),
                FileRefusal.TooMuch => (null, $"> {settings.Limits.MessageMegabytes} MB"),
                FileRefusal.Ending => (null, $"*{Path.GetExtension(name)}"),
                _ => (null, "*.exe"),
            };
        }
        catch (HttpRequestException unreachable)
        {
            Log.NoFile(logger, unreachable, from.Host);
            return (null, from.Host);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "A file could not be fetched from {Host}")]
        public static partial void NoFile(ILogger logger, Exception unreachable, string host);
    }
}
