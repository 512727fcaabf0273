using System.Text.Json;
using Helpdesk.Functions.Hosting;

namespace Helpdesk.Functions.Configuration;

/// <summary>What becomes of a setting.</summary>
[System.Text.Json.Serialization.JsonConverter(typeof(WireNameConverter<ConfigurationAction>))]
public enum ConfigurationAction
{
    Add,
    Change,
    Remove,
}

/// <summary>What a field was and becomes.</summary>
/// <param name="Field">The name of the field.</param>
/// <param name="Before">Its value now; null for none.</param>
/// <param name="After">Its value afterwards; null for none. A secret is named and never shown.</param>
public sealed record PlannedField(string Field, JsonElement? Before, JsonElement? After);

/// <summary>A setting that would be different.</summary>
/// <param name="Section">The section it is in.</param>
/// <param name="Id">Names the setting; null for the only one of its section.</param>
/// <param name="Name">What people call it; null where it has no name.</param>
/// <param name="Action">What becomes of it.</param>
/// <param name="Fields">What would be different, in the order of the section.</param>
public sealed record PlannedChange(string Section, string? Id, string? Name, ConfigurationAction Action, IReadOnlyList<PlannedField> Fields);

/// <summary>Something to know about a place in the document.</summary>
/// <param name="At">The place, as a JSON pointer such as <c>/groups/it-support/escalatesTo</c>.</param>
/// <param name="Code">What it is, for programs: the code that the operation refuses it with.</param>
/// <param name="Text">What it is, in words.</param>
public sealed record PlanNote(string At, string Code, string Text);

/// <summary>What applying a document would do.</summary>
/// <param name="Plan">Names this plan: send it in <c>If-Match</c> to apply it.</param>
/// <param name="CanApply">Whether there are no problems.</param>
/// <param name="Changes">What would be different; empty when the workspace is as the document says.</param>
/// <param name="Problems">What the desk refuses. While there is one, nothing can be applied.</param>
/// <param name="Warnings">What is worth knowing and keeps nothing from being applied.</param>
public sealed record ConfigurationPlan(
    string Plan,
    bool CanApply,
    IReadOnlyList<PlannedChange> Changes,
    IReadOnlyList<PlanNote> Problems,
    IReadOnlyList<PlanNote> Warnings
);
