using System.Text.Json;
using System.Text.Json.Serialization;
using Helpdesk.Functions.Attachments;
using Helpdesk.Functions.Contacts;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Storage;
using Helpdesk.Knowledge;
using Helpdesk.Search;
using Microsoft.Azure.Functions.Worker.Builder;

namespace Helpdesk.Functions.Knowledge;

/// <summary>Articles that answer before anybody asks.</summary>
public static class KnowledgeFeature
{
    public static FunctionsApplicationBuilder AddKnowledge(this FunctionsApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddApiJson(KnowledgeApiJson.Default);
        services.AddTable(ArticleStore.TableName);
        services.AddSingleton<ArticleStore>();
        services.AddSingleton<ArticleLibrary>();
        services.AddSingleton<IHoldsFiles, ArticlesHoldFiles>();
        services.AddSingleton<ReadingStore>();
        services.AddSingleton<ReadingCounts>();
        services.AddSingleton<IRegularWork>(provider => provider.GetRequiredService<ReadingCounts>());
        services.AddHostedService(provider => provider.GetRequiredService<ReadingCounts>());
        services.AddSingleton<SupportShelf>();
        services.AddSingleton<KnowledgeLimit>();
        services.CheckAtStart<KnowledgeLimit>();
        services.AddSingleton<ArticleViews>();
        services.AddSingleton<IHoldsPersonalData, ArticleErasure>();
        return builder;
    }
}

/// <summary>Articles in storage; add fields, never rename them.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(UtcInstantConverter)]
)]
[JsonSerializable(typeof(Article))]
[JsonSerializable(typeof(ArticleContent))]
[JsonSerializable(typeof(ArticleChange))]
[JsonSerializable(typeof(PublishedArticle))]
[JsonSerializable(typeof(ArticleCategory))]
[JsonSerializable(typeof(KnowledgeSettings))]
[JsonSerializable(typeof(ArticleVote))]
[JsonSerializable(typeof(ArticleVotes))]
[JsonSerializable(typeof(ReadingDay))]
[JsonSerializable(typeof(Synonyms))]
internal sealed partial class KnowledgeJson : JsonSerializerContext
{
    /// <summary>As it is stored: with the escaping that JSON itself asks for and no more.</summary>
    public static KnowledgeJson Stored { get; } =
        new(
            new JsonSerializerOptions(JsonSerializerDefaults.Web)
            {
                DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
                Converters = { new UtcInstantConverter() },
                Encoder = JsonEscaping.Least,
            }
        );
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, Converters = [typeof(UtcInstantConverter)])]
[JsonSerializable(typeof(ArticleView))]
[JsonSerializable(typeof(ListPage<ArticleSummaryView>))]
[JsonSerializable(typeof(ListPage<ArticleChangeView>))]
[JsonSerializable(typeof(ArticleVersionView))]
[JsonSerializable(typeof(ArticleComparison))]
[JsonSerializable(typeof(CategoryView))]
[JsonSerializable(typeof(ListPage<CategoryView>))]
[JsonSerializable(typeof(KnowledgeSettingsView))]
[JsonSerializable(typeof(PreviewView))]
[JsonSerializable(typeof(FoundArticles))]
[JsonSerializable(typeof(SuggestedArticles))]
[JsonSerializable(typeof(KnowledgeStatistics))]
[JsonSerializable(typeof(FeedbackPage))]
[JsonSerializable(typeof(SynonymsView))]
[JsonSerializable(typeof(ListPage<string>))]
internal sealed partial class KnowledgeApiJson : JsonSerializerContext;
