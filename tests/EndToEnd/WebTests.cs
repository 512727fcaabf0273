using System.Text.RegularExpressions;
using Helpdesk.Testing;
using Microsoft.Playwright;

namespace Helpdesk.EndToEnd;

/// <summary>The form, the page of a request, the chat and the embedded chat in a real browser: on a desk and on phones, light and dark, by keyboard.</summary>
public sealed class WebTests(WebDesk desk) : IClassFixture<WebDesk>
{
    /// <summary>A red square of one pixel.</summary>
    private static readonly byte[] Picture = Convert.FromBase64String(
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
    );

    [Theory]
    [InlineData("desk", "en-US", "How can we help?", "Please fill in this field.", "Thank you, we have your request")]
    [InlineData("phone-dark", "de-AT", "Wie können wir helfen?", "Bitte füllen Sie dieses Feld aus.", "Danke, wir haben Ihre Anfrage")]
    [InlineData("phone-320", "el", "Πώς μπορούμε να βοηθήσουμε;", "Συμπληρώστε αυτό το πεδίο.", "Ευχαριστούμε, λάβαμε το αίτημά σας")]
    public async Task A_form_is_filled_in_mended_sent_and_answered(string screen, string locale, string heading, string required, string thanks)
    {
        await using var visitor = await desk.VisitAsync(Screen.Named(screen), locale);
        var page = await visitor.GoAsync("/");
        await visitor.LooksRightAsync("home");
        await page.Locator("a[href^='/support']").First.ClickAsync();
        await page.GetByRole(AriaRole.Heading, new() { Name = heading }).WaitForAsync();
        await visitor.LooksRightAsync("form");

        await page.Locator("#subject").FillAsync("Printer");
        await page.Locator("#description").FillAsync("   ");
        await page.Locator("#email").FillAsync("rita@example.com");
        await page.Locator("form button").ClickAsync();
        await page.GetByText(required).WaitForAsync();
        Assert.Equal("description", await page.EvaluateAsync<string>("document.activeElement.id"));
        await visitor.LooksRightAsync("form-wrong", "400");

        await page.Locator("#description").FillAsync("It is on fire: see https://example.com/fire.\n1. *really*");
        await page.Locator("#files").SetInputFilesAsync(File("setup.exe", "MZ"u8.ToArray()));
        await page.Locator("#files-wrong").GetByText("setup.exe").WaitForAsync();
        await page.Locator("#files").SetInputFilesAsync([File("fire.png", Picture), File("clip.mov", [1, 2])]);
        await page.Locator("form button").ClickAsync();
        await page.GetByRole(AriaRole.Heading, new() { Name = thanks }).WaitForAsync();
        await page.Locator("#last").WaitForAsync();
        await visitor.LooksRightAsync("receipt", "400");
        var number = await page.Locator("dd").First.InnerTextAsync();
        Assert.Equal(2, (await desk.Api.GetAsync($"/api/tickets/{number}"))["attachments"]!.AsArray().Count);

        await desk.Api.PostAsync($"/api/tickets/{number}/comments", new { body = "We come at three." });
        await page.ReloadAsync();
        await page.GetByText("We come at three.").WaitForAsync();
        await page.Locator("#reply").FillAsync("Please hurry");
        await page.Locator("#files").SetInputFilesAsync(File("smoke.heic", [1]));
        await page.Locator("form button:not([name])").ClickAsync();
        await page.Locator(".done").WaitForAsync();
        await visitor.LooksRightAsync("receipt-answered", "400");
        var comments = await desk.Api.AllAsync($"/api/tickets/{number}/comments");
        Assert.Equal(("Please hurry", "smoke.heic"), (comments[^1]["body"]!.GetValue<string>(), comments[^1]["attachments"]![0]!["name"]!.GetValue<string>()));
        await ComesBackAsync(visitor, number);
    }

