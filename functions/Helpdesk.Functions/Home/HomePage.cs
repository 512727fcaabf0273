using Helpdesk.Functions.Conversations;
using Helpdesk.Functions.Directory;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Pages;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Home;

/// <summary>The first page: where to go from here.</summary>
public sealed class HomePage(PageRenderer pages, ChatSettings chats, IConfiguration settings)
{
    /// <summary>The page. Its route is the empty one: a segment that may be left out and may have no letters.</summary>
    [Function(nameof(Home)), Public]
    public async Task<ContentHttpResult> Home(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "{nothing:maxlength(0)?}")] HttpContext context,
        CancellationToken cancellationToken
    )
    {
        var language = PageLanguage.QueryOf(context);
        return await pages.AnswerAsync(
            context,
            new(
                "home",
                texts => texts["web.home.title"],
                new Dictionary<string, object?>(StringComparer.Ordinal)
                {
                    ["suffix"] = language.Length > 0 ? $"?{language}" : "",
                    // Where nothing leaves the desk, mails are looked at here.
                    ["outbox"] = settings["AZURE_FUNCTIONS_ENVIRONMENT"] == "Development" && settings["WEBSITE_INSTANCE_ID"] is null,
                    ["chat"] = (await chats.OfAsync(DirectoryStore.HomeWorkspace, cancellationToken)).Enabled,
                }
            )
        );
    }
}
