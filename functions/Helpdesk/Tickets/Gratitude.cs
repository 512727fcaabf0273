using System.Text;

namespace Helpdesk.Tickets;

/// <summary>Tells words that only say thanks from words that somebody has to read: the former leave a resolved ticket resolved.</summary>
/// <remarks>
/// It knows whole phrases in English, German, Greek and Croatian, and every word has to belong to one of them. Whatever is left over, a question mark,
/// a digit or "but", is a reason to look at the ticket: when in doubt, the answer is no.
/// </remarks>
public static class Gratitude
{
    /// <summary>Whoever writes more than this has more to say than thanks.</summary>
    private const int MostLetters = 400;

    private const string Punctuation = ".,!-–—\"“”„*_&¡";

    /// <summary>Phrases that say thanks, or that all is well: patterns of small words without accents, with a space between each two.</summary>
    private static readonly string[] Thanks =
    [
        // English
        "(many |so many |a thousand |a million |huge |big )?thanks{English.Much}*{English.For}?",
        "(a )?(big|huge|massive) (thank you|thanks){English.Much}*{English.For}?",
        "(i |we )?(just )?(wanted to |want to )?(really )?(thank|thanking) (you|u){English.Much}*{English.For}?",
        "(thx|thnx|tnx|ty|tysm|thankyou|cheers|much obliged|ta){English.Much}*{English.For}?",
        "(i am|im|we are|were) (very |so |really |most )?(grateful|thankful)( to you( all)?)?{English.For}?",
        "(i|we) (really |very much |highly )?appreciate (it|this|that|your help|your support|all your help|the help|the quick help)",
        "(much|greatly|highly) appreciated",
        "(it|that|this|everything|all|the {English.Thing})( really)? (works|is working|worked|is fixed|is solved|is resolved|works for me){English.Now}*",
        "(its|thats|alls) (working|fixed|solved|resolved){English.Now}*",
        "(that|this|it) (has |did )?(solved|fixed|fixes|solves) (it|the problem|the issue|my problem|my issue|everything){English.Now}*",
        "(that|this|it) did (it|the trick)",
        "(my |the )?(problem|issue) (is |has been )?(solved|fixed|resolved|gone){English.Now}*",
        // German
        "((ganz |sehr |recht )?(herzlichen|vielen|besten|lieben|tausend|schonen|grossen|allerbesten)( lieben| herzlichen)? )dank{German.Much}*{German.For}?",
        "(danke|dankeschon|dankesehr|merci|vergelts gott|dank)( ihnen| euch| dir)?{German.Much}*{German.For}?",
        "(ich |wir )?(mochte mich |mochten uns )?(bedanke|bedanken|danke|danken)( mich| uns)?( sehr| ganz)?( herzlich)?( bei)?( ihnen| euch| "
            + "dir)?{German.Much}*{German.For}?",
        "(es|das|alles|jetzt|nun|das ganze|{German.Thing})( jetzt| nun)? (funktioniert|geht|lauft|klappt|passt|hat funktioniert|hat "
            + "geklappt|tut)( es)?{German.Now}*",
        "(funktioniert|klappt|lauft|geht|passt)( alles| jetzt| nun| wieder){German.Now}*",
        "(das |mein )?problem (ist |wurde )?(gelost|behoben|erledigt|weg)",
        "(das|es) (hat|war) (das problem gelost|mir sehr geholfen|mir geholfen|geholfen|die losung)",
        // Greek, without accents and with one sigma
        "(σασ |σε |σ )?(ευχαριστω|ευχαριστουμε|ευχαριστιεσ|εφχαριστω|μερσι){Greek.Much}*{Greek.For}?",
        "(χιλια|πολλα|θερμα|πολλεσ|χιλιεσ) (ευχαριστω|ευχαριστιεσ){Greek.Much}*{Greek.For}?",
        "(να (στε|σαι|ειστε) καλα|νασαι καλα|ναστε καλα)( ολοι| παντα)?",
        "(τωρα |ολα |πλεον )?(ολα )?(λειτουργει|λειτουργουν|δουλευει|δουλευουν)( ολα| τελεια| κανονικα| τωρα| πλεον| ξανα| μια χαρα)*",
        "(το προβλημα )?(λυθηκε|διορθωθηκε|αποκατασταθηκε)( το προβλημα| το θεμα| πληρωσ| τωρα)*",
        // Croatian, without the marks on its letters
        "(hvala|hvalaa|fala|zahvaljujem|zahvaljujemo|hvala lijepa|hvala lijepo)( se)?{Croatian.Much}*{Croatian.For}?",
        "(puno |mnogo |od srca |jos jednom |velika |veliko |najljepsa |najljepse |lijepa |lijepo )(vam |ti )?hvala{Croatian.Much}*{Croatian.For}?",
        "(velika |puno )?(zahvala|pozdrava i hvala)",
        "(sad |sada |sve |to |opet |sve sada |sada sve )(radi|funkcionira|je u redu|je ok)( sve| sada| sad| opet| ponovno| super| odlicno| "
            + "savrseno| kako treba)*",
        "(radi|funkcionira)( sve| sada| sad| opet| ponovno)( super| odlicno| savrseno)?",
        "(problem )?(je )?(rijesen|rijeseno|rijesili ste)( problem| je)?",
    ];

