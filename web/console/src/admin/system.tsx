import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { api, call, ok, type Schema } from '../api';
import { moment } from '../format';
import { t } from '../i18n';
import { agentName, say } from '../state';
import { attempt, channels, Choice, Dialog, Icon, useLoaded } from '../ui';
import { ConditionBuilder } from './conditions';
import { Editor } from './editor';
import { list, Listed, On, Panel, Rows, Several, Text, Tick } from './parts';

const root = '/desk/admin';

/** A long list, page after page. */
function usePages<T>(load: (cursor: string | undefined) => Promise<{ items: T[]; nextCursor: string | null }>, deps: unknown[]) {
  const first = useLoaded(() => load(undefined), deps);
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
          {pages.error ? <p class="error">{t('offline.short')}</p> : null}
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
const State = ({ state }: { state: keyof typeof chip }) => <span class={`chip ${chip[state]}`}>{t(`state.${state}`)}</span>;
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
      load={(cursor) => ok(api.GET('/api/receipts', { params: { query: { limit: 50, cursor, ...(state ? { state: state as Schema<'ReceiptState'> } : {}), ...(channel ? { channel: channel as Schema<'IntakeChannel'> } : {}) } } }))}
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
          moment(one.receivedAt),
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

export function Deliveries() {
  const [state, setState] = useState('');
  const [channel, setChannel] = useState('');
  type Delivery = Schema<'Delivery'>;
  return (
    <Paged<Delivery>
      title={t('admin.deliveries')}
      hint={t('deliveries.hint')}
      deps={[state, channel]}
      load={(cursor) => ok(api.GET('/api/deliveries', { params: { query: { limit: 50, cursor, ...(state ? { state: [state as Schema<'DeliveryState'>] } : {}), ...(channel ? { channel: channel as Schema<'DeliveryChannel'> } : {}) } } }))}
      filters={
        <>
          <Choice label={t('state')} value={state} options={[['', t('all')], ...(['queued', 'sent', 'failed', 'suppressed'] as const).map((one): [string, string] => [one, t(`state.${one}`)])]} onChange={setState} />
          <Choice label={t('channel')} value={channel} options={[['', t('all')], ...(['webhook', 'mail', 'teams', 'event-grid', 'alerts'] as const).map((one): [string, string] => [one, one])]} onChange={setChannel} />
        </>
      }
      head={[t('at'), t('channel'), t('to.label'), t('event'), t('state'), t('ticket'), t('tries'), t('reason'), '']}
      row={(one, again) => ({
        key: `${one.channel}/${one.id}`,
        cells: [
          moment(one.at),
          one.channel,
          one.to,
          one.event ?? '–',
          <State state={one.state} />,
          <TicketLink number={one.ticket} />,
          one.attempts,
          one.error ?? '–',
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
      load={(cursor) => ok(api.GET('/api/operations/dead-letters', { params: { query: { limit: 50, cursor } } }))}
      head={[t('at'), t('to.label'), t('ticket'), t('reason'), '']}
      row={(one, again) => ({
        key: one.id,
        cells: [
          moment(one.at),
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

export function Audit() {
  type Entry = Schema<'AuditEntry'>;
  const [kind, setKind] = useState('');
  const [typed, setTyped] = useState('');
  const [open, setOpen] = useState<Entry | null>(null);
  return (
    <>
      <Paged<Entry>
        title={t('admin.audit')}
        hint={t('audit.hint')}
        deps={[kind]}
        load={(cursor) => ok(api.GET('/api/audit', { params: { query: { limit: 50, cursor, ...(kind ? { kind } : {}) } } }))}
        filters={
          <form
            class="toolbar"
            onSubmit={(event) => {
              event.preventDefault();
              setKind(typed.trim());
            }}
          >
            <Text label={t('audit.kind')} value={typed} onChange={setTyped} />
            <button class="btn" type="submit">
              {t('filter')}
            </button>
          </form>
        }
        head={[t('at'), t('audit.who'), t('audit.kind'), t('audit.setting'), t('action'), t('audit.changed'), '']}
        row={(one) => ({
          key: one.id,
          cells: [
            moment(one.at),
            one.actor?.name ?? (agentName(one.actor?.id) || t('desk')),
            one.kind,
            one.setting,
            t(`audit.${one.action}`),
            one.changed.join(', '),
            <button class="btn btn--sm" type="button" aria-label={`${t('details')}: ${one.kind} ${one.setting}, ${moment(one.at)}`} onClick={() => setOpen(one)}>
              {t('details')}
            </button>,
          ],
        })}
      />
      {open ? (
        <Dialog title={`${open.kind} ${open.setting}`} wide close={() => setOpen(null)}>
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

type Webhook = Schema<'Webhook'>;
type WebhookDraft = Pick<Webhook, 'name' | 'url' | 'events' | 'condition' | 'active' | 'includeWords'>;

export function Webhooks({ id }: { id?: string | undefined }) {
  const [secret, setSecret] = useState<string | null>(null);
  const events = useLoaded(async () => (await ok(api.GET('/api/conditions/fields', { params: { query: { scope: 'events' } } }))).items.find((one) => one.name === 'event')?.choices ?? [], []).value;
  if (id && id !== 'new')
    return (
      <>
        <Editor<WebhookDraft>
          key={id}
          section={`${root}/webhooks`}
          path="/api/webhooks"
          id={id}
          empty={{ name: null, url: '', events: [], condition: null, active: true, includeWords: false }}
          title={(one) => one.name ?? one.url}
          body={({ name, url, events: wanted, condition, active, includeWords }) => ({ name, url, events: wanted, active, includeWords, ...(condition ? { condition } : {}) })}
          aside={() => <WebhookDeliveries id={id} secret={setSecret} />}
        >
          {(one, set, wrong) => (
            <>
              <WebhookForm value={one} set={set} wrong={wrong} events={(events ?? []).map(String)} />
              <Panel title={t('conditions')}>
                <ConditionBuilder scope="events" value={one.condition as never} onChange={(condition) => set({ condition: condition as never })} wrong={wrong('condition')} />
              </Panel>
            </>
          )}
        </Editor>
        {secret ? <Secret secret={secret} close={() => setSecret(null)} /> : null}
      </>
    );
  return (
    <Listed title={t('admin.webhooks')} hint={t('webhooks.hint')} load={() => list<Webhook>('/api/webhooks')}>
      {(all, again) => (
        <>
          <NewWebhook
            made={(next) => {
              setSecret(next);
              again();
            }}
          />
          <Rows
            label={t('admin.webhooks')}
            head={[t('name'), 'URL', t('events'), t('state'), t('active')]}
            rows={all.map((one) => ({
              key: one.id,
              cells: [<a href={`${root}/webhooks/${one.id}`}>{one.name ?? one.id}</a>, one.url, one.events.length ? one.events.join(', ') : t('all'), one.health.lastError ?? t(`health.${one.health.state}`), <On on={one.active} />],
            }))}
          />
          {secret ? <Secret secret={secret} close={() => setSecret(null)} /> : null}
        </>
      )}
    </Listed>
  );
}

const Secret = ({ secret, close }: { secret: string; close: () => void }) => (
  <Dialog title={t('webhook.secret')} close={close}>
    <p>{t('key.once')}</p>
    <p class="mono said collision__yours">{secret}</p>
  </Dialog>
);

function WebhookForm({ value, set, wrong, events }: { value: WebhookDraft; set: (part: Partial<WebhookDraft>) => void; wrong: (field: string) => string | undefined; events: string[] }) {
  return (
    <Panel title="Webhook">
      <div class="row2">
        <Text label={t('name')} value={value.name ?? ''} onChange={(name) => set({ name: name || null })} wrong={wrong('name')} />
        <Text label="URL" type="url" value={value.url} onChange={(url) => set({ url })} wrong={wrong('url')} />
      </div>
      <Several label={t('webhook.events')} all={events.map((one): [string, string] => [one, one])} chosen={value.events} onChange={(chosen) => set({ events: chosen })} />
      <div class="toolbar">
        <Tick label={t('webhook.words')} on={value.includeWords} onChange={(includeWords) => set({ includeWords })} />
        <Tick label={t('active')} on={value.active} onChange={(active) => set({ active })} />
      </div>
    </Panel>
  );
}

function NewWebhook({ made }: { made: (secret: string) => void }) {
  const [url, setUrl] = useState('');
  const [name, setName] = useState('');
  const [open, setOpen] = useState(false);
  const add = () =>
    attempt(async () => {
      const next = await call<Schema<'WebhookSecret'>>('POST', '/api/webhooks', { url, ...(name ? { name } : {}) });
      setOpen(false);
      setUrl('');
      setName('');
      made(next.secret);
    });
  return (
    <div class="toolbar">
      <button class="btn btn--primary" type="button" onClick={() => setOpen(true)}>
        <Icon name="plus" small />
        {t('webhook.new')}
      </button>
      {open ? (
        <Dialog
          title={t('webhook.new')}
          close={() => setOpen(false)}
          onSubmit={add}
          foot={
            <>
              <button class="btn" type="button" onClick={() => setOpen(false)}>
                {t('cancel')}
              </button>
              <button class="btn btn--primary" type="submit">
                {t('add')}
              </button>
            </>
          }
        >
          <Text label={t('name')} value={name} onChange={setName} />
          <Text label="URL" type="url" value={url} onChange={setUrl} />
        </Dialog>
      ) : null}
    </div>
  );
}

function WebhookDeliveries({ id, secret }: { id: string; secret: (text: string) => void }) {
  const { value, again } = useLoaded(() => ok(api.GET('/api/webhooks/{id}/deliveries', { params: { path: { id }, query: { limit: 20 } } })), [id]);
  const act = (run: () => Promise<unknown>) =>
    attempt(async () => {
      await run();
      again();
    });
  return (
    <section class="panel">
      <header class="panel__head">
        <h2>{t('admin.deliveries')}</h2>
        <span class="toolbar push">
          <button class="btn btn--sm" type="button" onClick={() => act(() => call('POST', `/api/webhooks/${id}/test`))}>
            {t('webhook.test')}
          </button>
          <button class="btn btn--sm" type="button" onClick={() => attempt(async () => secret((await call<Schema<'WebhookSecret'>>('POST', `/api/webhooks/${id}/rotate`, {})).secret))}>
            {t('webhook.rotate')}
          </button>
        </span>
      </header>
      {(value?.items ?? []).map((one) => (
        <div key={one.id} class="result">
          <p>
            <State state={one.state} />
            <span class="truncate">{one.type}</span>
            <time class="push muted">{moment(one.at)}</time>
          </p>
          {one.error ? <p>{one.error}</p> : null}
          {one.state === 'failed' ? (
            <p>
              <button class="link" type="button" onClick={() => act(() => call('POST', `/api/webhooks/${id}/deliveries/${encodeURIComponent(one.id)}/replay`))}>
                {t('send-again')}
              </button>
            </p>
          ) : null}
        </div>
      ))}
      {value && !value.items.length ? <p class="panel__body hint">{t('nothing-yet')}</p> : null}
    </section>
  );
}
