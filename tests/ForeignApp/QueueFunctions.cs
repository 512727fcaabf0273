using Azure.Storage.Queues.Models;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace ForeignApp;

/// <summary>What an HTTP function answers, and what it puts on a queue.</summary>
public sealed class AnswerAndMessages
{
    [HttpResult]
    public IActionResult? Answer { get; set; }

    [QueueOutput("%Prefix%-texts")]
    public string[]? Messages { get; set; }
}

public sealed class QueueFunctions
{
    [Function("OnText")]
    public void OnText([QueueTrigger("%Prefix%-texts")] string message, int dequeueCount, string id)
    {
        Record.Add(
            "OnText",
            new
            {
                message,
                dequeueCount,
                id,
            }
        );
        if (message.StartsWith("fail", StringComparison.Ordinal) && (dequeueCount == 1 || message == "fail always"))
            throw new InvalidOperationException($"cannot do '{message}'");
    }

    [Function("OnNote")]
    public void OnNote([QueueTrigger("%Prefix%-notes")] Note note) => Record.Add("OnNote", note);

    [Function("OnMessage")]
    public void OnMessage([QueueTrigger("%Prefix%-messages")] QueueMessage message) =>
        Record.Add(
            "OnMessage",
            new
            {
                message.MessageId,
                body = message.Body.ToString(),
                message.DequeueCount,
            }
        );

    [Function("PassOn"), QueueOutput("%Prefix%-texts")]
    public string PassOn([QueueTrigger("%Prefix%-passed")] string message) => $"passed on: {message}";

    [Function("OnStart")]
    public async Task OnStartAsync([QueueTrigger("%Prefix%-starts")] string instanceId, [DurableClient] DurableTaskClient client) =>
        Record.Add(
            "OnStart",
            await client.ScheduleNewOrchestrationInstanceAsync(nameof(Orchestrations.Greeting), "queue", new StartOrchestrationOptions(instanceId))
        );

    [Function("OnSlow")]
    public async Task OnSlowAsync([QueueTrigger("%Prefix%-slow")] string milliseconds, CancellationToken cancellationToken)
    {
        Record.Add("OnSlow", "began");
        await Task.Delay(
            TimeSpan.FromMilliseconds(int.Parse(milliseconds, System.Globalization.CultureInfo.InvariantCulture)),
            TimeProvider.System,
            CancellationToken.None
        );
        Record.Add("OnSlow", new { cancelled = cancellationToken.IsCancellationRequested });
    }

    [Function("Send")]
    public AnswerAndMessages Send([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "send")] HttpRequest request) =>
        new() { Answer = new AcceptedResult(), Messages = ["one", "two"] };
}

public sealed class TimerFunctions
{
    [Function("EverySecond")]
    public void EverySecond([TimerTrigger("* * * * * *")] TimerInfo timer) => Record.Add("EverySecond", new { timer.IsPastDue, timer.ScheduleStatus });

    [Function("Yearly")]
    public void Yearly([TimerTrigger("%YearlySchedule%")] TimerInfo timer) => Record.Add("Yearly", new { timer.IsPastDue, timer.ScheduleStatus });

    [Function("Retried"), FixedDelayRetry(2, "00:00:01")]
    public void Retried([TimerTrigger("0 0 0 1 1 *", RunOnStartup = true)] TimerInfo timer, FunctionContext context)
    {
        Record.Add("Retried", context.RetryContext?.RetryCount);
        if (context.RetryContext is not { RetryCount: 2 })
            throw new InvalidOperationException("not yet");
    }
}
