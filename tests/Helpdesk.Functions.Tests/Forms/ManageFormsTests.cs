using System.Text.Json.Nodes;
using Helpdesk.Functions.Forms;
using Helpdesk.Functions.Tests.Tickets;
using Helpdesk.Functions.Tickets;

namespace Helpdesk.Functions.Tests.Forms;

public sealed class ManageFormsTests(DeskFixture fixture)
{
    [Fact]
    public async Task Every_change_makes_a_version_and_tickets_stay_readable_with_theirs()
    {
        using var desk = await fixture.OpenDeskAsync();
        var added = await desk.WithFormAsync();
        Assert.Equal((1, "order", "hidden"), (added["version"]!.GetValue<int>(), added["type"]!.GetValue<string>(), added["subject"]!.GetValue<string>()));
        Assert.Contains(
            added["warnings"]!.AsArray(),
            one => one!.GetValue<string>().StartsWith("fields[1].label has no words in el, hr", StringComparison.Ordinal)
        );
        var ticket = (await desk.FillAsync("""{"model":"light","extras":["bag","dock"],"count":2}""")).Expect(201).Json;
        Assert.Equal(["Which model?=Light", "What else?=Dock, Bag", "How many?=2", "My manager agrees=No"], FormDesk.AnswersOf(ticket));

        var changed = (
            await desk.PatchAsync(
                "/api/forms/laptop",
                JsonNode.Parse("""{"name":"Computer","fields":[{"name":"model","type":"text","label":"Model","required":true}]}""")!
            )
        )
            .Expect(200)
            .Json;
        Assert.Equal(
            (2, "order", "Computer"),
            (changed["version"]!.GetValue<int>(), changed["type"]!.GetValue<string>(), changed["name"]!["en"]!.GetValue<string>())
        );
        var again = (await desk.GetAsync($"/api/tickets/{ticket["id"]}")).Expect(200).Json;
        Assert.Equal(FormDesk.AnswersOf(ticket), FormDesk.AnswersOf(again));
        var next = (await desk.FillAsync("""{"model":"Any"}""")).Expect(201).Json;
        Assert.Equal((2, "Computer: Any"), (next["form"]!["version"]!.GetValue<int>(), next["subject"]!.GetValue<string>()));

        // What an agent corrects is what is read.
        (await desk.PatchAsync($"/api/tickets/{ticket["id"]}", new { customFields = new { model = "strong" } })).Expect(200);
        again = (await desk.GetAsync($"/api/tickets/{ticket["id"]}")).Json;
        Assert.Contains("Which model?=Strong", FormDesk.AnswersOf(again));

        (await desk.DeleteAsync("/api/forms/laptop")).Expect(204);
        (await desk.DeleteAsync("/api/forms/laptop")).Expect(404);
        (await desk.GetAsync("/api/forms/laptop")).Expect(404);
        Assert.Equal(FormDesk.AnswersOf(again), FormDesk.AnswersOf((await desk.GetAsync($"/api/tickets/{ticket["id"]}")).Json));
        Assert.Equal([2, 1], (await desk.GetAsync("/api/forms/laptop/versions")).Json["items"]!.AsArray().Select(one => one!["version"]!.GetValue<int>()));
        Assert.Equal(3, (await desk.WithFormAsync())["version"]!.GetValue<int>());
        var audited = (await desk.GetAsync("/api/audit?limit=10")).Expect(200).Json["items"]!
            .AsArray()
            .Count(one => one!["kind"]!.GetValue<string>() == "form");
        Assert.Equal(4, audited);
    }

