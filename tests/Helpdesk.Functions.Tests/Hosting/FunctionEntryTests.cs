using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Helpdesk.Functions.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace Helpdesk.Functions.Tests.Hosting;

public sealed class FunctionEntryTests(DeskFixture fixture)
{
    /// <summary>Every way past the routes that the wire notes list, and their kin.</summary>
    public static TheoryData<string> WaysIn => new(
        "/ProcessReceipt", "/DispatchTicketEvents", "/RemoveOldAnswers", "/processreceipt", "/ProcessReceipt/", "//ProcessReceipt",
        "/api/../ProcessReceipt", "/api/..%5cProcessReceipt", "/api/..\\ProcessReceipt", "/api/%252e%252e/ProcessReceipt", "/api/%2e%2e/ProcessReceipt", "/api/%2e%2e%2fProcessReceipt",
        "/api/..%2fProcessReceipt", "/api/..%255cProcessReceipt", "/api/tickets/..%5c..%5c..%5cProcessReceipt", "/api/./../ProcessReceipt", "/api/.%2e/ProcessReceipt",
        "/api\\..\\ProcessReceipt", "/support/..%5cProcessReceipt", "/support/%252e%252e/ProcessReceipt", "/api/tickets/1%2f..%2f..%2f..%2fProcessReceipt", "/api/%5c..%5cProcessReceipt",
        "/TicketWatch", "/WakeTicket", "/ResolvedTicketClosing", "/CloseQuietTicket", "/SweepDueTimes", "/RewindFailedInstances", "/ConnectTaskHub", "/api/..%5cWakeTicket", "/api/..%5cTicketWatch", "/support/..%5cConnectTaskHub");

    [Theory]
    [MemberData(nameof(WaysIn))]
    public async Task No_way_of_writing_a_path_leads_outsiders_to_an_entry(string path)
    {
        foreach (var method in new[] { "POST", "GET", "PUT" })
        {
            var answer = await RawAsync($"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{fixture.App.Port}\r\nContent-Type: application/json\r\nContent-Length: 2\r\nUser-Agent: Azure-Functions-Host/4.1037.0.0\r\nX-Azure-Functions-InvocationId: 1\r\nConnection: close\r\n\r\n{{}}");
            Assert.Matches("^HTTP/1.1 (400|401|404|405) ", answer);
        }
    }

    [Theory]
    [InlineData("localhost:7071")]
    [InlineData("helpdesk.example.com")]
    [InlineData("127.0.0.1:1")]
    [InlineData("127.0.0.1")]
    public async Task A_chunked_call_under_another_host_name_is_no_call_of_the_host(string host) =>
        Assert.StartsWith("HTTP/1.1 404 ", await RawAsync($"POST /ProcessReceipt HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n2\r\n{{}}\r\n0\r\n\r\n"), StringComparison.Ordinal);

    [Fact]
    public async Task A_call_of_the_host_gets_through_and_a_json_object_back()
    {
        var answer = await RawAsync($"POST /DispatchTicketEvents HTTP/1.1\r\nHost: 127.0.0.1:{fixture.App.Port}\r\nContent-Type: application/json; charset=utf-8\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n2\r\n{{}}\r\n0\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 500 ", answer, StringComparison.Ordinal);
        Assert.Contains("\"Outputs\":{}", answer, StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 200 ", await RawAsync($"GET / HTTP/1.1\r\nHost: 127.0.0.1:{fixture.App.Port}\r\nConnection: close\r\n\r\n"), StringComparison.Ordinal);
    }

    [Fact]
    public void The_host_listens_where_it_is_told_and_nowhere_else()
    {
        var addresses = fixture.App.Services.GetRequiredService<Microsoft.AspNetCore.Hosting.Server.IServer>().Features.Get<Microsoft.AspNetCore.Hosting.Server.Features.IServerAddressesFeature>()!.Addresses;
        Assert.Equal([$"http://127.0.0.1:{fixture.App.Port}"], addresses);
    }

    /// <summary>Each recorded delivery of a queue message gives back the text that was sent, byte for byte.</summary>
    [Theory]
    [MemberData(nameof(QueueRecordings))]
    public void A_recorded_queue_message_is_read_byte_for_byte(string file)
    {
        var body = JsonNode.Parse(File.ReadAllText(file))!["request"]!["bodyText"]!.GetValue<string>();
        var envelope = new InvocationEnvelope(JsonElement.Parse(body));
        var recorded = JsonNode.Parse(body)!;
        var outer = recorded["Data"]!["item"]!.GetValue<string>();
        Assert.Equal(JsonSerializer.Deserialize<string>(outer), envelope.Text("item"));
        Assert.Equal(recorded["Metadata"]!["DequeueCount"]!.GetValue<string>(), $"{envelope.DequeueCount}");
    }

    public static TheoryData<string> QueueRecordings => new(Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "recordings/04-queue")).Order());

    [Fact]
    public void What_is_published_tells_the_host_of_every_function()
    {
        var folder = Directory.CreateTempSubdirectory("helpdesk-functions-").FullName;
        Directory.CreateDirectory(Path.Combine(folder, "Removed"));
        File.WriteAllText(Path.Combine(folder, "Removed", "function.json"), "{}");
        var app = HelpdeskApp.Build([$"--AzureWebJobsStorage={fixture.Storage}"]);
        FunctionDefinition.WriteAll(folder, app.Functions);
        JsonNode Binding(string function) => JsonNode.Parse(File.ReadAllText(Path.Combine(folder, function, "function.json")))!["bindings"]![0]!;
        Assert.Equal("api/{*path:regex(^[A-Za-z0-9._~/-]*$)}", Binding("Api")["route"]!.GetValue<string>());
        Assert.Equal("support/{*path:regex(^[A-Za-z0-9._~/-]*$)}", Binding("Support")["route"]!.GetValue<string>());
        Assert.Equal("ticket-events", Binding("DispatchTicketEvents")["queueName"]!.GetValue<string>());
        Assert.Equal("received-receipts", Binding("ProcessReceipt")["queueName"]!.GetValue<string>());
        Assert.Equal("orchestrationTrigger", Binding("TicketWatch")["type"]!.GetValue<string>());
        Assert.Equal("activityTrigger", Binding("WakeTicket")["type"]!.GetValue<string>());
        Assert.Equal("0 30 3 * * *", Binding("RemoveOldAnswers")["schedule"]!.GetValue<string>());
        Assert.False(File.Exists(Path.Combine(folder, "Removed", "function.json")));
        Directory.Delete(folder, recursive: true);
    }

    private async Task<string> RawAsync(string request)
    {
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", fixture.App.Port);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(request));
        using var reader = new StreamReader(stream);
        return await reader.ReadToEndAsync();
    }
}
