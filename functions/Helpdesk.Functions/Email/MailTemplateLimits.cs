using System.Collections.Frozen;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.RegularExpressions;
using Fluid;
using Fluid.Ast;
using Fluid.Values;

namespace Helpdesk.Functions.Email;

/// <summary>A template of mails cannot be rendered.</summary>
/// <param name="part">Which part of it: <c>subject</c>, <c>text</c> or <c>html</c>.</param>
/// <param name="why">Why, as a sentence.</param>
public sealed class MailTemplateException(string part, string why, Exception? inner = null) : Exception(why, inner)
{
    public string Field => part;
}

/// <summary>A template passes one of its limits; the message says which, as a sentence.</summary>
internal sealed class MailTemplateLimitException(string message) : Exception(message);

/// <summary>What a template may take while it is rendered.</summary>
internal sealed partial class MailTemplateLimits
{
    /// <summary>Steps that a template may take.</summary>
    public const int Steps = 20_000;

    /// <summary>How long one value may be, in characters; also how many items a list may have.</summary>
    public const int Value = 256 * 1024;

    /// <summary>How long a part of a mail may be, in characters.</summary>
    public const int Output = 512 * 1024;

    /// <summary>Characters that a template may move around altogether.</summary>
    public const int Work = 8 * 1024 * 1024;

    /// <summary>How long one tag may be, in characters: it is read and run by calls within calls.</summary>
    private const int TagLength = 1000;

    /// <summary>How many blocks may stand within each other.</summary>
    private const int Nesting = 50;

    private const string Key = "limits";
    private long _work;

    /// <summary>What is too long or too deep even to be parsed, as what a field does; null for nothing.</summary>
    public static string? ProblemOf(string liquid)
    {
        var depth = 0;
        foreach (Match tag in Tag().Matches(liquid))
        {
            if (tag.Length > TagLength)
                return string.Create(CultureInfo.InvariantCulture, $"has a tag of more than {TagLength:N0} characters: make several of it.");
            if (Block().Match(tag.Value) is not { Success: true } block)
                continue;
            depth = block.Groups[1].Success ? Math.Max(0, depth - 1) : depth + 1;
            if (depth > Nesting)
                return $"has more than {Nesting} blocks within each other.";
        }

        return null;
    }

    /// <summary>Puts limits on what a template does in a context.</summary>
    public static MailTemplateLimits On(TemplateContext context)
    {
        var limits = new MailTemplateLimits();
        context.MaxSteps = Steps;
        context.AmbientValues[Key] = limits;
        return limits;
    }

    /// <summary>The limits of a context; null for none.</summary>
    public static MailTemplateLimits? Of(TemplateContext context) =>
        context.AmbientValues.TryGetValue(Key, out var limits) ? (MailTemplateLimits)limits : null;

    public void Take(long characters)
    {
        _work += characters;
        if (_work > Work)
            throw new MailTemplateLimitException($"it handles more than {Say(Work)} characters altogether.");
    }

    public static void Check(long size)
    {
        if (size > Value)
            throw new MailTemplateLimitException($"it makes a value of more than {Say(Value)} characters or items.");
    }

    public static string Say(int number) => number.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>Lets every filter take and make only so much.</summary>
    public static void Bound(FilterCollection filters)
    {
        // Their patterns make a gigabyte of a few letters.
        filters.Remove("format_number");
        filters.Remove("format_string");
        foreach (var (name, filter) in filters.ToArray())
            filters.AddFilter(name, (input, arguments, context) => BoundAsync(name, filter, input, arguments, context));
    }

    private static async ValueTask<FluidValue> BoundAsync(
        string name,
        FilterDelegate filter,
        FluidValue input,
        FilterArguments arguments,
        TemplateContext context
    )
    {
        if (Of(context) is not { } limits)
            return await filter(input, arguments, context);
        var size = SizeOf(input);
        for (var at = 0; at < arguments.Count; at++)
            size += SizeOf(arguments.At(at));
        limits.Take(size);
        Check(Math.Max(size, MadeBy(name, input, arguments)));
        var made = await filter(input, arguments, context);
        size = SizeOf(made);
        limits.Take(size);
        Check(size);
        return made;
    }