    [Theory]
    [InlineData("""{"name":"x","fields":[{"name":"a","type":"colour","label":"A"}]}""", "fields[0].type", "must be one of")]
    [InlineData("""{"name":"x","fields":[{"name":"A b","type":"text","label":"A"}]}""", "fields[0].name", "must begin with")]
    [InlineData("""{"name":"x","fields":[{"name":"a","type":"text"}]}""", "fields[0].label", "required")]
    [InlineData("""{"name":{"fr":"x"},"fields":[]}""", "name.fr", "is not a field here")]
    [InlineData("""{"name":{},"fields":[]}""", "name", "at least one of the languages")]
    [InlineData("""{"fields":[]}""", "name", "required")]
    [InlineData("""{"name":"x"}""", "fields", "required")]
    [InlineData("""{"name":"x","group":"nowhere","fields":[]}""", "group", "not found")]
    [InlineData("""{"name":"x","fields":[{"name":"a","type":"choice","label":"A"}]}""", "fields[0].options", "something to choose from")]
    [InlineData("""{"name":"x","fields":[{"name":"a","type":"choice","label":"A","options":[{"value":"b,c"}]}]}""", "fields[0].options[0].value", "comma")]
    [InlineData("""{"name":"x","fields":[{"name":"a","type":"text","label":"A","pattern":"(a)\\1"}]}""", "fields[0].pattern", "references back")]
    [InlineData(
        """{"name":"x","fields":[{"name":"a","type":"text","label":"A","visibleWhen":{"field":"answers.b","op":"is","value":"c"}}]}""",
        "fields[0].visibleWhen.field",
        "no field before"
    )]
    [InlineData(
        """{"name":"x","fields":[{"name":"a","type":"text","label":"A","visibleWhen":{"field":"priority","op":"is","value":"high"}}]}""",
        "fields[0].visibleWhen.field",
        "answers."
    )]
    public async Task What_is_wrong_is_said_with_its_place(string body, string at, string says)
    {
        using var desk = await fixture.OpenDeskAsync();
        var answer = (await desk.PostAsync("/api/forms", JsonNode.Parse(body)!)).Expect(400);
        var said = answer.Json["errors"]![at];
        Assert.True(said is not null, answer.Text);
        Assert.Contains(says, said.ToJsonString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"model":"strong"}""", "answers.reason", "answers.reason is required.")]
    [InlineData("""{"model":"strong","reason":"ok then"}""", "answers.agreed", "answers.agreed must be true.")]
    [InlineData("""{"model":"light","extras":["gpu"]}""", "answers.extras", "answers.extras contains \"gpu\", which cannot be chosen here.")]
    [InlineData("""{"model":"light","from":"2020-01-01"}""", "answers.from", "answers.from must not be before")]
    [InlineData("""{"model":"light","count":6}""", "answers.count", "answers.count must be at most 5.")]
    [InlineData("""{"model":"light","old":"AB12345"}""", "answers.old", "answers.old does not match [A-Z]{2}[0-9]{4}.")]
    [InlineData("""{"model":"light","colour":"red"}""", "answers.colour", "answers.colour is not a field of this form; use model, reason,")]
    [InlineData("""{"model":"light","quote":["aaaaaaaaaaaaaaaaaaaaaaaaaa"]}""", "attachments", "was not found: upload the file first")]
    public async Task A_ticket_that_breaks_its_form_is_refused_with_the_place(string answers, string at, string says)
    {
        using var desk = await fixture.OpenDeskAsync();
        await desk.WithFormAsync();
        var answer = (await desk.FillAsync(answers)).Expect(400);
        Assert.True(answer.Json["errors"]![at] is not null, answer.Text);
        Assert.StartsWith(
            says,
            $"{answer.Json["errors"]![at]![0]}".Replace("attachments contains \"aaaaaaaaaaaaaaaaaaaaaaaaaa\", which ", "", StringComparison.Ordinal),
            StringComparison.Ordinal
        );
        Assert.Empty(await desk.NumbersAsync("status=new"));
    }

    [Fact]
    public async Task A_form_that_is_not_there_or_not_offered_takes_nothing()
    {
        using var desk = await fixture.OpenDeskAsync();
        using var other = await fixture.OpenDeskAsync();
        await other.WithFormAsync();
        Assert.Contains("form was not found", (await desk.FillAsync("""{"model":"light"}""")).Expect(400).Text, StringComparison.Ordinal);
        await desk.WithFormAsync();
        (await desk.PatchAsync("/api/forms/laptop", new { active = false })).Expect(200);
        Assert.Contains("form was not found", (await desk.FillAsync("""{"model":"light"}""")).Expect(400).Text, StringComparison.Ordinal);
        Assert.Contains(
            "possible only with form",
            (await desk.PostAsync("/api/tickets", JsonNode.Parse("""{"subject":"a","description":"b","requester":{"email":"r@example.com"},"answers":{}}""")!))
                .Expect(400)
                .Text,
            StringComparison.Ordinal
        );
        await desk.WithFormAsync("""{"id":"strict","name":"Strict","fields":[]}""");
        var missing = (await desk.FillAsync("{}", "strict")).Expect(400).Json["errors"]!;
        Assert.Equal(["description is required.", "subject is required."], new[] { $"{missing["description"]![0]}", $"{missing["subject"]![0]}" });
    }

    [Fact]
    public async Task Each_role_may_do_what_it_may_and_another_workspace_sees_nothing()
    {
        using var desk = await fixture.OpenDeskAsync();
        await desk.WithFormAsync();
        using var agent = await desk.WithRoleAsync("agent");
        using var integration = await desk.WithRoleAsync("integration");
        using var other = await fixture.OpenDeskAsync();
        Assert.Single((await agent.GetAsync("/api/forms")).Expect(200).Json["items"]!.AsArray());
        Assert.Single((await integration.GetAsync("/api/forms")).Expect(200).Json["items"]!.AsArray());
        Assert.Empty((await other.GetAsync("/api/forms")).Expect(200).Json["items"]!.AsArray());
        (await other.GetAsync("/api/forms/laptop")).Expect(404);
        (await other.GetAsync("/api/forms/laptop/versions")).Expect(404);
        (await other.PatchAsync("/api/forms/laptop", new { active = false })).Expect(404);
        (await other.DeleteAsync("/api/forms/laptop")).Expect(404);
        (await other.PostAsync("/api/forms/laptop/preview", new { })).Expect(404);
        (await agent.PostAsync("/api/forms/laptop/preview", new { })).Expect(200);
        (await integration.PostAsync("/api/forms/laptop/preview", new { })).Expect(403);
        (await integration.GetAsync("/api/forms/laptop/versions")).Expect(403);
        foreach (var one in new[] { agent, integration })
        {
            (await one.PostAsync("/api/forms", JsonNode.Parse("""{"name":"x","fields":[]}""")!)).Expect(403);
            (await one.PatchAsync("/api/forms/laptop", new { active = false })).Expect(403);
            (await one.DeleteAsync("/api/forms/laptop")).Expect(403);
            (await one.FillAsync("""{"model":"light"}""")).Expect(201);
        }
    }

    [Fact]
    public async Task A_preview_says_what_is_asked_after_some_answers()
    {
        using var desk = await fixture.OpenDeskAsync();
        await desk.WithFormAsync();
        var preview = (await desk.PostAsync("/api/forms/laptop/preview", JsonNode.Parse("""{"answers":{"model":"strong","extras":"gpu"}}""")!))
            .Expect(200)
            .Json;
        string Of(string name)
        {
            var field = preview["fields"]!.AsArray().Single(one => one!["name"]!.GetValue<string>() == name)!;
            return $"{field["visible"]} {field["required"]} {field["options"]?.ToJsonString()} {field["answer"]?.ToJsonString()}";
        }

        Assert.False(preview["valid"]!.GetValue<bool>());
        Assert.Equal("true true  ", Of("reason"));
        Assert.Equal("""true false ["dock","bag","gpu"] ["gpu"]""", Of("extras"));
        Assert.Equal(["agreed must be true.", "reason is required."], preview["errors"]!.AsObject().Select(one => $"{one.Value}").Order());
        var light = (await desk.PostAsync("/api/forms/laptop/preview", JsonNode.Parse("""{"answers":{"model":"light","reason":"x"}}""")!)).Expect(200).Json;
        Assert.True(light["valid"]!.GetValue<bool>());
        Assert.Equal("""{"model":"light","agreed":false}""", light["customFields"]!.ToJsonString());
    }

    [Fact]
    public async Task A_draft_is_tried_before_it_is_saved_and_what_is_wrong_with_it_is_said()
    {
        using var desk = await fixture.OpenDeskAsync();
        const string draft = """
            {"name":"Desk","fields":[
              {"name":"size","type":"choice","label":"Size","options":[{"value":"small"},{"value":"big"}]},
              {"name":"room","type":"text","label":"Room","required":true,"visibleWhen":{"field":"answers.size","op":"is","value":"big"}}]}
            """;
        var preview = (await desk.PostAsync("/api/forms/new/preview", JsonNode.Parse($$$"""{"form":{{{draft}}},"answers":{"size":"big"}}""")!))
            .Expect(200)
            .Json;
        Assert.Equal("""{"room":"room is required."}""", preview["errors"]!.ToJsonString());
        preview = (await desk.PostAsync("/api/forms/new/preview", JsonNode.Parse($$$"""{"form":{{{draft}}},"answers":{"size":"small"}}""")!)).Expect(200).Json;
        Assert.True(preview["valid"]!.GetValue<bool>());
        var wrong = (
            await desk.PostAsync(
                "/api/forms/new/preview",
                JsonNode.Parse("""{"form":{"name":"Desk","fields":[{"name":"size","type":"choice","label":"Size"}]}}""")!
            )
        )
            .Expect(400)
            .Json;
        Assert.Contains(wrong["errors"]!.AsObject(), one => one.Key.StartsWith("fields[0]", StringComparison.Ordinal));
        Assert.Empty((await desk.GetAsync("/api/forms")).Expect(200).Json["items"]!.AsArray());
    }

    [Fact]
    public async Task Answers_are_fields_that_conditions_views_and_automations_see()
    {
        using var desk = await fixture.OpenDeskAsync();
        await desk.WithFormAsync();
        (
            await desk.PostAsync(
                "/api/automations",
                JsonNode.Parse(
                    """
                    {"id":"strong","name":"Strong ones first","on":["ticket-opened"],
                     "condition":{"all":[{"field":"form","op":"is","value":"laptop"},{"field":"custom.model","op":"is","value":"strong"}]},
                     "actions":[{"do":"set","field":"priority","value":"high"}]}
                    """
                )!
            )
        ).Expect(201);
        (
            await desk.PostAsync(
                "/api/views",
                JsonNode.Parse(
                    """
                    {"id":"laptops","name":"Laptops","shared":true,
                     "condition":{"all":[{"field":"status","op":"is","value":"new"},{"field":"form","op":"is","value":"laptop"}]}}
                    """
                )!
            )
        ).Expect(201);
        var strong = (await desk.FillAsync("""{"model":"strong","reason":"Films","agreed":true}""")).Expect(201).Json;
        Assert.Equal("low", strong["priority"]!.GetValue<string>());
        Assert.Equal("it", strong["tags"]![0]!.GetValue<string>());
        await desk.OpenTicketAsync();
        await fixture.App.DeliveredAsync();
        Assert.Equal("high", (await desk.GetAsync($"/api/tickets/{strong["id"]}")).Json["priority"]!.GetValue<string>());
        var listed = (await desk.GetAsync("/api/views/laptops/tickets")).Expect(200).Json["items"]!.AsArray();
        Assert.Equal(strong["number"]!.GetValue<long>(), Assert.Single(listed)!["number"]!.GetValue<long>());
        // What the request says itself counts.
        var urgent = (
            await desk.PostAsync(
                "/api/tickets",
                JsonNode.Parse(
                    """
                    {"form":"laptop","answers":{"model":"light"},"subject":"Mine","priority":"urgent","type":"wish","tags":["me"],
                     "requester":{"email":"rita@example.com"},"customFields":{"floor":3}}
                    """
                )!
            )
        ).Expect(201).Json;
        Assert.Equal(("Mine", "urgent", "wish"), ($"{urgent["subject"]}", $"{urgent["priority"]}", $"{urgent["type"]}"));
        Assert.Equal("""["me","it"]""", urgent["tags"]!.ToJsonString());
        Assert.Equal(3, urgent["customFields"]!["floor"]!.GetValue<int>());
    }

    [Fact]
    public async Task Files_answer_a_field_as_parts_of_its_name_or_by_their_ids()
    {
        using var desk = await fixture.OpenDeskAsync();
        await desk.WithFormAsync();
        using var form = new MultipartFormDataContent
        {
            { new StringContent("""{"form":"laptop","answers":{"model":"light"},"requester":{"email":"rita@example.com"}}"""), "request" },
            { new ByteArrayContent([1, 2]), "answer.quote", "quote.txt" },
            { new ByteArrayContent([3]), "files", "other.txt" },
        };
        var ticket = (await desk.SendAsync(HttpMethod.Post, "/api/tickets", form)).Expect(201).Json;
        Assert.Contains("Quote=quote.txt", FormDesk.AnswersOf(ticket));
        Assert.Equal(["other.txt", "quote.txt"], ticket["attachments"]!.AsArray().Select(file => $"{file!["name"]}").Order());
        using var upload = new MultipartFormDataContent { { new ByteArrayContent([4]), "files", "later.txt" } };
        var id = $"{(await desk.SendAsync(HttpMethod.Post, "/api/attachments", upload)).Json["items"]![0]!["id"]}";
        var second = (await desk.FillAsync($$"""{"model":"light","quote":["{{id}}"]}""")).Expect(201).Json;
        Assert.Contains("Quote=later.txt", FormDesk.AnswersOf(second));
        Assert.Equal("later.txt", $"{second["attachments"]![0]!["name"]}");
    }

    [Fact]
    public async Task A_group_that_a_form_names_stays_or_has_a_successor()
    {
        using var desk = await fixture.OpenDeskAsync();
        foreach (var id in new[] { "old", "new" })
            (await desk.PostAsync("/api/groups", new { id, name = id })).Expect(201);
        await desk.WithFormAsync();
        (await desk.PatchAsync("/api/forms/laptop", new { group = "old" })).Expect(200);
        Assert.Equal("old", $"{(await desk.FillAsync("""{"model":"light"}""")).Expect(201).Json["group"]}");
        var refused = (await desk.DeleteAsync("/api/groups/old")).Expect(409);
        Assert.Contains(refused.Json["usedBy"]!.AsArray(), use => $"{use!["kind"]} {use["ids"]![0]}" == "forms laptop");
        (await desk.DeleteAsync("/api/groups/old?successor=new")).Expect(204);
        var form = (await desk.GetAsync("/api/forms/laptop")).Json;
        Assert.Equal(("new", 3), ($"{form["group"]}", form["version"]!.GetValue<int>()));
    }

    /// <summary>The same request again, and a process that dies at any write, lead to one ticket with all answers.</summary>
    [Fact]
    public async Task A_ticket_with_a_form_is_opened_once_wherever_the_process_dies()
    {
        using var desk = await fixture.OpenDeskAsync();
        await desk.WithFormAsync();
        await using var mortal = await MortalApp.StartAsync(fixture.Storage, everything: true);
        using var dying = new Desk(desk.Workspace, desk.Key, mortal.App.Address);
        Answer? answer = null;
        for (var writes = 0; answer is not { Status: 201 }; writes++)
        {
            Assert.True(writes < 40, "It comes to no end.");
            mortal.Revive();
            mortal.DieAfter(writes);
            answer = await dying.FillAsync("""{"model":"light","count":2}""", "laptop", ("Idempotency-Key", "mine"));
        }

        mortal.Revive();
        var again = (await dying.FillAsync("""{"model":"light","count":2}""", "laptop", ("Idempotency-Key", "mine"))).Expect(201);
        Assert.Equal(answer.Json["id"]!.GetValue<string>(), again.Json["id"]!.GetValue<string>());
        Assert.Equal(["Which model?=Light", "How many?=2", "My manager agrees=No"], FormDesk.AnswersOf(again.Json));
        await desk.ListShowsAsync("status=new", again.Json["number"]!.GetValue<long>());
    }

    [Fact]
    public async Task A_workspace_without_forms_pays_nothing_for_them()
    {
        await using var app = await fixture.StartFrozenAppAsync();
        using var desk = await fixture.OpenDeskAsync(app);
        await desk.OpenTicketAsync();
        using var count = new StorageCount(app);
        await desk.OpenTicketAsync();
        await count.WhenDeliveredAsync();
        Assert.DoesNotContain(count.Paths, path => path.Contains("form", StringComparison.OrdinalIgnoreCase));
    }
}
