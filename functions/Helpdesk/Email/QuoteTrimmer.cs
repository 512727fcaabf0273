namespace Helpdesk.Email;

/// <summary>Finds what the author of a mail added: the text without the mails it quotes, without the signature below it.</summary>
public static class QuoteTrimmer
{
    /// <summary>The longest line that can introduce a quote.</summary>
    private const int LongestIntroduction = 300;

    /// <summary>Lines over which an introduction may be wrapped.</summary>
    private const int IntroductionLines = 4;

    /// <summary>A longer one is no signature.</summary>
    private const int SignatureLines = 20;

    /// <summary>What a line says that introduces a quote, beside its date or address.</summary>
    private static readonly string[] Wrote =
    [
        "wrote",
        "schrieb",
        "napisao je",
        "napisala je",
        "je napisao",
        "je napisala",
        "napisao/la je",
        "je napisao/la",
        "napisao/la",
        "έγραψε",
        "a écrit",
        "escribió",
        "ha scritto",
        "schreef",
        "escreveu",
        "napisał",
        "pisze",
        "skrev",
        "napsal",
        "napísal",
        "написал",
        "написав",
        "написа",
        "написао је",
        "пишет",
        "ezt írta",
        "a scris",
        "yazdı",
        "kirjoitti",
        "viết",
        "写道",
        "寫道",
        "のメール",
        "書きました",
        "님이 작성",
        "작성:",
    ];

    /// <summary>How a line begins that introduces a quote by its date.</summary>
    private static readonly string[] On = ["on ", "am ", "dana ", "pon, ", "uto, ", "sri, ", "čet, ", "pet, ", "sub, ", "ned, ", "στις ", "την "];

    private static readonly string[] OriginalMessage =
    [
        "original message",
        "original-nachricht",
        "originalnachricht",
        "ursprüngliche nachricht",
        "izvorna poruka",
        "originalna poruka",
        "αρχικό μήνυμα",
        "message d'origine",
        "message original",
        "mensaje original",
        "messaggio originale",
        "mensagem original",
        "oorspronkelijk bericht",
        "ursprungligt meddelande",
        "originalmeddelande",
        "opprinnelig melding",
        "oprindelig meddelelse",
        "alkuperäinen viesti",
        "oryginalna wiadomość",
        "původní zpráva",
        "pôvodná správa",
        "izvirno sporočilo",
        "исходное сообщение",
        "reply message",
        "原始邮件",
        "原始郵件",
        "元のメッセージ",
        "원본 메시지",
    ];

    private static readonly string[] FromNames =
    [
        "from",
        "von",
        "od",
        "από",
        "de",
        "da",
        "van",
        "från",
        "fra",
        "lähettäjä",
        "feladó",
        "från",
        "kimden",
        "gönderen",
        "от",
        "від",
        "差出人",
        "发件人",
        "寄件者",
        "보낸 사람",
    ];

    private static readonly string[] DateNames =
    [
        "sent",
        "date",
        "gesendet",
        "datum",
        "poslano",
        "στάλθηκε",
        "ημερομηνία",
        "envoyé",
        "enviado",
        "enviada",
        "fecha",
        "data",
        "inviato",
        "verzonden",
        "skickat",
        "sendt",
        "dato",
        "lähetetty",
        "wysłano",
        "odesláno",
        "odoslané",
        "elküldve",
        "gönderildi",
        "trimis",
        "отправлено",
        "дата",
        "送信日時",
        "发送时间",
        "寄件日期",
        "보낸 날짜",
    ];

    private static readonly string[] ToNames =
    [
        "to",
        "an",
        "za",
        "prima",
        "προς",
        "à",
        "para",
        "a",
        "aan",
        "till",
        "til",
        "vastaanottaja",
        "do",
        "komu",
        "címzett",
        "kime",
        "către",
        "кому",
        "宛先",
        "收件人",
        "收件者",
        "받는 사람",
        "cc",
        "subject",
        "betreff",
        "predmet",
        "θέμα",
        "objet",
        "asunto",
        "oggetto",
        "assunto",
        "onderwerp",
        "ämne",
        "emne",
        "aihe",
        "temat",
        "předmět",
        "predmet",
        "tárgy",
        "konu",
        "subiect",
        "тема",
        "件名",
        "主题",
        "主旨",
        "제목",
    ];

    private static readonly string[] SentFrom =
    [
        "sent from my ",
        "sent from outlook for ",
        "get outlook for ",
        "sent from mail for ",
        "sent from yahoo mail",
        "von meinem ",
        "gesendet mit der ",
        "diese nachricht wurde von meinem ",
        "poslano s mog ",
        "poslano s mojeg ",
        "poslano iz ",
        "στάλθηκε από το ",
        "εστάλη από το ",
        "envoyé de mon ",
        "envoyé depuis mon ",
        "enviado desde mi ",
        "inviato da ",
        "verstuurd vanaf mijn ",
    ];

