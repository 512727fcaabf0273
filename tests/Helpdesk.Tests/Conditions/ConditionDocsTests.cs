using System.Text;
using System.Text.Json;
using Helpdesk.Conditions;

namespace Helpdesk.Tests.Conditions;

/// <summary>Every operator comes to what the truth table says, and <c>docs/conditions.md</c> says what the code does.</summary>
public sealed class ConditionDocsTests
{
    public static TheoryData<string, string, string?, string?, bool> Cells =>
        [
            .. from table in TruthTable.All
            from row in table.Rows
            from cell in table.Found.Zip(row.Expected)
            select new TheoryDataRow<string, string, string?, string?, bool>(table.Field, row.Op, row.Value, cell.First, cell.Second == '+'),
        ];

    [Theory]
    [MemberData(nameof(Cells))]
    public void An_operator_comes_to_what_the_table_says(string field, string op, string? value, string? found, bool expected)
    {
        var table = TruthTable.All.Single(one => one.Field == field);
        var (condition, errors) = Condition.Parse(JsonElement.Parse(table.Term(op, value)), ConditionScope.Tickets);
        Assert.Empty(errors);
        var term = Assert.IsType<Term>(condition);
        Assert.Equal(expected, table.Type.Test(term.Op, table.ValueOf(found), term.Values));
    }

    [Fact]
    public void The_table_has_every_type_and_every_operator_of_it_and_a_missing_value_for_each()
    {
        var types = ConditionScope.All.SelectMany(scope => scope.Fields).Select(field => field.Type.Name).Distinct().Order();
        Assert.Equal(types, TruthTable.All.Select(table => table.Type.Name).Order());
        foreach (var table in TruthTable.All)
        {
            Assert.Equal(table.Type.Operators.Select(WireName<ConditionOperator>.Of).Order(), table.Rows.Select(row => row.Op).Distinct().Order());
            Assert.Contains(table.Found, found => found is null);
            Assert.All(table.Rows, row => Assert.Equal(table.Found.Length, row.Expected.Length));
        }
    }

