using Helpdesk.Functions.Directory;
using Helpdesk.Functions.Hosting;
using Helpdesk.Sla;

namespace Helpdesk.Functions.Agenda;

/// <summary>Finds whom and which hours requests about follow-ups and tasks name.</summary>
public sealed class AgendaPeople(DirectoryStore directory, Conditions.ConditionSubjects subjects)
{
    /// <summary>Stands for the agent who asks.</summary>
    public const string Me = "me";

    /// <summary>Stands for nobody in particular.</summary>
    public const string None = "none";

    /// <summary>The id of an active agent; 400 when there is no such agent.</summary>
    /// <param name="field">The field or parameter that names the agent.</param>
    public async Task<string> FindAsync(Caller caller, string field, string id, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(caller);
        if (id == Me)
            return caller.Agent ?? throw new InvalidRequestException(field, $"{field} is \"me\", and this key belongs to no agent: give an id.");
        return await directory.FindAgentAsync(caller.Workspace, id, cancellationToken) is { Active: true } agent
            ? agent.Id
            : throw new InvalidRequestException(field, $"{field} names \"{id}\", which was not found: there is no such active agent here.");
    }

    /// <summary>The instant that lies a length ahead, counted in the hours of a calendar where one is named; 400 where there is none.</summary>
    public async Task<DateTimeOffset> AheadAsync(string workspace, DateTimeOffset now, TimeSpan length, string? calendar, CancellationToken cancellationToken)
    {
        if (calendar is null)
            return now + length;
        return (await HoursAsync(workspace, calendar, cancellationToken)).Add(now, length)
            ?? throw new InvalidRequestException("calendar", $"calendar names \"{calendar}\", which is never open for as long as that.");
    }

    /// <summary>The hours of a calendar; 400 where there is none.</summary>
    public async Task<BusinessCalendar> HoursAsync(string workspace, string calendar, CancellationToken cancellationToken) =>
        (await subjects.CalendarsAsync(workspace, cancellationToken))(calendar)
        ?? throw new InvalidRequestException("calendar", $"calendar names \"{calendar}\", which was not found: there is no such calendar here.");
}
