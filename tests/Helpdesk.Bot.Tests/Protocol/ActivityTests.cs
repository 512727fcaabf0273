using System.Text.Json;
using System.Text.Json.Nodes;
using Helpdesk.Bot.Protocol;

namespace Helpdesk.Bot.Tests.Protocol;

public sealed class ActivityTests
{
    public static TheoryData<string> FromChannels => [.. Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "recordings", "teams"), "*to-bot*.json")
        .Where(path => JsonNode.Parse(File.ReadAllText(path))!["request"]!["body"] is JsonObject).Select(path => Path.GetFileName(path)!)];

    [Theory]
    [MemberData(nameof(FromChannels))]
    public void What_a_channel_sent_is_read_and_written_back_without_losing_a_field(string recording)
    {
        var body = Recording(recording);
        var activity = JsonSerializer.Deserialize(body.ToJsonString(), ProtocolJson.Wire.Activity)!;
        var written = JsonNode.Parse(JsonSerializer.Serialize(activity, ProtocolJson.Wire.Activity))!;
        Same(body, written, "$");
    }

    [Theory]
    [InlineData("236-to-bot_message-channel-at-Test-Bot-at-new-po.json", "new post")]
    [InlineData("229-to-bot_message-groupChat-at-Test-Bot-at-member.json", "members please")]
    [InlineData("007-to-bot_message-personal-hello-bold-b-x-b.json", "hello **bold** <b>x</b> & \"q\"")]
    public void The_mention_of_the_bot_is_taken_out_and_nothing_else(string recording, string text)
    {
        var activity = JsonSerializer.Deserialize(Recording(recording).ToJsonString(), ProtocolJson.Wire.Activity)!;
        Assert.Equal(text, Mentions.RemoveRecipientMention(activity));
    }

    [Fact]
    public void A_mention_in_html_goes_too_and_somebody_elses_stays()
    {
        var activity = new Activity
        {
            Text = "<div><at id=\"0\">Help &amp; Desk</at> ask <at>Rita</at><br>5 &lt; 6</div>",
            TextFormat = "xml",
            Recipient = new() { Id = "bot" },
            Entities = [new() { Type = "mention", Mentioned = new() { Id = "bot", Name = "Help & Desk" }, Text = "<at>Help &amp; Desk</at>" }, new() { Type = "mention", Mentioned = new() { Id = "rita", Name = "Rita" }, Text = "<at>Rita</at>" }],
        };
        Assert.Equal("ask Rita\n5 < 6", Mentions.RemoveRecipientMention(activity));
        Assert.True(Mentions.IsMentioned(activity));
    }

    internal static JsonNode Recording(string name) => JsonNode.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "recordings", "teams", name)))!["request"]!["body"]!;

    private static void Same(JsonNode? expected, JsonNode? actual, string path)
    {
        switch (expected)
        {
            case JsonObject fields:
                foreach (var (name, value) in fields)
                    Same(value, actual?[name], $"{path}.{name}");
                break;
            case JsonArray items:
                Assert.Equal(items.Count, (actual as JsonArray)?.Count);
                for (var i = 0; i < items.Count; i++)
                    Same(items[i], actual![i], $"{path}[{i}]");
                break;
            case null:
                break;
            default:
                if (path == "$.timestamp")
                    Assert.Equal(DateTimeOffset.Parse(expected.GetValue<string>(), System.Globalization.CultureInfo.InvariantCulture), DateTimeOffset.Parse(actual!.GetValue<string>(), System.Globalization.CultureInfo.InvariantCulture));
                else
                    Assert.True(JsonNode.DeepEquals(expected, actual), $"{path}: {expected.ToJsonString()} came back as {actual?.ToJsonString() ?? "nothing"}");
                break;
        }
    }
}
