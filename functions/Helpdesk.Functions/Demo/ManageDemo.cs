using Helpdesk.Functions.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Demo;

/// <summary>Whether this app makes demo desks: on a laptop, where <c>./run.sh --demo</c> says so.</summary>
public sealed record DemoOptions(bool Allowed)
{
    public static DemoOptions From(IConfiguration settings)
    {
        if (settings["Demo:Allowed"] is not { Length: > 0 } text)
            return new(false);
        if (!bool.TryParse(text, out var allowed))
            throw new InvalidOperationException($"Demo__Allowed is \"{text}\"; it must be true or false.");
        return allowed && settings["WEBSITE_INSTANCE_ID"] is not null
            ? throw new InvalidOperationException(
                "Demo__Allowed is true, and this app runs on Azure: a demo desk is for a machine of one's own. Remove the setting."
            )
            : new(allowed);
    }
}

/// <summary>Makes a demo desk of an empty workspace: tickets with a past, told by the desk's own rules.</summary>
public sealed class ManageDemo(IServiceProvider services, DemoOptions options)
{
    private DemoDesk Desk => services.GetRequiredService<DemoDesk>();

    /// <summary>Begins the demo desk, or shows how far the one is that was begun. Not found where this app makes none.</summary>
    [Function(nameof(BeginDemo)), RequiresKey(KeyRole.Admin), Refuses("desk-not-empty")]
    public async Task<Results<Ok<DemoView>, NotFound>> BeginDemo(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/operations/demo")] NoBody body,
        Caller caller,
        CancellationToken cancellationToken
    ) => options.Allowed ? TypedResults.Ok(DemoView.Of(await Desk.BeginAsync(caller.Workspace, cancellationToken))) : TypedResults.NotFound();

    /// <summary>Adds tickets with their past to the demo desk. The same ones again change nothing.</summary>
    [Function(nameof(AddDemoTickets)), RequiresKey(KeyRole.Admin), Refuses("demo-not-begun"), Takes(typeof(AddDemoTicketsRequest))]
    public async Task<Results<Ok<DemoView>, NotFound>> AddDemoTickets(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/operations/demo/tickets")] AddDemoTicketsRequest request,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        ArgumentNullException.ThrowIfNull(request);
        if (!options.Allowed)
            return TypedResults.NotFound();
        var (place, refused) = await Desk.AddAsync(caller.Workspace, request.Tickets, cancellationToken);
        return TypedResults.Ok(DemoView.Of(place, refused));
    }

    /// <summary>Tells how the articles that are there were read in the time of the demo desk. Told again, it changes nothing.</summary>
    [Function(nameof(AddDemoReadings)), RequiresKey(KeyRole.Admin), Refuses("demo-not-begun")]
    public async Task<Results<Ok<DemoView>, NotFound>> AddDemoReadings(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/operations/demo/readings")] NoBody body,
        Caller caller,
        CancellationToken cancellationToken
    ) => options.Allowed ? TypedResults.Ok(DemoView.Of(await Desk.ReadAsync(caller.Workspace, cancellationToken))) : TypedResults.NotFound();

    /// <summary>Says that all tickets of the demo desk are there.</summary>
    [Function(nameof(FinishDemo)), RequiresKey(KeyRole.Admin), Refuses("demo-not-begun")]
    public async Task<Results<Ok<DemoView>, NotFound>> FinishDemo(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/operations/demo/finish")] NoBody body,
        Caller caller,
        CancellationToken cancellationToken
    ) => options.Allowed ? TypedResults.Ok(DemoView.Of(await Desk.FinishAsync(caller.Workspace, cancellationToken))) : TypedResults.NotFound();
}
