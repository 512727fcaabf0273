using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Helpdesk.LocalHost.Tests;

public sealed class HttpTests(SharedHost shared)
{
    private readonly RunningHost _host = shared.Host;

    [Fact]
    public async Task A_request_reaches_its_function_with_route_values_query_body_and_headers()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/echo/42/b%20c?x=1&x=2&e=") { Content = new StringContent("ünïcode") };
        request.Headers.Add("X-Own", ["one", "two"]);
        using var answer = await _host.Http.SendAsync(request, TestContext.Current.CancellationToken);
        var echo = System.Text.Json.Nodes.JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
        Assert.Equal(42, echo["id"]!.GetValue<int>());
        string[] names = ["name", "query", "path", "body"];
        Assert.Equal(["b c", "?x=1&x=2&e=", "/echo/42/b c", "ünïcode"], names.Select(name => echo[name]!.GetValue<string>()));
        Assert.Equal("one, two", echo["headers"]!["X-Own"]!.GetValue<string>().Replace(",two", ", two", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("Cookie", "n=ü")]
    [InlineData("Referer", "http://localhost/größe?x=日本")]
    [InlineData("X-Own", "\U0001f600")]
    public async Task A_header_that_is_not_ASCII_arrives_as_it_was_sent(string name, string value)
    {
        using var handler = new SocketsHttpHandler { RequestHeaderEncodingSelector = (_, _) => Encoding.UTF8, UseCookies = false };
        using var http = new HttpClient(handler) { BaseAddress = _host.Http.BaseAddress };
        using var request = new HttpRequestMessage(HttpMethod.Get, "/echo/1");
        request.Headers.TryAddWithoutValidation(name, value);
        using var answer = await http.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var echo = System.Text.Json.Nodes.JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
        Assert.Equal(value, echo["headers"]![name]!.GetValue<string>());
    }

    [Fact]
    public async Task What_a_client_says_of_itself_is_not_believed()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/echo/1");
        request.Headers.Host = "desk.example:7";
        (string, string)[] said =
        [
            ("X-Forwarded-For", "9.9.9.9"),
            ("X-Forwarded-Host", "evil.example"),
            ("X-Forwarded-Proto", "https"),
            ("X-Forwarded-Prefix", "/evil"),
            ("Forwarded", "for=9.9.9.9"),
            ("x-ms-invocation-id", "mine"),
        ];
        foreach (var (name, value) in said)
            request.Headers.TryAddWithoutValidation(name, value);
        using var answer = await _host.Http.SendAsync(request, TestContext.Current.CancellationToken);
        var text = await answer.Content.ReadAsStringAsync();
        var echo = System.Text.Json.Nodes.JsonNode.Parse(text)!;
        Assert.Equal(
            ("desk.example:7", "http", "127.0.0.1"),
            (echo["host"]!.GetValue<string>(), echo["scheme"]!.GetValue<string>(), echo["address"]!.GetValue<string>())
        );
        Assert.DoesNotContain("evil", text, StringComparison.Ordinal);
        Assert.DoesNotContain("9.9.9.9", text, StringComparison.Ordinal);
        Assert.True(Guid.TryParse(echo["headers"]!["x-ms-invocation-id"]!.GetValue<string>(), out _));
    }

