using System.Text.Json.Nodes;

namespace Helpdesk.Functions.Tests.Configuration;

/// <summary>Configurations of many shapes; the same one for the same number.</summary>
internal sealed class GeneratedConfigurations(uint seed)
{
    private static readonly string[] Words = ["plain", "Größe \"XL\"", "Δίκτυο", "čćžšđ", "a/b~c", "👩‍💻 works", "two\\three", "{{ ticket.subject }}"];
    private uint _state = seed * 2654435761u + 1;

    public JsonObject Next()
    {
        var groups = new JsonObject();
        var tiers = Enumerable.Range(0, Below(5)).Select(_ => 1 + Below(3)).ToList();
        for (var i = 0; i < tiers.Count; i++)
        {
            var higher = Enumerable.Range(0, tiers.Count).Where(other => tiers[other] > tiers[i]).ToList();
            groups[$"g{i}"] = new JsonObject
            {
                ["name"] = $"{Word()} {i}",
                ["tier"] = tiers[i],
                ["escalatesTo"] = higher.Count > 0 && Below(2) == 0 ? $"g{higher[Below(higher.Count)]}" : null,
                ["calendar"] = Below(2) == 0 ? "hours" : null,
                ["routing"] = Below(2) == 0 ? "least-busy" : null,
            };
        }

        var agents = new JsonObject { [Helpdesk.Functions.Directory.DirectoryStore.FirstAdmin.Id] = new JsonObject() };
        for (var i = Below(4); i > 0; i--)
            agents[$"a{i}"] = new JsonObject
            {
                ["name"] = $"{Word()} {i}",
                ["email"] = $"a{i}@example.com",
                ["groups"] = new JsonArray([.. Enumerable.Range(0, tiers.Count).Where(_ => Below(2) == 0).Select(group => JsonValue.Create($"g{group}"))]),
                ["capacity"] = Below(2) == 0 ? 1 + Below(9) : null,
                ["active"] = Below(4) > 0,
            };
        var categories = new JsonObject();
        for (var i = Below(4); i > 0; i--)
            categories[$"c{i}"] = new JsonObject
            {
                ["names"] = new JsonObject { ["en"] = Word(), ["el"] = Word() },
                ["position"] = Below(100),
            };
        var macros = new JsonObject();
        for (var i = Below(4); i > 0; i--)
            macros[$"m{i}"] = new JsonObject
            {
                ["name"] = $"{Word()} {i}",
                ["actions"] = new JsonArray(new JsonObject { ["do"] = "comment", ["text"] = "Hello {{ requester.name }}" }),
                ["active"] = Below(2) == 0,
            };
        return new()
        {
            ["calendars"] = new JsonObject
            {
                ["business-hours"] = new JsonObject(),
                ["hours"] = new JsonObject
                {
                    ["name"] = Word(),
                    ["timeZone"] = Below(2) == 0 ? "Europe/Zagreb" : "Europe/Athens",
                    ["hours"] = new JsonObject { ["mon"] = new JsonArray($"0{Below(9)}:00-17:00") },
                },
            },
            ["groups"] = groups,
            ["agents"] = agents,
            ["articleCategories"] = categories,
            ["macros"] = macros,
            ["knowledge"] = new JsonObject { ["review"] = Below(2) == 0 },
            ["chat"] = new JsonObject { ["enabled"] = Below(2) == 0, ["group"] = tiers.Count > 0 ? "g0" : null },
        };
    }

    private string Word() => Words[Below(Words.Length)];

    private int Below(int most)
    {
        _state = _state * 1664525 + 1013904223;
        return (int)((_state >> 8) % (uint)most);
    }
}
