import { useState } from 'preact/hooks';
import { call, type Schema } from '../api';
import { date, moment, number } from '../format';
import { languages, t, type Language } from '../i18n';
import { agentName, groupName, say } from '../state';
import { attempt, Choice, Icon, useLoaded } from '../ui';
import { Editor, Once } from './editor';
import type { PanelOf } from './fields';
import { list, Listed, On, Panel, Rows, Text } from './parts';
import { Collection, Lines, Single, type Shown } from './settings';

type Mailbox = Schema<'Mailbox'>;
const usual: [string, string][] = [
  ['tls', 'TLS'],
  ['start-tls', 'STARTTLS'],
  ['none', '–'],
];

const isImap = (one: Mailbox) => one.receive === 'imap';
const isOauth = (one: Mailbox) => Boolean(one.imap?.oauth?.tokenUrl);

const mailboxPanels = (): PanelOf<Mailbox>[] => [
  {
    title: t('mailbox'),
    fields: [
      { name: 'address', label: t('mailbox.address'), kind: 'email' },
      { name: 'name', label: t('mailbox.name'), kind: 'text', hint: t('mailbox.name-hint') },
      { name: 'group', label: t('group'), kind: 'group', none: '–' },
      { name: 'language', label: t('language.unknown'), kind: 'language', none: t('as-workspace') },
      { name: 'automatic', label: t('mailbox.automatic'), kind: 'choice', options: [['ticket', t('mailbox.automatic-ticket')], ['ignore', t('mailbox.automatic-ignore')]] },
      { name: 'receive', label: t('mailbox.receive'), kind: 'choice', options: [['push', t('mailbox.push')], ['imap', t('mailbox.imap')]] },
      { name: 'aliases', label: t('mailbox.aliases'), kind: 'lines', hint: t('mailbox.aliases-hint') },
      { name: 'sendGridKey', label: t('mailbox.sendgrid'), kind: 'long', hint: t('mailbox.sendgrid-hint'), when: (one) => !isImap(one) },
      { name: 'confirm', label: t('mailbox.confirm'), kind: 'tick' },
    ],
  },
  {
    title: 'IMAP',
    when: isImap,
    fields: [
      { name: 'imap.host', label: t('imap.host'), kind: 'text' },
      { name: 'imap.port', label: t('imap.port'), kind: 'number' },
      { name: 'imap.security', label: t('imap.security'), kind: 'choice', options: usual },
      { name: 'imap.user', label: t('imap.user'), kind: 'text' },
      { name: 'imap.passwordSetting', label: t('imap.password'), kind: 'text', hint: t('secret.setting', { prefix: 'MailSecrets__' }), when: (one) => !isOauth(one) },
      { name: 'imap.folder', label: t('imap.folder'), kind: 'text', hint: 'INBOX' },
      { name: 'imap.moveTo', label: t('imap.move'), kind: 'text', hint: t('imap.move-hint') },
      { name: 'imap.since', label: t('imap.since'), kind: 'moment' },
    ],
  },
  {
    title: 'OAuth',
    hint: t('oauth.hint'),
    when: isImap,
    fields: [
      { name: 'imap.oauth.tokenUrl', label: t('oauth.token'), kind: 'url' },
      { name: 'imap.oauth.clientId', label: t('oauth.client'), kind: 'text' },
      { name: 'imap.oauth.secretSetting', label: t('oauth.secret'), kind: 'text', hint: t('secret.setting', { prefix: 'MailSecrets__' }) },
      { name: 'imap.oauth.scope', label: t('oauth.scope'), kind: 'text' },
    ],
  },
];

export const Mailboxes = (shown: Shown) => (
  <Collection<Mailbox>
    {...shown}
    section="mailboxes"
    path="/api/mailboxes"
    title={t('admin.mailboxes')}
    hint={t('mailboxes.hint')}
    fresh={t('mailbox.new')}
    name={(one) => one.address}
    empty={{ address: '', receive: 'push', automatic: 'ticket', aliases: [], imap: null }}
    columns={[
      [t('mailbox.address'), (one) => one.address],
      [t('group'), (one) => groupName(one.group) || '–'],
      [t('mailbox.receive'), (one) => t(`mailbox.${one.receive}`)],
      [t('state'), (one) => <Fetching id={one.id} />],
    ]}
    panels={mailboxPanels()}
    once={(answer: Schema<'MailboxWithSecret'>) => [[t('intake-url'), answer.intakeUrl]]}
    aside={(one, fresh) => (fresh ? <p class="hint">{t('once.later')}</p> : <MailboxState of={one} />)}
  />
);

function useStatus(id: string) {
  return useLoaded(() => call<Schema<'MailboxStatus'>>('GET', `/api/mailboxes/${encodeURIComponent(id)}/status`), [id]);
}

const fetching = { posted: 'st-open', waiting: 'st-hold', fetching: 'st-pending', ok: 'st-resolved', failing: 'st-new' } as const;

