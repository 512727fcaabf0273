using Helpdesk.Contacts;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Storage;

namespace Helpdesk.Functions.Contacts;

/// <summary>Goes on with an erasure.</summary>
public sealed class WorkErasures(WorkRunner<ErasureMessage> work)
{
    [Function(nameof(WorkErasures))]
    public Task Run([QueueTrigger(ErasureMessage.QueueName)] ErasureMessage message, int dequeueCount, CancellationToken cancellationToken) =>
        work.ReceiveAsync(message, dequeueCount, cancellationToken);
}

/// <summary>Erases a person from one store after the other, in bounded steps: what one message leaves, the next one goes on with.</summary>
/// <remarks>How far it is stands with the erasure, so that a process that dies costs the step that it was in and no more.</remarks>
public sealed class ErasureWorker(ErasureStore erasures, IEnumerable<IHoldsPersonalData> stores, WorkQueue<ErasureMessage> queue, TimeProvider time)
    : IWorker<ErasureMessage>
{
    /// <summary>Steps of one message: a minute's work at the most.</summary>
    private const int Steps = 25;

    private readonly IReadOnlyList<IHoldsPersonalData> _stores = [.. stores.OrderBy(store => store.Place).ThenBy(store => store.Name, StringComparer.Ordinal)];

    public async Task<bool> DoAsync(ErasureMessage message, bool lastTry, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(message);
        for (var step = 0; step < Steps; step++)
        {
            if (await erasures.FindAsync(message.Workspace, message.Erasure, cancellationToken) is not var (erasure, etag))
                return false;
            if (erasure.Person is not { } person)
                return true;
            var order = new ErasureOrder(erasure.Id, erasure.Workspace, erasure.Contact, person, erasure.By);
            // The store that is under way, or the first that is still to come. One that a later version brings is not forgotten.
            var done = erasure.Stores.Select(store => store.Store).ToList();
            var current = erasure.Step is not null
                ? _stores.First(store => store.Name == done[^1])
                : _stores.FirstOrDefault(store => !done.Contains(store.Name));
            if (current is null)
            {
                await erasures.ForgetAsync(order, cancellationToken);
                var finished = erasure with
                {
                    Person = null,
                    FinishedAt = time.GetUtcNow(),
                    Reason = person.Text(erasure.Reason, own: true),
                    Stores =
                    [
                        .. erasure.Stores.Select(store =>
                            store.Store == FileErasure.Files ? store with { Erased = store.Erased + (erasure.Files ?? 0) } : store
                        ),
                    ],
                    Files = null,
                };
                if (await erasures.TryWriteAsync(finished, etag, cancellationToken))
                    return true;
                continue;
            }

            var result = await current.EraseAsync(order, erasure.Step, cancellationToken);
            var counted = erasure.Step is not null
                ? [.. erasure.Stores.SkipLast(1), new(current.Name, erasure.Stores[^1].Erased + result.Erased)]
                : (IReadOnlyList<ErasedStore>)[.. erasure.Stores, new(current.Name, result.Erased)];
            await erasures.TryWriteAsync(
                erasure with
                {
                    Stores = counted,
                    Step = result.Next,
                    Files = (erasure.Files ?? 0) + result.Files,
                },
                etag,
                cancellationToken
            );
        }

        queue.Committed(await queue.AnnounceAsync(message with { SentAt = time.GetUtcNow() }, cancellationToken));
        return true;
    }
}

/// <summary>Asks for the erasure of people, and reads the proofs.</summary>
public sealed class Erasures(ErasureStore erasures, ContactStore contacts, WorkQueue<ErasureMessage> queue, TimeProvider time)
{
    /// <summary>Begins an erasure, once; null when there is no such contact.</summary>
    public async Task<Erasure?> BeginAsync(string workspace, string id, ErasureMode mode, string reason, Actor by, CancellationToken cancellationToken)
    {
        if (await contacts.FindSettledAsync(workspace, id, cancellationToken) is not { } contact)
            return null;
        if (contact.ErasedAt is not null && mode != ErasureMode.Deleted)
        {
            // The same again finds what was done; a lesser erasure cannot follow a greater one.
            return await erasures.FindAsync(workspace, ErasureStore.IdOf(contact.Id, mode), cancellationToken) is var (before, _)
                ? before
                : throw new HelpdeskRuleException("contact-erased", $"Contact {contact.Id} was erased already.");
        }

        var now = time.GetUtcNow();
        var erasure = new Erasure
        {
            Id = ErasureStore.IdOf(contact.Id, mode),
            Workspace = workspace,
            Contact = contact.Id,
            Mode = mode,
            Reason = reason,
            By = by,
            AskedAt = now,
        };
        erasure = erasure with { Subjects = [.. contact.Emails.Concat(contact.Phones).Select(value => ErasureStore.SubjectOf(erasure.Id, value))] };
        // From now on nothing more is collected, whatever comes.
        await contacts.ChangeAsync(
            workspace,
            contact.Id,
            IfMatch.Any,
            current => new(current.CancelledAt is null ? current with { CancelledAt = now } : current),
            cancellationToken
        );
        if (mode == ErasureMode.Cancelled)
            erasure = erasure with { FinishedAt = now, Stores = [new("contacts", 1)] };
        else
            erasure = erasure with
            {
                Person = new(
                    contact.Emails,
                    contact.Phones,
                    contact.Name is { } name ? [name] : [],
                    mode == ErasureMode.Deleted ? $"somebody@{ErasedPerson.Domain}" : $"person-{contact.Id}@{ErasedPerson.Domain}",
                    mode
                ),
            };
        var announced = mode == ErasureMode.Cancelled ? null : await queue.AnnounceAsync(new(workspace, erasure.Id, now), cancellationToken);
        foreach (var chat in erasure.Person is null ? [] : contact.Identities.Where(one => one.Kind == "chat"))
            await erasures.NoteAsync(OrderOf(erasure), ErasureFind.Chat, chat.Id, cancellationToken);
        if (!await erasures.TryAddAsync(erasure, cancellationToken))
            return (await erasures.FindAsync(workspace, erasure.Id, cancellationToken))?.Erasure ?? erasure;
        if (announced is not null)
            queue.Committed(announced);
        return erasure;
    }

    private static ErasureOrder OrderOf(Erasure erasure) => new(erasure.Id, erasure.Workspace, erasure.Contact, erasure.Person!, erasure.By);
}
