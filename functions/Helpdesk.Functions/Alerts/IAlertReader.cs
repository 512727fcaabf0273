using Helpdesk.Alerts;

namespace Helpdesk.Functions.Alerts;

/// <summary>Understands what the tools of one kind send.</summary>
public interface IAlertReader
{
    AlertKind Kind { get; }

    /// <summary>Reads a body, whatever is in it: what cannot be read throws <see cref="Hosting.InvalidRequestException"/> and the receipt fails.</summary>
    AlertReading Read(AlertSource source, AlertBody body);
}

/// <summary>What was sent.</summary>
/// <param name="Headers">Names in lower case; those that a receipt keeps.</param>
/// <param name="ReceivedAt">When it came in.</param>
public sealed record AlertBody(string ContentType, IReadOnlyDictionary<string, string> Headers, ReadOnlyMemory<byte> Bytes, DateTimeOffset ReceivedAt);
