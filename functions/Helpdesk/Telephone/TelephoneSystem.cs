using System.Text.Json.Serialization;
using Helpdesk.Alerts;

namespace Helpdesk.Telephone;

/// <summary>A telephone system that reports its calls to a workspace.</summary>
public sealed record TelephoneSystem
{
    public required string Id { get; init; }
    public required string Name { get; init; }
    public required TelephoneKind Kind { get; init; }

    /// <summary>Id of the group that gets its tickets; null for none.</summary>
    public string? Group { get; init; }

    /// <summary>Whose extension is whose: what the system says of who spoke, and the id of the agent; null for none.</summary>
    public IReadOnlyDictionary<string, string>? Extensions { get; init; }

    /// <summary>How its JSON or form is read, field by field; for <see cref="TelephoneKind.Generic"/>.</summary>
    public IReadOnlyDictionary<string, AlertFieldMapping>? Fields { get; init; }

    /// <summary>By which reports are signed, or sent as a bearer token; null where the secret address is proof enough.</summary>
    public string? Secret { get; init; }

    /// <summary>SHA-256 of the key in its secret address, in hexadecimal digits.</summary>
    public required string KeyHash { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
}

/// <summary>Which telephone system reports, and so in which format.</summary>
[JsonConverter(typeof(WireNameConverter<TelephoneKind>))]
public enum TelephoneKind
{
    /// <summary>JSON or a form of any system, read by the fields that are given.</summary>
    Generic,

    /// <summary>3CX, by the template that is in the documentation.</summary>
    Threecx,

    /// <summary>Status callbacks of Twilio.</summary>
    Twilio,

    /// <summary>sipgate.io.</summary>
    Sipgate,

    /// <summary>Placetel's Notify API, and what is like it.</summary>
    Placetel,
}
