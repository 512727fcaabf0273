using System.Collections.Frozen;
using System.Globalization;
using System.Net;
using System.Text;

namespace Helpdesk.Reports;

/// <summary>A report as a mail.</summary>
public sealed record WrittenReport(string Subject, string Text, string Html);

/// <summary>Writes a report as a mail, in the languages of the desk.</summary>
public static class ReportLetter
{
    /// <summary>Lines that a mail shows; the file that goes with it has all of them.</summary>
    public const int MostLines = 200;

    private static readonly FrozenDictionary<string, string[]> Words = new Dictionary<string, string[]>(StringComparer.Ordinal)
    {
        ["volume"] = ["Volume", "Aufkommen", "Količina", "Όγκος"],
        ["backlog"] = ["Backlog", "Rückstand", "Zaostatak", "Εκκρεμότητες"],
        ["first-reply"] = ["First reply", "Erste Antwort", "Prvi odgovor", "Πρώτη απάντηση"],
        ["resolution"] = ["Resolution", "Lösung", "Rješavanje", "Επίλυση"],
        ["sla"] = ["Promises", "Zusagen", "Obećanja", "Δεσμεύσεις"],
        ["agents"] = ["Agents", "Mitarbeitende", "Agenti", "Εκπρόσωποι"],
        ["hours"] = ["Hours", "Uhrzeiten", "Sati", "Ώρες"],
        ["cost"] = ["Cost", "Kosten", "Troškovi", "Κόστος"],
        ["satisfaction"] = ["Satisfaction", "Zufriedenheit", "Zadovoljstvo", "Ικανοποίηση"],
        ["deflection"] = ["Self-service", "Selbsthilfe", "Samopomoć", "Αυτοεξυπηρέτηση"],
        ["shown"] = ["Suggested", "Vorgeschlagen", "Predloženo", "Προτάθηκαν"],
        ["read"] = ["Read", "Gelesen", "Pročitano", "Διαβάστηκαν"],
        ["solved"] = ["Solved", "Erledigt", "Riješeno", "Λύθηκαν"],
        ["solvedPercent"] = ["Solved, %", "Erledigt, %", "Riješeno, %", "Λύθηκαν, %"],
        ["asked"] = ["Asked", "Befragt", "Upitano", "Ερωτήθηκαν"],
        ["rated"] = ["Answered", "Beantwortet", "Odgovoreno", "Απάντησαν"],
        ["ratedPercent"] = ["Answered, %", "Beantwortet, %", "Odgovoreno, %", "Απάντησαν, %"],
        ["meanRating"] = ["Mean rating", "Mittlere Note", "Prosječna ocjena", "Μέση βαθμολογία"],
        ["satisfiedPercent"] = ["Satisfied, %", "Zufrieden, %", "Zadovoljni, %", "Ικανοποιημένοι, %"],
        ["opened"] = ["Opened", "Eröffnet", "Otvoreno", "Νέα"],
        ["resolved"] = ["Resolved", "Gelöst", "Riješeno", "Επιλύθηκαν"],
        ["reopened"] = ["Reopened", "Wiedereröffnet", "Ponovno otvoreno", "Άνοιξαν ξανά"],
        ["closed"] = ["Closed", "Geschlossen", "Zatvoreno", "Έκλεισαν"],
        ["merged"] = ["Merged", "Zusammengeführt", "Spojeno", "Συγχωνεύθηκαν"],
        ["replies"] = ["Replies", "Antworten", "Odgovori", "Απαντήσεις"],
        ["firstReplies"] = ["First replies", "Erste Antworten", "Prvi odgovori", "Πρώτες απαντήσεις"],
        ["minutesWorked"] = ["Minutes worked", "Minuten Arbeit", "Minute rada", "Λεπτά εργασίας"],
        ["open"] = ["Open", "Offen", "Otvoreno", "Ανοιχτά"],
        ["count"] = ["Count", "Anzahl", "Broj", "Πλήθος"],
        ["meanSeconds"] = ["Mean", "Mittel", "Prosjek", "Μέσος όρος"],
        ["medianSeconds"] = ["Median", "Median", "Medijan", "Διάμεσος"],
        ["p90Seconds"] = ["90 % within", "90 % innerhalb", "90 % unutar", "90 % εντός"],
        ["met"] = ["Kept", "Eingehalten", "Ispunjeno", "Τηρήθηκαν"],
        ["breached"] = ["Broken", "Verletzt", "Prekršeno", "Παραβιάστηκαν"],
        ["metPercent"] = ["Kept, %", "Eingehalten, %", "Ispunjeno, %", "Τηρήθηκαν, %"],
        ["tickets"] = ["Tickets", "Tickets", "Zahtjevi", "Αιτήματα"],
        ["requests"] = ["Storage requests", "Speicheranfragen", "Zahtjevi pohrani", "Αιτήσεις αποθήκευσης"],
        ["executions"] = ["Executions", "Ausführungen", "Izvršavanja", "Εκτελέσεις"],
        ["mails"] = ["Mails", "E-Mails", "Poruke", "Μηνύματα"],
        ["costPerTicket"] = ["Cost per ticket", "Kosten je Ticket", "Trošak po zahtjevu", "Κόστος ανά αίτημα"],
        ["day"] = ["Day", "Tag", "Dan", "Ημέρα"],
        ["week"] = ["Week", "Woche", "Tjedan", "Εβδομάδα"],
        ["month"] = ["Month", "Monat", "Mjesec", "Μήνας"],
        ["channel"] = ["Channel", "Kanal", "Kanal", "Κανάλι"],
        ["priority"] = ["Priority", "Priorität", "Prioritet", "Προτεραιότητα"],
        ["tier"] = ["Tier", "Stufe", "Razina", "Επίπεδο"],
        ["group"] = ["Group", "Gruppe", "Grupa", "Ομάδα"],
        ["assignee"] = ["Assignee", "Zuständig", "Dodijeljeno", "Ανάθεση"],
        ["type"] = ["Type", "Art", "Vrsta", "Τύπος"],
        ["metric"] = ["Promise", "Zusage", "Obećanje", "Δέσμευση"],
        ["organisation"] = ["Organisation", "Organisation", "Organizacija", "Οργανισμός"],
        ["tag"] = ["Tag", "Schlagwort", "Oznaka", "Ετικέτα"],
        ["article"] = ["Article", "Artikel", "Članak", "Άρθρο"],
        ["category"] = ["Category", "Kategorie", "Kategorija", "Κατηγορία"],
        ["language"] = ["Language", "Sprache", "Jezik", "Γλώσσα"],
        ["agent"] = ["Agent", "Mitarbeiter/in", "Agent", "Εκπρόσωπος"],
        ["weekday"] = ["Weekday", "Wochentag", "Dan u tjednu", "Ημέρα εβδομάδας"],
        ["hour"] = ["Hour", "Stunde", "Sat", "Ώρα"],
        ["none"] = ["none", "ohne", "bez", "χωρίς"],
        ["total"] = ["Total", "Gesamt", "Ukupno", "Σύνολο"],
        ["hello"] = ["Hello {0},", "Guten Tag {0},", "Poštovani {0},", "Γεια σας {0},"],
        ["helloAll"] = ["Hello,", "Guten Tag,", "Poštovani,", "Γεια σας,"],
        ["intro"] =
        [
            "this is the report \"{0}\" from {1} to {2}. The attached file has all of its lines.",
            "dies ist der Bericht „{0}“ vom {1} bis {2}. Die angehängte Datei enthält alle Zeilen.",
            "ovo je izvješće „{0}“ od {1} do {2}. Priložena datoteka sadrži sve retke.",
            "αυτή είναι η αναφορά «{0}» από {1} έως {2}. Το συνημμένο αρχείο περιέχει όλες τις γραμμές.",
        ],
        ["more"] =
        [
            "{0} more lines are in the file.",
            "{0} weitere Zeilen stehen in der Datei.",
            "Još {0} redaka je u datoteci.",
            "Άλλες {0} γραμμές είναι στο αρχείο.",
        ],
        ["nothing"] =
        [
            "There is nothing to count in these days.",
            "In diesen Tagen gibt es nichts zu zählen.",
            "U tim danima nema ničega za brojanje.",
            "Δεν υπάρχει τίποτα να μετρηθεί αυτές τις ημέρες.",
        ],
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>The languages that reports are mailed in.</summary>
    public static IReadOnlyList<string> Languages { get; } = ["en", "de", "hr", "el"];

    /// <summary>A word of reports in a language; the word itself where there is none.</summary>
    public static string Word(string name, string language)
    {
        ArgumentNullException.ThrowIfNull(language);
        return Words.TryGetValue(name, out var words) ? words[Math.Max(0, Languages.ToList().IndexOf(language))] : name;
    }

    /// <summary>Writes the mail.</summary>
    /// <param name="called">What the schedule is called.</param>
    /// <param name="recipient">Whom it goes to; null where nobody knows their name.</param>
    /// <param name="names">What a value of a key is called, such as a group; the value itself where it has no other name.</param>
    public static WrittenReport Write(
        string called,
        ReportRequest request,
        ReportTable table,
        string language,
        string? recipient,
        Func<string, string, string> names
    )
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(table);
        ArgumentNullException.ThrowIfNull(names);
        string Say(string name, params object[] values) => string.Format(CultureInfo.InvariantCulture, Word(name, language), values);
        var (from, to) = (Day(request.From, language), Day(request.To, language));
        var lines = table.Rows.Take(MostLines).Select(row => Cells(table, row, language, names)).ToList();
        List<string> head = [.. table.Keys.Concat(table.Columns).Select(name => Word(name, language))];
        var total = Cells(table, table.Total with { Key = new Dictionary<string, string>() }, language, names);
        if (table.Keys.Count > 0)
            total[0] = Word("total", language);
        var hello = recipient is null ? Word("helloAll", language) : Say("hello", recipient);
        var intro = Say("intro", called, from, to);
        var after =
            table.Keys.Count > 0 && table.Rows.Count == 0 ? Word("nothing", language)
            : table.Rows.Count > MostLines ? Say("more", table.Rows.Count - MostLines)
            : null;

        var text = new StringBuilder().Append(hello).Append("\n\n").Append(intro).Append("\n\n");
        foreach (var line in lines.Prepend(head).Append(total))
            text.AppendJoin("  ", line).Append('\n');
        if (after is not null)
            text.Append('\n').Append(after).Append('\n');

        var html = new StringBuilder();
        html.Append(CultureInfo.InvariantCulture, $"<p>{Html(hello)}</p>\n<p>{Html(intro)}</p>\n");
        html.Append("<table cellpadding=\"6\" cellspacing=\"0\" style=\"border-collapse:collapse;width:100%\">\n<thead><tr>");
        foreach (var (place, name) in head.Index())
            html.Append(CultureInfo.InvariantCulture, $"<th scope=\"col\" style=\"{Cell(place < table.Keys.Count)}\">{Html(name)}</th>");
        html.Append("</tr></thead>\n<tbody>\n");
        foreach (var line in lines)
            Row(line, "td");
        html.Append("</tbody>\n<tfoot>\n");
        Row(total, "th");
        html.Append("</tfoot>\n</table>\n");
        if (after is not null)
            html.Append(CultureInfo.InvariantCulture, $"<p>{Html(after)}</p>\n");
        return new($"{called}: {from} – {to}", text.ToString().TrimEnd() + "\n", html.ToString());

        void Row(IReadOnlyList<string> cells, string tag)
        {
            html.Append("<tr>");
            foreach (var (place, cell) in cells.Index())
                html.Append(CultureInfo.InvariantCulture, $"<{tag} style=\"{Cell(place < table.Keys.Count)}\">{Html(cell)}</{tag}>");
            html.Append("</tr>\n");
        }
    }

