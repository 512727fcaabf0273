import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { api, call, filled, ok, type Schema } from '../api';
import { moment } from '../format';
import { t, type Key } from '../i18n';
import { agentName, agents, say } from '../state';
import { attempt, channels, Choice, Dialog, Failed, Loading, Moment, useLoaded } from '../ui';
import { settingField, settingName } from './names';
import { Listed, Rows, Text } from './parts';


const pageSize = 50;

/** A long list, page after page. */
function usePages<T>(read: (cursor: string | undefined) => Promise<{ items: T[]; nextCursor: string | null }>, deps: unknown[]) {
  const load = (cursor?: string) => filled(pageSize, read, cursor);
  const first = useLoaded(() => load(), deps);
  const [more, setMore] = useState<{ of: unknown; items: T[]; cursor: string | null }>({ of: null, items: [], cursor: null });
  const mine = more.of === first.value;
  const items = first.value ? [...first.value.items, ...(mine ? more.items : [])] : undefined;
  const cursor = mine ? more.cursor : (first.value?.nextCursor ?? null);
  const next = () =>
    attempt(async () => {
      const page = await load(cursor ?? undefined);
      setMore({ of: first.value, items: [...(mine ? more.items : []), ...page.items], cursor: page.nextCursor });
    });
  return { items, error: first.error, again: first.again, next: cursor ? next : null };
}

function Paged<T>({ title, hint, load, deps, filters, head, row }: { title: string; hint?: string; load: (cursor: string | undefined) => Promise<{ items: T[]; nextCursor: string | null }>; deps: unknown[]; filters?: ComponentChildren; head: string[]; row: (item: T, again: () => void) => { key: string; cells: ComponentChildren[] } }) {
  const pages = usePages(load, deps);
  return (
    <Listed title={title} {...(hint ? { hint } : {})} load={() => Promise.resolve(true)}>
      {() => (
        <>
          {filters ? <div class="toolbar">{filters}</div> : null}
          {pages.error ? <Failed error={pages.error} again={pages.again} /> : pages.items ? null : <Loading />}
          {pages.items ? <Rows label={title} head={head} rows={pages.items.map((one) => row(one, pages.again))} /> : null}
          {pages.next ? (
            <p>
              <button class="btn" type="button" onClick={pages.next}>
                {t('show-more')}
              </button>
            </p>
          ) : null}
        </>
      )}
    </Listed>
  );
}

const chip = { sent: 'st-resolved', processed: 'st-resolved', queued: 'st-open', received: 'st-open', failed: 'st-new', suppressed: 'st-hold', ignored: 'st-hold' } as const;
export const State = ({ state }: { state: keyof typeof chip }) => <span class={`chip ${chip[state]}`}>{t(`state.${state}`)}</span>;
const TicketLink = ({ number }: { number: number | null }) => (number ? <a href={`/desk/tickets/${number}`}>{number}</a> : <>–</>);

export function Receipts() {
  const [state, setState] = useState('');
  const [channel, setChannel] = useState('');
  type Receipt = Schema<'Receipt'>;
  return (
    <Paged<Receipt>
      title={t('admin.receipts')}
      hint={t('receipts.hint')}
      deps={[state, channel]}
      load={(cursor) => ok(api.GET('/api/receipts', { params: { query: { limit: pageSize, cursor, ...(state ? { state: state as Schema<'ReceiptState'> } : {}), ...(channel ? { channel: channel as Schema<'IntakeChannel'> } : {}) } } }))}
      filters={
        <>
          <Choice label={t('state')} value={state} options={[['', t('all')], ...(['received', 'processed', 'failed', 'ignored'] as const).map((one): [string, string] => [one, t(`state.${one}`)])]} onChange={setState} />
          <Choice label={t('channel')} value={channel} options={[['', t('all')], ...(Object.keys(channels) as Schema<'IntakeChannel'>[]).map((one): [string, string] => [one, t(`channel.${one}`)])]} onChange={setChannel} />
        </>
      }
      head={[t('at'), t('channel'), t('state'), t('ticket'), t('reason'), '']}
      row={(one, again) => ({
        key: one.id,
        cells: [
          <Moment at={one.receivedAt} />,
          t(`channel.${one.channel}`),
          <State state={one.state} />,
          <TicketLink number={one.number} />,
          one.error ?? one.reason ?? '–',
          one.state === 'failed' || one.state === 'ignored' ? (
            <button
              class="btn btn--sm"
              type="button"
              aria-label={`${t('replay')}: ${moment(one.receivedAt)}`}
              onClick={() =>
                attempt(async () => {
                  await ok(api.POST('/api/receipts/{id}/replay', { params: { path: { id: one.id } } }));
                  say({ text: t('replayed') });
                  again();
                })
              }
            >
              {t('replay')}
            </button>
          ) : null,
        ],
      })}
    />
  );
}

