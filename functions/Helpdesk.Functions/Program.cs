using Helpdesk.Functions;
using Microsoft.Extensions.Hosting;

await HelpdeskApp.CreateBuilder(args).Build().RunAsync();
