using Helpdesk.Attachments;

namespace Helpdesk.Tests.Attachments;

public sealed class FileNamesTests
{
    [Theory]
    [InlineData("photo.png", "photo.png")]
    [InlineData("../../etc/passwd", "passwd")]
    [InlineData(@"C:\Users\rita\photo.png", "photo.png")]
    [InlineData("run.exe::$DATA", "run.exe")]
    [InlineData("a<b>c:d|e*f?g\".txt", "abcdefg.txt")]
    [InlineData("photo\u202egpj.exe", "photogpj.exe")]
    [InlineData("a\u0000b\r\n.txt", "ab.txt")]
    [InlineData("name. . ", "name")]
    [InlineData("...", "file")]
    [InlineData("", "file")]
    [InlineData("/", "file")]
    [InlineData("con", "_con")]
    [InlineData("NUL.txt", "_NUL.txt")]
    [InlineData("com1.tar.gz", "_com1.tar.gz")]
    [InlineData("COM¹", "_COM¹")]
    [InlineData("lpt9 .log", "_lpt9 .log")]
    [InlineData("contact.txt", "contact.txt")]
    [InlineData("com10.txt", "com10.txt")]
    [InlineData("résumé – final (2).pdf", "résumé – final (2).pdf")]
    public void A_name_is_a_name_and_nothing_more(string sent, string kept) => Assert.Equal(kept, FileNames.Clean(sent));

    [Fact]
    public void A_long_name_keeps_its_ending_and_whole_characters()
    {
        Assert.Equal(new string('a', 96) + ".png", FileNames.Clean(new string('a', 500) + ".png"));
        Assert.Equal(100, FileNames.Clean("a." + new string('b', 500)).Length);
        var smileys = FileNames.Clean("x" + string.Concat(Enumerable.Repeat("😀", 200)) + ".png");
        Assert.True(smileys.Length <= 100);
        Assert.DoesNotContain('\uFFFD', System.Text.Encoding.UTF8.GetString(System.Text.Encoding.UTF8.GetBytes(smileys)));
    }

    [Theory]
    [InlineData("run.exe::$DATA", true)]
    [InlineData("run.exe:stream", true)]
    [InlineData("run.exe:stream.txt", true)]
    [InlineData("run.bat ", true)]
    [InlineData("a.pdf.scr", true)]
    [InlineData("page.xhtml. .", true)]
    [InlineData("notes: exe.txt", false)]
    [InlineData("setup.exe.pdf", false)]
    [InlineData("exe", false)]
    public void A_program_is_known_by_what_its_name_opens(string name, bool program) => Assert.Equal(program, AttachmentRules.IsProgram(name));

    [Fact]
    public void A_file_belongs_to_one_ticket_and_what_was_public_stays_so()
    {
        var now = new DateTimeOffset(2026, 3, 10, 9, 0, 0, TimeSpan.Zero);
        var file = new StoredFile
        {
            Id = "id",
            Workspace = "main",
            Blob = "blob",
            Name = "a.txt",
            ContentType = "text/plain",
            Size = 1,
            Sha256 = "00",
            At = now,
            Place = "chat",
        };
        Assert.True(file.MayBeAttachedTo(null) && file.MayBeAttachedTo(7));
        var note = file.ClaimedBy(7, note: true, now);
        Assert.True(note.Note == true && note.MayBeAttachedTo(7) && !note.MayBeAttachedTo(8) && !note.MayBeAttachedTo(null));
        Assert.Null(note.ClaimedBy(7, note: false, now).Note);
        Assert.Null(file.ClaimedBy(7, note: false, now).ClaimedBy(7, note: true, now).Note);
        Assert.True(note.ClaimedBy(7, note: true, now).Note);
        Assert.False((file with { Removing = true }).MayBeAttachedTo(7));
        Assert.True(file.IsFree && !(file with { Scan = new(ScanState.Pending) }).IsFree && !(file with { Scan = new(ScanState.Failed) }).IsFree);
        Assert.True((file with { Scan = new(ScanState.Released) }).IsFree && (file with { Scan = new(ScanState.Clean) }).IsFree);
    }
}
