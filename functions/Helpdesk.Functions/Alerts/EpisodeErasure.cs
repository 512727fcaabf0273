using System.Text.Json;
using Azure.Data.Tables;
using Helpdesk.Alerts;
using Helpdesk.Contacts;
using Helpdesk.Functions.Contacts;
using Helpdesk.Functions.Storage;

namespace Helpdesk.Functions.Alerts;

/// <summary>Erases people from what monitoring tools said. Alerts are nobody's own: names and addresses in them go, whatever is asked for.</summary>
public sealed class EpisodeErasure(StorageClients storage) : IHoldsPersonalData
{
    public string Name => "episodes";

    public int Place => 75;

    public async Task<ErasureStep> EraseAsync(ErasureOrder order, string? from, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(order);
        var table = storage.Table(EpisodeStore.TableName);
        var (rows, next) = await table.ReadPageAsync(order.Workspace, from, cancellationToken);
        var erased = 0L;
        foreach (var row in rows)
        {
            if (Without(row, order.Person) is not { } state || state == LongText.Read(row, "State"))
                continue;
            LongText.Write(row, "State", state);
            await table.UpdateEntityAsync(row, row.ETag, TableUpdateMode.Replace, cancellationToken);
            erased++;
        }

        return new(erased, next);
    }

    /// <summary>The state of a row without somebody; null for a row that has no words.</summary>
    private static string? Without(TableEntity row, ErasedPerson person)
    {
        if (EpisodeStore.IsHistory(row))
        {
            var history = EpisodeStore.Read(row);
            var without = history with { Key = person.Text(history.Key, own: true), Episodes = [.. history.Episodes.Select(one => Of(one, person))] };
            return JsonSerializer.Serialize(without, EpisodeJson.Default.EpisodeHistory);
        }

        return EpisodeStore.IsEpisode(row) ? JsonSerializer.Serialize(Of(EpisodeStore.ReadEpisode(row), person), EpisodeJson.Default.Episode) : null;
    }

    private static Episode Of(Episode episode, ErasedPerson person) =>
        episode with
        {
            Subject = person.Text(episode.Subject, own: true),
            Description = person.Text(episode.Description, own: true),
            Labels = Of(episode.Labels, person),
            Links = Of(episode.Links, person),
        };

    private static Dictionary<string, string> Of(IReadOnlyDictionary<string, string> texts, ErasedPerson person) =>
        texts.ToDictionary(text => text.Key, text => person.Text(text.Value, own: true), StringComparer.Ordinal);
}
