using Azure;
using Azure.Data.Tables;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;
using Helpdesk.Functions.Storage;
using Helpdesk.Portal;

namespace Helpdesk.Functions.Portal;

/// <summary>Keeps how each workspace's pages look, and the pictures on them.</summary>
public sealed class PortalLooks(SettingsStore settings, SettingsTransactions transactions, StorageClients storage)
{
    public static SettingKind<PortalLook> Kind { get; } = new("portal-", _ => Id, PortalJson.Stored.PortalLook) { Audited = "portal" };

    private const string Id = "look";

    /// <summary>So much of a picture is in one column.</summary>
    private const int ColumnLength = 60_000;

    private TableClient Table => storage.Table(PortalStore.TableName);

    /// <summary>Where a picture is: another one has another address.</summary>
    public static string PathOf(string workspace, PortalLogo logo)
    {
        ArgumentNullException.ThrowIfNull(logo);
        return $"/support/logo/{workspace}/{logo.Id}";
    }

    /// <summary>The workspace's look, at most a few seconds old; the standard one where none is set.</summary>
    public async ValueTask<PortalLook> FindAsync(string workspace, CancellationToken cancellationToken) =>
        await settings.RememberAsync(workspace, Kind, cancellationToken) is [var look, ..] ? look : new();

    /// <summary>The workspace's look as it is now.</summary>
    public async Task<PortalLook> ReadAsync(string workspace, CancellationToken cancellationToken) =>
        await settings.ListAsync(workspace, Kind, cancellationToken) is [var look, ..] ? look : new();

    /// <summary>Changes the look under its version. A new picture is stored before anything names it, and the one before goes last.</summary>
    public async Task<PortalLook> ChangeAsync(
        string workspace,
        IfMatch ifMatch,
        Func<PortalLook, PortalLook> change,
        byte[]? picture,
        CancellationToken cancellationToken
    )
    {
        if (picture is not null)
            await Table.UpsertEntityAsync(Row(workspace, IdOf(picture), picture), TableUpdateMode.Replace, cancellationToken);
        var (before, after) = await transactions.RunAsync(
            workspace,
            async changes =>
            {
                var current = await ReadAsync(workspace, cancellationToken);
                ifMatch.Check(current.Version);
                var changed = change(current);
                if (changed == current)
                    return (current, current);
                changed = changed with { Version = current.Version + 1 };
                changes.Put(Kind, changed);
                return (current, changed);
            },
            cancellationToken
        );
        if (before.Logo is { } old && old.Id != after.Logo?.Id)
            await Table.DeleteEntityAsync(Partition(workspace), old.Id, ETag.All, cancellationToken);
        return after;
    }

    /// <summary>The picture of an id; null when there is none.</summary>
    public async Task<byte[]?> ReadPictureAsync(string workspace, string id, CancellationToken cancellationToken)
    {
        var found = await Table.GetEntityIfExistsAsync<TableEntity>(Partition(workspace), id, cancellationToken: cancellationToken);
        if (!found.HasValue)
            return null;
        var columns = found.Value!.GetInt32("Columns") ?? 0;
        return [.. Enumerable.Range(0, columns).SelectMany(column => found.Value!.GetBinary($"Picture{column}") ?? [])];
    }

    /// <summary>The name of a picture, made of what is in it.</summary>
    public static string IdOf(byte[] picture) => Hashes.Short(picture);

    private static TableEntity Row(string workspace, string id, byte[] picture)
    {
        var parts = picture.Chunk(ColumnLength).ToList();
        var row = new TableEntity(Partition(workspace), id) { ["Columns"] = parts.Count };
        for (var column = 0; column < parts.Count; column++)
            row[$"Picture{column}"] = parts[column];
        return row;
    }

    private static string Partition(string workspace) => $"{workspace}:look";
}
