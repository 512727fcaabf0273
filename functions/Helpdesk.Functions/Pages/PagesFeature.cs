using Helpdesk.Functions.Hosting;
using Microsoft.Azure.Functions.Worker.Builder;

namespace Helpdesk.Functions.Pages;

/// <summary>Pages for people, in their language.</summary>
public static class PagesFeature
{
    public static FunctionsApplicationBuilder AddPages(this FunctionsApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton<PageRenderer>();
        services.AddSingleton<ProblemPage>();
        services.AddSingleton<AnswerWithPage>(provider => provider.GetRequiredService<ProblemPage>().TryAnswerAsync);
        return builder;
    }
}
