using Helpdesk.Contacts;
using Helpdesk.Functions.Contacts;
using Helpdesk.Portal;

namespace Helpdesk.Functions.Portal;

/// <summary>
/// Erases people from the community: their words and the names that they chose, also where others repeat those on a question that they took part in; and notes
/// which questions these are, so that articles made of them are looked at as well. Elsewhere somebody else may go by such a name.
/// </summary>
/// <remarks>It goes over all questions twice: first to learn their names, then to take those out. Rows are updated and never put back.</remarks>
public sealed class QuestionErasure(QuestionStore questions, ErasureStore erasures) : IHoldsPersonalData
{
    private const int PageSize = 100;
    private const string Second = "then:";

    public string Name => "questions";

    public int Place => 74;

    public async Task<ErasureStep> EraseAsync(ErasureOrder order, string? from, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(order);
        if (from?.StartsWith(Second, StringComparison.Ordinal) == true)
            return await RewriteAsync(order, from[Second.Length..], cancellationToken);
        var (some, next) = await questions.ReadWholeAsync(order.Workspace, from, PageSize, cancellationToken);
        foreach (var question in some)
        {
            var own = Writers(question).Where(writer => order.Person.Is(writer.Email)).ToList();
            if (own.Count == 0)
                continue;
            await erasures.NoteAsync(order, ErasureFind.Question, question.Id, cancellationToken);
            foreach (var name in own.Select(writer => writer.Name).Where(name => name != ErasedPerson.Gone).Distinct(StringComparer.Ordinal))
                await erasures.NoteAsync(order, ErasureFind.Alias, name, cancellationToken);
        }

        return new(0, next ?? Second);
    }

    private async Task<ErasureStep> RewriteAsync(ErasureOrder order, string from, CancellationToken cancellationToken)
    {
        var known = order.Person.KnownAs(await erasures.ReadNotedAsync(order, ErasureFind.Alias, cancellationToken));
        var theirs = (await erasures.ReadNotedAsync(order, ErasureFind.Question, cancellationToken)).ToHashSet(StringComparer.Ordinal);
        var (some, next) = await questions.ReadWholeAsync(order.Workspace, from.Length > 0 ? from : null, PageSize, cancellationToken);
        var erased = 0;
        foreach (var question in some)
        {
            var own = theirs.Contains(question.Id);
            var person = own ? known : order.Person;
            if (Without(question, person, own) == question)
                continue;
            if (
                await questions.ChangeAsync(
                    order.Workspace,
                    question.Id,
                    current =>
                    {
                        var without = Without(current, person, own);
                        return without == current ? current : QuestionRules.Next(without);
                    },
                    cancellationToken
                )
                is not null
            )
                erased++;
        }

        return new(erased, next is null ? null : Second + next);
    }

    private static Question Without(Question question, ErasedPerson person, bool own)
    {
        Writer By(Writer by) => person.Is(by.Email) ? new(ErasedPerson.Gone, person.Pseudonym, null) : by with { Name = Text(by.Name) };
        string Text(string text) => person.Text(text, own);
        string Said(string text, Writer by) => person.Is(by.Email) ? ErasedPerson.Gone : Text(text);
        var answers = question.Answers.Select(one => one with { Body = Said(one.Body, one.By), By = By(one.By) }).ToList();
        return question with
        {
            Title = Said(question.Title, question.By),
            Body = Said(question.Body, question.By),
            By = By(question.By),
            Answers = answers.SequenceEqual(question.Answers) ? question.Answers : answers,
        };
    }

    private static IEnumerable<Writer> Writers(Question question) => question.Answers.Select(answer => answer.By).Prepend(question.By);
}
