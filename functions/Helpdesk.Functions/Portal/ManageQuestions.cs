using System.ComponentModel.DataAnnotations;
using Helpdesk.Bot.Conversations;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Knowledge;
using Helpdesk.Functions.Tickets;
using Helpdesk.Knowledge;
using Helpdesk.Portal;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Portal;

/// <summary>Which questions are wanted.</summary>
/// <param name="Q">Words that their titles have; of the newest 2,000 questions.</param>
/// <param name="Category">Id of their category.</param>
/// <param name="Limit">How many items a page has at most.</param>
/// <param name="Cursor">Where to go on: <c>nextCursor</c> of the page before, with the same filters. Leave it out for the first page.</param>
public sealed record QuestionsQuery(
    [property: MaxLength(200)] string? Q,
    [property: MaxLength(40)] string? Category,
    [property: Range(1, 100)] int Limit,
    [property: MaxLength(400)] string? Cursor
) : IFromQuery<QuestionsQuery>
{
    public static QuestionsQuery Read(QueryReader query, HttpContext context) =>
        new(query.Text("q", 200), query.Text("category", 40), query.Limit(), query.Text("cursor", 400));
}

/// <summary>An agent's answer.</summary>
/// <param name="Body">The words.</param>
[Example("""{"body":"Restart it first."}""")]
public sealed record AnswerQuestionRequest([property: MaxLength(QuestionRules.BodyLength)] string Body) : IFromRequest<AnswerQuestionRequest>
{
    public static async ValueTask<AnswerQuestionRequest> ReadAsync(HttpContext context)
    {
        var fields = await FieldReader.ReadAsync(context);
        var body = fields.Text("body", QuestionRules.BodyLength, required: true, lines: true);
        fields.Done();
        return new(body!);
    }
}

/// <summary>Whether readers are to see something.</summary>
/// <param name="Hidden">Whether they do not.</param>
[Example("""{"hidden":true}""")]
public sealed record HideRequest(bool Hidden) : IFromRequest<HideRequest>
{
    public static async ValueTask<HideRequest> ReadAsync(HttpContext context)
    {
        var fields = await FieldReader.ReadAsync(context);
        var hidden = fields.Flag("hidden");
        if (hidden is null && !fields.Has("hidden"))
            fields.Wrong("hidden", "is required.");
        fields.Done();
        return new(hidden == true);
    }
}

/// <summary>Of which answer an article is made.</summary>
/// <param name="Answer">Id of the answer; the one that helped when it is left out.</param>
[Example("""{"answer":"0123456789ab"}""")]
public sealed record QuestionArticleRequest([property: MaxLength(12)] string? Answer) : IFromRequest<QuestionArticleRequest>
{
    public static async ValueTask<QuestionArticleRequest> ReadAsync(HttpContext context)
    {
        if ((await RequestBody.ReadAsync(context)).IsEmpty)
            return new(null as string);
        var fields = await FieldReader.ReadAsync(context);
        var answer = fields.Text("answer", 12);
        fields.Done();
        return new(answer);
    }
}

/// <summary>A question as the list of them shows it.</summary>
/// <param name="Id">Names the question.</param>
/// <param name="Title">What is asked.</param>
/// <param name="Name">The name that whoever asked has chosen.</param>
/// <param name="Category">Id of its category; null for none.</param>
/// <param name="At">When it was asked.</param>
/// <param name="Answers">How many answers readers see.</param>
/// <param name="Solved">Whether one of them helped.</param>
/// <param name="Hidden">Whether readers do not see it.</param>
public sealed record ListedQuestionView(string Id, string Title, string Name, string? Category, DateTimeOffset At, int Answers, bool Solved, bool Hidden);

/// <summary>An answer to a question.</summary>
/// <param name="Id">Names the answer.</param>
/// <param name="Body">The words.</param>
/// <param name="Name">Who wrote it: the name that they have chosen.</param>
/// <param name="Email">Their address, for agents only; null for an agent.</param>
/// <param name="Agent">Id of the agent who wrote it; null for a requester.</param>
/// <param name="At">When it was written.</param>
/// <param name="Accepted">Whether it helped whoever asked.</param>
/// <param name="Hidden">Whether readers do not see it.</param>
public sealed record QuestionAnswerView(string Id, string Body, string Name, string? Email, string? Agent, DateTimeOffset At, bool Accepted, bool Hidden);

