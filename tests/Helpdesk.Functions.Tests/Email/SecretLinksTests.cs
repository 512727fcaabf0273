using Helpdesk.Email;
using Helpdesk.Functions.Email;

namespace Helpdesk.Functions.Tests.Email;

/// <summary>Links that are good for one person say nothing to others who read the mail, however a mail scanner has written them.</summary>
public sealed class SecretLinksTests
{
    private static Mail Mail(string? way) =>
        new()
        {
            Id = "1",
            Workspace = "main",
            Event = MailEvent.SignIn,
            To = "rita@example.com",
            At = DateTimeOffset.UnixEpoch,
            State = MailState.Sent,
            Way = way,
        };

    [Theory]
    [InlineData("https://desk.example/support/approvals/main/87-5-2.s3cret0", "https://desk.example/support/approvals/main/87-5-2.…")]
    [InlineData("<https://desk.example/support/ratings/main/87-5.s3cret0?lang=de>", "<https://desk.example/support/ratings/main/87-5.…?lang=de>")]
    [InlineData("see /support/sign-in/main/d3bc0a.s3cret0, once", "see /support/sign-in/main/d3bc0a.…, once")]
    [InlineData("u=support%2Fsign-in%2Fmain%2Fd3bc0a%2Es3cret0&d=1", "u=support%2Fsign-in%2Fmain%2Fd3bc0a%2E…&d=1")]
    [InlineData("v3/__https-3A__desk_support_sign-2Din_main_d3bc0a.s3cret0", "v3/__https-3A__desk_support_sign-2Din_main_d3bc0a.…")]
    [InlineData("https://desk.example/support/requests/87", "https://desk.example/support/requests/87")]
    public void Secrets_are_left_out(string text, string shown)
    {
        Assert.Equal(shown, SecretLinks.Hide(text));
        Assert.Equal(shown, SecretLinks.Hide(text, Mail("smtp"), forAdmin: true));
        Assert.Equal(shown, SecretLinks.Hide(text, Mail(null), forAdmin: true));
        Assert.Equal(shown, SecretLinks.Hide(text, Mail(OutboxSender.Way), forAdmin: false));
        // Where mails reach nobody, an admin is the only one who can try them; approvals are others' all the same.
        Assert.Equal(text.Contains("approvals", StringComparison.Ordinal) ? shown : text, SecretLinks.Hide(text, Mail(OutboxSender.Way), forAdmin: true));
    }
}
