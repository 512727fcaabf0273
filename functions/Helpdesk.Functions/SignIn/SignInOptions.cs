using Helpdesk.Functions.Directory;
using Helpdesk.Functions.Settings;

namespace Helpdesk.Functions.SignIn;

/// <summary>The OpenID Connect provider that agents sign in at: the settings <c>SignIn__…</c>. Without <c>SignIn__Authority</c> there is none.</summary>
public sealed class SignInOptions
{
    /// <summary>What Microsoft calls an authority that takes people of every organisation.</summary>
    private static readonly string[] Anybody = ["common", "organizations", "consumers"];

    public SignInOptions(IConfiguration settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        string? Of(string name) => settings[$"SignIn:{name}"] is { Length: > 0 } text ? text : null;
        Workspace = Of("Workspace") ?? DirectoryStore.HomeWorkspace;
        if (!SettingsStore.IsId(Workspace))
            throw new InvalidOperationException($"SignIn__Workspace is \"{Workspace}\", which is no id of a workspace.");
        AllowsKeys = Of("AllowKeys") switch
        {
            null or "true" => true,
            "false" => false,
            var other => throw new InvalidOperationException($"SignIn__AllowKeys is \"{other}\"; it must be true or false."),
        };
        if (Of("Authority") is not { } authority)
        {
            foreach (var alone in new[] { "ClientId", "Audience", "Scopes", "Resource", "Parameters", "Name" })
            {
                if (Of(alone) is not null)
                    throw new InvalidOperationException($"SignIn__{alone} means nothing without SignIn__Authority: set both or neither.");
            }

            if (!AllowsKeys)
                throw new InvalidOperationException("SignIn__AllowKeys is \"false\" without SignIn__Authority: then nobody could sign in.");
            return;
        }

        if (
            !Uri.TryCreate(authority.TrimEnd('/'), UriKind.Absolute, out var url)
            || !(url.Scheme == Uri.UriSchemeHttps || (url.Scheme == Uri.UriSchemeHttp && url.IsLoopback))
            || url.Query.Length > 0
        )
            throw new InvalidOperationException($"SignIn__Authority is \"{authority}\"; it must be an address with https, such as https://login.example.com.");
        if (IsMicrosoft(url) && Anybody.Contains(url.Segments.ElementAtOrDefault(1)?.TrimEnd('/'), StringComparer.OrdinalIgnoreCase))
            throw new InvalidOperationException(
                $"SignIn__Authority is \"{authority}\", which takes people of every organisation: "
                    + $"name your tenant's id instead of {url.Segments[1].TrimEnd('/')}."
            );
        // Some providers have a slash at the end of their name, and it counts there.
        Authority = authority;
        ClientId =
            Of("ClientId") ?? throw new InvalidOperationException("SignIn__ClientId is missing: it is the id of the desk's registration at the provider.");
        Audience = Of("Audience") ?? ClientId;
        Scopes = [.. (Of("Scopes") ?? "openid profile email offline_access").Split(' ', StringSplitOptions.RemoveEmptyEntries)];
        if (!Scopes.Contains("openid", StringComparer.Ordinal))
            throw new InvalidOperationException("SignIn__Scopes must contain openid.");
        Resource = Of("Resource");
        Name = Of("Name") ?? (IsMicrosoft(url) ? "Microsoft" : url.Host);
        foreach (var pair in (Of("Parameters") ?? "").Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var at = pair.IndexOf('=', StringComparison.Ordinal);
            if (at < 1)
                throw new InvalidOperationException($"SignIn__Parameters has \"{pair}\"; write it like audience=https://helpdesk&prompt=login.");
            Parameters[pair[..at]] = Uri.UnescapeDataString(pair[(at + 1)..]);
        }
    }

    /// <summary>The address of the provider; null where people sign in with keys alone.</summary>
    public string? Authority { get; }

    /// <summary>What the provider calls the console.</summary>
    public string ClientId { get; } = "";

    /// <summary>Whom access tokens must be meant for; the client id by default.</summary>
    public string Audience { get; } = "";

    /// <summary>What the console asks the provider for.</summary>
    public IReadOnlyList<string> Scopes { get; } = [];

    /// <summary>The resource that the console asks a token for (RFC 8707), where the provider wants that.</summary>
    public string? Resource { get; }

    /// <summary>More parameters with which the console sends people to the provider.</summary>
    public Dictionary<string, string> Parameters { get; } = new(StringComparer.Ordinal);

    /// <summary>What the button says.</summary>
    public string Name { get; } = "";

    /// <summary>The workspace whose agents sign in at the provider.</summary>
    public string Workspace { get; }

    /// <summary>Whether keys begin sessions as well.</summary>
    public bool AllowsKeys { get; }

    /// <summary>Whether an address is Microsoft's sign-in service, in whichever cloud.</summary>
    public static bool IsMicrosoft(Uri url)
    {
        ArgumentNullException.ThrowIfNull(url);
        return url.Host is "login.microsoftonline.com" or "login.microsoftonline.us" or "login.partner.microsoftonline.cn" or "sts.windows.net";
    }
}
