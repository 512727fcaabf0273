using Helpdesk.Sla;
using Helpdesk.Tickets;

namespace Helpdesk.Tests.Tickets;

/// <summary>What people write below a solution: a line each, in the words that they use.</summary>
public sealed class GratitudeTests
{
    private const string EnglishThanks = """
        Thanks
        thanks!
        THANKS!!!
        Thank you
        Thank you.
        Thank you!
        Thank you so much!
        Thank you so much, great service!
        Thank you very much
        Thanks a lot
        Thanks a lot for your help!
        Thanks a million
        Many thanks
        Many thanks for the quick reply.
        Great, thanks!
        Perfect, thank you!
        Awesome, thanks a lot
        Ok thanks
        Okay, thank you
        Thx
        thx a lot
        ty!
        Cheers
        Cheers, mate
        Thanks again!
        Thanks for your help
        Thanks for all your help and patience!
        Thank you for the quick response
        Thank you all for the amazing support
        Thanks everyone
        Thanks team, you rock!
        Thank you, you are the best!
        You're the best, thank you
        It works now, thanks!
        Thanks, it works perfectly now
        Thanks, that fixed it!
        That did the trick, thank you
        Problem solved, thanks
        The issue is resolved. Thank you!
        I really appreciate your help. Thanks!
        Much appreciated!
        Thank you, much appreciated.
        Thanks 👍
        👍
        Thank you 🙏❤️
        Thanks :)
        Thank you!\n\nBest regards\nRita
        Hi Anna,\n\nthank you for the quick help!\n\nKind regards,\nRita Meyer
        Thanks, Anna
        Hello, thanks, have a nice day!
        Thanks, and have a great weekend
        It’s working now. Thanks!
        Thank you for fixing it so quickly
        Excellent work, thank you!
        "Thank you!"
        We are very grateful for your help.
        """;

    private const string EnglishWork = """
        thanks?
        Thanks, but it still fails
        thanks but no thanks
        thanks for nothing
        Thanks for nothing!
        Thanks a lot for breaking it
        Thanks...
        thanks…
        No thanks
        Thanks, not
        Thank you, and when does it arrive?
        Thanks! Can you also check the second printer?
        Thanks, one more question
        Thanks. One more thing: the scanner
        Thank you, however the fan is loud
        Thanks, will try tomorrow
        Thanks, I hope it works
        Thanks, I will test it and come back to you
        It still does not work
        It doesn't work, thanks
        It works now, but slowly. Thanks
        It worked once, thanks
        Thanks, it works on the laptop only
        Thank you, please reopen
        Please help, thanks
        Thanks in advance
        Help! Thanks
        Not fixed. Thank you
        Thank you for your reply. The problem persists.
        Thank you for your help, the problem is back
        thanks, same problem again
        Thanks, now the screen is black
        Thanks for the 3 days without a printer
        Thanks 👎
        Thanks 😡
        Thanks :(
        👎
        Great
        Perfect.
        ok
        great service
        Great, now it is worse
        Is it fixed?
        Thanks, see https://example.com/picture
        Thanks, my number is 0123
        Thanks; it fails
        The best regards are those that come with a working printer
        Thank you but
        What does thank you mean here
        I would thank you to fix it
        Thanks, printer
        Thanks for the help, but the light is red
        """;