/// <summary>A question of the community.</summary>
/// <param name="Id">Names the question.</param>
/// <param name="Title">What is asked.</param>
/// <param name="Body">The words.</param>
/// <param name="Category">Id of its category; null for none.</param>
/// <param name="Name">The name that whoever asked has chosen.</param>
/// <param name="Email">Their address, for agents only.</param>
/// <param name="At">When it was asked.</param>
/// <param name="Answers">The answers, oldest first.</param>
/// <param name="Hidden">Whether readers do not see it.</param>
/// <param name="Ticket">Number of the ticket that it was turned into; null for none.</param>
/// <param name="Article">Id of the article that was made of it; null for none.</param>
/// <param name="Url">Where readers see it, as a path.</param>
public sealed record QuestionView(
    string Id,
    string Title,
    string Body,
    string? Category,
    string Name,
    string? Email,
    DateTimeOffset At,
    IReadOnlyList<QuestionAnswerView> Answers,
    bool Hidden,
    long? Ticket,
    string? Article,
    string Url
)
{
    internal static QuestionView Of(string workspace, Question it) =>
        new(
            it.Id,
            it.Title,
            it.Body,
            it.Category,
            it.By.Name,
            it.By.Email,
            it.At,
            [
                .. it.Answers.Select(one => new QuestionAnswerView(
                    one.Id,
                    one.Body,
                    one.By.Name,
                    one.By.Email,
                    one.By.Agent,
                    one.At,
                    one.Id == it.Accepted,
                    one.Hidden == true
                )),
            ],
            it.Hidden == true,
            it.Ticket,
            it.Article,
            $"/support/community/{it.Id}?workspace={workspace}"
        );
}

