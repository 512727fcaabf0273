using Helpdesk.Bot.Conversations;
using Helpdesk.Sla;

namespace Helpdesk.Bot.Tests.Conversations;

public sealed class OpeningHoursTextTests
{
    [Theory]
    [InlineData("What are your opening hours?")]
    [InlineData("what are your hours")]
    [InlineData("Opening hours?")]
    [InlineData("When are you open?")]
    [InlineData("Hi, when are you open on weekends?")]
    [InlineData("Until when is somebody there?")]
    [InlineData("Are you open on Saturday?")]
    [InlineData("When can I call you?")]
    [InlineData("Can you tell me what your opening hours are?")]
    [InlineData("Wie sind Ihre Öffnungszeiten?")]
    [InlineData("Öffnungszeiten")]
    [InlineData("Wann haben Sie geöffnet?")]
    [InlineData("Hallo, wann seid ihr da?")]
    [InlineData("Haben Sie am Samstag geöffnet?")]
    [InlineData("Bis wann ist jemand erreichbar?")]
    [InlineData("Welche Öffnungszeiten haben Sie?")]
    [InlineData("Ποιο είναι το ωράριό σας;")]
    [InlineData("Ωράριο λειτουργίας")]
    [InlineData("Πότε είστε ανοιχτά;")]
    [InlineData("Καλημέρα, μέχρι τι ώρα είστε ανοιχτά σήμερα;")]
    [InlineData("Τι ώρες λειτουργείτε;")]
    [InlineData("Koje je vaše radno vrijeme?")]
    [InlineData("Radno vrijeme")]
    [InlineData("Kada radite?")]
    [InlineData("Dobar dan, do kada radite danas?")]
    [InlineData("Radite li subotom?")]
    public void The_question_is_understood(string text) => Assert.True(Texts.IsAbout(Texts.Topic.Hours, text));

    [Theory]
    [InlineData("The opening hours on your website are wrong")]
    [InlineData("When are you going to fix the printer?")]
    [InlineData("The door does not open")]
    [InlineData("Opening hours do not show in the app")]
    [InlineData("Are you there? The printer is on fire")]
    [InlineData("Die Öffnungszeiten auf der Seite stimmen nicht")]
    [InlineData("Wann kommt der Techniker?")]
    [InlineData("Wann ist mein Laptop da?")]
    [InlineData("Το ωράριο στη σελίδα είναι λάθος")]
    [InlineData("Πότε θα έρθει ο τεχνικός;")]
    [InlineData("Radno vrijeme na stranici nije točno")]
    [InlineData("Kada dolazi tehničar?")]
    public void Anything_more_is_for_the_desk(string text) => Assert.False(Texts.IsAbout(Texts.Topic.Hours, text));

    [Theory]
    [InlineData("I need help")]
    [InlineData("Help me please!")]
    [InlineData("Hi, I have a problem.")]
    [InlineData("Can someone help me?")]
    [InlineData("I have a quick question")]
    [InlineData("Something is wrong")]
    [InlineData("Ich brauche Hilfe")]
    [InlineData("Hallo, können Sie mir bitte helfen?")]
    [InlineData("Ich habe ein Problem")]
    [InlineData("Guten Tag, ich hätte… ich habe eine Frage")]
    [InlineData("Χρειάζομαι βοήθεια")]
    [InlineData("Γεια σας, έχω ένα πρόβλημα")]
    [InlineData("Μπορείτε να με βοηθήσετε;")]
    [InlineData("Trebam pomoć")]
    [InlineData("Dobar dan, imam problem")]
    [InlineData("Možete li mi pomoći?")]
    public void A_call_for_help_says_nothing_of_what_is_wrong(string text) =>
        Assert.Equal(!text.Contains("hätte", StringComparison.Ordinal), Texts.IsAbout(Texts.Topic.Help, text));

    [Theory]
    [InlineData("I need help with the printer")]
    [InlineData("I have a problem with my laptop")]
    [InlineData("Hello, the printer is on fire")]
    [InlineData("I need a new laptop")]
    [InlineData("Ich brauche einen neuen Laptop")]
    [InlineData("Ich habe ein Problem mit dem Drucker")]
    [InlineData("Χρειάζομαι νέο υπολογιστή")]
    [InlineData("Imam problem s pisačem")]
    public void Whoever_says_with_what_gets_a_ticket(string text) => Assert.False(Texts.IsAbout(Texts.Topic.Help, text));

