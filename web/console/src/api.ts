import { signal } from '@preact/signals';
import createClient, { type Middleware } from 'openapi-fetch';
import type { components, paths } from 'helpdesk-api';

type Schemas = components['schemas'];
export type Schema<Name extends keyof Schemas> = Schemas[Name];
export type Problem = Schema<'Problem'>;
export type Ticket = Schema<'Ticket'>;
export type TicketSummary = Schema<'TicketSummary'>;
export type Comment = Schema<'Comment'>;
export type TicketEvent = Schema<'Event'>;
export type Status = Schema<'TicketStatus'>;
export type Priority = Schema<'TicketPriority'>;
export type Condition = Schema<'Condition'>;

/** Whether the desk was reached the last time that something was asked of it. */
export const online = signal(true);
/** Whether the session has ended, so that somebody has to sign in again. */
export const signedOut = signal(false);
/** Gives the access token where somebody signed in at an identity provider. */
export const token: { get: (() => Promise<string | null>) | null } = { get: null };

/** The desk said no: the status, and what its problem details say. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly problem: Partial<Problem>,
  ) {
    super(problem.detail ?? problem.title ?? `${status}`);
  }

  get code(): string {
    return this.problem.code ?? '';
  }

  /** What is wrong with a field, or with anything below it. */
  of(field: string): string | undefined {
    return Object.entries(this.problem.errors ?? {}).find(([name]) => name === field || name.startsWith(`${field}.`) || name.startsWith(`${field}[`))?.[1]?.[0];
  }

  /** Everything that is wrong, in one sentence after another. */
  get words(): string {
    const fields = Object.entries(this.problem.errors ?? {}).map(([name, said]) => (name ? `${name}: ${said.join(' ')}` : said.join(' ')));
    return fields.length ? fields.join(' ') : this.message;
  }
}

/** The desk could not be reached. */
export class Unreachable extends Error {}

/** A key for a request that may be sent twice and is done once. */
export const onceKey = () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');

async function prepare(headers: Headers, method: string): Promise<void> {
  headers.set('X-Helpdesk-Session', '1');
  if (method === 'POST' && !headers.has('Idempotency-Key')) headers.set('Idempotency-Key', onceKey());
  const bearer = await token.get?.();
  if (bearer) headers.set('Authorization', `Bearer ${bearer}`);
}

async function send(request: Request): Promise<Response> {
  try {
    const response = await fetch(request);
    online.value = true;
    return response;
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    online.value = false;
    throw new Unreachable();
  }
}

const ours: Middleware = {
  async onRequest({ request }) {
    await prepare(request.headers, request.method);
    return request;
  },
};

const client = createClient<paths>({ baseUrl: '', fetch: send, credentials: 'same-origin', querySerializer: { array: { style: 'form', explode: false } } });
client.use(ours);
export const api = client;

/** What the desk answers, or the Refusal that says why not. */
export async function ok<T>(answer: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<NonNullable<T>> {
  const { data, error, response } = await answer;
  if (response.ok) return data as NonNullable<T>;
  if (response.status === 401) signedOut.value = true;
  throw new Refusal(response.status, (error ?? {}) as Partial<Problem>);
}

/** The ETag of a ticket in the state that somebody has read. */
export const ifMatch = (version: number | string) => ({ 'If-Match': `"${version}"` });

/** So many items of a list where it has them: one answer may hold fewer although more follow. */
export async function filled<T>(count: number, page: (cursor: string | undefined) => Promise<{ items: T[]; nextCursor: string | null }>, from?: string): Promise<{ items: T[]; nextCursor: string | null }> {
  const items: T[] = [];
  let cursor: string | null = from ?? null;
  do {
    const next: { items: T[]; nextCursor: string | null } = await page(cursor ?? undefined);
    items.push(...next.items);
    cursor = next.nextCursor;
  } while (cursor && items.length < count);
  return { items, nextCursor: cursor };
}

/** All pages of a list. */
export async function all<T>(page: (cursor: string | undefined) => Promise<{ items: T[]; nextCursor: string | null }>, most = 1000): Promise<T[]> {
  return (await filled(most, page)).items;
}

/** An operation by its method and address, for lists of settings of which each has the same five operations. */
export async function call<T>(method: string, path: string, body?: unknown, headers?: Record<string, string>, signal?: AbortSignal): Promise<T> {
  const request = new Headers(headers);
  await prepare(request, method);
  const form = body instanceof FormData;
  if (body !== undefined && !form) request.set('Content-Type', 'application/json');
  const response = await send(
    new Request(new URL(path, location.href), { method, headers: request, credentials: 'same-origin', ...(signal ? { signal } : {}), body: form ? body : body === undefined ? undefined : JSON.stringify(body) }),
  );
  if (!response.ok) {
    if (response.status === 401) signedOut.value = true;
    throw new Refusal(response.status, await response.json().catch(() => ({})));
  }
  return (response.status === 204 ? undefined : await response.json()) as T;
}

/** The address of what the desk answers, in the memory of this page: for frames and files, with which no header can be sent. */
export async function blobAddress(path: string): Promise<string> {
  const request = new Headers();
  await prepare(request, 'GET');
  const response = await send(new Request(new URL(path, location.href), { headers: request, credentials: 'same-origin' }));
  if (!response.ok) throw new Refusal(response.status, await response.json().catch(() => ({})));
  return URL.createObjectURL(await response.blob());
}

/** Saves what the desk answers as a file. */
export async function download(path: string, name: string): Promise<void> {
  const link = document.createElement('a');
  link.href = await blobAddress(path);
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
