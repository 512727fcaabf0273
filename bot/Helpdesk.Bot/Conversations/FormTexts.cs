using Helpdesk.Forms;

namespace Helpdesk.Bot.Conversations;

/// <summary>Says to people what is wrong with an answer.</summary>
public static class FormTexts
{
    /// <summary>What to do about it, in the reader's language.</summary>
    public static string Say(FormProblem problem, RequestForm form, Texts texts)
    {
        ArgumentNullException.ThrowIfNull(problem);
        ArgumentNullException.ThrowIfNull(form);
        ArgumentNullException.ThrowIfNull(texts);
        var said = texts.Format($"form.error.{WireName<FormFault>.Of(problem.Fault)}", ("limit", problem.Limit));
        var help = problem.Fault == FormFault.Pattern ? form.Fields.FirstOrDefault(field => field.Name == problem.Field)?.PatternHelp : null;
        return help is null ? said : help.In(texts.Language);
    }
}
