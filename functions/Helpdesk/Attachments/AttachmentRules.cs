using System.Buffers.Binary;
using System.Collections.Frozen;

namespace Helpdesk.Attachments;

/// <summary>Which files people may never attach: programs and scripts.</summary>
public static class AttachmentRules
{
    /// <summary>Endings by which a desktop, a phone or a browser runs what is in a file.</summary>
    private static readonly FrozenSet<string> Programs = new[]
    {
        // Windows: programs, installers, what loads or starts them, and disk images that hide where a program came from.
        "exe com scr pif cpl dll ocx sys drv bat cmd msi msix msixbundle msp mst appx appxbundle application appref-ms gadget",
        "lnk url scf inf ins isp reg hta chm hlp msc job sct shb shs wsc wsf wsh ws vb vbe vbs ps1 ps1xml ps2 ps2xml psc1 psc2 psm1 psd1",
        "iso img vhd vhdx library-ms search-ms settingcontent-ms theme xll ade adp mde",
        // Other systems.
        "sh bash zsh csh ksh fish command run elf so dylib app dmg pkg mpkg workflow scpt applescript deb rpm appimage flatpakref snap "
            + "desktop apk xapk aab ipa",
        // Languages that are run as they are, and pages with scripts in them.
        "jar jnlp class js jse mjs cjs py pyc pyw pyz rb pl php phar phtml asp aspx jsp cgi swf",
        "html htm xhtml xht shtml mht mhtml svg svgz xsl xslt",
    }.SelectMany(line => line.Split(' ')).ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>The endings of programs and scripts, without their dots.</summary>
    public static IEnumerable<string> ProgramEndings => Programs.Order(StringComparer.Ordinal);

    /// <summary>Whether a name belongs to a program or a script. The last ending decides, since that is what opens a file.</summary>
    public static bool IsProgram(string name)
    {
        // "run.exe::$DATA" opens run.exe, and so does "run.exe:stream".
        var colon = name.IndexOf(':', StringComparison.Ordinal);
        return Programs.Contains(FileNames.EndingOf(name)) || (colon > 0 && Programs.Contains(FileNames.EndingOf(name[..colon])));
    }

    /// <summary>
    /// Whether bytes are a program, whatever the file is called: a Windows, Linux or macOS executable, or a script that names its interpreter.
    /// </summary>
    public static bool IsProgram(ReadOnlySpan<byte> bytes) =>
        bytes.StartsWith("\u007fELF"u8) || bytes.StartsWith("#!/"u8) || IsMachO(bytes) || IsPortableExecutable(bytes);

    private static bool IsMachO(ReadOnlySpan<byte> bytes) =>
        bytes.Length > 4 && BinaryPrimitives.ReadUInt32LittleEndian(bytes) is 0xFEEDFACE or 0xFEEDFACF or 0xCEFAEDFE or 0xCFFAEDFE;

    /// <summary>"MZ" alone may begin any text; the header that it leads to does not.</summary>
    private static bool IsPortableExecutable(ReadOnlySpan<byte> bytes) =>
        bytes.Length > 0x40
        && bytes.StartsWith("MZ"u8)
        && BinaryPrimitives.ReadInt32LittleEndian(bytes[0x3C..]) is var header
        && header > 0
        && header < bytes.Length - 4
        && bytes[header..].StartsWith("PE\0\0"u8);
}
