namespace Helpdesk.Portal;

/// <summary>Who wrote something in the community: a requester by the name that they chose, or an agent.</summary>
/// <param name="Name">What is shown.</param>
/// <param name="Email">The requester's address, which nobody is shown; null for an agent.</param>
/// <param name="Agent">Id of the agent; null for a requester.</param>
public sealed record Writer(string Name, string? Email, string? Agent)
{
    public bool Is(Writer other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return Agent is not null ? Agent == other.Agent : Email is not null && string.Equals(Email, other.Email, StringComparison.OrdinalIgnoreCase);
    }
}

/// <summary>An answer to a question of the community.</summary>
public sealed record QuestionAnswer
{
    public required string Id { get; init; }
    public required string Body { get; init; }
    public required Writer By { get; init; }
    public required DateTimeOffset At { get; init; }

    /// <summary>Whether readers do not see it.</summary>
    public bool? Hidden { get; init; }
}

/// <summary>A question that requesters answer each other.</summary>
public sealed record Question
{
    /// <summary>Names its place, newest first.</summary>
    public required string Id { get; init; }
    public required string Title { get; init; }
    public required string Body { get; init; }

    /// <summary>Id of a category of the knowledge base; null for none.</summary>
    public string? Category { get; init; }
    public required Writer By { get; init; }
    public required DateTimeOffset At { get; init; }
    public IReadOnlyList<QuestionAnswer> Answers { get; init; } = [];

    /// <summary>Id of the answer that helped whoever asked; null for none.</summary>
    public string? Accepted { get; init; }

    /// <summary>Whether readers do not see it.</summary>
    public bool? Hidden { get; init; }

    /// <summary>Number of the ticket that it was turned into; null for none.</summary>
    public long? Ticket { get; init; }

    /// <summary>Id of the article that was made of it; null for none.</summary>
    public string? Article { get; init; }

    /// <summary>Counts the changes.</summary>
    public long Version { get; init; } = 1;
}

/// <summary>The rules of the community.</summary>
public static class QuestionRules
{
    public const int TitleLength = 150;
    public const int BodyLength = 4000;
    public const int NameLength = 60;
    public const int MostAnswers = 50;

    /// <summary>Adds an answer; one that is there already changes nothing.</summary>
    public static Question Answer(Question question, QuestionAnswer answer)
    {
        ArgumentNullException.ThrowIfNull(question);
        ArgumentNullException.ThrowIfNull(answer);
        // The same words of the same person are one answer, however often they come.
        if (question.Answers.Any(one => one.Id == answer.Id || (one.By.Is(answer.By) && one.Body == answer.Body)))
            return question;
        if (question.Answers.Count >= MostAnswers)
            throw new HelpdeskRuleException("too-many-answers", $"A question has at most {MostAnswers} answers.");
        return Next(question with { Answers = [.. question.Answers, answer] });
    }

    /// <summary>Notes which answer helped, once whoever asked says so; null takes it back.</summary>
    public static Question Accept(Question question, string? answer, Writer by)
    {
        ArgumentNullException.ThrowIfNull(question);
        if (!question.By.Is(by))
            throw new HelpdeskRuleException("not-the-asker", "Only whoever asked says which answer helped.");
        if (answer is not null && !question.Answers.Any(one => one.Id == answer && one.Hidden != true))
            throw new HelpdeskRuleException("answer-not-found", "The answer is not there any more.");
        return question.Accepted == answer ? question : Next(question with { Accepted = answer });
    }

    /// <summary>Hides a question from readers, or shows it again.</summary>
    public static Question Hide(Question question, bool hidden)
    {
        ArgumentNullException.ThrowIfNull(question);
        return (question.Hidden == true) == hidden ? question : Next(question with { Hidden = hidden ? true : null });
    }

    /// <summary>Hides an answer from readers, or shows it again; null when there is none.</summary>
    public static Question? HideAnswer(Question question, string answer, bool hidden)
    {
        ArgumentNullException.ThrowIfNull(question);
        if (question.Answers.FirstOrDefault(one => one.Id == answer) is not { } found)
            return null;
        return (found.Hidden == true) == hidden
            ? question
            : Next(
                question with
                {
                    Answers = [.. question.Answers.Select(one => one.Id == answer ? one with { Hidden = hidden ? true : null } : one)],
                    Accepted = hidden && question.Accepted == answer ? null : question.Accepted,
                }
            );
    }

    /// <summary>The question with its next version.</summary>
    public static Question Next(Question question)
    {
        ArgumentNullException.ThrowIfNull(question);
        return question with { Version = question.Version + 1 };
    }
}