    /// <summary>Phrases that may go along with thanks.</summary>
    private static readonly string[] Pleasantries =
    [
        // English
        "(hi|hello|hey|dear)( there| all| team| everyone| support| helpdesk| friends| guys)*",
        "(ok|okay|alright|yes|yep|wow|yay|hooray|oh|ah|aw)",
        "(absolutely |really |just |simply |very |so )?{English.Good}( {English.Praised})?",
        "(you|you guys|you all|you people|your team) (rock|rule|are (so |really |simply |just |absolutely "
            + ")?({English.Good}|kind|helpful|stars|a star|the best|a lifesaver|legends|a legend))",
        "(youre) (so |really |simply |just |absolutely )?({English.Good}|kind|helpful|a star|the best|a lifesaver)",
        "(all|everything)( is| looks)? (good|fine|well|great|perfect|set|clear|ok|okay|sorted|done)( now| again)?",
        "(that|this|it) (was|is) (really |very |so |super |incredibly )?({English.Good}|quick|fast|helpful|kind|what i needed|exactly what i "
            + "needed)( of you)?",
        "(that|this|it) (really )?helped( a lot| me| very much)*",
        "(very|really|so|super) (helpful|quick|fast|kind|friendly)",
        "(have|enjoy) (a|your|the) (very )?(nice|great|good|lovely|wonderful|pleasant)? "
            + "?(day|weekend|evening|afternoon|morning|one|week|time)( too| everyone| all| ahead)*",
        "((kind|best|warm|warmest|many)( kind)? )?(regards|wishes|greetings)( from)?",
        "(all the best|take care|sincerely|yours sincerely|yours|best|god bless( you)?|bye|goodbye|keep it up|keep up the (good|great|excellent) work)",
        "(you can|please|feel free to)? ?(close|you may close) (the|this|my) (ticket|case|request|issue)( now)?",
        "(the )?(team|support team|helpdesk|everyone|everybody|all|guys|folks|mate|again)",
        // German
        "(hallo|hi|hey|servus|moin|gruss gott|guten (tag|morgen|abend)|liebes (team|helpdesk team|support team)|liebe "
            + "(kollegen|kolleginnen)|sehr geehrte damen und herren)( zusammen| team| alle| ihr lieben)*",
        "(ok|okay|ja|oh|ach|wow|juhu|na dann|alles klar|in ordnung|alles gut|alles bestens|alles super|passt|passt so)",
        "(wirklich |echt |einfach |richtig |ganz |sehr |total )?{German.Good}( {German.Praised})?",
        "(das|ihr|sie|du|es) (war|wart|waren|seid|sind|bist|ist|ging|hat|haben|habt)( ja)?( wirklich| echt| einfach| sehr| total| aber)?( "
            + "{German.Good}| schnell| die besten| der beste| spitze| eine grosse hilfe| sehr geholfen| mir sehr geholfen| ein schatz| schatze)",
        "(sehr|super|echt|wirklich|so) (schnell|freundlich|kompetent|hilfreich|nett)(e|er|es)?( hilfe| support| service| losung| antwort| reaktion)?",
        "((einen |ein |noch einen |noch ein )?(schonen|schones|gutes|guten|angenehmen|schoene) "
            + "(tag|abend|feierabend|wochenende|nachmittag|woche|rest der woche|restwoche))( noch| euch| ihnen| allen)*",
        "(mit )?((vielen|besten|beste|freundlichen|freundliche|liebe|lieben|viele|schone|herzliche|herzlichen) )?(grusse|grussen|gruss)( "
            + "aus| an alle| vom| von)*",
        "(mfg|lg|vg|bg|bis bald|bis dann|tschuss|ciao|weiter so|macht weiter so)",
        "(das |mein )?ticket (kann|konnen sie|darf)( jetzt| nun| gerne)? (geschlossen werden|schliessen|zu)",
        "(nochmal|nochmals|an alle|an das (ganze )?team|ans team|euch allen)",
        // Greek
        "(γεια( σασ| σου)?|καλημερα( σασ)?|καλησπερα( σασ)?|χαιρετε|αγαπητη ομαδα)",
        "(ενταξει|οκ|οκει|ναι|α|ω|ωραια|ολα καλα|ολα ενταξει|ολα τελεια|μια χαρα)",
        "(πραγματικα |απλα |πολυ |παρα πολυ )?{Greek.Good}( {Greek.Praised})?",
        "(ειστε|εισαι|ησασταν|ησουν|ηταν|ειναι) (πραγματικα |απλα |πολυ |παρα πολυ )?({Greek.Good}|οι καλυτεροι|ο καλυτεροσ|η καλυτερη|ευγενικοι|γρηγοροι)",
        "(με |τισ )?((πολλουσ|θερμουσ|φιλικουσ) )?(χαιρετισμουσ|χαιρετισματα|χαιρετισμοι)|με εκτιμηση|φιλικα|με φιλικουσ χαιρετισμουσ",
        "(καλη|καλο|καλησ) (σασ )?(μερα|ημερα|συνεχεια|βραδυ|σαββατοκυριακο|εβδομαδα|απογευμα|δουλεια)( σασ| σε ολουσ| να εχετε)*",
        "(βοηθησατε|με βοηθησατε|μασ βοηθησατε)( πολυ| παρα πολυ| πραγματικα)+",
        "(συνεχιστε ετσι|παντα τετοια|μπραβο( σασ| σε ολουσ)*)",
        // Croatian
        "(bok|pozdrav|zdravo|dobar dan|dobro jutro|dobra vecer|postovani|dragi|draga)( svima| ekipa| svi| tim| time)*",
        "(ok|okej|da|u redu|sve je u redu|sve ok|sve je ok|dobro je|moze|aha|to je to)",
        "(stvarno |zaista |bas |jako |vrlo |jednostavno |super )?{Croatian.Good}( {Croatian.Praised})?",
        "(vi |ti |svi )?(ste|si|bili ste|bilo je|to je( bilo)?)( stvarno| zaista| jako| bas| vrlo)* "
            + "({Croatian.Good}|najbolji|zakon|car|carevi|brzi|ljubazni|brzo)",
        "({Croatian.Good}|najbolji|zakon|carevi) ste",
        "(ugodan|lijep|lijepi|dobar|ugodno|ugodnu)( vam| ti)? (dan|vikend|tjedan|popodne|vecer|ostatak dana)( zelim| svima| vam)*",
        "(zelim vam|zelimo vam) (ugodan|lijep) (dan|vikend|tjedan)",
        "((lijep|lijepi|srdacan|puno) )?(pozdrav|pozdravi|pozdrava)( svima| iz| svim)*|lp|s postovanjem|srdacno|samo tako dalje|svaka "
            + "cast|bravo|cestitke|vidimo se",
        "(puno |jako |mnogo )?(ste mi |ste nam |mi je |to je |mi )?(pomoglo|pomogli ste|pomogli|pomoglo mi je)( puno| jako)?",
        "(zahtjev |mozete |mozete zatvoriti )(zatvoriti|zatvoren|zahtjev)( sada)?",
        "(svima|vama|tebi|jos jednom|ekipa|tim|od srca)",
    ];

