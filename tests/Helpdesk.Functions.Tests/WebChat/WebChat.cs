using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace Helpdesk.Functions.Tests.WebChat;

/// <summary>Somebody in the web chat of a workspace, speaking Direct Line as Web Chat does.</summary>
public sealed class WebChat : IDisposable
{
    private readonly Desk _desk;
    private readonly Desk _line;

    private WebChat(Desk desk, Uri address, string token, string conversation) =>
        (_desk, _line, Token, Conversation, Address) = (desk, new Desk(desk.Workspace, token, address), token, conversation, address);

    public string Token { get; }
    public string Conversation { get; }
    public Uri Address { get; }
    public string Path => $"/api/directline/conversations/{Conversation}";

    /// <summary>Begins a conversation with the public chat key, or with a key of the desk that says who it is.</summary>
    public static async Task<WebChat> BeginAsync(Desk desk, Uri address, object? user = null, string locale = "en-US")
    {
        var key = user is null ? (await desk.GetAsync("/api/chat")).Expect(200).Json["key"]!.GetValue<string>() : desk.Key;
        using var page = new Desk(desk.Workspace, key, address);
        var issued = (await page.PostAsync("/api/directline/tokens/generate", new { user = user ?? new { } })).Expect(200).Json;
        var chat = new WebChat(desk, address, issued["token"]!.GetValue<string>(), issued["conversationId"]!.GetValue<string>());
        (await chat._line.PostAsync("/api/directline/conversations", new { user = new { }, locale })).Expect(201);
        return chat;
    }

    public Task<Answer> PostAsync(string text, string? clientId = null, object? value = null, string from = "somebody", string locale = "en-US") =>
        _line.PostAsync(
            $"{Path}/activities",
            new JsonObject
            {
                ["type"] = "message",
                ["text"] = text,
                ["from"] = new JsonObject { ["id"] = from, ["name"] = "" },
                ["locale"] = locale,
                ["value"] = value is null ? null : System.Text.Json.JsonSerializer.SerializeToNode(value),
                ["channelData"] = new JsonObject { ["clientActivityID"] = clientId ?? Guid.NewGuid().ToString("N") },
            }
        );

    /// <summary>Says something, and gives what the bot says to it.</summary>
    public async Task<List<string>> SaysAsync(string text, object? value = null)
    {
        var id = (await PostAsync(text, value: value)).Expect(200).Json["id"]!.GetValue<string>();
        var number = int.Parse(id.Split('|')[1], System.Globalization.CultureInfo.InvariantCulture);
        return
        [
            .. (await ReadAsync(number))
                .Where(activity => activity["from"]!["role"]!.GetValue<string>() == "bot")
                .Select(activity => activity["text"]!.GetValue<string>()),
        ];
    }

    public async Task<List<JsonNode>> ReadAsync(long after = 0) =>
        [.. (await _line.GetAsync($"{Path}/activities?watermark={after}&wait=0")).Expect(200).Json["activities"]!.AsArray().Select(activity => activity!)];

    public async Task<List<string>> TextsAsync() => [.. (await ReadAsync()).Select(activity => activity["text"]?.GetValue<string>() ?? "")];

    public Task<Answer> GetAsync(string path, params (string, string)[] headers) => _line.GetAsync(path, headers);

    public Task<Answer> SendAsync(HttpMethod method, string path, HttpContent? content, params (string, string)[] headers) =>
        _line.SendAsync(method, path, content, headers);

    public Task<Answer> UploadAsync(string? text, params (string Name, string Type, byte[] Bytes)[] files)
    {
        var form = new MultipartFormDataContent();
        if (text is not null)
            form.Add(
                new StringContent(
                    new JsonObject { ["type"] = "message", ["text"] = text }.ToJsonString(),
                    Encoding.UTF8,
                    "application/vnd.microsoft.activity"
                ),
                "activity",
                "blob"
            );
        foreach (var (name, type, bytes) in files)
            form.Add(new ByteArrayContent(bytes) { Headers = { ContentType = new MediaTypeHeaderValue(type) } }, "file", name);
        return _line.SendAsync(HttpMethod.Post, $"{Path}/upload?userId=x", form);
    }

    /// <summary>Reports a problem and gives the ticket.</summary>
    public async Task<JsonNode> ReportsAsync(string text = "The printer is on fire", string? email = "rita@example.com")
    {
        await PostAsync(text);
        if (email is not null)
            await PostAsync(email);
        var opened = (await TextsAsync()).Last(said => said.Contains("This is ticket #", StringComparison.Ordinal));
        var number = opened.Split('#')[1].Split(':')[0];
        return (await _desk.GetAsync($"/api/tickets/{number}")).Expect(200).Json;
    }

    public void Dispose() => _line.Dispose();
}
