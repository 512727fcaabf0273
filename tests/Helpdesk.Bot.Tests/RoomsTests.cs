using Helpdesk.Bot.Tests.Teams;

namespace Helpdesk.Bot.Tests;

/// <summary>Which rooms know of each other, read from the source.</summary>
public sealed class RoomsTests
{
    [Theory]
    [InlineData("bot/Helpdesk.Bot/Conversations", "Microsoft.Bot")]
    [InlineData("bot/Helpdesk.Bot/Conversations", "Helpdesk.Bot.Teams")]
    [InlineData("functions/Helpdesk.Functions/Conversations", "Microsoft.Bot")]
    [InlineData("functions/Helpdesk.Functions/WebChat", "Microsoft.Bot")]
    public void A_channel_knows_neither_another_one_nor_do_conversations_know_any(string room, string other)
    {
        var files = System.IO.Directory.GetFiles(Path.Combine(Peer.Root, room), "*.cs", SearchOption.AllDirectories);
        Assert.NotEmpty(files);
        Assert.DoesNotContain(files, file => File.ReadAllText(file).Contains(other, StringComparison.Ordinal));
    }
}
