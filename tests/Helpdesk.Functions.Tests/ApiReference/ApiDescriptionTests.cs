using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using Helpdesk.Directory;
using Helpdesk.Functions.Hosting;
using Helpdesk.LocalHost.Http;
using Json.Schema;
using Microsoft.Azure.Functions.Worker;

namespace Helpdesk.Functions.Tests.ApiReference;

/// <summary>The description of the API says all there is to say, and it is true.</summary>
public sealed class ApiDescriptionTests(DeskFixture fixture)
{
    private static readonly string[] OtherProtocols = ["/api/directline/", "/api/messages"];
    private static readonly JsonNode Description = JsonNode.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "openapi.json")))!;

    private static IEnumerable<(string Path, string Verb, JsonObject Operation)> Operations =>
        from path in Description["paths"]!.AsObject()
        from operation in path.Value!.AsObject()
        select (path.Key, operation.Key, operation.Value!.AsObject());

    private static Dictionary<string, JsonObject> Schemas =>
        Description["components"]!["schemas"]!.AsObject().ToDictionary(pair => pair.Key, pair => pair.Value!.AsObject(), StringComparer.Ordinal);

    [Fact]
    public async Task It_is_served_with_an_ETag()
    {
        using var anybody = new Desk("main", "", fixture.App.Address);
        var answer = (await anybody.GetAsync("/api/openapi.json")).Expect(200);
        Assert.StartsWith("3.1", answer.Json["openapi"]!.GetValue<string>(), StringComparison.Ordinal);
        (await anybody.GetAsync("/api/openapi.json", ("If-None-Match", answer.ETag!))).Expect(304);
    }

    [Fact]
    public void Every_function_of_the_API_is_an_operation_of_its_own_name_and_nothing_else_is()
    {
        var functions =
            from function in fixture.App.Functions
            where function.IsHttp
            let path = "/" + FunctionRouter.Route(function)
            where path.StartsWith("/api/", StringComparison.Ordinal)
            where !OtherProtocols.Any(prefix => path.StartsWith(prefix, StringComparison.Ordinal))
            from verb in FunctionRouter.Verbs(function)
            where verb is not ("head" or "options")
            select $"{verb} {path} {function.Name}";
        var operations = Operations.Select(one => $"{one.Verb} {one.Path} {one.Operation["operationId"]}");
        Assert.Equal(functions.Order(StringComparer.Ordinal), operations.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_operation_says_what_it_is_for_who_may_call_it_and_how_it_can_end()
    {
        var tags = Description["tags"]!.AsArray().Select(tag => tag!["name"]!.GetValue<string>()).ToHashSet();
        foreach (var (path, verb, operation) in Operations)
        {
            var name = $"{verb} {path}";
            Assert.False(string.IsNullOrEmpty(operation["summary"]?.GetValue<string>()), $"{name} has no summary.");
            Assert.Contains(Assert.Single(operation["tags"]!.AsArray())!.GetValue<string>(), tags);
            Assert.All(
                operation["parameters"]?.AsArray() ?? [],
                parameter => Assert.True(parameter!["description"] is not null && parameter["schema"] is not null, $"{name}: {parameter}")
            );

            var responses = operation["responses"]!.AsObject();
            Assert.Contains(responses, response => response.Key[0] == '2');
            foreach (var (status, response) in responses)
            {
                var content = response!["content"];
                if (status == "default" || (status[0] == '4' && status != "429"))
                    Assert.Equal("#/components/schemas/Problem", content!["application/problem+json"]!["schema"]!["$ref"]!.GetValue<string>());
                else if (status is "200" or "201" or "202")
                    Assert.True(content is not null, $"{name} has no body for {status}.");
            }

            var method = FunctionMethods.All.Values.Single(method =>
                method.GetCustomAttribute<FunctionAttribute>()!.Name == operation["operationId"]!.GetValue<string>()
            );
            var key = method.GetCustomAttribute<RequiresKeyAttribute>();
            Assert.True(operation["security"]!.AsArray().Count == (key is null ? 0 : 1), $"{name} has a wrong security.");
            // Where somebody signs in, no key is needed and one that is sent may be refused.
            var said = method.GetCustomAttributes<AnswersAttribute>().Select(answer => answer.Status);
            Assert.Equal(key is not null || said.Count(status => status is 401 or 403) == 2, responses.ContainsKey("401") && responses.ContainsKey("403"));
            var words = operation["description"]!.GetValue<string>();
            Assert.All(key?.Roles ?? [], role => Assert.Contains($"`{WireName<KeyRole>.Of(role)}`", words, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Every_schema_and_every_field_has_a_type_and_words_of_its_own()
    {
        foreach (var (name, schema) in Schemas)
        {
            Assert.True(schema["description"]?.GetValue<string>().Length > 3, $"{name} has no description.");
            foreach (var (field, property) in schema["properties"]?.AsObject() ?? [])
            {
                Assert.True(property!["description"] is not null, $"{name}.{field} has no description.");
                Assert.True(property["type"] is not null || property["$ref"] is not null || property["oneOf"] is not null, $"{name}.{field} has no type.");
                var types = property["type"] is JsonArray several ? several.Select(type => type!.GetValue<string>()).ToList() : [];
                Assert.False(types.Contains("integer") && types.Contains("string"), $"{name}.{field} is a number or a text.");
            }
        }
    }

    [Fact]
    public void Examples_are_what_their_schemas_say()
    {
        var all = (
            from operation in Operations
            let bodies = operation.Operation["responses"]!.AsObject().Select(response => (What: response.Key, Body: response.Value!))
            from body in operation.Operation["requestBody"] is { } request ? bodies.Append((What: "request", Body: request)) : bodies
            from content in body.Body["content"]?.AsObject() ?? []
            where content.Value!["example"] is not null
            select (
                Name: $"{operation.Verb} {operation.Path} {body.What} as {content.Key}",
                Example: content.Value!["example"]!,
                Schema: content.Value!["schema"]!
            )
        ).ToList();
        Assert.Contains(all, one => one.Name == "post /api/tickets request as application/json");
        Assert.Contains(all, one => one.Name == "get /api/tickets/{id} 200 as application/json");
        Assert.All(all, one => Holds(one.Schema, one.Example, one.Name));
    }

    [Fact]
    public async Task Answers_are_what_their_schemas_say_and_have_no_field_more()
    {
        using var desk = await fixture.OpenDeskAsync();
        var ticket = (await desk.OpenTicketAsync("Described", tags: "one")).Json["id"]!.GetValue<string>();
        var (get, post, patch, delete) = (HttpMethod.Get, HttpMethod.Post, HttpMethod.Patch, HttpMethod.Delete);

        async Task<JsonNode?> Is(HttpMethod method, string route, int status, object? body = null, string path = "")
        {
            var content = body is null ? null : System.Net.Http.Json.JsonContent.Create(body);
            var answer = (await desk.SendAsync(method, path.Length > 0 ? path : route.Replace("{id}", ticket, StringComparison.Ordinal), content)).Expect(
                status
            );
            var operation = Description["paths"]![route]![method.Method.ToLowerInvariant()]!;
            var described = operation["responses"]![answer.Status.ToString(System.Globalization.CultureInfo.InvariantCulture)];
            Assert.True(described is not null, $"{method} {route} does not describe {status}.");
            if (described["content"]?.AsObject().First().Value?["schema"] is not { } schema)
                return null;
            Holds(schema, answer.Json, $"{method} {route} {status}");
            return answer.Json;
        }

        var requester = new { email = "rita@example.com" };
        await Is(
            post,
            "/api/tickets",
            201,
            new
            {
                subject = "Other",
                description = "Too",
                requester,
                customFields = new { floor = 3, warm = true },
            }
        );
        await Is(post, "/api/tickets", 400, new { subject = 1 });
        await Is(patch, "/api/tickets/{id}", 200, new { priority = "urgent", type = "incident" });
        await Is(post, "/api/tickets/{id}/comments", 201, new { body = "Hello" });
        await Is(post, "/api/tickets/{id}/acknowledge", 200);
        await Is(post, "/api/tickets/{id}/assign", 200, new { assignee = "me" });
        await Is(post, "/api/tickets/{id}/close", 409);
        await Is(post, "/api/tickets/{id}/resolve", 200, new { resolution = "Done" });
        await Is(get, "/api/tickets/{id}", 200);
        await Is(get, "/api/tickets/{id}", 404, path: "/api/tickets/999999");
        await Is(get, "/api/tickets/{id}/comments", 200);
        await Is(get, "/api/tickets/{id}/events", 200);
        await Is(get, "/api/tickets/{id}/sla", 200);
        await fixture.App.DeliveredAsync();
        Assert.NotEmpty((await Is(get, "/api/tickets", 200))!["items"]!.AsArray());

        var status = new
        {
            field = "status",
            op = "in",
            value = new[] { "resolved" },
        };
        var condition = new { all = new object[] { status, new { not = new { field = "tags", op = "is-empty" } } } };
        await Is(
            post,
            "/api/conditions/check",
            200,
            new
            {
                scope = "tickets",
                condition,
                ticket,
            }
        );
        await Is(post, "/api/conditions/check", 200, new { scope = "tickets", condition = new { any = Array.Empty<object>() } });
        await Is(post, "/api/conditions/check", 400, new { scope = "views", condition });
        await Is(get, "/api/conditions/fields", 200);

        var calendar = await Is(
            post,
            "/api/calendars",
            201,
            new
            {
                name = "Office",
                timeZone = "Europe/Berlin",
                hours = new { mon = new[] { "09:00-17:00" } },
                holidays = new[] { "2026-12-25" },
                overrides = new Dictionary<string, string[]> { ["2026-12-24"] = ["09:00-12:00"] },
            }
        );
        await Is(get, "/api/calendars", 200);
        await Is(patch, "/api/calendars/{id}", 200, new { name = "Bureau" }, $"/api/calendars/{calendar!["id"]}");
        var policy = await Is(
            post,
            "/api/sla/policies",
            201,
            new
            {
                name = "Fast",
                calendar = "office",
                conditions = new { priorities = new[] { "urgent" } },
                targets = new object[]
                {
                    new { metric = "first-reply", within = "PT1H" },
                    new
                    {
                        metric = "resolution",
                        priority = "low",
                        within = "PT8H",
                    },
                },
                steps = new object[]
                {
                    new
                    {
                        metric = "first-reply",
                        at = 50,
                        @do = "warn",
                    },
                    new
                    {
                        metric = "resolution",
                        at = 100,
                        @do = "escalate",
                        toTier = 2,
                        repeatEvery = "PT1H",
                    },
                },
            }
        );
        await Is(get, "/api/sla/policies", 200);
        await Is(get, "/api/sla/policies/{id}", 200, path: $"/api/sla/policies/{policy!["id"]}");
        await Is(
            post,
            "/api/sla/policies/{id}/try",
            200,
            new { from = "2026-01-01T00:00:00Z", to = "2036-01-01T00:00:00Z" },
            "/api/sla/policies/standard/try"
        );
        var evaluate = Description["paths"]!["/api/sla/evaluate"]!["post"]!;
        await Is(post, "/api/sla/evaluate", 200, evaluate["requestBody"]!["content"]!["application/json"]!["example"]);
        await Is(delete, "/api/calendars/{id}", 409, path: "/api/calendars/office");
        await Is(delete, "/api/sla/policies/{id}", 204, path: "/api/sla/policies/fast");

        await Is(
            post,
            "/api/groups",
            201,
            new
            {
                id = "two",
                name = "Two",
                tier = 2,
            }
        );
        await Is(patch, "/api/groups/{id}", 200, new { calendar = "office" }, "/api/groups/two");
        await Is(get, "/api/groups", 200);
        await Is(
            post,
            "/api/agents",
            201,
            new
            {
                id = "ada",
                name = "Ada",
                email = "ada@example.com",
                groups = new[] { "two" },
            }
        );
        await Is(get, "/api/agents", 200);
        await Is(get, "/api/agents/{id}", 200, path: "/api/agents/ada");
        await Is(post, "/api/keys", 201, new { name = "Bridge", role = "integration" });
        await Is(get, "/api/keys", 200);
        await Is(get, "/api/workspaces", 200);
        await Is(post, "/api/workspaces", 403, new { name = "Mine" });
        await Is(get, "/api/automations/closing", 200);
        await Is(patch, "/api/automations/closing", 200, new { remindPendingAfter = "P3D" });
        await Is(get, "/api/chat", 200);
        await Is(patch, "/api/chat", 200, new { allowedOrigins = new[] { "https://www.example.com" } });

        var receipt = await Is(
            post,
            "/api/intake/web",
            202,
            new
            {
                subject = "Form",
                description = "Help",
                requester,
            },
            $"/api/intake/web?workspace={desk.Workspace}"
        );
        await Is(get, "/api/receipts/{id}", 200, path: $"/api/receipts/{receipt!["receipt"]}");
        await Is(get, "/api/receipts", 200);
        await Is(get, "/api/operations/dead-letters", 200);
        await Is(get, "/api/operations/queues", 403);
        await Is(get, "/api/health", 200);
    }

    /// <summary>Readers name every field that is wrong, so they tell which fields they know and which they want.</summary>
    [Fact]
    public async Task Bodies_have_the_fields_that_are_described_and_want_those_that_are_required()
    {
        using var desk = await fixture.OpenDeskAsync();
        var ticket = (await desk.OpenTicketAsync()).Json["id"]!.GetValue<string>();
        // What their fields may be depends on what is there.
        object[] actions =
        [
            new JsonObject
            {
                ["do"] = "set",
                ["field"] = "priority",
                ["value"] = "high",
            },
        ];
        (
            await desk.PostAsync(
                "/api/automations",
                new
                {
                    id = "nothing",
                    name = "One",
                    on = new[] { "ticket-opened" },
                    actions,
                }
            )
        ).Expect(201);
        (
            await desk.PostAsync(
                "/api/forms",
                new
                {
                    id = "nothing",
                    name = new { en = "Laptop" },
                    fields = new[]
                    {
                        new
                        {
                            name = "reason",
                            type = "text",
                            label = new { en = "Why?" },
                        },
                    },
                }
            )
        ).Expect(201);
        (await desk.PostAsync("/api/article-categories", new { id = "nothing", names = new { en = "Network" } })).Expect(201);
        var article = (
            await desk.PostAsync(
                "/api/articles",
                new
                {
                    title = "VPN",
                    body = "Restart it.",
                    language = "en",
                }
            )
        ).Expect(201).Json["article"]!["id"]!.GetValue<string>();
        (
            await desk.PostAsync(
                "/api/macros",
                new
                {
                    id = "nothing",
                    name = "One",
                    personal = false,
                    actions,
                }
            )
        ).Expect(201);
        (
            await desk.PostAsync(
                "/api/views",
                new
                {
                    id = "nothing",
                    name = "One",
                    shared = true,
                    copyOf = "open",
                }
            )
        ).Expect(201);
        foreach (var (path, verb, operation) in Operations)
        {
            if (operation["requestBody"]?["content"]?["application/json"]?["schema"]?["$ref"]?.GetValue<string>() is not { } reference)
                continue;
            // Only where a demo may be made, and nothing else was.
            if (path.StartsWith("/api/operations/demo", StringComparison.Ordinal))
                continue;
            // A document says where it is wrong by JSON pointers.
            if (path.StartsWith("/api/configuration/", StringComparison.Ordinal))
                continue;
            var schema = Schemas[reference[(reference.LastIndexOf('/') + 1)..]];
            var id = path.Split('/') switch
            {
                [_, _, "tickets", ..] => ticket,
                [_, _, "articles", ..] => article,
                [_, _, "sla", ..] => "standard",
                [_, _, "calendars", ..] => "business-hours",
                _ => "nothing",
            };
            var address = path.Replace("{id}", id, StringComparison.Ordinal);
            var fields = schema["properties"]!.AsObject().Select(property => property.Key).ToHashSet();

            async Task<Dictionary<string, string>> WrongAsync(JsonObject body)
            {
                using var content = new StringContent(body.ToJsonString(), System.Text.Encoding.UTF8, "application/json");
                var answer = (await desk.SendAsync(new HttpMethod(verb.ToUpperInvariant()), address, content)).Expect(400);
                return answer.Json["errors"]!
                    .AsObject()
                    .ToDictionary(error => error.Key, error => error.Value!.AsArray()[0]!.GetValue<string>(), StringComparer.Ordinal);
            }

            // A list in a list is right for no field there is.
            var nothingRight = await WrongAsync(ObjectOf(fields, _ => new JsonArray(new JsonArray(1))));
            Assert.True(fields.SetEquals(nothingRight.Keys), $"{verb} {path} knows other fields than are described: {string.Join(", ", nothingRight.Values)}");
            Assert.DoesNotContain(nothingRight.Values, wrong => wrong.Contains("is not a field here", StringComparison.Ordinal));

            var missing = await WrongAsync(new JsonObject { ["nonsense"] = 1 });
            Assert.Contains("is not a field here", missing["nonsense"], StringComparison.Ordinal);
            var required = (schema["required"]?.AsArray() ?? []).Select(field => field!.GetValue<string>()).ToHashSet();
            // Either of its two fields will do.
            if (operation["operationId"]!.GetValue<string>() == "AssignTicket")
                required.Add("assignee");
            if (operation["operationId"]!.GetValue<string>() == "LogCall")
                required.Add("outcome");
            // Tickets or a view, and something to do with them.
            if (path == "/api/tickets/bulk")
                required.UnionWith(["tickets", "patch"]);
            // An instant, or how long until then.
            if (operation["operationId"]!.GetValue<string>() == "FollowUpTicket")
                required.Add("at");
            // A form may do without them.
            if (path is "/api/tickets" or "/api/intake/web" && verb == "post")
                required.UnionWith(["subject", "description"]);
            // A copy takes both from the view that it copies.
            if (path == "/api/views" && verb == "post")
                required.UnionWith(["name", "condition"]);
            missing.Remove("nonsense");
            Assert.True(
                required.SetEquals(missing.Keys),
                $"{verb} {path} wants {string.Join(", ", missing.Keys)}, described are {string.Join(", ", required)}."
            );
        }
    }

    private static void Holds(JsonNode schema, JsonNode value, string name)
    {
        // With all schemas beside it, each closed: a field that nobody described is a fault as well.
        var whole = new JsonObject { ["allOf"] = new JsonArray(schema.DeepClone()), ["$defs"] = ObjectOf(Schemas.Keys, name => Closed(Schemas[name])) };
        var text = whole
            .ToJsonString()
            .Replace("#/components/schemas/", "#/$defs/", StringComparison.Ordinal)
            // The validator wants a dot in an address; admin@localhost has none.
            .Replace("\"format\":\"email\"", "\"minLength\":3", StringComparison.Ordinal);
        using var document = JsonDocument.Parse(value.ToJsonString());
        var options = new EvaluationOptions { OutputFormat = OutputFormat.List, RequireFormatValidation = true };
        var result = JsonSchema.FromText(text).Evaluate(document.RootElement, options);
        var wrong = from detail in result.Details ?? [] from error in detail.Errors ?? [] select $"{detail.InstanceLocation} {error.Value}";
        Assert.True(result.IsValid, $"{name}: {string.Join("; ", wrong)}\n{value.ToJsonString()}");
    }

    private static JsonObject ObjectOf(IEnumerable<string> names, Func<string, JsonNode> value) =>
        new(names.Select(name => KeyValuePair.Create<string, JsonNode?>(name, value(name))));

    private static JsonNode Closed(JsonObject schema)
    {
        var closed = schema.DeepClone().AsObject();
        closed.Remove("discriminator");
        if (closed["properties"] is not null && closed["additionalProperties"] is null)
            closed["unevaluatedProperties"] = false;
        return closed;
    }
}
