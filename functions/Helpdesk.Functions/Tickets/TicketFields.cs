using System.Text.Json;
using Helpdesk.Functions.Directory;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;

namespace Helpdesk.Functions.Tickets;

/// <summary>Fields of tickets that several requests have, and how long they may be.</summary>
public static class TicketFields
{
    public const int SubjectLength = 250;
    public const int TextLength = 65_536;
    public const int ResolutionLength = 10_000;

    /// <summary>Who asks; the address is what counts.</summary>
    public static Requester? Requester(FieldReader fields, string name = "requester")
    {
        if (fields.Object(name, required: true) is not { } requester)
            return null;
        var email = SettingFields.Email(requester, "email", required: true);
        var called = requester.Text("name", 100);
        requester.Ends();
        return new(email ?? "", string.IsNullOrEmpty(called) ? null : called);
    }

    /// <summary>Who takes part besides the requester; null when nobody was sent, and nobody for null.</summary>
    public static IReadOnlyList<Requester>? Participants(FieldReader fields)
    {
        if (fields.IsNull("participants"))
            return [];
        if (fields.Objects("participants", People.Limit - 1) is not { } people)
            return null;
        var participants = new List<Requester>();
        foreach (var person in people)
        {
            var email = SettingFields.Email(person, "email", required: true);
            var called = person.Text("name", 100);
            person.Ends();
            participants.Add(new(email ?? "", string.IsNullOrEmpty(called) ? null : called));
        }

        return participants;
    }

    /// <summary>Tags without repetitions, in lower case; null when they were not sent.</summary>
    public static IReadOnlyList<string>? Tags(FieldReader fields) =>
        fields.Texts("tags", TicketRules.MostTags, 50, TagProblem) is { } tags
            ? [.. tags.Select(tag => tag.ToLowerInvariant()).Distinct(StringComparer.Ordinal)]
            : null;

    /// <summary>What is wrong with a tag; null for nothing.</summary>
    public static string? TagProblem(string tag) => tag.Contains(',', StringComparison.Ordinal) ? $"contains \"{tag}\": a tag has no comma." : null;

    /// <summary>A group by id; 400 when there is none.</summary>
    public static async ValueTask<Group?> GroupAsync(string? id, Caller caller, DirectoryStore directory, CancellationToken cancellationToken) =>
        string.IsNullOrEmpty(id)
            ? null
            : await directory.FindGroupAsync(caller.Workspace, id, cancellationToken)
                ?? throw new InvalidRequestException("group", "group was not found: give the id of a group of this workspace.");

    /// <summary>An agent by id, by e-mail address, or "me"; 400 when there is none or it is not active.</summary>
    public static async ValueTask<Agent?> AssigneeAsync(string? id, Caller caller, DirectoryStore directory, CancellationToken cancellationToken)
    {
        if (string.IsNullOrEmpty(id))
            return null;
        if (id == "me")
            id = caller.Agent ?? throw new InvalidRequestException("assignee", "assignee is \"me\", but this key belongs to no agent.");
        return await directory.FindAgentAsync(caller.Workspace, id, cancellationToken) switch
        {
            null => throw new InvalidRequestException("assignee", "assignee was not found: give the id or e-mail address of an agent of this workspace."),
            { Active: false } => throw new InvalidRequestException("assignee", "assignee is an agent who is not active: choose an active one."),
            var agent => agent,
        };
    }

    /// <summary>The form that is filled in, and the answers as they came; null for none.</summary>
    public static (string? Form, IReadOnlyDictionary<string, JsonElement>? Answers) Form(FieldReader fields)
    {
        var form = fields.Text("form", 40) is { Length: > 0 } id ? id : null;
        if (fields.Object("answers") is not { } given)
            return (form, null);
        if (form is null)
            fields.Wrong("answers", "is possible only with form: the id of the form that is filled in.");
        return (form, given.Names().ToDictionary(name => name, name => given.Json(name)!.Value.Clone(), StringComparer.Ordinal));
    }

    /// <summary>Values for a ticket's own fields; null when they were not sent.</summary>
    public static IReadOnlyDictionary<string, JsonElement>? CustomFields(FieldReader fields, bool patch) => fields.Values("customFields", patch);
}
