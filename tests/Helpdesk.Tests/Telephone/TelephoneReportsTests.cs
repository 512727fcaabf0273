using System.Net;
using System.Text.Json;
using Helpdesk.Alerts;
using Helpdesk.Telephone;

namespace Helpdesk.Tests.Telephone;

/// <summary>What telephone systems post, written after their documentation, and what it says.</summary>
public sealed class TelephoneReportsTests
{
    private static Dictionary<string, string> Form(string form) =>
        form.Split('&')
            .Select(pair => pair.Split('='))
            .GroupBy(pair => WebUtility.UrlDecode(pair[0]), StringComparer.Ordinal)
            .ToDictionary(same => same.Key, same => string.Join(',', same.Select(pair => WebUtility.UrlDecode(pair[1]))), StringComparer.Ordinal);

    private static string Said(CallReport? report) =>
        report is null
            ? "nothing"
            : $"{report.CallId} {report.Direction} {report.From ?? "-"} {report.To ?? "-"} {report.Outcome}{(report.Ended ? " ended" : "")}"
                + $"{(report.Duration is { } length ? $" {length.TotalSeconds:0}s" : "")}{(report.Agent is { } agent ? $" by {agent}" : "")}"
                + $"{(report.Name is { } name ? $" ({name})" : "")}{(report.RecordingUrl is { } url ? $" {url}" : "")}";

    [Theory]
    [InlineData(
        "event=newCall&from=492111234567&to=4915791234567&direction=in&callId=123456&user%5B%5D=Alice&user%5B%5D=Bob&userId%5B%5D=w0&userId%5B%5D=w1",
        "123456 Inbound +492111234567 +4915791234567 Ringing"
    )]
    [InlineData(
        "event=newCall&from=4915791234567&to=492111234567&direction=out&callId=7&user%5B%5D=Alice&userId%5B%5D=w0",
        "7 Outbound +4915791234567 +492111234567 Ringing by w0"
    )]
    [InlineData("event=newCall&from=anonymous&to=4915791234567&direction=in&callId=8", "8 Inbound - +4915791234567 Ringing")]
    [InlineData(
        "event=answer&callId=123456&user=John+Doe&userId=w0&fullUserId=1234567w0&from=492111234567&to=4915791234567&direction=in&answeringNumber=21199999999",
        "123456 Inbound +492111234567 +4915791234567 Answered by w0"
    )]
    [InlineData("event=answer&callId=1&user=voicemail&from=492111234567&to=11&direction=in", "1 Inbound +492111234567 11 Voicemail by voicemail")]
    [InlineData(
        "event=hangup&cause=normalClearing&callId=123456&from=492111234567&to=4915791234567&direction=in",
        "123456 Inbound +492111234567 +4915791234567 Answered ended"
    )]
    [InlineData("event=hangup&cause=cancel&callId=1&from=492111234567&to=4915791234567&direction=in", "1 Inbound +492111234567 +4915791234567 Missed ended")]
    [InlineData("event=hangup&cause=busy&callId=1&from=4915791234567&to=492111234567&direction=out", "1 Outbound +4915791234567 +492111234567 Busy ended")]
    [InlineData("event=hangup&cause=forwarded&callId=1&from=492111234567&to=4915791234567&direction=in", "nothing")]
    [InlineData("event=dtmf&dtmf=1&callId=123456", "nothing")]
    public void Sipgate_says_when_it_rings_who_answers_and_how_it_ends(string form, string said) =>
        Assert.Equal(said, Said(TelephoneReports.Sipgate(Form(form))));

