using System.Text.Json;
using System.Text.Json.Nodes;

namespace Helpdesk.Functions.Configuration;

/// <summary>
/// Makes a draft of a workspace what a document says, by the operations that change single settings: in whichever order they let it be done, since one
/// setting may name another that has yet to be added.
/// </summary>
internal sealed class Planner(InnerCalls calls, OpenDraft draft, ConfigurationDocument document, JsonObject before)
{
    /// <summary>How often what was refused is tried again, once something else has been done.</summary>
    private const int MostRounds = 12;

    private readonly HashSet<string> _done = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _made = new(StringComparer.Ordinal);
    private readonly HashSet<(string Section, string Id)> _toldSecrets = [];
    private readonly List<PlanNote> _warnings = [];
    private List<PlanNote> _problems = [];
    private ConfigurationNames _names = null!;

    /// <summary>What was made along the way and is shown once: secret addresses and secrets, by their names.</summary>
    public IReadOnlyDictionary<string, string> Made => _made;

    public async Task<(IReadOnlyList<PlannedChange> Changes, IReadOnlyList<PlanNote> Problems, IReadOnlyList<PlanNote> Warnings)> RunAsync(
        CancellationToken cancellationToken
    )
    {
        var sections = ConfigurationSections.All.Where(section => document.Sections.ContainsKey(section.Name)).ToList();
        _names = ConfigurationNames.Of(document.Sections, before);
        var wanted = _names.Renamed;
        var now = before;
        for (var round = 0; round < MostRounds; round++)
        {
            _problems = [];
            var progressed = false;
            foreach (var step in StepsOf(sections, wanted, now).ToList())
                progressed |= await TakeAsync(step, cancellationToken);
            if (!progressed)
                break;
            now = await ConfigurationReader.ReadAsync(calls, draft, sections, cancellationToken);
        }

        var after = await ConfigurationReader.ReadAsync(calls, draft, ConfigurationSections.All, cancellationToken);
        _problems = [.. WithCircles(_problems, wanted["groups"] as JsonObject ?? [])];
        CheckSecrets();
        if (_problems.Count == 0)
            NoteWrittenOtherwise(sections, wanted, after);
        return ([.. ConfigurationSections.All.SelectMany(section => ChangesOf(section, after))], _problems, _warnings);
    }

    private sealed record Step(ConfigurationSection Section, string? Id, string Function, JsonObject? Body, bool TellsSecret);

    /// <summary>What is to be done: what is added and changed in the order of the sections, what is removed against it.</summary>
    private IEnumerable<Step> StepsOf(List<ConfigurationSection> sections, JsonObject wanted, JsonObject now)
    {
        foreach (var section in sections)
        {
            var (aim, there) = (wanted[section.Name]!.AsObject(), now[section.Name] as JsonObject ?? []);
            if (section.IsSingle)
            {
                if (Differing(section, aim, there) is { Count: > 0 } different)
                    yield return new(section, null, section.Change, different, false);
                continue;
            }

            foreach (var (id, setting) in aim)
            {
                if (StepOf(section, id, setting!.AsObject(), there[id] as JsonObject) is { } step)
                    yield return step;
            }
        }

        foreach (var section in sections.AsEnumerable().Reverse().Where(section => !section.IsSingle))
        {
            var aim = wanted[section.Name]!.AsObject();
            foreach (
                var id in (now[section.Name] as JsonObject ?? [])
                    .Select(setting => setting.Key)
                    .Where(id => !aim.ContainsKey(id) && !section.Stay.Contains(id, StringComparer.Ordinal))
            )
            {
                if (section.Name == "agents" && id == calls.Agent)
                    _problems.Add(new(PlaceOf(section, id, ""), "own-agent", "This would remove yourself and your keys: keep yourself in the section."));
                else
                    yield return new(section, id, section.Remove!, null, false);
            }
        }
    }

    private static bool TakesRights(JsonObject body, JsonObject there) =>
        (body["active"] is JsonValue active && active.TryGetValue<bool>(out var stays) && !stays)
        || (body["role"] is JsonValue role && there["role"]?.GetValue<string>() == "admin" && role.TryGetValue<string>(out var name) && name != "admin");

