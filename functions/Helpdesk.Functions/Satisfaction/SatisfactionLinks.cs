using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;

namespace Helpdesk.Functions.Satisfaction;

/// <summary>The secret from which the links to questions are made.</summary>
public sealed record SatisfactionLinkKey(string Secret);

/// <summary>A question that was asked of a ticket's requester.</summary>
/// <param name="Number">Number of the ticket.</param>
/// <param name="Asked">Number of the event by which they were asked.</param>
public readonly record struct SatisfactionQuestion(string Workspace, long Number, long Asked);

/// <summary>The links by which requesters answer: the secret part is made from the question with a key of this desk, so that it need not be kept.</summary>
public sealed class SatisfactionLinks(SettingsStore settings)
{
    private const int SecretLength = 26;
    private const string Partition = "~satisfaction";
    private const string Current = "current";
    private static readonly SettingKind<SatisfactionLinkKey> Kind = new("linkkey-", _ => Current, SatisfactionJson.Default.SatisfactionLinkKey);
    private byte[]? _key;

    /// <summary>The secret link of a question, as a path.</summary>
    public async ValueTask<string> PathOfAsync(SatisfactionQuestion question, CancellationToken cancellationToken)
    {
        var secret = await SecretOfAsync(question, cancellationToken);
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
        var expected = await SecretOfAsync(question, cancellationToken);
        return CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(expected), Encoding.UTF8.GetBytes(secret)) ? question : null;
    }

    private async ValueTask<string> SecretOfAsync(SatisfactionQuestion question, CancellationToken cancellationToken)
    {
        _key ??= Convert.FromBase64String(
            (
                await settings.FindOrAddAsync(
                    Partition,
                    Kind,
                    Current,
                    () => new SatisfactionLinkKey(Convert.ToBase64String(RandomNumberGenerator.GetBytes(48))),
                    cancellationToken
                )
            ).Secret
        );
        var signed = string.Create(CultureInfo.InvariantCulture, $"{question.Workspace}/{question.Number}/{question.Asked}");
        return Hashes.NameOf(HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes(signed)), SecretLength);
    }
}
