using ForeignApp;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.DurableTask.Worker;
using Microsoft.Extensions.Hosting;

if (Environment.GetEnvironmentVariable("DIE_AT_START") is { } sentence)
    throw new InvalidOperationException(sentence);

var builder = FunctionsApplication.CreateBuilder(args);
builder.ConfigureFunctionsWebApplication();
builder
    .ConfigureDurableWorker()
    .AddTasks(tasks =>
    {
        tasks.AddOrchestrator<ClassOrchestrator>();
        tasks.AddActivity<ClassActivity>();
    });
Record.Add(nameof(Program), "started");
await builder.Build().RunAsync();
