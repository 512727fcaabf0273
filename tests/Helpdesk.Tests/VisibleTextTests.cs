namespace Helpdesk.Tests;

public sealed class VisibleTextTests
{
    [Theory]
    [InlineData("Invoice", "Invoice")]
    [InlineData("in\u202evoice", "invoice")]
    [InlineData("\u2067a\u2069\u200f\u200eb\u061c", "ab")]
    [InlineData("a\u200bb\u2060c\ufeffd\u00ade", "abcde")]
    [InlineData("one\u2028two\u2029three", "one two three")]
    [InlineData("x\U000e0041\U000e007fy", "xy")]
    [InlineData("می\u200cخواهم", "می\u200cخواهم")] // what separates letters in Persian stays
    [InlineData("👩\u200d🚒 ❤\ufe0f", "👩\u200d🚒 ❤\ufe0f")]
    [InlineData("", "")]
    public void What_nobody_sees_is_taken_out_and_what_joins_letters_stays(string text, string visible) => Assert.Equal(visible, VisibleText.Of(text));

    [Theory]
    [InlineData("", true)]
    [InlineData(" \u200d\u200c\t", true)]
    [InlineData("\u00a0\u3000", true)]
    [InlineData(".", false)]
    [InlineData("👍", false)]
    public void Nothing_to_see_is_nothing(string text, bool blank) => Assert.Equal(blank, VisibleText.IsBlank(text));

    [Theory]
    [InlineData(0xFFFE, true)]
    [InlineData(0xFFFF, true)]
    [InlineData(0x1FFFE, true)]
    [InlineData(0x10FFFF, true)]
    [InlineData(0xFDD0, true)]
    [InlineData(0xFDF0, false)]
    [InlineData(0xFFFD, false)]
    [InlineData('a', false)]
    public void Some_code_points_are_no_characters(int rune, bool none) => Assert.Equal(none, VisibleText.IsNoCharacter(rune));
}
