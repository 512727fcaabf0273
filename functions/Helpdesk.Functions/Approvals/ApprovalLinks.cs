using System.Globalization;
using Helpdesk.Functions.Settings;

namespace Helpdesk.Functions.Approvals;

/// <summary>Somebody who is asked to approve something.</summary>
/// <param name="Number">Number of the ticket.</param>
/// <param name="Asked">Number of the event by which it was asked; both together are the id of the approval.</param>
/// <param name="Approver">Number of the approver in it.</param>
public readonly record struct AskedApprover(string Workspace, long Number, long Asked, int Approver)
{
    /// <summary>Id of the approval.</summary>
    public string Approval => string.Create(CultureInfo.InvariantCulture, $"{Number}-{Asked}");

    internal string Signed => string.Create(CultureInfo.InvariantCulture, $"{Workspace}/{Number}/{Asked}/{Approver}");

    /// <summary>An approver by the id of the approval.</summary>
    public static AskedApprover Of(string workspace, string approval, int approver)
    {
        ArgumentNullException.ThrowIfNull(approval);
        return approval.Split('-') is [var number, var asked]
            ? new(workspace, long.Parse(number, CultureInfo.InvariantCulture), long.Parse(asked, CultureInfo.InvariantCulture), approver)
            : throw new FormatException(approval);
    }
}

/// <summary>The links by which those answer who are asked to approve something: each has one of their own.</summary>
public sealed class ApprovalLinks(SettingsStore settings)
{
    private readonly LinkSigner _signer = new(settings, "~approvals");

    /// <summary>The secret link of an approver, as a path.</summary>
    public async ValueTask<string> PathOfAsync(AskedApprover asked, CancellationToken cancellationToken)
    {
        var secret = await _signer.SecretOfAsync(asked.Signed, cancellationToken);
        return string.Create(CultureInfo.InvariantCulture, $"/support/approvals/{asked.Workspace}/{asked.Number}-{asked.Asked}-{asked.Approver}.{secret}");
    }

    /// <summary>Reads the last part of a link; null when the secret is wrong.</summary>
    public async ValueTask<AskedApprover?> ReadAsync(string workspace, string text, CancellationToken cancellationToken)
    {
        if (
            text.Split('.') is not [var name, var secret]
            || name.Split('-') is not [var ticket, var seq, var who]
            || !long.TryParse(ticket, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            || !long.TryParse(seq, NumberStyles.None, CultureInfo.InvariantCulture, out var asked)
            || !int.TryParse(who, NumberStyles.None, CultureInfo.InvariantCulture, out var approver)
        )
            return null;
        var one = new AskedApprover(workspace, number, asked, approver);
        return await _signer.IsRightAsync(one.Signed, secret, cancellationToken) ? one : null;
    }
}
