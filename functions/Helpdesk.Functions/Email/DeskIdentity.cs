using Helpdesk.Email;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;

namespace Helpdesk.Functions.Email;

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
