using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Helpdesk.Functions.Intake;
using Helpdesk.Functions.Tests.Intake;
using Helpdesk.Functions.Tests.Tickets;

namespace Helpdesk.Functions.Tests.Forms;

/// <summary>Forms that requesters fill in without a key: in a browser without scripts, or on a site of their own.</summary>
public sealed class FillFormTests(DeskFixture fixture)
{
    /// <summary>A form as a browser posts it: what stands on the page, with some fields filled in.</summary>
    private static MultipartFormDataContent Filled(string html, params (string Name, string Value)[] fields)
    {
        var form = new MultipartFormDataContent();
        foreach (Match hidden in Regex.Matches(html, "<input type=\"hidden\" name=\"([^\"]+)\" value=\"([^\"]*)\">"))
            form.Add(new StringContent(WebUtility.HtmlDecode(hidden.Groups[2].Value)), hidden.Groups[1].Value);
        foreach (var (name, value) in fields)
            form.Add(new StringContent(value), name);
        form.Add(new StringContent("rita@example.com"), "email");
        form.Add(new StringContent("Rita"), "name");
        return form;
    }

    private async Task<(HttpStatusCode Status, string Html, string? Location)> PostAsync(Desk desk, HttpContent form, string language = "en")
    {
        using var http = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false }) { BaseAddress = fixture.App.Address };
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/support?workspace={desk.Workspace}") { Content = form };
        request.Headers.TryAddWithoutValidation("Accept", "text/html");
        request.Headers.TryAddWithoutValidation("Accept-Language", language);
        using var answer = await http.SendAsync(request);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(), answer.Headers.Location?.ToString());
    }

    /// <summary>A page without what scripts alone show.</summary>
    private static string Seen(string html) => Regex.Replace(html, "<template.*?</template>", "", RegexOptions.Singleline);

    [Fact]
    public async Task Without_scripts_the_form_comes_again_with_the_questions_that_the_answers_lead_to()
    {
        using var desk = await fixture.OpenDeskAsync();
        using var browser = new Browser(fixture.App.Address);
        Assert.Contains("id=\"subject\"", await browser.ReadAsync($"/support?workspace={desk.Workspace}"), StringComparison.Ordinal);
        await desk.WithFormAsync();
        await fixture.App.OffersAsync(desk);
        var choice = await browser.ReadAsync($"/support?workspace={desk.Workspace}");
        Assert.Contains("New laptop", choice, StringComparison.Ordinal);
        Assert.Contains("For people who have none yet", choice, StringComparison.Ordinal);
        Assert.Contains("id=\"subject\"", await browser.ReadAsync($"/support?workspace={desk.Workspace}&plain=1"), StringComparison.Ordinal);

        var page = await browser.ReadAsync($"/support?workspace={desk.Workspace}&form=laptop");
        Assert.DoesNotContain("id=\"subject\"", page, StringComparison.Ordinal);
        Assert.DoesNotContain("answer-reason", Seen(page), StringComparison.Ordinal);
        Assert.Contains("answer-reason", page, StringComparison.Ordinal);
        var (status, more, _) = await PostAsync(desk, Filled(page, ("answer.model", "strong"), ("answer.count", "2"), ("answer.agreed", "true")));
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Contains("your answers lead to further questions", more, StringComparison.Ordinal);
        Assert.Contains("answer-reason", Seen(more), StringComparison.Ordinal);
        Assert.Contains("<option value=\"strong\" selected>", more, StringComparison.Ordinal);
        Assert.Contains("value=\"2\"", more, StringComparison.Ordinal);
        Assert.Empty((await desk.GetAsync("/api/receipts")).Json["items"]!.AsArray());

        (status, var wrong, _) = await PostAsync(
            desk,
            Filled(more, ("answer.model", "strong"), ("answer.count", "9"), ("answer.reason", "Films"), ("answer.extras", "dock"), ("answer.extras", "gpu"))
        );
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal("The number must be at most 5.", Browser.WrongOf(wrong, "answer-count"));
        Assert.Equal("Please tick this box to go on.", Browser.WrongOf(wrong, "answer-agreed"));
        Assert.Matches("value=\"gpu\" checked", wrong);
        Assert.Contains("Films", wrong, StringComparison.Ordinal);

        (status, _, var location) = await PostAsync(
            desk,
            Filled(
                wrong,
                ("answer.model", "strong"),
                ("answer.count", "3"),
                ("answer.reason", "Films"),
                ("answer.extras", "dock"),
                ("answer.extras", "gpu"),
                ("answer.agreed", "true"),
                ("description", "Thank you")
            )
        );
        Assert.Equal(HttpStatusCode.Found, status);
        await SupportFormTests.PageOfTicketAsync(browser, location!);
        var ticket = (await desk.GetAsync("/api/tickets/1")).Expect(200).Json;
        Assert.Equal(
            ["Which model?=Strong", "What do you need it for?=Films", "What else?=Dock, Graphics", "How many?=3", "My manager agrees=Yes"],
            FormDesk.AnswersOf(ticket)
        );
        Assert.Equal(
            ("New laptop: Strong", "Thank you", "order", "low", "web"),
            ($"{ticket["subject"]}", $"{ticket["description"]}", $"{ticket["type"]}", $"{ticket["priority"]}", $"{ticket["channel"]}")
        );
    }

    [Theory]
    [InlineData("en", "Which model?", "Please choose")]
    [InlineData("de", "Welches Modell?", "Bitte wählen")]
    [InlineData("hr", "Koji model?", "Molimo odaberite")]
    [InlineData("el", "Ποιο μοντέλο;", "Επιλέξτε παρακαλώ")]
    public async Task A_form_is_in_the_readers_language(string language, string label, string choose)
    {
        using var desk = await fixture.OpenDeskAsync();
        await desk.WithFormAsync();
        await fixture.App.OffersAsync(desk);
        using var browser = new Browser(fixture.App.Address, language);
        var page = await browser.ReadAsync($"/support?workspace={desk.Workspace}&form=laptop");
        Assert.Contains(label, page, StringComparison.Ordinal);
        Assert.Contains(choose, page, StringComparison.Ordinal);
        var (_, _, location) = await PostAsync(desk, Filled(page, ("answer.model", "light")), language);
        await SupportFormTests.PageOfTicketAsync(browser, location!);
        var ticket = (await desk.GetAsync("/api/tickets/1")).Expect(200).Json;
        Assert.Contains(label, $"{ticket["description"]}", StringComparison.Ordinal);
    }

    [Fact]
    public async Task Files_stand_with_their_field_and_what_is_hostile_is_shown_as_it_is()
    {
        using var desk = await fixture.OpenDeskAsync();
        await desk.WithFormAsync(
            """
            {"id":"x","name":"<b>X</b>","details":"hidden","subject":"hidden","fields":[
             {"name":"a","type":"text","label":"<script>alert(1)</script>","help":"{{ style | raw }}","required":true,"maxLength":5},
             {"name":"f","type":"file","label":"File","required":true}]}
            """
        );
        await fixture.App.OffersAsync(desk);
        using var browser = new Browser(fixture.App.Address);
        var page = await browser.ReadAsync($"/support?workspace={desk.Workspace}&form=x");
        Assert.DoesNotContain("<script>alert", page, StringComparison.Ordinal);
        Assert.Contains("{{ style | raw }}", page, StringComparison.Ordinal);
        var form = Filled(page, ("answer.a", "\"><script>alert(1)</script>"));
        form.Add(new ByteArrayContent([1]), "answer.f", "a.txt");
        var (status, wrong, _) = await PostAsync(desk, form);
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.DoesNotContain("<script>alert", wrong, StringComparison.Ordinal);
        Assert.Equal("At most 5 characters are possible.", Browser.WrongOf(wrong, "answer-a"));
        Assert.Equal("Please choose your files again.", Browser.WrongOf(wrong, "answer-f"));
        form = Filled(page, ("answer.a", "12345"), ("answer.f", "aaaaaaaaaaaaaaaaaaaaaaaaaa"));
        (status, wrong, _) = await PostAsync(desk, form);
        Assert.Equal((HttpStatusCode.BadRequest, "Please choose the file again."), (status, Browser.WrongOf(wrong, "answer-f")));
        form = Filled(page, ("answer.a", "12345"));
        form.Add(new ByteArrayContent([1]), "answer.f", "a.txt");
        (status, _, var location) = await PostAsync(desk, form);
        Assert.Equal(HttpStatusCode.Found, status);
        await SupportFormTests.PageOfTicketAsync(browser, location!);
        var ticket = (await desk.GetAsync("/api/tickets/1")).Expect(200).Json;
        Assert.Contains("File=a.txt", FormDesk.AnswersOf(ticket));
        Assert.Equal("a.txt", $"{ticket["attachments"]![0]!["name"]}");
    }

    [Fact]
    public async Task A_site_of_somebody_else_reads_the_forms_and_sends_one_as_json()
    {
        using var desk = await fixture.OpenDeskAsync();
        await desk.WithFormAsync();
        await fixture.App.OffersAsync(desk);
        using var site = new Desk(desk.Workspace, "", fixture.App.Address);
        (await site.GetAsync("/api/intake/forms?workspace=nobody")).Expect(404);
        var form = Assert.Single((await site.GetAsync($"/api/intake/forms?workspace={desk.Workspace}")).Expect(200).Json["items"]!.AsArray())!;
        Assert.Equal(("laptop", 1), ($"{form["id"]}", form["version"]!.GetValue<int>()));
        Assert.Null(form["group"]);
        Task<Answer> SendAsync(string answers, string more = "") =>
            site.PostAsync(
                $"/api/intake/web?workspace={desk.Workspace}",
                JsonNode.Parse($$"""{"form":"laptop","answers":{{answers}},"requester":{"email":"rita@example.com"}{{more}} }""")!
            );
        var wrong = (await SendAsync("""{"model":"strong"}""")).Expect(400);
        Assert.Equal("answers.reason is required.", $"{wrong.Json["errors"]!["answers.reason"]![0]}");
        Assert.Contains("form was not found", (await SendAsync("{}", ",\"formVersion\":9")).Expect(400).Text, StringComparison.Ordinal);
        (await SendAsync("""{"model":"light","reason":"stale"}""", ",\"formVersion\":1,\"language\":\"de\"")).Expect(202);
        await desk.ListShowsAsync("status=new", 1);
        var ticket = (await desk.GetAsync("/api/tickets/1")).Json;
        Assert.Equal("Welches Modell?: Leicht\nMein Vorgesetzter stimmt zu: Nein", $"{ticket["description"]}");
        Assert.Equal(["Which model?=Light", "My manager agrees=No"], FormDesk.AnswersOf(ticket));
    }

    /// <summary>A form that changes or goes while somebody fills it in, and before the receipt is worked.</summary>
    [Fact]
    public async Task What_somebody_was_shown_is_what_they_have_filled_in()
    {
        using var desk = await fixture.OpenDeskAsync();
        await desk.WithFormAsync();
        await fixture.App.OffersAsync(desk);
        using var browser = new Browser(fixture.App.Address);
        var page = await browser.ReadAsync($"/support?workspace={desk.Workspace}&form=laptop");
        (
            await desk.PatchAsync(
                "/api/forms/laptop",
                JsonNode.Parse("""{"active":false,"fields":[{"name":"colour","type":"text","label":"Colour","required":true}]}""")!
            )
        ).Expect(200);
        var (status, html, location) = await PostAsync(desk, Filled(page, ("answer.model", "light")));
        Assert.True(status == HttpStatusCode.Found, html);
        await SupportFormTests.PageOfTicketAsync(browser, location!);
        Assert.Equal(1, (await desk.GetAsync("/api/tickets/1")).Expect(200).Json["form"]!["version"]!.GetValue<int>());

        (await desk.DeleteAsync("/api/forms/laptop")).Expect(204);
        (status, var gone, _) = await PostAsync(desk, Filled(page, ("answer.model", "light"), ("description", "Please")));
        Assert.Equal(HttpStatusCode.Conflict, status);
        Assert.Contains("this form is no longer offered", gone, StringComparison.Ordinal);
        Assert.Contains("Please\nmodel: light", WebUtility.HtmlDecode(gone), StringComparison.Ordinal);
    }

    /// <summary>The receipt is worked twice, after the form has gone, by a process that dies at every write: one ticket with the answers.</summary>
    [Fact]
    public async Task A_receipt_with_a_form_becomes_one_ticket_whatever_happens()
    {
        using var desk = await fixture.OpenDeskAsync();
        await desk.WithFormAsync();
        await using var mortal = await MortalApp.StartAsync(fixture.Storage, everything: true);
        using var site = new Desk(desk.Workspace, "", mortal.App.Address);
        Answer? answer = null;
        for (var writes = 0; answer is not { Status: 202 }; writes++)
        {
            Assert.True(writes < 40, "It comes to no end.");
            mortal.Revive();
            mortal.DieAfter(writes);
            answer = await site.PostAsync(
                $"/api/intake/web?workspace={desk.Workspace}",
                JsonNode.Parse("""{"form":"laptop","answers":{"model":"light","count":2},"requester":{"email":"rita@example.com"}}""")!,
                ("Idempotency-Key", "mine")
            );
        }

        mortal.Revive();
        (await desk.DeleteAsync("/api/forms/laptop")).Expect(204);
        var message = new JsonObject
        {
            ["workspace"] = desk.Workspace,
            ["receipt"] = answer.Json["receipt"]!.GetValue<string>(),
            ["sentAt"] = "2026-01-01T00:00:00Z",
        }.ToJsonString();
        await fixture.App.InvokeAsync(nameof(ProcessReceipt), message);
        await fixture.App.InvokeAsync(nameof(ProcessReceipt), message);
        await fixture.App.DeliveredAsync();
        var number = Assert.Single(await desk.NumbersAsync("status=new"));
        Assert.Equal(["Which model?=Light", "How many?=2", "My manager agrees=No"], FormDesk.AnswersOf((await desk.GetAsync($"/api/tickets/{number}")).Json));
    }
}

internal static class OfferedForms
{
    /// <summary>Has an app that may remember that a workspace had no forms look again.</summary>
    public static async Task OffersAsync(this RunningApp app, Desk desk)
    {
        ArgumentNullException.ThrowIfNull(app);
        Microsoft
            .Extensions.DependencyInjection.ServiceProviderServiceExtensions.GetRequiredService<Helpdesk.Functions.Settings.SettingsStore>(app.Services)
            .Forget();
        (await desk.GetAsync("/api/forms")).Expect(200);
    }
}