    /// <summary>How much a filter makes that makes much of little; 0 for the others.</summary>
    private static long MadeBy(string name, FluidValue input, FilterArguments arguments)
    {
        switch (name)
        {
            case "replace":
                var (text, pattern) = (input.ToStringValue(), arguments.At(0).ToStringValue());
                long times = pattern.Length == 0 ? text.Length + 1 : text.AsSpan().Count(pattern);
                return text.Length + (times * arguments.At(1).ToStringValue().Length);
            case "join" when input is ArrayValue list:
                return SizeOf(input) + ((long)list.Values.Count * arguments.At(0).ToStringValue().Length);
            // A width, such as %99999999d.
            case "date" or "format_date" when Width().IsMatch(arguments.At(0).ToStringValue()):
                return long.MaxValue;
            default:
                return 0;
        }
    }

    /// <summary>About how many characters a value has; no more is counted than is needed to know that there are too many.</summary>
    public static long SizeOf(FluidValue value)
    {
        if (value is StringValue text)
            return text.ToStringValue().Length;
        if (value is not ArrayValue list)
            return 1;
        var size = 0L;
        foreach (var item in list.Values)
        {
            size += 1 + SizeOf(item);
            if (size > Value)
                break;
        }

        return size;
    }

    [GeneratedRegex(@"\{\{.*?\}\}|\{%.*?%\}|\{[{%].*$", RegexOptions.Singleline | RegexOptions.NonBacktracking)]
    private static partial Regex Tag();