    private const string GermanThanks = """
        Danke
        danke!
        DANKE!!
        Dankeschön
        Danke schön!
        Danke sehr
        Vielen Dank
        Vielen Dank!
        Vielen lieben Dank!
        Vielen herzlichen Dank
        Herzlichen Dank
        Besten Dank
        Tausend Dank!
        Tausend Dank für die schnelle Hilfe!
        Super, danke!
        Super danke euch
        Perfekt, danke
        Toll, vielen Dank!
        Klasse, danke!
        Prima, besten Dank
        Alles klar, danke
        Ok, danke
        Okay danke!
        Danke Ihnen
        Danke euch!
        Danke dir
        Ich danke Ihnen
        Ich bedanke mich herzlich
        Wir danken Ihnen für die schnelle Lösung
        Danke für die Hilfe
        Danke für die schnelle Hilfe!
        Danke für die tolle Unterstützung
        Vielen Dank für Ihre Mühe
        Vielen Dank für die schnelle Bearbeitung.
        Vielen Dank für den super Service!
        Danke, es funktioniert wieder
        Funktioniert wieder, danke!
        Jetzt geht es wieder. Danke!
        Danke, alles bestens
        Danke, läuft wieder!
        Mein Drucker geht wieder, danke!
        Problem gelöst, danke
        Das hat geholfen, danke!
        Danke nochmals
        Nochmals vielen Dank!
        Danke, ihr seid die Besten!
        Danke 👍
        Danke :-)
        Merci!
        Vielen Dank\n\nMit freundlichen Grüßen\nRita Meyer
        Hallo Anna,\nvielen Dank!\nViele Grüße\nRita
        Danke und schönes Wochenende!
        Danke, schönen Tag noch!
        Danke, lg
        Grossartig, danke!
        Sehr guter Service, vielen Dank!
        """;

    private const string GermanWork = """
        Danke, aber es geht immer noch nicht
        Danke, aber …
        danke aber nein
        Danke?
        Danke für nichts
        Danke für gar nichts!
        Nein danke
        Danke nein
        Danke...
        Danke, und wann kommt der Techniker?
        Danke! Können Sie noch den zweiten Drucker prüfen?
        Danke, noch eine Frage
        Vielen Dank, leider besteht das Problem weiterhin
        Vielen Dank für Ihre Antwort. Das Problem besteht weiterhin.
        Danke, geht nicht
        Danke, funktioniert nicht
        Danke, funktioniert leider nicht
        Es funktioniert nicht, danke
        Danke, ich probiere es morgen
        Danke, ich melde mich
        Danke, dann warte ich mal
        Danke, jetzt ist der Bildschirm schwarz
        Danke, Drucker druckt nicht
        Danke Fehler
        Danke, Problem
        Bitte helfen, danke
        Hilfe! Danke
        Danke, nur am Laptop
        Danke, ging kurz
        Danke, es geht nur manchmal
        Danke, bitte wieder öffnen
        Danke, das war wohl nichts
        Danke, bin trotzdem sauer
        Toller Service, danke für 3 Tage ohne Drucker
        Danke 👎
        Danke 😡
        Super
        Perfekt
        ok
        Alles klar
        Super Service
        Ist es gelöst?
        Danke, siehe https://example.com
        Danke, meine Nummer ist 0123
        Mein Dank gilt allen außer euch
        Danke, dass es wieder kaputt ist
        Wofür danke
        Danke; es geht nicht
        """;

