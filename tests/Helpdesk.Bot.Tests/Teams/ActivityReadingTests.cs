using System.Text.Json.Nodes;
using Helpdesk.Bot.Teams;
using Microsoft.Bot.Schema;
using Newtonsoft.Json;

namespace Helpdesk.Bot.Tests.Teams;

public sealed class ActivityReadingTests
{
    [Theory]
    [InlineData("236-to-bot_message-channel-at-Test-Bot-at-new-po.json", "new post", true)]
    [InlineData("229-to-bot_message-groupChat-at-Test-Bot-at-member.json", "members please", true)]
    [InlineData("007-to-bot_message-personal-hello-bold-b-x-b.json", "hello **bold** <b>x</b> & \"q\"", false)]
    public void The_mention_of_the_bot_is_taken_out_and_nothing_else(string recording, string text, bool mentioned)
    {
        var activity = Recorded(recording);
        Assert.Equal(mentioned, activity.MentionsBot());
        Assert.Equal(text, activity.PlainText());
    }

    [Fact]
    public void A_mention_in_html_goes_too_and_somebody_elses_stays()
    {
        var activity = Read(
            """
            {"type":"message","text":"<div><at>Help &amp; Desk</at> ask <at>Rita</at><br>5 &lt; 6</div>","textFormat":"xml","recipient":{"id":"bot"},
             "entities":[
              {"type":"mention","mentioned":{"id":"bot","name":"Help & Desk"},"text":"<at>Help &amp; Desk</at>"},
              {"type":"mention","mentioned":{"id":"rita","name":"Rita"},"text":"<at>Rita</at>"}]}
            """
        );
        Assert.Equal("ask Rita\n5 < 6", activity.PlainText());
        Assert.True(activity.MentionsBot());
    }

    [Fact]
    public void Other_people_are_mentioned_by_their_names()
    {
        var activity = Read(
            """
            {"type":"message","text":"<at>Test Bot</at> ask <at>Rita</at> or <at>Bob B.</at> about <at>nobody</at>",
             "textFormat":"plain","recipient":{"id":"bot"},
             "entities":[
              {"type":"mention","mentioned":{"id":"bot","name":"Test Bot"},"text":"<at>Test Bot</at>"},
              {"type":"mention","mentioned":{"id":"rita","name":"Rita Meyer"},"text":"<at>Rita</at>"},
              {"type":"mention","mentioned":{"id":"bob"},"text":"<at>Bob B.</at>"}]}
            """
        );
        // What somebody typed stays as it is.
        Assert.Equal("ask Rita Meyer or Bob B. about <at>nobody</at>", activity.PlainText());
    }

    [Theory]
    [InlineData("""{"type":"message"}""", "")]
    [InlineData("""{"type":"message","text":"hi","recipient":{"id":"bot"},"entities":[{"type":"mention"},{"type":"clientInfo","locale":"en-US"}]}""", "hi")]
    [InlineData("""{"type":"message","text":"hi","entities":[{"type":"mention","mentioned":{"name":"x"}}]}""", "hi")]
    public void A_message_without_text_or_with_half_a_mention_is_read_all_the_same(string json, string text) => Assert.Equal(text, Read(json).PlainText());

    [Fact]
    public void People_in_a_group_are_told_apart_and_a_thread_is_a_conversation_of_its_own()
    {
        var channel = Recorded("236-to-bot_message-channel-at-Test-Bot-at-new-po.json");
        var (one, thread) = (channel.AddressIn("main"), channel.Conversation.Id);
        channel.From.Id = "another";
        Assert.Equal(one.Place, channel.AddressIn("main").Place);
        Assert.NotEqual(one.Person, channel.AddressIn("main").Person);
        Assert.Equal("", Recorded("007-to-bot_message-personal-hello-bold-b-x-b.json").AddressIn("main").Person);
        Assert.Contains(";messageid=", thread, StringComparison.Ordinal);
        Assert.Equal(thread.Split(';')[0], channel.Root().Conversation.Id);
    }

    private static Activity Read(string json) => JsonConvert.DeserializeObject<Activity>(json)!;

    private static Activity Recorded(string name) =>
        Read(JsonNode.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "recordings", "teams", name)))!["request"]!["body"]!.ToJsonString());
}
