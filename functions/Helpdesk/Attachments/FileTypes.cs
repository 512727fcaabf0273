using System.Buffers.Binary;
using System.Collections.Frozen;
using System.Text;
using System.Text.Unicode;

namespace Helpdesk.Attachments;

/// <summary>
/// Decides what a file is by its bytes and its ending together. What the two do not agree on is <see cref="Unknown"/>: it is saved, and never shown.
/// </summary>
public static class FileTypes
{
    /// <summary>How much of a file is looked at, in bytes.</summary>
    public const int HeadLength = 64 * 1024;

    /// <summary>What could be anything.</summary>
    public const string Unknown = "application/octet-stream";

    private const string Text = "text/plain";

    /// <summary>What no text holds; tabs, lines, pages and terminal colours it may.</summary>
    private static readonly System.Buffers.SearchValues<char> NoText = System.Buffers.SearchValues.Create([
        .. Enumerable.Range(0, 32).Select(code => (char)code).Where(letter => letter is not ('\b' or '\t' or '\n' or '\v' or '\f' or '\r' or '\e' or '\x1A')),
    ]);

    /// <summary>Pictures that every browser shows and that can hold no script.</summary>
    private static readonly FrozenSet<string> Shown = FrozenSet.Create(
        StringComparer.Ordinal,
        "image/png",
        "image/jpeg",
        "image/gif",
        "image/webp",
        "image/avif",
        "image/bmp"
    );

    /// <summary>What a browser, or who sniffs like one, takes for the beginning of a page, a picture with scripts, or a style sheet with scripts.</summary>
    private static readonly string[] Markup =
    [
        "<!doctype",
        "<html",
        "<head",
        "<body",
        "<script",
        "<iframe",
        "<svg",
        "<!--",
        "<?xml",
        "<h1",
        "<div",
        "<font",
        "<table",
        "<a ",
        "<style",
        "<title",
        "<b>",
        "<br",
        "<p>",
        "<p ",
        "<img",
        "<meta",
        "<form",
        "<object",
        "<embed",
        "<xsl:",
        "<base",
    ];

    /// <summary>What has no place in the head of a picture: somebody wants one file to be two things.</summary>
    private static readonly string[] Active = ["<script", "<html", "<!doctype", "<svg", "<iframe", "<body", "<?php", "javascript:", "%pdf-"];

    /// <summary>Endings, the type of each, and the family of bytes that it must have.</summary>
    private static readonly FrozenDictionary<string, (string Type, Family Family)> Endings = new (string Endings, string Type, Family Family)[]
    {
        ("png apng", "image/png", Family.Picture),
        ("jpg jpeg jpe jfif", "image/jpeg", Family.Picture),
        ("gif", "image/gif", Family.Picture),
        ("webp", "image/webp", Family.Picture),
        ("avif", "image/avif", Family.Picture),
        ("bmp dib", "image/bmp", Family.Picture),
        ("heic", "image/heic", Family.Picture),
        ("heif", "image/heif", Family.Picture),
        ("tif tiff", "image/tiff", Family.Picture),
        ("ico", "image/x-icon", Family.Picture),
        ("pdf", "application/pdf", Family.Pdf),
        ("zip", "application/zip", Family.Zip),
        ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", Family.Zip),
        ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", Family.Zip),
        ("pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation", Family.Zip),
        ("docm", "application/vnd.ms-word.document.macroEnabled.12", Family.Zip),
        ("xlsm", "application/vnd.ms-excel.sheet.macroEnabled.12", Family.Zip),
        ("pptm", "application/vnd.ms-powerpoint.presentation.macroEnabled.12", Family.Zip),
        ("odt", "application/vnd.oasis.opendocument.text", Family.Zip),
        ("ods", "application/vnd.oasis.opendocument.spreadsheet", Family.Zip),
        ("odp", "application/vnd.oasis.opendocument.presentation", Family.Zip),
        ("epub", "application/epub+zip", Family.Zip),
        ("doc dot", "application/msword", Family.Compound),
        ("xls xlt", "application/vnd.ms-excel", Family.Compound),
        ("ppt pps", "application/vnd.ms-powerpoint", Family.Compound),
        ("msg", "application/vnd.ms-outlook", Family.Compound),
        ("vsd", "application/vnd.visio", Family.Compound),
        ("rtf", "application/rtf", Family.Rtf),
        ("gz tgz", "application/gzip", Family.Gzip),
        ("7z", "application/x-7z-compressed", Family.SevenZip),
        ("rar", "application/vnd.rar", Family.Rar),
        ("bz2", "application/x-bzip2", Family.Bzip),
        ("xz", "application/x-xz", Family.Xz),
        ("zst", "application/zstd", Family.Zstd),
        ("tar", "application/x-tar", Family.Tar),
        ("mp3", "audio/mpeg", Family.Mp3),
        ("wav", "audio/wav", Family.Wave),
        ("ogg oga opus", "audio/ogg", Family.Ogg),
        ("ogv", "video/ogg", Family.Ogg),
        ("flac", "audio/flac", Family.Flac),
        ("m4a", "audio/mp4", Family.IsoMedia),
        ("mp4 m4v", "video/mp4", Family.IsoMedia),
        ("mov qt", "video/quicktime", Family.IsoMedia),
        ("3gp", "video/3gpp", Family.IsoMedia),
        ("webm", "video/webm", Family.Matroska),
        ("mkv", "video/x-matroska", Family.Matroska),
        ("avi", "video/x-msvideo", Family.Avi),
        ("txt text log ini conf cfg md markdown yml yaml toml sql har tsv out err diff patch properties env reg-txt", Text, Family.Text),
        ("csv", "text/csv", Family.Text),
        ("json ndjson jsonl geojson ipynb", "application/json", Family.Text),
        ("xml plist", "text/xml", Family.Text),
        ("ics", "text/calendar", Family.Text),
        ("vcf", "text/vcard", Family.Text),
        ("eml", "message/rfc822", Family.Text),
        ("pem crt cer csr p7s asc", Unknown, Family.Unknown),
    }
        .SelectMany(line => line.Endings.Split(' ').Select(ending => (ending, line.Type, line.Family)))
        .ToFrozenDictionary(line => line.ending, line => (line.Type, line.Family), StringComparer.OrdinalIgnoreCase);

