using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using DiffPlex.DiffBuilder;
using DiffPlex.DiffBuilder.Model;
using Helpdesk.Functions.Hosting;
using Helpdesk.Knowledge;

namespace Helpdesk.Functions.Knowledge;

/// <summary>Which versions are compared.</summary>
/// <param name="From">The earlier one; the published one, or the one before, when it is left out. 0 is nothing at all.</param>
/// <param name="To">The later one; the newest when it is left out.</param>
public sealed record CompareQuery([property: Range(0, 999_999)] int? From, [property: Range(1, 999_999)] int? To) : IFromQuery<CompareQuery>
{
    public static CompareQuery Read(QueryReader query, HttpContext context) => new(query.Whole("from", 0, 999_999), query.Whole("to", 1, 999_999));
}

/// <summary>What is different between two versions of an article.</summary>
/// <param name="From">The earlier version.</param>
/// <param name="To">The later version.</param>
/// <param name="Fields">What is different besides what it says.</param>
/// <param name="Lines">What it says, line by line.</param>
public sealed record ArticleComparison(int From, int To, IReadOnlyList<ChangedField> Fields, IReadOnlyList<ComparedLine> Lines)
{
    internal static ArticleComparison Of(int from, ArticleContent before, int to, ArticleContent after)
    {
        var fields = new List<ChangedField>();
        void Field(string name, string? was, string? becomes)
        {
            if (was != becomes)
                fields.Add(new(name, was, becomes));
        }

        Field("title", before.Title, after.Title);
        Field("slug", before.Slug, after.Slug);
        Field("language", before.Language, after.Language);
        Field("category", before.Category, after.Category);
        Field("tags", string.Join(", ", before.Tags), string.Join(", ", after.Tags));
        Field("visibility", WireName<ArticleVisibility>.Of(before.Visibility), WireName<ArticleVisibility>.Of(after.Visibility));
        Field("organisations", string.Join(", ", before.Organisations), string.Join(", ", after.Organisations));
        Field("summary", before.Summary, after.Summary);
        Field("attachments", string.Join(", ", before.Attachments.Select(file => file.Name)), string.Join(", ", after.Attachments.Select(file => file.Name)));
        var lines = InlineDiffBuilder.Diff(before.Body, after.Body, ignoreWhiteSpace: false).Lines;
        return new(
            from,
            to,
            fields,
            [
                .. lines
                    // What was empty has one line without anything in it.
                    .Where(line => line.Type == ChangeType.Unchanged || line.Text.Length > 0 || lines.Count > 1)
                    .Select(line => new ComparedLine(
                        line.Type switch
                        {
                            ChangeType.Inserted => LineChange.Added,
                            ChangeType.Deleted => LineChange.Removed,
                            _ => LineChange.Same,
                        },
                        line.Text
                    )),
            ]
        );
    }
}

/// <summary>A field that is different.</summary>
/// <param name="Field">Its name.</param>
/// <param name="Before">What it was; null for nothing.</param>
/// <param name="After">What it is; null for nothing.</param>
public sealed record ChangedField(string Field, string? Before, string? After);

/// <summary>A line of either version.</summary>
/// <param name="Change">In which of them it stands.</param>
/// <param name="Text">The line.</param>
public sealed record ComparedLine(LineChange Change, string Text);

/// <summary>In which version a line stands.</summary>
[JsonConverter(typeof(WireNameConverter<LineChange>))]
public enum LineChange
{
    /// <summary>In both.</summary>
    Same,

    /// <summary>In the later one alone.</summary>
    Added,

    /// <summary>In the earlier one alone.</summary>
    Removed,
}
