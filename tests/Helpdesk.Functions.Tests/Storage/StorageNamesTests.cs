using System.Text.RegularExpressions;
using Helpdesk.Functions.Storage;
using Helpdesk.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Helpdesk.Functions.Tests.Storage;

/// <summary>What the app keeps in storage, what is deployed for it, and what the documentation says of it.</summary>
public sealed partial class StorageNamesTests(DeskFixture fixture)
{
    /// <summary>The deployment puts the app itself here.</summary>
    private const string Deployment = "deployment";

    private IEnumerable<string> Registered(StorageKind kind) =>
        fixture.App.Services.GetServices<StorageName>().Where(name => name.Kind == kind).Select(name => name.Name);

    [Theory]
    [InlineData(StorageKind.Table, "tables")]
    [InlineData(StorageKind.Queue, "queues")]
    [InlineData(StorageKind.Container, "containers")]
    public void What_is_deployed_is_what_the_app_uses(StorageKind kind, string variable)
    {
        var bicep = File.ReadAllText(Path.Combine(AzuriteServer.Root, "infra/modules/storage.bicep"));
        var list = Regex.Match(bicep, $@"^var {variable} = \[(.*?)\]", RegexOptions.Multiline | RegexOptions.Singleline);
        Assert.True(list.Success, $"storage.bicep has no list of {variable}.");
        var deployed = Quoted().Matches(list.Groups[1].Value).Select(quoted => quoted.Groups[1].Value).Where(name => name != Deployment);
        Assert.Equal(Registered(kind).Order(StringComparer.Ordinal), deployed.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void No_name_is_registered_twice_and_each_is_one_that_the_service_takes()
    {
        var names = fixture.App.Services.GetServices<StorageName>().ToList();
        Assert.Equal(names.Count, names.Select(name => name.Name.ToUpperInvariant()).Distinct().Count());
        Assert.All(names, name => Assert.Matches(name.Kind == StorageKind.Table ? TableName() : QueueOrContainerName(), name.Name));
    }

    [Fact]
    public void A_queue_that_a_function_listens_to_is_registered_with_its_poison_queue()
    {
        var queues = Registered(StorageKind.Queue).ToList();
        var triggers = fixture.App.Functions.SelectMany(function => function.Bindings).Where(binding => binding.Type == "queueTrigger").ToList();
        Assert.NotEmpty(triggers);
        Assert.Equal(
            queues.Order(StringComparer.Ordinal),
            triggers
                .Select(binding => binding.Json.GetProperty("queueName").GetString()!)
                .SelectMany(name => new[] { name, $"{name}-poison" })
                .Order(StringComparer.Ordinal)
        );
    }

    [Theory]
    [InlineData(StorageKind.Table)]
    [InlineData(StorageKind.Queue)]
    [InlineData(StorageKind.Container)]
    public void The_documentation_names_what_there_is(StorageKind kind)
    {
        var docs = File.ReadAllText(Path.Combine(AzuriteServer.Root, "docs/settings.md"));
        Assert.All(
            Registered(kind).Where(name => !name.EndsWith("-poison", StringComparison.Ordinal)),
            name => Assert.Contains($"`{name}`", docs, StringComparison.Ordinal)
        );
    }

    [GeneratedRegex("'([^']+)'")]
    private static partial Regex Quoted();

    [GeneratedRegex("^[A-Z][A-Za-z]{2,62}$")]
    private static partial Regex TableName();

    [GeneratedRegex("^[a-z][a-z0-9]*(-[a-z0-9]+)*$")]
    private static partial Regex QueueOrContainerName();
}
