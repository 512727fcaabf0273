namespace Helpdesk;

/// <summary>
/// A rule of the desk says no: nothing was changed, and trying the same again will not help.
/// </summary>
/// <remarks>HTTP answers it with 409 and the <see cref="Code"/>; a queue records it and drops the message.</remarks>
public class HelpdeskRuleException(string code, string message) : Exception(message)
{
    /// <summary>Stable and kebab-case, such as <c>ticket-closed</c>; callers may branch on it.</summary>
    public string Code { get; } = code;
}
