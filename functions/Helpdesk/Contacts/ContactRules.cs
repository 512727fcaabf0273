namespace Helpdesk.Contacts;

/// <summary>The rules of contacts: what the desk learns of people, what merging leaves, and by what they are found.</summary>
public static class ContactRules
{
    public const int MostEmails = 20;
    public const int MostPhones = 10;

    /// <summary>The newest so many identities are kept: each web chat is one.</summary>
    public const int MostIdentities = 30;

    /// <summary>The languages that the desk speaks.</summary>
    public static IReadOnlyList<string> Languages { get; } = ["en", "de", "hr", "el"];

    /// <summary>The language of the desk that a locale such as <c>de-AT</c> stands for; null for another one.</summary>
    public static string? LanguageOf(string? locale) =>
        locale is null ? null : Languages.FirstOrDefault(one => string.Equals(one, locale.Split('-', '_')[0], StringComparison.OrdinalIgnoreCase));

    /// <summary>A new contact of somebody who has turned up.</summary>
    public static Contact Begin(string id, string workspace, Sighting seen, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(seen);
        return new()
        {
            Id = id,
            Workspace = workspace,
            Name = NameOf(seen),
            Emails = seen.Email is { } email ? [email.ToLowerInvariant()] : [],
            Phones = seen.Phone is { } phone ? [phone] : [],
            Identities = [.. (seen.Identities ?? []).TakeLast(MostIdentities)],
            Language = LanguageOf(seen.Language),
            CreatedAt = now,
            UpdatedAt = now,
        };
    }

    /// <summary>A contact after they have turned up: what was not known is filled in, and nothing that was is replaced.</summary>
    /// <returns>The same contact when there is nothing new.</returns>
    public static Contact Learn(Contact contact, Sighting seen)
    {
        ArgumentNullException.ThrowIfNull(contact);
        ArgumentNullException.ThrowIfNull(seen);
        if (contact.CancelledAt is not null || contact.ErasedAt is not null)
            return contact;
        var learned = contact;
        if (contact.Name is null && NameOf(seen) is { } name)
            learned = learned with { Name = name };
        if (contact.Language is null && LanguageOf(seen.Language) is { } language)
            learned = learned with { Language = language };
        if (seen.Email?.ToLowerInvariant() is { } email && !contact.Emails.Contains(email, StringComparer.Ordinal) && contact.Emails.Count < MostEmails)
            learned = learned with { Emails = [.. contact.Emails, email], Heard = contact.Emails.Count > 0 ? [.. contact.Heard ?? [], email] : contact.Heard };
        if (seen.Phone is { } phone && !contact.Phones.Contains(phone, StringComparer.Ordinal) && contact.Phones.Count < MostPhones)
            learned = learned with { Phones = [.. contact.Phones, phone] };
        if ((seen.Identities ?? []).Except(contact.Identities).ToList() is { Count: > 0 } fresh)
            learned = learned with { Identities = [.. contact.Identities.Concat(fresh).TakeLast(MostIdentities)] };
        return learned;
    }

    /// <summary>The contact that goes on after another one was merged into it: it keeps what it has and takes what it lacks.</summary>
    /// <remarks>Merging the same one again changes nothing.</remarks>
    public static Contact Merge(Contact into, Contact from)
    {
        ArgumentNullException.ThrowIfNull(into);
        ArgumentNullException.ThrowIfNull(from);
        if (into.Merged?.Contains(from.Id, StringComparer.Ordinal) == true)
            return into;
        var notes = string.Join("\n\n", new[] { into.Notes, from.Notes }.Where(one => !string.IsNullOrEmpty(one)).Distinct(StringComparer.Ordinal));
        return into with
        {
            Name = into.Name ?? from.Name,
            Emails = [.. into.Emails.Union(from.Emails, StringComparer.Ordinal)],
            Heard = HeardOf([.. into.Heard ?? [], .. from.Heard ?? []], into.Emails.Union(from.Emails, StringComparer.Ordinal)),
            Phones = [.. into.Phones.Union(from.Phones, StringComparer.Ordinal)],
            Identities = [.. from.Identities.Except(into.Identities).Concat(into.Identities)],
            Language = into.Language ?? from.Language,
            TimeZone = into.TimeZone ?? from.TimeZone,
            Vip = into.Vip || from.Vip,
            Notes = notes.Length > 0 ? notes : null,
            Organisation = into.Organisation ?? from.Organisation,
            // Whoever wants nothing sent to one of their addresses does not want it sent to the others.
            CancelledAt = into.CancelledAt ?? from.CancelledAt,
            Merged = [.. into.Merged ?? [], from.Id],
            CreatedAt = into.CreatedAt < from.CreatedAt ? into.CreatedAt : from.CreatedAt,
        };
    }

