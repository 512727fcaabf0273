using Helpdesk.Bot.Conversations;
using Microsoft.AspNetCore.Http.Extensions;

namespace Helpdesk.Functions.Pages;

/// <summary>In which language somebody reads: <c>?lang=</c> or <c>?locale=</c> if there are texts in it, else what the browser likes best.</summary>
public static class PageLanguage
{
    private const string Standard = "en-US";
    private static readonly Dictionary<string, string> Names = new(StringComparer.Ordinal)
    {
        ["de"] = "Deutsch",
        ["el"] = "Ελληνικά",
        ["en"] = "English",
        ["hr"] = "Hrvatski",
    };

    /// <summary>The locale, such as <c>de-AT</c>.</summary>
    public static string LocaleOf(HttpContext context)
    {
        var query = context.Request.Query;
        var accepted = context.Request.GetTypedHeaders().AcceptLanguage.Where(one => one.Quality is not 0).OrderByDescending(one => one.Quality ?? 1);
        return query["lang"]
                .ToString()
                .Split(',')
                .Concat(query["locale"].ToString().Split(','))
                .Concat(accepted.Select(one => one.Value.ToString()))
                .FirstOrDefault(IsKnown)
            ?? Standard;
    }

    /// <summary>The texts in the reader's language.</summary>
    public static Texts TextsFor(HttpContext context) => Texts.For(LocaleOf(context));

    /// <summary>What a link to another page of ours carries on, so that a language once chosen stays: <c>lang=de</c> or nothing.</summary>
    public static string QueryOf(HttpContext context) =>
        context.Request.Query["lang"].ToString() is { Length: > 0 } chosen && IsKnown(chosen) ? $"lang={chosen}" : "";

    /// <summary>What a language is called in itself; its letters where that is not known.</summary>
    public static string NameOf(string code) => Names.GetValueOrDefault(code, code);

    /// <summary>The same page in each language.</summary>
    public static IReadOnlyList<Dictionary<string, object?>> Choices(HttpContext context) =>
        [
            .. Texts.Languages.Select(code =>
            {
                var query = new QueryBuilder(
                    context
                        .Request.Query.Where(one => one.Key is "workspace" or "key" or "form" or "plain" or "show" or "q" or "category" or "cursor")
                        .Select(one => KeyValuePair.Create(one.Key, one.Value.ToString()))
                )
                {
                    { "lang", code },
                };
                return new Dictionary<string, object?>(StringComparer.Ordinal)
                {
                    ["code"] = code,
                    ["name"] = NameOf(code),
                    ["query"] = query.ToString().TrimStart('?'),
                };
            }),
        ];

    private static bool IsKnown(string locale) =>
        locale.Length is > 1 and <= 20
        && locale.All(letter => char.IsAsciiLetterOrDigit(letter) || letter == '-')
        && Texts.Languages.Contains(locale.Split('-')[0], StringComparer.OrdinalIgnoreCase);
}