const ways: Record<Schema<'DeliveryChannel'>, Key> = { webhook: 'action.webhook', mail: 'channel.email', teams: 'channel.teams', 'event-grid': 'delivery.event-grid', alerts: 'delivery.alerts' };
/** What is told: an event of a ticket, a kind of mail, or what only goes out here. */
const toldName = (event: string) => t(`event-type.${event}`, t(`mail-event.${event}`, t(`delivery.${event}`, event)));

export function Deliveries() {
  const [state, setState] = useState('');
  const [channel, setChannel] = useState('');
  type Delivery = Schema<'Delivery'>;
  return (
    <Paged<Delivery>
      title={t('admin.deliveries')}
      hint={t('deliveries.hint')}
      deps={[state, channel]}
      load={(cursor) => ok(api.GET('/api/deliveries', { params: { query: { limit: pageSize, cursor, ...(state ? { state: [state as Schema<'DeliveryState'>] } : {}), ...(channel ? { channel: channel as Schema<'DeliveryChannel'> } : {}) } } }))}
      filters={
        <>
          <Choice label={t('state')} value={state} options={[['', t('all')], ...(['queued', 'sent', 'failed', 'suppressed'] as const).map((one): [string, string] => [one, t(`state.${one}`)])]} onChange={setState} />
          <Choice label={t('channel')} value={channel} options={[['', t('all')], ...(Object.keys(ways) as Schema<'DeliveryChannel'>[]).map((one): [string, string] => [one, t(ways[one])])]} onChange={setChannel} />
        </>
      }
      head={[t('at'), t('channel'), t('to.label'), t('event'), t('state'), t('ticket'), t('tries'), t('reason'), '']}
      row={(one, again) => ({
        key: `${one.channel}/${one.id}`,
        cells: [
          <Moment at={one.at} />,
          t(ways[one.channel]),
          <span class="others">{one.to}</span>,
          one.event ? toldName(one.event) : '–',
          <State state={one.state} />,
          <TicketLink number={one.ticket} />,
          one.attempts,
          <span class="others">{one.error ?? '–'}</span>,
          one.state === 'failed' || one.state === 'suppressed' ? (
            <button
              class="btn btn--sm"
              type="button"
              aria-label={`${t('send-again')}: ${one.to}`}
              onClick={() =>
                attempt(async () => {
                  await call('POST', `/api/deliveries/${one.channel}/${encodeURIComponent(one.id)}/replay`);
                  say({ text: t('replayed') });
                  again();
                })
              }
            >
              {t('send-again')}
            </button>
          ) : null,
        ],
      })}
    />
  );
}

export function DeadLetters() {
  type Letter = Schema<'DeadLetter'>;
  return (
    <Paged<Letter>
      title={t('admin.dead-letters')}
      hint={t('dead-letters.hint')}
      deps={[]}
      load={(cursor) => ok(api.GET('/api/operations/dead-letters', { params: { query: { limit: pageSize, cursor } } }))}
      head={[t('at'), t('to.label'), t('ticket'), t('reason'), '']}
      row={(one, again) => ({
        key: one.id,
        cells: [
          <Moment at={one.at} />,
          one.subscriber,
          <TicketLink number={one.ticket} />,
          one.error,
          <span class="toolbar">
            {one.replayable ? (
              <button
                class="btn btn--sm"
                type="button"
                aria-label={`${t('send-again')}: ${one.subscriber} ${one.ticket}`}
                onClick={() =>
                  attempt(async () => {
                    await call('POST', `/api/operations/dead-letters/${encodeURIComponent(one.id)}/replay`);
                    say({ text: t('replayed') });
                    again();
                  })
                }
              >
                {t('send-again')}
              </button>
            ) : null}
            <button
              class="btn btn--sm btn--danger"
              type="button"
              aria-label={`${t('dismiss')}: ${one.subscriber} ${one.ticket}`}
              onClick={() =>
                attempt(async () => {
                  await call('DELETE', `/api/operations/dead-letters/${encodeURIComponent(one.id)}`);
                  again();
                })
              }
            >
              {t('dismiss')}
            </button>
          </span>,
        ],
      })}
    />
  );
}

/** What the record of changes calls the kinds of settings. */
const kinds: Record<string, Key> = {
  agent: 'agent',
  'alert-source': 'alert-source',
  'article-category': 'kind.article-category',
  automation: 'automation',
  'blocked-sender': 'kind.blocked-sender',
  calendar: 'calendar',
  chat: 'admin.chat',
  closing: 'admin.closing',
  'contact-settings': 'admin.contacts',
  'cost-settings': 'admin.prices',
  form: 'form',
  group: 'group',
  'group-link': 'kind.group-link',
  'hidden-views': 'kind.hidden-views',
  key: 'signin.key',
  knowledge: 'admin.knowledge',
  macro: 'macro',
  'mail-settings': 'admin.mail',
  'mail-template': 'kind.mail-template',
  mailbox: 'mailbox',
  'maintenance-window': 'window',
  notifications: 'kind.notifications',
  policy: 'policy',
  portal: 'kind.portal',
  'report-schedule': 'kind.report-schedule',
  retention: 'admin.retention',
  satisfaction: 'admin.satisfaction',
  'search-synonyms': 'kind.search-synonyms',
  'sign-in-identity': 'admin.sign-in',
  'telephone-system': 'telephone',
  view: 'view',
  webhook: 'action.webhook',
  workspace: 'workspace',
};
const kindName = (kind: string) => (kinds[kind] ? t(kinds[kind]) : kind);

