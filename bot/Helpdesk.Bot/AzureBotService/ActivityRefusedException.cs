namespace Helpdesk.Bot.AzureBotService;

/// <summary>An activity is not taken.</summary>
/// <param name="status">The HTTP status that says so.</param>
/// <param name="code">Names the reason, such as <c>activity-expected</c>.</param>
public sealed class ActivityRefusedException(int status, string code, string message, Exception? cause = null) : Exception(message, cause)
{
    public int Status { get; } = status;
    public string Code { get; } = code;
}
