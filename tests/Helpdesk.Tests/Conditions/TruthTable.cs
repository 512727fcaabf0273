using System.Globalization;
using System.Text.Json;
using Helpdesk.Conditions;

namespace Helpdesk.Tests.Conditions;

/// <summary>What every operator comes to for every type of field: by the values that a field has, with each operator's value and what it must come
/// to.</summary>
/// <param name="Field">A field of the type.</param>
/// <param name="Found">What the field has, in JSON; null for nothing.</param>
/// <param name="Rows">An operator, its value in JSON, and for each of <paramref name="Found"/> a <c>+</c> for true or a <c>-</c> for false.</param>
internal sealed record TruthTable(string Field, string?[] Found, (string Op, string? Value, string Expected)[] Rows)
{
    public ConditionType Type => ConditionScope.Tickets.Find(Field)!.Type;

    public static IReadOnlyList<TruthTable> All { get; } =
    [
        new(
            "subject",
            ["\"VPN is down\"", "\"Über-VPN\"", "\" \"", null],
            [
                ("is", "\"vpn IS down\"", "+---"),
                ("is-not", "\"vpn IS down\"", "-+++"),
                ("in", "[\"x\",\"vpn is down\"]", "+---"),
                ("not-in", "[\"x\",\"vpn is down\"]", "-+++"),
                ("contains", "\"vpn\"", "++--"),
                ("contains", "\"uber\"", "----"),
                ("contains-any", "[\"wifi\",\"über\"]", "-+--"),
                ("contains-all", "[\"vpn\",\"down\"]", "+---"),
                ("contains-none", "[\"wifi\",\"down\"]", "-+++"),
                ("starts-with", "\"vpn\"", "+---"),
                ("ends-with", "\"vpn\"", "-+--"),
                ("is-set", null, "++--"),
                ("is-empty", null, "--++"),
            ]
        ),
        new(
            "group",
            ["\"desk\"", "\"Desk\"", null],
            [
                ("is", "\"desk\"", "+--"),
                ("is-not", "\"desk\"", "-++"),
                ("in", "[\"desk\",\"lab\"]", "+--"),
                ("not-in", "[\"desk\",\"lab\"]", "-++"),
                ("is-set", null, "++-"),
                ("is-empty", null, "--+"),
            ]
        ),
        new(
            "requester.domain",
            ["\"example.com\"", "\"Eu.Example.com\"", "\"notexample.com\"", null],
            [
                ("is", "\"EXAMPLE.com\"", "+---"),
                ("is-not", "\"example.com\"", "-+++"),
                ("in", "[\"example.com\",\"eu.example.com\"]", "++--"),
                ("not-in", "[\"example.com\",\"eu.example.com\"]", "--++"),
                ("ends-with", "\".example.com\"", "-+--"),
                ("is-set", null, "+++-"),
                ("is-empty", null, "---+"),
            ]
        ),
        new(
            "tags",
            ["[\"vpn\",\"home\"]", "[\"vpn-client\"]", "[]", null],
            [
                ("contains", "\"vpn\"", "+---"),
                ("contains-any", "[\"vpn\",\"wifi\"]", "+---"),
                ("contains-all", "[\"vpn\",\"home\"]", "+---"),
                ("contains-all", "[\"vpn\",\"wifi\"]", "----"),
                ("contains-none", "[\"vpn\",\"wifi\"]", "-+++"),
                ("is-set", null, "++--"),
                ("is-empty", null, "--++"),
            ]
        ),
        new(
            "participants",
            ["[\"Rita@example.com\",\"ned@example.com\"]", "[]", null],
            [
                ("contains", "\"rita@EXAMPLE.com\"", "+--"),
                ("contains", "\"rita\"", "---"),
                ("contains-any", "[\"ned@example.com\",\"eve@example.com\"]", "+--"),
                ("contains-all", "[\"ned@example.com\",\"eve@example.com\"]", "---"),
                ("contains-none", "[\"ned@example.com\",\"eve@example.com\"]", "-++"),
                ("is-set", null, "+--"),
                ("is-empty", null, "-++"),
            ]
        ),
        new(
            "tier",
            ["1", "2", "2.0", "3", null],
            [
                ("is", "2", "-++--"),
                ("is-not", "2", "+--++"),
                ("in", "[1,3]", "+--+-"),
                ("not-in", "[1,3]", "-++-+"),
                ("at-least", "2", "-+++-"),
                ("at-most", "2", "+++--"),
                ("more-than", "2", "---+-"),
                ("less-than", "2", "+----"),
                ("is-set", null, "++++-"),
                ("is-empty", null, "----+"),
            ]
        ),
        new(
            "hoursSince.created",
            ["0", "47.999", "48", "48.5", null],
            [
                ("at-least", "48", "--++-"),
                ("at-most", "48", "+++--"),
                ("more-than", "48", "---+-"),
                ("less-than", "48", "++---"),
                ("is-set", null, "++++-"),
                ("is-empty", null, "----+"),
            ]
        ),
        new(
            "automatic",
            ["true", "false", null],
            [
                ("is", "true", "+--"),
                ("is", "false", "-+-"),
                ("is-not", "true", "-++"),
                ("is-not", "false", "+-+"),
                ("is-set", null, "++-"),
                ("is-empty", null, "--+"),
            ]
        ),
        new(
            "createdAt",
            ["\"2026-03-10T08:59:59Z\"", "\"2026-03-10T09:00:00Z\"", "\"2026-03-10T09:00:01Z\"", null],
            [
                ("before", "\"2026-03-10T10:00:00+01:00\"", "+---"),
                ("after", "\"2026-03-10T10:00:00+01:00\"", "--+-"),
                ("at-least", "\"2026-03-10T10:00:00+01:00\"", "-++-"),
                ("at-most", "\"2026-03-10T10:00:00+01:00\"", "++--"),
                ("is-set", null, "+++-"),
                ("is-empty", null, "---+"),
            ]
        ),
        new(
            "priority",
            ["\"low\"", "\"normal\"", "\"high\"", "\"urgent\"", null],
            [
                ("is", "\"high\"", "--+--"),
                ("is-not", "\"high\"", "++-++"),
                ("in", "[\"high\",\"urgent\"]", "--++-"),
                ("not-in", "[\"high\",\"urgent\"]", "++--+"),
                ("at-least", "\"high\"", "--++-"),
                ("at-most", "\"high\"", "+++--"),
                ("more-than", "\"high\"", "---+-"),
                ("less-than", "\"high\"", "++---"),
                ("is-set", null, "++++-"),
                ("is-empty", null, "----+"),
            ]
        ),
        new(
            "custom.x",
            ["\"B4\"", "4", "\"4.0\"", "true", "\"True\"", "\"\"", null],
            [
                ("is", "\"b4\"", "+------"),
                ("is", "4", "-++----"),
                ("is", "\"4\"", "-+-----"),
                ("is", "true", "---++--"),
                ("is-not", "4", "+--++++"),
                ("in", "[\"b4\",4]", "+++----"),
                ("not-in", "[\"b4\",4]", "---++++"),
                ("contains", "\"4\"", "+++----"),
                ("contains-any", "[\"b\",\"ru\"]", "+--++--"),
                ("contains-all", "[\"b\",\"4\"]", "+------"),
                ("contains-none", "[\"b\",\"ru\"]", "-++--++"),
                ("starts-with", "\"b\"", "+------"),
                ("ends-with", "\"4\"", "++-----"),
                ("at-least", "4", "-++----"),
                ("at-most", "4", "-++----"),
                ("more-than", "3", "-++----"),
                ("less-than", "4", "-------"),
                ("is-set", null, "+++++--"),
                ("is-empty", null, "-----++"),
            ]
        ),
    ];

    /// <summary>A term of a row, as somebody would write it.</summary>
    public string Term(string op, string? value) => $$"""{"field":"{{Field}}","op":"{{op}}"{{(value is null ? "" : $",\"value\":{value}")}}}""";

    /// <summary>What the field has, as the evaluator sees it.</summary>
    public ConditionValue? ValueOf(string? found)
    {
        if (found is null)
            return null;
        var json = JsonElement.Parse(found);
        if (json.ValueKind == JsonValueKind.Array)
            return new ListValue([.. json.EnumerateArray().Select(entry => entry.GetString()!)]);
        return Type.Operand == OperandKind.Instant
            ? new InstantValue(DateTimeOffset.Parse(json.GetString()!, CultureInfo.InvariantCulture))
            : ConditionValue.Of(json);
    }
}