    /// <summary>What the author added; all of the text where nothing would be left, and for a mail that is passed on.</summary>
    /// <param name="subject">The subject, decoded: that of a forwarded mail says that what it quotes is what it is about.</param>
    public static string Words(string text, string subject = "")
    {
        var lines = text.Split('\n');
        for (var i = 0; i < lines.Length; i++)
            lines[i] = lines[i].TrimEnd('\r', ' ', '\t', '\u00a0') is var line && line == "--" ? "--" : line;
        var kept = MailSubject.IsForwarded(subject) ? UpToMarker(lines) : Own(lines);
        var words = Join(WithoutSignature(kept));
        if (words.Length > 0)
            return words;
        words = Join(kept);
        return words.Length > 0 ? words : text.Trim();
    }

    /// <summary>
    /// Whether a text is nothing but a mail of this desk: the first that stands in it, below what introduces a quote, is the reply marker. Where it is marked
    /// as quoted, everything else has to be as well: below such a quote people answer.
    /// </summary>
    public static bool IsOnlyDesk(string text)
    {
        var lines = text.Split('\n');
        for (var i = 0; i < lines.Length; i++)
            lines[i] = lines[i].TrimEnd('\r', ' ', '\t', '\u00a0');
        var at = NextWords(lines, 0);
        // A telephone signs what nobody has written.
        if (at < lines.Length && IsSentFrom(lines[at]))
            at = NextWords(lines, at + 1);
        if (at < lines.Length && !ReplyMarker.IsLine(lines[at]))
            at = NextWords(lines, at + Introduced(lines, at));
        if (at == lines.Length || !ReplyMarker.IsLine(lines[at]))
            return false;
        return !IsQuoted(lines[at]) || lines.Skip(at).All(line => IsBlank(line) || IsQuoted(line));
    }

    /// <summary>How many lines from here on say that a mail is quoted below: "On … wrote:", or the header of that mail; 0 for none.</summary>
    private static int Introduced(string[] lines, int at)
    {
        if (IntroductionAt(lines, at) is var length and > 0)
        {
            // Words that look like one are somebody's all the same: it names a day or an address, and one of several lines begins as such lines do.
            var isSure = length == 1 ? lines[at].Any(char.IsDigit) || lines[at].Contains('@', StringComparison.Ordinal) : BeginsIntroduction(lines[at]);
            return isSure ? length : 0;
        }

        var first = IsOriginalMessage(lines[at]) || IsRule(lines[at]) ? NextText(lines, at + 1) : at;
        if (first == lines.Length || !IsHeaderBlock(lines, first))
            return first - at;
        var end = first;
        while (end < lines.Length && !IsBlank(lines[end]) && !ReplyMarker.IsLine(lines[end]))
            end++;
        return end - at;
    }

    /// <summary>Whether a line is quoted from another mail.</summary>
    private static bool IsQuoted(string line) => line.AsSpan().TrimStart(' ') is ['>', ..];

    private static bool IsBlank(string line) => string.IsNullOrWhiteSpace(line);

    private static List<string> UpToMarker(string[] lines)
    {
        var end = Array.FindIndex(lines, line => ReplyMarker.IsLine(line));
        return [.. end < 0 ? lines : lines[..end]];
    }

    private static List<string> Own(string[] lines)
    {
        var end = EndOfOwn(lines);
        var own = Without(lines.AsSpan(0, end));
        return own.All(IsBlank) && end < lines.Length ? Without(lines) : own;
    }

    /// <summary>Where everything that follows is another mail.</summary>
    private static int EndOfOwn(string[] lines)
    {
        var written = false;
        for (var i = 0; i < lines.Length; i++)
        {
            var line = lines[i];
            if (IsBlank(line))
                continue;
            if (written && StartsQuote(lines, i))
                return i;
            // Below a forwarded mail's own line, its words are what the mail is about.
            written |= !IsQuoted(line) && IntroductionAt(lines, i) == 0;
        }

        return lines.Length;
    }

    private static bool StartsQuote(string[] lines, int at)
    {
        var line = lines[at];
        if (ReplyMarker.IsLine(line) && !IsQuoted(line))
            return true;
        if (IsOriginalMessage(line))
            return true;
        var first = IsRule(line) ? NextText(lines, at + 1) : at;
        if (first < lines.Length && IsHeaderBlock(lines, first))
            return true;
        // An introduction whose quote has no marks: Yahoo, and phones.
        var length = IntroductionAt(lines, at);
        return length > 0 && NextText(lines, at + length) is var next && next < lines.Length && !IsQuoted(lines[next]) && IsTopPosted(lines, at + length);
    }

    /// <summary>Whether nothing below is marked as quoted: then all of it is.</summary>
    private static bool IsTopPosted(string[] lines, int from)
    {
        for (var i = from; i < lines.Length && i < from + 200; i++)
        {
            if (IsQuoted(lines[i]))
                return false;
        }

        return true;
    }

    /// <summary>The next line that says something, quoted or not.</summary>
    private static int NextWords(string[] lines, int from)
    {
        while (from < lines.Length && lines[from].AsSpan().Trim("> \u00a0\t").IsEmpty)
            from++;
        return from;
    }

    private static int NextText(string[] lines, int from)
    {
        while (from < lines.Length && IsBlank(lines[from]))
            from++;
        return from;
    }

