using Polly;
using Polly.Timeout;

namespace Helpdesk.Bot.AzureBotService;

/// <summary>
/// HTTP to the connectors of channels: says no more in a conversation than its channel takes, gives up on what is slow, and tries again
/// what passes.
/// </summary>
/// <remarks>
/// 412, 429, 502 and 504 are tried again, three times in all, after some seconds with jitter, or when <c>Retry-After</c> says so, at most 20
/// seconds later. What was not answered in time may have been taken: it is not sent again here.
/// </remarks>
public sealed class ConnectorHttp(HttpMessageHandler inner, ConversationLimiter limiter, TimeProvider time) : IHttpClientFactory, IDisposable
{
    /// <summary>How long a connector may take for one answer.</summary>
    public static TimeSpan AnswerWithin { get; } = TimeSpan.FromSeconds(30);

    private readonly Handler _handler = new(inner, limiter, time);

    /// <summary>A client for one turn: the SDK writes its headers into it.</summary>
    public HttpClient CreateClient(string name) => new(_handler, disposeHandler: false) { Timeout = Timeout.InfiniteTimeSpan };

    public void Dispose() => _handler.Dispose();

    private sealed class Handler(HttpMessageHandler inner, ConversationLimiter limiter, TimeProvider time) : DelegatingHandler(inner)
    {
        private static readonly TimeSpan Longest = TimeSpan.FromSeconds(20);

        private readonly ResiliencePipeline<HttpResponseMessage> _retries = new ResiliencePipelineBuilder<HttpResponseMessage> { TimeProvider = time }
            .AddRetry(
                new()
                {
                    MaxRetryAttempts = 2,
                    Delay = TimeSpan.FromSeconds(3),
                    MaxDelay = Longest,
                    BackoffType = DelayBackoffType.Exponential,
                    UseJitter = true,
                    ShouldHandle = arguments => new((int?)arguments.Outcome.Result?.StatusCode is 412 or 429 or 502 or 504),
                    DelayGenerator = arguments => new(Asked(arguments.Outcome.Result!, time)),
                }
            )
            .Build();

        private readonly ResiliencePipeline<HttpResponseMessage> _timeout = new ResiliencePipelineBuilder<HttpResponseMessage> { TimeProvider = time }
            .AddTimeout(AnswerWithin)
            .Build();

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            try
            {
                return await _retries.ExecuteAsync(
                    async token =>
                    {
                        if (request.Method != HttpMethod.Get && ConversationOf(request.RequestUri!) is { } conversation)
                            await limiter.WaitAsync(conversation, token);
                        return await _timeout.ExecuteAsync(async soon => await AnswerAsync(request, soon), token);
                    },
                    cancellationToken
                );
            }
            catch (TimeoutRejectedException late)
            {
                throw new HttpRequestException("The connector did not answer in time.", late);
            }
        }

        private async Task<HttpResponseMessage> AnswerAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var answer = await base.SendAsync(request, cancellationToken);
            await answer.Content.LoadIntoBufferAsync(cancellationToken);
            return answer;
        }

        private static TimeSpan? Asked(HttpResponseMessage answer, TimeProvider time)
        {
            var asked = answer.Headers.RetryAfter is { } after ? after.Delta ?? after.Date - time.GetUtcNow() : null;
            return asked > Longest ? Longest
                : asked > TimeSpan.Zero ? asked
                : null;
        }

        private static string? ConversationOf(Uri address)
        {
            var path = address.AbsolutePath.Split('/');
            var at = Array.IndexOf(path, "conversations");
            return at >= 0 && at + 2 < path.Length && path[at + 2] == "activities" ? path[at + 1] : null;
        }
    }
}