    /// <summary>The families of bytes that are told apart.</summary>
    private enum Family
    {
        Unknown,
        Picture,
        Pdf,
        Zip,
        Compound,
        Rtf,
        Gzip,
        SevenZip,
        Rar,
        Bzip,
        Xz,
        Zstd,
        Tar,
        Mp3,
        Wave,
        Ogg,
        Flac,
        IsoMedia,
        Matroska,
        Avi,
        Text,

        /// <summary>Text that a browser could take for a page.</summary>
        Markup,
    }

    /// <summary>Whether a file of this type is shown where it stands; every other one is saved, never opened as a page of ours.</summary>
    public static bool IsPicture(string contentType) => Shown.Contains(contentType);

    /// <summary>The type that an ending stands for, whatever the bytes are; <see cref="Unknown"/> for one that is not known.</summary>
    public static string OfName(string name) => Endings.TryGetValue(FileNames.EndingOf(name), out var known) ? known.Type : Unknown;

    /// <summary>The content type under which a file is kept and given away.</summary>
    /// <param name="head">The first <see cref="HeadLength"/> bytes, or all of them.</param>
    public static string Of(string name, ReadOnlySpan<byte> head)
    {
        var (type, family) = FamilyOf(head);
        var ending = FileNames.EndingOf(name);
        if (!Endings.TryGetValue(ending, out var named))
        {
            // Without an ending that says anything, only bytes that cannot be mistaken do.
            return ending.Length > 0 && family == Family.Picture ? Unknown : type;
        }

        return (named.Family, family) switch
        {
            // Which picture it is, its bytes know better: phones and screenshots are often misnamed.
            (Family.Picture, Family.Picture) => type,
            (Family.Zip, Family.Zip) => IsKindOfZip(named.Type, type) ? named.Type : Unknown,
            // An empty file is whatever it is called, as long as nobody shows it.
            (not Family.Picture, _) when head.IsEmpty => named.Type,
            // A log may quote a page; as plain text it stays one.
            (Family.Text, Family.Text or Family.Markup) => named.Type,
            var (expected, found) when expected == found => named.Type,
            _ => Unknown,
        };
    }

    private static (string Type, Family Family) FamilyOf(ReadOnlySpan<byte> head)
    {
        if (PictureOf(head) is { } picture)
            return HasAny(head, Active) ? (Unknown, Family.Unknown) : (picture, Family.Picture);
        if (head.StartsWith("%PDF-"u8))
            return ("application/pdf", Family.Pdf);
        if (head.StartsWith("PK\x03\x04"u8) || head.StartsWith("PK\x05\x06"u8))
            return (ZipOf(head), Family.Zip);
        if (head.StartsWith<byte>([0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]))
            return ("application/x-ole-storage", Family.Compound);
        if (head.StartsWith("{\\rtf"u8))
            return ("application/rtf", Family.Rtf);
        if (ArchiveOf(head) is { } archive)
            return archive;
        if (SoundOrFilmOf(head) is { } media)
            return media;
        return TextOf(head);
    }

