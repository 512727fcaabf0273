using System.Net.Mail;
using System.Text;
using System.Text.Json;
using Helpdesk.Conditions;
using Helpdesk.Functions.Hosting;

namespace Helpdesk.Functions.Settings;

/// <summary>Fields that several requests have.</summary>
public static class SettingFields
{
    /// <summary>What an id looks like.</summary>
    public const string IdPattern = "^[a-z0-9]+(-[a-z0-9]+)*$";

    public const int MostSkills = 50;
    public const int MostCapacity = 1000;

    /// <summary>Skills without repetitions, or null when none were sent.</summary>
    public static IReadOnlyList<string>? Skills(FieldReader fields) =>
        fields.Texts(
            "skills",
            MostSkills,
            40,
            skill => SettingsStore.IsId(skill) ? null : $"contains \"{skill}\": a skill has a to z, 0 to 9 and single dashes between them."
        )
            is { } skills
            ? [.. skills.Distinct(StringComparer.Ordinal)]
            : null;

    /// <summary>Ids of groups, or null when none were sent.</summary>
    public static IReadOnlyList<string>? GroupIds(FieldReader fields) =>
        fields.Texts("groups", 50, 40, id => SettingsStore.IsId(id) ? null : $"contains \"{id}\", which is not the id of a group.");

    /// <summary>The id that somebody wants a new setting to have; null to have one made from its name.</summary>
    public static string? Id(FieldReader fields)
    {
        var id = fields.Text("id", 40);
        if (id is null || SettingsStore.IsId(id))
            return id;
        fields.Wrong("id", "may contain a to z, 0 to 9 and single dashes between them, up to 40 characters.");
        return null;
    }

    /// <summary>The id that somebody wants a setting to have of which versions are kept: shorter, since their numbers follow it.</summary>
    public static string? VersionedId(FieldReader fields)
    {
        var id = Id(fields);
        if (id?.Length > 30)
            fields.Wrong("id", "may be 30 characters long.");
        return id;
    }

    /// <summary>A condition for a scope, or null when it is absent, null or wrong; what is wrong with it is said with its place.</summary>
    public static Condition? Condition(FieldReader fields, string name, ConditionScope scope, bool required = false)
    {
        if (fields.Json(name) is not { ValueKind: not JsonValueKind.Null } written)
        {
            if (required)
                fields.Wrong(name, "is required.");
            return null;
        }

        var (condition, errors) = Helpdesk.Conditions.Condition.Parse(written, scope, name);
        foreach (var error in errors)
            fields.Wrong(error.At, error.Problem);
        return condition;
    }

    /// <summary>An id for a setting of which versions are kept, made from its name.</summary>
    public static string VersionedIdFrom(string name)
    {
        var id = IdFrom(name);
        return id.Length <= 30 ? id : id[..30].Trim('-');
    }

    /// <summary>An id made from a name: "IT Support" gives it-support.</summary>
    public static string IdFrom(string name)
    {
        var id = new StringBuilder();
        foreach (var letter in name.ToLowerInvariant())
        {
            if (char.IsAsciiLetterOrDigit(letter))
                id.Append(letter);
            else if (Plain(letter) is { } plain)
                id.Append(plain);
            else if (id.Length > 0 && id[^1] != '-' && !char.IsLetterOrDigit(letter))
                id.Append('-');
            if (id.Length >= 40)
                break;
        }

        id.Length = Math.Min(id.Length, 40);
        var text = id.ToString().Trim('-');
        return text.Length > 0 ? text : Hashes.RandomName(8);
    }

    /// <summary>The plain form of a Latin letter with a mark; the app runs without the culture data that would know.</summary>
    private static string? Plain(char letter) =>
        letter switch
        {
            'à' or 'á' or 'â' or 'ã' or 'ä' or 'å' or 'ā' or 'ă' or 'ą' => "a",
            'ç' or 'ć' or 'č' => "c",
            'ď' or 'đ' => "d",
            'è' or 'é' or 'ê' or 'ë' or 'ē' or 'ė' or 'ę' or 'ě' => "e",
            'ğ' => "g",
            'ì' or 'í' or 'î' or 'ï' or 'ī' or 'į' or 'ı' => "i",
            'ł' or 'ľ' or 'ļ' => "l",
            'ñ' or 'ń' or 'ň' or 'ņ' => "n",
            'ò' or 'ó' or 'ô' or 'õ' or 'ö' or 'ø' or 'ō' or 'ő' => "o",
            'ŕ' or 'ř' => "r",
            'ś' or 'š' or 'ş' or 'ș' => "s",
            'ť' or 'ţ' or 'ț' => "t",
            'ù' or 'ú' or 'û' or 'ü' or 'ū' or 'ů' or 'ű' or 'ų' => "u",
            'ý' or 'ÿ' => "y",
            'ź' or 'ż' or 'ž' => "z",
            'æ' => "ae",
            'œ' => "oe",
            'ß' => "ss",
            _ => null,
        };

    /// <summary>An e-mail address without a display name.</summary>
    public static string? Email(FieldReader fields, string name, bool required)
    {
        var text = fields.Text(name, 254, required);
        if (text is null or "" || IsEmail(text))
            return text;
        fields.Wrong(name, "is not an e-mail address.");
        return null;
    }

    /// <summary>Whether a text is one plain e-mail address.</summary>
    public static bool IsEmail(string text) =>
        MailAddress.TryCreate(text, out var address)
        && address.Address == text
        && text.IndexOf('@', StringComparison.Ordinal) > 0
        && !text.Any(char.IsWhiteSpace);
}
