using Helpdesk.Functions.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Helpdesk.Functions.Tests.Hosting;

public sealed class SettingChecksTests
{
    [Fact]
    public void Every_wrong_setting_is_named_at_once()
    {
        var wrong = Assert.Throws<InvalidSettingException>(() => Check(("HELPDESK_URL", "help.example.com"), ("Intake:PerMinute", "none")));
        Assert.Equal(2, wrong.Message.Split(Environment.NewLine).Length);
        Assert.Contains("HELPDESK_URL", wrong.Message, StringComparison.Ordinal);
        Assert.Contains("Intake__PerMinute", wrong.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https://help.example.com", "https://help.example.com")]
    [InlineData("https://help.example.com/", "https://help.example.com")]
    [InlineData("http://localhost:7071/desk/", "http://localhost:7071/desk")]
    public void The_public_address_has_no_slash_at_the_end(string set, string url) =>
        Assert.Equal(url, new PublicAddress(Settings(("HELPDESK_URL", set))).Url);

    [Theory]
    [InlineData("localhost:7071", "http://localhost:7071")]
    [InlineData("desk.azurewebsites.net", "https://desk.azurewebsites.net")]
    public void Without_one_the_name_that_the_host_has_is_it(string host, string url) =>
        Assert.Equal(url, new PublicAddress(Settings(("WEBSITE_HOSTNAME", host))).Url);

    private static void Check(params (string, string)[] settings)
    {
        using var services = new ServiceCollection()
            .AddSingleton<IConfiguration>(Settings(settings))
            .AddSingleton<PublicAddress>()
            .CheckAtStart<PublicAddress>()
            .AddSingleton<Helpdesk.Functions.Intake.IntakeLimit>()
            .CheckAtStart<Helpdesk.Functions.Intake.IntakeLimit>()
            .BuildServiceProvider();
        SettingChecks.Run(services);
    }

    private static IConfigurationRoot Settings(params (string Name, string Value)[] settings) =>
        new ConfigurationBuilder().AddInMemoryCollection(settings.Select(one => new KeyValuePair<string, string?>(one.Name, one.Value))).Build();
}
