using Deque.AxeCore.Playwright;
using Helpdesk.Testing;
using Microsoft.Playwright;

namespace Helpdesk.EndToEnd;

/// <summary>One ./run.sh and one browser for all tests of pages.</summary>
public sealed class WebDesk : IAsyncLifetime
{
    internal const string Key = "hd_first_key_of_the_page_tests";
    private readonly string _data = System.IO.Directory.CreateTempSubdirectory("helpdesk-web-").FullName;
    private readonly int _port = AzuriteServer.FreePort();
    private AzuriteServer _azurite = null!;
    private Started _host = null!;
    private IPlaywright _playwright = null!;

    public IBrowser Browser { get; private set; } = null!;

    internal Api Api { get; private set; } = null!;

    public Uri Address => new($"http://127.0.0.1:{_port}");

    /// <summary>An address on this desk.</summary>
    public string In(string path) => new Uri(Address, path).ToString();

    public async ValueTask InitializeAsync()
    {
        _azurite = await AzuriteServer.StartAsync();
        _host = Started.Begin(
            "./run.sh",
            ["--port", $"{_port}", "--data", _data, "--storage", _azurite.ConnectionString],
            ("HELPDESK_ADMIN_KEY", Key),
            ("Chat__PerMinute", "10000"),
            ("Intake__PerMinute", "10000")
        );
        await _host.SaysAsync("is ready at");
        Api = new(Address, Key);
        _playwright = await Playwright.CreateAsync();
        Browser = await Chromium.LaunchAsync(_playwright);
    }

    public async ValueTask DisposeAsync()
    {
        await Browser.DisposeAsync();
        _playwright.Dispose();
        Api.Dispose();
        await _host.DisposeAsync();
        await _azurite.DisposeAsync();
        System.IO.Directory.Delete(_data, recursive: true);
    }

    /// <summary>A new visitor with a screen of their own.</summary>
    internal async Task<Visitor> VisitAsync(Screen screen, string locale = "en-US", bool scripts = true) =>
        new(
            this,
            screen,
            await Browser.NewContextAsync(
                new()
                {
                    Locale = locale,
                    ViewportSize = new() { Width = screen.Width, Height = screen.Height },
                    IsMobile = screen.IsPhone,
                    HasTouch = screen.IsPhone,
                    ColorScheme = screen.IsDark ? ColorScheme.Dark : ColorScheme.Light,
                    JavaScriptEnabled = scripts,
                    DeviceScaleFactor = screen.Scale,
                    ForcedColors = screen.IsHighContrast ? ForcedColors.Active : ForcedColors.None,
                    Contrast = screen.IsHighContrast ? Contrast.More : Contrast.NoPreference,
                    ReducedMotion = screen.IsHighContrast ? ReducedMotion.Reduce : ReducedMotion.NoPreference,
                }
            )
        );
}

/// <summary>What somebody looks at.</summary>
/// <param name="IsHighContrast">Whether the system has colours of its own, more contrast and less motion.</param>
/// <param name="Scale">How many dots of the screen one of the page takes.</param>
public sealed record Screen(string Name, int Width, int Height, bool IsPhone, bool IsDark, bool IsHighContrast = false, float Scale = 1)
{
    public static Screen Desk { get; } = new("desk", 1100, 800, false, false);
    public static Screen DarkDesk { get; } = new("desk-dark", 1100, 800, false, true);
    public static Screen Phone { get; } = new("phone", 390, 844, true, false);
    public static Screen DarkPhone { get; } = new("phone-dark", 390, 844, true, true);
    public static Screen SmallPhone { get; } = new("phone-320", 320, 640, true, false);
    public static Screen HighContrast { get; } = new("desk-contrast", 1100, 800, false, false, IsHighContrast: true);

    /// <summary>A window of 1280 by 800 at 200 %.</summary>
    public static Screen Zoomed { get; } = new("desk-zoomed", 640, 400, false, false, Scale: 2);

    public static Screen Named(string name) => new[] { Desk, DarkDesk, Phone, DarkPhone, SmallPhone, HighContrast, Zoomed }.Single(one => one.Name == name);
}

