using System.IO.Compression;
using System.Text;
using Helpdesk.Attachments;

namespace Helpdesk.Tests.Attachments;

/// <summary>What a file is: its bytes and its ending have to agree. The files here are small and real.</summary>
public sealed class FileTypesTests
{
    private const string Docx = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
    private const string Xlsx = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    private const string Pptx = "application/vnd.openxmlformats-officedocument.presentationml.presentation";
    private const string Page = "<!DOCTYPE html><html><script>alert(1)</script></html>";

    private static readonly Dictionary<string, byte[]> Known = new()
    {
        ["nothing"] = [],
        ["png"] = Convert.FromBase64String("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="),
        ["jpeg"] = [0xFF, 0xD8, 0xFF, 0xE0, 0, 16, .. "JFIF\0"u8, 1, 1, 0, 0, 1, 0, 1, 0, 0, 0xFF, 0xD9],
        ["gif"] = Convert.FromBase64String("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"),
        ["webp"] = Convert.FromBase64String("UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA=="),
        ["avif"] = [0, 0, 0, 28, .. "ftypavif\0\0\0\0mif1miafavif"u8],
        ["heic"] = [0, 0, 0, 24, .. "ftypheic\0\0\0\0mif1heic"u8],
        ["bmp"] = [.. "BM"u8, 58, 0, 0, 0, 0, 0, 0, 0, 54, 0, 0, 0, 40, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 24, 0, 0, 0, 0, 0],
        ["tiff"] = [.. "II*\0"u8, 8, 0, 0, 0, 0, 0],
        ["ico"] = [0, 0, 1, 0, 1, 0, 16, 16, 0, 0, 1, 0, 32, 0, 4, 0, 0, 0, 22, 0, 0, 0, 1, 2, 3, 4],
        ["pdf"] = "%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF"u8.ToArray(),
        ["late pdf"] = "\r\njunk before\n%PDF-1.4\n1 0 obj\n%%EOF"u8.ToArray(),
        ["zip"] = Zip(("readme.txt", "hello")),
        ["empty zip"] = [.. "PK\x05\x06"u8, .. new byte[18]],
        ["docx"] = Zip(("[Content_Types].xml", "<Types/>"), ("_rels/.rels", "<R/>"), ("word/document.xml", "<w/>")),
        ["xlsx"] = Zip(("[Content_Types].xml", "<Types/>"), ("xl/workbook.xml", "<w/>")),
        ["pptx"] = Zip(("[Content_Types].xml", "<Types/>"), ("ppt/presentation.xml", "<p/>")),
        ["odt"] = Zip(("mimetype", "application/vnd.oasis.opendocument.text"), ("content.xml", "<o/>")),
        ["epub"] = Zip(("mimetype", "application/epub+zip"), ("META-INF/container.xml", "<c/>")),
        ["bomb"] = Zip(("zeros", new string('0', 5_000_000))),
        ["ole"] = [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1, .. new byte[504]],
        ["rtf"] = @"{\rtf1\ansi Hello}"u8.ToArray(),
        ["gzip"] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        ["7z"] = [(byte)'7', (byte)'z', 0xBC, 0xAF, 0x27, 0x1C, 0, 4],
        ["rar"] = [.. "Rar!\x1A\a\0"u8, 1],
        ["tar"] = [.. "a.txt"u8, .. new byte[252], .. "ustar\000"u8, .. new byte[248]],
        ["mp3"] = [.. "ID3"u8, 3, 0, 0, 0, 0, 0, 0],
        ["wav"] = [.. "RIFF"u8, 36, 0, 0, 0, .. "WAVEfmt "u8],
        ["avi"] = [.. "RIFF"u8, 36, 0, 0, 0, .. "AVI LIST"u8],
        ["ogg"] = [.. "OggS"u8, 0, 2, 0, 0],
        ["flac"] = [.. "fLaC"u8, 0, 0, 0, 34],
        ["mp4"] = [0, 0, 0, 24, .. "ftypisom\0\0\0\0isomiso2"u8],
        ["mov"] = [0, 0, 0, 20, .. "ftypqt  \0\0\0\0qt  "u8],
        ["webm"] = [0x1A, 0x45, 0xDF, 0xA3, 1, 0, 0, 0],
        ["text"] = "2026-03-10 09:00 printer on fire\r\n\tat 12 °C"u8.ToArray(),
        ["latin"] = Encoding.Latin1.GetBytes("Drucker brennt, große Übelkeit"),
        ["utf16"] = [0xFF, 0xFE, .. Encoding.Unicode.GetBytes("Drucker brennt")],
        ["utf16 be"] = [0xFE, 0xFF, .. Encoding.BigEndianUnicode.GetBytes("Drucker brennt")],
        ["colours"] = "\u001b[31merror\u001b[0m"u8.ToArray(),
        ["html"] = Encoding.UTF8.GetBytes(Page),
        ["late html"] = Encoding.UTF8.GetBytes("\uFEFF \r\n\t" + Page),
        ["comment html"] = "<!-- hello --><p>x</p>"u8.ToArray(),
        ["deep html"] = Encoding.UTF8.GetBytes(new string('a', 3000) + "<ScRiPt>alert(1)</script>"),
        ["utf16 html"] = [0xFF, 0xFE, .. Encoding.Unicode.GetBytes(Page)],
        ["utf16 be html"] = [0xFE, 0xFF, .. Encoding.BigEndianUnicode.GetBytes(Page)],
        ["svg"] = """<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>"""u8.ToArray(),
        ["xml"] = """<?xml version="1.0"?><trace/>"""u8.ToArray(),
        ["json"] = """{"a":1}"""u8.ToArray(),
        ["binary"] = [1, 2, 3, 0, 255, 254],
        ["gif script"] = "GIF89a/*\0\0*/=1;alert(1)//"u8.ToArray(),
        ["gif page"] = [.. Convert.FromBase64String("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"), .. "<script>alert(1)</script>"u8],
        ["jpeg page"] = [0xFF, 0xD8, 0xFF, 0xFE, 0, 60, .. Encoding.UTF8.GetBytes(Page), 0xFF, 0xD9],
        ["png pdf"] = [.. Convert.FromBase64String("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ"), .. "%PDF-1.7 "u8],
        ["half png"] = [0x89, .. "PNG\r\n\x1A\n"u8],
        ["bm text"] = "BM is how this text begins, and it goes on"u8.ToArray(),
        ["ttf"] = [0, 1, 0, 0, 0, 12, 0, 128],
    };

