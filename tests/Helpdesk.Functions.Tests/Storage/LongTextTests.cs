using Azure.Data.Tables;
using Helpdesk.Functions.Storage;

namespace Helpdesk.Functions.Tests.Storage;

public sealed class LongTextTests
{
    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("🔥")]
    [InlineData("a🔥")]
    [InlineData("ä🔥")]
    public void A_text_of_any_length_comes_back_and_no_letter_is_cut(string piece)
    {
        foreach (var length in new[] { 1, 31_999, 32_000, 32_001, 63_999, 64_000, 64_001, 65_536 })
        {
            var text = string.Concat(Enumerable.Repeat(piece, piece.Length == 0 ? 0 : length / piece.Length));
            var row = new TableEntity("p", "r");
            LongText.Write(row, "Text", text);
            Assert.Equal(text, LongText.Read(row, "Text"));
            foreach (var column in row.Select(one => one.Value).OfType<string>())
            {
                Assert.InRange(column.Length, 0, 32_000);
                Assert.False(column.Length > 0 && (char.IsLowSurrogate(column[0]) || char.IsHighSurrogate(column[^1])), "A letter is cut.");
            }
        }
    }
}
