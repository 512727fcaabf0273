using System.Net;
using System.Net.Sockets;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Tests.Webhooks;
using Microsoft.Extensions.Configuration;

namespace Helpdesk.Functions.Tests.Hosting;

/// <summary>Addresses that users of the desk have set: nothing is called that lies inside, however it is written and wherever its name leads.</summary>
public sealed class OutsideConnectionsTests(DeskFixture fixture)
{
    private const string Public = "93.184.216.34";

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private static OutsideConnections Of(Func<string, string[]> resolve, string allowed = "") =>
        new(
            OutsideOptions.From(new ConfigurationBuilder().AddInMemoryCollection([new("Outside:AllowedAddresses", allowed)]).Build()),
            (host, _) => Task.FromResult(resolve(host).Select(IPAddress.Parse).ToArray())
        );

    private static string[] Resolve(string host) =>
        host switch
        {
            "localhost" => ["::1", "127.0.0.1"],
            "inside.example" => ["10.1.2.3"],
            "mapped.example" => ["::ffff:127.0.0.1"],
            "nat64.example" => ["64:ff9b::7f00:1"],
            "nowhere.example" => throw new SocketException((int)SocketError.HostNotFound),
            _ => [Public],
        };

    [Theory]
    [InlineData("not a url", "must be a web address")]
    [InlineData("//example.com/hooks", "must be a web address")]
    [InlineData("ftp://example.com/", "must be a web address")]
    [InlineData("file:///etc/passwd", "must be a web address")]
    [InlineData("javascript:alert(1)", "must be a web address")]
    [InlineData("https:///hooks", "must be a web address")]
    [InlineData("https://user:secret@example.com/", "user name or password")]
    [InlineData("https://user@example.com/", "user name or password")]
    [InlineData("https://example.com/#there", "fragment")]
    [InlineData("https://my_hooks.example.com/", "name of a host")]
    [InlineData("https://-hooks.example.com/", "name of a host")]
    [InlineData("https://hooks-.example.com/", "name of a host")]
    [InlineData("https://hooks..example.com/", "must")]
    [InlineData("https://hooks.example.99/", "name of a host")]
    [InlineData("https://*.example.com/", "must")]
    [InlineData("https://example.com:25/", "port 25")]
    [InlineData("https://example.com:22/", "port 22")]
    [InlineData("http://example.com/", "must begin with https")]
    [InlineData("http://nowhere.example/", "must begin with https")]
    [InlineData("https://127.0.0.1/", "loopback")]
    [InlineData("https://127.1/", "loopback")]
    [InlineData("https://2130706433/", "loopback")]
    [InlineData("https://0x7f000001/", "loopback")]
    [InlineData("https://0177.0.0.1/", "loopback")]
    [InlineData("https://0x7f.0.0.1:8443/", "loopback")]
    [InlineData("https://[::1]/", "loopback")]
    [InlineData("https://[::ffff:127.0.0.1]/", "loopback")]
    [InlineData("https://[::ffff:7f00:1]/", "loopback")]
    [InlineData("https://[64:ff9b::a00:1]/", "private")]
    [InlineData("https://[2002:7f00:1::]/", "6to4")]
    [InlineData("https://[fd00:ec2::254]/", "private")]
    [InlineData("https://[fe80::1]/", "link-local")]
    [InlineData("https://0/", "unspecified")]
    [InlineData("https://10.0.0.1/", "private")]
    [InlineData("https://169.254.169.254/latest/meta-data", "link-local")]
    [InlineData("https://168.63.129.16/", "metadata")]
    [InlineData("https://100.64.0.1/", "carrier-grade NAT")]
    [InlineData("https://224.0.0.1/", "multicast")]
    [InlineData("https://localhost/", "loopback")]
    [InlineData("https://inside.example/", "private")]
    [InlineData("https://mapped.example/", "loopback")]
    [InlineData("https://nat64.example/", "loopback")]
    public async Task An_address_that_may_not_be_called_is_refused_when_it_is_set(string url, string problem)
    {
        var said = await Of(Resolve).ProblemAsync(url, Cancelled);
        Assert.NotNull(said);
        Assert.Contains(problem, said, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https://example.com/hooks?key=1")]
    [InlineData("https://example.com:8443/")]
    [InlineData("https://bücher.example/")]
    [InlineData("https://93.184.216.34/")]
    [InlineData("https://nowhere.example/")]
    public async Task An_address_of_the_public_internet_may_be_set(string url) => Assert.Null(await Of(Resolve).ProblemAsync(url, Cancelled));

    [Theory]
    [InlineData("http://127.0.0.1:8080/", null)]
    [InlineData("http://localhost/", null)]
    [InlineData("https://mapped.example/", null)]
    [InlineData("http://inside.example/", "private")]
    [InlineData("http://example.com/", "must begin with https")]
    public async Task Allowed_addresses_may_be_set_with_http_as_well(string url, string? problem)
    {
        var said = await Of(Resolve, "127.0.0.0/8, ::1").ProblemAsync(url, Cancelled);
        if (problem is null)
            Assert.Null(said);
        else
            Assert.Contains(problem, said, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    [InlineData("::ffff:127.0.0.1")]
    [InlineData("64:ff9b::7f00:1")]
    [InlineData("0.0.0.0")]
    [InlineData("10.0.0.1")]
    [InlineData("169.254.169.254")]
    [InlineData("fd00:ec2::254")]
    public async Task A_name_that_led_outside_when_it_was_set_is_not_followed_inside(string inside)
    {
        using var listener = new TcpListener(IPAddress.IPv6Any, 0);
        listener.Server.DualMode = true;
        listener.Start();
        var leads = Public;
        await using var hooks = await WebhookDesk.OpenAsync(fixture, host => [IPAddress.Parse(leads)], null, "--Outside:AllowedAddresses=");
        await hooks.SubscribeAsync("board", $"https://rebound.example:{((IPEndPoint)listener.LocalEndpoint).Port}/hooks");
        leads = inside;
        await hooks.Desk.OpenTicketAsync();
        await hooks.SettledAsync();
        var delivery = await hooks.OnlyDeliveryAsync("board");
        Assert.StartsWith("The address is not called: rebound.example leads to", WebhookDesk.Text(delivery, "error"), StringComparison.Ordinal);
        Assert.Equal("queued", WebhookDesk.Text(delivery, "state"));
        Assert.False(listener.Pending());
        var saved = await hooks.Desk.PostAsync("/api/webhooks", new { url = "https://rebound.example/" });
        Assert.Contains("Outside__AllowedAddresses", saved.Expect(400).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_name_is_resolved_for_every_connection_and_the_connection_goes_to_the_address_that_was_checked()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        var asked = 0;
        // To whoever resolves it a second time, the name leads inside.
        await using var hooks = await WebhookDesk.OpenAsync(
            fixture,
            _ => Interlocked.Increment(ref asked) <= 2 ? [IPAddress.Loopback] : [IPAddress.Parse("10.0.0.1")],
            null,
            "--Outside:AllowedAddresses=127.0.0.1"
        );
        await hooks.SubscribeAsync("board", $"http://board.example:{receiver.Port}/hooks");
        Assert.Equal(1, asked);
        await hooks.Desk.OpenTicketAsync();
        await hooks.SettledAsync();
        Assert.Equal("sent", WebhookDesk.Text(await hooks.OnlyDeliveryAsync("board"), "state"));
        Assert.Equal(2, asked);
        Assert.Equal($"board.example:{receiver.Port}", Assert.Single(receiver.Received).Headers["host"]);
    }

    [Fact]
    public async Task Plain_http_goes_to_allowed_addresses_alone()
    {
        var outside = Of(Resolve);
        var refused = await Assert.ThrowsAsync<OutsideAddressException>(async () =>
            await outside.ConnectAsync("example.com", 80, encrypted: false, Cancelled)
        );
        Assert.Contains("without encryption", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_mail_server_inside_is_not_called_either()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        await using var hooks = await WebhookDesk.OpenAsync(fixture, null, null, "--Outside:AllowedAddresses=", "--MailSecrets:inside=x");
        using var main = new Desk("main", DeskFixture.AdminKey, hooks.App.Address);
        var id = $"inside-{Guid.NewGuid():N}"[..20];
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        var imap = new
        {
            host = "127.0.0.1",
            port,
            security = "none",
            user = "u",
            passwordSetting = "MailSecrets__inside",
        };
        var mailbox = new
        {
            id,
            address = $"{id}@example.com",
            receive = "imap",
            imap,
        };
        (await main.PostAsync("/api/mailboxes", mailbox)).Expect(201);
        try
        {
            var polled = await main.PostAsync($"/api/mailboxes/{id}/poll");
            Assert.Contains("a loopback address", polled.Text, StringComparison.Ordinal);
            Assert.False(listener.Pending());
        }
        finally
        {
            (await main.DeleteAsync($"/api/mailboxes/{id}")).Expect(204);
        }
    }

    [Fact]
    public void A_setting_that_is_no_list_of_addresses_says_so() =>
        Assert.Contains("\"localhost\"", Assert.Throws<InvalidOperationException>(() => Of(Resolve, "localhost")).Message, StringComparison.Ordinal);
}
