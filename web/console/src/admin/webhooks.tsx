import { useState } from 'preact/hooks';
import { api, call, filled, ok, type Schema } from '../api';
import { moment } from '../format';
import { t } from '../i18n';
import { attempt, Dialog, useLoaded } from '../ui';
import { ConditionBuilder } from './conditions';
import { Editor, isTaken, OwnId } from './editor';
import { Copied, list, Listed, On, Panel, Rows, Several, Text, Tick } from './parts';
import { State } from './system';

const root = '/desk/admin';
type Webhook = Schema<'Webhook'>;
type WebhookDraft = Pick<Webhook, 'name' | 'url' | 'events' | 'condition' | 'active' | 'includeWords'>;

const eventName = (type: string) => t(`event-type.${type}`, type);

export function Webhooks({ id }: { id?: string | undefined }) {
  const [secret, setSecret] = useState<string | null>(null);
  const [adding, setAdding] = useState(false);
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
    <Listed title={t('admin.webhooks')} hint={t('webhooks.hint')} load={() => list<Webhook>('/api/webhooks')} add={{ words: t('webhook.new'), run: () => setAdding(true) }}>
      {(all, again) => (
        <>
          {adding ? (
            <NewWebhook
              close={() => setAdding(false)}
              made={(next) => {
                setAdding(false);
                setSecret(next);
                again();
              }}
            />
          ) : null}
          <Rows
            label={t('admin.webhooks')}
            head={[t('name'), 'URL', t('events'), t('state'), t('active')]}
            rows={all.map((one) => ({
              key: one.id,
              cells: [<a href={`${root}/webhooks/${one.id}`}>{one.name ?? one.id}</a>, one.url, one.events.length ? one.events.map(eventName).join(', ') : t('all'), one.health.lastError ?? t(`health.${one.health.state}`), <On on={one.active} />],
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
    <Copied label={t('webhook.secret')} text={secret} />
  </Dialog>
);

function WebhookForm({ value, set, wrong, events }: { value: WebhookDraft; set: (part: Partial<WebhookDraft>) => void; wrong: (field: string) => string | undefined; events: string[] }) {
  return (
    <Panel title="Webhook">
      <div class="row2">
        <Text label={t('name')} value={value.name ?? ''} onChange={(name) => set({ name: name || null })} wrong={wrong('name')} />
        <Text label="URL" type="url" value={value.url} onChange={(url) => set({ url })} wrong={wrong('url')} />
      </div>
      <Several label={t('webhook.events')} all={events.map((one): [string, string] => [one, eventName(one)]).sort((a, b) => a[1].localeCompare(b[1]))} chosen={value.events} onChange={(chosen) => set({ events: chosen })} />
      <div class="toolbar">
        <Tick label={t('webhook.words')} on={value.includeWords} onChange={(includeWords) => set({ includeWords })} />
        <Tick label={t('active')} on={value.active} onChange={(active) => set({ active })} />
      </div>
    </Panel>
  );
}

function NewWebhook({ close, made }: { close: () => void; made: (secret: string) => void }) {
  const [url, setUrl] = useState('');
  const [name, setName] = useState('');
  const [id, setId] = useState<string | null>(null);
  const add = () =>
    attempt(async () => {
      try {
        made((await call<Schema<'WebhookSecret'>>('POST', '/api/webhooks', { url, ...(name ? { name } : {}), ...(id ? { id } : {}) })).secret);
      } catch (error) {
        if (isTaken(error)) setId(id ?? '');
        throw error;
      }
    });
  return (
    <Dialog
      title={t('webhook.new')}
      close={close}
      onSubmit={add}
      foot={
        <>
          <button class="btn" type="button" onClick={close}>
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
      {id === null ? null : <OwnId value={id} onChange={setId} />}
    </Dialog>
  );
}

function WebhookDeliveries({ id, secret }: { id: string; secret: (text: string) => void }) {
  const { value, again } = useLoaded(() => filled(20, (cursor) => ok(api.GET('/api/webhooks/{id}/deliveries', { params: { path: { id }, query: { limit: 20, cursor } } }))), [id]);
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
            <span class="truncate">{eventName(one.type)}</span>
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
