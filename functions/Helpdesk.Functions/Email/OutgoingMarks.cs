using Helpdesk.Email;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;

namespace Helpdesk.Functions.Email;

/// <summary>What stands in every mail of the desk, so that an answer is understood.</summary>
public static class OutgoingMarks
{
    /// <summary>The header that names the desk which wrote a mail.</summary>
    public const string DeskHeader = AutomaticMail.LoopHeader;

    /// <summary>Above this line an answer is new; below it, the desk's own words are quoted.</summary>
    public const string Line = "##- Please reply above this line -##";

    /// <summary>The token of a ticket as it stands in a text.</summary>
    public static string Token(string token) => $"[ref:{token}]";
}

/// <summary>Which desk this is.</summary>
public sealed record DeskId(string Id);

/// <summary>The name of this desk in its mails: one for each storage, made once.</summary>
public sealed class DeskIdentity(SettingsStore settings)
{
    private const string Partition = "~mail";
    private const string Current = "current";
    private static readonly SettingKind<DeskId> Kind = new("deskid-", _ => Current, EmailJson.Default.DeskId);
    private string? _id;

    public async ValueTask<string> IdAsync(CancellationToken cancellationToken) =>
        _id ??= (await settings.FindOrAddAsync(Partition, Kind, Current, () => new DeskId(Hashes.RandomName(16)), cancellationToken)).Id;
}