    private static string? PictureOf(ReadOnlySpan<byte> head)
    {
        if (head.StartsWith<byte>([0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A]))
            return head.Length >= 24 && head[12..].StartsWith("IHDR"u8) ? "image/png" : null;
        if (head.StartsWith<byte>([0xFF, 0xD8, 0xFF]))
            return head.Length > 4 ? "image/jpeg" : null;
        // Width and height follow; "GIF89a/*" is how a script begins that wants to be a picture as well.
        if (head.StartsWith("GIF87a"u8) || head.StartsWith("GIF89a"u8))
            return head.Length >= 13 && head[6] != (byte)'/' && head[6] != (byte)'=' && head[6] != (byte)'\n' && head[6] != (byte)' ' ? "image/gif" : null;
        if (head.StartsWith("RIFF"u8) && head.Length >= 16 && head[8..].StartsWith("WEBP"u8))
            return head[12..].StartsWith("VP8"u8) ? "image/webp" : null;
        if (head.StartsWith("BM"u8))
            return IsBitmap(head) ? "image/bmp" : null;
        if (head.Length >= 16 && head[4..].StartsWith("ftyp"u8))
            return Latin(head.Slice(8, 4)) switch
            {
                "avif" or "avis" => "image/avif",
                "heic" or "heix" or "hevc" or "hevx" => "image/heic",
                "mif1" or "msf1" => "image/heif",
                _ => null,
            };
        if (head.StartsWith("II*\0"u8) || head.StartsWith("MM\0*"u8))
            return "image/tiff";
        return head.Length >= 22 && head.StartsWith<byte>([0, 0, 1, 0]) && head[4] is > 0 and < 64 && head[5] == 0 && head[9] == 0 ? "image/x-icon" : null;
    }

    /// <summary>"BM" alone may begin any text: the size of the header that follows is one of a few.</summary>
    private static bool IsBitmap(ReadOnlySpan<byte> head) =>
        head.Length >= 26
        && BinaryPrimitives.ReadInt32LittleEndian(head[6..]) == 0
        && BinaryPrimitives.ReadInt32LittleEndian(head[14..]) is 12 or 40 or 52 or 56 or 64 or 108 or 124;

    /// <summary>Which kind of zip it is, by the names of its first entries as they stand in the file; nothing is unpacked.</summary>
    private static string ZipOf(ReadOnlySpan<byte> head)
    {
        if (head.Length > 38 && head[30..].StartsWith("mimetype"u8))
        {
            var declared = Latin(head[38..Math.Min(head.Length, 38 + 80)]);
            foreach (var (type, _) in Endings.Values)
            {
                if (type.StartsWith("application/vnd.oasis", StringComparison.Ordinal) || type == "application/epub+zip")
                {
                    if (declared.StartsWith(type, StringComparison.Ordinal))
                        return type;
                }
            }
        }

        // Of Office's folders whichever comes first: a document in a zip is inside, and its own names are packed with it.
        var (word, excel, slides) = (head.IndexOf("word/"u8), head.IndexOf("xl/"u8), head.IndexOf("ppt/"u8));
        if (head.IndexOf("[Content_Types].xml"u8) < 0)
            return "application/zip";
        return First(word, excel, slides) switch
        {
            0 => OfName("a.docx"),
            1 => OfName("a.xlsx"),
            2 => OfName("a.pptx"),
            _ => "application/zip",
        };
    }

    private static int First(params ReadOnlySpan<int> places)
    {
        var first = -1;
        for (var i = 0; i < places.Length; i++)
        {
            if (places[i] >= 0 && (first < 0 || places[i] < places[first]))
                first = i;
        }

        return first;
    }

    /// <summary>Whether a zip whose bytes are of one type may go by the name of another.</summary>
    private static bool IsKindOfZip(string named, string found) =>
        named == found
        // The names that tell Office's files apart may lie behind what is looked at.
        || (found == "application/zip" && named != "application/epub+zip" && !named.StartsWith("application/vnd.oasis", StringComparison.Ordinal))
        || named == "application/zip"
        || (named.EndsWith(".macroEnabled.12", StringComparison.Ordinal) && found.StartsWith("application/vnd.openxml", StringComparison.Ordinal));

