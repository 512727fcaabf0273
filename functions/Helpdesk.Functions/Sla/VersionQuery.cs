using System.ComponentModel.DataAnnotations;
using Helpdesk.Functions.Hosting;

namespace Helpdesk.Functions.Sla;

/// <summary>Which version of a policy or calendar is wanted.</summary>
/// <param name="Version">Number of the version; the newest when it is left out.</param>
public sealed record VersionQuery([property: Range(1, 999_999)] int? Version) : IFromQuery<VersionQuery>
{
    public static VersionQuery Read(QueryReader query, HttpContext context) => new(query.Whole("version", 1, 999_999));
}
