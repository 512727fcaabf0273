using Helpdesk.Functions.Contacts;

namespace Helpdesk.Functions.Portal;

/// <summary>Erases people from the portal: their sessions and links go, whatever is asked for.</summary>
public sealed class PortalErasure(PortalStore store) : IHoldsPersonalData
{
    public string Name => "portal";

    public int Place => 5;

    public async Task<ErasureStep> EraseAsync(ErasureOrder order, string? from, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(order);
        var erased = 0;
        foreach (var email in order.Person.Emails)
            erased += await store.ForgetAsync(order.Workspace, email, cancellationToken);
        return new(erased, null);
    }
}
