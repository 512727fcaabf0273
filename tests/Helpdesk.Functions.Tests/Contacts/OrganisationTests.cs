using System.Globalization;
using System.Text.Json.Nodes;
using Helpdesk.Testing;

namespace Helpdesk.Functions.Tests.Contacts;

public sealed class OrganisationTests(DeskFixture fixture)
{
    private static async Task<string> AddContactAsync(Desk desk, string email) =>
        (await desk.PostAsync("/api/contacts", new { emails = new[] { email } })).Expect(201).Json["id"]!.GetValue<string>();

    private static async Task<string?> OrganisationOfAsync(Desk desk, string contact) =>
        (await desk.GetAsync($"/api/contacts/{contact}")).Expect(200).Json["organisation"]?.GetValue<string>();

    private static async Task<List<string>> MembersAsync(Desk desk, string id) =>
        [
            .. (await desk.GetAsync($"/api/organisations/{id}/contacts?limit=100")).Expect(200).Json["items"]!
                .AsArray()
                .Select(one => one!["id"]!.GetValue<string>()),
        ];

    [Fact]
    public async Task Contacts_join_by_their_domain_those_who_are_there_and_those_who_come()
    {
        using var desk = await fixture.OpenDeskAsync();
        var ticket = (await desk.OpenTicketAsync(email: "first@acme.example")).Json["number"]!.GetValue<long>();
        await fixture.App.DeliveredAsync();
        var there = new List<string>();
        for (var i = 0; i < 60; i++)
            there.Add(await AddContactAsync(desk, $"p{i}@acme.example"));
        var stranger = await AddContactAsync(desk, "p1@acme.example.org");

        var added = (await desk.PostAsync("/api/organisations", new { name = "Acme GmbH", domains = new[] { "ACME.example" } })).Expect(201);
        Assert.Equal("acme-gmbh", added.Json["id"]!.GetValue<string>());
        await Until.TrueAsync(async () => (await MembersAsync(desk, "acme-gmbh")).Count == 61, "all 61 have joined");
        Assert.Null(await OrganisationOfAsync(desk, stranger));
        var later = await AddContactAsync(desk, "later@acme.example");
        Assert.Equal("acme-gmbh", await OrganisationOfAsync(desk, later));

        var second = (await desk.OpenTicketAsync(email: "second@acme.example")).Json["number"]!.GetValue<long>();
        await Until.TrueAsync(
            async () =>
                (await desk.GetAsync("/api/organisations/acme-gmbh/tickets")).Expect(200).Json["items"]!
                    .AsArray()
                    .Select(one => one!["number"]!.GetValue<long>())
                    .SequenceEqual([second, ticket]),
            "both tickets are the organisation's"
        );
        (await desk.PatchAsync("/api/organisations/acme-gmbh", new { domains = new[] { "acme.example", "acme.example.org" } })).Expect(200);
        await Until.TrueAsync(async () => await OrganisationOfAsync(desk, stranger) == "acme-gmbh", "the one of the new domain has joined");

        (await desk.DeleteAsync("/api/organisations/acme-gmbh")).Expect(204);
        await Until.TrueAsync(async () => await OrganisationOfAsync(desk, there[7]) is null && await OrganisationOfAsync(desk, later) is null, "they left");
        (await desk.GetAsync("/api/organisations/acme-gmbh/contacts")).Expect(404);
    }

    [Theory]
    [InlineData("gmail.com")]
    [InlineData("GMX.de")]
    [InlineData("nodomain")]
    [InlineData("a@b.com")]
    public async Task A_domain_that_is_nobodys_is_refused(string domain)
    {
        using var desk = await fixture.OpenDeskAsync();
        var answer = (await desk.PostAsync("/api/organisations", new { name = "X", domains = new[] { domain } })).Expect(400);
        Assert.NotNull(answer.Json["errors"]!["domains"]);
    }

    [Fact]
    public async Task A_domain_belongs_to_one_organisation()
    {
        using var desk = await fixture.OpenDeskAsync();
        (await desk.PostAsync("/api/organisations", new { name = "One", domains = new[] { "one.example" } })).Expect(201);
        (await desk.PostAsync("/api/organisations", new { name = "Two", domains = new[] { "two.example" } })).Expect(201);
        var taken = await desk.PatchAsync("/api/organisations/two", new { domains = new[] { "two.example", "one.example" } });
        Assert.Equal("domain-taken", taken.Expect(409).Code);
        Assert.Contains("\"one\"", taken.Json["detail"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal("domain-taken", (await desk.PostAsync("/api/organisations", new { name = "Three", domains = new[] { "one.example" } })).Expect(409).Code);
        Assert.Equal("already-exists", (await desk.PostAsync("/api/organisations", new { name = "One" })).Expect(409).Code);
        // Given up, it can be another one's.
        (await desk.PatchAsync("/api/organisations/one", new { domains = Array.Empty<string>() })).Expect(200);
        (await desk.PatchAsync("/api/organisations/two", new { domains = new[] { "one.example" } })).Expect(200);
    }

    [Fact]
    public async Task Organisations_are_listed_by_name_changed_and_seen_by_their_workspace_alone()
    {
        using var desk = await fixture.OpenDeskAsync();
        using var other = await fixture.OpenDeskAsync();
        for (var i = 0; i < 5; i++)
            (await desk.PostAsync("/api/organisations", new { name = string.Create(CultureInfo.InvariantCulture, $"Čakovec {i}") })).Expect(201);
        var page = (await desk.GetAsync("/api/organisations?limit=3&search=cak")).Expect(200).Json;
        var rest = (await desk.GetAsync($"/api/organisations?limit=3&search=cak&cursor={page["nextCursor"]}")).Expect(200).Json;
        Assert.Equal(
            Enumerable.Range(0, 5).Select(i => $"Čakovec {i}"),
            new[] { page, rest }.SelectMany(one => one["items"]!.AsArray().Select(item => item!["name"]!.GetValue<string>()))
        );
        var read = (await desk.GetAsync("/api/organisations/cakovec-0")).Expect(200);
        var changed = (
            await desk.PatchAsync(
                "/api/organisations/cakovec-0",
                new
                {
                    name = "Zagreb",
                    vip = true,
                    notes = "N",
                },
                ("If-Match", read.ETag!)
            )
        ).Expect(200);
        Assert.True(changed.Json["vip"]!.GetValue<bool>());
        (await desk.PatchAsync("/api/organisations/cakovec-0", new { name = "Y" }, ("If-Match", read.ETag!))).Expect(412);
        Assert.Equal(4, (await desk.GetAsync("/api/organisations?search=cak")).Json["items"]!.AsArray().Count);
        (await other.GetAsync("/api/organisations/cakovec-0")).Expect(404);
        Assert.Empty((await other.GetAsync("/api/organisations")).Expect(200).Json["items"]!.AsArray());
        using var agent = await desk.WithRoleAsync("agent");
        (await agent.DeleteAsync("/api/organisations/cakovec-1")).Expect(403);
    }
}