    private static readonly Dictionary<string, string> Parts = new(StringComparer.Ordinal)
    {
        ["{English.Much}"] =
            "( so much| very much| a lot| a million| a bunch| a ton| a mil| again| indeed| once again| once more| everyone| everybody| all| "
            + "guys| folks| team| kindly| really| sincerely| mate| friend| to you| to you all| to everyone| to all| to the team)",
        ["{English.For}"] =
            "( for( all| the| your| this| that| such| a| being| having| so| very| super| really| quick| quickly| fast| prompt| speedy| "
            + "swift| great| good| kind| excellent| amazing| wonderful| fantastic| awesome| friendly| patient| helpful| and| of you| of your| "
            + "everyone| everyones| hard| constant| continued| immediate| outstanding| help| helping| helping me| helping us| helping out| "
            + "support| supporting me| service| reply| response| replying| responding| answer| answers| assistance| assisting me| work| "
            + "working on this| time| effort| efforts| patience| it| everything| fixing it| fixing this| fixing that| solving it| solving "
            + "this| solution| fix| explanation| advice| info| information| update| letting me know| getting back to me| resolving this| "
            + "resolving it| sorting this out| sorting it out| taking care of it| taking care of this| care| attention| today| fast| much)+)",
        ["{English.Now}"] = "( now| again| fine| perfectly| great| well| smoothly| as expected| like a charm| correctly| for me| on my side)",
        ["{English.Thing}"] =
            "(printer|laptop|computer|pc|login|account|vpn|network|internet|wifi|email|mail|password|screen|phone|website|page|app|software|system|server)",
        ["{English.Good}"] =
            "(great|good|perfect|excellent|awesome|amazing|fantastic|wonderful|brilliant|superb|super|nice|lovely|"
            + "cool|outstanding|incredible|terrific|splendid|marvellous|marvelous|fabulous|top|first "
            + "class|well done|good job|great job|nice job|good work|great work|nice work|the best|perfectly|neat|sweet)",
        ["{English.Praised}"] = "(service|job|work|support|help|team|stuff|assistance|customer service|response|answer|news|solution|as always|as usual)",
        ["{German.Much}"] =
            "( sehr| schon| vielmals| herzlich| herzlichst| ganz| recht| nochmal| nochmals| noch einmal| noch mal| auch| ihnen| euch| dir| "
            + "allen| an alle| an euch| an sie| an das team| ans team| im voraus| wirklich| so| liebes| team| leute| zusammen| tausendmal| "
            + "tausend)",
        ["{German.For}"] =
            "( (fur|furs)( die| das| den| dem| eure| euren| ihre| ihren| deine| deinen| alle| alles| diese| diesen| so| sehr| wirklich| "
            + "super| tolle| toller| tollen| schnelle| schnellen| schneller| prompte| rasche| gute| guten| grosse| grossartige| kompetente| "
            + "freundliche| freundlichen| hervorragende| ausgezeichnete| unkomplizierte| und| hilfe| unterstutzung| support| service| antwort| "
            + "ruckmeldung| bearbeitung| losung| reparatur| erledigung| muhe| muhen| geduld| arbeit| einsatz| zeit| reaktion| erklarung| info| "
            + "information| rasch| info| bemuhungen| lieferung| sache| schnell)+)",
        ["{German.Now}"] =
            "( wieder| jetzt| nun| alles| einwandfrei| super| prima| perfekt| bestens| wunderbar| gut| tadellos| problemlos| bei mir| wie gewunscht)",
        ["{German.Thing}"] =
            "((der|die|das|mein|meine) "
            + "(drucker|laptop|rechner|computer|pc|anmeldung|konto|vpn|netz|netzwerk|internet|wlan|mail|passwort|"
            + "bildschirm|telefon|seite|programm|system|zugang))",
        ["{German.Good}"] =
            "(super|toll|klasse|perfekt|prima|spitze|top|genial|wunderbar|hervorragend|ausgezeichnet|grossartig|fantastisch|exzellent|bestens|gut|sehr "
            + "gut|schon|mega|hammer|cool|einwandfrei|erstklassig|vorbildlich|tolle|toller|guter|klasse|bester|"
            + "beste|ausgezeichneter|hervorragender|schneller|schnelle|perfekte|perfekter|tolles|gutes|freundlicher)",
        ["{German.Praised}"] =
            "(service|arbeit|support|hilfe|team|unterstutzung|leistung|sache|job|gemacht|geklappt|wie immer|gelost|reaktion|antwort|losung)",
        ["{Greek.Much}"] =
            "( πολυ| παρα πολυ| παρα| θερμα| ολουσ| σασ| σε| εσασ| ξανα| και παλι| ειλικρινα| ολη την ομαδα| την ομαδα| εκ των προτερων| απο καρδιασ)",
        ["{Greek.For}"] =
            "( για( την| τη| το| τα| τον| τισ| ολα| ολη| ολην| αμεση| γρηγορη| πολυτιμη| καλη| εξαιρετικη| τελεια| αψογη| αμεσα| γρηγορα| "
            + "και| σασ| βοηθεια| εξυπηρετηση| υποστηριξη| απαντηση| λυση| χρονο| υπομονη| ενημερωση| δουλεια| ανταποκριση| κοπο| συνεργασια| "
            + "επιλυση| προσπαθεια)+)",
        ["{Greek.Good}"] =
            "(τελεια|τελειο|τελειοι|υπεροχα|υπεροχοι|υπεροχο|εξαιρετικα|εξαιρετικη|εξαιρετικοι|φοβεροι|φοβερα|"
            + "φανταστικα|φανταστικη|φανταστικοι|καταπληκτικα|καταπληκτικοι|αψογα|αψογοι|αψογη|ωραια|καλα|πολυ "
            + "καλα|σουπερ|μπραβο|αριστα|αριστη|τοπ)",
        ["{Greek.Praised}"] = "(εξυπηρετηση|δουλεια|υποστηριξη|βοηθεια|σε ολα|ομαδα|ολα)",
        ["{Croatian.Much}"] =
            "( vam| ti| lijepa| lijepo| puno| mnogo| najljepsa| jos jednom| opet| unaprijed| svima| svim kolegama| od srca| vama| tebi| na "
            + "svemu| do neba| beskrajno| i vama| ekipi| timu| cijelom timu| velika| veliko| stvarno)",
        ["{Croatian.For}"] =
            "( (na|za)( svoj| svu| vasu| vasoj| tvojoj| brzoj| brzom| brzu| velikoj| odlicnoj| odlicnom| dobroj| super| trudu| pomoci| "
            + "pomoc| podrsci| podrsku| odgovoru| odgovor| usluzi| uslugu| rjesenju| strpljenju| strpljenje| vremenu| informaciji| svemu| sve| "
            + "brzini| i| reakciji| ljubaznosti| susretljivosti| trud| toj)+)",
        ["{Croatian.Good}"] =
            "(super|odlicno|odlicna|odlicni|savrseno|savrsena|izvrsno|izvrsna|izvrsni|sjajno|sjajna|sjajni|"
            + "fenomenalno|fantasticno|fantasticna|fantasticni|prekrasno|top|vrhunski|vrhunska|vrhunsko|genijalno|krasno|dobro|jako "
            + "dobro|vrlo dobro|lijepo|bravo|svaka cast|cool|najbolje)",
        ["{Croatian.Praised}"] = "(usluga|posao|podrska|pomoc|tim|ekipa|obavljeno|odradeno|rijeseno|kao i uvijek)",
    };

