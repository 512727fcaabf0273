using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Helpdesk.Testing;

namespace Helpdesk.Functions.Tests.Telephone;

/// <summary>Telephone systems, their secret addresses, and what they post there.</summary>
public sealed class TelephoneSystemTests(DeskFixture fixture)
{
    private static async Task<(Uri Url, JsonNode System)> AddAsync(Desk desk, object system)
    {
        var added = (await desk.PostAsync("/api/telephone-systems", system)).Expect(201).Json;
        return (new Uri(desk.Address, new Uri(added["intakeUrl"]!.GetValue<string>()).PathAndQuery), added);
    }

    private static async Task<(HttpResponseMessage Answer, string Text)> PostAsync(
        Uri url,
        string body,
        string type = "application/x-www-form-urlencoded",
        params (string Name, string Value)[] headers
    )
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new StringContent(body) };
        request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        var answer = await http.SendAsync(request);
        return (answer, await answer.Content.ReadAsStringAsync());
    }

    private async Task<JsonNode> NewestAsync(Desk desk)
    {
        await Until.TrueAsync(
            async () => (await desk.GetAsync("/api/receipts?state=received")).Json["items"]!.AsArray().Count == 0,
            "all receipts are worked"
        );
        await fixture.App.DeliveredAsync();
        return (await desk.GetAsync("/api/receipts?limit=1")).Json["items"]![0]!;
    }

    [Fact]
    public async Task An_extension_of_an_agent_who_is_not_there_is_refused_and_one_whose_agent_has_gone_stays()
    {
        using var desk = await fixture.OpenDeskAsync();
        var nobody = new { extension = "w0", agent = "nobody" };
        var system = new
        {
            name = "Head office",
            kind = "sipgate",
            extensions = new[] { nobody },
        };
        var refused = (await desk.PostAsync("/api/telephone-systems", system)).Expect(400);
        Assert.Contains("nobody", refused.Json["errors"]!["extensions"]!.ToJsonString(), StringComparison.Ordinal);
        (await desk.PostAsync("/api/agents", new { name = "Nobody", email = "nobody@example.com" })).Expect(201);
        await AddAsync(desk, system);
        (await desk.DeleteAsync("/api/agents/nobody")).Expect(204);
        (await desk.PatchAsync("/api/telephone-systems/head-office", new { name = "Branch", extensions = new[] { nobody } })).Expect(200);
        var other = new[] { nobody, new { extension = "w1", agent = "somebody" } };
        (await desk.PatchAsync("/api/telephone-systems/head-office", new { extensions = other })).Expect(400);
    }

    [Fact]
    public async Task Sipgate_is_told_where_to_say_more_and_a_call_is_one_ticket_with_one_note()
    {
        using var desk = await fixture.OpenDeskAsync();
        using var agent = await desk.WithRoleAsync("agent");
        var me = (await agent.GetAsync("/api/agents")).Json["items"]!.AsArray().Single(one => one!["id"]!.GetValue<string>() != "admin")!;
        var (url, added) = await AddAsync(
            desk,
            new
            {
                name = "Head office",
                kind = "sipgate",
                extensions = new[] { new { extension = "w0", agent = me["id"]!.GetValue<string>() } },
            }
        );
        var (answer, xml) = await PostAsync(url, "event=newCall&from=4930901820&to=4930901821&direction=in&callId=1&user%5B%5D=A&userId%5B%5D=w0");
        Assert.Equal((200, "application/xml"), ((int)answer.StatusCode, answer.Content.Headers.ContentType!.MediaType));
        var own = System.Xml.Linq.XDocument.Parse(xml).Root!;
        Assert.Equal("Response", own.Name.LocalName);
        Assert.All(new[] { "onAnswer", "onHangup" }, name => Assert.Equal(added["intakeUrl"]!.GetValue<string>(), own.Attribute(name)!.Value));
        Assert.Null((await NewestAsync(desk))["ticket"]);
        await PostAsync(url, "event=answer&callId=1&user=A&userId=w0&from=4930901820&to=4930901821&direction=in");
        var number = (await NewestAsync(desk))["number"]!.GetValue<long>();
        await PostAsync(url, "event=hangup&cause=normalClearing&callId=1&from=4930901820&to=4930901821&direction=in");
        await PostAsync(url, "event=hangup&cause=normalClearing&callId=1&from=4930901820&to=4930901821&direction=in");
        Assert.Equal(number, (await NewestAsync(desk))["number"]!.GetValue<long>());
        var ticket = (await desk.GetAsync($"/api/tickets/{number}")).Json;
        Assert.Equal(("Call from +4930901820", "open"), (ticket["subject"]!.GetValue<string>(), ticket["status"]!.GetValue<string>()));
        Assert.Equal(me["id"]!.GetValue<string>(), ticket["assignee"]!.GetValue<string>());
        var comments = (await desk.GetAsync($"/api/tickets/{number}/comments")).Json["items"]!.AsArray();
        Assert.Equal(["public agent", "internal agent"], comments.Select(comment => $"{comment!["visibility"]} {comment["by"]}"));
        Assert.Single(await desk.NumbersAsync(""));
        await PostAsync(url, "event=dtmf&dtmf=1&callId=1");
        Assert.Equal("ignored", (await NewestAsync(desk))["state"]!.GetValue<string>());
        await PostAsync(url, "event=newCall&from=1");
        Assert.Contains("call-unreadable", (await NewestAsync(desk))["error"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Twilio_is_believed_by_its_signature()
    {
        using var desk = await fixture.OpenDeskAsync();
        var (url, added) = await AddAsync(
            desk,
            new
            {
                name = "Twilio",
                kind = "twilio",
                secret = "12345",
            }
        );
        const string form = "CallSid=CA1&From=%2B4930901820&To=%2B4930901821&CallStatus=completed&Direction=inbound&CallDuration=61";
        var said = added["intakeUrl"]!.GetValue<string>() + "?line=1CallDuration61CallSidCA1CallStatuscompletedDirectioninboundFrom+4930901820To+4930901821";
#pragma warning disable CA5350 // Twilio chose it.
        var signature = Convert.ToBase64String(HMACSHA1.HashData("12345"u8, Encoding.UTF8.GetBytes(said)));
#pragma warning restore CA5350
        var at = new Uri($"{url}?line=1");
        Assert.Equal(401, (int)(await PostAsync(at, form)).Answer.StatusCode);
        Assert.Equal(401, (int)(await PostAsync(url, form, headers: ("X-Twilio-Signature", signature))).Answer.StatusCode);
        Assert.Equal(401, (int)(await PostAsync(at, form + "&Extra=1", headers: ("X-Twilio-Signature", signature))).Answer.StatusCode);
        var (answer, text) = await PostAsync(at, form, headers: ("X-Twilio-Signature", signature));
        Assert.True((int)answer.StatusCode == 202, text);
        var ticket = (await desk.GetAsync($"/api/tickets/{(await NewestAsync(desk))["number"]}")).Expect(200).Json;
        Assert.Equal("Call from +4930901820", ticket["subject"]!.GetValue<string>());
    }

    [Fact]
    public async Task Placetel_signs_the_body()
    {
        using var desk = await fixture.OpenDeskAsync();
        (await desk.PatchAsync("/api/contact-settings", new { region = "DE" })).Expect(200);
        var (url, _) = await AddAsync(
            desk,
            new
            {
                name = "Placetel",
                kind = "placetel",
                secret = "12345",
            }
        );
        const string form = "event=HungUp&from=030901820&to=030901821&call_id=f4591ba3&type=missed";
        var signature = Convert.ToHexStringLower(HMACSHA256.HashData("12345"u8, Encoding.UTF8.GetBytes(form)));
        Assert.Equal(401, (int)(await PostAsync(url, form, headers: ("X-PLACETEL-SIGNATURE", new string('0', 64)))).Answer.StatusCode);
        Assert.Equal(202, (int)(await PostAsync(url, form, headers: ("X-PLACETEL-SIGNATURE", signature))).Answer.StatusCode);
        var ticket = (await desk.GetAsync($"/api/tickets/{(await NewestAsync(desk))["number"]}")).Expect(200).Json;
        Assert.Equal("Missed call from +4930901820", ticket["subject"]!.GetValue<string>());
    }

    [Fact]
    public async Task Threecx_and_any_other_system_post_JSON()
    {
        using var desk = await fixture.OpenDeskAsync();
        var (threecx, _) = await AddAsync(
            desk,
            new
            {
                name = "3CX",
                kind = "threecx",
                secret = "a-bearer-token",
            }
        );
        const string report = """{"callType":"Missed","number":"+4930901820","agent":"100","startedAt":"2026-03-10T09:15:00Z"}""";
        Assert.Equal(401, (int)(await PostAsync(threecx, report, "application/json")).Answer.StatusCode);
        for (var twice = 0; twice < 2; twice++)
            Assert.Equal(202, (int)(await PostAsync(threecx, report, "application/json", ("Authorization", "Bearer a-bearer-token"))).Answer.StatusCode);
        var number = (await NewestAsync(desk))["number"]!.GetValue<long>();
        Assert.Empty((await desk.GetAsync($"/api/tickets/{number}/comments")).Json["items"]!.AsArray());

        var (other, _) = await AddAsync(
            desk,
            new
            {
                name = "Asterisk",
                kind = "generic",
                mapping = new
                {
                    fields = new
                    {
                        callId = new { from = new[] { "/uniqueid" } },
                        from = new { from = new[] { "/src" } },
                        to = new { from = new[] { "/dst" } },
                        outcome = new
                        {
                            from = new[] { "/disposition" },
                            values = new Dictionary<string, string> { ["ANSWERED"] = "answered", ["*"] = "missed" },
                        },
                        duration = new { from = new[] { "/billsec" } },
                    },
                },
            }
        );
        await PostAsync(other, """{"uniqueid":"1.1","src":"+4930901820","dst":"12","disposition":"ANSWERED","billsec":5}""", "application/json");
        Assert.Equal(number, (await NewestAsync(desk))["number"]!.GetValue<long>());
        // The same as a form.
        await PostAsync(other, "uniqueid=1.2&src=%2B4930901820&dst=12&disposition=NO+ANSWER&billsec=0");
        Assert.Equal(number, (await NewestAsync(desk))["number"]!.GetValue<long>());
        Assert.Equal(3, (await desk.GetAsync($"/api/tickets/{number}/comments")).Json["items"]!.AsArray().Count + 1);
    }

    [Fact]
    public async Task Systems_are_added_changed_renewed_and_removed()
    {
        using var desk = await fixture.OpenDeskAsync();
        using var other = await fixture.OpenDeskAsync();
        (await desk.PostAsync("/api/groups", new { id = "it-support", name = "IT" })).Expect(201);
        var (url, added) = await AddAsync(
            desk,
            new
            {
                name = "Placetel",
                kind = "placetel",
                group = "it-support",
                secret = "12345",
            }
        );
        Assert.Equal("placetel", added["id"]!.GetValue<string>());
        Assert.DoesNotContain("12345", added.ToJsonString(), StringComparison.Ordinal);
        Assert.True((await desk.GetAsync("/api/telephone-systems/placetel")).Expect(200).Json["signed"]!.GetValue<bool>());
        (await other.GetAsync("/api/telephone-systems/placetel")).Expect(404);
        Assert.Empty((await other.GetAsync("/api/telephone-systems")).Json["items"]!.AsArray());
        (await desk.PatchAsync("/api/telephone-systems/placetel", new { secret = (string?)null })).Expect(200);
        (await desk.PatchAsync("/api/telephone-systems/placetel", new { group = "nowhere" })).Expect(400);
        (await other.PatchAsync("/api/telephone-systems/placetel", new { name = "Mine" })).Expect(404);
        (await desk.DeleteAsync("/api/groups/it-support")).Expect(409);
        var renewed = (await desk.PostAsync("/api/telephone-systems/placetel/renew")).Expect(200).Json["intakeUrl"]!.GetValue<string>();
        var next = new Uri(desk.Address, new Uri(renewed).PathAndQuery);
        await Until.TrueAsync(async () => (int)(await PostAsync(url, "event=x&call_id=1")).Answer.StatusCode == 404, "the old address takes nothing");
        Assert.Equal(202, (int)(await PostAsync(next, "event=IncomingCall&from=030901820&to=030901821&call_id=1")).Answer.StatusCode);
        (await other.DeleteAsync("/api/telephone-systems/placetel")).Expect(404);
        (await desk.DeleteAsync("/api/telephone-systems/placetel")).Expect(204);
        (await desk.GetAsync("/api/telephone-systems/placetel")).Expect(404);
    }

    [Theory]
    [InlineData("""{"name":"A","kind":"sipgate","secret":"12345"}""", "secret")]
    [InlineData("""{"name":"A","kind":"twilio","mapping":{"fields":{"from":{"from":["/a"]}}}}""", "mapping")]
    [InlineData("""{"name":"A","kind":"generic"}""", "mapping")]
    [InlineData("""{"name":"A","kind":"generic","mapping":{"fields":{"from":{"from":["a"]},"outcome":{"default":"missed"}}}}""", "mapping.fields.from.from")]
    [InlineData("""{"name":"A","kind":"generic","mapping":{"fields":{"from":{"from":["/a"]},"colour":{"from":["/b"]}}}}""", "mapping.fields")]
    [InlineData("""{"name":"A","kind":"fax"}""", "kind")]
    public async Task What_a_system_cannot_be_is_said(string body, string field)
    {
        using var desk = await fixture.OpenDeskAsync();
        var answer = (await desk.PostAsync("/api/telephone-systems", JsonNode.Parse(body))).Expect(400);
        Assert.True(answer.Json["errors"]![field] is not null, answer.Text);
    }
}