    /// <summary>With <c>WRITE_DOCS=1</c> the parts that come from the code are written anew.</summary>
    [Theory]
    [InlineData("scopes")]
    [InlineData("fields")]
    [InlineData("types")]
    [InlineData("operators")]
    [InlineData("limits")]
    [InlineData("truth")]
    public async Task The_documentation_says_what_the_code_does(string part)
    {
        var file = Path.Combine(Root(), "docs", "conditions.md");
        var text = await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken);
        var (begin, end) = ($"<!-- {part}: from the code -->\n", $"\n<!-- /{part} -->");
        var from = text.IndexOf(begin, StringComparison.Ordinal) + begin.Length;
        var to = text.IndexOf(end, StringComparison.Ordinal);
        Assert.True(from >= begin.Length && to >= from, $"docs/conditions.md has no part {part}.");
        var expected = Part(part).TrimEnd();
        if (Environment.GetEnvironmentVariable("WRITE_DOCS") == "1")
            await File.WriteAllTextAsync(file, text[..from] + expected + text[to..], TestContext.Current.CancellationToken);
        else
            Assert.Equal(expected, text[from..to]);
    }

    /// <summary>Every example in the documentation is a condition of the scope that it is said to be of.</summary>
    [Fact]
    public async Task Examples_in_the_documentation_can_be_used()
    {
        var lines = await File.ReadAllLinesAsync(Path.Combine(Root(), "docs", "conditions.md"), TestContext.Current.CancellationToken);
        var examples = 0;
        for (var i = 0; i < lines.Length; i++)
        {
            if (!lines[i].StartsWith("```json ", StringComparison.Ordinal))
                continue;
            var scope = ConditionScope.Named(lines[i]["```json ".Length..])!;
            var json = string.Join('\n', lines.Skip(i + 1).TakeWhile(line => line != "```"));
            Assert.Equal("", string.Join('\n', Condition.Parse(JsonElement.Parse(json), scope).Errors));
            examples++;
        }

        Assert.True(examples >= 4);
    }

    private static string Part(string part)
    {
        var text = new StringBuilder();
        switch (part)
        {
            case "scopes":
                Row(text, "scope", "what a condition is held against");
                Row(text, "---", "---");
                foreach (var scope in ConditionScope.All)
                    Row(text, $"`{scope.Name}`", scope.Meaning);
                break;
            case "fields":
                Row(text, "field", "type", "scopes", "what it is");
                Row(text, "---", "---", "---", "---");
                foreach (var rows in ConditionScope.All.SelectMany(scope => scope.Fields.Select(field => (scope, field))).GroupBy(one => RowOf(one.field)))
                {
                    var fields = rows.Select(one => one.field).DistinctBy(field => field.Name).ToList();
                    var type = fields.Select(TypeOf).Distinct().Count() == 1 ? TypeOf(fields[0]) : "as the field";
                    Row(
                        text,
                        rows.Key,
                        type,
                        string.Join(", ", rows.Select(one => one.scope.Name).Distinct()),
                        fields.Count == 1 ? fields[0].Meaning : WordsOf(fields)
                    );
                }

                break;
            case "types":
                Row(text, "type", "what it is", "operators");
                Row(text, "---", "---", "---");
                foreach (var types in ConditionScope.All.SelectMany(scope => scope.Fields).Select(field => field.Type).GroupBy(type => type.Name))
                {
                    var type = types.MaxBy(one => one.Operators.Count)!;
                    Row(text, type.Name, type.Meaning, string.Join(", ", type.Operators.Select(op => $"`{WireName<ConditionOperator>.Of(op)}`")));
                }

                break;
            case "operators":
                Row(text, "operator", "`value`", "it is true when the field");
                Row(text, "---", "---", "---");
                foreach (var op in Enum.GetValues<ConditionOperator>())
                {
                    var value = op.Operands() switch
                    {
                        OperandCount.None => "none",
                        OperandCount.One => "one",
                        _ => "a list",
                    };
                    Row(text, $"`{WireName<ConditionOperator>.Of(op)}`", value, op.Meaning());
                }

                break;
            case "limits":
                text.Append("A condition may have ")
                    .Append(Condition.MostTerms)
                    .Append(" terms and ")
                    .Append(Condition.MostTerms)
                    .Append(" groups (`all`, `any`), nest `all`, `any` and `not` ")
                    .Append(Condition.MostDepth)
                    .Append(" deep, and compare one term with ")
                    .Append(Condition.MostValues)
                    .Append(" values of ")
                    .Append(Condition.TextLength)
                    .Append(" characters.");
                break;
            default:
                foreach (var table in TruthTable.All)
                {
                    text.Append("\n**").Append(table.Type.Name).Append("**, such as `").Append(table.Field).Append("`\n\n");
                    Row(text, ["", .. table.Found.Select(found => found is null ? "no value" : $"`{found}`")]);
                    Row(text, [.. Enumerable.Repeat("---", table.Found.Length + 1)]);
                    foreach (var (op, value, expected) in table.Rows)
                        Row(text, [value is null ? $"`{op}`" : $"`{op}` `{value}`", .. expected.Select(cell => cell == '+' ? "true" : "–")]);
                }

                text.Remove(0, 1);
                break;
        }

        return text.ToString();
    }

    /// <summary>Fields that differ by one word share a row.</summary>
    private static string RowOf(ConditionField field) =>
        field.Name.Split('.') switch
        {
            [("changed" or "was" or "became") and var what, not "custom"] => $"`{what}.…`",
            ["sla", _, var what] => $"`sla.<metric>.{what}`",
            _ => $"`{field.Shown}`",
        };

    /// <summary>What fields have in common that share a row, by the first of them.</summary>
    private static string WordsOf(IReadOnlyList<ConditionField> fields) =>
        fields[0].Name.StartsWith("sla.", StringComparison.Ordinal)
            ? fields[0]
                .Meaning.Replace("the newest first-reply promise", "the newest promise of the metric", StringComparison.Ordinal)
                .Replace("the first-reply promise", "the promise of the metric", StringComparison.Ordinal)
            : fields[0].Meaning.Replace("status", "field", StringComparison.Ordinal).TrimEnd('.')
                + ": "
                + string.Join(", ", fields.Select(field => $"`{field.Name[(field.Name.IndexOf('.', StringComparison.Ordinal) + 1)..]}`"))
                + ".";

    private static string TypeOf(ConditionField field) =>
        field.Type.Choices is { } names && field.Name != "event"
            ? $"{field.Type.Name}: {string.Join(", ", names.Select(name => $"`{name}`"))}"
            : field.Type.Name;

    private static void Row(StringBuilder text, params string[] cells) => text.Append("| ").AppendJoin(" | ", cells).Append(" |\n");

    internal static string Root()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "HelpdeskServerless.sln")))
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("The tests do not run inside the repository.");
        return folder;
    }
}
