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
        recorded["Metadata"]!["sys"]!["RandGuid"] = sent["Metadata"]!["sys"]!["RandGuid"]!.GetValue<string>();
        Assert.True(JsonNode.DeepEquals(recorded, sent), $"Recorded: {recorded.ToJsonString()}\nSent:     {sent.ToJsonString()}");
    }
}
