using System.Text.Json.Serialization;

namespace Helpdesk.Search;

/// <summary>Where in a ticket words stand.</summary>
[JsonConverter(typeof(WireNameConverter<SearchField>))]
public enum SearchField
{
    /// <summary>The subject.</summary>
    Subject,

    /// <summary>The description.</summary>
    Description,

    /// <summary>A comment that everybody concerned may read, or the resolution.</summary>
    Comment,

    /// <summary>An internal note.</summary>
    Note,

    /// <summary>Name or address of the requester, or of somebody who takes part.</summary>
    Requester,

    /// <summary>A tag.</summary>
    Tag,

    /// <summary>A value of one of the desk's own fields.</summary>
    Custom,

    /// <summary>The number of the ticket.</summary>
    Number,
}

/// <summary>Several fields at once, and what words in them weigh.</summary>
public static class SearchFields
{
    /// <summary>How many there are.</summary>
    public const int Count = 8;

    /// <summary>All of them.</summary>
    public const byte All = 0xff;

    private static readonly double[] Weights = [4, 1.5, 1, 1, 3, 3, 2, 10];

    public static byte Mask(SearchField field) => (byte)(1 << (int)field);

    /// <summary>What those may read who may read no notes.</summary>
    public static byte Without(SearchField field) => (byte)(All & ~Mask(field));

    public static double Weight(int field) => Weights[field];
}
