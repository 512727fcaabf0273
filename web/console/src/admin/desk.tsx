import { useState } from 'preact/hooks';
import { api, call, filled, ok, Refusal, type Schema } from '../api';
import { moment, number } from '../format';
import { language, t } from '../i18n';
import { say } from '../state';
import { attempt, channels, Icon, useLoaded } from '../ui';
import { Copied, list, Panel } from './parts';
import { Collection, Single, type Shown } from './settings';

// Chat.
type Chat = Schema<'ChatSetting'>;

export const WebChat = () => (
  <Single<Chat>
    section="chat"
    path="/api/chat"
    title={t('admin.chat')}
    hint={t('chat.hint')}
    panels={[
      {
        title: t('admin.chat'),
        fields: [
          { name: 'enabled', label: t('chat.enabled'), kind: 'tick' },
          { name: 'group', label: t('group'), kind: 'group', none: '–' },
          { name: 'allowedOrigins', label: t('chat.origins'), kind: 'lines', hint: t('chat.origins-hint') },
        ],
      },
    ]}
    aside={(one) => <Embedding of={one} />}
  />
);

function Embedding({ of }: { of: Chat }) {
  const [sure, setSure] = useState(false);
  const [now, setNow] = useState<Chat | null>(null);
  return (
    <Panel title={t('chat.embed')} hint={t('chat.embed-hint')}>
      <Copied label={t('chat.embed')} text={(now ?? of).embed} />
      <div class="toolbar">
        {sure ? (
          <>
            <p class="hint">{t('chat.new-key-hint')}</p>
            <button
              class="btn btn--danger"
              type="button"
              onClick={() =>
                attempt(async () => {
                  setNow(await call<Chat>('PATCH', '/api/chat', { newKey: true }));
                  setSure(false);
                  say({ text: t('saved') });
                })
              }
            >
              {t('chat.new-key')}
            </button>
            <button class="btn" type="button" onClick={() => setSure(false)}>
              {t('cancel')}
            </button>
          </>
        ) : (
          <button class="btn" type="button" onClick={() => setSure(true)}>
            {t('chat.new-key')}
          </button>
        )}
      </div>
    </Panel>
  );
}

// What holds for the whole desk.
export const Satisfaction = () => (
  <Single<Schema<'SatisfactionSettings'>>
    section="satisfaction"
    path="/api/satisfaction-settings"
    title={t('admin.satisfaction')}
    hint={t('satisfaction.hint')}
    panels={[
      {
        title: t('admin.satisfaction'),
        fields: [
          { name: 'active', label: t('satisfaction.active'), kind: 'tick' },
          { name: 'after', label: t('satisfaction.after'), kind: 'span' },
          { name: 'scale', label: t('satisfaction.scale'), kind: 'choice', options: (['stars', 'good-bad'] as const).map((one) => [one, t(`satisfaction.${one}`)]) },
          { name: 'channels', label: t('satisfaction.channels'), kind: 'several', options: (Object.keys(channels) as Schema<'IntakeChannel'>[]).map((one) => [one, t(`channel.${one}`)]) },
        ],
      },
    ]}
  />
);

export const Closing = () => (
  <Single<Schema<'Closing'>>
    section="closing"
    path="/api/automations/closing"
    title={t('admin.closing')}
    hint={t('closing.hint')}
    panels={[
      {
        title: t('admin.closing'),
        fields: [
          { name: 'closeResolvedAfter', label: t('closing.resolved'), kind: 'span', hint: t('closing.never') },
          { name: 'remindPendingAfter', label: t('closing.remind'), kind: 'span', hint: t('closing.never') },
          { name: 'closePendingAfter', label: t('closing.pending'), kind: 'span', hint: t('closing.never') },
          { name: 'reminder', label: t('closing.reminder'), kind: 'long' },
          { name: 'farewell', label: t('closing.farewell'), kind: 'long' },
        ],
      },
    ]}
  />
);

export const ContactSettings = () => (
  <Single<Schema<'ContactSetting'>>
    section="contacts"
    path="/api/contact-settings"
    title={t('admin.contacts')}
    panels={[{ title: t('admin.contacts'), fields: [{ name: 'region', label: t('contacts.region'), kind: 'text', hint: t('contacts.region-hint') }] }]}
  />
);

type Prices = Schema<'CostSettings'>;

