#pragma warning disable CS0618 // Marked as not for everybody's use: it is how a host tells the Durable extension its own address.
using Microsoft.Azure.WebJobs;
using Microsoft.Azure.WebJobs.Extensions.DurableTask;
using Microsoft.Azure.WebJobs.Host.Config;

namespace Helpdesk.LocalHost.Http;

/// <summary>The addresses under which the Durable extension tells the state of an orchestration and takes events for it.</summary>
/// <param name="key">What a caller must show, so that no page in a browser can use them unasked.</param>
internal sealed class DurableWebHooks(int port, string key) : IWebHookProvider
{
    private const string Root = "/runtime/webhooks/durabletask";

    public Uri GetUrl(IExtensionConfigProvider extension) => new($"http://localhost:{port}{Root}?code={key}");

    /// <summary>Lets the extension answer under these addresses.</summary>
    public void Map(WebApplication web) => web.Map(Root + "/{**rest}", AnswerAsync);

    private async Task AnswerAsync(HttpContext http)
    {
        if (http.Request.Query["code"] != key && http.Request.Headers["x-functions-key"] != key)
        {
            http.Response.StatusCode = StatusCodes.Status401Unauthorized;
            return;
        }

        var extension =
            (IAsyncConverter<HttpRequestMessage, HttpResponseMessage>)
                http.RequestServices.GetServices<IExtensionConfigProvider>().First(provider => provider is DurableTaskExtension);
        var address = $"{http.Request.Scheme}://{http.Request.Host}{http.Request.Path}{http.Request.QueryString}";
        using var request = new HttpRequestMessage(new HttpMethod(http.Request.Method), address) { Content = new StreamContent(http.Request.Body) };
        foreach (var (name, values) in http.Request.Headers)
        {
            if (!request.Headers.TryAddWithoutValidation(name, values.AsEnumerable()))
                request.Content.Headers.TryAddWithoutValidation(name, values.AsEnumerable());
        }

        using var answer = await extension.ConvertAsync(request, http.RequestAborted);
        http.Response.StatusCode = (int)answer.StatusCode;
        foreach (var (name, values) in answer.Headers.Concat(answer.Content?.Headers.AsEnumerable() ?? []))
        {
            if (!name.Equals("Transfer-Encoding", StringComparison.OrdinalIgnoreCase))
                http.Response.Headers[name] = values.ToArray();
        }

        if (answer.Content is not null)
            await answer.Content.CopyToAsync(http.Response.Body, http.RequestAborted);
    }
}