    [Theory]
    [InlineData("event=IncomingCall&from=022129191999&to=022129191000&call_id=f4591ba3", "f4591ba3 Inbound 022129191999 022129191000 Ringing")]
    [InlineData("event=IncomingCall&from=anonymous&to=022129191000&call_id=f4", "f4 Inbound - 022129191000 Ringing")]
    [InlineData("event=OutgoingCall&from=022129191000&to=022129191999&call_id=f4&direction=out", "f4 Outbound 022129191000 022129191999 Ringing")]
    [InlineData(
        "event=CallAccepted&from=022129191999&to=022129191000&call_id=f4&peer=7777abcdefg%40fpbx.de",
        "f4 Inbound 022129191999 022129191000 Answered by 7777abcdefg@fpbx.de"
    )]
    [InlineData(
        "event=HungUp&from=022129191999&to=022129191000&call_id=f4&type=accepted&duration=99",
        "f4 Inbound 022129191999 022129191000 Answered ended 99s"
    )]
    [InlineData("event=HungUp&from=022129191999&to=022129191000&call_id=f4&type=missed", "f4 Inbound 022129191999 022129191000 Missed ended")]
    [InlineData("event=HungUp&from=022129191999&to=022129191000&call_id=f4&type=voicemail", "f4 Inbound 022129191999 022129191000 Voicemail ended")]
    [InlineData("event=HungUp&from=022129191999&to=022129191000&call_id=f4&type=blocked", "nothing")]
    public void Placetel_says_when_it_rings_who_answers_and_how_it_ends(string form, string said) =>
        Assert.Equal(said, Said(TelephoneReports.Placetel(Form(form))));

    [Theory]
    [InlineData(
        "CallSid=CA1&AccountSid=AC1&From=%2B14155551212&To=%2B14155550000&CallStatus=ringing&ApiVersion=2010-04-01&Direction=inbound",
        "CA1 Inbound +14155551212 +14155550000 Ringing"
    )]
    [InlineData(
        "CallSid=CA1&From=%2B14155551212&To=%2B14155550000&CallStatus=completed&Direction=inbound&CallDuration=73&CallerName=RITA+LANG",
        "CA1 Inbound +14155551212 +14155550000 Answered ended 73s (RITA LANG)"
    )]
    [InlineData("CallSid=CA1&From=%2B1415&To=%2B1416&CallStatus=no-answer&Direction=outbound-api&CallDuration=0", "CA1 Outbound +1415 +1416 Missed ended 0s")]
    [InlineData("CallSid=CA1&From=anonymous&To=%2B1416&CallStatus=busy&Direction=inbound", "CA1 Inbound - +1416 Busy ended")]
    [InlineData(
        "CallSid=CA1&From=%2B1415&To=%2B1416&CallStatus=in-progress&DialCallStatus=no-answer&DialCallSid=CA2&Direction=inbound",
        "CA1 Inbound +1415 +1416 Missed ended"
    )]
    [InlineData(
        "CallSid=CA2&ParentCallSid=CA1&From=%2B1415&To=client%3Aada&CallStatus=in-progress&Direction=outbound-dial",
        "CA1 Inbound +1415 client:ada Answered by client:ada"
    )]
    [InlineData(
        "AccountSid=AC1&CallSid=CA1&RecordingSid=RE1&RecordingStatus=completed&RecordingUrl=https%3A%2F%2Fapi.twilio.com%2FRE1",
        "CA1 Inbound - - Ringing https://api.twilio.com/RE1"
    )]
    [InlineData("CallSid=CA1&From=%2B1415&To=%2B1416&CallStatus=something-new&Direction=inbound", "nothing")]
    public void Twilio_says_how_a_call_stands_and_where_it_is_recorded(string form, string said) =>
        Assert.Equal(said, Said(TelephoneReports.Twilio(Form(form))));

