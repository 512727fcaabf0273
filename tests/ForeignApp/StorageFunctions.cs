using Azure.Data.Tables;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;

namespace ForeignApp;

public sealed class StorageFunctions
{
    private static readonly Lazy<TableClient> Table = new(() =>
    {
        var table = new TableClient(Environment.GetEnvironmentVariable("AzureWebJobsStorage"), "Kept");
        table.CreateIfNotExists();
        return table;
    });

    /// <summary>Writes a row and then answers.</summary>
    [Function("Keep")]
    public async Task<IActionResult> KeepAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "keep/{number:int}")] HttpRequest request,
        int number
    )
    {
        await Table.Value.AddEntityAsync(new TableEntity("kept", number.ToString(System.Globalization.CultureInfo.InvariantCulture)));
        return new OkResult();
    }
}