function Fetching({ id }: { id: string }) {
  const { value } = useStatus(id);
  return value ? <span class={`chip ${fetching[value.state]}`}>{t(`fetch.${value.state}`)}</span> : <>–</>;
}

/** How fetching goes, and what can be done about it. */
function MailboxState({ of }: { of: Mailbox }) {
  const { value, set } = useStatus(of.id);
  const [secret, setSecret] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const path = `/api/mailboxes/${encodeURIComponent(of.id)}`;
  const fetchNow = async () => {
    setBusy(true);
    await attempt(async () => set(await call('POST', `${path}/poll`)));
    setBusy(false);
  };
  return (
    <Panel title={t('mailbox.state')}>
      {value ? (
        <dl class="facts">
          {(
            [
              [t('state'), t(`fetch.${value.state}`)],
              [t('fetch.at'), value.polledAt && moment(value.polledAt)],
              [t('fetch.succeeded'), value.succeededAt && moment(value.succeededAt)],
              [t('fetch.backlog'), of.receive === 'imap' ? number(value.backlog) : null],
              [t('fetch.kept'), number(value.kept)],
              [t('fetch.not'), value.notFetched ? number(value.notFetched) : null],
              [t('reason'), value.error],
              [t('note'), value.notice],
            ] as [string, string | null][]
          ).map(([name, text]) =>
            text ? (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{text}</dd>
              </div>
            ) : null,
          )}
        </dl>
      ) : null}
      <div class="toolbar">
        {of.receive === 'imap' ? (
          <button class="btn" type="button" disabled={busy} onClick={fetchNow}>
            <Icon name="play" small />
            {t('fetch.now')}
          </button>
        ) : (
          <Renew path={path} done={setSecret} />
        )}
      </div>
      {secret ? <Once said={[[t('intake-url'), secret]]} close={() => setSecret(null)} /> : null}
    </Panel>
  );
}

/** Gives something a new secret address. The one before works no longer, so it asks. */
export function Renew({ path, done }: { path: string; done: (address: string) => void }) {
  const [sure, setSure] = useState(false);
  return sure ? (
    <>
      <p class="hint">{t('renew.hint')}</p>
      <button class="btn btn--danger" type="button" onClick={() => attempt(async () => done((await call<{ intakeUrl: string }>('POST', `${path}/renew`)).intakeUrl)).then(() => setSure(false))}>
        {t('renew')}
      </button>
      <button class="btn" type="button" onClick={() => setSure(false)}>
        {t('cancel')}
      </button>
    </>
  ) : (
    <button class="btn" type="button" onClick={() => setSure(true)}>
      {t('renew')}
    </button>
  );
}

const toRequesters: Schema<'MailEvent'>[] = ['received', 'public-answer', 'resolved', 'closed', 'reopened'];

export function MailSettings() {
  const boxes = useLoaded(() => list<Mailbox>('/api/mailboxes'), []).value ?? [];
  return (
    <Single<Schema<'MailSettings'>>
      section="mail"
      path="/api/mail-settings"
      title={t('admin.mail')}
      panels={[
        {
          title: t('mail.out'),
          fields: [
            { name: 'fromName', label: t('mail.from'), kind: 'text', hint: t('mail.from-hint') },
            { name: 'mailbox', label: t('mail.mailbox'), kind: 'choice', none: '–', options: boxes.map((one) => [one.id, one.address]) },
            { name: 'language', label: t('language.unknown'), kind: 'language' },
            { name: 'keep', label: t('mail.keep'), kind: 'span' },
            { name: 'acknowledgementsPerHour', label: t('mail.acknowledgements'), kind: 'number' },
            { name: 'toRequesters', label: t('mail.to-requesters'), kind: 'several', options: toRequesters.map((one) => [one, t(`mail-event.${one}`)]) },
            { name: 'signature', label: t('mail.signature'), kind: 'long' },
            { name: 'footer', label: t('mail.footer'), kind: 'long' },
          ],
        },
      ]}
    />
  );
}

type Template = Schema<'MailTemplate'>;

export function Templates({ id, admin }: Shown) {
  const [wanted, setWanted] = useState<string>(document.documentElement.lang);
  if (id) return <TemplateEditor key={id} id={id} />;
  return (
    <Listed title={t('admin.templates')} hint={t('templates.hint')} load={() => list<Template>('/api/templates')}>
      {(all) => (
        <>
          <div class="toolbar">
            <Choice label={t('language')} value={wanted} options={Object.entries(languages)} onChange={setWanted} />
          </div>
          <Rows
            label={t('admin.templates')}
            head={[t('mail'), t('subject'), t('template.own')]}
            rows={all
              .filter((one) => one.language === wanted)
              .map((one) => ({ key: one.id, cells: [admin ? <a href={`/desk/admin/templates/${one.id}`}>{t(`mail-event.${one.event}`)}</a> : t(`mail-event.${one.event}`), <code>{one.subject}</code>, <On on={one.custom} />] }))}
          />
        </>
      )}
    </Listed>
  );
}

