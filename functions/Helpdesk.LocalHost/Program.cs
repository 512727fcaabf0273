using Helpdesk.LocalHost;

try
{
    return await LocalHost.RunAsync(LocalHostOptions.Parse(args));
}
catch (LocalHostException problem)
{
    await Console.Error.WriteLineAsync(problem.Message);
    return 1;
}
