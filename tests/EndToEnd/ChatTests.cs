using Helpdesk.Testing;
using Microsoft.Playwright;

namespace Helpdesk.EndToEnd;

/// <summary>
/// Real Web Chat in a real Chromium, over ./run.sh: what a person with a problem sees, on a desk and on a phone. Screenshots are kept in
/// artifacts/screenshots.
/// </summary>
public sealed class ChatTests : IAsyncLifetime
{
    private const string Key = "hd_first_key_of_the_chat_tests";
    private static readonly string Screenshots = Path.Combine(AzuriteServer.Root, "artifacts", "screenshots");

    /// <summary>A red square of one pixel.</summary>
    private static readonly byte[] Picture = Convert.FromBase64String(
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
    );

    private readonly string _data = System.IO.Directory.CreateTempSubdirectory("helpdesk-chat-").FullName;
    private readonly int _port = AzuriteServer.FreePort();
    private AzuriteServer _azurite = null!;
    private Started _host = null!;
    private IPlaywright _playwright = null!;
    private IBrowser _browser = null!;
    private Api _api = null!;

    public async ValueTask InitializeAsync()
    {
        System.IO.Directory.CreateDirectory(Screenshots);
        _azurite = await AzuriteServer.StartAsync();
        _host = await HostAsync();
        _api = new(new Uri($"http://127.0.0.1:{_port}"), Key);
        _playwright = await Playwright.CreateAsync();
        _browser = await Chromium.LaunchAsync(_playwright);
    }

    public async ValueTask DisposeAsync()
    {
        await _browser.DisposeAsync();
        _playwright.Dispose();
        _api.Dispose();
        await _host.DisposeAsync();
        await _azurite.DisposeAsync();
        System.IO.Directory.Delete(_data, recursive: true);
    }

    [Theory]
    [InlineData("desk", 1100, 800, false)]
    [InlineData("phone", 390, 800, true)]
    public async Task A_problem_with_a_picture_becomes_a_ticket_is_answered_solved_and_opened_again(string screen, int width, int height, bool phone)
    {
        var page = await OpenAsync("en-US", width, height, phone);
        await SaysAsync(page, "Hello! Tell me what is wrong");
        await SendAsync(page, "The printer on the second floor is on fire");
        await SaysAsync(page, "What is your e-mail address");
        await SendAsync(page, "rita@example.com");
        await SaysAsync(page, "This is ticket #1: The printer on the second floor is on fire");

        await page.Locator("input[type=file]")
            .First.SetInputFilesAsync(
                new FilePayload
                {
                    Name = "fire.png",
                    MimeType = "image/png",
                    Buffer = Picture,
                }
            );
        await page.Locator(".webchat__attachment-icon--checked").WaitForAsync();
        await SendAsync(page, "This is how it looks");
        await SaysAsync(page, "I have added that to ticket #1");
        await page.Locator("img[src*='/api/directline/files/']").First.WaitForAsync();
        await page.ScreenshotAsync(new() { Path = Path.Combine(Screenshots, $"chat-{screen}-reported.png") });
        var comment = Assert.Single(await _api.AllAsync("/api/tickets/1/comments"));
        Assert.Equal("This is how it looks", comment["body"]!.GetValue<string>());
        Assert.Equal("fire.png", comment["attachments"]![0]!["name"]!.GetValue<string>());

        await _api.PostAsync("/api/tickets/1/comments", new { body = "Step away from the printer. <script>alert(1)</script> **now**" });
        await SaysAsync(page, "Step away from the printer. <script>alert(1)</script> **now**");
        await SendAsync(page, "I am outside");
        await Until.TrueAsync(async () => (await _api.AllAsync("/api/tickets/1/comments")).Count == 3, "the person's words are on the ticket");

        await _api.PostAsync("/api/tickets/1/resolve", new { resolution = "Extinguished" });
        await SaysAsync(page, "is solved:");
        await page.ScreenshotAsync(new() { Path = Path.Combine(Screenshots, $"chat-{screen}-solved.png") });
        await page.Locator(".webchat__suggested-action", new() { HasTextString = "Still broken" }).ClickAsync();
        await SaysAsync(page, "Ticket #1 is open again. What is still wrong?");
        Assert.Equal("open", (await _api.GetAsync("/api/tickets/1"))["status"]!.GetValue<string>());
        Assert.Empty(_errors);
    }

