using System.Globalization;
using Helpdesk.Alerts;
using Helpdesk.Functions.Hosting;

namespace Helpdesk.Functions.Alerts;

/// <summary>Collects what is read from one body.</summary>
/// <param name="what">What it is, such as "a notification of Alertmanager".</param>
/// <param name="timesAreUtc">Whether the tool writes times in UTC and does not say so.</param>
public sealed class AlertCollector(string what, bool timesAreUtc = false)
{
    private const int MostNotes = 20;
    private readonly List<AlertReport> _reports = [];
    private readonly List<string> _notes = [];
    private readonly List<string> _broken = [];
    private readonly HashSet<string> _ignored = new(StringComparer.Ordinal);
    private int _notesLeftOut;

    public void Add(RawAlert raw) => _reports.Add(AlertReports.Of(raw, Note, timesAreUtc));

    /// <summary>Says something of the body that the receipt is to say.</summary>
    public void Note(string note)
    {
        if (_notes.Contains(note, StringComparer.Ordinal))
            return;
        if (_notes.Count < MostNotes)
            _notes.Add(note);
        else
            _notesLeftOut++;
    }

    /// <summary>A report that says nothing of a disturbance.</summary>
    public void Ignore(string reason) => _ignored.Add(reason);

    /// <summary>A report that is not understood, as the <paramref name="index"/>th of several. The others are read all the same.</summary>
    public void Broken(int? index, string problem) =>
        _broken.Add(index is { } at ? string.Create(CultureInfo.InvariantCulture, $"Report {at + 1} was not understood: {problem}.") : problem);

    /// <summary>What was read.</summary>
    /// <exception cref="InvalidRequestException">Nothing was, and something should have been.</exception>
    public AlertReading Done()
    {
        if (_reports.Count == 0 && _broken.Count > 0)
            throw AlertPayload.NotThat(what, _broken[0].TrimEnd('.'));
        foreach (var broken in _broken)
            Note(broken);
        if (_notesLeftOut > 0)
            _notes.Add(string.Create(CultureInfo.InvariantCulture, $"{_notesLeftOut} more of such notes are left out."));
        if (_reports.Count > 0)
        {
            foreach (var reason in _ignored)
                Note($"A report was ignored: {reason}.");
        }

        return new(
            _reports,
            _reports.Count > 0 ? null
                : _ignored.Count > 0 ? string.Join("; ", _ignored.Take(5))
                : $"{what} with no report in it",
            _notes.Count > 0 ? _notes : null
        );
    }
}
