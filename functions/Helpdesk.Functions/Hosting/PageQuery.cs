using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Helpdesk.Functions.Hosting;

/// <summary>Which page of a list is wanted.</summary>
/// <param name="Limit">How many items a page has at most.</param>
/// <param name="Cursor">Where to go on: <c>nextCursor</c> of the page before, with the same filters. Leave it out for the first page.</param>
public sealed record PageQuery([property: Range(1, 100), DefaultValue(25)] int Limit, [property: MaxLength(400)] string? Cursor) : IFromQuery<PageQuery>
{
    /// <summary>All items of a list that has one page, and so gives no cursor; 400 when one is sent.</summary>
    public ListPage<T> OnlyPage<T>(IEnumerable<T> items) =>
        Cursor is null ? new([.. items], null) : throw new InvalidRequestException("cursor", "cursor is not one that this list gave; start again without it.");

    public static PageQuery Read(QueryReader query, HttpContext context) => new(query.Limit(), query.Text("cursor", 400));
}
