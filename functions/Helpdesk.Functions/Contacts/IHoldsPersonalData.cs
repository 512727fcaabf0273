using System.Text.Json.Serialization;
using Helpdesk.Contacts;

namespace Helpdesk.Functions.Contacts;

/// <summary>A store that holds something of people, and can do without.</summary>
/// <remarks>
/// Whatever stores names, addresses or words of requesters registers one; the test of erasure looks through every table, queue and container, and so finds
/// what nobody has registered.
/// </remarks>
public interface IHoldsPersonalData
{
    /// <summary>Names the store in the proof, such as <c>tickets</c>.</summary>
    string Name { get; }

    /// <summary>Stores are erased in this order. Tickets come first, since they lead to the rest; the contact itself is last.</summary>
    int Place { get; }

    /// <summary>Erases a bounded part; done again, it finds nothing.</summary>
    /// <param name="from">Where the last step ended; null for the first one.</param>
    Task<ErasureStep> EraseAsync(ErasureOrder order, string? from, CancellationToken cancellationToken);
}

/// <summary>Whom to erase, and how.</summary>
/// <param name="Id">Id of the erasure.</param>
/// <param name="Contact">Id of the contact.</param>
/// <param name="By">Who asked for it.</param>
public sealed record ErasureOrder(string Id, string Workspace, string Contact, ErasedPerson Person, Actor By)
{
    public bool Deletes => Person.Mode == ErasureMode.Deleted;
}

/// <summary>What one step has done.</summary>
/// <param name="Erased">How many rows or blobs it has changed or removed.</param>
/// <param name="Next">Where the next step begins; null at the end.</param>
/// <param name="Files">How many files it has removed besides; the proof counts them under <c>files</c>.</param>
public sealed record ErasureStep(long Erased, string? Next, long Files = 0);

/// <summary>What was found on the way that leads to more of a person's data.</summary>
[JsonConverter(typeof(WireNameConverter<ErasureFind>))]
public enum ErasureFind
{
    /// <summary>Id of a receipt that a ticket or comment of theirs came by.</summary>
    Receipt,

    /// <summary>The address of a chat of theirs.</summary>
    Chat,

    /// <summary>Id of a ticket that they asked for.</summary>
    Ticket,

    /// <summary>Id of a question of the community that they took part in.</summary>
    Question,

    /// <summary>A name that they chose in the community.</summary>
    Alias,
}
