using Helpdesk.Bot.AzureBotService;
using Microsoft.Extensions.Logging.Abstractions;

namespace Helpdesk.Bot.Tests.AzureBotService;

/// <summary>Every token of the recorded matrix, and what we say to it: an identity for what is whole, none for the rest, never an error.</summary>
public sealed class ChannelTokenValidatorTests : IDisposable
{
    private readonly TokenMatrix _matrix = new();

    public void Dispose() => _matrix.Dispose();

    [Theory]
    [MemberData(nameof(TokenMatrix.Cases), MemberType = typeof(TokenMatrix))]
    public async Task Each_recorded_token_is_taken_or_refused(string name, int status)
    {
        using var validator = Validator(emulator: true);
        var (authorization, activity) = _matrix.Make(name);
        var identity = await validator.ValidateAsync(authorization, activity.ChannelId, activity.ServiceUrl, TestContext.Current.CancellationToken);
        Assert.Equal(status == 200, identity is not null);
    }

    [Theory]
    [InlineData("emulator v1: valid (own tenant iss)")]
    [InlineData("emulator v2: valid")]
    public async Task Tokens_of_the_bots_own_app_are_refused_unless_the_emulator_is_allowed(string name)
    {
        using var validator = Validator(emulator: false);
        var (authorization, activity) = _matrix.Make(name);
        Assert.Null(await validator.ValidateAsync(authorization, activity.ChannelId, activity.ServiceUrl, TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("")]
    [InlineData("Bearer")]
    [InlineData("Bearer ")]
    [InlineData("Bearer a.b.c")]
    [InlineData("Bearer eyJhbGciOiJSUzI1NiJ9.e30.")]
    [InlineData("Bearer \u0000.\u0000.\u0000")]
    [InlineData("Bearer ....")]
    [InlineData("Bearer eyJhbGciOiJSUzI1NiIsImtpZCI6ImxhYmtleTEifQ.bm90IGpzb24.AAAA")]
    public async Task Whatever_is_no_token_is_refused_and_never_an_error(string authorization)
    {
        using var validator = Validator(emulator: true);
        Assert.Null(await validator.ValidateAsync(authorization, "msteams", TokenMatrix.ServiceUrl, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_new_key_is_fetched_when_it_is_first_met_and_unknown_ones_not_more_than_once_in_five_minutes()
    {
        using var validator = Validator(emulator: false);
        Assert.NotNull(await Validate(validator, _matrix.Token(_matrix.Claims())));
        Assert.Equal(1, _matrix.Published.Fetched);

        // Somebody sends keys that nobody publishes: the publisher is not asked each time.
        for (var i = 0; i < 10; i++)
            Assert.Null(await Validate(validator, _matrix.Token(_matrix.Claims(), kid: $"made-up-{i}")));
        Assert.Equal(1, _matrix.Published.Fetched);

        _matrix.Time.Advance(TimeSpan.FromMinutes(6));
        _matrix.Published.Keys = TokenMatrix.Keys(("labkey1", _matrix.Key, ["msteams"]), ("labkey2", _matrix.Other, ["msteams"]));
        Assert.NotNull(await Validate(validator, _matrix.Token(_matrix.Claims(), kid: "labkey2", key: _matrix.Other)));
        Assert.Equal(2, _matrix.Published.Fetched);
        Assert.NotNull(await Validate(validator, _matrix.Token(_matrix.Claims())));
        Assert.Equal(2, _matrix.Published.Fetched);
    }

    [Fact]
    public async Task Known_keys_stay_good_while_their_publisher_does_not_answer()
    {
        using var validator = Validator(emulator: false);
        Assert.NotNull(await Validate(validator, _matrix.Token(_matrix.Claims())));
        _matrix.Published.Keys = null;
        _matrix.Time.Advance(TimeSpan.FromDays(2));
        Assert.NotNull(await Validate(validator, _matrix.Token(_matrix.Claims())));
    }

    [Fact]
    public async Task Without_an_app_id_no_token_is_good_enough()
    {
        using var validator = new ChannelTokenValidator(new BotOptions(), _matrix.Published, _matrix.Time, NullLogger<ChannelTokenValidator>.Instance);
        Assert.Null(await Validate(validator, _matrix.Token(_matrix.Claims())));
    }

    private static Task<ChannelIdentity?> Validate(ChannelTokenValidator validator, string token) =>
        validator.ValidateAsync($"Bearer {token}", "msteams", TokenMatrix.ServiceUrl, TestContext.Current.CancellationToken);

    private ChannelTokenValidator Validator(bool emulator) =>
        new(TokenMatrix.Options(emulator), _matrix.Published, _matrix.Time, NullLogger<ChannelTokenValidator>.Instance);
}
