using System.Text.Json.Nodes;

namespace Helpdesk.Functions.Tests.Forms;

/// <summary>Desks with a form.</summary>
internal static class FormDesk
{
    /// <summary>A form with a field of every type and conditions among them.</summary>
    public const string Laptop = """
        {"id":"laptop","name":{"en":"New laptop","de":"Neuer Laptop","hr":"Novo prijenosno računalo","el":"Νέος φορητός υπολογιστής"},
         "description":{"en":"For people who have none yet","de":"Für alle, die noch keinen haben"},"icon":"💻","type":"order","tags":["it"],"priority":"low",
         "subject":"hidden","details":"optional",
         "fields":[
          {"name":"model","type":"choice","label":{"en":"Which model?","de":"Welches Modell?","hr":"Koji model?","el":"Ποιο μοντέλο;"},"required":true,
           "options":[{"value":"light","label":{"en":"Light","de":"Leicht","hr":"Lagan","el":"Ελαφρύ"}},
                      {"value":"strong","label":{"en":"Strong","de":"Stark","hr":"Snažan","el":"Ισχυρό"}}]},
          {"name":"reason","type":"long-text","label":{"en":"What do you need it for?","de":"Wozu brauchen Sie es?"},"required":true,"minLength":3,
           "visibleWhen":{"field":"answers.model","op":"is","value":"strong"}},
          {"name":"extras","type":"multi-choice","label":{"en":"What else?","de":"Was noch?"},
           "options":[{"value":"dock","label":"Dock"},{"value":"bag","label":"Bag"},
                      {"value":"gpu","label":"Graphics","when":{"field":"answers.model","op":"is","value":"strong"}}]},
          {"name":"from","type":"date","label":{"en":"From when?","de":"Ab wann?"},"earliest":"today"},
          {"name":"count","type":"number","label":{"en":"How many?","de":"Wie viele?"},"min":1,"max":5},
          {"name":"colleague","type":"contact","label":{"en":"For whom?","de":"Für wen?"}},
          {"name":"old","type":"asset","label":{"en":"Serial number of the old one","de":"Seriennummer des alten"},"pattern":"[A-Z]{2}[0-9]{4}",
           "patternHelp":{"en":"It looks like AB1234.","de":"Sie sieht aus wie AB1234."}},
          {"name":"quote","type":"file","label":{"en":"Quote","de":"Angebot"}},
          {"name":"agreed","type":"checkbox","label":{"en":"My manager agrees","de":"Mein Vorgesetzter stimmt zu"},
           "requiredWhen":{"field":"answers.model","op":"is","value":"strong"}}]}
        """;

    public static async Task<JsonNode> WithFormAsync(this Desk desk, string form = Laptop) =>
        (await desk.PostAsync("/api/forms", JsonNode.Parse(form)!)).Expect(201).Json;

    /// <summary>Opens a ticket with a form.</summary>
    public static Task<Answer> FillAsync(this Desk desk, string answers, string form = "laptop", params (string, string)[] headers) =>
        desk.PostAsync(
            "/api/tickets",
            JsonNode.Parse($$"""{"form":"{{form}}","answers":{{answers}},"requester":{"email":"rita@example.com","name":"Rita"} }""")!,
            headers
        );

    /// <summary>What stands on a ticket: <c>model=Strong</c>.</summary>
    public static IEnumerable<string> AnswersOf(JsonNode ticket) => ticket["form"]!["answers"]!.AsArray().Select(one => $"{one!["label"]}={one["value"]}");
}
