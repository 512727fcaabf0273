using System.Text.Json;
using System.Text.Json.Nodes;
using Helpdesk.Functions.Attachments;
using Helpdesk.Functions.Hosting;
using Microsoft.AspNetCore.Http.Features;

namespace Helpdesk.Functions.Tickets;

/// <summary>A request of the API that is sent as a form with files: its fields are those of the JSON, and its files are kept as they come.</summary>
internal static class UploadForm
{
    /// <summary>The name under which a file may stand; whatever it is, a part with a file name is a file.</summary>
    private const string FilesField = "files";

    /// <summary>A part of this name is the whole request as JSON, for what a form's flat fields cannot say.</summary>
    private const string Whole = "request";

    public static async Task<Upload> ReadAsync(HttpContext context)
    {
        var caller = context.Features.GetRequiredFeature<Caller>();
        return await Upload.ReadAsync(context, caller.Workspace, Upload.PlaceOf(context), RequestBody.Limit, Whole, context.RequestAborted);
    }

    /// <summary>The fields as a reader of JSON sees them.</summary>
    public static FieldReader Fields(Upload upload)
    {
        if (upload.Fields.TryGetValue(Whole, out var json))
            return FieldReader.Parse(System.Text.Encoding.UTF8.GetBytes(json));
        var fields = new JsonObject();
        // A field that is left empty is one that is not filled in; browsers send one for files that nobody chose.
        foreach (var (name, value) in upload.Fields.Where(field => field.Key != FilesField && field.Value.Length > 0))
            fields[name] = name == "attachments" ? new JsonArray([.. value.Split(',', StringSplitOptions.TrimEntries).Select(id => (JsonNode)id)]) : value;
        return FieldReader.Parse(JsonSerializer.SerializeToUtf8Bytes(fields, JsonSerializerOptions.Default));
    }
}