    private Step? StepOf(ConfigurationSection section, string id, JsonObject aim, JsonObject? there)
    {
        var (body, tells) = (Differing(section, aim, there ?? []), false);
        body.Remove(ConfigurationSection.Secret);
        var isStored = there?[ConfigurationSection.Secret] is not null;
        if (ConfigurationDocument.SecretName(aim[ConfigurationSection.Secret]) is { } name)
        {
            if (document.Secrets.TryGetValue(name, out var value))
                (body[ConfigurationSection.Secret], tells) = (value, true);
            else if (!isStored)
            {
                _problems.Add(
                    new(
                        PlaceOf(section, id, ConfigurationSection.Secret),
                        "secret-missing",
                        $"Nothing is stored under this name: send its value as \"secrets\": {{\"{name}\": \"…\"}}, or leave the field out."
                    )
                );
                return null;
            }
        }
        else if (isStored && aim.ContainsKey(ConfigurationSection.Secret))
            body[ConfigurationSection.Secret] = null;

        if (section.Name == "agents" && id == calls.Agent && there is not null && TakesRights(body, there))
        {
            _problems.Add(new(PlaceOf(section, id, ""), "own-agent", "This would take your own rights away: have another admin do it."));
            return null;
        }

        if (there is null)
            return new(section, id, section.Add!, NewBody(section, id, body), tells);
        if (body.Count == 0)
            return null;
        if (section.Change.Length > 0 && !section.IsPut)
            return new(section, id, section.Change, body, tells);
        if (section.IsPut)
            return new(section, id, section.Change, Merged(section, there, aim), tells);
        // There is no way to change such a setting but to remove it, and to add it anew in the next round.
        return new(section, id, section.Remove!, null, false);
    }

    private static JsonObject NewBody(ConfigurationSection section, string id, JsonObject fields)
    {
        var body = new JsonObject();
        if (!section.IsPut)
            body[section.Key] = id;
        foreach (var (name, value) in fields)
        {
            if (value is not null || section.NullCounts.Contains(name, StringComparer.Ordinal))
                body[name] = value?.DeepClone();
        }

        foreach (var (name, value) in section.With)
            body[name] = value;
        return body;
    }

    private static JsonObject Merged(ConfigurationSection section, JsonObject there, JsonObject aim)
    {
        var merged = new JsonObject();
        foreach (var name in section.Fields)
            merged[name] = (aim.ContainsKey(name) ? aim[name] : there[name])?.DeepClone();
        return merged;
    }

    /// <summary>The fields that are to be other than they are.</summary>
    private static JsonObject Differing(ConfigurationSection section, JsonObject aim, JsonObject there)
    {
        var fields = new JsonObject();
        foreach (var (name, value) in aim)
        {
            var isKnown = there.TryGetPropertyValue(name, out var held);
            if ((isKnown && JsonNode.DeepEquals(value, held)) || (!isKnown && there.Count > 0 && section.AlsoTakes.Contains(name, StringComparer.Ordinal)))
                continue;
            fields[name] = value?.DeepClone();
        }

        // What an operation takes besides goes with whatever else is sent.
        foreach (var name in section.AlsoTakes.Where(name => fields.Count > 0 && aim.ContainsKey(name)))
            fields[name] = aim[name]?.DeepClone();
        return fields;
    }

    private async Task<bool> TakeAsync(Step step, CancellationToken cancellationToken)
    {
        var key = KeyOf(step.Section, step.Id, step.Function, step.Body);
        if (_done.Contains(key))
            return false;
        var mark = draft.Storage.Mark();
        var answer = await calls.CallAsync(step.Function, step.Id, step.Body?.DeepClone().AsObject(), "", cancellationToken);
        if (!answer.IsDone)
        {
            draft.Return(mark);
            _problems.AddRange(answer.Problems.Select(problem => new PlanNote(PlaceOf(step.Section, step.Id, problem.Field), problem.Code, problem.Text)));
            return false;
        }

        _done.Add(key);
        if (step.TellsSecret)
            _toldSecrets.Add((step.Section.Name, step.Id!));
        if (answer.Body is JsonObject body)
            NoteAnswer(step, body);
        return true;
    }

    private void NoteAnswer(Step step, JsonObject body)
    {
        if (body["warnings"] is JsonArray warnings)
        {
            foreach (var warning in warnings.Select(one => one!.GetValue<string>()))
                _warnings.Add(new(PlaceOf(step.Section, step.Id, ""), "no-effect", warning));
        }

        if (step.Function != step.Section.Add)
            return;
        foreach (var name in (string[])["intakeUrl", ConfigurationSection.Secret])
        {
            if (body[name] is JsonValue value && value.TryGetValue<string>(out var text))
                _made[$"{step.Section.Name}/{step.Id}/{name}"] = text;
        }
    }

    /// <summary>New groups that escalate to each other do not find each other, whichever comes first: what is wrong with them is the circle.</summary>
    private IEnumerable<PlanNote> WithCircles(IEnumerable<PlanNote> problems, JsonObject groups)
    {
        var section = ConfigurationSections.Find("groups")!;
        var circles = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (id, _) in groups)
        {
            if (CircleOf(groups, id) is { } circle)
                circles[PlaceOf(section, id, "escalatesTo")] = string.Join(" → ", circle.Select(one => _names.AsWritten(section.Name, one)));
        }