    private const string GreekThanks = """
        Ευχαριστώ
        ευχαριστω
        ΕΥΧΑΡΙΣΤΩ!
        Ευχαριστώ!
        Ευχαριστώ πολύ
        Ευχαριστώ πολύ!
        Ευχαριστώ πάρα πολύ
        Σας ευχαριστώ
        Σας ευχαριστώ πολύ!
        Σας ευχαριστούμε
        Σας ευχαριστούμε πολύ
        Ευχαριστούμε!
        Ευχαριστούμε πολύ για όλα
        Ευχαριστώ για τη βοήθεια
        Ευχαριστώ για τη βοήθεια!
        Ευχαριστώ πολύ για τη βοήθεια
        Ευχαριστώ για την άμεση εξυπηρέτηση!
        Ευχαριστώ για την άμεση ανταπόκριση
        Ευχαριστώ για τη γρήγορη απάντηση
        Ευχαριστώ για τον χρόνο σας
        Σε ευχαριστώ
        Σ' ευχαριστώ
        Τέλεια, ευχαριστώ!
        Τέλεια! Ευχαριστώ πολύ!
        Υπέροχα, ευχαριστώ
        Ωραία, ευχαριστώ
        Εντάξει, ευχαριστώ
        ΟΚ, ευχαριστώ
        Πολύ καλά, ευχαριστώ
        Λειτουργεί τώρα, ευχαριστώ!
        Τώρα λειτουργεί. Ευχαριστώ!
        Όλα λειτουργούν, ευχαριστώ
        Λύθηκε, ευχαριστώ!
        Το πρόβλημα λύθηκε. Σας ευχαριστώ
        Δουλεύει τέλεια, ευχαριστώ!
        Χίλια ευχαριστώ
        Πολλές ευχαριστίες
        Να είστε καλά!
        Να 'στε καλά
        Ευχαριστώ, να είστε καλά
        Μπράβο σας, ευχαριστώ!
        Είστε φανταστικοί, ευχαριστώ!
        Εξαιρετική εξυπηρέτηση, ευχαριστώ!
        Ευχαριστώ 🙏
        Ευχαριστώ :)
        Ευχαριστώ, καλή συνέχεια
        Ευχαριστώ και καλό σαββατοκύριακο!
        Καλημέρα, ευχαριστώ πολύ
        Ευχαριστώ πολύ\n\nΜε εκτίμηση\nRita
        Ευχαριστώ και πάλι
        """;

    private const string GreekWork = """
        Ευχαριστώ, αλλά δεν λειτουργεί
        Ευχαριστώ αλλά ακόμα τίποτα
        Ευχαριστώ;
        Ευχαριστώ?
        Ευχαριστώ για το τίποτα
        Όχι, ευχαριστώ
        Όχι ευχαριστώ
        Ευχαριστώ…
        Ευχαριστώ...
        Ευχαριστώ, πότε θα έρθει ο τεχνικός;
        Ευχαριστώ! Μπορείτε να δείτε και τον δεύτερο εκτυπωτή;
        Ευχαριστώ, μία ερώτηση ακόμη
        Ευχαριστώ, όμως ο ανεμιστήρας κάνει θόρυβο
        Ευχαριστώ, δεν λύθηκε
        Δεν λύθηκε, ευχαριστώ
        Δεν λειτουργεί, ευχαριστώ
        Ευχαριστώ, δυστυχώς το πρόβλημα παραμένει
        Ευχαριστώ για την απάντηση. Το πρόβλημα παραμένει.
        Ευχαριστώ, θα δοκιμάσω αύριο
        Ευχαριστώ, θα σας ενημερώσω
        Ευχαριστώ, τώρα η οθόνη είναι μαύρη
        Ευχαριστώ, λειτουργεί μόνο στο laptop
        Ευχαριστώ, λειτουργεί μερικές φορές
        Βοήθεια! Ευχαριστώ
        Παρακαλώ βοηθήστε, ευχαριστώ
        Ευχαριστώ, ο εκτυπωτής
        Ευχαριστώ, ανοίξτε το ξανά παρακαλώ
        Ευχαριστώ 👎
        Ευχαριστώ 😡
        Ευχαριστώ :(
        Τέλεια
        Εντάξει
        Καλημέρα
        Λύθηκε;
        Λειτουργεί;
        Λειτουργεί, αλλά αργά
        Ευχαριστώ, το τηλέφωνό μου είναι 210
        Ευχαριστώ, δείτε https://example.com
        Ευχαριστώ που το χαλάσατε
        Ωραία εξυπηρέτηση
        Ευχαριστώ για τις 3 ημέρες χωρίς εκτυπωτή
        Τώρα δεν λειτουργεί τίποτα, ευχαριστώ
        """;

