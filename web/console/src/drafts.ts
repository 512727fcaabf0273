import { keep, kept, recall } from './state';

const random = () => [...crypto.getRandomValues(new Uint8Array(8))].map((byte) => byte.toString(36)).join('');

/** This tab, also after a reload. One that was duplicated is another one. */
let tab = random();
try {
  tab = sessionStorage.getItem(kept('tab')) ?? tab;
  sessionStorage.setItem(kept('tab'), tab);
  // As long as this tab is open. Before a reload the page that goes gives its lock back; a tab from which this one was duplicated does not.
  void navigator.locks
    ?.request(kept(`tab.${tab}`), { signal: AbortSignal.timeout(5000) }, () => new Promise(() => undefined))
    .catch(() => {
      tab = random();
      sessionStorage.setItem(kept('tab'), tab);
    });
} catch {
  // A browser that keeps nothing.
}

interface Kept<T> {
  at: number;
  draft: T;
}

/** The places of all drafts of a ticket in this browser, the newest first. */
function placesOf(ticket: string): string[] {
  const start = kept(`draft.${ticket}`);
  const at = (name: string) => recall<Partial<Kept<unknown>>>(name, {}).at ?? 0;
  try {
    return Object.keys(localStorage)
      .filter((name) => name === start || name.startsWith(`${start}.`))
      .map((name) => name.slice(kept('').length))
      .sort((a, b) => at(b) - at(a));
  } catch {
    return [];
  }
}

/** Whether the tab whose draft this is has been closed. An earlier version, or a browser without locks, knows of no tabs. */
async function isClosed(place: string, ticket: string): Promise<boolean> {
  const start = `draft.${ticket}.`;
  if (!place.startsWith(start) || !navigator.locks) return true;
  const lock = kept(`tab.${place.slice(start.length)}`);
  return !(await navigator.locks.query()).held?.some((one) => one.name === lock);
}

/**
 * What is being written on a ticket in this tab. It outlives the tab: the next one takes it over. Two tabs that write at once keep
 * a draft each.
 */
export function draftOf<T extends { key: string }>(ticket: string, fresh: () => string, isSame: (one: T, other: T) => boolean): { draft: T | null; keep: (draft: T | null) => T | null } {
  const own = () => `draft.${ticket}.${tab}`;
  const places = placesOf(ticket);
  const from = places.includes(own()) ? own() : places[0];
  const found = from ? recall<Kept<T> | T | null>(from, null) : null;
  // Earlier versions kept the draft by itself.
  const draft = found && ('draft' in found ? found.draft : found);
  let read = from && found ? { from, text: JSON.stringify(found) } : null;
  // Whose words these are: a tab that is still open has them on its page, and needs them after a reload.
  const closed = isClosed(from ?? '', ticket);
  return {
    draft,
    keep: (wanted) => {
      let next = wanted;
      // What another tab has sent, perhaps, and is sent again as it was, is one request.
      if (read && read.from !== own() && wanted && draft && isSame(wanted, draft)) return wanted;
      if (read && read.from !== own()) {
        // From here on it is the draft of this tab.
        const { from: other, text } = read;
        void closed.then((is) => {
          if (is && JSON.stringify(recall(other, null)) === text) keep(other, null);
        });
        if (next && next.key === draft?.key) next = { ...next, key: fresh() };
      }

      read = null;
      keep(own(), next && ({ at: Date.now(), draft: next } satisfies Kept<T>));
      return next;
    },
  };
}