    [Theory]
    // Bytes and ending agree.
    [InlineData("png", "photo.png", "image/png")]
    [InlineData("jpeg", "photo.JPG", "image/jpeg")]
    [InlineData("gif", "a.gif", "image/gif")]
    [InlineData("webp", "a.webp", "image/webp")]
    [InlineData("avif", "a.avif", "image/avif")]
    [InlineData("heic", "IMG_1.HEIC", "image/heic")]
    [InlineData("bmp", "a.bmp", "image/bmp")]
    [InlineData("tiff", "scan.tif", "image/tiff")]
    [InlineData("ico", "favicon.ico", "image/x-icon")]
    [InlineData("pdf", "a.pdf", "application/pdf")]
    [InlineData("zip", "a.zip", "application/zip")]
    [InlineData("empty zip", "a.zip", "application/zip")]
    [InlineData("docx", "letter.docx", Docx)]
    [InlineData("xlsx", "sheet.xlsx", Xlsx)]
    [InlineData("pptx", "talk.pptx", Pptx)]
    [InlineData("xlsx", "macro.xlsm", "application/vnd.ms-excel.sheet.macroEnabled.12")]
    [InlineData("odt", "letter.odt", "application/vnd.oasis.opendocument.text")]
    [InlineData("epub", "book.epub", "application/epub+zip")]
    [InlineData("ole", "letter.doc", "application/msword")]
    [InlineData("ole", "mail.msg", "application/vnd.ms-outlook")]
    [InlineData("rtf", "a.rtf", "application/rtf")]
    [InlineData("gzip", "logs.tar.gz", "application/gzip")]
    [InlineData("7z", "a.7z", "application/x-7z-compressed")]
    [InlineData("rar", "a.rar", "application/vnd.rar")]
    [InlineData("tar", "a.tar", "application/x-tar")]
    [InlineData("mp3", "a.mp3", "audio/mpeg")]
    [InlineData("wav", "a.wav", "audio/wav")]
    [InlineData("avi", "a.avi", "video/x-msvideo")]
    [InlineData("ogg", "a.ogg", "audio/ogg")]
    [InlineData("flac", "a.flac", "audio/flac")]
    [InlineData("mp4", "a.mp4", "video/mp4")]
    [InlineData("mov", "clip.MOV", "video/quicktime")]
    [InlineData("webm", "a.webm", "video/webm")]
    [InlineData("text", "trace.log", "text/plain")]
    [InlineData("latin", "alt.txt", "text/plain")]
    [InlineData("utf16", "export.csv", "text/csv")]
    [InlineData("utf16 be", "a.txt", "text/plain")]
    [InlineData("colours", "build.log", "text/plain")]
    [InlineData("xml", "trace.xml", "text/xml")]
    [InlineData("json", "a.json", "application/json")]
    [InlineData("nothing", "empty.log", "text/plain")]
    // A picture under another picture's ending is the picture that it is.
    [InlineData("png", "photo.jpg", "image/png")]
    [InlineData("jpeg", "Screenshot.png", "image/jpeg")]
    // Without an ending, bytes that cannot be mistaken decide.
    [InlineData("png", "image", "image/png")]
    [InlineData("pdf", "scan", "application/pdf")]
    [InlineData("text", "README", "text/plain")]
    [InlineData("pdf", "scan.v2", "application/pdf")]
    // A page that is called a text is one, saved and never shown.
    [InlineData("html", "page.txt", "text/plain")]
    [InlineData("utf16 html", "page.log", "text/plain")]
    // A document in a plain zip is a zip; a zip is no document.
    [InlineData("docx", "a.zip", "application/zip")]
    [InlineData("docx", "sheet.xlsx", FileTypes.Unknown)]
    [InlineData("zip", "book.odt", FileTypes.Unknown)]
    // What the two do not agree on is nothing in particular.
    [InlineData("html", "photo.png", FileTypes.Unknown)]
    [InlineData("late html", "photo.gif", FileTypes.Unknown)]
    [InlineData("comment html", "a.jpg", FileTypes.Unknown)]
    [InlineData("deep html", "a.pdf", FileTypes.Unknown)]
    [InlineData("utf16 html", "a.png", FileTypes.Unknown)]
    [InlineData("utf16 be html", "a.png", FileTypes.Unknown)]
    [InlineData("html", "noending", FileTypes.Unknown)]
    [InlineData("svg", "noending", FileTypes.Unknown)]
    [InlineData("svg", "picture.png", FileTypes.Unknown)]
    [InlineData("xml", "picture.gif", FileTypes.Unknown)]
    [InlineData("late pdf", "a.pdf", FileTypes.Unknown)]
    [InlineData("text", "a.pdf", FileTypes.Unknown)]
    [InlineData("binary", "a.txt", FileTypes.Unknown)]
    [InlineData("png", "a.txt", FileTypes.Unknown)]
    [InlineData("png", "a.docx", FileTypes.Unknown)]
    [InlineData("png", "photo.unknown", FileTypes.Unknown)]
    [InlineData("mp4", "photo.heic", FileTypes.Unknown)]
    [InlineData("half png", "a.png", FileTypes.Unknown)]
    [InlineData("nothing", "a.png", FileTypes.Unknown)]
    [InlineData("bm text", "a.bmp", FileTypes.Unknown)]
    [InlineData("bm text", "a.txt", "text/plain")]
    [InlineData("ttf", "font.ttf", FileTypes.Unknown)]
    // One file that wants to be two things is neither.
    [InlineData("gif script", "a.gif", FileTypes.Unknown)]
    [InlineData("gif page", "a.gif", FileTypes.Unknown)]
    [InlineData("jpeg page", "a.jpg", FileTypes.Unknown)]
    [InlineData("png pdf", "a.png", FileTypes.Unknown)]
    public void Bytes_and_ending_decide_together(string bytes, string name, string type) => Assert.Equal(type, FileTypes.Of(name, Known[bytes]));

