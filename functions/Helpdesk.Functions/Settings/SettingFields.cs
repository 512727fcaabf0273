using System.Net.Mail;
using System.Text;
using Helpdesk.Functions.Hosting;

namespace Helpdesk.Functions.Settings;

/// <summary>Fields that several requests have.</summary>
public static class SettingFields
{
    /// <summary>The id that somebody wants a new setting to have; null to have one made from its name.</summary>
    public static string? Id(FieldReader fields)
    {
        var id = fields.Text("id", 40);
        if (id is null || SettingsStore.IsId(id))
            return id;
        fields.Wrong("id", "may hold a to z, 0 to 9 and single dashes inside, up to 40 characters.");
        return null;
    }

    /// <summary>An id made from a name: "IT Support" gives it-support.</summary>
    public static string IdFrom(string name)
    {
        var id = new StringBuilder();
        foreach (var letter in name.ToLowerInvariant().Normalize(NormalizationForm.FormD))
        {
            if (char.IsAsciiLetterOrDigit(letter))
                id.Append(letter);
            else if (id.Length > 0 && id[^1] != '-' && !char.IsLetterOrDigit(letter) && char.GetUnicodeCategory(letter) != System.Globalization.UnicodeCategory.NonSpacingMark)
                id.Append('-');
            if (id.Length == 40)
                break;
        }

        var text = id.ToString().Trim('-');
        return text.Length > 0 ? text : Hashes.RandomName(8);
    }

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
        MailAddress.TryCreate(text, out var address) && address.Address == text && text.IndexOf('@', StringComparison.Ordinal) > 0 && !text.Any(char.IsWhiteSpace);
}
