using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Helpdesk.Functions.Tests.Alerts;

/// <summary>A workspace with an alert source, and what a tool sends to it.</summary>
public sealed class AlertDesk(Desk desk, RunningApp app, string path, string? secret) : IDisposable
{
    public Desk Desk => desk;

    public RunningApp App => app;

    /// <summary>The secret address of its source, as a path.</summary>
    public string IntakePath => path;

    /// <summary>The secret that the desk made for the signature.</summary>
    public string? Secret => secret;

    /// <summary>A mapping for reports such as <c>{"id":"a","state":"firing","title":"Disk"}</c>.</summary>
    public static JsonNode PlainMapping =>
        JsonNode.Parse(
            """
            {"fields":{"key":{"from":["/id"]},"state":{"from":["/state"]},"subject":{"from":["/title"]},"severity":{"from":["/severity"]}},
             "allLabels":"/labels"}
            """
        )!;

    /// <summary>A workspace with one source, called <c>tool</c>.</summary>
    public static async Task<AlertDesk> OpenAsync(DeskFixture fixture, string kind, object? more = null, RunningApp? app = null)
    {
        var desk = await fixture.OpenDeskAsync(app);
        var added = await AddSourceAsync(desk, "tool", kind, more);
        return new(desk, app ?? fixture.App, PathOf(added), added["secret"]?.GetValue<string>());
    }

    /// <summary>Adds a source; the answer.</summary>
    public static async Task<JsonNode> AddSourceAsync(Desk desk, string id, string kind, object? more = null)
    {
        var body = JsonSerializer.SerializeToNode(more ?? new { })!.AsObject();
        (body["id"], body["name"], body["kind"]) = (id, id, kind);
        if (kind == "generic" && !body.ContainsKey("mapping"))
            body["mapping"] = PlainMapping;
        return (await desk.PostAsync("/api/alert-sources", body)).Expect(201).Json;
    }

    public static string PathOf(JsonNode added) => new Uri(added["intakeUrl"]!.GetValue<string>()).AbsolutePath;

    /// <summary>Sends a body as a tool does, without a key.</summary>
    public Task<Answer> SendAsync(string body, string? contentType = "application/json", params (string Name, string Value)[] headers) =>
        SendAsync(Encoding.UTF8.GetBytes(body), contentType, headers);

    public async Task<Answer> SendAsync(byte[] body, string? contentType, params (string Name, string Value)[] headers)
    {
        using var tool = new Desk(desk.Workspace, "", app.Address);
        var content = new ByteArrayContent(body);
        if (contentType is not null)
            content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
        return await tool.SendAsync(HttpMethod.Post, path, content, headers);
    }

    /// <summary>How many receipts the workspace has.</summary>
    public async Task<int> ReceiptsAsync() => (await desk.GetAsync("/api/receipts?limit=100")).Expect(200).Json["items"]!.AsArray().Count;

    public void Dispose() => desk.Dispose();
}
