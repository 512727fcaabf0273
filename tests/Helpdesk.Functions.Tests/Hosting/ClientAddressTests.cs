using System.Net;
using Helpdesk.Functions.Hosting;

namespace Helpdesk.Functions.Tests.Hosting;

public sealed class ClientAddressTests(DeskFixture fixture)
{
    [Theory]
    [InlineData("198.51.100.7", "198.51.100.7")]
    [InlineData("198.51.100.7:40001", "198.51.100.7")]
    [InlineData(" 198.51.100.7:40001 ", "198.51.100.7")]
    [InlineData("::ffff:198.51.100.7", "198.51.100.7")]
    [InlineData("[::ffff:198.51.100.7]:443", "198.51.100.7")]
    [InlineData("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64")]
    [InlineData("[2001:db8:1:2::9]:40001", "2001:db8:1:2::/64")]
    [InlineData("[2001:db8:1:2::9]", "2001:db8:1:2::/64")]
    [InlineData("fe80::1%eth0", "fe80::/64")]
    [InlineData("203.0.113.9, 198.51.100.7:40001", "198.51.100.7")]
    [InlineData("10.0.0.1, 2001:db8:0:0:1::1", "2001:db8::/64")]
    [InlineData("made up, 203.0.113.9,198.51.100.7", "198.51.100.7")]
    public void The_last_hop_counts_without_its_port(string forwarded, string sender) => Assert.Equal(sender, ClientAddress.Of(forwarded, IPAddress.Loopback));

    [Theory]
    [InlineData("")]
    [InlineData("unknown")]
    [InlineData("198.51.100.7,")]
    [InlineData("198.51.100.7:port")]
    [InlineData("198.51.100.7:123456")]
    [InlineData("198.51")]
    [InlineData("3232235777")]
    [InlineData("[2001:db8::1")]
    [InlineData("[2001:db8::1]x")]
    [InlineData("[198.51.100.7]:1")]
    [InlineData("_hidden")]
    [InlineData("\u0000")]
    [InlineData("2001:db8::1::2")]
    public void What_is_no_address_counts_as_whoever_sent_it_here(string forwarded)
    {
        Assert.Equal("192.0.2.1", ClientAddress.Of(forwarded, IPAddress.Parse("192.0.2.1")));
        Assert.Equal("unknown", ClientAddress.Of(forwarded, null));
    }

    /// <summary>Azure sends the port of each connection along: every request seems to come from somewhere else.</summary>
    [Theory]
    [InlineData("198.51.100.{0}:40001", false)]
    [InlineData("198.51.100.7:4000{0}", true)]
    [InlineData("[2001:db8::{0}]:4000{0}", true)]
    [InlineData("10.0.0.{0}, 2001:db8:0:0:{0}::1", true)]
    public async Task A_limit_is_reached_by_one_sender_whatever_the_port(string forwarded, bool limited)
    {
        await using var app = await RunningApp.StartAsync(fixture.Storage, null, "--Intake:PerMinute=1", "--Chat:PerMinute=1");
        using var nobody = new Desk("main", "", app.Address);
        foreach (var path in new[] { "/api/intake/web", "/api/directline/tokens/generate" })
        {
            var statuses = new List<int>();
            for (var i = 1; i <= 8; i++)
                statuses.Add((await nobody.PostAsync(path, new { }, ("X-Forwarded-For", string.Format(null, forwarded, i)))).Status);
            Assert.Equal(limited, statuses.Contains(429));
        }
    }
}