    [Theory]
    [InlineData("html")]
    [InlineData("svg")]
    [InlineData("utf16 html")]
    [InlineData("gif page")]
    [InlineData("pdf")]
    [InlineData("xml")]
    public void What_could_run_is_never_shown_whatever_it_is_called(string bytes)
    {
        foreach (var ending in new[] { "", ".png", ".gif", ".jpg", ".svg", ".html", ".txt", ".pdf", ".xml", ".webp", ".bmp", ".avif" })
        {
            var type = FileTypes.Of($"a{ending}", Known[bytes]);
            Assert.False(FileTypes.IsPicture(type), $"a{ending} is shown as {type}");
            Assert.DoesNotContain("html", type, StringComparison.Ordinal);
            Assert.DoesNotContain("svg", type, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_text_may_end_in_the_middle_of_a_character()
    {
        var text = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("ж", FileTypes.HeadLength)));
        for (var cut = 0; cut < 4; cut++)
            Assert.Equal("text/plain", FileTypes.Of("a.txt", text.AsSpan(cut, FileTypes.HeadLength)));
    }

    [Fact]
    public void A_zip_is_never_unpacked()
    {
        var bomb = Known["bomb"];
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Equal("application/zip", FileTypes.Of("bomb.zip", bomb));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000_000);
    }

    private static byte[] Zip(params (string Name, string Text)[] entries)
    {
        using var bytes = new MemoryStream();
        using (var zip = new ZipArchive(bytes, ZipArchiveMode.Create))
        {
            foreach (var (name, text) in entries)
            {
                using var entry = zip.CreateEntry(name, name == "mimetype" ? CompressionLevel.NoCompression : CompressionLevel.Fastest).Open();
                entry.Write(Encoding.UTF8.GetBytes(text));
            }
        }

        return bytes.ToArray();
    }
}
