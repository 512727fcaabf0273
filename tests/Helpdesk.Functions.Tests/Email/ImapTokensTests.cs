using Helpdesk.Email;
using Helpdesk.Functions.Email;
using Helpdesk.Testing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace Helpdesk.Functions.Tests.Email;

/// <summary>Mailboxes are opened by client credentials, as Microsoft 365 asks for: a real mail server asks whether the token is good.</summary>
public sealed class ImapTokensTests(DeskFixture fixture) : IAsyncLifetime
{
    private TokenServer _tokens = null!;
    private DovecotServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _tokens = await TokenServer.StartAsync();
        _server = await DovecotServer.StartAsync(tokens: _tokens.IntrospectionUrl);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _tokens.DisposeAsync();
    }

    [Fact]
    public async Task A_mailbox_is_opened_with_a_token_that_is_kept_until_shortly_before_it_expires()
    {
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var app = await RunningApp.StartAsync(fixture.Storage, builder => builder.Services.AddSingleton<TimeProvider>(time));
        var box = await OpenAsync(app);
        box.Deliver("Question");
        Assert.True((await box.PollAsync())["state"]!.GetValue<string>() == "ok", _server.Log);
        Assert.Equal(["Question"], await box.SubjectsAsync());
        Assert.Contains("method=XOAUTH2", _server.Log, StringComparison.Ordinal);

        time.Advance(TimeSpan.FromMinutes(54));
        await box.PollAsync();
        Assert.Equal(1, _tokens.Issued);
        time.Advance(TimeSpan.FromMinutes(2));
        await box.PollAsync();
        Assert.Equal(2, _tokens.Issued);
    }

    [Fact]
    public async Task A_token_that_was_withdrawn_is_replaced_once()
    {
        var box = await OpenAsync(fixture.App);
        await box.PollAsync();
        var issued = _tokens.Issued;
        _tokens.Withdraw();
        box.Deliver("Question");
        Assert.Equal("ok", (await box.PollAsync())["state"]!.GetValue<string>());
        Assert.Equal(issued + 1, _tokens.Issued);
        Assert.Equal(["Question"], await box.SubjectsAsync());
    }

    [Fact]
    public async Task A_token_that_opens_another_mailbox_is_refused_and_not_asked_for_again_and_again()
    {
        var box = await OpenAsync(fixture.App);
        _tokens.User = "somebody-else@example.com";
        var error = (await box.PollAsync())["error"]!.GetValue<string>();
        Assert.Contains("refuses the token", error, StringComparison.Ordinal);
        Assert.Equal(2, _tokens.Issued);
    }

    [Fact]
    public async Task What_the_token_endpoint_says_is_shown()
    {
        var box = await OpenAsync(fixture.App);
        async Task<string> ErrorAsync(OAuthSettings oauth)
        {
            await box.PutAsync(box.Mailbox with { Imap = box.Mailbox.Imap! with { OAuth = oauth } });
            return (await box.PollAsync())["error"]!.GetValue<string>();
        }

        var right = box.Mailbox.Imap!.OAuth!;
        Assert.EndsWith("gives no token (401): AADSTS7000215: Invalid client secret provided.", await ErrorAsync(right with { ClientId = "another" }));
        Assert.Contains("AADSTS70011", await ErrorAsync(right with { Scope = "Mail.Read" }), StringComparison.Ordinal);
        Assert.Contains(
            "does not answer as a token endpoint",
            await ErrorAsync(right with { TokenUrl = $"{_tokens.TokenUrl}/nowhere" }),
            StringComparison.Ordinal
        );
        Assert.Contains("must be an https address", await ErrorAsync(right with { TokenUrl = "http://login.example.com/token" }), StringComparison.Ordinal);
        Assert.Contains("is not one for mailboxes", await ErrorAsync(right with { SecretSetting = "HELPDESK_ADMIN_KEY" }), StringComparison.Ordinal);
    }

    private async Task<FetchedBox> OpenAsync(RunningApp app)
    {
        var box = await FetchedBox.OpenAsync(
            fixture,
            _server,
            app,
            imap =>
            {
                var secret = $"{imap.PasswordSetting}Client";
                app.Services.GetRequiredService<IConfiguration>()[secret.Replace("__", ":", StringComparison.Ordinal)] = TokenServer.ClientSecret;
                return imap with { PasswordSetting = null, OAuth = new(_tokens.TokenUrl.ToString(), TokenServer.ClientId, secret, TokenServer.Scope) };
            }
        );
        _tokens.User = box.User;
        return box;
    }
}
