using System.Text.Json.Serialization;

namespace Helpdesk.Directory;

/// <summary>A kind of setting that others name.</summary>
[JsonConverter(typeof(WireNameConverter<NamedKind>))]
public enum NamedKind
{
    Group,
    Agent,
    Calendar,
    Policy,
    Webhook,
}

/// <summary>A setting that others may name.</summary>
public sealed record NamedSetting(string Workspace, NamedKind Kind, string Id);

/// <summary>Something that names a setting.</summary>
/// <param name="Kind">What it is: <c>tickets</c>, <c>groups</c>, <c>agents</c>, <c>policies</c>, <c>chat</c>, <c>teams</c> …</param>
/// <param name="Count">How many of them do; at least that many where <c>more</c> is true.</param>
/// <param name="More">Whether there are more than were counted.</param>
/// <param name="Ids">Ids of some of them, or numbers of tickets; ten at most.</param>
public sealed record SettingUse(string Kind, int Count, bool More, IReadOnlyList<string> Ids)
{
    private const int Shown = 10;

    /// <summary>A use by all of <paramref name="ids"/>; null for none.</summary>
    public static SettingUse? Of(string kind, IReadOnlyList<string> ids, bool more = false) =>
        ids.Count == 0 ? null : new(kind, ids.Count, more, [.. ids.Take(Shown)]);
}

/// <summary>A setting cannot go while others name it.</summary>
public sealed class SettingInUseException(NamedSetting setting, IReadOnlyList<SettingUse> usedBy)
    : HelpdeskRuleException(
        $"{WireName<NamedKind>.Of(setting.Kind)}-in-use",
        $"{FactOf(setting, usedBy)}: change that first, or give another one with ?successor=."
    )
{
    /// <summary>What names it.</summary>
    public IReadOnlyList<SettingUse> UsedBy { get; } = usedBy;

    /// <summary>That it is named and by what, in words, without what can be done.</summary>
    public string Fact { get; } = FactOf(setting, usedBy);

    private static string FactOf(NamedSetting setting, IReadOnlyList<SettingUse> usedBy) =>
        $"The {WireName<NamedKind>.Of(setting.Kind)} \"{setting.Id}\" is named by {string.Join(", ", usedBy.Select(Words))}";

    private static string Words(SettingUse use) =>
        $"{use.Count}{(use.More ? "+" : "")} {use.Kind} ({string.Join(", ", use.Ids)}{(use.More || use.Count > use.Ids.Count ? ", …" : "")})";
}
