using System.Collections.Concurrent;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using Helpdesk.Functions.Hosting;
using Microsoft.Extensions.Options;

namespace Helpdesk.Functions.Configuration;

/// <summary>What an operation answered.</summary>
/// <param name="Body">Its JSON; null for none.</param>
/// <param name="Problems">Why it refused, by the field that is wrong (empty for none of them); empty where it did not.</param>
public sealed record InnerAnswer(int Status, JsonNode? Body, IReadOnlyList<InnerProblem> Problems)
{
    public bool IsDone => Status < 400;
}

/// <summary>Something that an operation refused.</summary>
public sealed record InnerProblem(string Field, string Code, string Text);

/// <summary>Calls operations of the API from inside, over a draft: what they refuse, they refuse with the words that their callers get.</summary>
public sealed class InnerCalls(OpenDraft draft, Caller caller)
{
    private static readonly ConcurrentDictionary<string, MethodInfo> Methods = new(StringComparer.Ordinal);
    private readonly JsonSerializerOptions _json = draft
        .Services.GetRequiredService<IOptions<Microsoft.AspNetCore.Http.Json.JsonOptions>>()
        .Value.SerializerOptions;

    /// <summary>Id of the agent who calls; null for a program.</summary>
    public string? Agent => caller.Agent;

    /// <summary>Calls an operation as the caller would.</summary>
    /// <param name="id">What its path names; null for nothing.</param>
    public async Task<InnerAnswer> CallAsync(string function, string? id, JsonObject? body, string query, CancellationToken cancellationToken)
    {
        var method = Methods.GetOrAdd(function, MethodOf);
        var http = Request(method, id, body, query, cancellationToken);
        try
        {
            var arguments = new List<object?>();
            foreach (var parameter in method.GetParameters())
                arguments.Add(parameter.ParameterType == typeof(string) ? id : await RequestParameters.ReadAsync(parameter.ParameterType, http));
            var slice = ActivatorUtilities.GetServiceOrCreateInstance(draft.Services, method.DeclaringType!);
            var called = (Task)method.Invoke(slice, BindingFlags.DoNotWrapExceptions, null, [.. arguments], null)!;
            await called;
            return AnswerOf(called.GetType().GetProperty(nameof(Task<>.Result))!.GetValue(called)!);
        }
        catch (InvalidRequestException invalid)
        {
            IReadOnlyList<InnerProblem> problems = invalid.Errors is { } errors
                ? [.. errors.SelectMany(error => error.Value.Select(text => new InnerProblem(error.Key, invalid.Code, text)))]
                : [new("", invalid.Code, invalid.Message)];
            return new(invalid.Status, null, problems);
        }
        catch (SettingInUseException inUse)
        {
            // A document cannot give a successor; what names the setting is in it as well, except for tickets.
            var way = inUse.UsedBy.Any(use => use.Kind == "tickets")
                ? "keep it in the document, or remove it beforehand with DELETE and ?successor="
                : "have the document name another one there, or keep it";
            return new(StatusCodes.Status409Conflict, null, [new("", inUse.Code, $"{inUse.Fact}: {way}.")]);
        }
        catch (HelpdeskRuleException rule)
        {
            return new(StatusCodes.Status409Conflict, null, [new("", rule.Code, rule.Message)]);
        }
    }

    private InnerAnswer AnswerOf(object result)
    {
        var answer = result is INestedHttpResult nested ? nested.Result : result;
        var status = (answer as IStatusCodeHttpResult)?.StatusCode ?? StatusCodes.Status200OK;
        var body = answer is IValueHttpResult { Value: { } value } ? JsonSerializer.SerializeToNode(value, _json.GetTypeInfo(value.GetType())) : null;
        return new(status, body, status < 400 ? [] : [new("", "not-found", "There is no such setting.")]);
    }

    private DefaultHttpContext Request(MethodInfo method, string? id, JsonObject? body, string query, CancellationToken cancellationToken)
    {
        var trigger = method.GetParameters()[0].GetCustomAttribute<HttpTriggerAttribute>()!;
        var http = new DefaultHttpContext { RequestServices = draft.Services, RequestAborted = cancellationToken };
        http.Request.Method = trigger.Methods![0].ToUpperInvariant();
        http.Request.Scheme = "https";
        http.Request.Host = new("localhost");
        http.Request.Path = $"/{trigger.Route}";
        http.Request.QueryString = new(query);
        if (id is not null && method.GetParameters().FirstOrDefault(parameter => parameter.ParameterType == typeof(string))?.Name is { } name)
            http.Request.RouteValues[name] = id;
        if (body is not null)
        {
            http.Request.ContentType = "application/json";
            http.Request.Body = new MemoryStream(JsonSerializer.SerializeToUtf8Bytes(body, ConfigurationJson.Default.JsonObject));
        }

        http.Features.Set(caller);
        return http;
    }

    private static MethodInfo MethodOf(string function) =>
        FunctionMethods.All.Values.Single(method => method.GetCustomAttribute<FunctionAttribute>()!.Name == function);
}
