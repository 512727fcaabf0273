using System.Collections.Frozen;

namespace Helpdesk.Email;

/// <summary>Guesses the language of a mail, to answer in it. In doubt it does not.</summary>
public static class MailLanguage
{
    /// <summary>Letters that are looked at.</summary>
    private const int Enough = 4000;

    /// <summary>Words that must be known before anything is said.</summary>
    private const int FewestHits = 2;

    /// <summary>Words that prove a language against what a header says.</summary>
    private const int ClearHits = 5;

    private static readonly string[] Known = ["en", "de", "hr", "el"];

    /// <summary>Small words of languages; those that the desk does not speak are here so that they are not taken for one that it does.</summary>
    private static readonly FrozenDictionary<string, FrozenSet<string>> Words = new Dictionary<string, FrozenSet<string>>(StringComparer.Ordinal)
    {
        ["en"] = Set(
            "the and is are was to of i you we it my your not no have has had please with this that for on can cannot can't could would from when what how "
                + "but at be been do does doesn't don't i'm it's thanks thank hello hi there any our they after since anymore"
        ),
        ["de"] = Set(
            "der die das und ist sind war ich du sie wir es mein meine meinen meinem ihr ihre nicht kein keine haben habe hat bitte mit "
                + "dieser diese für auf kann "
                + "können von wenn wie aber ein eine einen einem im zu zum zur seit nach noch danke hallo guten mehr sehr geehrte geehrter "
                + "auch dass bei den dem"
        ),
        ["hr"] = Set(
            "je sam su nije i u na se da za od mi moj moja moje ne nema imam imamo molim vas vam hvala što kako kada ali može mogu možete s "
                + "sa iz koji koja koje "
                + "pozdrav poštovani dan dobar već više ovo taj bi li smo ste nakon"
        ),
        ["fr"] = Set("le la les et est je vous nous ne pas un une des de du pour avec sur mon ma merci bonjour que qui dans depuis mais plus ce cette"),
        ["es"] = Set("el la los las y es yo no un una de del para con por mi gracias hola que en se lo está pero desde más este esta puedo"),
        ["it"] = Set("il la gli e è io non un una di del per con mi grazie buongiorno che in si lo ma da più questo questa posso sono della"),
        ["nl"] = Set("de het een en is ik niet van voor met mijn op kan hallo dank bedankt dat maar aan we u geen als bij naar sinds nog meer deze"),
        ["pl"] = Set("i w na się nie jest z do że mam proszę dziękuję dzień dobry od po jak ale czy mój moja przez oraz już"),
        ["cs"] = Set("a je se na že v nemohu prosím děkuji dobrý den od po jak ale můj moje pro jsem to už není"),
        ["sl"] = Set("je in ne na da se za sem lahko prosim hvala ki tudi ali po kaj moj pri od ni mi že bi smo pozdravljeni"),
        ["pt"] = Set("o os e é não um uma de do da para com por meu minha obrigado olá que em se mas desde mais este está"),
        ["sv"] = Set("och är jag inte en ett det att på för med min mitt hej tack som av men kan sedan från den vi har"),
    }.ToFrozenDictionary();

    /// <summary>The language of a mail's own words: <c>en</c>, <c>de</c>, <c>hr</c> or <c>el</c>; null in doubt.</summary>
    /// <param name="header">The value of <c>Content-Language</c>, which is what a mail program is set to; words that are clear beat it.</param>
    public static string? Of(string words, string? header)
    {
        var (guess, clear) = OfWords(words);
        return clear ? guess : OfHeader(header) ?? guess;
    }

    private static string? OfHeader(string? header)
    {
        if (header?.Split(',')[0].Trim() is not { Length: >= 2 and < 40 } first)
            return null;
        var primary = first.Split('-', '_', ';', ' ')[0].ToLowerInvariant();
        return Array.Find(Known, language => language == primary);
    }

    private static (string? Guess, bool Clear) OfWords(string words)
    {
        var looked = words.Length > Enough ? words[..Enough] : words;
        var letters = looked.Count(char.IsLetter);
        var greek = looked.Count(letter => letter is (>= '\u0370' and <= '\u03FF') or (>= '\u1F00' and <= '\u1FFF'));
        if (greek >= 3 && greek * 3 >= letters)
            return ("el", greek * 2 >= letters);
        // Other scripts are languages that the desk does not speak.
        if (looked.Count(letter => letter > '\u024F' && char.IsLetter(letter)) * 3 > letters)
            return (null, letters > 10);
        var said = looked
            .ToLowerInvariant()
            .Replace('’', '\'')
            .Split(Separators, StringSplitOptions.RemoveEmptyEntries)
            .Where(word => word.All(letter => char.IsLetter(letter) || letter == '\''))
            .ToArray();
        // Slovene shares most small words with Croatian, but not these letters.
        var croatian = looked.AsSpan().ContainsAny("ćđĆĐ");
        var scores = Words
            .Where(language => !croatian || language.Key != "sl")
            .Select(language => (Language: language.Key, Hits: said.Count(language.Value.Contains)))
            .OrderByDescending(one => one.Hits)
            .ToArray();
        var (best, second) = (scores[0], scores[1]);
        if (best.Hits < FewestHits || best.Hits * 8 < said.Length || best.Hits * 2 < second.Hits * 3)
            return (null, false);
        return Known.Contains(best.Language) ? (best.Language, best.Hits >= ClearHits && best.Hits >= second.Hits * 2) : (null, best.Hits >= ClearHits);
    }

    private static readonly char[] Separators =
    [
        ' ',
        '\n',
        '\r',
        '\t',
        '\u00a0',
        '.',
        ',',
        ';',
        ':',
        '!',
        '?',
        '(',
        ')',
        '"',
        '„',
        '“',
        '”',
        '«',
        '»',
        '/',
        '<',
        '>',
        '*',
        '-',
    ];

    private static FrozenSet<string> Set(string words) => words.Split(' ').ToFrozenSet(StringComparer.Ordinal);
}