export const CostSettings = () => (
  <Single<Prices>
    section="prices"
    path="/api/cost-settings"
    title={t('admin.prices')}
    hint={t('prices.hint')}
    panels={[
      {
        title: t('admin.prices'),
        fields: [
          { name: 'currency', label: t('prices.currency'), kind: 'text' },
          ...(['tables', 'queues', 'blobs', 'executions', 'gbSecond', 'gigabytes', 'mails', 'month'] as const).map((name) => ({ name, label: t(`prices.${name}`), kind: 'number' as const })),
        ],
      },
    ]}
  />
);

// How long things are kept.
type Retention = Schema<'Retention'>;
const rules = ['ticketWordsMonths', 'contactsMonths', 'callsMonths', 'receiptBodiesDays', 'chatsDays'] as const;

export const RetentionSettings = () => (
  <Single<Retention>
    section="retention"
    path="/api/retention"
    title={t('admin.retention')}
    hint={t('retention.hint')}
    panels={[{ title: t('admin.retention'), hint: t('retention.empty'), fields: rules.map((name) => ({ name, label: t(`retention.${name}`), kind: 'number' as const })) }]}
    aside={(one) => <TryRetention draft={one} />}
  />
);

const ruleName = (rule: string) => rules.find((name) => name.replace(/(Months|Days)$/, '').toLowerCase() === rule.replaceAll('-', '').toLowerCase());

/** What the rules would remove now, and what they have removed. */
function TryRetention({ draft }: { draft: Retention }) {
  const [found, setFound] = useState<Schema<'RetentionPreview'> | null>(null);
  const runs = useLoaded(() => filled(20, (cursor) => ok(api.GET('/api/retention/runs', { params: { query: { limit: 20, cursor } } }))), []).value?.items ?? [];
  const said = (one: Schema<'RetentionResult'>) => {
    const name = ruleName(one.rule);
    return `${name ? t(`retention.${name}`) : one.rule}: ${number(one.count)}${one.complete ? '' : '+'}`;
  };
  const run = () => attempt(async () => setFound(await call('POST', '/api/retention/try', Object.fromEntries(rules.map((name) => [name, draft[name] ?? null])))));
  return (
    <>
      <Panel title={t('retention.try')} hint={t('try.hint')}>
        <div class="toolbar">
          <button class="btn" type="button" onClick={run}>
            <Icon name="play" small />
            {t('retention.try')}
          </button>
        </div>
        {found ? (
          <ul role="status">
            {found.results.map((one) => (
              <li key={one.rule}>{said(one)}</li>
            ))}
            {found.results.length ? null : <li>{t('retention.nothing')}</li>}
          </ul>
        ) : null}
      </Panel>
      <Panel title={t('retention.runs')}>
        {runs.length ? null : <p class="hint">{t('nothing-yet')}</p>}
        {runs.map((one) => (
          <p key={one.id}>
            <time class="muted">{moment(one.at)}</time> {one.results.map(said).join(', ')}
          </p>
        ))}
      </Panel>
    </>
  );
}

// Knowledge.
export const KnowledgeSettings = () => (
  <Single<Schema<'KnowledgeSettings'>>
    section="knowledge"
    path="/api/knowledge/settings"
    title={t('admin.knowledge')}
    panels={[
      {
        title: t('admin.knowledge'),
        fields: [
          { name: 'publishers', label: t('knowledge.publishers'), kind: 'choice', options: (['agents', 'admins'] as const).map((one) => [one, t(`knowledge.${one}`)]) },
          { name: 'review', label: t('knowledge.review'), kind: 'tick' },
        ],
      },
    ]}
  />
);

type Category = Schema<'Category'>;
const inWords = (text: Record<string, string>) => text[language.value] ?? text.en ?? Object.values(text)[0] ?? '';

export const Categories = (shown: Shown) => (
  <Collection<Category>
    {...shown}
    section="categories"
    path="/api/article-categories"
    title={t('admin.categories')}
    fresh={t('category.new')}
    name={(one) => inWords(one.names ?? {})}
    empty={{ names: {}, descriptions: {}, position: 100 }}
    {...(shown.id && shown.id !== 'new' ? { load: async () => (await list<Category>('/api/article-categories')).find((one) => one.id === shown.id) ?? Promise.reject(new Refusal(404, { title: t('nothing-here') })) } : {})}
    columns={[
      [t('name'), (one) => inWords(one.names)],
      [t('description'), (one) => inWords(one.descriptions) || '–'],
      [t('position.name'), (one) => one.position],
    ]}
    panels={[
      {
        title: t('article.category'),
        fields: [
          { name: 'names', label: t('name'), kind: 'local' },
          { name: 'descriptions', label: t('description'), kind: 'local' },
          { name: 'position', label: t('position.name'), kind: 'number', hint: t('position.hint') },
        ],
      },
    ]}
  />
);
