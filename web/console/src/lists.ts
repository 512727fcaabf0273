import { batch, computed, signal } from '@preact/signals';
import { all, api, filled, ok, type Priority, type Schema, type Status, type TicketSummary } from './api';
import { t } from './i18n';
import { keep, recall } from './state';

export type View = Pick<Schema<'Saved'>, 'id' | 'name' | 'starter'>;
export type Sort = 'updatedAt' | '-updatedAt' | 'createdAt' | '-createdAt' | 'dueAt' | '-dueAt';

/** Lists that are no saved views. */
const own = ['at-risk', 'breached', 'all'] as const;
type OwnView = (typeof own)[number];
const isOwn = (id: string): id is OwnView => (own as readonly string[]).includes(id);
const starters = ['my-tickets', 'unassigned', 'open', 'due-soon', 'waiting', 'resolved'] as const;
type Starter = (typeof starters)[number];
const isStarter = (id: string): id is Starter => (starters as readonly string[]).includes(id);

export const views = signal<Schema<'Saved'>[]>([]);
export const counts = signal<ReadonlyMap<string, { count: number; more: boolean }>>(new Map());
export const starterViews = computed(() => views.value.filter((one) => one.starter));
export const savedViews = computed(() => views.value.filter((one) => !one.starter));
export const ownViews: View[] = own.map((id) => ({ id, name: id, starter: true }));

export const viewName = (view: View): string => (isOwn(view.id) || (view.starter && isStarter(view.id)) ? t(`view.${view.id as OwnView | Starter}`) : view.name);
export const viewOf = (id: string): View => ownViews.find((one) => one.id === id) ?? views.value.find((one) => one.id === id) ?? { id, name: id, starter: false };
export const canSort = (id: string) => isOwn(id);

export async function loadViews(): Promise<void> {
  views.value = await all((cursor) => ok(api.GET('/api/views', { params: { query: { limit: 100, cursor } } })));
}

/** Events that leave every promise as it is. */
const quiet = new Set(['tags-changed', 'subject-changed', 'description-changed', 'custom-fields-changed', 'participants-changed', 'time-logged', 'ticket-linked', 'ticket-unlinked', 'task-added', 'task-changed', 'task-done', 'task-reopened', 'task-removed', 'task-due', 'follow-up-set', 'follow-up-cancelled']);

const trouble = async (sla: 'at-risk' | 'breached') => {
  const page = await filled(100, (cursor) => ok(api.GET('/api/tickets', { params: { query: { sla: [sla], limit: 100, cursor } } })));
  const count = page.items.filter((one) => one.status !== 'closed' && one.status !== 'resolved').length;
  return [sla, { count, more: page.nextCursor !== null }] as const;
};

/** What has happened since the counts were asked for: the views that may count differently, and the types of the events. */
export interface Moved {
  views: ReadonlySet<string>;
  events: ReadonlySet<string>;
}

/** More ids than this are not named one by one. */
const mostNamed = 20;

/** Counts all views, or those that have moved. */
export async function loadCounts(moved?: Moved): Promise<void> {
  const named = moved && moved.views.size <= mostNamed ? [...moved.views].filter((id) => counts.value.has(id) || views.value.some((one) => one.id === id)) : undefined;
  const troubled = !moved || [...moved.events].some((type) => !quiet.has(type));
  const [counted, ...troubles] = await Promise.all([
    named?.length === 0 ? null : ok(api.GET('/api/views/counts', { params: { query: named ? { view: named } : {} } })),
    ...(troubled ? [trouble('at-risk'), trouble('breached')] : []),
  ]);
  counts.value = new Map([...(moved ? counts.value : []), ...(counted?.items.map((one) => [one.id, { count: one.count, more: one.more }] as const) ?? []), ...troubles]);
}

/** What the list of all tickets can be narrowed to; these are the parameters of GET /api/tickets. */
export type Filter = Partial<Record<(typeof filters)[number], string>>;
export const filters = ['status', 'priority', 'group', 'assignee', 'tag'] as const;

/** Where a list is. */
export function addressOf(view: string, query: string, filter: Filter): string {
  const asked = new URLSearchParams(Object.entries({ q: query, ...filter }).filter(([, value]) => value)).toString().replaceAll('%2C', ',');
  return `/desk${view ? `/views/${view}` : ''}${asked ? `?${asked}` : ''}`;
}

// The list that is shown. It is kept while a ticket is open, so that the next one is known and going back is immediate.
export const listed = {
  view: signal(''),
  query: signal(''),
  filter: signal<Filter>({}),
  sort: signal<Sort>('-updatedAt'),
  items: signal<TicketSummary[]>([]),
  cursor: signal<string | null>(null),
  state: signal<'loading' | 'ready' | 'more'>('loading'),
  error: signal<unknown>(null),
  /** The ticket on which the keys act. */
  active: signal<string | null>(null),
  selected: signal<ReadonlySet<string>>(new Set()),
};
let turn = 0;

