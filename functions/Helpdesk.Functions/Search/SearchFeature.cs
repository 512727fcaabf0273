using System.Text.Json;
using System.Text.Json.Serialization;
using Helpdesk.Functions.Contacts;
using Helpdesk.Functions.Events;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Storage;
using Microsoft.Azure.Functions.Worker.Builder;

namespace Helpdesk.Functions.Search;

/// <summary>Search over tickets, contacts and organisations, in an index that is kept on tables.</summary>
public static class SearchFeature
{
    public static FunctionsApplicationBuilder AddSearch(this FunctionsApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddApiJson(SearchApiJson.Default);
        services.AddTable(SearchIndexStore.TableName);
        services.AddWorkQueue(SearchMessage.Queue);
        services.AddWorker<SearchMessage, SearchWorker>();
        services.AddSingleton<SearchIndexStore>();
        services.AddSingleton<SearchFlushes>();
        services.AddSingleton<SearchRebuilding>();
        services.AddSingleton<TicketDocuments>();
        services.AddSingleton<IEventSubscriber, IndexTickets>();
        services.AddSingleton<ISearchSource, ContactSource>();
        services.AddSingleton<ISearchSource, OrganisationSource>();
        services.AddSingleton<ISearchSource, ArticleSource>();
        services.AddSingleton<IHoldsPersonalData, SearchErasure>();
        services.AddSingleton<INightlyWork, SearchTidying>();
        return builder;
    }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, Converters = [typeof(UtcInstantConverter)])]
[JsonSerializable(typeof(SearchAnswer))]
[JsonSerializable(typeof(SearchIndexView))]
[JsonSerializable(typeof(SearchRebuildView))]
[JsonSerializable(typeof(SimilarTicketsView))]
internal sealed partial class SearchApiJson : JsonSerializerContext;
