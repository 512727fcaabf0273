using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Helpdesk.Bot.AzureBotService;
using Helpdesk.Bot.Conversations;
using Helpdesk.Bot.Teams;
using Helpdesk.Bot.Tests.Conversations;
using Helpdesk.Directory;
using Helpdesk.Sla;
using Helpdesk.Testing;
using Helpdesk.Tickets;
using Microsoft.Playwright;
using Newtonsoft.Json;

namespace Helpdesk.Bot.Tests.Teams;

/// <summary>Cards as Microsoft's own renderer reads and draws them.</summary>
public sealed class CardTests
{
    private const string Evil =
        "**bold** [click](https://evil.example) <script>alert(1)</script> {{DATE(2026-01-01T00:00:00Z)}} ![x](https://evil.example/x.png)";

    /// <summary>Teams takes a little more, in bytes.</summary>
    private const int ActivityLimit = 80 * 1024;

    private static readonly DateTimeOffset Now = new(2026, 11, 25, 9, 0, 0, TimeSpan.Zero);
    private static readonly Agent Ann = new()
    {
        Id = "ann",
        Name = "Ann",
        Email = "ann@example.com",
        CreatedAt = Now,
    };

    [Fact]
    public async Task Every_card_is_read_whole_by_the_renderer()
    {
        var cards = new JsonArray([.. Cards().Select(card => JsonNode.Parse(card.ToJsonString())!)]);
        var (status, wrong) = await Peer.RunAsync("tests/BotPeer/check.mjs", cards, "cards");
        Assert.True(status == 0, wrong);
    }

    [Fact]
    public void What_people_wrote_is_never_markdown_and_every_card_fits_into_an_activity()
    {
        foreach (var card in Cards())
        {
            var markdown = All(card).Where(node => node["type"]?.GetValue<string>() == "TextBlock").Select(node => node["text"]!.GetValue<string>()).ToList();
            Assert.DoesNotContain(markdown, text => text.Contains("evil", StringComparison.Ordinal) || text.Contains("bold", StringComparison.Ordinal));
            Assert.InRange(Encoding.UTF8.GetByteCount(JsonConvert.SerializeObject(TeamsReplies.Message(card, "x"))), 100, ActivityLimit);
        }
    }

    [Fact]
    public void Buttons_fit_what_may_be_done()
    {
        Assert.Equal(["take", "reply", "resolve", "change", "note", "escalate"], Verbs(RequesterDialogTests.Ticket(5, status: TicketStatus.New)));
        Assert.DoesNotContain("take", Verbs(RequesterDialogTests.Ticket(5) with { Assignee = "ann" }));
        Assert.Contains(
            "acknowledge",
            Verbs(
                RequesterDialogTests.Ticket(5) with
                {
                    Sla = new() { Health = SlaHealth.Breached, DueAt = Now },
                }
            )
        );
        Assert.Equal(["reply", "note", "status"], Verbs(RequesterDialogTests.Ticket(5, status: TicketStatus.Resolved)));
        Assert.Equal(["refresh"], Verbs(RequesterDialogTests.Ticket(5, status: TicketStatus.Closed)));
    }

    [Theory]
    [InlineData("""{"reply":"  "}""", "reply")]
    [InlineData("""{}""", "resolve")]
    [InlineData("""{"status":7}""", "status")]
    public void A_field_that_is_missing_is_asked_for(string data, string verb) =>
        Assert.Equal((null, Texts.For("en")["card.empty"]), AgentCard.Read(verb, JsonElement.Parse(data), Texts.For("en")));

    [Fact]
    public void Only_what_the_person_changed_is_changed()
    {
        static AgentAction? Read(string data) => AgentCard.Read("change", JsonElement.Parse(data), Texts.For("en")).Action;
        const string Was = "\"wasAssignee\":\"-\",\"wasPriority\":\"normal\",\"wasStatus\":\"new\"";
        Assert.Equal(new ChangeFields(new("ann"), null, null), Read($$"""{"assignee":"ann","priority":"normal","status":"new",{{Was}}}"""));
        Assert.Equal(
            new ChangeFields(null, TicketPriority.High, TicketStatus.Pending),
            Read($$"""{"assignee":"-","priority":"high","status":"pending",{{Was}}}""")
        );
        Assert.Equal(new ChangeFields(null, null, null), Read($$"""{"assignee":"-","priority":"normal","status":"new",{{Was}}}"""));
        Assert.Equal(new ChangeFields(new(null), null, null), Read("""{"assignee":"-","wasAssignee":"ann","priority":"enormous","status":7}"""));
    }

    [Fact]
    public void Too_much_for_a_field_is_said_and_not_cut()
    {
        var (action, problem) = AgentCard.Read("escalate", JsonElement.Parse($$"""{"reason":"{{new string('x', 1001)}}"}"""), Texts.For("en"));
        Assert.Null(action);
        Assert.Contains("1000 characters", problem, StringComparison.Ordinal);
        Assert.IsType<WriteComment>(AgentCard.Read("reply", JsonElement.Parse($$"""{"reply":"{{new string('x', 60_000)}}"}"""), Texts.For("en")).Action);
    }

