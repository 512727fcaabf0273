using Helpdesk.Bot.Conversations;

namespace Helpdesk.Bot.Tests.Conversations;

public sealed class EmailAddressTests
{
    [Theory]
    [InlineData("rita@example.com")]
    [InlineData("<rita@example.com>")]
    [InlineData("mailto:rita@example.com")]
    [InlineData("rita+tag@mail.example.co.uk")]
    [InlineData("rita@mail.com")]
    [InlineData("rita@ymail.com")]
    [InlineData("rita@yahoo.fr")]
    [InlineData("rita@gmx.com")]
    [InlineData("rita@outlook.fr")]
    [InlineData("rita@firma.co")]
    [InlineData("rita@proton.me")]
    [InlineData("rita@grad.hr")]
    public void A_good_address_is_taken_without_a_question(string text)
    {
        var read = EmailAddress.Read(text)!;
        Assert.NotNull(read.Address);
        Assert.Equal((null, null), (read.Meant, read.Hint));
    }

    [Theory]
    [InlineData("rita@exmaple.com", "rita@example.com")]
    [InlineData("rita@gmial.com", "rita@gmail.com")]
    [InlineData("rita@gmail.con", "rita@gmail.com")]
    [InlineData("rita@gmail.co", "rita@gmail.com")]
    [InlineData("rita@gmai.com", "rita@gmail.com")]
    [InlineData("rita@gmaill.com", "rita@gmail.com")]
    [InlineData("rita@hotmial.com", "rita@hotmail.com")]
    [InlineData("rita@outlok.com", "rita@outlook.com")]
    [InlineData("rita@firma.con", "rita@firma.com")]
    [InlineData("rita@t-onlin.de", "rita@t-online.de")]
    public void An_address_one_slip_away_from_a_common_one_is_asked_about(string text, string meant)
    {
        var read = EmailAddress.Read(text)!;
        Assert.Equal((text, meant), (read.Address, read.Meant));
    }

    [Theory]
    [InlineData("rita at example.com", "rita@example.com")]
    [InlineData("rita (at) example.com", "rita@example.com")]
    [InlineData("rita[at]example[dot]com", "rita@example.com")]
    [InlineData("rita @ example.com", "rita@example.com")]
    [InlineData("rita@example,com", "rita@example.com")]
    [InlineData("rita@@example.com", "rita@example.com")]
    [InlineData("rita@example..com", "rita@example.com")]
    [InlineData("My address is rita@example.com", "rita@example.com")]
    [InlineData("it's rita@example.com, thanks", "rita@example.com")]
    public void An_address_that_can_be_guessed_is_asked_about(string text, string meant) => Assert.Equal(new(null, meant), EmailAddress.Read(text));

    [Theory]
    [InlineData("rita.example.com", "email.no-at")]
    [InlineData("rita.meyer", "email.no-at")]
    [InlineData("rita@example", "email.no-ending")]
    [InlineData("rita@", "email.wrong")]
    [InlineData("@example.com", "email.wrong")]
    [InlineData("rita@.com", "email.wrong")]
    public void What_is_wrong_is_said(string text, string hint) => Assert.Equal(hint, EmailAddress.Read(text)!.Hint);

    [Theory]
    [InlineData("since this morning")]
    [InlineData("It says: error 17 @ line 3")]
    [InlineData("the printer")]
    [InlineData("")]
    [InlineData("ask rita@example.com or bob@example.com")]
    public void Words_about_something_else_are_no_address(string text) => Assert.Null(EmailAddress.Read(text));
}
