using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using Helpdesk.Testing;

namespace Helpdesk.Bench;

/// <summary>Mails that are posted: how many in a second, and what each costs in processor time and in storage requests until it is a ticket.</summary>
internal static class MailBench
{
    private static readonly TimeSpan Span = TimeSpan.FromSeconds(5);
    private static int _written;

    public static async Task RunAsync(AppFolder app)
    {
        const int mails = 300,
            counted = 20;
        await using var azurite = await Storage.StartAsync(keepRequests: true);
        await using var host = await HostProcess.StartAsync(app, azurite.ConnectionString);
        await OpenBench.WithoutPromisesAsync(host.Desk);
        var added = await host.Desk.SendAsync(HttpMethod.Post, "/api/mailboxes", new { address = "support@example.com" });
        using var http = new HttpClient { Timeout = TimeSpan.FromMinutes(1) };
        var url = new Uri(host.Desk.Address, new Uri(added["intakeUrl"]!.GetValue<string>(), UriKind.RelativeOrAbsolute).PathAndQueryOrSelf());

        await Load.TimesAsync(8, 50, _ => PostAsync(http, url));
        await SettledAsync(azurite);
        Console.WriteLine(
            "\n## Mails in: posted as message/rfc822, answered when they are stored\n\n| clients | mails /s | p50 | p99 | tickets of them "
                + "/s |\n|---|---|---|---|---|"
        );
        foreach (var clients in new[] { 1, 8 })
        {
            var (rates, whole) = (new List<Rate>(), new List<double>());
            for (var round = 0; round < 3; round++)
            {
                var (before, began) = (Volatile.Read(ref _written), Stopwatch.GetTimestamp());
                rates.Add(await Load.RunAsync(clients, Span, _ => PostAsync(http, url)));
                await Storage.QuietAsync(azurite.ConnectionString, Storage.Deliveries, "received-receipts", "outgoing-mails");
                whole.Add((Volatile.Read(ref _written) - before) / Stopwatch.GetElapsedTime(began).TotalSeconds);
            }

            Console.WriteLine(
                Figures.Text($"| {clients} | {Figures.Spread([.. rates.Select(rate => rate.PerSecond)], "F0")} | ")
                    + Figures.Text($"{Figures.Median(rates.Select(rate => rate.P50)):F1} ms | {Figures.Median(rates.Select(rate => rate.P99)):F1} ms | ")
                    + Figures.Text($"{Figures.Spread(whole, "F0")} |")
            );
        }

        await SettledAsync(azurite);
        azurite.TakeRequests();
        for (var i = 0; i < counted; i++)
            await PostAsync(http, url);
        await SettledAsync(azurite);
        var requests = Storage.Work(azurite.TakeRequests()).Count();

        int[] processes = [host.WorkerId, host.Id, azurite.ProcessId];
        var cpu = processes.Select(ProcessFacts.Cpu).ToList();
        await Load.TimesAsync(8, mails, _ => PostAsync(http, url));
        await SettledAsync(azurite);
        var spent = processes.Select((id, i) => (ProcessFacts.Cpu(id) - cpu[i]).TotalMilliseconds / mails).ToList();
        Console.WriteLine(
            "\n| a mail, until it is a ticket and confirmed | worker | host | Azurite | all | storage requests |\n|---|---|---|---|---|---|\n"
                + Figures.Text(
                    $"| without SLA | {spent[0]:F1} ms | {spent[1]:F1} ms | {spent[2]:F1} ms | {spent.Sum():F1} ms | {(double)requests / counted:F1} |"
                )
        );
    }

    private static string PathAndQueryOrSelf(this Uri address) => address.IsAbsoluteUri ? address.PathAndQuery : address.ToString();

    private static async Task PostAsync(HttpClient http, Uri url)
    {
        var number = Interlocked.Increment(ref _written);
        var mail = string.Create(
            CultureInfo.InvariantCulture,
            $"""
            From: Rita {number} <rita{number % 1000}@example.org>
            To: support@example.com
            Subject: Printer {number} is on fire
            Message-ID: <{Guid.NewGuid():N}@example.org>
            Date: {TimeProvider.System.GetUtcNow():R}
            MIME-Version: 1.0
            Content-Type: text/plain; charset=utf-8

            The printer on floor {number} is on fire. What shall we do?

            """
        );
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(mail.ReplaceLineEndings("\r\n")));
        content.Headers.ContentType = new MediaTypeHeaderValue("message/rfc822");
        using var answer = await http.PostAsync(url, content);
        answer.EnsureSuccessStatusCode();
    }

    private static async Task SettledAsync(AzuriteServer azurite)
    {
        await Storage.QuietAsync(azurite.ConnectionString, Storage.Deliveries, "received-receipts", "outgoing-mails");
        await Task.Delay(TimeSpan.FromSeconds(4), TimeProvider.System);
    }
}