    [Fact]
    public void A_long_answer_is_said_in_parts_and_nothing_is_cut()
    {
        var text = string.Join('\n', Enumerable.Range(0, 6000).Select(i => $"line {i}"));
        var plain = TeamsReplies.Write(new(new(text, [])));
        Assert.Equal(text, string.Concat(plain.Select(activity => activity.Text)));
        var buttons = TeamsReplies.Write(new(new(text, [RequesterDialog.Option(Texts.For("en"), ChatActions.Open)]), AnswerTo: "7"));
        Assert.Equal(plain.Count, buttons.Count);
        Assert.Single(buttons[^1].Attachments);
        Assert.All(buttons, activity => Assert.Equal("7", activity.ReplyToId));
        Assert.All(plain, activity => Assert.InRange(Encoding.UTF8.GetByteCount(JsonConvert.SerializeObject(activity)), 1, ActivityLimit));
    }

    [Fact]
    public void Selects_show_what_is_so_and_have_names()
    {
        foreach (var (ticket, assignee, status) in new[] { (New(TicketStatus.New, null), "-", "new"), (New(TicketStatus.OnHold, "gone"), "gone", "on-hold") })
        {
            var selects = All(AgentCard.Of(Shown(ticket), Texts.For("en"))).Where(node => node["type"]?.GetValue<string>() == "Input.ChoiceSet").ToList();
            Assert.Equal(
                [("assignee", assignee), ("priority", "high"), ("status", status)],
                selects.Select(select => (select["id"]!.GetValue<string>(), select["value"]!.GetValue<string>()))
            );
            Assert.All(
                selects,
                select => Assert.Contains(select["choices"]!.AsArray(), choice => choice!["value"]!.GetValue<string>() == select["value"]!.GetValue<string>())
            );
            Assert.All(selects, select => Assert.NotEqual("", select["label"]!.GetValue<string>().Trim()));
        }

        static Ticket New(TicketStatus status, string? assignee) =>
            RequesterDialogTests.Ticket(5, status: status) with
            {
                Assignee = assignee,
                Priority = TicketPriority.High,
            };
    }

