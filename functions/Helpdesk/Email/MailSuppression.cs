namespace Helpdesk.Email;

/// <summary>An address that gets no mail until an agent lifts that.</summary>
/// <param name="Email">The address, in lower case.</param>
/// <param name="Reason">Why, as a sentence.</param>
/// <param name="Source">Who said so: <c>bounce</c>, <c>drop</c>, <c>spam-report</c>, <c>delivery-report</c> or <c>agent</c>.</param>
/// <param name="At">Since when.</param>
public sealed record MailSuppression(string Email, string Reason, string Source, DateTimeOffset At);
