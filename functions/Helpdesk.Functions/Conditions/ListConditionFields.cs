using Helpdesk.Conditions;
using Helpdesk.Functions.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Conditions;

/// <summary>The scope whose fields are asked for.</summary>
/// <param name="Scope">Where a condition is going to be used; <c>tickets</c> when it is left out.</param>
public sealed record ConditionFieldsQuery(string? Scope) : IFromQuery<ConditionFieldsQuery>
{
    public static ConditionFieldsQuery Read(QueryReader query, HttpContext context)
    {
        var scope = query.Text("scope");
        ConditionScopes.Read(scope ?? ConditionScope.Tickets.Name, problem => query.Wrong("scope", problem));
        return new(scope);
    }
}

/// <summary>A field that conditions can ask for.</summary>
/// <param name="Name">Its name; <c>&lt;name&gt;</c> at its end stands for any name.</param>
/// <param name="Type">Its type.</param>
/// <param name="Meaning">What it is.</param>
/// <param name="Operators">How it can be compared.</param>
/// <param name="Choices">The values that it can have; null where they are not a few.</param>
/// <param name="Names">The kind of setting whose ids are its values; null for none.</param>
/// <param name="HasCalendar">Whether it can be counted by a calendar.</param>
public sealed record ConditionFieldView(
    string Name,
    string Type,
    string Meaning,
    IReadOnlyList<ConditionOperator> Operators,
    IReadOnlyList<string>? Choices,
    NamedKind? Names,
    bool HasCalendar
);

/// <summary>Lists the fields that a condition can ask for in a scope, and how. They are few, so the list has one page.</summary>
public sealed class ListConditionFields
{
    [Function(nameof(ListConditionFields)), RequiresKey(KeyRole.Agent, KeyRole.Admin)]
    public Ok<ListPage<ConditionFieldView>> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/conditions/fields")] ConditionFieldsQuery query
    ) =>
        TypedResults.Ok(
            new ListPage<ConditionFieldView>(
                [
                    .. ConditionScope
                        .Named(query.Scope ?? ConditionScope.Tickets.Name)!
                        .Fields.Select(field => new ConditionFieldView(
                            field.Shown,
                            field.Type.Name,
                            field.Meaning,
                            field.Type.Operators,
                            field.Type.Choices,
                            field.Names,
                            field.Type.HasCalendar
                        )),
                ],
                null
            )
        );
}
