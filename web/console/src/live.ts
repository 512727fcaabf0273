import { signal } from '@preact/signals';
import { call, online, Refusal, signedOut } from './api';
import { listed, loadCounts, refreshList } from './lists';

/** A change of a ticket, as the desk tells of it. */
export interface Change {
  ticket: string;
  number: number;
  types: string[];
  version?: number;
}

interface Changes {
  items: { ticket: string; number: number; type: string; seq: number }[];
  next: string;
}

const hearers = new Set<(change: Change) => void>();
/** When something was last heard from the desk. */
export const heardAt = signal<number | null>(null);

export function onChange(hear: (change: Change) => void): () => void {
  hearers.add(hear);
  return () => hearers.delete(hear);
}

let started = false;
let later: ReturnType<typeof setTimeout> | undefined;
const pause = (milliseconds: number) => new Promise((done) => setTimeout(done, milliseconds));

/** One long poll for the whole console. A hidden tab asks less often. */
export function startLive(): void {
  if (started) return;
  started = true;
  void (async () => {
    let after: string | null = null;
    while (!signedOut.value) {
      try {
        const address: string = after === null ? '/api/events?after=latest&limit=1' : `/api/events?after=${encodeURIComponent(after)}&wait=25&limit=100`;
        const changes: Changes = await call<Changes>('GET', address);
        after = changes.next;
        heardAt.value = Date.now();
        tell(changes);
        if (document.hidden) await pause(20_000);
      } catch (error) {
        // A place that is too old, or none: begin at the end.
        if (error instanceof Refusal) after = null;
        if (!online.value) await pause(2000);
        else await pause(5000);
      }
    }
    started = false;
  })();
}

function tell(changes: Changes): void {
  const byTicket = new Map<string, Change>();
  for (const one of changes.items) {
    const known = byTicket.get(one.ticket) ?? { ticket: one.ticket, number: one.number, types: [], version: 0 };
    known.types.push(one.type);
    byTicket.set(one.ticket, known);
  }
  for (const change of byTicket.values()) for (const hear of [...hearers]) hear(change);
  if (byTicket.size) soon();
}

/** Lists and counts follow what happens, at most once a second. */
export function soon(): void {
  if (later) return;
  later = setTimeout(() => {
    later = undefined;
    void refreshList();
    if (listed.view.value) void loadCounts().catch(() => undefined);
  }, 1000);
}
