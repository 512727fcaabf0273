using Microsoft.Azure.Functions.Worker.Builder;

namespace Helpdesk.Functions.Email;

/// <summary>Mail that comes in: mailboxes, what is posted and fetched, and what becomes of it.</summary>
public static class MailInFeature
{
    public static FunctionsApplicationBuilder AddMailIn(this FunctionsApplicationBuilder builder)
    {
        builder.Services.AddSingleton<MailIntake>();
        return builder;
    }
}
