namespace Helpdesk.Email;

/// <summary>How much of one mail is taken over. What is beyond stays in the mail as it came, and the ticket says so.</summary>
public static class MailLimits
{
    /// <summary>Bytes of all files together.</summary>
    public const int Bytes = 30 * 1024 * 1024;

    /// <summary>How many files.</summary>
    public const int Files = 25;

    /// <summary>How deep parts may lie in parts.</summary>
    public const int Nesting = 20;

    /// <summary>Parts that are looked at.</summary>
    public const int Parts = 1000;

    /// <summary>Characters of the text, and of the HTML.</summary>
    public const int Text = 1_000_000;

    /// <summary>Characters of a subject.</summary>
    public const int Subject = 500;

    /// <summary>Characters of a person's name.</summary>
    public const int Name = 200;

    /// <summary>Addresses of one header.</summary>
    public const int People = 100;

    /// <summary>Message-IDs of one header; the newest are kept.</summary>
    public const int References = 100;
}
