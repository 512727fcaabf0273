using Helpdesk.Functions;

if (args is ["--write-functions", var folder])
{
    await HelpdeskApp.WriteFunctionsAsync(folder);
    return 0;
}

await HelpdeskApp.Build(args).Web.RunAsync();

// The Functions host takes 0 for "never start me again", and only the host itself decides that.
return 1;