    private static string Cell(bool isKey) => $"text-align:{(isKey ? "left" : "right")};border-bottom:1px solid #8886;padding:6px 8px";

    private static string Html(string text) => WebUtility.HtmlEncode(text);

    private static List<string> Cells(ReportTable table, ReportRow row, string language, Func<string, string, string> names) =>
        [
            .. table.Keys.Select(key =>
                row.Key.TryGetValue(key, out var value)
                    ? value == Report.None
                        ? Word("none", language)
                        : names(key, value)
                    : ""
            ),
            .. table.Columns.Select(column => Value(column, row.Values[column], language)),
        ];

    /// <summary>A number as people write it: a length in days, hours and minutes.</summary>
    public static string Value(string column, double? value, string language)
    {
        ArgumentNullException.ThrowIfNull(column);
        if (value is not { } number)
            return "–";
        if (column.EndsWith("Seconds", StringComparison.Ordinal))
        {
            var length = TimeSpan.FromSeconds(Math.Round(number));
            return length.TotalDays >= 1 ? $"{(int)length.TotalDays} d {length.Hours:00} h"
                : length.TotalHours >= 1 ? $"{length.Hours} h {length.Minutes:00} min"
                : length.TotalMinutes >= 1 ? $"{length.Minutes} min"
                : $"{length.Seconds} s";
        }

        // The app runs without the data of cultures, so that the two signs are put in here.
        var text = number.ToString(number == Math.Floor(number) ? "#,0" : "#,0.######", CultureInfo.InvariantCulture);
        return language == "en" ? text : text.Replace(',', ' ').Replace('.', ',').Replace(' ', '.');
    }

    private static string Day(DateOnly day, string language) =>
        day.ToString(
            language switch
            {
                "en" => "d MMMM yyyy",
                "el" => "d/M/yyyy",
                "hr" => "d. M. yyyy.",
                _ => "d.M.yyyy",
            },
            CultureInfo.InvariantCulture
        );
}