    [Fact]
    public async Task On_a_phone_in_german_a_conversation_outlives_the_host_and_a_reload_and_nothing_is_doubled()
    {
        var page = await OpenAsync("de-AT", 390, 800, phone: true);
        await SaysAsync(page, "Hallo! Schreiben Sie mir");
        await SendAsync(page, "Das WLAN im Besprechungsraum ist weg");
        await SaysAsync(page, "E-Mail-Adresse");
        await page.ScreenshotAsync(new() { Path = Path.Combine(Screenshots, "chat-phone-german.png") });

        // The host dies while the person answers; what they wrote is sent when it is back.
        await Started.SignalAsync(_host.Pid, "KILL");
        await _host.EndsAsync();
        await SendAsync(page, "max@example.com");
        await page.GetByText("Keine Verbindung").WaitForAsync();
        _host = await HostAsync();
        await SaysAsync(page, "Das ist Ticket #");
        await page.ReloadAsync();
        await SaysAsync(page, "Das ist Ticket #");
        await SendAsync(page, "Raum 12");
        await SaysAsync(page, "Das steht jetzt in Ticket #");

        var tickets = await _api.AllAsync("/api/tickets?requester=max@example.com");
        Assert.Equal("Das WLAN im Besprechungsraum ist weg", Assert.Single(tickets)["subject"]!.GetValue<string>());
        var said = await page.EvaluateAsync<string[]>(
            """
            async () => {
              const { token, conversationId } = JSON.parse(Object.entries(localStorage).find(([name]) => name.startsWith('helpdesk-chat:'))[1]);
              const answer = await fetch(`/api/directline/conversations/${conversationId}/activities?wait=0`, {
                headers: { Authorization: `Bearer ${token}` },
              });
              return (await answer.json()).activities.filter(activity => activity.from.role === 'user').map(activity => activity.text);
            }
            """
        );
        Assert.Equal(["Das WLAN im Besprechungsraum ist weg", "max@example.com", "Raum 12"], said);
        var wide = await page.EvaluateAsync<bool>("document.documentElement.scrollWidth > document.documentElement.clientWidth");
        Assert.False(wide, "The page is wider than the phone.");
    }

    [Fact]
    public async Task The_stock_direct_line_client_of_web_chat_works_as_well()
    {
        var page = await OpenAsync("en-US", 1000, 700);
        await page.EvaluateAsync(
            """
            async () => {
              const { key } = JSON.parse(document.getElementById('configuration').textContent);
              const answer = await fetch('/api/directline/tokens/generate', {
                method: 'POST',
                headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' },
                body: '{"user":{"name":"Stock"}}',
              });
              const { token } = await answer.json();
              document.getElementById('webchat').outerHTML = '<div id="stock" style="height:600px"></div>';
              const directLine = WebChat.createDirectLine({
                domain: location.origin + '/api/directline', token, webSocket: false, conversationStartProperties: { locale: 'en-US' },
              });
              WebChat.renderWebChat({ directLine, locale: 'en-US' }, document.getElementById('stock'));
            }
            """
        );
        await SaysAsync(page, "Hello! Tell me what is wrong");
        await SendAsync(page, "status");
        await SaysAsync(page, "You have no tickets here");
        await page.Locator("input[type=file]")
            .First.SetInputFilesAsync(
                new FilePayload
                {
                    Name = "note.txt",
                    MimeType = "text/plain",
                    Buffer = "It hums"u8.ToArray(),
                }
            );
        await page.Locator(".webchat__attachment-icon--checked").WaitForAsync();
        await SendAsync(page, "The server hums");
        await SaysAsync(page, "What is your e-mail address");
        await SendAsync(page, "stock@example.com");
        await SaysAsync(page, "This is ticket #");
        await page.GetByText("Sending").WaitForAsync(new() { State = WaitForSelectorState.Hidden });
        var ticket = Assert.Single(await _api.AllAsync("/api/tickets?requester=stock@example.com"));
        Assert.Equal("note.txt", (await _api.GetAsync($"/api/tickets/{ticket["number"]}"))["attachments"]![0]!["name"]!.GetValue<string>());
    }

    private readonly List<string> _errors = [];

    private async Task<Started> HostAsync()
    {
        var host = Started.Begin(
            "./run.sh",
            ["--port", $"{_port}", "--data", _data, "--storage", _azurite.ConnectionString],
            ("HELPDESK_ADMIN_KEY", Key),
            ("Chat__PerMinute", "10000")
        );
        await host.SaysAsync("is ready at");
        return host;
    }

    private async Task<IPage> OpenAsync(string locale, int width, int height, bool phone = false)
    {
        var context = await _browser.NewContextAsync(
            new()
            {
                Locale = locale,
                ViewportSize = new() { Width = width, Height = height },
                IsMobile = phone,
                HasTouch = phone,
            }
        );
        var page = await context.NewPageAsync();
        page.SetDefaultTimeout(Chromium.Patience);
        page.PageError += (_, error) => _errors.Add(error);
        page.Console += (_, message) =>
        {
            if (message.Type == "error")
                _errors.Add(message.Text);
        };
        await page.GotoAsync($"http://127.0.0.1:{_port}/chat");
        return page;
    }

    private static async Task SendAsync(IPage page, string text)
    {
        var box = page.Locator("[data-testid='send box text area'], input[data-id='webchat-sendbox-input'], form input[type=text], form textarea").First;
        await box.FillAsync(text);
        await box.PressAsync("Enter");
    }

    private static Task SaysAsync(IPage page, string text) => page.GetByText(text).First.WaitForAsync();
}
