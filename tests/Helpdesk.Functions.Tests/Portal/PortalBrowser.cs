using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Helpdesk.Functions.Portal;
using Helpdesk.Functions.Storage;
using Helpdesk.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Helpdesk.Functions.Tests.Portal;

/// <summary>A browser that keeps its cookies and follows nothing by itself.</summary>
internal sealed partial class PortalBrowser(RunningApp app, Desk desk) : IDisposable
{
    private readonly HttpClient _http = new(new HttpClientHandler { AllowAutoRedirect = false }) { BaseAddress = app.Address };

    public CookieContainer Cookies { get; } = new();

    /// <summary>What the app writes cookies into when it is asked directly.</summary>
    public Microsoft.AspNetCore.Http.DefaultHttpContext Context { get; } = new() { Request = { Scheme = "http", Host = new(app.Address.Authority) } };

    /// <summary>Keeps those cookies.</summary>
    public void TakeCookies()
    {
        foreach (var cookie in Context.Response.Headers.SetCookie)
            Cookies.SetCookies(app.Address, cookie!);
    }

    /// <summary>The address of a page of the desk's workspace.</summary>
    public string Of(string path) => $"{path}{(path.Contains('?', StringComparison.Ordinal) ? '&' : '?')}workspace={desk.Workspace}";

    public async Task<(int Status, string? Location, string Html)> SendAsync(
        HttpMethod method,
        string path,
        HttpContent? content = null,
        params (string Name, string Value)[] headers
    )
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        request.Headers.TryAddWithoutValidation("Accept", "text/html");
        request.Headers.TryAddWithoutValidation("Accept-Language", "en");
        request.Headers.TryAddWithoutValidation("Cookie", Cookies.GetCookieHeader(new(app.Address, path)));
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        using var answer = await _http.SendAsync(request);
        if (answer.Headers.TryGetValues("Set-Cookie", out var cookies))
        {
            foreach (var cookie in cookies)
                Cookies.SetCookies(new(app.Address, path), cookie);
        }

        return ((int)answer.StatusCode, answer.Headers.Location?.ToString(), await answer.Content.ReadAsStringAsync());
    }

    public async Task<string> ReadAsync(string path, int status = 200)
    {
        var answer = await SendAsync(HttpMethod.Get, path);
        Assert.True(answer.Status == status, $"{path} answered {answer.Status}: {answer.Html}");
        return answer.Html;
    }

    public Task<(int Status, string? Location, string Html)> PostAsync(string path, params (string Name, string Value)[] fields) =>
        SendAsync(HttpMethod.Post, path, new FormUrlEncodedContent(fields.Select(field => KeyValuePair.Create(field.Name, field.Value))));

    /// <summary>Sends fields as the page of a request does.</summary>
    public Task<(int Status, string? Location, string Html)> UploadAsync(string path, params (string Name, string Value)[] fields)
    {
        var form = new MultipartFormDataContent();
        foreach (var (name, value) in fields)
            form.Add(new StringContent(value), name);
        return SendAsync(HttpMethod.Post, path, form);
    }

    /// <summary>Asks for a link, and gives the path of the one that is mailed; null where none is.</summary>
    public async Task<string?> AskForLinkAsync(string email)
    {
        var before = await LinksAsync(email);
        var asked = await PostAsync(Of("/support/requests"), ("email", email));
        Assert.Equal((302, Of("/support/requests") + "&sent=1"), (asked.Status, asked.Location));
        Assert.Contains("If we know the address", await ReadAsync(asked.Location!), StringComparison.Ordinal);
        var orders = app.Services.GetRequiredService<WorkQueue<SignInOrder>>();
        await Until.TrueAsync(() => Task.FromResult(orders.Outstanding == 0), "what was asked for is done");
        await app.MailedAsync();
        return (await LinksAsync(email)).Except(before).SingleOrDefault();
    }

    /// <summary>Signs somebody in by a mail.</summary>
    public async Task SignInAsync(string email)
    {
        var link = await AskForLinkAsync(email);
        Assert.NotNull(link);
        await ReadAsync(link);
        Assert.Equal(302, (await PostAsync(link)).Status);
    }

    private async Task<List<string>> LinksAsync(string email) =>
        [
            .. (await desk.GetAsync("/api/outbox?limit=100")).Expect(200).Json["items"]!
                .AsArray()
                .OfType<JsonObject>()
                .Where(mail => mail["event"]!.GetValue<string>() == "sign-in" && mail["to"]!.GetValue<string>() == email)
                .Select(mail => Link().Match(mail["text"]!.GetValue<string>()).Value),
        ];

    public void Dispose() => _http.Dispose();

    [GeneratedRegex(@"/support/sign-in/[^\s?]+")]
    private static partial Regex Link();
}