/// <summary>What agents do with questions of the community.</summary>
public sealed class ManageQuestions(
    QuestionStore questions,
    TicketStore tickets,
    NumberStore numbers,
    ArticleStore articles,
    ArticleViews views,
    TimeProvider time,
    TaskHub hub
)
{
    private const string Route = "api/community/questions";
    private const string One = $"{Route}/{{id}}";

    /// <summary>Lists questions, newest first, hidden ones too.</summary>
    [Function(nameof(ListQuestions)), RequiresKey(KeyRole.Agent, KeyRole.Admin)]
    public async Task<Ok<ListPage<ListedQuestionView>>> ListQuestions(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = Route)] QuestionsQuery query,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        ArgumentNullException.ThrowIfNull(query);
        var page = await questions.ReadPageAsync(caller.Workspace, query.Q, query.Category, true, query.Limit, query.Cursor, cancellationToken);
        return TypedResults.Ok(
            new ListPage<ListedQuestionView>(
                [.. page.Items.Select(one => new ListedQuestionView(one.Id, one.Title, one.Name, one.Category, one.At, one.Answers, one.Solved, one.Hidden))],
                page.NextCursor
            )
        );
    }

    /// <summary>Shows a question with all its answers.</summary>
    /// <param name="id">Id of the question.</param>
    [Function(nameof(GetQuestion)), RequiresKey(KeyRole.Agent, KeyRole.Admin)]
    public async Task<Results<Ok<QuestionView>, NotFound>> GetQuestion(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = One)] Caller caller,
        string id,
        CancellationToken cancellationToken
    ) => Answer(caller, await questions.FindAsync(caller.Workspace, id, cancellationToken));

    /// <summary>Answers a question as an agent; the answer is marked so. The same words are said once.</summary>
    /// <param name="id">Id of the question.</param>
    [Function(nameof(AnswerQuestion)), RequiresKey(KeyRole.Agent, KeyRole.Admin), Refuses("too-many-answers")]
    public async Task<Results<Ok<QuestionView>, NotFound>> AnswerQuestion(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = One + "/answers")] AnswerQuestionRequest request,
        string id,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(caller);
        var agent = caller.Actor.Id ?? "";
        var answer = new QuestionAnswer
        {
            Id = Hashes.NameOf($"{id} {agent} {request.Body}", 12),
            Body = request.Body,
            By = new(caller.Actor.Name ?? agent, null, agent),
            At = time.GetUtcNow(),
        };
        return Answer(caller, await questions.ChangeAsync(caller.Workspace, id, current => QuestionRules.Answer(current, answer), cancellationToken));
    }

    /// <summary>Hides a question from readers, or shows it again.</summary>
    /// <param name="id">Id of the question.</param>
    [Function(nameof(HideQuestion)), RequiresKey(KeyRole.Agent, KeyRole.Admin)]
    public async Task<Results<Ok<QuestionView>, NotFound>> HideQuestion(
        [HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = One)] HideRequest request,
        string id,
        Caller caller,
        CancellationToken cancellationToken
    ) => Answer(caller, await questions.ChangeAsync(caller.Workspace, id, current => QuestionRules.Hide(current, request.Hidden), cancellationToken));

    /// <summary>Hides an answer from readers, or shows it again.</summary>
    /// <param name="id">Id of the question.</param>
    /// <param name="answer">Id of the answer.</param>
    [Function(nameof(HideAnswer)), RequiresKey(KeyRole.Agent, KeyRole.Admin)]
    public async Task<Results<Ok<QuestionView>, NotFound>> HideAnswer(
        [HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = One + "/answers/{answer}")] HideRequest request,
        string id,
        string answer,
        Caller caller,
        CancellationToken cancellationToken
    ) =>
        Answer(
            caller,
            await questions.ChangeAsync(caller.Workspace, id, current => QuestionRules.HideAnswer(current, answer, request.Hidden), cancellationToken)
        );

    /// <summary>Removes a question with its answers for good.</summary>
    /// <param name="id">Id of the question.</param>
    [Function(nameof(RemoveQuestion)), RequiresKey(KeyRole.Agent, KeyRole.Admin)]
    public async Task<Results<NoContent, NotFound>> RemoveQuestion(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = One)] Caller caller,
        string id,
        CancellationToken cancellationToken
    ) => await questions.RemoveAsync(caller.Workspace, id, cancellationToken) ? TypedResults.NoContent() : TypedResults.NotFound();

    /// <summary>Turns a question into a ticket of whoever asked, once: asked again, it gives the same ticket.</summary>
    /// <param name="id">Id of the question.</param>
    [Function(nameof(MakeTicketOfQuestion)), RequiresKey(KeyRole.Agent, KeyRole.Admin), Refuses("asker-erased")]
    public async Task<Results<Ok<QuestionView>, NotFound>> MakeTicketOfQuestion(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = One + "/ticket")] NoBody body,
        string id,
        Caller caller,
        [DurableClient] Microsoft.DurableTask.Client.DurableTaskClient durable,
        CancellationToken cancellationToken
    )
    {
        ArgumentNullException.ThrowIfNull(caller);
        hub.Learn(durable);
        if (await questions.FindAsync(caller.Workspace, id, cancellationToken) is not { } asked)
            return TypedResults.NotFound();
        if (asked.By.Email is not { } email || Helpdesk.Contacts.ErasedPerson.IsPseudonym(email))
            throw new HelpdeskRuleException("asker-erased", "Whoever asked has been erased: there is nobody to answer.");
        // The number is noted first, so that whoever dies before the ticket is there is followed by somebody who opens the same one.
        var number = asked.Ticket ?? await numbers.NextAsync(caller.Workspace, cancellationToken);
        var noted = await questions.ChangeAsync(
            caller.Workspace,
            id,
            current => current.Ticket is not null ? current : QuestionRules.Next(current with { Ticket = number }),
            cancellationToken
        );
        if (noted?.Ticket is not { } kept)
            return TypedResults.NotFound();
        var address = new TicketAddress(
            caller.Workspace,
            kept,
            string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{kept}-{Hashes.NameOf($"question {id}", TicketAddress.SuffixLength)}")
        );
        var draft = new TicketDraft
        {
            Subject = asked.Title,
            Description = asked.Body,
            Requester = new(email, asked.By.Name),
            Channel = IntakeChannel.Web,
        };
        var requester = new Actor(ActorKind.Requester, email, asked.By.Name);
        await tickets.OpenAsync(address, named => TicketRules.Open(named, kept, caller.Workspace, draft, requester, time.GetUtcNow()), cancellationToken);
        return Answer(caller, noted);
    }

    /// <summary>Makes the draft of an article of a question and an answer to it, once: asked again, it gives the same draft.</summary>
    /// <param name="id">Id of the question.</param>
    [Function(nameof(MakeArticleOfQuestion)), RequiresKey(KeyRole.Agent, KeyRole.Admin), Refuses("no-answer", "too-many-articles")]
    public async Task<Results<Ok<QuestionView>, NotFound>> MakeArticleOfQuestion(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = One + "/article")] QuestionArticleRequest request,
        string id,
        Caller caller,
        HttpContext context,
        CancellationToken cancellationToken
    )
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(caller);
        if (await questions.FindAsync(caller.Workspace, id, cancellationToken) is not { } question)
            return TypedResults.NotFound();
        var wanted = request.Answer ?? question.Accepted;
        if (question.Answers.FirstOrDefault(one => one.Id == wanted) is not { } answer)
            throw new HelpdeskRuleException("no-answer", "There is no answer to make an article of: name one, or wait until one has helped.");
        var article = Hashes.NameOf($"article of question {caller.Workspace} {id}", 12);
        if (await articles.FindAsync(caller.Workspace, article, cancellationToken) is null)
        {
            var texts = Pages.PageLanguage.TextsFor(context);
            var content = new ArticleContent
            {
                Title = question.Title,
                Slug = await views.FreeSlugAsync(caller.Workspace, article, question.Title, cancellationToken),
                Language = texts.Language,
                Category = question.Category,
                Visibility = ArticleVisibility.Public,
                Body =
                    $"## {texts["web.articles.problem"]}\n\n{ArticleOfTicket.Escaped(question.Body)}\n\n"
                    + $"## {texts["web.articles.solution"]}\n\n{ArticleOfTicket.Escaped(answer.Body)}\n",
            };
            var created = ArticleRules.Create(article, caller.Workspace, null, content, null, caller.Actor, time.GetUtcNow());
            await articles.AddAsync(created with { Article = created.Article with { Question = id } }, $"question {id}", cancellationToken);
        }

        return Answer(
            caller,
            await questions.ChangeAsync(
                caller.Workspace,
                id,
                current => current.Article == article ? current : QuestionRules.Next(current with { Article = article }),
                cancellationToken
            )
        );
    }

    private static Results<Ok<QuestionView>, NotFound> Answer(Caller caller, Question? question) =>
        question is null ? TypedResults.NotFound() : TypedResults.Ok(QuestionView.Of(caller.Workspace, question));
}
