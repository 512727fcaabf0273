using Helpdesk.Email;

namespace Helpdesk.Tests.Email;

public sealed class EncodedWordsTests
{
    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("=?utf-8?Q?Gr=C3=B6=C3=9Fe?=", "Größe")]
    [InlineData("=?UTF-8?b?R3LDtsOfZQ==?=", "Größe")]
    [InlineData("=?UTF-8?B?R3LDtsOfZQ?=", "Größe")] // no padding
    [InlineData("a =?utf-8?Q?b?= c", "a b c")]
    [InlineData("=?utf-8?Q?a?= =?utf-8?Q?b?=", "ab")]
    [InlineData("=?utf-8?Q?a_?=\r\n =?iso-8859-1?Q?=E4?=", "a ä")]
    [InlineData("=?utf-8?Q?m=C3?= =?utf-8?Q?=BCde?=", "müde")] // a letter in two words
    [InlineData("=?iso-8859-1?Q?Gr=C3=B6=C3=9Fe?=", "Größe")] // is UTF-8
    [InlineData("=?us-ascii?Q?Gr=F6=DFe?=", "Größe")] // is windows-1252
    [InlineData("=?gb2312?B?tPLTobv6u7XByw==?=", "打印机坏了")]
    [InlineData("=?iso-2022-jp?B?GyRCJVclaiVzJT8hPBsoQg==?=", "プリンター")]
    [InlineData("=?utf-8*de?Q?Gr=C3=B6=C3=9Fe?=", "Größe")] // with a language (RFC 2231)
    [InlineData("=?x-none?Q?a=C3=A4?=", "aä")]
    [InlineData("=?utf-8?Q?with space?=", "with space")]
    [InlineData("=?utf-8?X?abc?=", "=?utf-8?X?abc?=")]
    [InlineData("=?utf-8?Q?broken", "=?utf-8?Q?broken")]
    [InlineData("=??Q?a?=", "=??Q?a?=")]
    [InlineData("=?utf-8?Q??=", "")]
    [InlineData("=?utf-8?Q?100=?=", "100=")]
    [InlineData("=?utf-8?Q?=ZZ?=", "=ZZ")]
    [InlineData("1 =? 2", "1 =? 2")]
    public void Words_are_decoded_as_they_were_meant(string value, string text)
    {
        Assert.Equal(text, EncodedWords.Decoded(value));
        Assert.Equal(text, EncodedWords.Decoded(EncodedWords.AsUtf8(value)));
    }

    [Fact]
    public void Millions_of_beginnings_take_no_time()
    {
        foreach (var piece in new[] { "=?", "=?a?q?", "=?a?q?b?=", "=?a?q?b?= ", "=?" + new string('a', 59), "?=" })
            Assert.NotNull(EncodedWords.Decoded(string.Concat(Enumerable.Repeat(piece, 300_000))));
    }
}