function page(cursor?: string): Promise<{ items: TicketSummary[]; nextCursor: string | null }> {
  const [view, query, sort] = [listed.view.value, listed.query.value, listed.sort.value];
  const limit = 100;
  if (query)
    return ok(api.GET('/api/search', { params: { query: { q: query, type: ['tickets'], limit, cursor } } })).then((answer) => ({
      items: answer.items.flatMap((one) => one.ticket ?? []),
      nextCursor: answer.nextCursor,
    }));
  if (view === 'all') {
    const { status, priority, group, assignee, tag } = listed.filter.value;
    const list = <T extends string>(text: string | undefined) => (text ? (text.split(',') as T[]) : undefined);
    return ok(api.GET('/api/tickets', { params: { query: { sort, limit, cursor, status: list<Status>(status), priority: list<Priority>(priority), group: list(group), assignee: list(assignee), tag: list(tag) } } }));
  }
  if (view === 'at-risk' || view === 'breached') return ok(api.GET('/api/tickets', { params: { query: { sla: [view], sort, limit, cursor } } }));
  return ok(api.GET('/api/views/{id}/tickets', { params: { path: { id: view }, query: { limit, cursor } } }));
}

const live = (one: TicketSummary) => !(listed.view.value === 'breached' || listed.view.value === 'at-risk') || (one.status !== 'closed' && one.status !== 'resolved');

/** Shows a view or what a search finds. */
export async function show(view: string, query = '', filter: Filter = listed.filter.value): Promise<void> {
  const mine = ++turn;
  batch(() => {
    if (view !== listed.view.value || query !== listed.query.value || JSON.stringify(filter) !== JSON.stringify(listed.filter.value)) {
      listed.items.value = [];
      listed.selected.value = new Set();
      listed.active.value = null;
    }
    listed.view.value = view;
    listed.query.value = query;
    listed.filter.value = filter;
    listed.state.value = 'loading';
    listed.error.value = null;
  });
  await fill(mine, 1);
}

/** Reads the pages that are shown anew, without a flicker. */
export async function refreshList(): Promise<void> {
  if (!listed.view.value || listed.state.value !== 'ready') return;
  await fill(++turn, Math.min(5, Math.max(1, Math.ceil(listed.items.value.length / 100))));
}

async function fill(mine: number, pages: number): Promise<void> {
  try {
    let items: TicketSummary[] = [];
    let cursor: string | null = null;
    // A page may hold fewer tickets than it could: go on until something is there.
    let read = 0;
    do {
      const next: { items: TicketSummary[]; nextCursor: string | null } = await page(cursor ?? undefined);
      if (mine !== turn) return;
      items = [...items, ...next.items.filter(live)];
      cursor = next.nextCursor;
    } while (cursor && (++read < pages || items.length === 0));
    batch(() => {
      listed.items.value = items;
      listed.cursor.value = cursor;
      listed.state.value = 'ready';
      listed.error.value = null;
      const there = new Set(items.map((one) => one.id));
      const left = [...listed.selected.value].filter((id) => there.has(id));
      if (left.length !== listed.selected.value.size) listed.selected.value = new Set(left);
    });
  } catch (error) {
    if (mine !== turn) return;
    batch(() => {
      listed.state.value = 'ready';
      if (!listed.items.value.length) listed.error.value = error;
    });
  }
}

export async function showMore(): Promise<void> {
  if (!listed.cursor.value || listed.state.value !== 'ready') return;
  const mine = turn;
  listed.state.value = 'more';
  try {
    const next = await page(listed.cursor.value);
    if (mine !== turn) return;
    const known = new Set(listed.items.value.map((one) => one.id));
    batch(() => {
      listed.items.value = [...listed.items.value, ...next.items.filter((one) => live(one) && !known.has(one.id))];
      listed.cursor.value = next.nextCursor;
    });
  } catch (error) {
    listed.error.value = error;
    listed.cursor.value = null;
  } finally {
    if (mine === turn) listed.state.value = 'ready';
  }
}

// What somebody has looked at in this browser: a ticket that has changed since is unread.
const since = recall('seen-since', '') || new Date().toISOString();
keep('seen-since', since);
export const seen = signal<Record<string, number>>(recall('seen', {}));
export const unread = (one: TicketSummary) => one.version > (seen.value[one.id] ?? 0) && one.updatedAt > since;

export function look(id: string, version: number): void {
  if ((seen.value[id] ?? 0) >= version) return;
  const others = Object.entries(seen.value).filter(([one]) => one !== id);
  seen.value = Object.fromEntries([...others.slice(-1999), [id, version]]);
  keep('seen', seen.value);
}

/** The ticket before or after another one in the list that was shown last. */
export function beside(number: number, step: 1 | -1): TicketSummary | undefined {
  const at = listed.items.value.findIndex((one) => one.number === number);
  return at < 0 ? undefined : listed.items.value[at + step];
}
