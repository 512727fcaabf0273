using System.Text.Json;
using System.Text.Json.Serialization;
using Helpdesk.Functions.Directory;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;
using Helpdesk.Functions.Storage;
using Microsoft.IdentityModel.JsonWebTokens;

namespace Helpdesk.Functions.SignIn;

/// <summary>Who somebody is at the provider, and which agent that is here.</summary>
/// <param name="Id">Made of the issuer and the subject.</param>
/// <param name="Issuer">The provider.</param>
/// <param name="Subject">What the provider calls the person; it never gives that to another one.</param>
/// <param name="Agent">Id of the agent.</param>
/// <param name="At">When the person first signed in.</param>
public sealed record SignInIdentity(string Id, string Issuer, string Subject, string Agent, DateTimeOffset At);

[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(UtcInstantConverter)]
)]
[JsonSerializable(typeof(SignInIdentity))]
internal sealed partial class SignInIdentityJson : JsonSerializerContext;

/// <summary>Finds the agent behind a token.</summary>
/// <remarks>
/// By what the provider calls the person: that is noted at the first sign-in, when an e-mail address that the provider has verified names the agent. From then
/// on the address does not count, so that whoever is given it later is not taken for somebody else. At Microsoft Entra, where addresses are not verified, the
/// object id that an admin has given the agent counts.
/// </remarks>
public sealed partial class SignInIdentities(
    SignInOptions options,
    OpenIdProvider provider,
    SettingsStore settings,
    SettingsTransactions transactions,
    DirectoryStore directory,
    TimeProvider time,
    ILogger<SignInIdentities> logger
) : INamesSettings
{
    public static SettingKind<SignInIdentity> Kind { get; } =
        new("identity-", identity => identity.Id, SignInIdentityJson.Default.SignInIdentity) { Audited = "sign-in-identity" };

    /// <summary>People for whom no agent was found just now: the provider is not asked about them with every request.</summary>
    private readonly ShortMemory<InvalidRequestException> _refused = new(time, TimeSpan.FromSeconds(10));

    /// <summary>The agent; 403 that says why when there is none.</summary>
    public async ValueTask<Agent> FindAgentAsync(JsonWebToken token, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(token);
        if (!await directory.IsActiveAsync(options.Workspace, cancellationToken))
            throw new HelpdeskRuleException("workspace-inactive", "This workspace is not active at the moment.");
        var agents = await directory.RememberAgentsAsync(options.Workspace, cancellationToken);
        var id = Hashes.Short($"{token.Issuer}\n{token.Subject}");
        var agent = ByObjectId(token, agents);
        if (agent is null && await settings.FindAsync(options.Workspace, Kind, id, cancellationToken) is { } known)
            agent = agents.FirstOrDefault(one => one.Id == known.Agent);
        if (agent is null)
        {
            InvalidRequestException? refusal = null;
            agent = await _refused.GetAsync(
                id,
                async () =>
                {
                    (agent, refusal) = await BindAsync(token, id, agents, cancellationToken);
                    return refusal;
                }
            )
                is { } refused
                ? throw new InvalidRequestException(refused.Status, refused.Code, refused.Message)
                : agent!;
        }

        return agent.Active ? agent : throw Refused("agent-inactive", $"The agent \"{agent.Id}\" is not active: ask an admin.");
    }

    /// <summary>Nothing stands in the way of a change: what somebody is at the provider is no use of an agent.</summary>
    public Task<SettingUse?> FindAsync(NamedSetting setting, CancellationToken cancellationToken) => Task.FromResult<SettingUse?>(null);

    /// <summary>An agent who goes, or rests, is nobody at the provider any more; one who comes back is found anew.</summary>
    public async Task MoveAsync(NamedSetting setting, string? successor, Actor by, SettingChanges changes, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(setting);
        ArgumentNullException.ThrowIfNull(changes);
        if (setting.Kind != NamedKind.Agent)
            return;
        foreach (var identity in await settings.ListAsync(setting.Workspace, Kind, cancellationToken))
        {
            if (identity.Agent == setting.Id)
                changes.Remove(Kind, identity.Id);
        }
    }

    private async Task<(Agent? Agent, InvalidRequestException? Refusal)> BindAsync(
        JsonWebToken token,
        string id,
        IReadOnlyList<Agent> agents,
        CancellationToken cancellationToken
    )
    {
        var (email, isVerified) = await EmailOfAsync(token, token.EncodedToken, cancellationToken);
        if (email is null || agents.FirstOrDefault(one => string.Equals(one.Email, email, StringComparison.OrdinalIgnoreCase)) is not { } agent)
            return (null, Refused("unknown-agent", "You are signed in at the provider, but you are no agent of this desk: ask an admin to add you."));
        if (!isVerified)
            return (null, Refused("email-not-verified", "The provider has not verified your e-mail address: verify it there, or ask an admin."));
        if (agent.EntraId is not null && IsMicrosoft(token))
            return (null, Refused("other-identity", $"The agent \"{agent.Id}\" is somebody else at the provider: ask an admin."));
        if (!agent.Active)
            return (agent, null);
        Acting.As(new(ActorKind.Agent, agent.Id, agent.Name));
        var isBound = await transactions.RunAsync(
            options.Workspace,
            async changes =>
            {
                var there = (await settings.ListAsync(options.Workspace, Kind, cancellationToken)).Where(one => one.Issuer == token.Issuer).ToList();
                if (there.Any(one => one.Agent == agent.Id && one.Id != id))
                    return false;
                if (!there.Any(one => one.Id == id && one.Agent == agent.Id))
                    changes.Put(Kind, new(id, token.Issuer, token.Subject, agent.Id, time.GetUtcNow()));
                return true;
            },
            cancellationToken
        );
        if (!isBound)
            return (null, Refused("other-identity", $"The agent \"{agent.Id}\" is somebody else at the provider: an admin can remove that identity."));
        Log.Bound(logger, agent.Id, options.Workspace);
        return (agent, null);
    }

    /// <summary>What the provider says of the person's address: in the token, or when it is asked.</summary>
    /// <param name="token">What says who it is.</param>
    /// <param name="access">The token with which the provider is asked.</param>
    internal async Task<(string? Email, bool IsVerified)> EmailOfAsync(JsonWebToken token, string access, CancellationToken cancellationToken)
    {
        if (token.TryGetPayloadValue<string?>("email", out var email) && email is { Length: > 0 })
            return (email, IsTrue(token, "email_verified") || (IsMicrosoft(token) && IsTrue(token, "xms_edov")));
        if (await provider.AskAboutAsync(access, cancellationToken) is not { } text)
            return (null, false);
        try
        {
            using var said = JsonDocument.Parse(text);
            return TextOf(said.RootElement, "sub") == token.Subject && TextOf(said.RootElement, "email") is { Length: > 0 } address
                ? (address, said.RootElement.TryGetProperty("email_verified", out var verified) && verified.ToString() is "True" or "true")
                : (null, false);
        }
        catch (JsonException)
        {
            // A signed or sealed answer: no help here.
            return (null, false);
        }
    }

    private static string? TextOf(JsonElement said, string name) =>
        said.ValueKind == JsonValueKind.Object && said.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;

    private static Agent? ByObjectId(JsonWebToken token, IReadOnlyList<Agent> agents) =>
        IsMicrosoft(token) && token.TryGetPayloadValue<string?>("oid", out var id) && id is { Length: > 0 }
            ? agents.FirstOrDefault(one => string.Equals(one.EntraId, id, StringComparison.OrdinalIgnoreCase))
            : null;

    private static bool IsMicrosoft(JsonWebToken token) => Uri.TryCreate(token.Issuer, UriKind.Absolute, out var issuer) && SignInOptions.IsMicrosoft(issuer);

    private static bool IsTrue(JsonWebToken token, string claim) =>
        token.TryGetPayloadValue<object>(claim, out var value) && value is true or "true" or "True" or "1" or 1 or 1L;

    private static InvalidRequestException Refused(string code, string detail) => new(StatusCodes.Status403Forbidden, code, detail);

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Information, "Agent {Agent} of {Workspace} has signed in at the provider for the first time")]
        public static partial void Bound(ILogger logger, string agent, string workspace);
    }
}
