using System.Net;
using Helpdesk.LocalHost.App;
using Microsoft.Extensions.Logging;

namespace Helpdesk.LocalHost.Tests;

/// <summary>The command line, host.json and local.settings.json.</summary>
public sealed class SettingsTests(SharedHost shared) : IDisposable
{
    private readonly string _folder = System.IO.Directory.CreateTempSubdirectory("helpdesk-app-").FullName;

    public void Dispose() => System.IO.Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("--port", "80")]
    [InlineData("--port=80")]
    public void Values_stand_after_a_space_or_an_equals_sign(params string[] port)
    {
        var options = LocalHostOptions.Parse(["--app", "a", .. port, "--page=Chat=/chat", "--page", "Form=/support?x=1", "--storage=A=1;B=2==", "--verbose"]);
        Assert.Equal((80, "A=1;B=2==", true), (options.Port, options.Storage, options.Verbose));
        Assert.Equal([("Chat", "/chat"), ("Form", "/support?x=1")], options.Pages);
        Assert.Equal(Path.GetFullPath("a"), options.App);
    }

    [Theory]
    [InlineData("--app must name the folder of a built Functions app.")]
    [InlineData("--prot is no option here; there are --app, --name, --port, --data, --storage, --azurite, --func, --page and --verbose.", "--prot", "1")]
    [InlineData("--port needs a value.", "--app", "a", "--port")]
    [InlineData("--data needs a value.", "--app", "a", "--data=")]
    [InlineData("--port http is no port: give a number from 1 to 65535.", "--app", "a", "--port", "http")]
    [InlineData("--port 65536 is no port: give a number from 1 to 65535.", "--app", "a", "--port=65536")]
    [InlineData("--page chat is no page: give a name and a path, as in Chat=/chat.", "--app", "a", "--page", "chat")]
    [InlineData("--verbose takes no value.", "--app", "a", "--verbose=yes")]
    public void A_wrong_command_line_is_told_in_one_sentence(string sentence, params string[] arguments) =>
        Assert.Equal(sentence, Assert.Throws<LocalHostException>(() => LocalHostOptions.Parse(arguments)).Message);

    [Fact]
    public void Local_settings_are_read_as_core_tools_read_them()
    {
        Write(
            "local.settings.json",
            """
            {
              // Comments are allowed.
              "IsEncrypted": false,
              "Values": { "Colour": "red", "Count": 3, "On": true, },
              "ConnectionStrings": { "Sql": "server=a", "Other": { "ConnectionString": "server=b", "ProviderName": "x" } },
              "Host": { "LocalHttpPort": 7080, "CORS": "https://a.example, https://b.example", "CORSCredentials": true }
            }
            """
        );
        var settings = LocalSettings.Read(_folder);
        Assert.Equal(
            ["Colour=red", "Count=3", "On=True", "ConnectionStrings__Sql=server=a", "ConnectionStrings__Other=server=b"],
            settings.Values.Select(value => $"{value.Key}={value.Value}")
        );
        Assert.Equal((7080, true), (settings.Port, settings.CorsCredentials));
        Assert.Equal(["https://a.example", "https://b.example"], settings.CorsOrigins);
    }

    [Theory]
    [InlineData("""{ "IsEncrypted": true }""", "is encrypted: run 'func settings decrypt' in the app's folder first.")]
    [InlineData("""{ "Values": { "A": { "B": "c" } } }""", "must be a text, a number, true or false.")]
    [InlineData("""{ "Host": { "LocalHttpPort": 70000 } }""", "is no port: give a number from 1 to 65535.")]
    [InlineData("""{ "Values": """, "is no JSON, line 1.")]
    [InlineData("[]", "must hold a JSON object.")]
    public void Wrong_local_settings_are_told_in_one_sentence(string json, string end)
    {
        Write("local.settings.json", json);
        Assert.EndsWith(end, Assert.Throws<LocalHostException>(() => LocalSettings.Read(_folder)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{}", "api", "00:30:00", LogLevel.Information)]
    [InlineData(
        """{ "extensions": { "http": { "routePrefix": "" } }, "functionTimeout": "00:05:00", "logging": { "logLevel": { "default": "warning" } } }""",
        "",
        "00:05:00",
        LogLevel.Warning
    )]
    [InlineData(
        """{ "extensions": { "http": { "routePrefix": "/v1/" } }, "functionTimeout": "-1", "logging": { "logLevel": { "Function": "Debug" } } }""",
        "v1",
        null,
        LogLevel.Debug
    )]
    public void Host_json_says_the_prefix_the_time_limit_and_the_level_of_log_lines(string json, string prefix, string? limit, LogLevel level)
    {
        var configuration = Configuration(json);
        Assert.Equal((prefix, limit, level), (configuration.RoutePrefix, configuration.FunctionTimeout?.ToString(), configuration.AppLogLevel));
    }

    [Fact]
    public void Settings_go_before_host_json_and_that_before_what_suits_a_laptop()
    {
        const string visibility = "AzureFunctionsJobHost:extensions:durableTask:storageProvider:workItemQueueVisibilityTimeout";
        Assert.Equal("00:01:00", Configuration("{}").Values[visibility]);
        var host = Configuration("""{ "extensions": { "durableTask": { "storageProvider": { "workItemQueueVisibilityTimeout": "00:05:00" } } } }""");
        Assert.Equal("00:05:00", host.Values[visibility]);
        var setting = ("AzureFunctionsJobHost__extensions__http__routePrefix", "v2");
        Assert.Equal("v2", Configuration("""{ "extensions": { "http": { "routePrefix": "v1" } } }""", setting).RoutePrefix);
    }

    [Theory]
    [InlineData("AzureWebJobs.OnText.Disabled", "true", true)]
    [InlineData("AzureWebJobs_OnText_Disabled", "1", true)]
    [InlineData("AzureWebJobs.OnText.Disabled", "false", false)]
    [InlineData("AzureWebJobs.Other.Disabled", "true", false)]
    public void A_setting_switches_a_function_off(string name, string value, bool disabled) =>
        Assert.Equal(disabled, Configuration("{}", (name, value)).IsDisabled("OnText"));

    [Fact]
    public void A_wrong_host_json_is_told_in_one_sentence()
    {
        Assert.Equal(
            "functionTimeout in host.json is 'soon': give a length such as 00:05:00, or -1 for none.",
            Assert.Throws<LocalHostException>(() => Configuration("""{ "functionTimeout": "soon" }""").FunctionTimeout).Message
        );
        Assert.Equal(
            "logging.logLevel in host.json has the level 'loud': give one such as Information or Warning.",
            Assert.Throws<LocalHostException>(() => Configuration("""{ "logging": { "logLevel": { "default": "loud" } } }""").AppLogLevel).Message
        );
    }

    [Fact]
    public async Task A_running_host_heeds_local_settings_pages_and_what_it_is_to_announce()
    {
        foreach (var file in System.IO.Directory.GetFiles(RunningHost.ForeignApp))
            File.Copy(file, Path.Combine(_folder, Path.GetFileName(file)));
        Write(
            "local.settings.json",
            """
            {
              "Values": { "Colour": "red", "Shape": "round", "AzureWebJobsStorage": "UseDevelopmentStorage=true", "AzureWebJobs.Throws.Disabled": true },
              "Host": { "CORS": "https://page.example" }
            }
            """
        );
        using var folder = new HostFolder();
        await using var host = await RunningHost.StartAsync(
            shared.Storage,
            folder,
            app: _folder,
            arguments: ["--page", "Chat=/chat", "--page", "Form=/support"],
            environment: [("Shape", "square"), ("LOCALHOST_ANNOUNCE", "A key: 123")]
        );
        await host.SaysAsync("A key: 123");
        var address = $"http://localhost:{host.Port}";
        Assert.Contains(
            $"{folder.Name} is ready at {address}\n  Chat  {address}/chat\n  Form  {address}/support\nA key: 123",
            host.Output,
            StringComparison.Ordinal
        );
        Assert.Equal("red", await host.Http.GetStringAsync("/setting/Colour"));
        Assert.Equal("square", await host.Http.GetStringAsync("/setting/Shape"));
        Assert.Equal(shared.Storage, await host.Http.GetStringAsync("/setting/AzureWebJobsStorage"));
        using (var off = await host.Http.GetAsync("/throws"))
            Assert.Equal(HttpStatusCode.NotFound, off.StatusCode);
        foreach (var (origin, allowed) in new[] { ("https://page.example", true), ("https://other.example", false) })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/echo/1");
            request.Headers.Add("Origin", origin);
            using var answer = await host.Http.SendAsync(request, TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            Assert.Equal(allowed, answer.Headers.Contains("Access-Control-Allow-Origin"));
        }
    }

    [Fact]
    public async Task Core_tools_run_the_app_on_the_same_storage_when_they_are_wanted()
    {
        var func = Path.Combine(_folder, "func");
        if (OperatingSystem.IsWindows())
            return;
        Write("func", "#!/bin/sh\nprintf '%s | ' \"$PWD\" \"$*\" \"$FUNCTIONS_WORKER_RUNTIME\" \"$AzureWebJobsStorage\"\necho done\nexit 3\n");
        File.SetUnixFileMode(func, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        using var folder = new HostFolder();
        await using var host = RunningHost.Begin(null, folder, arguments: ["--func", func]);
        var (code, output) = await host.ExitAsync();
        Assert.Equal(3, code);
        Assert.StartsWith(
            $"{RunningHost.ForeignApp} | start --no-build --port {host.Port} | dotnet-isolated | DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;",
            output,
            StringComparison.Ordinal
        );

        await using var missing = RunningHost.Begin(shared.Storage, folder, arguments: ["--func", "/nowhere/func"]);
        Assert.Equal(
            "Core Tools are not installed (/nowhere/func): install azure-functions-core-tools, or leave --func away.",
            (await missing.ExitAsync()).Output.Trim()
        );
    }

    private HostConfiguration Configuration(string hostJson, params (string Name, string Value)[] settings)
    {
        Write("host.json", hostJson);
        return new(
            new FunctionApp(_folder, "dotnet", "app.dll", HostJson.Read(_folder), LocalSettings.Read(_folder)),
            settings.ToDictionary(setting => setting.Name, setting => setting.Value)
        );
    }

    private void Write(string file, string text) => File.WriteAllText(Path.Combine(_folder, file), text);
}
