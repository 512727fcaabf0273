using System.Diagnostics.Metrics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Storage;
using Helpdesk.Testing;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

[assembly: AssemblyFixture(typeof(Helpdesk.Functions.Tests.DeskFixture))]
[assembly: CollectionBehavior(MaxParallelThreads = 3)]

namespace Helpdesk.Functions.Tests;

/// <summary>Tests that count what is in queues that all workspaces share; they run when no others do.</summary>
[CollectionDefinition(nameof(SharedQueues), DisableParallelization = true)]
public sealed class SharedQueues;

/// <summary>Azurite and the app, started once. Every test opens a workspace of its own.</summary>
public sealed class DeskFixture : IAsyncLifetime
{
    public const string AdminKey = "hd_first_admin_key_of_the_tests";
    private AzuriteServer _azurite = null!;
    private RunningApp _app = null!;
    private int _workspaces;

    public string Storage => _azurite.ConnectionString;

    public RunningApp App => _app;

    public async ValueTask InitializeAsync()
    {
        _azurite = await AzuriteServer.StartAsync();
        _app = await RunningApp.StartAsync(Storage);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        await _azurite.DisposeAsync();
    }

    /// <summary>An app whose clock stands still, so that what it remembers for seconds it remembers throughout: for counting what a request costs.</summary>
    /// <param name="mails">Whether it writes mails as well: what those cost is counted by itself.</param>
    /// <param name="storage">Connection string of other storage.</param>
    public Task<RunningApp> StartFrozenAppAsync(bool mails = false, string? storage = null) =>
        RunningApp.StartAsync(
            storage ?? Storage,
            builder =>
            {
                builder.Services.AddSingleton<TimeProvider>(new FakeTimeProvider(TimeProvider.System.GetUtcNow()));
                if (!mails)
                    builder.WithoutMails();
            }
        );

    /// <summary>A workspace with an admin, and nothing else in it.</summary>
    public async Task<Desk> OpenDeskAsync(RunningApp? app = null)
    {
        var home = new Desk("main", AdminKey, (app ?? _app).Address);
        var id = string.Create(CultureInfo.InvariantCulture, $"test-{Interlocked.Increment(ref _workspaces)}-{Environment.ProcessId}");
        var opened = await home.PostAsync("/api/workspaces", new { id, name = "Test" });
        return new(id, opened.Json["adminKey"]!.GetValue<string>(), (app ?? _app).Address);
    }
}

/// <summary>The app in this process, behind as much of a Functions host as it needs.</summary>
public sealed class RunningApp : IAsyncDisposable
{
    private readonly FunctionsTestHost _host;

    private RunningApp(FunctionsTestHost host, RecordedTasks tasks) => (_host, Tasks) = (host, tasks);

    public Uri Address => _host.Address;

    public IServiceProvider Services => _host.Services;

    public IReadOnlyCollection<Helpdesk.LocalHost.App.Function> Functions => _host.Functions;

    /// <summary>What the app asked of the task hub.</summary>
    public RecordedTasks Tasks { get; }

    public static async Task<RunningApp> StartAsync(string storage, Action<FunctionsApplicationBuilder>? configure = null, params string[] settings)
    {
        var tasks = new RecordedTasks();
        var host = await FunctionsTestHost.StartAsync(
            HelpdeskApp.CreateBuilder,
            builder =>
            {
                builder.Services.AddSingleton(new TaskHub(tasks));
                configure?.Invoke(builder);
            },
            [
                $"--AzureWebJobsStorage={storage}",
                $"--HELPDESK_ADMIN_KEY={DeskFixture.AdminKey}",
                "--Intake:PerMinute=100000",
                "--Chat:PerMinute=100000",
                "--SignIn:PerMinute=100000",
                "--Portal:PerMinute=100000",
                "--Outside:AllowedAddresses=127.0.0.0/8, ::1",
                "--Logging:Level=Warning",
                .. settings,
            ]
        );
        return new(host, tasks);
    }

    /// <summary>Calls a queue or timer function as the Functions host does; throws when it fails.</summary>
    public Task<string?> InvokeAsync(string function, string message, int dequeueCount = 1) =>
        _host.InvokeAsync(function, message, ("DequeueCount", dequeueCount.ToString(CultureInfo.InvariantCulture)));