    /// <summary>It is solved, and then it is not: whoever goes back does not read again that it is.</summary>
    private static async Task SaysWhatIsTrueAsync(IPage page)
    {
        await page.Locator("button[name=done]").ClickAsync();
        await page.Locator("button[name=broken]").WaitForAsync();
        var solved = await page.Locator(".done").InnerTextAsync();
        await page.Locator("button[name=broken]").ClickAsync();
        await page.Locator("button[name=done]").WaitForAsync();
        await Assertions.Expect(page.Locator(".done")).Not.ToHaveTextAsync(solved);
        await page.GoBackAsync();
        await page.Locator("button[name=done]").WaitForAsync();
        await Assertions.Expect(page.Locator(".done")).ToHaveCountAsync(0);
        await page.GoForwardAsync();
        await page.Locator("button[name=done]").WaitForAsync();
    }

    /// <summary>Later, by a link in a mail: the list of requests, one of them, what does not work, and the questions of others.</summary>
    private async Task ComesBackAsync(Visitor visitor, string number)
    {
        async Task<List<string>> LinksAsync() =>
            [
                .. (await desk.Api.AllAsync("/api/outbox"))
                    .Where(mail => mail["event"]!.GetValue<string>() == "sign-in" && mail["text"] is not null)
                    .Select(mail => Regex.Match(mail["text"]!.GetValue<string>(), @"/support/sign-in/[^\s?]+").Value),
            ];
        var before = await LinksAsync();
        await desk.Api.SendAsync(HttpMethod.Put, $"/api/tickets/{number}/disturbance", new { title = $"Printers burn {number}", text = "We are on it." });
        await desk.Api.SendAsync(
            HttpMethod.Patch,
            "/api/portal",
            new
            {
                community = true,
                footer = "Open all day",
                colour = "#8a1c5b",
            }
        );
        var page = await visitor.GoAsync("/support/requests");
        await page.Locator("#email").FillAsync("rita@example.com");
        await page.Locator("main form button").First.ClickAsync();
        await page.Locator(".done").WaitForAsync();
        await visitor.LooksRightAsync("portal-sign-in", "400");
        var link = "";
        await Until.TrueAsync(async () => (link = (await LinksAsync()).Except(before).FirstOrDefault("")).Length > 0, "the link is mailed");
        page = await visitor.GoAsync(link);
        await visitor.LooksRightAsync("portal-open", "400");
        await page.Locator("main form button").ClickAsync();
        await page.WaitForURLAsync(new Regex("/support/requests"));
        var request = page.Locator($"main a[href*='/support/requests/{number}']");
        await Until.TrueAsync(
            async () =>
            {
                await page.ReloadAsync();
                return await request.CountAsync() == 1;
            },
            "the request is in the list"
        );
        await visitor.LooksRightAsync("portal-requests", "400");
        await request.ClickAsync();
        await page.Locator("button[name=done]").WaitForAsync();
        await visitor.LooksRightAsync("portal-request", "400");
        await SaysWhatIsTrueAsync(page);
        page = await visitor.GoAsync("/support/status");
        await page.GetByRole(AriaRole.Heading, new() { Name = $"Printers burn {number}", Exact = true }).WaitForAsync();
        await visitor.LooksRightAsync("portal-status", "400");
        page = await visitor.GoAsync("/support/community");
        await page.Locator("#title").FillAsync("Does yours burn?");
        await page.Locator("#body").FillAsync("Mine does.");
        await page.Locator("#name").FillAsync("Rita");
        await visitor.LooksRightAsync("portal-community", "400");
        await page.Locator("main form[method=post] button").ClickAsync();
        await page.GetByRole(AriaRole.Heading, new() { Name = "Does yours burn?" }).WaitForAsync();
        await visitor.LooksRightAsync("portal-question", "400");
        await desk.Api.SendAsync(HttpMethod.Put, $"/api/tickets/{number}/disturbance", new { title = $"Printers burn {number}", ended = true });
        await desk.Api.SendAsync(
            HttpMethod.Patch,
            "/api/portal",
            new
            {
                community = false,
                footer = (string?)null,
                colour = (string?)null,
            }
        );
    }

