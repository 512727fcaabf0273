using ArchUnitNET.Domain;
using ArchUnitNET.Loader;

namespace Helpdesk.Functions.Tests;

/// <summary>Which rooms of the app may know of which others, read from the compiled app.</summary>
public sealed class RoomsTests
{
    private const string App = "Helpdesk.Functions";

    /// <summary>From the ground up. A room knows rooms of lower floors only: none of its own floor, and so there is no circle.</summary>
    private static readonly string[][] Floors =
    [
        ["Storage"],
        ["Hosting"],
        ["Pages"],
        ["Settings"],
        ["Directory"],
        ["Attachments", "SignIn"],
        ["Tickets"],
        ["Events"],
        ["Deadlines"],
        ["Sla", "Closing", "ApiReference"],
        ["Contacts", "Routing"],
        ["Knowledge"],
        ["Forms"],
        ["Conversations", "Conditions", "Audit"],
        ["Intake", "WebChat", "Teams", "Home"],
        ["Agenda", "Satisfaction"],
        ["Approvals"],
        ["Email", "Alerts", "Telephone", "Webhooks", "Views", "Search", "Reports"],
        ["Automations", "Console", "Portal", "ReportMails"],
        ["Configuration", "Demo", "Operations"],
    ];

    private static readonly Lazy<Architecture> Compiled = new(() => new ArchLoader().LoadAssembly(typeof(HelpdeskApp).Assembly).Build());

    /// <summary>The room of a type; null for what is generated, and for the app's own root, which puts the rooms together.</summary>
    private static string? RoomOf(IType type) => type.Namespace?.FullName.Split('.') is ["Helpdesk", "Functions", var room, ..] ? room : null;

    [Fact]
    public void Every_room_is_on_a_floor()
    {
        var folders = System.IO.Directory.GetDirectories(SourceFolder).Select(Path.GetFileName).Where(name => name is not ("bin" or "obj")).Order();
        Assert.Equal(Floors.SelectMany(floor => floor).Order(), folders);
        Assert.Equal(folders, Compiled.Value.Types.Select(RoomOf).OfType<string>().Distinct().Order());
    }

    [Fact]
    public void A_room_knows_lower_floors_only()
    {
        var floors = Floors.SelectMany((rooms, floor) => rooms.Select(room => (room, floor))).ToDictionary(one => one.room, one => one.floor);
        var wrong =
            from type in Compiled.Value.Types
            let room = RoomOf(type)
            where room is not null
            from dependency in type.Dependencies
            // The loader takes type parameters of the same name, as generated code has them, for one.
            where dependency.Target is not GenericParameter
            let other = RoomOf(dependency.Target)
            where other is not null && other != room && floors[other] >= floors[room]
            select $"{room} -> {other}: {type.FullName} knows {dependency.Target.FullName}";
        var found = string.Join("\n", wrong.Distinct().Order());
        Assert.True(found.Length == 0, found);
    }

    /// <summary>Constants leave no trace in what is compiled.</summary>
    [Fact]
    public void A_room_names_lower_floors_only()
    {
        var floors = Floors.SelectMany((rooms, floor) => rooms.Select(room => (room, floor))).ToDictionary(one => one.room, one => one.floor);
        var wrong =
            from file in System.IO.Directory.GetFiles(SourceFolder, "*.cs", SearchOption.AllDirectories)
            let room = Path.GetRelativePath(SourceFolder, file).Split(Path.DirectorySeparatorChar)[0]
            where floors.ContainsKey(room)
            let source = File.ReadAllText(file)
            from other in floors.Keys
            where other != room && floors[other] >= floors[room] && source.Contains($"using {App}.{other};", StringComparison.Ordinal)
            select $"{Path.GetFileName(file)} in {room} uses {other}";
        Assert.Equal("", string.Join("\n", wrong.Order()));
    }

    /// <summary>What the check above rests on: the loader sees inside bodies, lambdas and async methods.</summary>
    [Theory]
    [InlineData("Hosting.IdempotencyStore", "Storage.StorageClients")]
    [InlineData("Closing.CloseQuietTicket", "Tickets.TicketStore")]
    [InlineData("Closing.ClosingFeature", "Deadlines.IDeadline")]
    [InlineData("Teams.GroupCards", "Conversations.ConversationRows")]
    public void The_loader_sees_what_a_type_uses(string type, string used) =>
        Assert.Contains(
            Compiled.Value.Types.Single(one => one.FullName == $"{App}.{type}").Dependencies,
            dependency => dependency.Target.FullName == $"{App}.{used}"
        );

    private static string SourceFolder => Path.Combine(Helpdesk.Testing.AzuriteServer.Root, "functions", App);
}
