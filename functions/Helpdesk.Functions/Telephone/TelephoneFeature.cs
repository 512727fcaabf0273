using Microsoft.Azure.Functions.Worker.Builder;

namespace Helpdesk.Functions.Telephone;

/// <summary>Calls, as telephone systems report them.</summary>
public static class TelephoneFeature
{
    public static FunctionsApplicationBuilder AddTelephone(this FunctionsApplicationBuilder builder) => builder;
}
