using Helpdesk.Functions;
using Helpdesk.Functions.ApiReference;
using Microsoft.Extensions.Hosting;

if (args is ["--describe-api", var file])
    await ApiDescription.WriteAsync(file);
else
    await HelpdeskApp.CreateBuilder(args).Build().RunAsync();