    [Theory]
    [InlineData("desk", "en-US", true)]
    [InlineData("phone-dark", "de-AT", true)]
    [InlineData("phone-320", "el", false)]
    public async Task A_form_asks_what_the_answers_lead_to(string screen, string locale, bool scripts)
    {
        var workspace = $"forms-{screen}";
        var opened = await desk.Api.PostAsync("/api/workspaces", new { id = workspace, name = "Forms" });
        using var admin = new Api(desk.Address, opened["adminKey"]!.GetValue<string>());
        await admin.PostAsync("/api/forms", System.Text.Json.Nodes.JsonNode.Parse(Laptop)!);
        await using var visitor = await desk.VisitAsync(Screen.Named(screen), locale, scripts: scripts);
        var page = await visitor.GoAsync($"/support?workspace={workspace}");
        await page.Locator("a[href*='form=laptop']").WaitForAsync();
        if (scripts)
            await visitor.LooksRightAsync("form-choice");
        await page.Locator("a[href*='form=laptop']").ClickAsync();
        await page.Locator("#answer-model").SelectOptionAsync("strong");
        if (!scripts)
            await page.Locator("button[name=continue]").ClickAsync();
        await page.Locator("#answer-reason").WaitForAsync();
        // Back and forth: what is not asked any more goes away with what it led to.
        if (scripts)
        {
            await page.GetByLabel("Graphics").WaitForAsync();
            await page.Locator("#answer-model").SelectOptionAsync("light");
            await page.Locator("#answer-reason").WaitForAsync(new() { State = WaitForSelectorState.Hidden });
            Assert.False(await page.GetByLabel("Graphics").IsVisibleAsync());
            await page.Locator("#answer-model").SelectOptionAsync("strong");
            await visitor.LooksRightAsync("form-fields");
        }

        await page.Locator("#answer-reason").FillAsync("x");
        await page.GetByLabel("Graphics").CheckAsync();
        await page.Locator("#answer-agreed").CheckAsync();
        await page.Locator("#email").FillAsync("rita@example.com");
        await page.Locator("form button:not([name])").ClickAsync();
        await page.Locator("#answer-reason[aria-invalid=true]").WaitForAsync();
        Assert.Equal("x", await page.Locator("#answer-reason").InputValueAsync());
        if (scripts)
            await visitor.LooksRightAsync("form-fields-wrong", "400");
        await page.Locator("#answer-reason").FillAsync("Films");
        await page.Locator("form button:not([name])").ClickAsync();
        await page.Locator("dd").First.WaitForAsync();
        var ticket = (System.Text.Json.Nodes.JsonNode?)null;
        await Until.TrueAsync(
            async () => (ticket = (await admin.AllAsync("/api/tickets?status=new")).FirstOrDefault()) is not null,
            "the request is a ticket"
        );
        var answers = (await admin.GetAsync($"/api/tickets/{ticket!["number"]}"))["form"]!["answers"]!.AsArray();
        Assert.Equal(["model Strong", "reason Films", "extras Graphics", "agreed Yes"], answers.Select(one => $"{one!["field"]} {one["value"]}"));
    }

    private const string Laptop = """
        {"id":"laptop","name":{"en":"New laptop","de":"Neues Notebook","el":"Νέος φορητός"},"icon":"💻","subject":"hidden","details":"optional",
         "description":{"en":"For people who have none yet","de":"Für alle, die noch keines haben","el":"Για όσους δεν έχουν ακόμη"},
         "fields":[
          {"name":"model","type":"choice","label":{"en":"Which model?","de":"Welches Modell?","el":"Ποιο μοντέλο;"},"required":true,
           "help":{"en":"The light one is enough for most people.","de":"Den meisten genügt das leichte.","el":"Στους περισσότερους αρκεί ο ελαφρύς."},
           "options":[{"value":"light","label":{"en":"Light","de":"Leicht"}},{"value":"strong","label":{"en":"Strong","de":"Stark"}}]},
          {"name":"reason","type":"long-text","label":{"en":"What do you need it for?","de":"Wozu brauchen Sie es?","el":"Τι το χρειάζεστε;"},
           "required":true,"minLength":3,"visibleWhen":{"field":"answers.model","op":"is","value":"strong"}},
          {"name":"extras","type":"multi-choice","label":{"en":"What else?","de":"Was noch?","el":"Τι άλλο;"},
           "options":[{"value":"dock","label":"Dock"},{"value":"gpu","label":"Graphics","when":{"field":"answers.model","op":"is","value":"strong"}}]},
          {"name":"from","type":"date","label":{"en":"From when?","de":"Ab wann?","el":"Από πότε;"},"earliest":"today"},
          {"name":"count","type":"number","label":{"en":"How many?","de":"Wie viele?","el":"Πόσα;"},"min":1,"max":5},
          {"name":"quote","type":"file","label":{"en":"Quote","de":"Angebot","el":"Προσφορά"}},
          {"name":"agreed","type":"checkbox","label":{"en":"My manager agrees","de":"Mein Vorgesetzter stimmt zu","el":"Ο προϊστάμενός μου συμφωνεί"},
           "requiredWhen":{"field":"answers.model","op":"is","value":"strong"}}]}
        """;

