using Helpdesk.Bot.Conversations;
using Helpdesk.Functions.Directory;
using Helpdesk.Functions.Email;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Routing;
using Helpdesk.Functions.Settings;
using Helpdesk.Functions.SignIn;
using Helpdesk.Functions.Sla;
using Helpdesk.Functions.Teams;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Console;

/// <summary>What is to be different about how the caller sees the console: a JSON merge patch (RFC 7396).</summary>
/// <param name="Preferences">What is to be different.</param>
[Example("""{"preferences":{"language":"de","theme":"dark","singleKeys":false}}""")]
public sealed record ChangeMeRequest(ChangePreferencesRequest? Preferences) : IFromRequest<ChangeMeRequest>
{
    public static async ValueTask<ChangeMeRequest> ReadAsync(HttpContext context)
    {
        var fields = await FieldReader.ReadAsync(context);
        ChangePreferencesRequest? preferences = null;
        if (fields.Object("preferences", required: fields.Has("preferences")) is { } wanted)
        {
            var language = wanted.Text("language", 10);
            if (language is not null && !Texts.Languages.Contains(language, StringComparer.Ordinal))
                wanted.Wrong("language", $"must be one of {string.Join(", ", Texts.Languages)}, or null for the browser's.");
            preferences = new(
                wanted.Has("language") ? new(language) : null,
                wanted.OneOf<Theme>("theme", required: wanted.Has("theme")),
                wanted.Flag("singleKeys")
            );
            wanted.Done();
        }

        fields.Done();
        return new(preferences);
    }
}

/// <summary>What is to be different about preferences.</summary>
/// <param name="Language">The language of the console: <c>de</c>, <c>el</c>, <c>en</c> or <c>hr</c>; null for the browser's.</param>
/// <param name="Theme">In which colours the console is shown.</param>
/// <param name="SingleKeys">Whether single keys such as <c>r</c> do something.</param>
public sealed record ChangePreferencesRequest(Optional<string?>? Language, Theme? Theme, bool? SingleKeys);

/// <summary>How the caller wants the console to be.</summary>
/// <param name="Language">The language of the console; null for the browser's.</param>
/// <param name="Theme">In which colours the console is shown.</param>
/// <param name="SingleKeys">Whether single keys such as <c>r</c> do something.</param>
public sealed record PreferencesView(string? Language, Theme Theme, bool SingleKeys);

/// <summary>The agent who asks.</summary>
/// <param name="Id">Id of the agent.</param>
/// <param name="Name">The name that requesters and other agents see.</param>
/// <param name="Email">The e-mail address.</param>
/// <param name="Groups">Ids of the groups the agent belongs to.</param>
/// <param name="Skills">What the agent can do.</param>
public sealed record MyAgentView(string Id, string Name, string Email, IReadOnlyList<string> Groups, IReadOnlyList<string> Skills);

/// <summary>A group by its name.</summary>
/// <param name="Id">Id of the group.</param>
/// <param name="Name">The name that agents see.</param>
public sealed record MyGroupView(string Id, string Name);

/// <summary>Who asks, and all that the console needs at its start.</summary>
/// <param name="Workspace">Id of the workspace.</param>
/// <param name="WorkspaceName">The name of the workspace.</param>
/// <param name="Role">What the caller may do.</param>
/// <param name="SignedInBy">By what the caller is known.</param>
/// <param name="StandIn">Whether the caller has the first admin key and has not said who they are: say it with <c>PATCH /api/session</c>.</param>
/// <param name="ExpiresAt">For a session: when it ends unless it is used.</param>
/// <param name="Agent">The agent; null for an integration.</param>
/// <param name="Groups">The groups of the agent.</param>
/// <param name="Presence">Whether the agent is there to be given tickets; null for an integration.</param>
/// <param name="Notifications">What the agent wants to be told, and how; null for an integration.</param>
/// <param name="Preferences">How the agent wants the console to be; null for an integration.</param>
[Example(
    """
        {"workspace":"main","workspaceName":"Main","role":"agent","signedInBy":"session","standIn":false,"expiresAt":"2026-03-10T21:00:00.000Z",
         "agent":{"id":"ada","name":"Ada Lovelace","email":"ada@example.com","groups":["it-support"],"skills":["vpn"]},
         "groups":[{"id":"it-support","name":"IT Support"}],
         "presence":{"agent":"ada","presence":"online","until":null,"since":null,"load":3,"capacity":10},
         "notifications":{"agent":"ada","assigned":"mail","atRisk":"mail","breached":"mail","mention":"mail","reminder":"mail","knownInTeams":false},
         "preferences":{"language":"de","theme":"system","singleKeys":true}}
        """
)]
public sealed record MeView(
    string Workspace,
    string WorkspaceName,
    KeyRole Role,
    SignInMethod SignedInBy,
    bool StandIn,
    DateTimeOffset? ExpiresAt,
    MyAgentView? Agent,
    IReadOnlyList<MyGroupView> Groups,
    PresentAgentView? Presence,
    AgentNotificationsView? Notifications,
    PreferencesView? Preferences
);

