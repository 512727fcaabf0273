namespace Helpdesk.Contacts;

/// <summary>A company or department that contacts belong to, by the domains of their e-mail addresses.</summary>
public sealed record Organisation
{
    public required string Id { get; init; }
    public required string Workspace { get; init; }
    public required string Name { get; init; }

    /// <summary>Domains in lower case, such as <c>example.com</c>. Each belongs to one organisation; subdomains are domains of their own.</summary>
    public IReadOnlyList<string> Domains { get; init; } = [];
    public string? Notes { get; init; }
    public bool Vip { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset UpdatedAt { get; init; }
    public long Version { get; init; } = 1;
}

/// <summary>Which domains can be those of an organisation.</summary>
public static class Domains
{
    public const int Limit = 50;

    /// <summary>Domains under which anybody can have an address: who shares one has nothing else in common.</summary>
    private static readonly HashSet<string> Public = new(
        (
            "gmail.com googlemail.com outlook.com outlook.de outlook.com.gr hotmail.com hotmail.de hotmail.co.uk hotmail.fr hotmail.it hotmail.es hotmail.gr "
            + "live.com live.de live.co.uk live.fr msn.com passport.com windowslive.com yahoo.com yahoo.de yahoo.co.uk yahoo.fr yahoo.it yahoo.es yahoo.gr "
            + "yahoo.co.jp yahoo.co.in yahoo.com.br ymail.com rocketmail.com icloud.com me.com mac.com aol.com aol.de aim.com gmx.de gmx.net gmx.at gmx.ch "
            + "gmx.com gmx.org web.de t-online.de freenet.de arcor.de posteo.de mailbox.org email.de online.de vodafone.de 1und1.de proton.me protonmail.com "
            + "pm.me tutanota.com tutanota.de tuta.io tuta.com fastmail.com fastmail.fm hey.com zoho.com mail.com email.com usa.com inbox.com hushmail.com "
            + "yandex.ru yandex.com ya.ru mail.ru bk.ru list.ru inbox.ru rambler.ru ukr.net i.ua qq.com foxmail.com 163.com 126.com "
            + "yeah.net sina.com sohu.com "
            + "naver.com daum.net hanmail.net seznam.cz centrum.cz email.cz wp.pl o2.pl onet.pl interia.pl op.pl libero.it virgilio.it tiscali.it alice.it "
            + "orange.fr wanadoo.fr free.fr laposte.net sfr.fr bbox.fr skynet.be telenet.be ziggo.nl kpnmail.nl xs4all.nl bluewin.ch "
            + "hispeed.ch a1.net chello.at "
            + "aon.at net.hr inet.hr vip.hr t-com.hr zg.t-com.hr otenet.gr forthnet.gr hol.gr in.gr freemail.gr freemail.hu citromail.hu abv.bg mail.bg "
            + "comcast.net verizon.net att.net sbcglobal.net bellsouth.net cox.net btinternet.com sky.com virginmedia.com talktalk.net bigpond.com uol.com.br "
            + "bol.com.br terra.com.br rediffmail.com mailinator.com guerrillamail.com 10minutemail.com yopmail.com"
        ).Split(' '),
        StringComparer.OrdinalIgnoreCase
    );

    /// <summary>Whether anybody can have an address of a domain.</summary>
    public static bool IsPublic(string domain) => Public.Contains(domain);

    /// <summary>What is wrong with a text as the domain of an organisation; null for nothing.</summary>
    public static string? Problem(string domain)
    {
        ArgumentNullException.ThrowIfNull(domain);
        if (
            domain.Length > 253
            || !domain.Contains('.', StringComparison.Ordinal)
            || domain.Split('.').Any(label => label.Length is 0 or > 63 || label[0] == '-' || label[^1] == '-' || !label.All(IsDomainLetter))
        )
            return $"contains \"{domain}\", which is no domain: write it like example.com.";
        return IsPublic(domain)
            ? $"contains \"{domain}\", where anybody can have an address: set the organisation of these contacts one by one instead."
            : null;
    }

    private static bool IsDomainLetter(char letter) => letter == '-' || char.IsLetterOrDigit(letter);
}