    private static readonly PhraseBook Phrases = new([.. Thanks.Select(Filled)], [.. Pleasantries.Append("and|und|και|i").Select(Filled)]);

    /// <summary>What thumbs, hearts and faces say thanks, and what may stand beside it.</summary>
    private static readonly HashSet<int> Cheerful =
    [
        .. "👍👏🙏🙌👌💪🤝✌🤗😀😃😄😁😊🙂😉😍🥰😘☺😎🤩🥳🎉🎊🌟⭐✨💯❤🧡💛💚💙💜🤍💖💕💐🌹🌻🌸🍀🚀✅✔☀🏆🥇".EnumerateRunes().Select(rune => rune.Value),
        0xFE0F, // "as a picture"
        0x200D,
        .. Enumerable.Range(0x1F3FB, 5), // shades of skin
    ];

    private static readonly HashSet<int> ThanksByThemselves = [.. "👍🙏".EnumerateRunes().Select(rune => rune.Value)];

    private static readonly string[] Smileys = [":-)", ":)", ";-)", ";)", ":-D", ":D", "=)", "<3", "^^", "(:", "xD"];

    /// <summary>What is never a name here, whatever somebody is called.</summary>
    private static readonly HashSet<string> NeverNames = new(StringComparer.Ordinal)
    {
        "but",
        "not",
        "no",
        "nothing",
        "never",
        "aber",
        "nein",
        "nicht",
        "nichts",
        "doch",
        "αλλα",
        "ομωσ",
        "δεν",
        "οχι",
        "τιποτα",
        "ali",
        "ne",
        "nije",
        "nista",
    };