    /// <summary>Leaves out quoted lines and what introduces them. Where answers stand between quoted lines, these stay: answers need their
    /// questions.</summary>
    private static List<string> Without(ReadOnlySpan<string> all)
    {
        var lines = all.ToArray();
        var own = new List<string>();
        var mixed = new List<string>();
        var (answers, pending) = (0, false);
        for (var i = 0; i < lines.Length; )
        {
            var introduction = IntroductionAt(lines, i);
            if (introduction > 0 && NextText(lines, i + introduction) is var next && next < lines.Length && IsQuoted(lines[next]))
            {
                i = next;
                continue;
            }

            if (IsQuoted(lines[i]))
                pending = true;
            else
            {
                own.Add(lines[i]);
                if (!IsBlank(lines[i]) && pending)
                    (answers, pending) = (answers + 1, false);
            }

            mixed.Add(lines[i]);
            i++;
        }

        if (answers < 2)
            return own;
        while (mixed.Count > 0 && (IsQuoted(mixed[^1]) || IsBlank(mixed[^1])))
            mixed.RemoveAt(mixed.Count - 1);
        return mixed;
    }

    /// <summary>How many lines from here on introduce a quote, as "On … wrote:" does; 0 for none.</summary>
    private static int IntroductionAt(string[] lines, int at)
    {
        if (IsBlank(lines[at]) || IsQuoted(lines[at]) || lines[at].Length > LongestIntroduction)
            return 0;
        var joined = "";
        for (var count = 1; count <= IntroductionLines && at + count <= lines.Length; count++)
        {
            var line = lines[at + count - 1].Trim();
            if (line.Length == 0 || IsQuoted(line) || joined.Length + line.Length > LongestIntroduction)
                return 0;
            // What stands above it, without an empty line between them, is no part of it.
            if (count > 1 && BeginsIntroduction(line))
                return 0;
            joined = joined.Length == 0 ? line : joined + " " + line;
            if (joined[^1] is ':' or '：')
                return IsIntroduction(joined) ? count : 0;
        }

        return 0;
    }

    /// <summary>Whether a line begins as "On 10 March … wrote:" does.</summary>
    private static bool BeginsIntroduction(string line) =>
        line.Any(char.IsDigit) && Array.Exists(On, word => line.TrimStart().StartsWith(word, StringComparison.OrdinalIgnoreCase));

    private static bool IsIntroduction(string line) =>
        (line.Any(char.IsDigit) || line.Contains('@', StringComparison.Ordinal) || line.Length < 80)
        && Array.Exists(Wrote, word => line.Contains(word, StringComparison.OrdinalIgnoreCase));

    private static bool IsOriginalMessage(string line)
    {
        var bare = line.Trim(' ', '*', '_');
        if (bare.Length is < 6 or > 100 || bare[0] is not ('-' or '–' or '—'))
            return false;
        var words = bare.Trim('-', '–', '—', ' ');
        return Array.Exists(OriginalMessage, name => words.Equals(name, StringComparison.OrdinalIgnoreCase));
    }

    private static bool IsRule(string line) => line.Trim() is { Length: >= 5 } bare && bare.All(letter => letter is '_' or '-' or '─' or '—');

    /// <summary>Whether a mail's header stands here as Outlook writes it above what it quotes.</summary>
    private static bool IsHeaderBlock(string[] lines, int at)
    {
        // Most begin with the sender, GMX with the date.
        var from = Names(lines[at], FromNames);
        var date = Names(lines[at], DateNames);
        if (!from && !date)
            return false;
        var other = false;
        for (var (i, seen) = (at + 1, 0); i < lines.Length && seen < 6; i++)
        {
            if (IsBlank(lines[i]))
                continue;
            seen++;
            from |= Names(lines[i], FromNames);
            date |= Names(lines[i], DateNames);
            other |= Names(lines[i], ToNames);
            if (from && date && other)
                return true;
        }

        return false;
    }

    private static bool Names(string line, string[] names)
    {
        var colon = line.AsSpan().IndexOfAny(":：");
        if (colon is < 1 or > 25)
            return false;
        var name = line.AsSpan(0, colon).Trim(" *_\u00a0\t").ToString();
        return Array.Exists(names, known => known.Equals(name, StringComparison.OrdinalIgnoreCase));
    }

    private static List<string> WithoutSignature(List<string> lines)
    {
        var end = lines.Count;
        var delimiter = lines.FindLastIndex(line => line == "--");
        if (delimiter >= 0 && end - delimiter <= SignatureLines && lines.Take(delimiter).Any(line => !IsBlank(line)))
            end = delimiter;
        while (end > 0 && IsBlank(lines[end - 1]))
            end--;
        if (end > 1 && IsSentFrom(lines[end - 1]))
            end--;
        return lines[..end];
    }

    private static bool IsSentFrom(string line) =>
        line.Length < 100 && Array.Exists(SentFrom, start => line.TrimStart().StartsWith(start, StringComparison.OrdinalIgnoreCase));

    private static string Join(List<string> lines) => string.Join('\n', lines).Trim('\n', ' ');
}
