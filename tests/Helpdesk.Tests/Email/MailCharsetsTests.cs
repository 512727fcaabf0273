using System.Text;
using Helpdesk.Email;

namespace Helpdesk.Tests.Email;

public sealed class MailCharsetsTests
{
    [Theory]
    [InlineData("windows-1253", "Καλημέρα", "windows-1253")]
    [InlineData("iso-8859-7", "Καλημέρα σας", "iso-8859-7")]
    [InlineData("windows-1250", "čćžšđ", "windows-1250")]
    [InlineData("koi8-r", "Принтер не печатает", "koi8-r")]
    [InlineData("gb2312", "打印机坏了", "gb18030")]
    [InlineData("big5", "印表機壞了", "big5")]
    [InlineData("shift_jis", "プリンター", "shift_jis")]
    [InlineData("iso-2022-jp", "プリンターが動きません", "iso-2022-jp")]
    [InlineData("euc-kr", "프린터가 안 됩니다", "ks_c_5601-1987")]
    [InlineData("\"utf8\"", "naïve", "utf-8")]
    [InlineData("ISO-8859-1", "Preis: 5 €", "windows-1252")]
    [InlineData("gb2312", "联通", "gb18030")]
    public void Bytes_are_read_as_declared(string declared, string text, string written) =>
        Assert.Equal(text, MailCharsets.Decode(Bytes(text, written), declared));

    [Theory]
    [InlineData("us-ascii", "Grüße", "utf-8")]
    [InlineData("iso-8859-1", "Grüße aus Köln", "utf-8")]
    [InlineData("iso-8859-7", "Ελληνικά", "utf-8")]
    [InlineData("gb2312", "这封邮件其实是另一种编码", "utf-8")]
    [InlineData(null, "čašćenje", "utf-8")]
    [InlineData("x-unknown", "čašćenje", "utf-8")]
    [InlineData("utf-8", "Grüße", "windows-1252")]
    [InlineData(null, "déjà vu", "windows-1252")]
    [InlineData("us-ascii", "“so”", "windows-1252")]
    [InlineData("utf-7", "Grüße", "windows-1252")]
    [InlineData("iso-2022-jp", "Grüße", "windows-1252")]
    public void A_wrong_declaration_loses_no_letter(string? declared, string text, string written) =>
        Assert.Equal(text, MailCharsets.Decode(Bytes(text, written), declared));

    [Fact]
    public void A_byte_order_mark_decides_and_is_no_letter()
    {
        Assert.Equal("ž", MailCharsets.Decode([0xEF, 0xBB, 0xBF, 0xC5, 0xBE], "iso-8859-1"));
        Assert.Equal("ž", MailCharsets.Decode([0xFF, 0xFE, 0x7E, 0x01], "iso-8859-1"));
        Assert.Equal("ž", MailCharsets.Decode([0xFE, 0xFF, 0x01, 0x7E], null));
    }

    [Fact]
    public void Every_byte_is_something()
    {
        var all = Enumerable.Range(0, 256).Select(number => (byte)number).ToArray();
        Assert.Equal(256, MailCharsets.Decode(all, null).Length);
        Assert.Equal("", MailCharsets.Decode([], "utf-8"));
    }

    private static byte[] Bytes(string text, string charset) =>
        (charset == "utf-8" ? Encoding.UTF8 : CodePagesEncodingProvider.Instance.GetEncoding(charset) ?? Encoding.GetEncoding(charset)).GetBytes(text);
}