    /// <summary>Whether a text says thanks and nothing that has to be read.</summary>
    /// <param name="names">Names that may be said in it, such as the requester's own below the words.</param>
    public static bool IsAll(string text, params IReadOnlyList<string?> names)
    {
        if (text.Length > MostLetters)
            return false;
        foreach (var smiley in Smileys)
            text = text.Replace(smiley, " ", StringComparison.Ordinal);
        var cheered = false;
        var words = PhraseBook.Words(
            text,
            (rune, last) =>
            {
                cheered |= ThanksByThemselves.Contains(rune.Value);
                // Three dots leave something unsaid.
                return Cheerful.Contains(rune.Value)
                    || (Punctuation.Contains(rune.ToString(), StringComparison.Ordinal) && !(rune.Value == '.' && last.Value == '.'));
            }
        );
        if (words is null)
            return false;
        var known = names
            .OfType<string>()
            .SelectMany(name => PhraseBook.Words(name, (_, _) => true)!)
            .Where(name => name.Length > 1 && !NeverNames.Contains(name))
            .ToHashSet(StringComparer.Ordinal);
        return Phrases.Covers([.. words.Where(word => !known.Contains(word) || Phrases.Knows(word))], cheered);
    }

    private static string Filled(string phrase)
    {
        foreach (var (name, words) in Parts)
            phrase = phrase.Replace(name, words, StringComparison.Ordinal);
        return phrase;
    }
}