    [Theory]
    [InlineData("GET", "/overlap/literal", "by id literal")]
    [InlineData("GET", "/pages/a/b.css", "page a/b.css")]
    [InlineData("GET", "/PAGES", "page ")]
    public async Task The_first_function_by_name_whose_path_and_verb_match_is_run(string verb, string path, string body)
    {
        using var request = new HttpRequestMessage(new HttpMethod(verb), path);
        using var answer = await _host.Http.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(body, await answer.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("PUT", "/echo/1")]
    [InlineData("GET", "/echo/no-number")]
    [InlineData("GET", "/nowhere")]
    [InlineData("GET", "/api/echo/1")]
    [InlineData("POST", "/")]
    public async Task Neither_a_wrong_path_nor_a_wrong_verb_is_anything_but_404(string verb, string path)
    {
        using var request = new HttpRequestMessage(new HttpMethod(verb), path);
        using var answer = await _host.Http.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }

    [Theory]
    [InlineData(200)]
    [InlineData(204)]
    [InlineData(304)]
    [InlineData(302)]
    [InlineData(418)]
    [InlineData(503)]
    public async Task An_answer_comes_back_as_the_function_gave_it(int status)
    {
        using var answer = await _host.Http.GetAsync($"/answer/{status}");
        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal(["a=1; Path=/", "b=2; HttpOnly"], answer.Headers.GetValues("Set-Cookie"));
        Assert.Equal(status == 302 ? "/elsewhere" : null, answer.Headers.Location?.ToString());
    }

    [Fact]
    public async Task A_head_request_has_headers_and_no_body()
    {
        using var request = new HttpRequestMessage(HttpMethod.Head, "/echo/1");
        using var answer = await _host.Http.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("application/json", answer.Content.Headers.ContentType?.MediaType);
        Assert.Empty(await answer.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task Bodies_arrive_whole_with_a_length_and_in_chunks()
    {
        var bytes = new byte[20_000_000];
        foreach (var chunked in new[] { false, true })
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/upload") { Content = new ByteArrayContent(bytes) };
            request.Headers.TransferEncodingChunked = chunked;
            using var answer = await _host.Http.SendAsync(request, TestContext.Current.CancellationToken);
            Assert.Equal("20000000", await answer.Content.ReadAsStringAsync());
        }
    }

    [Fact]
    public async Task A_body_over_100_MB_is_refused()
    {
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", _host.Port);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes("POST /upload HTTP/1.1\r\nHost: localhost\r\nContent-Length: 104857601\r\n\r\n"));
        using var reader = new StreamReader(client.GetStream());
        Assert.StartsWith("HTTP/1.1 413 ", await reader.ReadLineAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stream_is_passed_on_as_it_comes()
    {
        using var answer = await _host.Http.GetAsync("/stream/3", HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync());
        Assert.Equal("data: 0", await reader.ReadLineAsync());
        var rest = reader.ReadToEndAsync();
        Assert.False(rest.IsCompleted);
        Assert.Equal("\ndata: 1\n\ndata: 2\n\n", await rest);
    }

    [Fact]
    public async Task A_function_that_throws_is_a_500_without_a_body_and_is_logged_once()
    {
        using var answer = await _host.Http.GetAsync("/throws");
        Assert.Equal(HttpStatusCode.InternalServerError, answer.StatusCode);
        Assert.Empty(await answer.Content.ReadAsByteArrayAsync());
        await _host.SaysAsync("thrown on purpose");
        Assert.Single(_host.Output.Split("thrown on purpose").Skip(1));
        Assert.DoesNotContain("Microsoft.Azure.Functions.Worker.FunctionsApplication", _host.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_that_goes_away_cancels_the_function()
    {
        using var patience = new CancellationTokenSource();
        var asked = _host.Http.GetAsync("/wait/30000", patience.Token);
        await _host.Folder.RecordedAsync("Wait", record => record.Count > 0, "the function has begun");
        await patience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asked);
        await _host.Folder.RecordedAsync("Wait", record => record[^1]["what"]!.GetValue<string>() == "cancelled", "the function is cancelled");
    }

    [Fact]
    public async Task The_worker_finds_its_settings_and_none_of_the_hosts_own_addresses()
    {
        Assert.Equal("Development", await _host.Http.GetStringAsync("/setting/AZURE_FUNCTIONS_ENVIRONMENT"));
        Assert.Equal($"localhost:{_host.Port}", await _host.Http.GetStringAsync("/setting/WEBSITE_HOSTNAME"));
        Assert.Equal(shared.Storage, await _host.Http.GetStringAsync("/setting/AzureWebJobsStorage"));
        using var hooks = await _host.Http.GetAsync("/setting/DOTNET_STARTUP_HOOKS");
        Assert.Equal(HttpStatusCode.NotFound, hooks.StatusCode);
    }

    [Fact]
    public async Task What_the_app_logs_and_prints_is_on_the_terminal_once_and_nothing_of_the_frameworks()
    {
        using var said = await _host.Http.PostAsync("/say/something", null);
        await _host.SaysAsync("Printed: something");
        await _host.SaysAsync("info: Said by log: something");
        Assert.Single(_host.Output.Split("Said by log: something").Skip(1));
        Assert.Single(_host.Output.Split("Printed: something").Skip(1));
        Assert.DoesNotContain("Now listening on", _host.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("Executing endpoint", _host.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_front_page_says_that_it_runs_and_verbose_lists_the_functions()
    {
        Assert.Equal($"{_host.Folder.Name} is up and running.\n", await _host.Http.GetStringAsync("/"));
        Assert.Contains("Running", await _host.Http.GetStringAsync("/admin/host/status"), StringComparison.Ordinal);
        await _host.SaysAsync("timerTrigger %YearlySchedule%");
        Assert.Matches($@"Echo +\[GET,HEAD,POST\] http://localhost:{_host.Port}/echo/{{id:int}}/{{name\?}}", _host.Output);
    }
}