        return problems.Select(problem =>
            circles.TryGetValue(problem.At, out var circle)
                ? problem with
                {
                    Code = "ladder-broken",
                    Text = $"These groups would escalate in a circle: {circle}.",
                }
                : problem
        );
    }

    /// <summary>The groups that a group escalates to one after the other until it comes up again; null where it does not.</summary>
    private static List<string>? CircleOf(JsonObject groups, string id)
    {
        List<string> path = [id];
        while ((groups[path[^1]] as JsonObject)?["escalatesTo"] is JsonValue value && value.TryGetValue<string>(out var next) && next.Length > 0)
        {
            var isAgain = path.Contains(next);
            path.Add(next);
            if (isAgain)
                return next == id && path.Count > 2 ? path : null;
        }

        return null;
    }

    private void CheckSecrets()
    {
        var named = document
            .Sections.SelectMany(section =>
                section.Value!.AsObject().Select(setting => ConfigurationDocument.SecretName((setting.Value as JsonObject)?[ConfigurationSection.Secret]))
            )
            .ToHashSet(StringComparer.Ordinal);
        foreach (var name in document.Secrets.Keys.Where(name => !named.Contains(name)))
            _problems.Add(new(JsonPlace.Of("secrets", name), "secret-unknown", "No setting of the document names this secret."));
    }

    /// <summary>What is kept another way than it was written, such as <c>PT24H</c> as <c>P1D</c>.</summary>
    private void NoteWrittenOtherwise(List<ConfigurationSection> sections, JsonObject wanted, JsonObject after)
    {
        foreach (var section in sections)
        {
            var (aim, there) = (wanted[section.Name]!.AsObject(), after[section.Name] as JsonObject ?? []);
            IEnumerable<(string? Id, JsonObject Aim, JsonObject? There)> settings = section.IsSingle
                ? [(null, aim, there)]
                : aim.Select(one => ((string?)one.Key, one.Value!.AsObject(), there[one.Key] as JsonObject));
            foreach (var (id, fields, held) in settings)
            {
                foreach (var name in section.Fields.Where(name => fields.ContainsKey(name) && !JsonNode.DeepEquals(fields[name], held?[name])))
                    _warnings.Add(
                        new(PlaceOf(section, id, name), "written-otherwise", $"It is kept as {held?[name]?.ToJsonString(ConfigurationForms.Plain) ?? "null"}.")
                    );
            }
        }
    }

    private IEnumerable<PlannedChange> ChangesOf(ConfigurationSection section, JsonObject after)
    {
        var (was, becomes) = (before[section.Name] as JsonObject, after[section.Name] as JsonObject);
        if (section.IsSingle)
            return ChangeOf(section, null, was, becomes) is { } only ? [only] : [];
        var ids = (was ?? []).Concat(becomes ?? []).Select(setting => setting.Key).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);
        return ids.Select(id => ChangeOf(section, id, was?[id] as JsonObject, becomes?[id] as JsonObject)).OfType<PlannedChange>();
    }

    private PlannedChange? ChangeOf(ConfigurationSection section, string? id, JsonObject? was, JsonObject? becomes)
    {
        List<PlannedField> fields =
        [
            .. section
                .Fields.Append(ConfigurationSection.Secret)
                .Where(name => !JsonNode.DeepEquals(was?[name], becomes?[name]))
                .Select(name => new PlannedField(name, Element(was?[name]), Element(becomes?[name]))),
        ];
        if (was is not null && becomes is not null && _toldSecrets.Contains((section.Name, id ?? "")))
        {
            var anew = new JsonObject { [ConfigurationSection.Secret] = $"{section.Name}/{id}/{ConfigurationSection.Secret}", ["new"] = true };
            fields.RemoveAll(field => field.Field == ConfigurationSection.Secret);
            fields.Add(new(ConfigurationSection.Secret, Element(was[ConfigurationSection.Secret]), Element(anew)));
        }

        var action =
            was is null ? ConfigurationAction.Add
            : becomes is null ? ConfigurationAction.Remove
            : ConfigurationAction.Change;
        return fields.Count > 0 ? new(section.Name, id, NameOf(becomes ?? was), action, fields) : null;
    }

    private static string? NameOf(JsonObject? setting) => setting?["name"] is JsonValue value && value.TryGetValue<string>(out var name) ? name : null;

    private static JsonElement? Element(JsonNode? value) => value is null ? null : JsonElement.Parse(value.ToJsonString());

    private string PlaceOf(ConfigurationSection section, string? id, string field) =>
        JsonPlace.Field(id is null ? JsonPlace.Of(section.Name) : JsonPlace.Of(section.Name, _names.AsWritten(section.Name, id)), field);

    private static string KeyOf(ConfigurationSection section, string? id, string function, JsonObject? body) =>
        $"{section.Name}\n{id}\n{function}\n{body?.ToJsonString()}";
}
