using System.Text.Json.Nodes;

namespace Helpdesk.Bot.Protocol;

/// <summary>The answer to an invoke; it goes back in the HTTP answer itself, within five seconds.</summary>
/// <param name="Status">An HTTP status.</param>
public sealed record InvokeResponse(int Status, JsonNode? Body = null)
{
    /// <summary>An invoke that the bot has no use for.</summary>
    public static InvokeResponse NotImplemented { get; } = new(501);
}