    [Theory]
    [InlineData(
        """{"callType":"Inbound","number":"004930901820","agent":"100","agentEmail":"ada@example.com","name":"R"""
            + """ita","duration":"00:03:20","startedAt":"2026-03-10T09:15:00Z"}""",
        "hash Inbound 004930901820 100 Answered ended 200s by ada@example.com (Rita)"
    )]
    [InlineData(
        """{"callType":"Missed","number":"004930901820","agent":"100","agentEmail":"[AgentEmail]","name":"[Name]","duration":"00:00:00"}""",
        "hash Inbound 004930901820 100 Missed ended 0s by 100"
    )]
    [InlineData(
        """{"CallType":"Outbound","Number":"004930901820","Agent":"100","Duration":"00:00:05"}""",
        "hash Outbound 100 004930901820 Answered ended 5s by 100"
    )]
    [InlineData("""{"callType":"Notanswered","number":"004930901820","agent":"100"}""", "hash Outbound 100 004930901820 Missed ended by 100")]
    public void Threecx_says_once_how_a_call_was(string json, string said) =>
        Assert.Equal(said, Said(TelephoneReports.Threecx(JsonSerializer.Deserialize<Dictionary<string, string>>(json)!, "hash")));

    [Theory]
    [InlineData("event=newCall&from=492111234567&direction=in")]
    [InlineData("event=hangup&cause=busy&callId=")]
    public void What_names_no_call_cannot_be_read(string form) => Assert.Throws<FormatException>(() => TelephoneReports.Sipgate(Form(form)));

    [Fact]
    public void An_unknown_type_of_3CX_cannot_be_read()
    {
        Assert.Throws<FormatException>(() => TelephoneReports.Threecx(new Dictionary<string, string>(), "hash"));
        Assert.Throws<FormatException>(() => TelephoneReports.Threecx(new Dictionary<string, string> { ["callType"] = "Conference" }, "hash"));
    }

    private static readonly Dictionary<string, AlertFieldMapping> Mapping = new(StringComparer.Ordinal)
    {
        ["callId"] = new(["/call/id"]),
        ["from"] = new(["/call/caller"]),
        ["to"] = new(["/call/callee"]),
        ["direction"] = new(
            ["/call/way"],
            new Dictionary<string, string>
            {
                ["IN"] = "inbound",
                ["OUT"] = "outbound",
                ["INTERNAL"] = "ignored",
            }
        ),
        ["outcome"] = new(["/call/result"], new Dictionary<string, string> { ["OK"] = "answered", ["*"] = "missed" }),
        ["duration"] = new(["/call/seconds"]),
        ["recordingUrl"] = new(["/links/0"]),
    };

    [Theory]
    [InlineData(
        """{"call":{"id":4711,"caller":"030 1","callee":"12","way":"IN","result":"OK","seconds":61},"links":["https://x.example/1"]}""",
        "4711 Inbound 030 1 12 Answered ended 61s https://x.example/1"
    )]
    [InlineData(
        """{"call":{"id":"a","caller":"Unknown","callee":"12","way":"in","result":"NOANSWER"},"links":["javascript:alert(1)"]}""",
        "a Inbound - 12 Missed ended"
    )]
    [InlineData("""{"call":{"id":"a","caller":"11","callee":"12","way":"INTERNAL","result":"OK"}}""", "nothing")]
    public void Anything_else_is_read_by_its_mapping(string json, string said) =>
        Assert.Equal(said, Said(TelephoneReports.Mapped(Mapping, JsonElement.Parse(json))));

    [Fact]
    public void A_mapping_that_does_not_fit_says_where()
    {
        var strange = JsonElement.Parse("""{"call":{"caller":"1","way":"SIDEWAYS","result":"OK"}}""");
        Assert.Contains("direction", Assert.Throws<FormatException>(() => TelephoneReports.Mapped(Mapping, strange)).Message, StringComparison.Ordinal);
        Assert.Throws<FormatException>(() => TelephoneReports.Mapped(Mapping, JsonElement.Parse("{}")));
    }

    [Theory]
    [InlineData("200", 200)]
    [InlineData("00:03:20", 200)]
    [InlineData("3:20", 200)]
    [InlineData("PT3M20S", 200)]
    [InlineData("200.4", 200)]
    [InlineData("soon", null)]
    [InlineData("P", null)]
    [InlineData("-5", null)]
    public void Lengths_are_read_in_whichever_form(string text, int? seconds) => Assert.Equal(seconds, (int?)TelephoneReports.Length(text)?.TotalSeconds);
}
