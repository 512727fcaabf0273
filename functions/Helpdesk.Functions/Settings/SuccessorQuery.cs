using System.ComponentModel.DataAnnotations;
using Helpdesk.Functions.Hosting;

namespace Helpdesk.Functions.Settings;

/// <summary>What takes the place of something that is removed.</summary>
/// <param name="Successor">Id of another one of its kind, which is named from now on where this one was.</param>
public sealed record SuccessorQuery([property: RegularExpression(SettingFields.IdPattern)] string? Successor) : IFromQuery<SuccessorQuery>
{
    public static SuccessorQuery Read(QueryReader query, HttpContext context)
    {
        var successor = query.Text("successor", 40);
        if (successor is not null && !SettingsStore.IsId(successor))
            query.Wrong("successor", "must be the id of another one.");
        return new(successor);
    }

    /// <summary>400 unless the successor is another one that is there.</summary>
    public void Check(string removed, bool isThere)
    {
        if (Successor == removed)
            throw new InvalidRequestException("successor", "successor must be another one than the one that is removed.");
        if (Successor is not null && !isThere)
            throw new InvalidRequestException("successor", $"successor was not found: \"{Successor}\" must be the id of an active one of the same kind.");
    }
}