    private const string CroatianThanks = """
        Hvala
        hvala!
        HVALA
        Hvala vam
        Hvala ti
        Hvala lijepa
        Hvala lijepo!
        Hvala puno
        Hvala vam puno!
        Puno hvala
        Puno vam hvala!
        Mnogo hvala
        Najljepša hvala
        Zahvaljujem
        Zahvaljujem na pomoći
        Zahvaljujem se
        Zahvaljujemo na brzom odgovoru
        Hvala na pomoći
        Hvala na pomoći!
        Hvala vam na pomoći
        Hvala na brzoj pomoći
        Hvala na brzom odgovoru
        Hvala vam na brzoj reakciji
        Hvala na strpljenju
        Hvala na svemu
        Hvala na trudu
        Super, hvala!
        Super hvala
        Odlično, hvala
        Odlično! Hvala vam!
        Savršeno, hvala
        Ok, hvala
        U redu, hvala
        Sada radi, hvala!
        Sve radi, hvala
        Radi sada, hvala vam
        Hvala, sve radi!
        Hvala, sada sve radi odlično
        Riješeno, hvala
        Problem riješen, hvala!
        Hvala još jednom
        Još jednom hvala!
        Hvala od srca
        Hvala, najbolji ste!
        Hvala, svaka čast!
        Bravo, hvala!
        Hvala 👍
        Hvala :)
        Hvala, ugodan dan!
        Hvala i ugodan vikend!
        Hvala, lp
        Poštovani,\nhvala na pomoći.\nLijep pozdrav\nRita
        Dobar dan, hvala vam
        Fala!
        """;

    private const string CroatianWork = """
        Hvala, ali i dalje ne radi
        Hvala, ali …
        Hvala ali ne
        Hvala?
        Hvala za ništa
        Hvala na ničemu
        Ne, hvala
        Ne hvala
        Hvala...
        Hvala…
        Hvala, kada dolazi tehničar?
        Hvala! Možete li provjeriti i drugi pisač?
        Hvala, još jedno pitanje
        Hvala, međutim ventilator je glasan
        Hvala, nije riješeno
        Nije riješeno, hvala
        Ne radi, hvala
        Hvala, ne radi
        Hvala, nažalost problem je i dalje tu
        Hvala na odgovoru. Problem i dalje postoji.
        Hvala, probat ću sutra
        Hvala, javit ću se
        Hvala, sada je ekran crn
        Hvala, radi samo na laptopu
        Hvala, radi ponekad
        Hvala, radi sporo
        Pomoć! Hvala
        Molim pomoć, hvala
        Hvala, pisač
        Hvala, molim ponovno otvorite
        Hvala 👎
        Hvala 😡
        Hvala :(
        Super
        Odlično
        ok
        U redu
        Radi li?
        Je li riješeno?
        Radi, ali sporo
        Hvala, moj broj je 091
        Hvala, vidi https://example.com
        Hvala što ste pokvarili
        Super usluga
        Hvala za 3 dana bez pisača
        Sada ništa ne radi, hvala
        Hvala, opet isti problem
        """;

    public static TheoryData<string> OnlyThanks => [.. Lines(EnglishThanks, GermanThanks, GreekThanks, CroatianThanks)];

    public static TheoryData<string> MoreThanThanks => [.. Lines(EnglishWork, GermanWork, GreekWork, CroatianWork)];

    [Theory]
    [MemberData(nameof(OnlyThanks))]
    public void Thanks_leave_a_resolved_ticket_as_it_is_and_the_words_are_kept(string words)
    {
        var resolved = Desk.TicketThatIs(TicketStatus.Resolved) with { Assignee = "anna" };
        var change = TicketRules.Comment(resolved, words, CommentVisibility.Public, Requester, Desk.Nine);
        Assert.Equal(TicketStatus.Resolved, change.Ticket.Status);
        Assert.True(((CommentAdded)Assert.Single(change.Events).Fact).OnlyThanks);
        Assert.Equal(words, change.Comment!.Body);
    }

