using System.Text.Json;
using Azure.Data.Tables;
using Helpdesk.Bot.Conversations;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Storage;

namespace Helpdesk.Functions.Conversations;

/// <summary>What is still to be brought to a channel: a row each, in order.</summary>
internal static class Outbox
{
    /// <summary>How long the process that committed a row has it to itself.</summary>
    public static TimeSpan Claim { get; } = TimeSpan.FromSeconds(60);

    public static TableEntity Row(string place, ChatLine line, int index, DateTimeOffset now)
    {
        var key = ConversationRows.OutboxKey(place, now, index, Hashes.RandomName(6));
        var row = new TableEntity(place, key) { ["ClaimedUntil"] = now + Claim, ["ClaimedBy"] = ThisProcess.Id };
        LongText.Write(row, "Line", JsonSerializer.Serialize(line, ChatJson.Stored.ChatLine));
        return row;
    }

    /// <summary>Whether this process may say it: what it committed itself, or what nobody has said in time.</summary>
    public static bool IsOurs(TableEntity row, DateTimeOffset now) =>
        row.GetString("ClaimedBy") == ThisProcess.Id || row.GetDateTimeOffset("ClaimedUntil") < now;

    public static ChatLine Read(TableEntity row) => JsonSerializer.Deserialize(LongText.Read(row, "Line"), ChatJson.Stored.ChatLine)!;
}
