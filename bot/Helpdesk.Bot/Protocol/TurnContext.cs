namespace Helpdesk.Bot.Protocol;

/// <summary>One activity that came in, and what the channel vouches for.</summary>
/// <param name="Identity">What the token said; null on a host where none is asked for.</param>
public sealed record TurnContext(Activity Activity, ChannelIdentity? Identity)
{
    /// <summary>The answer to an invoke, when the activity was one.</summary>
    public InvokeResponse? InvokeResponse { get; set; }
}

/// <summary>Gives each kind of activity to its own method; what a bot does not override is taken and ignored.</summary>
public abstract class ActivityHandler
{
    /// <summary>Handles one activity. It may come twice.</summary>
    public async Task OnTurnAsync(TurnContext turn, CancellationToken cancel)
    {
        switch (turn.Activity.Type)
        {
            case ActivityTypes.Message:
                await OnMessageActivityAsync(turn, cancel);
                break;
            case ActivityTypes.ConversationUpdate when turn.Activity.MembersAdded?.Any(member => member.Id != turn.Activity.Recipient?.Id) == true:
                await OnMembersAddedAsync(turn, cancel);
                break;
            case ActivityTypes.ConversationUpdate:
                await OnConversationUpdateActivityAsync(turn, cancel);
                break;
            case ActivityTypes.InstallationUpdate when turn.Activity.Action?.StartsWith("remove", StringComparison.Ordinal) == true:
                await OnInstallationUpdateRemoveAsync(turn, cancel);
                break;
            case ActivityTypes.InstallationUpdate:
                await OnInstallationUpdateAddAsync(turn, cancel);
                break;
            case ActivityTypes.Invoke:
                turn.InvokeResponse = await OnInvokeActivityAsync(turn, cancel);
                break;
            default:
                await OnUnrecognizedActivityTypeAsync(turn, cancel);
                break;
        }
    }

    protected virtual Task OnMessageActivityAsync(TurnContext turn, CancellationToken cancel) => Task.CompletedTask;

    protected virtual Task OnMembersAddedAsync(TurnContext turn, CancellationToken cancel) => Task.CompletedTask;

    protected virtual Task OnConversationUpdateActivityAsync(TurnContext turn, CancellationToken cancel) => Task.CompletedTask;

    protected virtual Task OnInstallationUpdateAddAsync(TurnContext turn, CancellationToken cancel) => Task.CompletedTask;

    protected virtual Task OnInstallationUpdateRemoveAsync(TurnContext turn, CancellationToken cancel) => Task.CompletedTask;

    protected virtual Task<InvokeResponse> OnInvokeActivityAsync(TurnContext turn, CancellationToken cancel) => Task.FromResult(InvokeResponse.NotImplemented);

    protected virtual Task OnUnrecognizedActivityTypeAsync(TurnContext turn, CancellationToken cancel) => Task.CompletedTask;
}
