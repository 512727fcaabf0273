using System.Text.Json.Nodes;
using Azure.Storage.Queues;
using Helpdesk.Testing;

namespace Helpdesk.LocalHost.Tests;

public sealed class QueueTests(SharedHost shared)
{
    private readonly RunningHost _host = shared.Host;

    [Fact]
    public async Task Messages_reach_their_functions_as_text_as_a_record_and_as_the_message_itself()
    {
        await SendAsync("texts", "plain ünïcode");
        await SendAsync("notes", """{"Id":"N1","Number":5}""");
        var id = await SendAsync("messages", "whole");
        await _host.Folder.RecordedAsync("OnText", record => Texts(record, "plain ünïcode").Count == 1, "the text is there");
        await _host.Folder.RecordedAsync("OnNote", record => record.Count == 1, "the note is there");
        await _host.Folder.RecordedAsync("OnMessage", record => record.Count == 1, "the message is there");
        var note = _host.Folder.Record("OnNote")[0]["what"]!;
        Assert.Equal(("N1", 5), (note["Id"]!.GetValue<string>(), note["Number"]!.GetValue<int>()));
        var message = _host.Folder.Record("OnMessage")[0]["what"]!;
        Assert.Equal((id, "whole"), (message["MessageId"]!.GetValue<string>(), message["body"]!.GetValue<string>()));
        Assert.Equal(1, message["DequeueCount"]!.GetValue<int>());
    }

    [Fact]
    public async Task A_message_that_fails_is_tried_again_and_one_that_always_fails_is_poison()
    {
        await SendAsync("texts", "fail once");
        await SendAsync("texts", "fail always");
        var poison = Queue("texts-poison");
        await Until.TrueAsync(
            async () => await poison.ExistsAsync() && (await poison.PeekMessagesAsync(10)).Value.Length == 1,
            "the poison queue has the message"
        );
        Assert.Equal("fail always", (await poison.PeekMessageAsync()).Value.Body.ToString());
        Assert.Equal([1, 2, 3], Counts("fail always"));
        await _host.Folder.RecordedAsync("OnText", record => Texts(record, "fail once").Count == 2, "the other one came twice");
        Assert.Equal([1, 2], Counts("fail once"));
    }

    [Fact]
    public async Task What_functions_give_to_an_output_binding_is_on_its_queue()
    {
        using var sent = await _host.Http.PostAsync("/send", null);
        Assert.Equal(202, (int)sent.StatusCode);
        await SendAsync("passed", "x");
        string[] wanted = ["one", "two", "passed on: x"];
        await _host.Folder.RecordedAsync("OnText", record => wanted.All(text => Texts(record, text).Count == 1), "all three messages came");
    }

    [Fact]
    public async Task A_queue_function_starts_an_orchestration()
    {
        await SendAsync("starts", "from-queue");
        await Until.TrueAsync(
            async () => (await DurableTests.OutcomeAsync(_host, "from-queue"))?["output"]?.GetValue<string>() == "\"Hello, queue\"",
            "the orchestration is over"
        );
    }

    private async Task<string> SendAsync(string queue, string text)
    {
        var client = Queue(queue);
        await client.CreateIfNotExistsAsync();
        return (await client.SendMessageAsync(text)).Value.MessageId;
    }

    private QueueClient Queue(string name) => new(shared.Storage, $"{_host.Folder.Prefix}-{name}");

    private static List<JsonNode> Texts(List<JsonNode> record, string text) => [.. record.Where(line => line["what"]!["message"]!.GetValue<string>() == text)];

    private List<int> Counts(string text) => [.. Texts(_host.Folder.Record("OnText"), text).Select(line => line["what"]!["dequeueCount"]!.GetValue<int>())];
}
