using Microsoft.Azure.Functions.Worker.Builder;

namespace Helpdesk.Functions.Email;

/// <summary>Mail that goes out: what is written, sent and reported of it.</summary>
public static class MailOutFeature
{
    public static FunctionsApplicationBuilder AddMailOut(this FunctionsApplicationBuilder builder) => builder;
}
