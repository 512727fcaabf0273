using System.Text.Json;
using System.Text.Json.Serialization;
using Helpdesk.Functions.Attachments;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Storage;
using Helpdesk.Knowledge;
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
internal sealed partial class KnowledgeApiJson : JsonSerializerContext;
