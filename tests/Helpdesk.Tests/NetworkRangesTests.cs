using System.Net;

namespace Helpdesk.Tests;

public sealed class NetworkRangesTests
{
    [Theory]
    [InlineData("0.0.0.0", "unspecified")]
    [InlineData("0.1.2.3", "unspecified")]
    [InlineData("10.0.0.1", "private")]
    [InlineData("100.63.255.255", null)]
    [InlineData("100.64.0.1", "shared (carrier-grade NAT)")]
    [InlineData("100.127.255.255", "shared (carrier-grade NAT)")]
    [InlineData("100.128.0.0", null)]
    [InlineData("127.0.0.1", "loopback")]
    [InlineData("127.255.255.254", "loopback")]
    [InlineData("168.63.129.16", "metadata")]
    [InlineData("169.254.169.254", "link-local")]
    [InlineData("172.15.255.255", null)]
    [InlineData("172.16.0.1", "private")]
    [InlineData("172.31.255.255", "private")]
    [InlineData("172.32.0.0", null)]
    [InlineData("192.0.0.192", "reserved")]
    [InlineData("192.0.2.1", "documentation")]
    [InlineData("192.88.99.1", "6to4 relay")]
    [InlineData("192.168.1.1", "private")]
    [InlineData("198.18.0.1", "benchmarking")]
    [InlineData("198.51.100.1", "documentation")]
    [InlineData("203.0.113.1", "documentation")]
    [InlineData("224.0.0.1", "multicast")]
    [InlineData("255.255.255.255", "reserved")]
    [InlineData("8.8.8.8", null)]
    [InlineData("1.1.1.1", null)]
    [InlineData("::", "unspecified")]
    [InlineData("::1", "loopback")]
    [InlineData("::ffff:127.0.0.1", "loopback")]
    [InlineData("::ffff:8.8.8.8", null)]
    [InlineData("::127.0.0.1", "loopback")]
    [InlineData("::10.1.2.3", "private")]
    [InlineData("::5", "reserved")]
    [InlineData("64:ff9b::7f00:1", "loopback")]
    [InlineData("64:ff9b::a9fe:a9fe", "link-local")]
    [InlineData("64:ff9b::808:808", null)]
    [InlineData("64:ff9b:1::808:808", "reserved")]
    [InlineData("100::1", "reserved")]
    [InlineData("2001::1", "Teredo")]
    [InlineData("2001:0:5ef5:79fb::1", "Teredo")]
    [InlineData("2001:20::1", "reserved")]
    [InlineData("2001:db8::1", "documentation")]
    [InlineData("2002:7f00:1::", "6to4")]
    [InlineData("2002:808:808::1", "6to4")]
    [InlineData("3fff::1", "documentation")]
    [InlineData("2606:4700:4700::1111", null)]
    [InlineData("2a00:1450:4001:80e::200e", null)]
    [InlineData("5f00::1", "reserved")]
    [InlineData("fc00::1", "private")]
    [InlineData("fd00:ec2::254", "private")]
    [InlineData("fe80::1", "link-local")]
    [InlineData("fe80::1%1", "link-local")]
    [InlineData("fec0::1", "site-local")]
    [InlineData("ff02::1", "multicast")]
    public void What_is_not_plainly_of_the_public_internet_is_named(string address, string? kind) =>
        Assert.Equal(kind, NetworkRanges.KindOf(IPAddress.Parse(address)));

    [Fact]
    public void A_list_has_addresses_and_ranges()
    {
        var ranges = NetworkRanges.Parse("10.1.0.0/16, 127.0.0.1 ,::1,fd00::/8");
        Assert.Equal(["10.1.0.0/16", "127.0.0.1/32", "::1/128", "fd00::/8"], ranges.Select(range => range.ToString()));
        Assert.Empty(NetworkRanges.Parse(" "));
    }

    [Theory]
    [InlineData("localhost")]
    [InlineData("10.0.0.0/33")]
    [InlineData("10.0.0.0/8 127.0.0.1")]
    public void What_is_no_address_is_named(string list) =>
        Assert.Contains($"\"{list}\"", Assert.Throws<FormatException>(() => NetworkRanges.Parse(list)).Message, StringComparison.Ordinal);
}