    [GeneratedRegex(@"^\{%-?\s*(end)?(?:if|unless|case|for|tablerow|capture|comment|raw)\b", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Block();

    /// <summary>The first tag that templates do not have, though Liquid has it; null for none.</summary>
    public static string? MissingTag(string liquid, IReadOnlyList<string> tags) =>
        TagName().Matches(liquid).Select(tag => tag.Groups[1].Value).FirstOrDefault(tags.Contains);

    [GeneratedRegex(@"\{%-?\s*([a-z]+)", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex TagName();

    [GeneratedRegex("[0-9]{4}", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Width();
}

/// <summary>A text that does not grow beyond a limit.</summary>
internal sealed class LimitedWriter(MailTemplateLimits? limits, int max, string what) : StringWriter(CultureInfo.InvariantCulture)
{
    public override void Write(char value)
    {
        Grow(1);
        base.Write(value);
    }

    public override void Write(char[] buffer, int index, int count)
    {
        Grow(count);
        base.Write(buffer, index, count);
    }

    public override void Write(ReadOnlySpan<char> buffer)
    {
        Grow(buffer.Length);
        base.Write(buffer);
    }

    public override void Write(string? value)
    {
        Grow(value?.Length ?? 0);
        base.Write(value);
    }

    public override Task WriteAsync(char value)
    {
        Write(value);
        return Task.CompletedTask;
    }

    public override Task WriteAsync(string? value)
    {
        Write(value);
        return Task.CompletedTask;
    }

    public override Task WriteAsync(char[] buffer, int index, int count)
    {
        Write(buffer, index, count);
        return Task.CompletedTask;
    }

    public override Task WriteAsync(ReadOnlyMemory<char> buffer, CancellationToken cancellationToken = default)
    {
        Write(buffer.Span);
        return Task.CompletedTask;
    }

    private void Grow(int count)
    {
        if (limits is null)
            return;
        limits.Take(count);
        if (GetStringBuilder().Length + (long)count > max)
            throw new MailTemplateLimitException($"it makes {what} of more than {MailTemplateLimits.Say(max)} characters.");
    }
}

/// <summary>Puts limits around those parts of a template that make lists and texts outside of filters.</summary>
internal sealed class MailTemplateBounds : AstRewriter
{
    protected override Expression VisitRangeExpression(RangeExpression rangeExpression) =>
        new RangeExpression(rangeExpression.From, new End(rangeExpression.From, rangeExpression.To));

    protected override Statement VisitCaptureStatement(CaptureStatement captureStatement) =>
        new Capture((CaptureStatement)base.VisitCaptureStatement(captureStatement));

    /// <summary>The end of a range that is not further from its start than there are steps.</summary>
    private sealed class End(Expression from, Expression to) : Expression
    {
        public override async ValueTask<FluidValue> EvaluateAsync(TemplateContext context)
        {
            var (start, end) = ((await from.EvaluateAsync(context)).ToNumberValue(), await to.EvaluateAsync(context));
            if (MailTemplateLimits.Of(context) is not { } limits)
                return end;
            if (end.ToNumberValue() / 2 - start / 2 >= MailTemplateLimits.Steps / 2)
                throw new MailTemplateLimitException($"it takes more than {MailTemplateLimits.Say(MailTemplateLimits.Steps)} steps.");
            limits.Take(Math.Max(1, (long)(end.ToNumberValue() - start)));
            return end;
        }
    }

    /// <summary>A capture of a text that is not too long.</summary>
    private sealed class Capture(CaptureStatement inner) : Statement
    {
        public override async ValueTask<Completion> WriteToAsync(TextWriter writer, TextEncoder encoder, TemplateContext context)
        {
            context.IncrementSteps();
            await using var text = new LimitedWriter(MailTemplateLimits.Of(context), MailTemplateLimits.Value, "a value");
            var completion = Completion.Normal;
            foreach (var statement in inner.Statements)
            {
                completion = await statement.WriteToAsync(text, encoder, context);
                if (completion != Completion.Normal)
                    break;
            }

            context.SetValue(inner.Identifier, new StringValue(text.ToString(), encode: false));
            return completion;
        }
    }
}

/// <summary>The names that a template says, and the filters that it calls.</summary>
internal sealed class MailTemplateNames : AstVisitor
{
    private readonly HashSet<string> _own = new(StringComparer.OrdinalIgnoreCase) { "forloop", "tablerowloop", "continue" };
    private readonly List<MemberExpression> _names = [];
    private readonly HashSet<string> _filters = new(StringComparer.Ordinal);

    /// <summary>What a template says that there is not, as what a field does; null for nothing.</summary>
    /// <param name="known">The names, and what each of them has.</param>
    /// <param name="isOpen">Whether what has nothing of its own has whatever is asked of it.</param>
    public static string? ProblemOf(IFluidTemplate template, FilterCollection filters, FrozenDictionary<string, FrozenSet<string>> known, bool isOpen = false)
    {
        var said = new MailTemplateNames();
        said.VisitTemplate(template);
        if (said._filters.FirstOrDefault(name => !filters.TryGetValue(name, out _)) is { } filter)
            return $"uses the filter '{filter}', which there is not.";
        foreach (var path in said._names.Select(name => name.Segments.TakeWhile(one => one is IdentifierSegment).Cast<IdentifierSegment>().ToArray()))
        {
            if (path.Length == 0 || said._own.Contains(path[0].Identifier))
                continue;
            var full = string.Join('.', path.Select(one => one.Identifier));
            if (!known.TryGetValue(path[0].Identifier, out var members))
                return $"says '{full}', which there is not. There are {string.Join(", ", known.Keys.Order(StringComparer.Ordinal))}.";
            if (members.Count > 0 && path.Length > 1 && !members.Contains(path[1].Identifier))
                return $"says '{full}', which there is not. '{path[0].Identifier}' has {string.Join(", ", members.Order(StringComparer.Ordinal))}.";
            if (isOpen && members.Count == 0)
                continue;
            if (path.Skip(members.Count > 0 ? 2 : 1).FirstOrDefault(one => one.Identifier is not ("size" or "first" or "last")) is not null)
                return $"says '{full}', which there is not.";
        }

        return null;
    }

    protected override Expression VisitMemberExpression(MemberExpression memberExpression)
    {
        _names.Add(memberExpression);
        return base.VisitMemberExpression(memberExpression);
    }

    protected override Expression VisitFilterExpression(FilterExpression filterExpression)
    {
        _filters.Add(filterExpression.Name);
        return base.VisitFilterExpression(filterExpression);
    }

    protected override Statement VisitAssignStatement(AssignStatement assignStatement)
    {
        _own.Add(assignStatement.Identifier);
        return base.VisitAssignStatement(assignStatement);
    }

    protected override Statement VisitCaptureStatement(CaptureStatement captureStatement)
    {
        _own.Add(captureStatement.Identifier);
        return base.VisitCaptureStatement(captureStatement);
    }

    protected override Statement VisitForStatement(ForStatement forStatement)
    {
        _own.Add(forStatement.Identifier);
        return base.VisitForStatement(forStatement);
    }

    protected override Statement VisitTableRowStatement(TableRowStatement tableRowStatement)
    {
        _own.Add(tableRowStatement.Identifier);
        return base.VisitTableRowStatement(tableRowStatement);
    }

    protected override Statement VisitIncrementStatement(IncrementStatement incrementStatement)
    {
        _own.Add(incrementStatement.Identifier);
        return base.VisitIncrementStatement(incrementStatement);
    }

    protected override Statement VisitDecrementStatement(DecrementStatement decrementStatement)
    {
        _own.Add(decrementStatement.Identifier);
        return base.VisitDecrementStatement(decrementStatement);
    }
}
