namespace Helpdesk.Functions.Storage;

/// <summary>A category of the log whose lines belong to no call.</summary>
public sealed record OutsideCategory(string Name);

/// <summary>
/// Work that goes on after the answer belongs to no call any more, and the host on Azure drops what is logged outside of one: such categories go to
/// the console as well.
/// </summary>
public static class OutsideCalls
{
    /// <summary>Says that this type logs outside of calls.</summary>
    public static IServiceCollection LogOutsideCalls<T>(this IServiceCollection services) => services.AddSingleton(new OutsideCategory(typeof(T).FullName!));
}
