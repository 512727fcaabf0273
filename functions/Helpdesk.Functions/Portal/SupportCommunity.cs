using System.Globalization;
using Helpdesk.Bot.Conversations;
using Helpdesk.Functions.Contacts;
using Helpdesk.Functions.Directory;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Intake;
using Helpdesk.Functions.Knowledge;
using Helpdesk.Functions.Pages;
using Helpdesk.Functions.Settings;
using Helpdesk.Functions.SignIn;
using Helpdesk.Portal;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Portal;

/// <summary>Questions that requesters answer each other, where the workspace wants that. Everybody reads; who writes has signed in.</summary>
public sealed class SupportCommunity(
    PageRenderer pages,
    QuestionStore questions,
    PortalStore people,
    ContactStore contacts,
    PortalLooks looks,
    RequesterSessions sessions,
    SettingsStore settings,
    DirectoryStore directory,
    IdempotencyStore reservations,
    PortalLimit limit,
    TimeProvider time
)
{
    private const string Route = "support/community";
    private const string One = $"{Route}/{{id}}";
    private const int PerPage = 20;

    /// <summary>The questions, or those of a category or with words that somebody looks for.</summary>
    [Function(nameof(SupportCommunity)), Public]
    public async Task<Results<ContentHttpResult, NotFound>> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = Route)] HttpContext context,
        CancellationToken cancellationToken
    ) =>
        await OpenAsync(context, cancellationToken) is { } workspace
            ? await ListAsync(context, workspace, new Dictionary<string, string>(), null, StatusCodes.Status200OK, cancellationToken)
            : TypedResults.NotFound();

    /// <summary>Asks a question.</summary>
    [Function(nameof(AskCommunity)), Public]
    public async Task<Results<RedirectHttpResult, ContentHttpResult, NotFound>> AskCommunity(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = Route)] HttpContext context,
        CancellationToken cancellationToken
    )
    {
        if (await OpenAsync(context, cancellationToken) is not { } workspace)
            return TypedResults.NotFound();
        var texts = PageLanguage.TextsFor(context);
        var (fields, requester, refused) = await ReadAsync(context, workspace, texts, cancellationToken);
        if (requester is null)
            return await ListAsync(context, workspace, fields, refused.Words, refused.Status, cancellationToken);
        var problem =
            ProblemOf(fields, "title", QuestionRules.TitleLength, false, texts)
            ?? ProblemOf(fields, "body", QuestionRules.BodyLength, true, texts)
            ?? NameProblemOf(fields, texts)
            ?? await TooOftenAsync(requester, texts, cancellationToken);
        if (problem is not null)
            return await ListAsync(context, workspace, fields, problem, StatusCodes.Status400BadRequest, cancellationToken);
        var now = time.GetUtcNow();
        var once = fields.GetValueOrDefault("once") is { Length: > 0 and <= 100 } sent
            ? Idempotency.Of($"question {requester.Email}", $"{sent} {Hashes.Short($"{Line(fields["title"])}\n{Lines(fields["body"])}")}")
            : null;
        ValueTask<string> NewId() => new(QuestionStore.NewId(now));
        var id = once is null ? await NewId() : await reservations.ReserveAsync(workspace, once, NewId, cancellationToken);
        var categories = await settings.RememberAsync(workspace, KnowledgeKinds.Categories, cancellationToken);
        var question = new Question
        {
            Id = id,
            Title = Line(fields["title"]),
            Body = Lines(fields["body"]),
            Category = categories.FirstOrDefault(one => one.Id == fields.GetValueOrDefault("category"))?.Id,
            By = new(Line(fields["name"]), requester.Email, null),
            At = now,
        };
        await LearnAsync(requester, cancellationToken);
        await questions.AddAsync(workspace, question, cancellationToken);
        return To(context, workspace, id);
    }

    /// <summary>A question with its answers.</summary>
    [Function(nameof(CommunityQuestion)), Public]
    public async Task<Results<ContentHttpResult, NotFound>> CommunityQuestion(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = One)] HttpContext context,
        string id,
        CancellationToken cancellationToken
    ) =>
        await OpenAsync(context, cancellationToken) is { } workspace && await FindAsync(workspace, id, cancellationToken) is { } question
            ? await PageAsync(context, workspace, question, new Dictionary<string, string>(), null, StatusCodes.Status200OK, cancellationToken)
            : TypedResults.NotFound();

    /// <summary>Answers a question, or says which answer helped.</summary>
    [Function(nameof(AnswerCommunity)), Public]
    public async Task<Results<RedirectHttpResult, ContentHttpResult, NotFound>> AnswerCommunity(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = One)] HttpContext context,
        string id,
        CancellationToken cancellationToken
    )
    {
        if (await OpenAsync(context, cancellationToken) is not { } workspace || await FindAsync(workspace, id, cancellationToken) is not { } question)
            return TypedResults.NotFound();
        var texts = PageLanguage.TextsFor(context);
        var (fields, requester, refused) = await ReadAsync(context, workspace, texts, cancellationToken);
        if (requester is null)
            return await PageAsync(context, workspace, question, fields, refused.Words, refused.Status, cancellationToken);
        string? problem;
        try
        {
            if (fields.GetValueOrDefault("accept") is { Length: > 0 } accepted)
            {
                // Whoever asked may have asked from another address of theirs.
                var asker = requester.Is(question.By.Email ?? "") ? question.By : new Writer("", requester.Email, null);
                return await questions.ChangeAsync(workspace, id, current => QuestionRules.Accept(current, accepted, asker), cancellationToken) is null
                    ? TypedResults.NotFound()
                    : To(context, workspace, id);
            }

            problem =
                ProblemOf(fields, "body", QuestionRules.BodyLength, true, texts)
                ?? NameProblemOf(fields, texts)
                ?? await TooOftenAsync(requester, texts, cancellationToken);
            if (problem is null)
            {
                var body = Lines(fields["body"]);
                var answer = new QuestionAnswer
                {
                    // By chance: a name that is made of the address would tell it to whoever guesses.
                    Id = Hashes.RandomName(12),
                    Body = body,
                    By = new(Line(fields["name"]), requester.Email, null),
                    At = time.GetUtcNow(),
                };
                await LearnAsync(requester, cancellationToken);
                return await questions.ChangeAsync(workspace, id, current => QuestionRules.Answer(current, answer), cancellationToken) is null
                    ? TypedResults.NotFound()
                    : To(context, workspace, id);
            }
        }
        catch (HelpdeskRuleException no) when (no.Code is "not-the-asker" or "answer-not-found" or "too-many-answers")
        {
            problem = texts["portal.community.refused"];
        }

        return await PageAsync(context, workspace, question, fields, problem, StatusCodes.Status400BadRequest, cancellationToken);
    }

    /// <summary>The workspace of a page, where there is a community.</summary>
    private async Task<string?> OpenAsync(HttpContext context, CancellationToken cancellationToken)
    {
        var workspace = PortalPaths.WorkspaceOf(context);
        return await directory.FindWorkspaceAsync(workspace, cancellationToken) is not null && (await looks.FindAsync(workspace, cancellationToken)).Community
            ? workspace
            : null;
    }

    private async Task<Question?> FindAsync(string workspace, string id, CancellationToken cancellationToken) =>
        await questions.FindAsync(workspace, id, cancellationToken) is { Hidden: not true } question ? question : null;

    /// <summary>What was sent and by whom, or why it is not taken: the page shows the words again, so that they can be sent later.</summary>
    private async Task<(IReadOnlyDictionary<string, string> Fields, SignedInRequester? Requester, (string Words, int Status) Refused)> ReadAsync(
        HttpContext context,
        string workspace,
        Texts texts,
        CancellationToken cancellationToken
    )
    {
        SameOrigin.CheckSource(context);
        var body = await RequestBody.ReadAsync(context);
        var fields = FormPost.Read(body.Span, TextEncodings.CharsetOf(context.Request.ContentType));
        try
        {
            limit.Check(context);
        }
        catch (InvalidRequestException often) when (FormErrors.SummaryOf(often, context, texts) is { } summary)
        {
            return (fields, null, (summary, often.Status));
        }

        return await sessions.FindAsync(context, workspace, cancellationToken) is { } requester
            ? (fields, requester, default)
            : (fields, null, (texts["portal.community.sign-in"], StatusCodes.Status403Forbidden));
    }

    /// <summary>Whoever writes becomes a contact first: only a contact can be looked into, and erased.</summary>
    private Task LearnAsync(SignedInRequester requester, CancellationToken cancellationToken) =>
        contacts.LearnAsync(requester.Workspace, new(requester.Email, null), cancellationToken);

    private async Task<string?> TooOftenAsync(SignedInRequester requester, Texts texts, CancellationToken cancellationToken) =>
        await people.TryCountAsync(requester.Workspace, requester.Email, PortalStore.Posts, PortalStore.PostsPerHour, cancellationToken)
            ? null
            : texts["portal.community.often"];

    private static string? ProblemOf(IReadOnlyDictionary<string, string> fields, string name, int length, bool lines, Texts texts)
    {
        var given = fields.GetValueOrDefault(name) ?? "";
        var text = lines ? given.Trim() : Line(given);
        var count = text.EnumerateRunes().Count();
        return text.Length == 0 ? texts["web.error.required"]
            : count > length
                ? texts.Format(
                    "web.error.long",
                    ("count", count.ToString(CultureInfo.InvariantCulture)),
                    ("limit", length.ToString(CultureInfo.InvariantCulture))
                )
            : FieldReader.TextProblem(lines ? Lines(text) : text, length, lines) is not null ? texts["web.error.invalid"]
            : null;
    }

    /// <summary>An address is no name: everybody would read it.</summary>
    private static string? NameProblemOf(IReadOnlyDictionary<string, string> fields, Texts texts) =>
        ProblemOf(fields, "name", QuestionRules.NameLength, false, texts)
        ?? (
            fields["name"].Contains('@', StringComparison.Ordinal)
            || VisibleText.IsBlank(fields["name"])
            || Line(fields["name"]) == Helpdesk.Contacts.ErasedPerson.Gone
                ? texts["portal.community.name.wrong"]
                : null
        );

    private static string Line(string text) => VisibleText.Of(text).Trim();

    private static string Lines(string text) => text.Trim().ReplaceLineEndings("\n");

    private static RedirectHttpResult To(HttpContext context, string workspace, string id) =>
        TypedResults.LocalRedirect(PortalPaths.With(context, $"/{Route}/{id}", workspace), permanent: false, preserveMethod: false);

    private async Task<ContentHttpResult> ListAsync(
        HttpContext context,
        string workspace,
        IReadOnlyDictionary<string, string> values,
        string? problem,
        int status,
        CancellationToken cancellationToken
    )
    {
        var texts = PageLanguage.TextsFor(context);
        var query = context.Request.Query;
        var q = query["q"].ToString().Trim() is { Length: > 0 and <= 200 } words && FieldReader.TextProblem(words, 200, lines: false) is null ? words : null;
        try
        {
            // Words are looked for in many rows.
            if (q is not null)
                limit.Check(context);
        }
        catch (InvalidRequestException often) when (FormErrors.SummaryOf(often, context, texts) is { } summary)
        {
            (q, problem, status) = (null, summary, often.Status);
        }

        var categories = ManageCategories.Ordered(await settings.RememberAsync(workspace, KnowledgeKinds.Categories, cancellationToken)).ToList();
        var category = categories.FirstOrDefault(one => one.Id == query["category"])?.Id;
        var cursor = HttpMethods.IsPost(context.Request.Method) || query["cursor"].ToString() is not { Length: > 0 } given ? null : given;
        var page = await questions.ReadPageAsync(workspace, q, category, withHidden: false, PerPage, cursor, cancellationToken);
        string Url(params IReadOnlyList<string> more) => PortalPaths.With(context, $"/{Route}", workspace, more);
        var named = category is null ? "" : $"category={category}";
        return await pages.AnswerAsync(
            context,
            new(
                "portal-community",
                all => all["portal.community"],
                new Dictionary<string, object?>(StringComparer.Ordinal)
                {
                    ["q"] = q,
                    ["workspace"] = workspace == DirectoryStore.HomeWorkspace ? null : workspace,
                    ["lang"] = PageLanguage.QueryOf(context) is { Length: > 0 } ? texts.Language : null,
                    ["category"] = category,
                    ["all"] = Url(),
                    ["categories"] = categories
                        .Select(one => new Dictionary<string, object?>(StringComparer.Ordinal)
                        {
                            ["id"] = one.Id,
                            ["name"] = one.NameIn(texts.Language),
                            ["url"] = Url($"category={one.Id}"),
                            ["current"] = one.Id == category,
                        })
                        .ToList(),
                    ["items"] = page
                        .Items.Select(one => new Dictionary<string, object?>(StringComparer.Ordinal)
                        {
                            ["title"] = one.Title,
                            ["name"] = one.Name,
                            ["answers"] = one.Answers.ToString(CultureInfo.InvariantCulture),
                            ["solved"] = one.Solved,
                            ["at"] = PageRenderer.Show(one.At),
                            ["at_iso"] = one.At.UtcDateTime.ToString("O", CultureInfo.InvariantCulture),
                            ["url"] = PortalPaths.With(context, $"/{Route}/{one.Id}", workspace),
                        })
                        .ToList(),
                    ["next"] = page.NextCursor is { } next
                        ? Url(named, q is null ? "" : $"q={Uri.EscapeDataString(q)}", $"cursor={Uri.EscapeDataString(next)}")
                        : null,
                    ["signed_in"] = await sessions.FindAsync(context, workspace, cancellationToken) is not null,
                    ["sign_in"] = PortalPaths.With(context, "/support/requests", workspace),
                    ["values"] = values,
                    ["problem"] = problem,
                    ["once"] = values.GetValueOrDefault("once") ?? Hashes.RandomName(20),
                }
            )
            {
                Private = true,
            },
            status
        );
    }

    private async Task<ContentHttpResult> PageAsync(
        HttpContext context,
        string workspace,
        Question question,
        IReadOnlyDictionary<string, string> values,
        string? problem,
        int status,
        CancellationToken cancellationToken
    )
    {
        var requester = await sessions.FindAsync(context, workspace, cancellationToken);
        Dictionary<string, object?> Shown(string words, Writer by, DateTimeOffset at, string? id) =>
            new(StringComparer.Ordinal)
            {
                ["id"] = id,
                ["name"] = by.Name,
                ["agent"] = by.Agent is not null,
                ["mine"] = requester?.Is(by.Email ?? "") == true,
                ["words"] = words,
                ["at"] = PageRenderer.Show(at),
                ["at_iso"] = at.UtcDateTime.ToString("O", CultureInfo.InvariantCulture),
                ["accepted"] = id is not null && id == question.Accepted,
            };
        return await pages.AnswerAsync(
            context,
            new(
                "portal-question",
                _ => question.Title,
                new Dictionary<string, object?>(StringComparer.Ordinal)
                {
                    ["title"] = question.Title,
                    ["question"] = Shown(question.Body, question.By, question.At, null),
                    ["answers"] = question
                        .Answers.Where(one => one.Hidden != true)
                        .OrderByDescending(one => one.Id == question.Accepted)
                        .Select(one => Shown(one.Body, one.By, one.At, one.Id))
                        .ToList(),
                    ["asker"] = requester?.Is(question.By.Email ?? "") == true,
                    ["signed_in"] = requester is not null,
                    ["sign_in"] = PortalPaths.With(context, "/support/requests", workspace),
                    ["back"] = PortalPaths.With(context, $"/{Route}", workspace),
                    ["action"] = PortalPaths.With(context, $"/{Route}/{question.Id}", workspace),
                    ["values"] = values,
                    ["problem"] = problem,
                }
            )
            {
                Private = true,
            },
            status
        );
    }
}
