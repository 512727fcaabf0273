namespace Helpdesk.Contacts;

/// <summary>The e-mail address that stands for somebody of whom only a telephone number is known: tickets name their requester by one.</summary>
/// <remarks>Nothing is ever mailed there: the top-level domain <c>invalid</c> is nobody's (RFC 2606).</remarks>
public static class PhoneAddress
{
    private const string Domain = "@phone.invalid";

    /// <summary>Stands for whoever calls with a withheld number: it is nobody's contact.</summary>
    public const string Withheld = $"withheld{Domain}";

    /// <summary>The address of a number in E.164 form: <c>+4930123456</c> gives <c>tel-4930123456@phone.invalid</c>.</summary>
    public static string Of(string number)
    {
        ArgumentNullException.ThrowIfNull(number);
        return $"tel-{number.TrimStart('+')}{Domain}";
    }

    /// <summary>The address of what was given as a number and is none in E.164 form: <c>21</c> gives <c>as-21@phone.invalid</c>.</summary>
    public static string OfUnknown(string written)
    {
        ArgumentNullException.ThrowIfNull(written);
        var letters = string.Concat(written.ToLowerInvariant().Where(char.IsAsciiLetterOrDigit));
        return letters.Length is > 0 and <= 60 ? $"as-{letters}{Domain}" : Withheld;
    }

    /// <summary>Whether an address stands for a number, so that no mail gets there.</summary>
    public static bool Is(string email)
    {
        ArgumentNullException.ThrowIfNull(email);
        return email.EndsWith(Domain, StringComparison.OrdinalIgnoreCase);
    }
}
