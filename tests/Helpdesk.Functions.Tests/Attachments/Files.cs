using System.Net.Http.Headers;
using System.Text.Json.Nodes;

namespace Helpdesk.Functions.Tests.Attachments;

/// <summary>Small real files, and forms that send them.</summary>
internal static class Files
{
    /// <summary>A picture of one pixel.</summary>
    public static byte[] Png { get; } =
        Convert.FromBase64String("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==");

    public static MultipartFormDataContent Form(IEnumerable<(string Name, string Value)> fields, params IEnumerable<(string Name, byte[] Bytes)> files)
    {
        var form = new MultipartFormDataContent();
        foreach (var (name, value) in fields)
            form.Add(new StringContent(value), name);
        foreach (var (name, bytes) in files)
            form.Add(new ByteArrayContent(bytes) { Headers = { ContentType = new MediaTypeHeaderValue("text/html") } }, "files", name);
        return form;
    }

    /// <summary>Keeps files for later; gives their ids.</summary>
    public static async Task<IReadOnlyList<string>> UploadAsync(this Desk desk, params (string Name, byte[] Bytes)[] files) =>
        [
            .. (await desk.SendAsync(HttpMethod.Post, "/api/attachments", Form([], files))).Expect(201).Json["items"]!
                .AsArray()
                .Select(file => file!["id"]!.GetValue<string>()),
        ];

    public static string Text(this JsonNode? node, string name) => node![name]!.GetValue<string>();
}