/// <summary>Somebody with a browser, and everything their browser complains about.</summary>
internal sealed class Visitor(WebDesk desk, Screen screen, IBrowserContext context) : IAsyncDisposable
{
    private static readonly string Screenshots = Path.Combine(
        AzuriteServer.Root,
        "artifacts",
        Environment.GetEnvironmentVariable("HELPDESK_SCREENS") ?? "screenshots"
    );
    private readonly List<string> _complaints = [];

    public IBrowserContext Context => context;

    public IPage Page { get; private set; } = null!;

    public async Task<IPage> GoAsync(string path)
    {
        if (Page is null)
        {
            Page = await context.NewPageAsync();
            Page.SetDefaultTimeout(Chromium.Patience);
            Page.PageError += (_, error) => _complaints.Add(error);
            Page.Console += (_, message) =>
            {
                if (message.Type is "error")
                    _complaints.Add($"{message.Text} ({message.Location})");
            };
        }

        await Page.GotoAsync(new Uri(desk.Address, path).ToString());
        return Page;
    }

    /// <summary>Nobody sees a scrollbar at the bottom, a screen reader finds its way, and the browser has nothing to complain about.</summary>
    public async Task LooksRightAsync(string name, params string[] except)
    {
        await FitsAsync(name, except);
        var found = await Page.RunAxe();
        Assert.True(
            found.Violations.Length == 0,
            string.Join(
                '\n',
                found.Violations.Select(one =>
                    $"{name}: {one.Id} ({one.Impact}): {one.Help}: "
                    + $"{string.Join(" | ", one.Nodes.Select(node => $"{node.Html} {node.Any?.FirstOrDefault()?.Message}"))}"
                )
            )
        );
    }

    /// <summary>Nobody sees a scrollbar at the bottom, and the browser has nothing to complain about.</summary>
    public async Task FitsAsync(string name, params string[] except)
    {
        System.IO.Directory.CreateDirectory(Screenshots);
        await Page.ScreenshotAsync(new() { Path = Path.Combine(Screenshots, $"{name}-{screen.Name}.png") });
        Assert.False(
            await Page.EvaluateAsync<bool>("document.documentElement.scrollWidth > document.documentElement.clientWidth"),
            $"{name} is wider than a {screen.Name}."
        );
        await NothingIsCutAsync($"{name} on a {screen.Name}");
        NothingIsWrong(except);
    }

    /// <summary>
    /// The words of the console itself are whole, in its navigation, the heads and states of its lists, and its buttons; only others' words may be cut.
    /// </summary>
    public async Task NothingIsCutAsync(string where) =>
        Assert.Equal(
            "",
            await Page.EvaluateAsync<string>(
                """
                (where) => {
                  const own =
                    '.rail nav a, .views a, .views h2, .views h3, .row--head > div, .c-st, .c-pr, .c-sla, .table th, .btn, .tab, .chip:not(.chip--tag)';
                  const cut = [];
                  for (const one of document.querySelectorAll(`.console :is(${own})`)) {
                    const words = document.createTreeWalker(one, NodeFilter.SHOW_TEXT);
                    while (words.nextNode()) {
                      const parent = words.currentNode.parentElement;
                      if (!words.currentNode.data.trim() || parent.closest('.vh, .truncate, option') || !parent.checkVisibility()) continue;
                      const text = document.createRange();
                      text.selectNodeContents(words.currentNode);
                      const is = text.getBoundingClientRect();
                      for (let box = parent; box; box = box === one ? null : box.parentElement) {
                        const room = box.getBoundingClientRect();
                        if (room.width <= 1) break;
                        if (is.left < room.left - 1 || is.right > room.right + 1) {
                          const size = `${Math.round(is.width)} of ${Math.round(room.width)} px in ${box.className || box.tagName}`;
                          cut.push(`${where}: "${words.currentNode.data}" (${size})`);
                          break;
                        }
                      }
                    }
                  }
                  return [...new Set(cut)].join('\n');
                }
                """,
                where
            )
        );

    /// <param name="except">What the browser may say, since the test made it happen.</param>
    public void NothingIsWrong(params string[] except) =>
        Assert.Equal("", string.Join('\n', _complaints.Where(complaint => !except.Any(known => complaint.Contains(known, StringComparison.Ordinal)))));

    /// <summary>What the browser has said so far is as the test wanted it.</summary>
    public void Forget(string known) => _complaints.RemoveAll(complaint => complaint.Contains(known, StringComparison.Ordinal));

    public ValueTask DisposeAsync() => context.DisposeAsync();
}