    [Fact]
    public void The_card_leads_to_the_ticket_where_it_has_a_page()
    {
        var options = new BotOptions { TicketPage = "https://desk.example/tickets/{number}" };
        var ticket = RequesterDialogTests.Ticket(5);
        var linked = AgentCard.Of(Shown(ticket) with { Url = options.PageOf(ticket) }, Texts.For("en")).ToJsonString();
        Assert.Contains("https://desk.example/tickets/5", linked, StringComparison.Ordinal);
        Assert.DoesNotContain("Action.OpenUrl", AgentCard.Of(Shown(ticket), Texts.For("en")).ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cards_have_no_serious_faults_for_those_who_hear_them_and_more_is_no_tower()
    {
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await Chromium.LaunchAsync(playwright);
        var page = await browser.NewPageAsync(
            new()
            {
                ViewportSize = new() { Width = 560, Height = 900 },
                Locale = "en-US",
            }
        );
        await page.SetContentAsync("<!doctype html><html lang='en'><title>Card</title><main id='card' style='width:500px'></main></html>");
        foreach (var script in new[] { "adaptivecards/dist/adaptivecards.min.js", "axe-core/axe.min.js" })
            await page.AddScriptTagAsync(new() { Path = Path.Combine(Peer.Root, "tests", "BotPeer", "node_modules", script) });
        foreach (var (card, index) in Cards().Select((card, index) => (card, index)))
        {
            await page.EvaluateAsync(
                """
                json => {
                  const card = new AdaptiveCards.AdaptiveCard();
                  card.hostConfig = new AdaptiveCards.HostConfig({ fontFamily: 'Segoe UI, system-ui, sans-serif',
                    actions: { maxActions: 6, showCard: { actionMode: 'inline' } } });
                  card.parse(JSON.parse(json));
                  document.getElementById('card').replaceChildren(card.render());
                }
                """,
                card.ToJsonString()
            );
            var before = await page.EvaluateAsync<int>("document.getElementById('card').scrollHeight");
            var more = page.GetByRole(AriaRole.Button, new() { Name = "More", Exact = true });
            if (await more.CountAsync() > 0)
            {
                await more.ClickAsync();
                Assert.InRange(await page.EvaluateAsync<int>("document.getElementById('card').scrollHeight") - before, 50, 340);
                // Names of agents that nobody has, as on the hostile card, may be wider than any card.
                Assert.True(
                    index == 1 || await page.EvaluateAsync<bool>("document.getElementById('card').scrollWidth <= 510"),
                    "The form is wider than the card."
                );
            }

            var faults = await page.EvaluateAsync<string[]>(
                "async () => (await axe.run('#card', { resultTypes: ['violations'] })).violations.filter(one => ['serious', "
                    + "'critical'].includes(one.impact) && one.id !== 'color-contrast').map(one => one.id + ': ' + one.nodes.map(node => "
                    + "node.html).join(' '))"
            );
            Assert.Empty(faults);
        }
    }

    [Fact]
    public async Task The_agents_card_looks_right()
    {
        var folder = Path.Combine(Peer.Root, "artifacts", "screenshots");
        System.IO.Directory.CreateDirectory(folder);
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await Chromium.LaunchAsync(playwright);
        var page = await browser.NewPageAsync(
            new()
            {
                ViewportSize = new() { Width = 560, Height = 900 },
                Locale = "en-US",
            }
        );
        var asked = new List<string>();
        page.Request += (_, request) => asked.Add(request.Url);
        await page.SetContentAsync(
            "<!doctype html><body style='margin:16px;background:#f5f5f5'><div id='card' style='width:500px;background:#fff;border:1px solid "
                + "#ddd;border-radius:8px'></div></body>"
        );
        await page.AddScriptTagAsync(
            new() { Path = Path.Combine(Peer.Root, "tests", "BotPeer", "node_modules", "adaptivecards", "dist", "adaptivecards.min.js") }
        );
        foreach (var (name, card) in new[] { ("card-new", Cards()[0]), ("card-hostile", Cards()[1]) })
        {
            await page.EvaluateAsync(
                """
                json => {
                  const card = new AdaptiveCards.AdaptiveCard();
                  card.hostConfig = new AdaptiveCards.HostConfig({
                    fontFamily: 'Segoe UI, system-ui, sans-serif',
                    actions: { maxActions: 6, actionsOrientation: 'horizontal', showCard: { actionMode: 'inline' } } });
                  card.parse(JSON.parse(json));
                  document.getElementById('card').replaceChildren(card.render());
                }
                """,
                card.ToJsonString()
            );
            await page.ScreenshotAsync(new() { Path = Path.Combine(folder, $"{name}.png") });
            var text = await page.Locator("#card").InnerTextAsync();
            Assert.Contains("#5", text, StringComparison.Ordinal);
            Assert.True(
                name == "card-hostile" || await page.EvaluateAsync<bool>("document.getElementById('card').scrollWidth <= 510"),
                "The card is wider than its place."
            );
            Assert.Equal(0, await page.Locator("#card a, #card img, #card script").CountAsync());
            foreach (var button in new[] { "Take", "Reply", "Resolve" })
                Assert.True(await page.GetByRole(AriaRole.Button, new() { Name = button, Exact = true }).First.IsVisibleAsync(), button);
        }

        Assert.DoesNotContain(asked, url => url.Contains("evil", StringComparison.Ordinal));
    }

    private static List<JsonObject> Cards()
    {
        var texts = Texts.For("en");
        var atRisk = RequesterDialogTests.Ticket(5, "The printer on the second floor is on fire", TicketStatus.New) with
        {
            Group = "desk",
            Priority = TicketPriority.Urgent,
            Sla = new() { Health = SlaHealth.AtRisk, DueAt = Now.AddHours(2) },
        };
        var hostile = RequesterDialogTests.Ticket(5, Evil) with
        {
            Description = Evil + new string('x', 100_000),
            Requester = new("evil@example.com", Evil),
            Tags = [TicketRules.TalkTag],
        };
        var said = new Comment
        {
            Id = "5-2",
            Body = Evil,
            Visibility = CommentVisibility.Public,
            At = Now,
            By = ActorKind.Requester,
            Actor = new(ActorKind.Requester, "evil@example.com", Evil),
        };
        return
        [
            AgentCard.Of(Shown(atRisk) with { GroupName = "Desk" }, texts),
            AgentCard.Of(
                Shown(hostile) with
                {
                    LastComment = said,
                    AssigneeName = null,
                    Agents = [.. Enumerable.Range(0, 300).Select(i => Ann with { Id = $"agent-{i}", Name = Evil })],
                },
                texts,
                Evil
            ),
            AgentCard.Of(Shown(RequesterDialogTests.Ticket(5, status: TicketStatus.Resolved) with { Resolution = Evil }), texts),
            AgentCard.Of(Shown(RequesterDialogTests.Ticket(5, status: TicketStatus.Closed)), Texts.For("el")),
            AgentCard.Preview(hostile, texts),
            Written(Evil),
            Written(new string('\n', 40_000)),
        ];
    }

    private static JsonObject Written(string text) =>
        JsonNode
            .Parse($"{TeamsReplies.Write(new(new(text, [RequesterDialog.Option(Texts.For("en"), ChatActions.Open)])))[^1].Attachments[0].Content}")!
            .AsObject();

    private static TicketOnCard Shown(Ticket ticket) => new(ticket, null, ticket.Assignee, [Ann], null);

    private static List<string> Verbs(Ticket ticket) =>
        [
            .. All(AgentCard.Of(Shown(ticket), Texts.For("en"))["actions"])
                .Where(node => node["type"]?.GetValue<string>() == "Action.Execute")
                .Select(node => node["verb"]!.GetValue<string>()),
        ];

    private static IEnumerable<JsonObject> All(JsonNode? node) =>
        node switch
        {
            JsonObject fields => fields.SelectMany(field => All(field.Value)).Prepend(fields),
            JsonArray items => items.SelectMany(All),
            _ => [],
        };
}
