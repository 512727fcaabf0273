using Helpdesk.Functions;
using Helpdesk.Functions.Hosting;

try
{
    var app = HelpdeskApp.CreateBuilder(args).Build();
    SettingChecks.Run(app.Services);
    await app.RunAsync();
    return 0;
}
catch (InvalidSettingException setting)
{
    // A sentence for whoever set it; where it was thrown helps nobody.
    await Console.Error.WriteLineAsync(setting.Message);
    return 1;
}
