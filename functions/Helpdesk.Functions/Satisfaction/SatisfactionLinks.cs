using System.Globalization;
using Helpdesk.Functions.Settings;

namespace Helpdesk.Functions.Satisfaction;

/// <summary>A question that was asked of a ticket's requester.</summary>
/// <param name="Number">Number of the ticket.</param>
/// <param name="Asked">Number of the event by which they were asked.</param>
public readonly record struct SatisfactionQuestion(string Workspace, long Number, long Asked)
{
    internal string Signed => string.Create(CultureInfo.InvariantCulture, $"{Workspace}/{Number}/{Asked}");
}

/// <summary>The links by which requesters answer.</summary>
public sealed class SatisfactionLinks(SettingsStore settings)
{
    private readonly LinkSigner _signer = new(settings, "~satisfaction");

    /// <summary>The secret link of a question, as a path.</summary>
    public async ValueTask<string> PathOfAsync(SatisfactionQuestion question, CancellationToken cancellationToken)
    {
        var secret = await _signer.SecretOfAsync(question.Signed, cancellationToken);
        return string.Create(CultureInfo.InvariantCulture, $"/support/ratings/{question.Workspace}/{question.Number}-{question.Asked}.{secret}");
    }

    /// <summary>Reads the last part of a link; null when the secret is wrong.</summary>
    public async ValueTask<SatisfactionQuestion?> ReadAsync(string workspace, string text, CancellationToken cancellationToken)
    {
        if (
            text.Split('.') is not [var name, var secret]
            || name.Split('-') is not [var ticket, var seq]
            || !long.TryParse(ticket, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            || !long.TryParse(seq, NumberStyles.None, CultureInfo.InvariantCulture, out var asked)
        )
            return null;
        var question = new SatisfactionQuestion(workspace, number, asked);
        return await _signer.IsRightAsync(question.Signed, secret, cancellationToken) ? question : null;
    }
}