    [Theory]
    [MemberData(nameof(MoreThanThanks))]
    public void Whatever_may_be_more_than_thanks_reopens(string words)
    {
        var change = TicketRules.Comment(Desk.TicketThatIs(TicketStatus.Resolved), words, CommentVisibility.Public, Requester, Desk.Nine);
        Assert.Equal(TicketStatus.Open, change.Ticket.Status);
        Assert.Null(((CommentAdded)change.Events[0].Fact).OnlyThanks);
    }

    [Fact]
    public void The_corpus_has_forty_lines_of_each_kind_in_each_language() =>
        Assert.All(
            [EnglishThanks, EnglishWork, GermanThanks, GermanWork, GreekThanks, GreekWork, CroatianThanks, CroatianWork],
            lines => Assert.InRange(Lines(lines).Count(), 40, 100)
        );

    [Theory]
    [InlineData(TicketStatus.Pending)]
    [InlineData(TicketStatus.OnHold)]
    public void Thanks_for_what_waits_are_an_answer(TicketStatus status) =>
        Assert.Equal(
            TicketStatus.Open,
            TicketRules.Comment(Desk.TicketThatIs(status), "Thanks!", CommentVisibility.Public, Requester, Desk.Nine).Ticket.Status
        );

    [Fact]
    public void A_file_is_more_than_thanks() =>
        Assert.Equal(
            TicketStatus.Open,
            TicketRules
                .Comment(
                    Desk.TicketThatIs(TicketStatus.Resolved),
                    "Thanks!",
                    CommentVisibility.Public,
                    Requester,
                    Desk.Nine,
                    [new("f1", "fire.png", "image/png", 70)]
                )
                .Ticket.Status
        );

    [Theory]
    [InlineData("Thanks, Rita", true)]
    [InlineData("Thanks, Bob", false)]
    [InlineData("Danke, Rita Meyer", true)]
    public void Only_names_that_are_known_are_names(string words, bool thanks) => Assert.Equal(thanks, Gratitude.IsAll(words, "Rita Meyer", "anna"));

    [Theory]
    [InlineData("Thanks, but", "But")]
    [InlineData("Danke, nicht", "Nicht")]
    [InlineData("Hvala, ali", "Ali Ne")]
    public void No_name_turns_a_complaint_into_thanks(string words, string name) => Assert.False(Gratitude.IsAll(words, name));

    [Fact]
    public void However_long_and_odd_a_text_is_it_is_read_at_once()
    {
        Assert.False(Gratitude.IsAll(string.Concat(Enumerable.Repeat("thanks for the ", 100_000))));
        Assert.False(Gratitude.IsAll(string.Concat(Enumerable.Repeat("thanks for the ", 26)) + "x"));
        Assert.False(Gratitude.IsAll("\uD83D thanks"));
        Assert.False(Gratitude.IsAll(""));
        Assert.False(Gratitude.IsAll(" \n "));
    }

    [Fact]
    public void Nobody_is_promised_a_reply_to_thanks()
    {
        static bool Asks(TicketStatus status, string words) =>
            TicketRules
                .Comment(Desk.TicketThatIs(status), words, CommentVisibility.Public, Requester, Desk.Nine)
                .Events.SelectMany(happened => TicketSlaRules.ToSla(happened, null!))
                .OfType<SlaCommentAdded>()
                .Any();
        Assert.False(Asks(TicketStatus.Resolved, "Thanks!"));
        Assert.True(Asks(TicketStatus.Resolved, "Thanks?"));
        Assert.True(Asks(TicketStatus.Open, "Thanks!"));
    }

    private static Actor Requester => new(ActorKind.Requester, "rita@example.com", "Rita Meyer");

    private static IEnumerable<string> Lines(params string[] texts) =>
        texts.SelectMany(text => text.Split('\n', StringSplitOptions.RemoveEmptyEntries)).Select(line => line.Replace("\\n", "\n", StringComparison.Ordinal));
}
