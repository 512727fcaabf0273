using System.Globalization;
using System.Text.Json;
using Azure.Data.Tables;
using Helpdesk.Bot.Protocol;
using Helpdesk.Functions.Hosting;

namespace Helpdesk.Functions.Chat;

/// <summary>What is still to be said through a connector: a row each, in order.</summary>
internal static class Outbox
{
    public const string Prefix = "outbox-";

    /// <summary>How long the process that committed a row has it to itself.</summary>
    public static TimeSpan Claim { get; } = TimeSpan.FromSeconds(60);

    public static TableEntity Row(string place, Activity activity, int index, DateTimeOffset now)
    {
        var row = new TableEntity(place, string.Create(CultureInfo.InvariantCulture, $"{Prefix}{now.UtcTicks:D19}-{index:D3}-{Hashes.RandomName(6)}")) { ["ClaimedUntil"] = now + Claim };
        LongText.Write(row, "Activity", JsonSerializer.Serialize(activity, ProtocolJson.Wire.Activity));
        return row;
    }

    public static Activity Read(TableEntity row) => JsonSerializer.Deserialize(LongText.Read(row, "Activity"), ProtocolJson.Wire.Activity)!;
}