    [Fact]
    public async Task Without_scripts_a_form_is_sent_and_answered_too_and_what_is_missing_is_a_page()
    {
        await using var visitor = await desk.VisitAsync(Screen.Phone, "hr", scripts: false);
        var page = await visitor.GoAsync("/support");
        await page.Locator("#subject").FillAsync("Pisač");
        await page.Locator("#description").FillAsync("Gori");
        await page.Locator("#email").FillAsync("rita@example.com");
        await page.Locator("form button").ClickAsync();
        await page.GetByText("Hvala, primili smo vaš zahtjev").WaitForAsync();
        await Until.TrueAsync(
            async () =>
            {
                await page.ReloadAsync();
                return await page.Locator("#reply").CountAsync() == 1;
            },
            "the request is a ticket"
        );
        await page.Locator("#reply").FillAsync("Još gori");
        await page.Locator("form button").ClickAsync();
        await page.GetByText("Vaš je odgovor stigao.").WaitForAsync();

        await using var lost = await desk.VisitAsync(Screen.Phone, "hr");
        await lost.GoAsync("/support/receipts/main/nothing");
        await lost.Page.GetByText("Na ovoj adresi nema ničega").WaitForAsync();
        lost.NothingIsWrong("404");
    }

    [Theory]
    [InlineData("desk", "en", true, "Fair", "Thank you! Your rating has arrived.")]
    [InlineData("phone-dark", "de", true, "Mittel", "Vielen Dank! Ihre Bewertung ist angekommen.")]
    [InlineData("phone-320", "el", false, "Μέτρια", "Ευχαριστούμε! Η βαθμολογία σας έφτασε.")]
    public async Task A_mail_asks_how_it_was_and_its_link_leads_to_a_page_that_is_sent_with_one_click(
        string screen,
        string language,
        bool scripts,
        string fair,
        string thanks
    )
    {
        Assert.Equal(200, (await desk.Api.SendAsync(HttpMethod.Patch, "/api/satisfaction-settings", new { active = true, after = "PT5S" })).Status);
        var requester = new { email = $"rater-{language}@example.com", name = "Rita" };
        var number = (
            await desk.Api.PostAsync(
                "/api/tickets",
                new
                {
                    subject = "Printer",
                    description = "It is on fire",
                    requester,
                }
            )
        )["number"]!.GetValue<long>();
        await desk.Api.PostAsync($"/api/tickets/{number}/follow-up", new { @in = "PT5S", note = "Is it out?" });
        await desk.Api.PostAsync($"/api/tickets/{number}/resolve", new { resolution = "Extinguished" });
        var link = "";
        await Until.TrueAsync(
            async () =>
            {
                var mails = await desk.Api.AllAsync($"/api/outbox?ticket={number}");
                link = mails
                    .Where(mail => mail["event"]!.GetValue<string>() == "satisfaction")
                    .Select(mail => Regex.Match(mail["text"]?.GetValue<string>() ?? "", @"/support/ratings/[^\s?]+").Value)
                    .FirstOrDefault("");
                return link.Length > 0;
            },
            TimeSpan.FromMinutes(3),
            "the requester is asked"
        );
        // Both were slept for by orchestrations, which have nothing left to do.
        string[] watches = [$"agenda-main-{number}", $"satisfaction-main-{number}"];
        await Until.TrueAsync(
            async () =>
            {
                var done = await desk.Api.AllAsync("/api/operations/durable?status=completed");
                return watches.All(watch => done.Exists(one => one["id"]!.GetValue<string>() == watch));
            },
            TimeSpan.FromMinutes(3),
            "the watches are over"
        );
        var events = (await desk.Api.AllAsync($"/api/tickets/{number}/events")).ConvertAll(happened => happened["type"]!.GetValue<string>());
        Assert.Single(events, "follow-up-due");
        Assert.Single(events, "satisfaction-asked");

        await using var visitor = await desk.VisitAsync(Screen.Named(screen), scripts: scripts);
        var page = await visitor.GoAsync($"{link}?lang={language}&rating=3");
        Assert.True(await page.GetByLabel(fair).IsCheckedAsync());
        Assert.Null((await desk.Api.GetAsync($"/api/tickets/{number}"))["satisfaction"]!["rating"]);
        if (scripts)
            await visitor.LooksRightAsync("rating");
        await page.Locator("#comment").FillAsync("It took a while");
        await page.Locator("form button").ClickAsync();
        await page.GetByText(thanks).WaitForAsync();
        if (scripts)
            await visitor.LooksRightAsync("rating-sent");
        Assert.Equal(3, (await desk.Api.GetAsync($"/api/tickets/{number}"))["satisfaction"]!["rating"]!.GetValue<int>());
    }

