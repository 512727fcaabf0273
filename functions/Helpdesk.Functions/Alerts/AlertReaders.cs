using System.Text;
using Helpdesk.Alerts;

namespace Helpdesk.Functions.Alerts;

/// <summary>Reads what any source has sent.</summary>
public sealed class AlertReaders(IEnumerable<IAlertReader> readers, SnsMessages sns)
{
    private readonly Dictionary<AlertKind, IAlertReader> _readers = readers.ToDictionary(reader => reader.Kind);

    /// <summary>What a receipt of a source says, after what has to be answered in another way than by a receipt: a topic of Amazon SNS is confirmed.</summary>
    /// <exception cref="Hosting.InvalidRequestException">It cannot be read: the receipt has failed.</exception>
    /// <exception cref="HelpdeskRuleException">The subscription to a topic could not be confirmed: the receipt has failed.</exception>
    public async Task<AlertReading> ReadAsync(AlertSource source, Receipt receipt, ReadOnlyMemory<byte> body, CancellationToken cancellationToken) =>
        source.Kind == AlertKind.Sns && await sns.ConfirmAsync(body, cancellationToken) is { } confirmed ? new([], confirmed) : Read(source, receipt, body);

    /// <summary>What a receipt of a source says.</summary>
    /// <exception cref="Hosting.InvalidRequestException">It cannot be read: the receipt has failed.</exception>
    public AlertReading Read(AlertSource source, Receipt receipt, ReadOnlyMemory<byte> body) =>
        Read(source, new(receipt.ContentType, receipt.Headers ?? new Dictionary<string, string>(StringComparer.Ordinal), body, receipt.ReceivedAt));

    /// <summary>What a body says.</summary>
    /// <exception cref="Hosting.InvalidRequestException">It cannot be read.</exception>
    public AlertReading Read(AlertSource source, AlertBody body) =>
        _readers.TryGetValue(source.Kind, out var reader)
            ? reader.Read(source, body)
            : throw new InvalidDataException($"Nothing reads what sources of the kind {source.Kind} send.");

    /// <summary>A key of parts that may be of any length.</summary>
    internal static string KeyOf(params IEnumerable<string?> parts) => string.Join('|', parts);

    /// <summary>Several texts, each as a paragraph of its own; those that are empty are left out.</summary>
    internal static string Paragraphs(params IEnumerable<string?> texts)
    {
        var all = new StringBuilder();
        foreach (var text in texts)
        {
            if (string.IsNullOrWhiteSpace(text))
                continue;
            if (all.Length > 0)
                all.Append("\n\n");
            all.Append(text.Trim());
        }

        return all.ToString();
    }
}
