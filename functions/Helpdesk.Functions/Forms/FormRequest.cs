using System.Text.Json;
using Helpdesk.Conditions;
using Helpdesk.Forms;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;
using Helpdesk.Functions.Tickets;

namespace Helpdesk.Functions.Forms;

/// <summary>A new form, or what is to be different about one; its parts are read against what the form has.</summary>
public sealed record FormRequest(string? Id, ReadOnlyMemory<byte> Body) : IFromRequest<FormRequest>
{
    private const int NameLength = 100;
    private const int WordsLength = 500;
    private const int OptionLength = 50;

    public static async ValueTask<FormRequest> ReadAsync(HttpContext context)
    {
        var fields = await FieldReader.ReadAsync(context);
        return new(HttpMethods.IsPost(context.Request.Method) ? SettingFields.VersionedId(fields) : null, await RequestBody.ReadUtf8Async(context));
    }

    /// <summary>The form with this request's fields in it; 400 with everything that is wrong.</summary>
    public RequestForm Apply(RequestForm? current, DateTimeOffset now)
    {
        var fields = FieldReader.Parse(Body);
        if (current is null)
            SettingFields.VersionedId(fields);
        var name = Words(fields, "name", NameLength, required: current is null || fields.Has("name"));
        var description = Words(fields, "description", WordsLength);
        var icon = fields.Text("icon", 16);
        var active = fields.Flag("active");
        var position = fields.Whole("position", 0, 1_000_000);
        var subject = fields.OneOf<FormWords>("subject");
        var details = fields.OneOf<FormWords>("details");
        var type = fields.Text("type", 50);
        var group = fields.Text("group", 40);
        var priority = fields.IsNull("priority") ? null : fields.OneOf<TicketPriority>("priority");
        var tags = TicketFields.Tags(fields);
        var asked = fields.Objects("fields", RequestForm.MostFields, required: current is null)?.Select(Field).ToList();
        // A part that is wrong has said so, and leaves a form that is never used.
        var form = new RequestForm
        {
            Id = current?.Id ?? Id ?? (name is null ? "" : SettingFields.VersionedIdFrom(name.In(null))),
            Name = name ?? current?.Name ?? new(),
            Description = fields.Has("description") ? description : current?.Description,
            Icon = fields.Has("icon") ? Some(icon) : current?.Icon,
            Version = (current?.Version ?? 0) + 1,
            Active = active ?? current?.Active ?? true,
            Position = position ?? current?.Position ?? 100,
            Subject = subject ?? current?.Subject ?? FormWords.Required,
            Details = details ?? current?.Details ?? FormWords.Required,
            Type = fields.Has("type") ? Some(type) : current?.Type,
            Group = fields.Has("group") ? Some(group) : current?.Group,
            Priority = fields.Has("priority") ? priority : current?.Priority,
            Tags = tags ?? current?.Tags ?? [],
            Fields = asked ?? current?.Fields ?? [],
            CreatedAt = current?.CreatedAt ?? now,
            UpdatedAt = now,
        };
        foreach (var problem in FormDesign.Problems(form))
            fields.Wrong(problem.At, problem.Problem);
        fields.Done();
        return form;
    }

    private static FormField Field(FieldReader fields)
    {
        var name = fields.Text("name", 40, required: true);
        if (name is { Length: > 0 } && !IsName(name))
            fields.Wrong("name", "must begin with a letter from a to z and have letters, digits and single dashes, such as costCentre or cost-centre.");
        var type = fields.OneOf<FormFieldType>("type", required: true);
        var label = Words(fields, "label", 200, required: true);
        var field = new FormField
        {
            Name = name ?? "",
            Type = type ?? FormFieldType.Text,
            Label = label ?? new(),
            Help = Words(fields, "help", WordsLength),
            Required = fields.Flag("required") ?? false,
            RequiredWhen = SettingFields.Condition(fields, "requiredWhen", ConditionScope.Forms),
            VisibleWhen = SettingFields.Condition(fields, "visibleWhen", ConditionScope.Forms),
            Options = [.. (fields.Objects("options", RequestForm.MostOptions) ?? []).Select(Option)],
            MinLength = fields.Whole("minLength", 0, FormRules.LongTextLength),
            MaxLength = fields.Whole("maxLength", 1, FormRules.LongTextLength),
            Min = Number(fields, "min"),
            Max = Number(fields, "max"),
            Earliest = Some(fields.Text("earliest", 20)),
            Latest = Some(fields.Text("latest", 20)),
            Pattern = Some(fields.Text("pattern", FormPattern.Length, exact: true)),
            PatternHelp = Words(fields, "patternHelp", WordsLength),
        };
        fields.Ends();
        return field;
    }

    private static FormOption Option(FieldReader fields)
    {
        var value = fields.Text("value", OptionLength, required: true);
        if (value?.Contains(',', StringComparison.Ordinal) == true)
            fields.Wrong("value", "must have no comma: where several are chosen, commas stand between them.");
        var label = Words(fields, "label", 200) ?? (fields.Has("label") ? null : new LocalText(En: value));
        var option = new FormOption(value ?? "", label ?? new(), SettingFields.Condition(fields, "when", ConditionScope.Forms));
        fields.Ends();
        return option;
    }

    /// <summary>Words in several languages, or a text alone, which counts as English; null when they are absent, null or wrong.</summary>
    internal static LocalText? Words(FieldReader fields, string name, int max, bool required = false)
    {
        if (fields.Json(name) is { ValueKind: JsonValueKind.String })
            return fields.Text(name, max, required) is { Length: > 0 } text ? new(En: text) : null;
        if (fields.Object(name, required) is not { } given)
            return null;
        var words = new LocalText(Some(given.Text("de", max)), Some(given.Text("el", max)), Some(given.Text("en", max)), Some(given.Text("hr", max)));
        given.Ends();
        if (words.In(null).Length > 0)
            return words;
        fields.Wrong(name, "needs words in at least one of the languages de, el, en and hr.");
        return null;
    }

    private static decimal? Number(FieldReader fields, string name)
    {
        if (fields.Json(name) is not { ValueKind: not JsonValueKind.Null } value)
            return null;
        if (value.ValueKind == JsonValueKind.Number && value.TryGetDecimal(out var number) && Math.Abs(number) <= FormRules.LargestNumber)
            return number;
        fields.Wrong(name, "must be a number of at most 15 digits before the point.");
        return null;
    }

    private static bool IsName(string name) =>
        char.IsAsciiLetterLower(name[0])
        && name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter == '-')
        && name[^1] != '-'
        && !name.Contains("--", StringComparison.Ordinal);

    private static string? Some(string? text) => string.IsNullOrEmpty(text) ? null : text;
}
