using System.Text.Json.Serialization;
using Helpdesk.Tickets;

namespace Helpdesk.Knowledge;

/// <summary>An entry of the knowledge base with its newest content; readers see the version that is published.</summary>
public sealed record Article
{
    public required string Id { get; init; }
    public required string Workspace { get; init; }

    /// <summary>What its translations share: the id of the first of them.</summary>
    public required string Topic { get; init; }

    public required ArticleContent Content { get; init; }

    /// <summary>Counts its contents: 1, 2, 3 …</summary>
    public required int Version { get; init; }

    /// <summary>Where the newest version stands.</summary>
    public required ArticleState State { get; init; }

    /// <summary>The version that readers see; null for none.</summary>
    public int? PublishedVersion { get; init; }

    public DateTimeOffset? PublishedAt { get; init; }

    /// <summary>Who has written what is not published yet.</summary>
    public IReadOnlyList<Actor> Authors { get; init; } = [];

    /// <summary>Id of the ticket whose solution it was made of; null for none.</summary>
    public string? Ticket { get; init; }

    /// <summary>Id of the question of the community that it was made of; null for none.</summary>
    public string? Question { get; init; }

    public required Actor CreatedBy { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset UpdatedAt { get; init; }

    /// <summary>Counts its changes of every kind.</summary>
    public required int Revision { get; init; }
}

/// <summary>What an article says, and to whom.</summary>
public sealed record ArticleContent
{
    public required string Title { get; init; }

    /// <summary>What its address ends with.</summary>
    public required string Slug { get; init; }

    /// <summary>Two or three letters, such as <c>de</c>.</summary>
    public required string Language { get; init; }

    /// <summary>Id of its category; null for none.</summary>
    public string? Category { get; init; }

    public IReadOnlyList<string> Tags { get; init; } = [];

    public required ArticleVisibility Visibility { get; init; }

    /// <summary>Ids of the organisations whose people see it, where it is for some.</summary>
    public IReadOnlyList<string> Organisations { get; init; } = [];

    /// <summary>What it is about, in a sentence; null for none.</summary>
    public string? Summary { get; init; }

    /// <summary>Markdown.</summary>
    public required string Body { get; init; }

    public IReadOnlyList<TicketAttachment> Attachments { get; init; } = [];

    /// <summary>Whether another content says the same to the same people.</summary>
    public bool IsSame(ArticleContent other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return this with { Tags = other.Tags, Organisations = other.Organisations, Attachments = other.Attachments } == other
            && Tags.SequenceEqual(other.Tags, StringComparer.Ordinal)
            && Organisations.SequenceEqual(other.Organisations, StringComparer.Ordinal)
            && Attachments.SequenceEqual(other.Attachments);
    }
}

/// <summary>An article as readers see it.</summary>
public sealed record PublishedArticle
{
    public required string Id { get; init; }
    public required string Workspace { get; init; }
    public required string Topic { get; init; }
    public required ArticleContent Content { get; init; }
    public required int Version { get; init; }
    public required DateTimeOffset PublishedAt { get; init; }

    /// <summary>Whether readers see it no more.</summary>
    public bool? Withdrawn { get; init; }
}

/// <summary>One change of an article.</summary>
public sealed record ArticleChange
{
    public required int Revision { get; init; }
    public required DateTimeOffset At { get; init; }
    public required Actor By { get; init; }
    public required ArticleStep Did { get; init; }

    /// <summary>The version that it was done to, or made.</summary>
    public required int Version { get; init; }

    /// <summary>What was said to it; null for nothing.</summary>
    public string? Words { get; init; }
}

/// <summary>A group of articles, in an order.</summary>
public sealed record ArticleCategory
{
    public required string Id { get; init; }

    /// <summary>What it is called, by language.</summary>
    public required IReadOnlyDictionary<string, string> Names { get; init; }

    /// <summary>What it is about, by language.</summary>
    public IReadOnlyDictionary<string, string>? Descriptions { get; init; }

    /// <summary>Its place, the lowest first.</summary>
    public int Position { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>What it is called in a language; in English, or whatever there is, where it has no name in it.</summary>
    public string NameIn(string language) => In(Names, language) ?? Id;

    /// <summary>What it is about in a language; null for nothing.</summary>
    public string? DescriptionIn(string language) => Descriptions is null ? null : In(Descriptions, language);

    private static string? In(IReadOnlyDictionary<string, string> texts, string language) =>
        texts.GetValueOrDefault(language)
        ?? texts.GetValueOrDefault("en")
        ?? texts.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => pair.Value).FirstOrDefault();
}

/// <summary>How articles come before readers.</summary>
/// <param name="Publishers">Who may publish them.</param>
/// <param name="Review">Whether somebody else than the author has to look at them first.</param>
public sealed record KnowledgeSettings(ArticlePublishers Publishers, bool Review)
{
    public static KnowledgeSettings Standard { get; } = new(ArticlePublishers.Agents, Review: false);
}

/// <summary>Who may publish articles and withdraw them.</summary>
[JsonConverter(typeof(WireNameConverter<ArticlePublishers>))]
public enum ArticlePublishers
{
    /// <summary>Agents and admins.</summary>
    Agents,

    /// <summary>Admins alone.</summary>
    Admins,
}

/// <summary>Where the newest version of an article stands.</summary>
[JsonConverter(typeof(WireNameConverter<ArticleState>))]
public enum ArticleState
{
    /// <summary>It is being written.</summary>
    Draft,

    /// <summary>It waits for somebody else to look at it.</summary>
    Review,

    /// <summary>Readers see it.</summary>
    Published,

    /// <summary>Nobody sees it any more.</summary>
    Archived,
}

/// <summary>Who sees an article.</summary>
[JsonConverter(typeof(WireNameConverter<ArticleVisibility>))]
public enum ArticleVisibility
{
    /// <summary>Everybody.</summary>
    Public,

    /// <summary>People of some organisations, and agents.</summary>
    Organisations,

    /// <summary>Agents alone.</summary>
    Agents,
}

/// <summary>What was done to an article.</summary>
[JsonConverter(typeof(WireNameConverter<ArticleStep>))]
public enum ArticleStep
{
    Created,
    Edited,

    /// <summary>An earlier version was taken again.</summary>
    Restored,

    /// <summary>It was given to review.</summary>
    Submitted,

    /// <summary>It was given back to whoever writes it, or taken out of the archive.</summary>
    Returned,
    Published,
    Archived,
}