/// <summary>What an agent is told of themselves.</summary>
public sealed class ManageMe(
    DirectoryStore directory,
    SettingsStore settings,
    PreferenceStore preferences,
    RoutingStore routing,
    TicketClocks clocks,
    MailSettings mails,
    AgentChats chats,
    TimeProvider time
)
{
    /// <summary>Tells who the caller is, and what the console needs at its start: groups, presence, notifications and preferences.</summary>
    [Function(nameof(GetMe)), RequiresKey(KeyRole.Integration, KeyRole.Agent, KeyRole.Admin)]
    public async Task<Ok<MeView>> GetMe(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/me")] HttpContext context,
        Caller caller,
        CancellationToken cancellationToken
    ) => TypedResults.Ok(await ViewAsync(context, caller, cancellationToken));

    /// <summary>Changes how the caller wants the console to be, on every device.</summary>
    [Function(nameof(ChangeMe)), RequiresKey(KeyRole.Agent, KeyRole.Admin)]
    public async Task<Results<Ok<MeView>, NotFound>> ChangeMe(
        [HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = "api/me")] ChangeMeRequest request,
        HttpContext context,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(caller);
        if (caller.Agent is not { } agent)
            return TypedResults.NotFound();
        if (request.Preferences is { } wanted)
            await preferences.ChangeAsync(
                caller.Workspace,
                agent,
                current =>
                    current with
                    {
                        Language = wanted.Language is null ? current.Language : wanted.Language.Value,
                        Theme = wanted.Theme ?? current.Theme,
                        SingleKeys = wanted.SingleKeys ?? current.SingleKeys,
                    },
                cancellationToken
            );
        return TypedResults.Ok(await ViewAsync(context, caller, cancellationToken));
    }

    private async Task<MeView> ViewAsync(HttpContext context, Caller caller, CancellationToken cancellationToken)
    {
        var workspace = await directory.FindWorkspaceAsync(caller.Workspace, cancellationToken);
        var session = context.Features.Get<LiveSession>();
        var agent = caller.Agent is { } id ? await directory.FindAgentAsync(caller.Workspace, id, cancellationToken) : null;
        var view = new MeView(
            caller.Workspace,
            workspace?.Name ?? caller.Workspace,
            caller.Role,
            caller.Method,
            session?.IsStandIn == true,
            session?.Session.ExpiresAt,
            null,
            [],
            null,
            null,
            null
        );
        if (agent is null)
            return view;
        var groups = await settings.RememberAsync(caller.Workspace, DirectoryKinds.Groups, cancellationToken);
        var state = await routing.ReadAgentAsync(caller.Workspace, agent.Id, cancellationToken);
        var calendars = agent.Calendar is null ? null : (await clocks.CurrentAsync(caller.Workspace, cancellationToken)).Calendars;
        var wish = await mails.WishOfAsync(caller.Workspace, agent.Id, cancellationToken);
        var isKnownInTeams = (await chats.OfAsync(caller.Workspace, cancellationToken)).ContainsKey(agent.Id);
        var wanted = await preferences.OfAsync(caller.Workspace, agent.Id, cancellationToken);
        return view with
        {
            Agent = new(agent.Id, agent.Name, agent.Email, agent.Groups, agent.Skills),
            Groups =
            [
                .. groups.Where(group => agent.Groups.Contains(group.Id, StringComparer.Ordinal)).Select(group => new MyGroupView(group.Id, group.Name)),
            ],
            Presence = PresentAgentView.Of(agent, state.Value, calendars, time.GetUtcNow()),
            Notifications = AgentNotificationsView.Of(wish, isKnownInTeams),
            Preferences = new(wanted.Language, wanted.Theme, wanted.SingleKeys),
        };
    }
}
