import { computed, effect, signal } from '@preact/signals';
import { all, api, call, ok, online, type Schema } from './api';
import { isLanguage, language, speak, type Language } from './i18n';

/** Who looks at the console. */
export interface Me {
  agent: string | null;
  name: string;
  email: string | null;
  role: 'agent' | 'admin';
  workspace: string;
  groups: string[];
}

/** How somebody wants the console to be; the desk keeps it, so that it is the same in every browser. */
export interface Preferences {
  language: string | null;
  theme: Theme;
  singleKeys: boolean;
}

export const me = signal<Me | null>(null);
export const admin = computed(() => me.value?.role === 'admin');

/** The clock of the page: SLA clocks tick by it. */
export const now = signal(Date.now());
setInterval(() => (now.value = Date.now()), 5000);

// What belongs to this browser. Keys and tokens are never kept here.
export const kept = (name: string) => `helpdesk.${name}`;
export function recall<T>(name: string, otherwise: T): T {
  try {
    const text = localStorage.getItem(kept(name));
    return text === null ? otherwise : (JSON.parse(text) as T);
  } catch {
    // A browser that keeps nothing, or something that is no JSON.
    return otherwise;
  }
}

export function keep(name: string, value: unknown): void {
  try {
    if (value === null || value === undefined) localStorage.removeItem(kept(name));
    else localStorage.setItem(kept(name), JSON.stringify(value));
  } catch {
    say({ text: 'storage', bad: true });
  }
}

export type Theme = 'system' | 'light' | 'dark';
export const theme = signal<Theme>(recall<Theme>('theme', 'system'));
effect(() => {
  if (theme.value === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme.value;
  keep('theme', theme.value);
});

/** Whether single letters are shortcuts. */
export const singleKeys = signal(recall('single-keys', true));
effect(() => keep('single-keys', singleKeys.value));

/** Takes over what the desk has kept. */
export async function prefer(wishes: Preferences): Promise<void> {
  theme.value = wishes.theme;
  singleKeys.value = wishes.singleKeys;
  if (isLanguage(wishes.language)) await changeLanguage(wishes.language);
}

/** Tells the desk how somebody wants the console to be. */
export const wish = (wishes: Partial<Preferences>) => call('PATCH', '/api/me', { preferences: wishes });

export const wishedLanguage = () => {
  const wish = recall<unknown>('language', null);
  return isLanguage(wish) ? wish : null;
};

export async function changeLanguage(next: Language): Promise<void> {
  await speak(next);
  keep('language', next);
}

// What the desk says in passing.
export interface Toast {
  text: string;
  bad?: boolean;
  act?: { words: string; run: () => unknown };
}
export const toasts = signal<(Toast & { id: number })[]>([]);
let toastId = 0;

export function say(toast: Toast): void {
  const one = { ...toast, id: ++toastId };
  // The same words again are one message, unless each can be taken back.
  toasts.value = [...toasts.value.filter((other) => toast.act || other.act || other.text !== toast.text).slice(-2), one];
  setTimeout(() => hush(one.id), toast.bad || toast.act ? 10_000 : 5000);
}

export const hush = (id: number) => (toasts.value = toasts.value.filter((one) => one.id !== id));

// The people and groups of the desk, which most pages name.
export const agents = signal<Schema<'Agent'>[]>([]);
export const groups = signal<Schema<'Group'>[]>([]);
export const macros = signal<Schema<'Macro'>[]>([]);
const agentsById = computed(() => new Map(agents.value.map((one) => [one.id, one])));
const groupsById = computed(() => new Map(groups.value.map((one) => [one.id, one])));
export const agentName = (id: string | null | undefined) => (id ? (agentsById.value.get(id)?.name ?? id) : '');
export const groupName = (id: string | null | undefined) => (id ? (groupsById.value.get(id)?.name ?? id) : '');

export async function loadDirectory(): Promise<void> {
  const [people, teams, prepared] = await Promise.all([
    all((cursor) => ok(api.GET('/api/agents', { params: { query: { limit: 100, cursor } } }))),
    all((cursor) => ok(api.GET('/api/groups', { params: { query: { limit: 100, cursor } } }))),
    all((cursor) => ok(api.GET('/api/macros', { params: { query: { limit: 100, cursor } } }))),
  ]);
  agents.value = people;
  groups.value = teams;
  macros.value = prepared;
}

// Back from being offline: whatever was asked for in the meantime is asked for again.
const comebacks = new Set<() => void>();
export function onComeback(run: () => void): () => void {
  comebacks.add(run);
  return () => comebacks.delete(run);
}
let was = true;
effect(() => {
  const is = online.value;
  if (is && !was) for (const run of [...comebacks]) run();
  was = is;
});
export const retry = async () => {
  await fetch('/api/health').then(
    () => (online.value = true),
    () => undefined,
  );
};
addEventListener('online', () => void retry());
addEventListener('offline', () => (online.value = false));
setInterval(() => {
  if (!online.value) void retry();
}, 5000);

export { language };
