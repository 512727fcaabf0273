namespace Helpdesk.Functions.Hosting;

/// <summary>What a feature does every few minutes, on the timer that looks for due times: a timer of its own would cost locks of its own.</summary>
public interface IRegularWork
{
    /// <summary>Does what is due, or nothing.</summary>
    Task RunAsync(CancellationToken cancellationToken);
}
