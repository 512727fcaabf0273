using System.Collections.Frozen;

namespace Helpdesk.Attachments;

/// <summary>Why a file is not taken.</summary>
public enum FileRefusal
{
    /// <summary>It is a program or a script, by its name or by its bytes.</summary>
    Program,

    /// <summary>Files of this ending are not wanted here.</summary>
    Ending,
    TooLarge,
    TooMany,

    /// <summary>All files of the message together are too large.</summary>
    TooMuch,
}

/// <summary>How many files people may attach, how large, and of which kinds; the same for every channel.</summary>
public sealed record AttachmentLimits
{
    /// <summary>The most files that one message may ever have, whatever the settings say.</summary>
    public const int MostFiles = 25;

    private const long Megabyte = 1024 * 1024;

    /// <summary>The limits of a desk that has set none.</summary>
    public static AttachmentLimits Default { get; } = new();

    /// <summary>The largest file, in megabytes.</summary>
    public int FileMegabytes { get; init; } = 25;

    /// <summary>Files with one message.</summary>
    public int FilesPerMessage { get; init; } = 10;

    /// <summary>All files of one message together, in megabytes.</summary>
    public int MessageMegabytes { get; init; } = 50;

    /// <summary>All files of one ticket together, in megabytes.</summary>
    public int TicketMegabytes { get; init; } = 1024;

    /// <summary>Endings that are not taken, besides those of programs; without dots, in lower case.</summary>
    public IReadOnlySet<string> Denied { get; init; } = FrozenSet<string>.Empty;

    /// <summary>The only endings that are taken; empty for all. Programs are never taken.</summary>
    public IReadOnlySet<string> Allowed { get; init; } = FrozenSet<string>.Empty;

    public long FileBytes => FileMegabytes * Megabyte;

    public long MessageBytes => MessageMegabytes * Megabyte;

    public long TicketBytes => TicketMegabytes * Megabyte;

    /// <summary>Endings that pages refuse before they send anything; without dots.</summary>
    public IEnumerable<string> RefusedEndings => AttachmentRules.ProgramEndings.Concat(Denied).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);

    /// <summary>Why each file of a message is not taken, in their order; null for those that are.</summary>
    public IReadOnlyList<FileRefusal?> Refusals(IReadOnlyList<(string Name, ReadOnlyMemory<byte> Bytes)> files)
    {
        var (count, room) = (0, MessageBytes);
        var refusals = new List<FileRefusal?>(files.Count);
        foreach (var (name, bytes) in files)
        {
            var refusal =
                Refuses(name, bytes.Span) is { } kind ? kind
                : bytes.Length > FileBytes ? FileRefusal.TooLarge
                : count == FilesPerMessage ? FileRefusal.TooMany
                : bytes.Length > room ? FileRefusal.TooMuch
                : (FileRefusal?)null;
            refusals.Add(refusal);
            if (refusal is not null)
                continue;
            count++;
            room -= bytes.Length;
        }

        return refusals;
    }

    /// <summary>Why a file is not taken, in words for agents and programs.</summary>
    public string Explain(FileRefusal why) =>
        why switch
        {
            FileRefusal.Program => "it is a program or a script",
            FileRefusal.Ending => "files of this ending are not taken here",
            FileRefusal.TooLarge => $"a file may have {FileMegabytes} MB",
            FileRefusal.TooMuch => $"all files together may have {MessageMegabytes} MB",
            _ => $"there may be {FilesPerMessage} files",
        };

    /// <summary>Why a file of this name and beginning is not taken, whatever its size; null when it is.</summary>
    public FileRefusal? Refuses(string name, ReadOnlySpan<byte> head)
    {
        var ending = FileNames.EndingOf(name);
        return AttachmentRules.IsProgram(name) || AttachmentRules.IsProgram(head) ? FileRefusal.Program
            : Denied.Contains(ending) || (Allowed.Count > 0 && !Allowed.Contains(ending)) ? FileRefusal.Ending
            : null;
    }
}
