using System.Text.Json;
using System.Text.Json.Nodes;
using Helpdesk.Testing;

namespace Helpdesk.Functions.Tests.Golden;

/// <summary>
/// What is stored can be read by every later version. <c>forms/name.json</c> is a form with every field that it had when the file was committed;
/// <c>forms/older/name-what.json</c> is one that earlier versions wrote. Files are added, and never changed.
/// </summary>
public sealed class StoredFormsTests
{
    private static readonly JsonSerializerOptions Indented = new(Helpdesk.Functions.Hosting.HostingJson.Default.Options)
    {
        WriteIndented = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private static string Folder { get; } = Path.Combine(AzuriteServer.Root, "tests/Helpdesk.Functions.Tests/Golden/forms");

    public static TheoryData<string> Names => [.. StoredForm.All.Keys];

    public static TheoryData<string> Older =>
        [.. System.IO.Directory.GetFiles(Path.Combine(Folder, "older"), "*.json").Select(file => Path.GetFileName(file))];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_form_is_read_and_written_as_it_was(string name)
    {
        var form = StoredForm.All[name];
        var file = Path.Combine(Folder, $"{name}.json");
        if (!File.Exists(file))
        {
            System.IO.Directory.CreateDirectory(Folder);
            await File.WriteAllTextAsync(file, form.First().ToJsonString(Indented) + "\n", TestContext.Current.CancellationToken);
            Assert.Fail($"{file} was missing and is written now: look whether it says what is stored, and commit it.");
        }

        var golden = JsonNode.Parse(await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken))!;
        KeepsEverything(golden, form.Rewrite(golden.DeepClone()), name);
        // A second time nothing changes any more.
        var once = form.Rewrite(golden.DeepClone());
        Assert.Equal(once.ToJsonString(), form.Rewrite(once.DeepClone()).ToJsonString());
    }

    [Theory]
    [MemberData(nameof(Older))]
    public async Task An_older_form_is_read_and_loses_nothing(string file)
    {
        var form = StoredForm.All.Values.Where(one => file.StartsWith($"{one.Name}-", StringComparison.Ordinal)).MaxBy(one => one.Name.Length)!;
        var older = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(Folder, "older", file), TestContext.Current.CancellationToken))!;
        var upgraded = older["upgraded"] ?? older["stored"]!;
        KeepsEverything(upgraded, form.Rewrite(older["stored"]!.DeepClone()), file);
    }

    [Fact]
    public void Every_file_is_of_a_form_that_is_still_read()
    {
        var files = System.IO.Directory.GetFiles(Folder, "*.json").Select(file => Path.GetFileNameWithoutExtension(file)).Order();
        Assert.Equal(StoredForm.All.Keys.Order(), files);
    }

    /// <summary>New fields may come with their standard value; nothing that was there may be gone or different.</summary>
    private static void KeepsEverything(JsonNode? before, JsonNode? after, string path)
    {
        switch (before)
        {
            case JsonObject fields:
                foreach (var (name, value) in fields)
                {
                    Assert.True(after is JsonObject now && now.ContainsKey(name), $"{path}.{name} is gone.");
                    KeepsEverything(value, after![name], $"{path}.{name}");
                }

                break;
            case JsonArray items:
                Assert.True(after is JsonArray, $"{path} is no list any more.");
                Assert.Equal(items.Count, after!.AsArray().Count);
                for (var i = 0; i < items.Count; i++)
                    KeepsEverything(items[i], after.AsArray()[i], $"{path}[{i}]");
                break;
            // A column of a row that holds JSON itself.
            case JsonValue text when text.GetValueKind() == JsonValueKind.String && text.GetValue<string>().StartsWith('{'):
                KeepsEverything(JsonNode.Parse(text.GetValue<string>()), JsonNode.Parse(after!.GetValue<string>()), path);
                break;
            default:
                Assert.True(JsonNode.DeepEquals(before, after), $"{path} was {before?.ToJsonString()} and is {after?.ToJsonString()}.");
                break;
        }
    }
}