    private static (string Type, Family Family)? ArchiveOf(ReadOnlySpan<byte> head)
    {
        if (head.StartsWith<byte>([0x1F, 0x8B, 0x08]))
            return ("application/gzip", Family.Gzip);
        if (head.StartsWith<byte>([(byte)'7', (byte)'z', 0xBC, 0xAF, 0x27, 0x1C]))
            return ("application/x-7z-compressed", Family.SevenZip);
        if (head.StartsWith("Rar!\x1A\x07"u8))
            return ("application/vnd.rar", Family.Rar);
        if (head.StartsWith("BZh"u8) && head.Length > 10 && head[4..].StartsWith<byte>([0x31, 0x41, 0x59, 0x26, 0x53, 0x59]))
            return ("application/x-bzip2", Family.Bzip);
        if (head.StartsWith<byte>([0xFD, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', 0]))
            return ("application/x-xz", Family.Xz);
        if (head.StartsWith<byte>([0x28, 0xB5, 0x2F, 0xFD]))
            return ("application/zstd", Family.Zstd);
        return head.Length > 262 && head[257..].StartsWith("ustar"u8) ? ("application/x-tar", Family.Tar) : null;
    }

    private static (string Type, Family Family)? SoundOrFilmOf(ReadOnlySpan<byte> head)
    {
        if (head.StartsWith("ID3"u8) || (head.Length > 3 && head[0] == 0xFF && head[1] is 0xFB or 0xFA or 0xF3 or 0xF2))
            return ("audio/mpeg", Family.Mp3);
        if (head.StartsWith("RIFF"u8) && head.Length >= 12)
            return head[8..].StartsWith("WAVE"u8) ? ("audio/wav", Family.Wave)
                : head[8..].StartsWith("AVI "u8) ? ("video/x-msvideo", Family.Avi)
                : null;
        if (head.StartsWith("OggS"u8))
            return ("audio/ogg", Family.Ogg);
        if (head.StartsWith("fLaC"u8))
            return ("audio/flac", Family.Flac);
        if (head.StartsWith<byte>([0x1A, 0x45, 0xDF, 0xA3]))
            return ("video/x-matroska", Family.Matroska);
        return head.Length >= 12 && head[4..].StartsWith("ftyp"u8) ? ("video/mp4", Family.IsoMedia) : null;
    }

    private static (string Type, Family Family) TextOf(ReadOnlySpan<byte> head)
    {
        if (head.IsEmpty)
            return (Unknown, Family.Unknown);
        if (Decode(head) is not { } text)
            return (Unknown, Family.Unknown);
        // Even words that begin with white space or a comment are a page to a browser.
        return IsMarkup(text) ? (Unknown, Family.Markup) : (Text, Family.Text);
    }

    private static bool IsMarkup(string text)
    {
        var begin = text.AsSpan().TrimStart([' ', '\t', '\r', '\n', '\f', '\uFEFF']);
        foreach (var mark in Markup)
        {
            if (begin.StartsWith(mark, StringComparison.OrdinalIgnoreCase))
                return true;
        }

        return text.Contains("<script", StringComparison.OrdinalIgnoreCase)
            || text.Contains("<html", StringComparison.OrdinalIgnoreCase)
            || text.Contains("<svg", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Bytes as text: UTF-8, UTF-16 with a byte order mark, or an older charset; null when they are none.</summary>
    private static string? Decode(ReadOnlySpan<byte> head)
    {
        if (head.StartsWith<byte>([0xFF, 0xFE]))
            return OrNull(Encoding.Unicode.GetString(head[2..(head.Length & ~1)]));
        if (head.StartsWith<byte>([0xFE, 0xFF]))
            return OrNull(Encoding.BigEndianUnicode.GetString(head[2..(head.Length & ~1)]));
        if (head.IndexOf((byte)0) >= 0)
            return null;
        // The last character may be cut in two.
        var whole = head.Length < HeadLength ? head : head[..^4];
        return OrNull(Utf8.IsValid(whole) ? Encoding.UTF8.GetString(whole) : Latin(whole));
    }

    private static string? OrNull(string text) => text.AsSpan().IndexOfAny(NoText) < 0 ? text : null;

    private static bool HasAny(ReadOnlySpan<byte> head, string[] marks)
    {
        var text = Latin(head);
        foreach (var mark in marks)
        {
            if (text.Contains(mark, StringComparison.OrdinalIgnoreCase))
                return true;
        }

        return false;
    }

    private static string Latin(ReadOnlySpan<byte> bytes) => Encoding.Latin1.GetString(bytes);
}