    [Fact]
    public void Days_hours_zone_and_holidays_are_in_the_persons_words()
    {
        var times = At("2026-12-22T08:30:00Z");
        Assert.Equal(
            "Our opening hours (Europe/Berlin):\nMon–Thu: 08:00–12:00, 13:00–17:00\nFri: 08:00–12:00\nSat–Sun: closed\nComing up:\nThu, 24 "
                + "December: 09:00–12:00\n"
                + "Fri, 25 December: closed\nWe are open now and close today at 12:00.",
            OpeningHoursText.Of(times, Texts.For("en"))
        );
        Assert.Equal(
            "Unsere Öffnungszeiten (Europe/Berlin):\nMo–Do: 08:00–12:00, 13:00–17:00\nFr: 08:00–12:00\nSa–So: geschlossen\nDemnächst:\nDo, "
                + "24. Dezember: 09:00–12:00\n"
                + "Fr, 25. Dezember: geschlossen\nWir haben gerade geöffnet und schließen heute um 12:00 Uhr.",
            OpeningHoursText.Of(times, Texts.For("de"))
        );
        Assert.Contains("Πέμ, 24 Δεκεμβρίου: 09:00–12:00", OpeningHoursText.Of(times, Texts.For("el")), StringComparison.Ordinal);
        Assert.Contains("čet, 24. prosinca: 09:00–12:00", OpeningHoursText.Of(times, Texts.For("hr")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("en", "2026-12-22T17:00:00Z", "Nobody is there at the moment; we are back tomorrow at 08:00 (Europe/Berlin).")]
    [InlineData("en", "2026-12-24T17:00:00Z", "Nobody is there at the moment; we are back on Monday at 08:00 (Europe/Berlin).")]
    [InlineData("de", "2026-12-24T17:00:00Z", "Im Moment ist niemand da; wir sind am Montag um 08:00 Uhr wieder da (Europe/Berlin).")]
    [InlineData("el", "2026-12-24T17:00:00Z", "Αυτή τη στιγμή δεν είναι κανείς εδώ· επιστρέφουμε τη Δευτέρα στις 08:00 (Europe/Berlin).")]
    [InlineData("hr", "2026-12-24T17:00:00Z", "Trenutačno nema nikoga; vraćamo se u ponedjeljak u 08:00 (Europe/Berlin).")]
    public void When_somebody_is_back_is_said_as_people_say_it(string language, string now, string said) =>
        Assert.Equal(said, OpeningHoursText.WhosThere(At(now), Texts.For(language)));

    [Theory]
    [InlineData(1, "5 minutes")]
    [InlineData(23, "25 minutes")]
    [InlineData(90, "90 minutes")]
    [InlineData(91, "2 hours")]
    [InlineData(48 * 60, "48 hours")]
    [InlineData(49 * 60, "3 days")]
    public void Lengths_are_round(int minutes, string said) => Assert.Equal(said, OpeningHoursText.Length(TimeSpan.FromMinutes(minutes), Texts.For("en")));

    [Fact]
    public void A_desk_that_never_closes_or_never_opens_says_so()
    {
        Assert.Equal(Texts.For("en")["hours.always"], OpeningHoursText.Of(Calendar(_ => [new(0, OpeningHours.Day)]), Texts.For("en")));
        Assert.Equal(Texts.For("en")["hours.none"], OpeningHoursText.Of(Calendar(_ => []), Texts.For("en")));
    }

    private static OpeningTimes Calendar(Func<int, IReadOnlyList<OpeningHours>> hours) =>
        new BusinessCalendar(new() { TimeZone = "Etc/UTC", Week = [.. Enumerable.Range(0, 7).Select(hours)] }).Times(DateTimeOffset.UnixEpoch);

    private static OpeningTimes At(string now)
    {
        OpeningHours morning = new(8 * 3600, 12 * 3600),
            afternoon = new(13 * 3600, 17 * 3600);
        return new BusinessCalendar(
            new()
            {
                TimeZone = "Europe/Berlin",
                Week =
                [
                    .. Enumerable
                        .Range(0, 7)
                        .Select(day =>
                            (IReadOnlyList<OpeningHours>)(
                                day switch
                                {
                                    < 4 => [morning, afternoon],
                                    4 => [morning],
                                    _ => [],
                                }
                            )
                        ),
                ],
                Holidays = [new(2026, 12, 25)],
                Overrides = new Dictionary<DateOnly, IReadOnlyList<OpeningHours>> { [new(2026, 12, 24)] = [new(9 * 3600, 12 * 3600)] },
            }
        ).Times(DateTimeOffset.Parse(now));
    }
}
