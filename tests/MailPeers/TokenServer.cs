using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Helpdesk.Testing;

/// <summary>Issues tokens for client credentials as Microsoft's token endpoint does, and tells a mail server whether one is good (RFC 7662).</summary>
public sealed class TokenServer : IAsyncDisposable
{
    public const string ClientId = "11111111-2222-3333-4444-555555555555";
    public const string ClientSecret = "a client's secret & more";
    public const string Scope = "https://outlook.office365.com/.default";
    private readonly WebApplication _app;
    private readonly ConcurrentDictionary<string, bool> _tokens = new(StringComparer.Ordinal);
    private int _issued;

    private TokenServer(WebApplication app) => _app = app;

    public Uri TokenUrl => new(new Uri(_app.Urls.Single()), "/tenant/oauth2/v2.0/token");

    public Uri IntrospectionUrl => new(new Uri(_app.Urls.Single()), "/introspect");

    /// <summary>How many tokens it has issued.</summary>
    public int Issued => Volatile.Read(ref _issued);

    /// <summary>Whose mailbox its tokens open.</summary>
    public string User { get; set; } = "";

    /// <summary>How long its tokens are good, as it says.</summary>
    public TimeSpan Lifetime { get; set; } = TimeSpan.FromHours(1);

    public static async Task<TokenServer> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        var server = new TokenServer(app);
        app.MapPost("/tenant/oauth2/v2.0/token", server.IssueAsync);
        app.MapPost("/introspect", server.IntrospectAsync);
        app.Urls.Add(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{AzuriteServer.FreePort()}"));
        await app.StartAsync();
        return server;
    }

    /// <summary>Makes all tokens void before their time.</summary>
    public void Withdraw() => _tokens.Clear();

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task<IResult> IssueAsync(HttpRequest request)
    {
        var form = await request.ReadFormAsync();
        if (form["grant_type"] != "client_credentials")
            return Results.Json(new { error = "unsupported_grant_type" }, statusCode: 400);
        if (form["client_id"] != ClientId || form["client_secret"] != ClientSecret)
            return Results.Json(
                new { error = "invalid_client", error_description = "AADSTS7000215: Invalid client secret provided.\r\nTrace ID: 0" },
                statusCode: 401
            );
        if (form["scope"] != Scope)
            return Results.Json(
                new { error = "invalid_scope", error_description = "AADSTS70011: The provided value for scope is not valid." },
                statusCode: 400
            );
        var token = $"token-{Interlocked.Increment(ref _issued)}-{Guid.NewGuid():N}";
        _tokens[token] = true;
        return Results.Json(
            new
            {
                token_type = "Bearer",
                expires_in = (int)Lifetime.TotalSeconds,
                access_token = token,
            }
        );
    }

    private async Task<IResult> IntrospectAsync(HttpRequest request)
    {
        var form = await request.ReadFormAsync();
        return Results.Json(_tokens.ContainsKey(form["token"].ToString()) ? new { active = "true", username = User } : (object)new { active = "false" });
    }
}
