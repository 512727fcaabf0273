using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Helpdesk.LocalHost.Tests;

/// <summary>What the host sends is what the Functions host was recorded to send.</summary>
public sealed class InvocationEnvelopeTests
{
    private static TheoryData<string> Recordings(string folder) => new(Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "recordings", folder)).Order());

    /// <summary>All but one that was started by hand from the host's admin page and carries no message.</summary>
    public static TheoryData<string> Queues => new(Recordings("04-queue").Select(row => row.Data).Where(file => !file.Contains("errors-0066", StringComparison.Ordinal)));

    public static TheoryData<string> Timers => Recordings("03-timer");

    [Theory]
    [MemberData(nameof(Queues))]
    public void A_queue_envelope_is_the_recorded_one(string file)
    {
        var recorded = Body(file);
        var metadata = recorded["Metadata"]!;
        string Decoded(JsonNode? text) => JsonSerializer.Deserialize<string>(text!.GetValue<string>())!;
        DateTimeOffset Instant(string name) => DateTimeOffset.Parse(metadata[name]!.GetValue<string>(), CultureInfo.InvariantCulture);
        var message = new QueuedMessage(
            Decoded(metadata["Id"]), Decoded(metadata["PopReceipt"]), Decoded(recorded["Data"]!["item"]),
            long.Parse(metadata["DequeueCount"]!.GetValue<string>(), CultureInfo.InvariantCulture), Instant("InsertionTime"), Instant("ExpirationTime"), Instant("NextVisibleTime"));
        Same(recorded, InvocationEnvelope.Queue(metadata["sys"]!["MethodName"]!.GetValue<string>(), "item", message, Now(metadata)));
    }

    [Theory]
    [MemberData(nameof(Timers))]
    public void A_timer_envelope_is_the_recorded_one(string file)
    {
        var recorded = Body(file);
        var (metadata, timer) = (recorded["Metadata"]!, recorded["Data"]!["myTimer"]!);
        // Retries within one run are left to the next tick here, so their context is not sent.
        metadata.AsObject().Remove("RetryContext");
        var status = timer["ScheduleStatus"] is { } kept
            ? new TimerStatus(kept["Last"]!.GetValue<DateTimeOffset>(), kept["Next"]!.GetValue<DateTimeOffset>(), kept["LastUpdated"]!.GetValue<DateTimeOffset>())
            : null;
        Same(recorded, InvocationEnvelope.Timer(metadata["sys"]!["MethodName"]!.GetValue<string>(), "myTimer", status, timer["IsPastDue"]!.GetValue<bool>(), Now(metadata)));
    }

    /// <summary>Calls of the functions that are called <paramref name="url"/>.</summary>
    private static TheoryData<string> Durable(string url, bool turns) => new(Directory.EnumerateDirectories(Path.Combine(AppContext.BaseDirectory, "recordings"), "*durable*")
        .SelectMany(Directory.EnumerateFiles).Order(StringComparer.Ordinal)
        .Where(file => JsonNode.Parse(File.ReadAllText(file)) is { } recorded && (turns ? recorded["note"]?["base64Request"] is not null : recorded["request"]!["requestLine"]!.GetValue<string>().Contains(url, StringComparison.Ordinal))));

    public static TheoryData<string> Turns => Durable("", turns: true);

    public static TheoryData<string> Activities => Durable("/DoWork", turns: false);

    [Theory]
    [MemberData(nameof(Turns))]
    public void A_turns_envelope_is_the_recorded_one(string file)
    {
        var recorded = Body(file);
        var metadata = recorded["Metadata"]!;
        Same(recorded, InvocationEnvelope.Orchestrator(metadata["sys"]!["MethodName"]!.GetValue<string>(), "context", JsonNode.Parse(File.ReadAllText(file))!["note"]!["base64Request"]!.GetValue<string>(), Now(metadata)));
    }

    [Theory]
    [MemberData(nameof(Activities))]
    public void An_activitys_envelope_is_the_recorded_one(string file)
    {
        var recorded = Body(file);
        var metadata = recorded["Metadata"]!;
        var input = recorded["Data"]!["input"]!.GetValue<string>();
        // A payload may call itself by another instance's name; then the recording does not tell the real one.
        var instance = JsonSerializer.Deserialize<string>(metadata["instanceId"]!.GetValue<string>())!;
        Same(recorded, InvocationEnvelope.Activity("DoWork", "input", instance, input == "null" ? null : JsonSerializer.Deserialize<string>(input), metadata["sys"] is JsonObject ? Now(metadata) : default));
    }

    [Fact]
    public void The_durable_client_is_handed_over_as_recorded()
    {
        var file = Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "recordings", "06-durable-roundtrip"), "*StartTicket.json").Single();
        var recorded = JsonNode.Parse(JsonSerializer.Deserialize<string>(Body(file)["Data"]!["client"]!.GetValue<string>())!)!;
        var envelope = InvocationEnvelope.WithClient(InvocationEnvelope.Timer("Tick", "timer", null, false, default), "client", new("LabHub2", "http://127.0.0.1:42649", "http://localhost:7172/runtime/webhooks/durabletask"));
        var ours = JsonNode.Parse(JsonSerializer.Deserialize<string>(envelope["Data"]!["client"]!.GetValue<string>())!)!;
        recorded["requiredQueryStringParameters"] = ours["requiredQueryStringParameters"]!.GetValue<string>();
        Assert.True(JsonNode.DeepEquals(recorded, ours), $"Recorded: {recorded.ToJsonString()}\nSent:     {ours.ToJsonString()}");
    }

    [Theory]
    [InlineData(200, "application/json", "{}", true)]
    [InlineData(201, "application/json", """{"Outputs":{}}""", true)]
    [InlineData(204, null, "", false)]
    [InlineData(200, "application/json", "", false)]
    [InlineData(200, "application/json", "null", false)]
    [InlineData(200, "application/json", "[]", false)]
    [InlineData(200, "application/json", "{", false)]
    [InlineData(200, "text/plain", "{}", false)]
    [InlineData(200, null, "{}", false)]
    [InlineData(302, "application/json", "{}", false)]
    [InlineData(404, "application/json", "{}", false)]
    [InlineData(500, "application/json", "{}", false)]
    public void Success_is_any_2xx_with_a_json_object(int status, string? type, string body, bool success) =>
        Assert.Equal(success, InvocationEnvelope.IsSuccess(status, type, Encoding.UTF8.GetBytes(body)));

    private static JsonNode Body(string file) => JsonNode.Parse(JsonNode.Parse(File.ReadAllText(file))!["request"]!["bodyText"]!.GetValue<string>())!;

    private static DateTimeOffset Now(JsonNode metadata) => metadata["sys"]!["UtcNow"]!.GetValue<DateTimeOffset>();

    /// <summary>Equal, but for the random id of the call.</summary>
    private static void Same(JsonNode recorded, JsonObject ours)
    {
        var sent = JsonNode.Parse(InvocationEnvelope.Bytes(ours))!;
        if (recorded["Metadata"]!["sys"] is JsonObject)
            recorded["Metadata"]!["sys"]!["RandGuid"] = sent["Metadata"]!["sys"]!["RandGuid"]!.GetValue<string>();
        Assert.True(JsonNode.DeepEquals(recorded, sent), $"Recorded: {recorded.ToJsonString()}\nSent:     {sent.ToJsonString()}");
    }
}