    /// <summary>Waits until every change that this app committed has reached its consumers.</summary>
    public Task DeliveredAsync()
    {
        var pending = Services.GetRequiredService<WorkQueue<Helpdesk.Functions.Tickets.TicketMessage>>();
        var outboxes = Services.GetRequiredService<WorkQueue<Helpdesk.Functions.Conversations.OutboxMessage>>();
        return Until.TrueAsync(() => Task.FromResult(pending.Outstanding == 0 && outboxes.Outstanding == 0), "all that was committed is delivered");
    }

    /// <summary>Waits until every mail that this app has decided on is sent, or kept back.</summary>
    public async Task MailedAsync()
    {
        await DeliveredAsync();
        var mails = Services.GetRequiredService<WorkQueue<Helpdesk.Functions.Email.OutgoingMail>>();
        await Until.TrueAsync(() => Task.FromResult(mails.Outstanding == 0), "all mails are sent");
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();
}

/// <summary>Apps for tests that count.</summary>
public static class CountedApps
{
    /// <summary>Nobody is told of anything by mail.</summary>
    public static void WithoutMails(this FunctionsApplicationBuilder builder) =>
        builder.Services.Remove(
            builder.Services.Single(service =>
                service.ServiceType == typeof(Helpdesk.Functions.Events.IEventSubscriber)
                && service.ImplementationType == typeof(Helpdesk.Functions.Email.NotifyPeople)
            )
        );
}

/// <summary>An answer of the API.</summary>
public sealed record Answer(int Status, HttpResponseHeaders Headers, string Text)
{
    public JsonNode Json => JsonNode.Parse(Text) ?? throw new InvalidDataException("The answer is empty.");

    public string Code => Json["code"]!.GetValue<string>();

    public string? ETag => Headers.ETag?.ToString();

    /// <summary>
    /// Expects that none of these texts stands anywhere in the answer, as it was sent or as it is read: JSON may write <c>+</c> as <c>\u002B</c>.
    /// </summary>
    public Answer Hides(params IEnumerable<string> secrets)
    {
        var told = string.Join('\n', TextsOf(Json).Append(Text));
        Assert.All(secrets, secret => Assert.DoesNotContain(secret, told, StringComparison.Ordinal));
        return this;
    }

    private static IEnumerable<string> TextsOf(JsonNode? node) =>
        node switch
        {
            JsonObject fields => fields.SelectMany(field => TextsOf(field.Value).Prepend(field.Key)),
            JsonArray items => items.SelectMany(TextsOf),
            JsonValue value when value.TryGetValue<string>(out var text) => [text],
            _ => [],
        };

    public Answer Expect(int status)
    {
        Assert.True(Status == status, $"Expected {status}, got {Status}: {Text}");
        return this;
    }
}

/// <summary>One workspace, seen with one key.</summary>
public sealed class Desk(string workspace, string key, Uri address) : IDisposable
{
    private readonly HttpClient _http = new() { BaseAddress = address };

    public string Workspace => workspace;

    public string Key => key;

    public Uri Address => address;

    public Task<Answer> GetAsync(string path, params (string, string)[] headers) => SendAsync(HttpMethod.Get, path, null, headers);

    public Task<Answer> PostAsync(string path, object? body = null, params (string, string)[] headers) =>
        SendAsync(HttpMethod.Post, path, body is null ? null : JsonContent.Create(body), headers);

    public Task<Answer> PatchAsync(string path, object body, params (string, string)[] headers) =>
        SendAsync(HttpMethod.Patch, path, JsonContent.Create(body), headers);

    public Task<Answer> DeleteAsync(string path) => SendAsync(HttpMethod.Delete, path, null);

    public async Task<Answer> SendAsync(HttpMethod method, string path, HttpContent? content, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, new Uri(address, path)) { Content = content };
        if (key.Length > 0)
            request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {key}");
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        using var response = await _http.SendAsync(request);
        return new((int)response.StatusCode, response.Headers, await response.Content.ReadAsStringAsync());
    }

