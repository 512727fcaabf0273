import { all, api, ok, type Comment, type Ticket, type TicketEvent } from './api';

/** A ticket with its line of time. */
export interface Bundle {
  ticket: Ticket;
  comments: Comment[];
  events: TicketEvent[];
}

const fresh = 15_000;
const known = new Map<string, { at: number; bundle: Promise<Bundle>; value?: Bundle }>();

async function read(id: string): Promise<Bundle> {
  const path = { id };
  const [ticket, comments, events] = await Promise.all([
    ok(api.GET('/api/tickets/{id}', { params: { path } })),
    all((cursor) => ok(api.GET('/api/tickets/{id}/comments', { params: { path, query: { limit: 100, cursor } } }))),
    all((cursor) => ok(api.GET('/api/tickets/{id}/events', { params: { path, query: { limit: 100, cursor } } }))),
  ]);
  return { ticket, comments, events };
}

/** Reads a ticket before it is opened, so that it is there at once. */
export function prefetch(number: number | string): Promise<Bundle | undefined> {
  const one = known.get(`${number}`);
  if (one && Date.now() - one.at < fresh) return one.bundle.catch(() => undefined);
  return load(number).catch(() => undefined);
}

/** Reads a ticket anew. */
export function load(number: number | string): Promise<Bundle> {
  const entry: { at: number; bundle: Promise<Bundle>; value?: Bundle } = { at: Date.now(), bundle: read(`${number}`) };
  known.set(`${number}`, entry);
  if (known.size > 60) known.delete(known.keys().next().value!);
  entry.bundle.then(
    (bundle) => (entry.value = bundle),
    () => known.delete(`${number}`),
  );
  return entry.bundle;
}

/** What is known of a ticket already, at most a few seconds old. */
export function remembered(number: number | string): Bundle | undefined {
  const one = known.get(`${number}`);
  return one && Date.now() - one.at < fresh ? one.value : undefined;
}

/** A ticket that has changed is not shown as it was. */
export const forget = (number: number | string) => known.delete(`${number}`);
