using System.Net;
using System.Net.Sockets;
using Azure.Data.Tables;
using Helpdesk.Functions.Hosting;
using Helpdesk.Testing;

namespace Helpdesk.Functions.Tests.Storage;

/// <summary>A storage that does not answer is told from a fault of the app's own.</summary>
public sealed class StorageFailureTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task A_storage_that_takes_requests_and_never_answers(int retries)
    {
        using var silent = new TcpListener(IPAddress.Loopback, AzuriteServer.FreePort());
        silent.Start();
        Assert.NotNull(ProblemAnswers.StorageFailure(await FailureAsync(silent.LocalEndpoint, retries)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task A_storage_that_is_not_there(int retries) =>
        Assert.NotNull(ProblemAnswers.StorageFailure(await FailureAsync(new IPEndPoint(IPAddress.Loopback, AzuriteServer.FreePort()), retries)));

    [Theory]
    [InlineData(0, "")]
    [InlineData(2, "")]
    [InlineData(2, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{")]
    public async Task A_storage_that_breaks_off(int retries, string said)
    {
        using var breaking = new TcpListener(IPAddress.Loopback, AzuriteServer.FreePort());
        breaking.Start();
        var answers = AnswerAsync();
        Assert.NotNull(ProblemAnswers.StorageFailure(await FailureAsync(breaking.LocalEndpoint, retries)));
        breaking.Stop();
        await answers;

        async Task AnswerAsync()
        {
            while (true)
            {
                try
                {
                    using var client = await breaking.AcceptTcpClientAsync();
                    await client.GetStream().WriteAsync(System.Text.Encoding.ASCII.GetBytes(said));
                }
                catch (Exception ended) when (ended is SocketException or ObjectDisposedException or IOException)
                {
                    if (ended is not IOException)
                        return;
                }
            }
        }
    }

    [Fact]
    public void A_fault_of_the_app_is_none_of_storage()
    {
        Assert.Null(ProblemAnswers.StorageFailure(new InvalidOperationException()));
        Assert.Null(ProblemAnswers.StorageFailure(new OperationCanceledException()));
        Assert.Null(ProblemAnswers.StorageFailure(new AggregateException(new OperationCanceledException(), new InvalidOperationException())));
    }

    private static async Task<Exception> FailureAsync(EndPoint storage, int retries)
    {
        var options = new TableClientOptions();
        options.Retry.MaxRetries = retries;
        options.Retry.Delay = TimeSpan.FromMilliseconds(1);
        options.Retry.NetworkTimeout = TimeSpan.FromMilliseconds(200);
        var table = new TableClient(
            $"DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey=a2V5;TableEndpoint=http://{storage}/devstoreaccount1;",
            "Things",
            options
        );
        return await Assert.ThrowsAnyAsync<Exception>(() => table.GetEntityIfExistsAsync<TableEntity>("p", "r"));
    }
}
