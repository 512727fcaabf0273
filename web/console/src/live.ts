import { signal } from '@preact/signals';
import { call, online, Refusal, signedOut, type Schema } from './api';
import { listed, loadCounts, refreshList, type Moved } from './lists';

type Change = Schema<'Changes'>['items'][number];

const hearers = new Set<(change: Change) => void>();
/** When something was last heard from the desk. */
export const heardAt = signal<number | null>(null);
/** Who else is at the ticket that is watched. */
export const present = signal<Schema<'TicketPresence'>[]>([]);

export function onChange(hear: (change: Change) => void): () => void {
  hearers.add(hear);
  return () => hearers.delete(hear);
}

let watched: string | null = null;
let asking: AbortController | null = null;
let started = false;
let later: ReturnType<typeof setTimeout> | undefined;
const pause = (milliseconds: number) => new Promise((done) => setTimeout(done, milliseconds));

/** From now on the changes also tell who else is at this ticket. */
export function watch(ticket: string | null): void {
  watched = ticket;
  present.value = [];
  asking?.abort();
}

/** One long poll for the whole console. A hidden tab asks less often. */
export function startLive(): void {
  if (started) return;
  started = true;
  void (async () => {
    let after: string | null = null;
    while (!signedOut.value) {
      asking = new AbortController();
      try {
        const query = new URLSearchParams({ ...(after === null ? {} : { after, wait: '25' }), ...(watched ? { ticket: watched } : {}) });
        const changes: Schema<'Changes'> = await call('GET', `/api/changes?${query}`, undefined, undefined, asking.signal);
        after = changes.next;
        heardAt.value = Date.now();
        present.value = changes.presence ?? [];
        for (const change of changes.items) for (const hear of [...hearers]) hear(change);
        if (changes.items.length) soon({ views: new Set(changes.views), events: new Set(changes.items.flatMap((one) => one.events.map((happened) => happened.type))) });
        if (document.hidden) await pause(20_000);
      } catch (error) {
        if (asking.signal.aborted) continue;
        // What came behind a place that is too old is gone: everything is read anew, and the next place is the end.
        if (error instanceof Refusal && error.status !== 401) {
          after = null;
          soon();
        }
        await pause(online.value ? 5000 : 2000);
      }
    }
    started = false;
  })();
}

// What is still to be counted; null for everything.
let moved: Moved | null = { views: new Set(), events: new Set() };

/** Lists and counts follow what happens, at most once a second. Without what has moved, everything is counted. */
export function soon(more?: Moved): void {
  moved = moved && more ? { views: new Set([...moved.views, ...more.views]), events: new Set([...moved.events, ...more.events]) } : null;
  if (later) return;
  later = setTimeout(() => {
    later = undefined;
    const counted = moved ?? undefined;
    moved = { views: new Set(), events: new Set() };
    void refreshList();
    if (listed.view.value) void loadCounts(counted).catch(() => (moved = null));
  }, 1000);
}
