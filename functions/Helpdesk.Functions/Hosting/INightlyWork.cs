namespace Helpdesk.Functions.Hosting;

/// <summary>What a feature tidies away once a night, in bounded steps: what one night leaves, the next one finds.</summary>
public interface INightlyWork
{
    /// <summary>Tidies one workspace; run twice, it finds nothing the second time.</summary>
    Task TidyAsync(string workspace, CancellationToken cancellationToken);
}
