using Helpdesk.Email;
using Helpdesk.Tickets;

namespace Helpdesk.Tests.Email;

public sealed class BlockedSenderTests
{
    [Theory]
    [InlineData("Eve@Example.COM", "eve@example.com")]
    [InlineData(" example.com. ", "example.com")]
    [InlineData("@Example.com", "example.com")]
    [InlineData("müller.example", "xn--mller-kva.example")]
    [InlineData("eve@müller.example", "eve@xn--mller-kva.example")]
    [InlineData("com", null)]
    [InlineData("*.example.com", null)]
    [InlineData("a b.example", null)]
    [InlineData("a b@example.com", null)]
    [InlineData("eve@", null)]
    [InlineData("..", null)]
    [InlineData("", null)]
    public void A_sender_is_an_address_or_a_domain(string text, string? normal) => Assert.Equal(normal, BlockedSender.Normal(text));

    [Theory]
    [InlineData("eve@example.com", "eve@example.com")]
    [InlineData("EVE@EXAMPLE.COM", "eve@example.com")]
    [InlineData("tom@example.com", null)]
    [InlineData("tom@casino.example", "casino.example")]
    [InlineData("tom@mail.CASINO.example", "casino.example")]
    [InlineData("tom@notcasino.example", null)]
    [InlineData("tom@casino.example.com", null)]
    [InlineData("casino.example@example.org", null)]
    [InlineData("tom@xn--mller-kva.example", "xn--mller-kva.example")]
    [InlineData("tom@müller.example", "xn--mller-kva.example")]
    [InlineData("casino.example", null)]
    [InlineData("", null)]
    public void An_address_is_blocked_by_itself_or_by_a_domain_above_it(string email, string? by)
    {
        var blocked = new[] { "eve@example.com", "casino.example", "xn--mller-kva.example" }.Select(sender => new BlockedSender(
            sender,
            sender,
            null,
            Actor.System,
            DateTimeOffset.UnixEpoch
        ));
        Assert.Equal(by, BlockedSender.Of(blocked, email));
    }
}