function TemplateEditor({ id }: { id: string }) {
  return (
    <Editor<Template>
      section="/desk/admin/templates"
      path="/api/templates"
      id={id}
      method="PUT"
      empty={{} as Template}
      title={(one) => `${t(`mail-event.${one.event}`)} (${languages[one.language as Language]})`}
      body={({ subject, text, html }) => ({ subject, text, html })}
      canRemove={(one) => one.custom}
      removeWords={t('template.back')}
      aside={(one) => <Preview draft={one} />}
    >
      {(one, set, wrong) => (
        <Panel title={t('mail')} hint={t('template.liquid')}>
          <Text label={t('subject')} value={one.subject} onChange={(subject) => set({ subject })} wrong={wrong('subject')} />
          <Area label={t('template.text')} value={one.text} rows={12} onChange={(text) => set({ text })} wrong={wrong('text')} />
          <Area label={t('template.html')} value={one.html} rows={8} onChange={(html) => set({ html })} wrong={wrong('html')} />
        </Panel>
      )}
    </Editor>
  );
}

const Area = ({ label, value, rows, onChange, wrong }: { label: string; value: string; rows: number; onChange: (value: string) => void; wrong?: string | undefined }) => (
  <label class={`field${wrong ? ' field--error' : ''}`}>
    <span class="label">{label}</span>
    <textarea class="textarea mono" rows={rows} value={value} onInput={(event) => onChange(event.currentTarget.value)} />
    {wrong ? <span class="error">{wrong}</span> : null}
  </label>
);

/** What a draft makes of a ticket, which is made up unless one is named. */
function Preview({ draft }: { draft: Template }) {
  const [ticket, setTicket] = useState('');
  const [made, setMade] = useState<Schema<'MailPreview'> | null>(null);
  const body = { subject: draft.subject, text: draft.text, html: draft.html, ...(ticket.trim() ? { ticket: ticket.trim() } : {}) };
  const path = `/api/templates/${encodeURIComponent(draft.id)}`;
  return (
    <section class="panel" aria-labelledby="mail-preview">
      <header class="panel__head">
        <h2 id="mail-preview">{t('article.preview')}</h2>
      </header>
      <div class="panel__body stack">
        <Text label={t('ticket')} hint={t('template.ticket')} value={ticket} onChange={setTicket} />
        <div class="toolbar">
          <button class="btn" type="button" onClick={() => attempt(async () => setMade(await call('POST', `${path}/preview`, body)))}>
            <Icon name="play" small />
            {t('article.preview')}
          </button>
          <button class="btn" type="button" onClick={() => attempt(async () => say({ text: t('template.sent', { to: (await call<Schema<'Outbox'>>('POST', `${path}/send-test`, body)).to }) }))}>
            {t('template.send')}
          </button>
        </div>
        {made ? (
          <div class="stack" role="status">
            <p class="muted">
              {made.fromName ?? made.from} → {made.to}
            </p>
            <p>
              <b>{made.subject}</b>
            </p>
            <p class="said collision__yours">{made.text}</p>
          </div>
        ) : null}
      </div>
    </section>
  );
}

export const Suppressions = () => (
  <Lines<Schema<'Suppression'>>
    title={t('admin.suppressions')}
    hint={t('suppressions.hint')}
    path="/api/suppressions"
    fresh={t('suppression.new')}
    fields={[
      { name: 'email', label: t('email'), kind: 'email' },
      { name: 'reason', label: t('reason'), kind: 'text' },
    ]}
    columns={[
      [t('email'), (one) => one.email],
      [t('reason'), (one) => one.reason],
      [t('said-by'), (one) => one.source],
      [t('at'), (one) => date(one.at)],
    ]}
    name={(one) => one.email}
    idOf={(one) => one.email}
    removeWords={t('suppression.lift')}
  />
);

export const BlockedSenders = ({ admin }: Shown) => (
  <Lines<Schema<'BlockedSender'>>
    title={t('admin.blocked-senders')}
    hint={t('blocked.hint')}
    path="/api/blocked-senders"
    fresh={t('blocked.new')}
    fields={[
      { name: 'sender', label: t('blocked.sender'), kind: 'text', hint: t('blocked.sender-hint') },
      { name: 'reason', label: t('reason'), kind: 'text' },
    ]}
    columns={[
      [t('blocked.sender'), (one) => one.sender],
      [t('reason'), (one) => one.reason ?? '–'],
      [t('said-by'), (one) => agentName(one.by) || '–'],
      [t('at'), (one) => date(one.at)],
    ]}
    name={(one) => one.sender}
    idOf={(one) => one.sender}
    removeWords={t('unblock')}
    canRemove={admin}
  />
);