    public async Task<Answer> OpenTicketAsync(
        string subject = "Printer",
        string email = "rita@example.com",
        string priority = "normal",
        params string[] tags
    ) =>
        (
            await PostAsync(
                "/api/tickets",
                new
                {
                    subject,
                    description = "It is on fire",
                    requester = new { email, name = "Rita" },
                    priority,
                    tags,
                }
            )
        ).Expect(201);

    /// <summary>A ticket that an agent has resolved.</summary>
    public async Task<Answer> ResolvedTicketAsync()
    {
        var ticket = await OpenTicketAsync();
        return (await PostAsync($"/api/tickets/{ticket.Json["id"]}/resolve", new { resolution = "Extinguished" })).Expect(200);
    }

    /// <summary>A ticket that is closed for good.</summary>
    public async Task<Answer> ClosedTicketAsync()
    {
        var ticket = await ResolvedTicketAsync();
        return (await PostAsync($"/api/tickets/{ticket.Json["id"]}/close")).Expect(200);
    }

    /// <summary>The same workspace with a key of another role.</summary>
    public async Task<Desk> WithRoleAsync(string role)
    {
        if (role == "integration")
            return new(workspace, (await PostAsync("/api/keys", new { name = "Bridge", role })).Expect(201).Json["key"]!.GetValue<string>(), address);
        var agent = (await PostAsync("/api/agents", new { name = $"Agent {Guid.NewGuid():N}"[..20], email = $"{Guid.NewGuid():N}@example.com" }))
            .Expect(201)
            .Json["id"]!.GetValue<string>();
        return new(workspace, (
                await PostAsync(
                    "/api/keys",
                    new
                    {
                        name = "Key",
                        role,
                        agent,
                    }
                )
            ).Expect(201).Json["key"]!.GetValue<string>(), address);
    }

    /// <summary>All numbers of a list, page by page.</summary>
    public async Task<List<long>> NumbersAsync(string query, int limit = 100)
    {
        var (numbers, cursor) = (new List<long>(), "");
        while (true)
        {
            var page = (await GetAsync($"/api/tickets?{query}&limit={limit}{cursor}")).Expect(200).Json;
            numbers.AddRange(page["items"]!.AsArray().Select(item => item!["number"]!.GetValue<long>()));
            if (page["nextCursor"] is not { } next)
                return numbers;
            cursor = $"&cursor={next.GetValue<string>()}";
        }
    }

    /// <summary>Waits until a list shows exactly these numbers, in whatever order.</summary>
    public Task ListShowsAsync(string query, params IEnumerable<long> numbers)
    {
        var expected = numbers.Order().ToList();
        return Until.TrueAsync(
            async () => (await NumbersAsync(query)).Order().SequenceEqual(expected),
            $"the list {query} shows {string.Join(", ", expected)}"
        );
    }

    public void Dispose() => _http.Dispose();
}

/// <summary>Counts the requests that storage gets from one app.</summary>
public sealed class StorageCount : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly RunningApp _app;
    private long _count;

    public StorageCount(RunningApp app)
    {
        _app = app;
        var meters = app.Services.GetRequiredService<IMeterFactory>();
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == StorageMeter.Name && instrument.Meter.Scope == meters)
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>(
            (_, amount, tags, _) =>
            {
                var path = string.Join(' ', tags.ToArray().Select(tag => tag.Value));
                // What a process has used is written once a minute, whatever it does.
                if (path.Contains("~usage", StringComparison.Ordinal))
                    return;
                Interlocked.Add(ref _count, amount);
                lock (Paths)
                    Paths.Add(path);
            }
        );
        _listener.Start();
    }

    public List<string> Paths { get; } = [];

    public long Count => Interlocked.Read(ref _count);

    /// <summary>The count once everything that was committed has been delivered.</summary>
    public async Task<long> WhenDeliveredAsync()
    {
        await _app.DeliveredAsync();
        return Count;
    }

    public void Reset()
    {
        Interlocked.Exchange(ref _count, 0);
        lock (Paths)
            Paths.Clear();
    }

    public void Dispose() => _listener.Dispose();
}