    [Theory]
    [InlineData("desk")]
    [InlineData("desk-dark")]
    [InlineData("phone-dark")]
    [InlineData("phone-320")]
    public async Task The_chat_takes_lines_and_files_and_shows_words_as_they_were_typed(string screen)
    {
        await using var visitor = await desk.VisitAsync(Screen.Named(screen));
        var page = await visitor.GoAsync("/chat");
        await page.GetByText("Hello! Tell me what is wrong").First.WaitForAsync();
        await visitor.LooksRightAsync("chat");
        var box = Box(page);
        await box.FillAsync("*Printer* _on_ fire :-)");
        await box.PressAsync("Shift+Enter");
        await box.PressSequentiallyAsync("1. see https://example.com/fire?a=1&b=2.");
        await box.PressAsync("Enter");
        await page.GetByText("What is your e-mail address").First.WaitForAsync();
        var words = page.Locator(".webchat__bubble--from-user").First;
        Assert.Equal("*Printer* _on_ fire :-)\n1. see https://example.com/fire?a=1&b=2.", (await words.InnerTextAsync()).Trim());
        Assert.Equal("https://example.com/fire?a=1&b=2", await words.Locator("a").GetAttributeAsync("href"));
        await box.FillAsync($"chat-{screen}@example.com");
        await box.PressAsync("Enter");
        await page.GetByText("This is ticket #").First.WaitForAsync();

        var upload = page.Locator("input[type=file]").First;
        await upload.SetInputFilesAsync(File("setup.exe", [1]));
        await page.GetByText("setup.exe is a program or a script and cannot be sent.").WaitForAsync();
        Assert.Equal(0, await page.Locator("#files li").CountAsync());
        await upload.SetInputFilesAsync([File("fire.png", Picture, "image/png"), File("letter.doc", [1])]);
        await upload.SetInputFilesAsync(File("a photo whose name is much too long for any phone that people carry around.heic", [1]));
        await Assertions.Expect(page.Locator("#files li")).ToHaveCountAsync(3);
        await visitor.LooksRightAsync("chat-files");
        await page.GetByRole(AriaRole.Button, new() { Name = "Remove letter.doc" }).ClickAsync();
        await Assertions.Expect(page.Locator("#files li")).ToHaveCountAsync(2);
        await box.PressAsync("Enter");
        await page.GetByText("I have added that to ticket #").First.WaitForAsync();
        await Assertions.Expect(page.Locator("#files li")).ToHaveCountAsync(0);
        await visitor.LooksRightAsync("chat-sent");
        var number = Regex.Match(await page.GetByText("This is ticket #").First.InnerTextAsync(), "#([0-9]+)").Groups[1].Value;
        Assert.StartsWith(
            "*Printer* _on_ fire :-)",
            (await desk.Api.GetAsync($"/api/tickets/{number}"))["description"]!.GetValue<string>(),
            StringComparison.Ordinal
        );
        // A screen reader says who speaks.
        Assert.Contains("Helpdesk said:", await page.Locator("#webchat").TextContentAsync(), StringComparison.Ordinal);
        Assert.DoesNotContain("Bot ? said", await page.Locator("#webchat").TextContentAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Words_written_offline_arrive_once_however_long_it_takes_and_nothing_offers_to_send_them_again()
    {
        await using var visitor = await desk.VisitAsync(Screen.Desk);
        await visitor.Context.NewPageAsync();
        await visitor.Context.Pages[0].CloseAsync();
        await visitor.Context.Clock.InstallAsync();
        var page = await visitor.GoAsync("/chat");
        await page.GetByText("Hello! Tell me what is wrong").First.WaitForAsync();
        await visitor.Context.SetOfflineAsync(true);
        await Box(page).FillAsync("The server hums");
        await Box(page).PressAsync("Enter");
        await page.GetByText("No connection.").WaitForAsync();
        foreach (var minutes in new[] { "00:25", "02:30", "06:00" })
        {
            await page.Clock.FastForwardAsync(minutes);
            Assert.Empty(await page.GetByText("Retry").AllTextContentsAsync());
            Assert.Empty(await page.GetByText("Not sent").AllTextContentsAsync());
        }

        await visitor.Context.SetOfflineAsync(false);
        await page.Clock.FastForwardAsync("00:10");
        await page.GetByText("What is your e-mail address").First.WaitForAsync();
        await Box(page).FillAsync("hum@example.com");
        await Box(page).PressAsync("Enter");
        await page.GetByText("This is ticket #").First.WaitForAsync();
        Assert.Equal(1, await page.Locator(".webchat__bubble--from-user").GetByText("The server hums").CountAsync());
        await Until.TrueAsync(async () => (await desk.Api.AllAsync("/api/tickets?requester=hum@example.com")).Count > 0, "the ticket is listed");
        var ticket = Assert.Single(await desk.Api.AllAsync("/api/tickets?requester=hum@example.com"));
        Assert.Equal("The server hums", (await desk.Api.GetAsync($"/api/tickets/{ticket["number"]}"))["description"]!.GetValue<string>());
        Assert.Empty(await desk.Api.AllAsync($"/api/tickets/{ticket["number"]}/comments"));
        visitor.NothingIsWrong("ERR_INTERNET_DISCONNECTED");
    }

    [Fact]
    public async Task What_the_desk_refuses_is_back_in_the_field_with_the_reason_and_no_message()
    {
        await using var visitor = await desk.VisitAsync(Screen.Desk);
        var page = await visitor.GoAsync("/chat");
        await page.GetByText("Hello! Tell me what is wrong").First.WaitForAsync();
        var words = new string('x', 60_001);
        await Box(page).FillAsync(words);
        await Box(page).PressAsync("Enter");
        await page.GetByText("This was not sent: it is too long.").WaitForAsync();
        await Assertions.Expect(Box(page)).ToHaveValueAsync(words);
        await Assertions.Expect(page.Locator(".webchat__bubble--from-user")).ToHaveCountAsync(0);

        await Box(page).FillAsync("Look at this");
        await page.Locator("input[type=file]").First.SetInputFilesAsync(File("photo.png", "#!/bin/sh\nls"u8.ToArray(), "image/png"));
        await Assertions.Expect(page.Locator("#files li")).ToHaveCountAsync(1);
        await Box(page).PressAsync("Enter");
        await page.GetByText("photo.png is a program or a script and cannot be sent.").WaitForAsync();
        await Assertions.Expect(page.Locator("#files li")).ToHaveCountAsync(1);
        await Assertions.Expect(Box(page)).ToHaveValueAsync("Look at this");
        await page.GetByRole(AriaRole.Button, new() { Name = "Remove photo.png" }).ClickAsync();
        await Box(page).PressAsync("Enter");
        await page.GetByText("What is your e-mail address").First.WaitForAsync();
        Assert.Equal(0, await page.GetByText("Retry").CountAsync());
        visitor.NothingIsWrong("413", "400");
    }

    [Theory]
    [InlineData("desk", "en", "Help")]
    [InlineData("phone-dark", "de-AT", "Hilfe")]
    [InlineData("phone-320", "el", "Βοήθεια")]
    public async Task An_embedded_chat_is_as_good_as_the_page(string screen, string language, string label)
    {
        await AllowAsync("http://intranet.test");
        await using var visitor = await desk.VisitAsync(Screen.Named(screen), language);
        var page = await EmbedAsync(visitor, "http://intranet.test/", language);
        var launcher = page.GetByRole(AriaRole.Button, new() { Name = label, Exact = true });
        await launcher.FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        var frame = page.FrameLocator("iframe");
        await frame.Locator("[data-ready] .webchat__bubble").First.WaitForAsync();
        await Until.TrueAsync(() => FocusIsInsideAsync(page), "the focus is in the chat");
        await visitor.LooksRightAsync("embedded");
        if (Screen.Named(screen).IsPhone)
        {
            var size = (await page.Locator("iframe").BoundingBoxAsync())!;
            Assert.Equal(Screen.Named(screen).Width, size.Width);
            Assert.InRange(size.Height, Screen.Named(screen).Height * 0.9, Screen.Named(screen).Height);
        }

        // Escape closes from inside and from outside, and the focus is on the button again.
        await frame.Locator("textarea").FocusAsync();
        await page.Keyboard.PressAsync("Escape");
        await LauncherHasFocusAsync(page);
        await page.Keyboard.PressAsync("Enter");
        await Until.TrueAsync(() => FocusIsInsideAsync(page), "the focus is in the chat again");
        await page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button).Last.FocusAsync();
        await page.Keyboard.PressAsync("Escape");
        await LauncherHasFocusAsync(page);
        Assert.False(await page.GetByRole(AriaRole.Dialog).IsVisibleAsync());
        await visitor.LooksRightAsync("embedded-closed");
    }

    [Fact]
    public async Task An_answer_shows_on_the_button_and_in_the_title_until_it_is_read_also_on_the_next_page()
    {
        await AllowAsync("http://intranet.test");
        await using var visitor = await desk.VisitAsync(Screen.Desk);
        var page = await EmbedAsync(visitor, "http://intranet.test/", "en");
        await page.GetByRole(AriaRole.Button, new() { Name = "Help", Exact = true }).ClickAsync();
        var frame = page.FrameLocator("iframe");
        await frame.GetByText("Hello! Tell me what is wrong").First.WaitForAsync();
        await frame.Locator("textarea").FillAsync("The door does not open");
        await frame.Locator("textarea").PressAsync("Enter");
        await frame.GetByText("What is your e-mail address").First.WaitForAsync();
        await frame.Locator("textarea").FillAsync("door@example.com");
        await frame.Locator("textarea").PressAsync("Enter");
        await frame.GetByText("This is ticket #").First.WaitForAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Close" }).ClickAsync();
        Assert.Equal("Intranet", await page.TitleAsync());

        var number = Regex.Match(await frame.GetByText("This is ticket #").First.InnerTextAsync(), "#([0-9]+)").Groups[1].Value;
        await desk.Api.PostAsync($"/api/tickets/{number}/comments", new { body = "Push harder" });
        await page.GetByRole(AriaRole.Button, new() { Name = "Help, unread messages: 1" }).WaitForAsync();
        Assert.Equal("(1) Intranet", await page.TitleAsync());
        await visitor.LooksRightAsync("embedded-unread");
        await page.GotoAsync("http://intranet.test/next");
        var launcher = page.GetByRole(AriaRole.Button, new() { Name = "Help, unread messages: 1" });
        await launcher.WaitForAsync();
        await launcher.ClickAsync();
        await frame.GetByText("Push harder").First.WaitForAsync();
        await Until.TrueAsync(async () => await page.TitleAsync() == "Intranet", "the title is as it was");
        var sound = page.GetByRole(AriaRole.Button, new() { Name = "Turn sound on" });
        Assert.Equal("false", await sound.GetAttributeAsync("aria-pressed"));
        await sound.ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Turn sound off" }).WaitForAsync();
        visitor.NothingIsWrong();
    }

    [Fact]
    public async Task A_site_that_is_not_allowed_reads_a_sentence_and_no_broken_frame()
    {
        await using var visitor = await desk.VisitAsync(Screen.Phone);
        var page = await EmbedAsync(visitor, "http://stranger.test/", "en");
        await page.GetByRole(AriaRole.Button, new() { Name = "Help", Exact = true }).ClickAsync();
        await page.GetByText("this site has to be allowed in the settings of the helpdesk").WaitForAsync();
        Assert.Equal(0, await page.Locator("iframe").CountAsync());
        await visitor.LooksRightAsync("embedded-forbidden");
        await page.Keyboard.PressAsync("Escape");
        await LauncherHasFocusAsync(page);

        await using var other = await desk.VisitAsync(Screen.Phone);
        page = await EmbedAsync(other, "http://stranger.test/", "hr", "hc_main_00000000000000000000");
        await page.GetByRole(AriaRole.Button, new() { Name = "Pomoć", Exact = true }).ClickAsync();
        await page.GetByText("Trenutačno nema chata.").WaitForAsync();
        other.NothingIsWrong();
    }

    private async Task AllowAsync(string origin) => await desk.Api.SendAsync(HttpMethod.Patch, "/api/chat", new { allowedOrigins = new[] { origin } });

    /// <summary>A page of another site, whose own policy allows no more than the line that embeds the chat needs.</summary>
    private async Task<IPage> EmbedAsync(Visitor visitor, string site, string language, string? key = null)
    {
        var line = (await desk.Api.GetAsync("/api/chat"))["embed"]!.GetValue<string>();
        if (key is not null)
            line = Regex.Replace(line, "data-key=\"[^\"]*\"", $"data-key=\"{key}\"");
        var home = desk.Address.GetLeftPart(UriPartial.Authority);
        line = Regex.Replace(line, "src=\"[^\"]*/chat/embed.js\"", $"src=\"{home}/chat/embed.js\"");
        await visitor.Context.RouteAsync(
            $"{site}**",
            route =>
                route.FulfillAsync(
                    new()
                    {
                        ContentType = "text/html; charset=utf-8",
                        Headers = new Dictionary<string, string>
                        {
                            ["Content-Security-Policy"] = $"default-src 'none'; script-src {home}; connect-src {home}; frame-src {home}; img-src data:",
                        },
                        Body =
                            $"<!doctype html><html lang=\"{language}\"><head><title>Intranet</title><link rel=\"icon\" href=\"data:,\"><meta "
                            + "name=\"viewport\" "
                            + $"content=\"width=device-width,initial-scale=1\"></head><body><main><h1>Intranet</h1></main>{line}</body></html>",
                    }
                )
        );
        return await visitor.GoAsync(site);
    }

    private static async Task<bool> FocusIsInsideAsync(IPage page) =>
        await page.EvaluateAsync<string?>("document.activeElement?.shadowRoot?.activeElement?.tagName") == "IFRAME"
        && await page.Frames[^1].EvaluateAsync<bool>("document.activeElement !== document.body");

    private static Task LauncherHasFocusAsync(IPage page) =>
        Until.TrueAsync(
            async () => await page.EvaluateAsync<string?>("document.activeElement?.shadowRoot?.activeElement?.className") == "launcher",
            "the button has the focus"
        );

    private static ILocator Box(IPage page) => page.Locator(".webchat__send-box-text-box textarea");

    private static FilePayload File(string name, byte[] bytes, string type = "application/octet-stream") =>
        new()
        {
            Name = name,
            MimeType = type,
            Buffer = bytes,
        };
}