const nameOf = (entry: Schema<'AuditEntry'>) => settingName(entry.after) ?? settingName(entry.before);
/** Of these kinds there is only one setting, which has no name. */
const only = new Set(['chat', 'closing', 'contact-settings', 'cost-settings', 'knowledge', 'mail-settings', 'portal', 'retention', 'satisfaction', 'search-synonyms']);
const isOnly = (entry: Schema<'AuditEntry'>) => only.has(entry.kind);
const entryName = (entry: Schema<'AuditEntry'>) => [kindName(entry.kind), isOnly(entry) ? '' : (nameOf(entry) ?? entry.setting)].filter(Boolean).join(' ');

/** A setting by its name, with the id by which it can be looked for. */
function Named({ entry }: { entry: Schema<'AuditEntry'> }) {
  const name = nameOf(entry);
  if (isOnly(entry)) return <>–</>;
  if (!name || name === entry.setting) return <>{entry.setting}</>;
  return (
    <>
      {name} <span class="hint">{entry.setting}</span>
    </>
  );
}

export function Audit() {
  type Entry = Schema<'AuditEntry'>;
  const [filter, setFilter] = useState({ kind: '', setting: '', by: '', from: '' });
  const [typed, setTyped] = useState(filter);
  const [open, setOpen] = useState<Entry | null>(null);
  const query = Object.fromEntries(Object.entries({ ...filter, from: filter.from && new Date(`${filter.from}T00:00:00`).toISOString() }).filter(([, one]) => one));
  return (
    <>
      <Paged<Entry>
        title={t('admin.audit')}
        hint={t('audit.hint')}
        deps={[filter]}
        load={(cursor) => ok(api.GET('/api/audit', { params: { query: { limit: pageSize, cursor, ...query } } }))}
        filters={
          <form
            class="toolbar"
            onSubmit={(event) => {
              event.preventDefault();
              setFilter({ ...typed, setting: typed.setting.trim() });
            }}
          >
            <Choice label={t('audit.kind')} value={typed.kind} options={[['', t('all')], ...Object.keys(kinds).map((one): [string, string] => [one, kindName(one)]).sort((a, b) => a[1].localeCompare(b[1]))]} onChange={(kind) => setTyped({ ...typed, kind })} />
            <Text label={t('audit.setting')} value={typed.setting} onChange={(setting) => setTyped({ ...typed, setting })} />
            <Choice label={t('audit.who')} value={typed.by} options={[['', t('all')], ...agents.value.map((one): [string, string] => [one.id, one.name])]} onChange={(by) => setTyped({ ...typed, by })} />
            <label class="field">
              <span class="label">{t('audit.since')}</span>
              <input class="input" type="date" value={typed.from} onInput={(event) => setTyped({ ...typed, from: event.currentTarget.value })} />
            </label>
            <button class="btn" type="submit">
              {t('filter')}
            </button>
          </form>
        }
        head={[t('at'), t('audit.who'), t('audit.kind'), t('audit.setting'), t('action'), t('audit.fields'), '']}
        row={(one) => ({
          key: one.id,
          cells: [
            <Moment at={one.at} />,
            <span class="others">{one.actor?.name ?? (agentName(one.actor?.id) || t('desk'))}</span>,
            kindName(one.kind),
            <span class="others">
              <Named entry={one} />
            </span>,
            t(`audit.${one.action}`),
            one.changed.map((field) => settingField(field, one.kind)).join(', '),
            <button class="btn btn--sm" type="button" aria-label={`${t('details')}: ${entryName(one)}, ${moment(one.at)}`} onClick={() => setOpen(one)}>
              {t('details')}
            </button>,
          ],
        })}
      />
      {open ? (
        <Dialog title={entryName(open)} wide close={() => setOpen(null)}>
          <h3>{t('audit.before')}</h3>
          <pre class="mono said collision__yours" tabIndex={0}>
            {open.before === null ? '–' : JSON.stringify(open.before, null, 2)}
          </pre>
          <h3>{t('audit.after')}</h3>
          <pre class="mono said collision__yours" tabIndex={0}>
            {open.after === null ? '–' : JSON.stringify(open.after, null, 2)}
          </pre>
        </Dialog>
      ) : null}
    </>
  );
}
