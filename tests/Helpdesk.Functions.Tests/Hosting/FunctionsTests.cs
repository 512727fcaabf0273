using System.Net;
using System.Reflection;
using Helpdesk.Directory;
using Helpdesk.Functions.Hosting;
using Helpdesk.LocalHost.App;
using Helpdesk.LocalHost.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.DependencyInjection;

namespace Helpdesk.Functions.Tests.Hosting;

/// <summary>Every entry of the app: what it is, who may use it, and that each is reached by its own route.</summary>
public sealed class FunctionsTests(DeskFixture fixture)
{
    private static readonly string List = Path.Combine(AppContext.BaseDirectory, "functions.txt");

    /// <summary>The committed list is the one page on which all entries are seen; a line that is missing or too much is in the message.</summary>
    [Fact]
    public void Every_function_is_on_the_committed_list_with_its_trigger_its_route_and_its_roles()
    {
        var actual = fixture.App.Functions.OrderBy(function => function.Name, StringComparer.OrdinalIgnoreCase).Select(Line).ToList();
        var committed = File.ReadAllLines(List).Where(line => line.Length > 0 && line[0] != '#').ToList();
        Assert.True(
            actual.SequenceEqual(committed, StringComparer.Ordinal),
            $"functions.txt does not say what there is.\nMissing:\n{string.Join('\n', actual.Except(committed))}\nToo "
                + $"much:\n{string.Join('\n', committed.Except(actual))}"
        );
    }

    /// <summary>The real host asks functions in the order of their names: one with a wide route could take what is meant for another.</summary>
    [Fact]
    public async Task Every_route_reaches_its_own_function_by_the_router_of_the_real_host()
    {
        string? reached = null;
        var functions = fixture.App.Functions;
        var services = new ServiceCollection().AddLogging().AddRouting().BuildServiceProvider();
        var router = new FunctionRouter(
            services.GetRequiredService<IInlineConstraintResolver>(),
            functions,
            "",
            (function, _) => Task.FromResult(reached = function.Name)
        );
        foreach (var function in functions.Where(function => function.IsHttp))
        {
            var path =
                "/"
                + System.Text.RegularExpressions.Regex.Replace(
                    FunctionRouter.Route(function),
                    "{[^}]*}",
                    it => it.Value.EndsWith("?}", StringComparison.Ordinal) ? "" : "12"
                );
            foreach (var verb in FunctionRouter.Verbs(function))
            {
                var request = new DefaultHttpContext { RequestServices = services };
                (request.Request.Method, request.Request.Path) = (verb.ToUpperInvariant(), path);
                Assert.True(await router.TryRunAsync(request), $"Nothing is reached at {verb} {path}.");
                Assert.Equal(function.Name, reached);
            }
        }
    }

    [Fact]
    public void Every_http_function_says_who_may_call_it_and_answers_HEAD_where_it_answers_GET()
    {
        foreach (var function in fixture.App.Functions.Where(function => function.IsHttp))
        {
            var method = MethodOf(function);
            Assert.True(
                method.IsDefined(typeof(RequiresKeyAttribute)) ^ method.IsDefined(typeof(PublicAttribute)),
                $"{function.Name} needs [RequiresKey] or [Public]."
            );
            var verbs = FunctionRouter.Verbs(function);
            Assert.Equal(verbs.Contains("get"), verbs.Contains("head"));
        }
    }

    [Theory]
    [InlineData("/DispatchTicketEvents")]
    [InlineData("/api/DispatchTicketEvents")]
    [InlineData("/admin/functions/ProcessReceipt")]
    [InlineData("/runtime/webhooks/durabletask/instances")]
    [InlineData("/api/%2e%2e/ProcessReceipt")]
    public async Task Queues_timers_and_orchestrators_have_no_address(string path)
    {
        using var http = new HttpClient { BaseAddress = fixture.App.Address };
        Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync(path)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await http.PostAsync(path, new StringContent("{}"))).StatusCode);
    }

    [Fact]
    public async Task A_head_request_has_the_headers_of_a_get_and_no_body()
    {
        using var desk = await fixture.OpenDeskAsync();
        var ticket = await desk.OpenTicketAsync();
        var head = (await desk.SendAsync(HttpMethod.Head, $"/api/tickets/{ticket.Json["id"]}", null)).Expect(200);
        Assert.Equal(("", ticket.ETag), (head.Text, head.ETag));
        (await desk.SendAsync(HttpMethod.Head, "/api/tickets/424242", null)).Expect(404);
    }

    private static MethodInfo MethodOf(Function function) =>
        FunctionMethods.All.Values.Single(method => method.GetCustomAttribute<FunctionAttribute>()!.Name == function.Name);

    private static string Line(Function function)
    {
        var method = MethodOf(function);
        var starts = function.Trigger.Type switch
        {
            "httpTrigger" => $"{string.Join(',', FunctionRouter.Verbs(function))} {FunctionRouter.Route(function)}",
            "queueTrigger" => function.Trigger.Text("queueName")!,
            "timerTrigger" => function.Trigger.Text("schedule")!,
            _ => "",
        };
        var who =
            method.GetCustomAttribute<RequiresKeyAttribute>() is { } key ? string.Join(',', key.Roles.Select(WireName<KeyRole>.Of))
            : method.IsDefined(typeof(PublicAttribute)) ? "everybody"
            : "";
        return string.Join(" | ", new[] { function.Name, function.Trigger.Type, starts, who }.Where(part => part.Length > 0));
    }
}
