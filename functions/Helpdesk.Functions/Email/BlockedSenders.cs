using Helpdesk.Contacts;
using Helpdesk.Email;
using Helpdesk.Functions.Contacts;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;

namespace Helpdesk.Functions.Email;

/// <summary>Whose mails a workspace sets aside.</summary>
public sealed class BlockedSenders(SettingsStore settings, TimeProvider time)
{
    /// <summary>So many a workspace may have: each mail is compared with all of them.</summary>
    public const int Most = 1000;

    public static SettingKind<BlockedSender> Kind { get; } =
        new("blocked-", blocked => blocked.Id, EmailJson.Default.BlockedSender) { Audited = "blocked-sender" };

    /// <summary>What blocks a sender; null when nothing does. At most half a minute old.</summary>
    public async ValueTask<string?> FindReasonAsync(string workspace, string email, CancellationToken cancellationToken) =>
        BlockedSender.Of(await settings.RememberAsync(workspace, Kind, cancellationToken), email);

    /// <summary>Blocks a sender. One that is blocked already stays as it is.</summary>
    public async Task<BlockedSender> AddAsync(string workspace, string sender, string? reason, Actor by, CancellationToken cancellationToken)
    {
        var all = await settings.ListAsync(workspace, Kind, cancellationToken);
        if (all.Count >= Most && all.All(one => one.Sender != sender))
            throw new HelpdeskRuleException("too-many-blocked", $"{Most} senders are blocked already: block their domains, or let some in again first.");
        var blocked = new BlockedSender(IdOf(sender), sender, reason, by, time.GetUtcNow());
        return await settings.FindOrAddAsync(workspace, Kind, blocked.Id, () => blocked, cancellationToken);
    }

    /// <summary>A blocked address or domain; null for one that is not blocked by its own name.</summary>
    public async Task<BlockedSender?> FindAsync(string workspace, string sender, CancellationToken cancellationToken) =>
        BlockedSender.Normal(sender) is { } known ? await settings.FindAsync(workspace, Kind, IdOf(known), cancellationToken) : null;

    /// <summary>Lets a sender in again; false when they were not blocked by that name.</summary>
    public async Task<bool> RemoveAsync(string workspace, string sender, CancellationToken cancellationToken) =>
        BlockedSender.Normal(sender) is { } known && await settings.RemoveAsync(workspace, Kind, IdOf(known), cancellationToken);

    public Task<ListPage<BlockedSender>> ReadAsync(string workspace, int limit, string? cursor, CancellationToken cancellationToken) =>
        settings.ListAsync(workspace, Kind, limit, cursor, cancellationToken);

    private static string IdOf(string sender) => Hashes.Short(sender);
}

/// <summary>Erases people from the senders that are blocked: their addresses go, and what is said of them as the reason of others.</summary>
public sealed class BlockedSenderErasure(SettingsStore settings) : IHoldsPersonalData
{
    public string Name => "blocked-senders";

    public int Place => 73;

    public async Task<ErasureStep> EraseAsync(ErasureOrder order, string? from, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(order);
        var erased = 0L;
        foreach (var blocked in await settings.ListAsync(order.Workspace, BlockedSenders.Kind, cancellationToken))
        {
            if (order.Person.Is(blocked.Sender))
                await settings.RemoveAsync(order.Workspace, BlockedSenders.Kind, blocked.Id, cancellationToken);
            else if (blocked.Reason is { } reason && order.Person.IsIn(reason))
                await settings.PutAsync(
                    order.Workspace,
                    BlockedSenders.Kind,
                    blocked with
                    {
                        Reason = order.Person.Text(reason, own: false),
                    },
                    cancellationToken
                );
            else
                continue;
            erased++;
        }

        return new(erased, null);
    }
}
