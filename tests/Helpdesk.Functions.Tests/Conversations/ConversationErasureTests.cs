using Azure.Data.Tables;
using Helpdesk.Contacts;
using Helpdesk.Functions.Contacts;
using Helpdesk.Functions.Conversations;
using Helpdesk.Functions.Storage;
using Helpdesk.Functions.Tests.Tickets;
using Helpdesk.Tickets;
using Microsoft.Extensions.DependencyInjection;

namespace Helpdesk.Functions.Tests.Conversations;

public sealed class ConversationErasureTests(DeskFixture fixture)
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_chat_goes_as_a_whole_though_the_process_dies_after_the_only_line_that_tells_of_them()
    {
        await using var mortal = await MortalApp.StartAsync(fixture.Storage, ConversationStore.TableName);
        using var desk = await fixture.OpenDeskAsync();
        var erasure = mortal.App.Services.GetServices<IHoldsPersonalData>().OfType<ConversationErasure>().Single();
        var table = mortal.App.Services.GetRequiredService<StorageClients>().Table(ConversationStore.TableName);
        var place = $"{desk.Workspace}:chat:halved";
        foreach (var (key, said) in new[] { ("1", "Write to halved@example.com"), ("2", "It is the blue door"), ("3", "And the lock") })
        {
            var row = new TableEntity(place, $"{place}:{key}");
            LongText.Write(row, "Line", said);
            await table.AddEntityAsync(row, Cancelled);
        }

        var person = new ErasedPerson(["halved@example.com"], [], [], "person-1@erased.invalid", ErasureMode.Anonymised);
        var order = new ErasureOrder("order", desk.Workspace, "contact", person, Actor.System);
        mortal.DieAfter(1);
        await Assert.ThrowsAnyAsync<Exception>(() => erasure.EraseAsync(order, null, Cancelled));
        mortal.Revive();
        Assert.Equal(2, await LeftAsync());
        Assert.Equal(2, (await erasure.EraseAsync(order, null, Cancelled)).Erased);
        Assert.Equal(0, await LeftAsync());

        async Task<int> LeftAsync() =>
            (await table.QueryAsync<TableEntity>($"PartitionKey eq '{place}'", cancellationToken: Cancelled).ToListAsync(Cancelled)).Count;
    }
}