    /// <summary>
    /// The addresses whose requests somebody may read who has shown that one of them is theirs: all of the contact's that belong together for certain, and
    /// for an address that was only said somewhere that one alone.
    /// </summary>
    public static IReadOnlyList<string> ReadableBy(Contact? contact, string email)
    {
        ArgumentNullException.ThrowIfNull(email);
        var proven = email.ToLowerInvariant();
        return contact is null || !contact.Emails.Contains(proven, StringComparer.Ordinal) || contact.Heard?.Contains(proven, StringComparer.Ordinal) == true
            ? [proven]
            : [.. contact.Emails.Except(contact.Heard ?? [], StringComparer.Ordinal)];
    }

    /// <summary>What is left of the addresses that were only said, once a contact has these; null for nothing.</summary>
    public static IReadOnlyList<string>? HeardOf(IReadOnlyList<string>? heard, IEnumerable<string> emails) =>
        heard?.Intersect(emails, StringComparer.Ordinal).ToList() is { Count: > 0 } left ? left : null;

    /// <summary>Why two contacts cannot be merged; null when they can.</summary>
    public static HelpdeskRuleException? MergeRefusal(Contact from, Contact into)
    {
        ArgumentNullException.ThrowIfNull(from);
        ArgumentNullException.ThrowIfNull(into);
        if (from.Id == into.Id)
            return new("merge-into-itself", $"Contact {from.Id} cannot be merged into itself: both ids lead to the same contact.");
        if (from.ErasedAt is not null || into.ErasedAt is not null)
            return new("contact-erased", "A contact who was erased cannot be merged.");
        if (from.Emails.Union(into.Emails, StringComparer.Ordinal).Count() > MostEmails)
            return new("too-many-addresses", $"Together they have more than {MostEmails} e-mail addresses: remove some first.");
        return from.Phones.Union(into.Phones, StringComparer.Ordinal).Count() > MostPhones
            ? new("too-many-addresses", $"Together they have more than {MostPhones} telephone numbers: remove some first.")
            : null;
    }

    /// <summary>The key of an e-mail address.</summary>
    public static string KeyOfEmail(string email)
    {
        ArgumentNullException.ThrowIfNull(email);
        return $"email:{email.ToLowerInvariant()}";
    }

    /// <summary>The key of a telephone number in E.164 form.</summary>
    public static string KeyOfPhone(string phone) => $"phone:{phone}";

    /// <summary>The key of an identity; an address and a number are no identities.</summary>
    public static string KeyOf(ContactIdentity identity)
    {
        ArgumentNullException.ThrowIfNull(identity);
        return $"id-{identity.Kind}:{identity.Id}";
    }

    /// <summary>Everything by which a contact is found.</summary>
    public static IReadOnlyList<string> KeysOf(Contact contact)
    {
        ArgumentNullException.ThrowIfNull(contact);
        return [.. contact.Emails.Select(KeyOfEmail), .. contact.Phones.Select(KeyOfPhone), .. contact.Identities.Select(KeyOf)];
    }

    /// <summary>Everything by which somebody who has turned up is found, the surest first.</summary>
    public static IReadOnlyList<string> KeysOf(Sighting seen)
    {
        ArgumentNullException.ThrowIfNull(seen);
        return
        [
            .. seen.Email is { } email ? [KeyOfEmail(email)] : Array.Empty<string>(),
            .. seen.Phone is { } phone ? [KeyOfPhone(phone)] : Array.Empty<string>(),
            .. (seen.Identities ?? []).Select(KeyOf),
        ];
    }

    /// <summary>What the name of a contact's row in lists is: the folded name, or the address of somebody without one.</summary>
    public static string ListName(Contact contact)
    {
        ArgumentNullException.ThrowIfNull(contact);
        return Folding.Term(
            contact.Name
                ?? (
                    contact.Emails.Count > 0 ? contact.Emails[0]
                    : contact.Phones.Count > 0 ? contact.Phones[0]
                    : contact.Id
                )
        );
    }

    /// <summary>The beginnings by which a contact is searched for: the whole name, each of its words, addresses, their domains, numbers.</summary>
    public static IReadOnlyList<string> Terms(Contact contact)
    {
        ArgumentNullException.ThrowIfNull(contact);
        var words = contact.Name is { } name ? Folding.Words(name).Take(6) : [];
        return
        [
            .. (contact.Name is { } whole ? new[] { Folding.Term(whole) } : [])
                .Concat(words.Select(Folding.Term))
                .Concat(contact.Emails.Select(Folding.Term))
                .Concat(contact.Emails.Select(DomainOf).OfType<string>().Select(Folding.Term))
                .Concat(contact.Phones.Select(Folding.Term))
                .Where(term => term.Length > 0)
                .Distinct(StringComparer.Ordinal),
        ];
    }

    /// <summary>The domain of an address, in lower case; null when it has none.</summary>
    public static string? DomainOf(string email)
    {
        ArgumentNullException.ThrowIfNull(email);
        var at = email.LastIndexOf('@');
        return at > 0 && at < email.Length - 1 ? email[(at + 1)..].ToLowerInvariant() : null;
    }

    private static string? NameOf(Sighting seen) => seen.Name is { } name && !VisibleText.IsBlank(name) ? VisibleText.Of(name).Trim() : null;
}
