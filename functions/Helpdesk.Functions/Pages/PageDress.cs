namespace Helpdesk.Functions.Pages;

/// <summary>What stands around a page: whose it is, where to go, and what everybody should know.</summary>
/// <param name="Title">Whose page it is.</param>
/// <param name="Home">Where its title leads.</param>
/// <param name="Logo">Where the picture beside the title is; null for none.</param>
/// <param name="Style">Rules of style besides those of all pages; null for none.</param>
/// <param name="Footer">Words at the bottom; null for none.</param>
/// <param name="Links">Other pages.</param>
/// <param name="Disturbances">What does not work at the moment.</param>
/// <param name="Status">Where there is more of that.</param>
public sealed record PageDress(
    string Title,
    string Home,
    string? Logo,
    string? Style,
    string? Footer,
    IReadOnlyList<PageLink> Links,
    IReadOnlyList<string> Disturbances,
    string Status
);

/// <summary>A way to another page.</summary>
/// <param name="IsCurrent">Whether it leads to where one is.</param>
public sealed record PageLink(string Name, string Url, bool IsCurrent);

/// <summary>What stands around the page that a request is answered with; null for nothing.</summary>
public delegate ValueTask<PageDress?> DressPage(HttpContext context, CancellationToken cancellationToken);
