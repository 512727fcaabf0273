using System.Text.Json;
using Azure.Data.Tables;
using Helpdesk.Bot.Conversations;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Storage;

namespace Helpdesk.Functions.Conversations;

/// <summary>An event of a ticket of which an agent is told.</summary>
internal sealed record AgentNews(long Number, long Seq, string Agent);

/// <summary>What is still to be brought to a channel: a row each, in order.</summary>
internal static class Outbox
{
    /// <summary>How long the process that committed a row has it to itself.</summary>
    public static TimeSpan Claim { get; } = TimeSpan.FromSeconds(60);

    /// <param name="news">What an agent is told by it, where it is that.</param>
    public static TableEntity Row(string place, ChatLine line, int index, DateTimeOffset now, AgentNews? news = null)
    {
        var key = ConversationRows.OutboxKey(place, now, index, Hashes.RandomName(6));
        var row = new TableEntity(place, key) { ["ClaimedUntil"] = now + Claim, ["ClaimedBy"] = ThisProcess.Id };
        LongText.Write(row, "Line", JsonSerializer.Serialize(line, ChatJson.Stored.ChatLine));
        if (news is not null)
            (row["Ticket"], row["Seq"], row["Agent"]) = (news.Number, news.Seq, news.Agent);
        return row;
    }

    /// <summary>What an agent is told by a row; null for everything else.</summary>
    public static AgentNews? NewsOf(TableEntity row) =>
        row.GetInt64("Ticket") is { } number ? new(number, row.GetInt64("Seq")!.Value, row.GetString("Agent")) : null;

    /// <summary>Whether this process may say it: what it committed itself, or what nobody has said in time.</summary>
    public static bool IsOurs(TableEntity row, DateTimeOffset now) =>
        row.GetString("ClaimedBy") == ThisProcess.Id || row.GetDateTimeOffset("ClaimedUntil") < now;

    public static ChatLine Read(TableEntity row) => JsonSerializer.Deserialize(LongText.Read(row, "Line"), ChatJson.Stored.ChatLine)!;
}
