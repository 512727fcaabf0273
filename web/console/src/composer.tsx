import { useEffect, useRef, useState } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { api, call, ifMatch, ok, onceKey, Refusal, Unreachable, type Schema, type Status, type Ticket } from './api';
import { size } from './format';
import { t } from './i18n';
import { draftOf } from './drafts';
import { useKeys } from './keys';
import { beside } from './lists';
import { forget, load, type Bundle } from './ticket-data';
import { keep, macros, me, recall, say } from './state';
import { Since } from './timeline';
import { attempt, Dialog, Icon, Menu, PriorityMark, StatusChip, useLoaded, wordsOf } from './ui';

type Mode = 'reply' | 'note';
type SendAs = Extract<Status, 'open' | 'pending' | 'on-hold' | 'resolved'>;

interface Draft {
  mode: Mode;
  reply: string;
  note: string;
  files: { id: string; name: string; size: number }[];
  /** The last event that whoever writes had seen when they began. */
  seq: number | null;
  /** Sends these words once, however often they are sent. */
  key: string;
}

const empty = (): Draft => ({ mode: 'reply', reply: '', note: '', files: [], seq: null, key: onceKey() });
const matters = new Set(['comment-added', 'status-changed', 'assignee-changed', 'ticket-reopened', 'ticket-merged', 'macro-applied']);

/** Fills in what is known here; what is not stays to be filled in by the desk. */
export const filled = (text: string, ticket: Ticket) =>
  text.replace(/\{\{\s*([\w.]+)\s*\}\}/g, (all, name: string) => {
    const values: Record<string, string | null> = {
      'requester.name': ticket.requester.name ?? ticket.requester.email,
      'requester.email': ticket.requester.email,
      'ticket.number': `${ticket.number}`,
      'ticket.subject': ticket.subject,
      'agent.name': me.value?.name ?? null,
    };
    return values[name] ?? all;
  });

/** What would be sent. */
const said = ({ reply, note, files }: Draft) => JSON.stringify([reply, note, files.map((file) => file.id)]);

export interface ComposerHandle {
  focus: (mode: Mode) => void;
}

export function Composer({ bundle, changed, writing, handle }: { bundle: Bundle; changed: () => Promise<unknown>; writing: (is: boolean) => void; handle: { current: ComposerHandle | null } }) {
  const { ticket } = bundle;
  const [stored] = useState(() => draftOf<Draft>(ticket.id, onceKey, (one, other) => said(one) === said(other)));
  const [draft, setDraft] = useState<Draft>(() => ({ ...empty(), ...stored.draft }));
  const [as, setAs] = useState<SendAs>(() => recall<SendAs>('send-as', 'pending'));
  const [busy, setBusy] = useState(false);
  const [wrong, setWrong] = useState('');
  const [macro, setMacro] = useState<Schema<'Macro'> | null>(null);
  const [collision, setCollision] = useState<{ bundle: Bundle; seq: number } | null>(null);
  const [uploading, setUploading] = useState(0);
  const area = useRef<HTMLTextAreaElement>(null);
  const chooser = useRef<HTMLInputElement>(null);
  const latest = useRef(draft);
  const { route } = useLocation();
  const words = draft[draft.mode];
  const hasWords = words.trim() !== '';
  const articles = useLoaded(async () => {
    const text = `${ticket.subject} ${ticket.description}`.replace(/\s+/g, ' ').slice(0, 2000);
    return (await ok(api.GET('/api/knowledge/suggest', { params: { query: { text, limit: 3 } } }))).items.filter((one) => one.url);
  }, [ticket.id]).value ?? [];

  const change = (part: Partial<Draft>) => {
    const wanted = { ...latest.current, ...part };
    const written = wanted.reply.trim() !== '' || wanted.note.trim() !== '' || wanted.files.length > 0;
    wanted.seq = written ? (wanted.seq ?? ticket.version) : null;
    const next = stored.keep(written ? wanted : null) ?? wanted;
    latest.current = next;
    setDraft(next);
  };
  useEffect(() => writing(hasWords), [hasWords]);

  const focus = (mode: Mode) => {
    if (mode !== latest.current.mode) change({ mode });
    // At once: whoever types on without a pause means these letters for the text.
    area.current?.focus({ preventScroll: true });
    requestAnimationFrame(() => area.current?.scrollIntoView({ block: 'nearest' }));
  };
  handle.current = { focus };

  const upload = (files: Iterable<File>) =>
    attempt(async () => {
      const list = [...files];
      if (!list.length) return;
      setUploading((count) => count + list.length);
      try {
        const form = new FormData();
        for (const file of list) form.append('files', file, file.name || `${t('pasted')}.png`);
        const { items } = await call<Schema<'Attachments'>>('POST', '/api/attachments', form);
        change({ files: [...latest.current.files, ...items.map((one) => ({ id: one.id, name: one.name, size: one.size }))] });
      } finally {
        setUploading((count) => count - list.length);
      }
    });

  const send = async (sendAs: SendAs | null, anyway?: number, now = latest.current) => {
    const note = now.mode === 'note';
    const body = now[now.mode].trim();
    if (!body) {
      setWrong(t('missing'));
      area.current?.focus();
      return;
    }
    setBusy(true);
    setWrong('');
    try {
      await ok(
        api.POST('/api/tickets/{id}/comments', {
          params: { path: { id: ticket.id }, header: { 'Idempotency-Key': now.key, ...ifMatch(anyway ?? now.seq ?? ticket.version) } },
          body: { body, visibility: note ? 'internal' : 'public', ...(now.files.length ? { attachments: now.files.map((one) => one.id) } : {}) },
        }),
      );
      // What was written on while this was on its way is the next one.
      const written = latest.current[now.mode].trimStart();
      const more = written.startsWith(body) ? written.slice(body.length).trimStart() : written;
      change({ [now.mode]: more, files: latest.current.files.filter((one) => !now.files.some((sent) => sent.id === one.id)), key: onceKey(), seq: null } as Partial<Draft>);
      forget(ticket.number);
      if (!note && sendAs) await becomes(sendAs, body);
      say({ text: t(note ? 'note.added' : 'reply.sent') });
      const next = !note && sendAs === 'resolved' && !more ? beside(ticket.number, 1) : undefined;
      if (next) route(`/desk/tickets/${next.number}`);
      else {
        await changed();
        area.current?.focus();
      }
    } catch (error) {
      // Other words were sent with this key: by another tab, or in a request whose answer was lost. These are another request.
      if (error instanceof Refusal && error.code === 'idempotency-key-reused') change({ key: onceKey() });
      if (error instanceof Refusal && error.status === 412) await collided(sendAs, anyway ?? now.seq ?? ticket.version, now);
      else if (error instanceof Refusal || error instanceof Unreachable) setWrong(wordsOf(error));
      else throw error;
    } finally {
      setBusy(false);
    }
  };

  // What has changed meanwhile is shown only where it matters to what was written: not for what the desk or oneself did.
  const collided = async (sendAs: SendAs | null, seq: number, sent: Draft) => {
    const fresh = await load(ticket.number);
    const others = fresh.events.some((one) => one.seq > seq && matters.has(one.type) && one.actor?.id !== me.value?.agent);
    // A request whose words were refused is not done: another one has another key.
    change({ key: onceKey() });
    if (others) setCollision({ bundle: fresh, seq });
    else await send(sendAs, fresh.ticket.version, { ...sent, key: latest.current.key });
  };

  const becomes = (to: SendAs, body: string) =>
    attempt(async () => {
      const path = { id: ticket.id };
      if (to === 'resolved') await ok(api.POST('/api/tickets/{id}/resolve', { params: { path }, body: { resolution: body } }));
      else {
        const current = await ok(api.GET('/api/tickets/{id}', { params: { path } }));
        if (current.status !== to) await ok(api.PATCH('/api/tickets/{id}', { params: { path }, body: { status: to } }));
      }
    });

  useKeys({
    r: () => focus('reply'),
    n: () => focus('note'),
    m: () => document.getElementById('macro-menu')?.click(),
  });

  if (ticket.status === 'closed')
    return (
      <p class="banner composer__closed">
        <Icon name="lock" />
        <span>{ticket.mergedInto ? t('closed.merged') : t('closed.why')}</span>
      </p>
    );

  const note = draft.mode === 'note';
  const to = ticket.requester.name ?? ticket.requester.email;
  const tab = (mode: Mode, icon: string, key: string) => (
    <button
      class="tab"
      role="tab"
      type="button"
      id={`t-${mode}`}
      aria-selected={draft.mode === mode}
      aria-controls="p-answer"
      tabIndex={draft.mode === mode ? 0 : -1}
      onClick={() => change({ mode })}
      onKeyDown={(event) => {
        if (event.key !== 'ArrowRight' && event.key !== 'ArrowLeft') return;
        change({ mode: mode === 'reply' ? 'note' : 'reply' });
        document.getElementById(mode === 'reply' ? 't-note' : 't-reply')?.focus();
      }}
    >
      <Icon name={icon} small />
      {t(mode)}
      <kbd class="kbd" aria-hidden="true">
        {key}
      </kbd>
    </button>
  );
  return (
    <section
      class="composer"
      data-mode={draft.mode}
      aria-label={t('answer')}
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => {
        event.preventDefault();
        void upload(event.dataTransfer?.files ?? []);
      }}
    >
      <div class="tabs">
        <div class="tabs__list" role="tablist" aria-label={t('answer.kind')}>
          {tab('reply', 'reply', 'r')}
          {tab('note', 'lock', 'n')}
        </div>
        {hasWords ? <p class="composer__draft">{t('draft.kept')}</p> : null}
      </div>
      <div id="p-answer" role="tabpanel" aria-labelledby={`t-${draft.mode}`}>
        <p class="composer__to">
          {note ? (
            <>
              <Icon name="lock" small />
              {t('note.who')}
            </>
          ) : (
            <>
              {t('to.label')} <span class="token">{to}</span>
              {ticket.participants.map((one) => (
                <span key={one.email} class="token">
                  {one.name ?? one.email}
                </span>
              ))}
            </>
          )}
        </p>
        <label class="vh" for="answer">
          {note ? t('note.label') : t('reply.label', { name: to })}
        </label>
        <textarea
          ref={area}
          class="composer__text"
          id="answer"
          rows={note ? 4 : 3}
          value={words}
          placeholder={t(note ? 'note.placeholder' : 'reply.placeholder')}
          aria-invalid={wrong ? 'true' : undefined}
          aria-describedby={wrong ? 'answer-wrong' : undefined}
          onInput={(event) => change({ [latest.current.mode]: event.currentTarget.value } as Partial<Draft>)}
          onPaste={(event) => {
            const files = event.clipboardData?.files;
            if (files?.length) {
              event.preventDefault();
              void upload(files);
            }
          }}
          onKeyDown={(event) => {
            if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
              event.preventDefault();
              if (!busy) void send(note ? null : as);
            } else if (event.key === 'Escape') event.currentTarget.blur();
          }}
        />
        {wrong ? (
          <p class="error composer__wrong" id="answer-wrong" role="alert">
            <Icon name="octagon" small />
            {wrong}
          </p>
        ) : null}
        {draft.files.length || uploading ? (
          <ul class="files composer__files">
            {draft.files.map((file) => (
              <li key={file.id} class="file">
                <Icon name="file" small />
                <span class="truncate">{file.name}</span>
                <span class="muted nowrap">{size(file.size)}</span>
                <button class="token__x" type="button" aria-label={t('file.remove', { name: file.name })} onClick={() => change({ files: draft.files.filter((one) => one.id !== file.id) })}>
                  <Icon name="x" small />
                </button>
              </li>
            ))}
            {uploading ? <li class="muted">{t('uploading')}</li> : null}
          </ul>
        ) : null}
        {!note && articles.length ? (
          <p class="composer__sug">
            {t('article.fits')}{' '}
            {articles.map((one) => (
              <button
                key={one.id}
                class="btn btn--sm"
                type="button"
                onClick={() => {
                  const line = `${one.title}: ${new URL(one.url!, location.href).href}`;
                  change({ reply: latest.current.reply ? `${latest.current.reply}\n\n${line}` : line });
                  focus('reply');
                }}
              >
                <Icon name="plus" small />
                <span class="truncate">{one.title}</span>
              </button>
            ))}
          </p>
        ) : null}
        {macro ? (
          <MacroPreview
            macro={macro}
            ticket={ticket}
            close={() => setMacro(null)}
            insert={(text, mode) => {
              const before = latest.current[mode];
              change({ mode, [mode]: before ? `${before}\n\n${text}` : text } as Partial<Draft>);
              setMacro(null);
              focus(mode);
            }}
            applied={() => {
              setMacro(null);
              void changed();
            }}
          />
        ) : null}
        <div class="composer__foot">
          <input
            ref={chooser}
            type="file"
            multiple
            hidden
            tabIndex={-1}
            onChange={(event) => {
              void upload(event.currentTarget.files ?? []);
              event.currentTarget.value = '';
            }}
          />
          <button class="btn btn--quiet btn--icon" type="button" aria-label={t('files.attach')} onClick={() => chooser.current!.click()}>
            <Icon name="clip" />
          </button>
          <Menu up label={t('macros')} iconOnly id="macro-menu" buttonClass="btn btn--quiet btn--icon" items={() => macros.value.filter((one) => one.active).map((one) => ({ words: one.name, icon: 'bolt', run: () => setMacro(one) }))}>
            <Icon name="bolt" />
          </Menu>
          <span class="hint composer__hint">
            <kbd class="kbd">Ctrl</kbd> <kbd class="kbd">Enter</kbd>
          </span>
          {note ? (
            <button class="btn btn--note push" type="button" disabled={busy} onClick={() => send(null)}>
              <Icon name="lock" small />
              {t('note.add')}
            </button>
          ) : (
            <span class="btn-group push">
              <button class="btn btn--primary" type="button" disabled={busy} onClick={() => send(as)}>
                {t(`send.${as}`)}
              </button>
              <Menu
                up
                end
                label={t('send.other')}
                iconOnly
                buttonClass="btn btn--primary btn--icon"
                items={(['open', 'pending', 'on-hold', 'resolved'] as const).map((one) => ({
                  words: t(`send.${one}`),
                  icon: `s-${one === 'on-hold' ? 'hold' : one}`,
                  run: () => {
                    setAs(one);
                    keep('send-as', one);
                    if (!busy) void send(one);
                  },
                }))}
              >
                <Icon name="chev-down" small />
              </Menu>
            </span>
          )}
        </div>
      </div>
      {collision ? (
        <Dialog
          title={t('collision.title')}
          wide
          close={() => {
            change({ seq: collision.bundle.ticket.version });
            setCollision(null);
            void changed();
          }}
          foot={
            <>
              <button
                class="btn"
                type="button"
                onClick={() => {
                  change({ seq: collision.bundle.ticket.version });
                  setCollision(null);
                  void changed().then(() => focus(draft.mode));
                }}
              >
                {t('collision.back')}
              </button>
              <button
                class="btn btn--primary"
                type="button"
                onClick={() => {
                  const version = collision.bundle.ticket.version;
                  setCollision(null);
                  void send(note ? null : as, version);
                }}
              >
                {t('collision.anyway')}
              </button>
            </>
          }
        >
          <p>{t('collision.why')}</p>
          <Since bundle={collision.bundle} seq={collision.seq} me={me.value?.agent ?? null} />
          <h3>{t('collision.yours')}</h3>
          <p class="said collision__yours">{words}</p>
        </Dialog>
      ) : null}
    </section>
  );
}

function MacroPreview({ macro, ticket, close, insert, applied }: { macro: Schema<'Macro'>; ticket: Ticket; close: () => void; insert: (text: string, mode: Mode) => void; applied: () => void }) {
  const [busy, setBusy] = useState(false);
  const texts = macro.actions.filter((one) => one.do === 'comment' || one.do === 'note');
  const others = macro.actions.filter((one) => one.do !== 'comment' && one.do !== 'note');
  const apply = async () => {
    setBusy(true);
    const done = await attempt(() => ok(api.POST('/api/tickets/{id}/macro', { params: { path: { id: ticket.id } }, body: { macro: macro.id } })));
    setBusy(false);
    if (!done) return;
    say({ text: t('macro.applied', { name: macro.name }) });
    forget(ticket.number);
    applied();
  };
  return (
    <section class="macro" aria-label={t('macro.preview')}>
      <div class="macro__head">
        <Icon name="bolt" small />
        <h3>{macro.name}</h3>
        <span class="muted">{t('macro.preview-hint')}</span>
        <button class="btn btn--quiet btn--sm btn--icon push" type="button" aria-label={t('close')} onClick={close}>
          <Icon name="x" small />
        </button>
      </div>
      <div class="macro__text">
        {texts.map((one, index) => (
          <p key={index} class="said">
            {one.do === 'note' ? <Icon name="lock" small label={t('note')} /> : null} {filled(one.text ?? '', ticket)}
          </p>
        ))}
      </div>
      <div class="macro__foot">
        {others.length ? <span class="muted">{t('macro.also')}</span> : null}
        {others.map((one, index) => (
          <ActionChip key={index} action={one} />
        ))}
        {texts[0] ? (
          <button class="btn btn--sm push" type="button" onClick={() => insert(filled(texts[0]!.text ?? '', ticket), texts[0]!.do === 'note' ? 'note' : 'reply')}>
            {t('macro.insert')}
          </button>
        ) : null}
        <button class={`btn btn--sm btn--primary${texts[0] ? '' : ' push'}`} type="button" disabled={busy} onClick={apply}>
          {t('macro.apply')}
        </button>
      </div>
    </section>
  );
}

export function ActionChip({ action }: { action: Schema<'TicketAction'> }) {
  if (action.do === 'set' && action.field === 'status') return <StatusChip status={action.value as unknown as Status} />;
  if (action.do === 'set' && action.field === 'priority') return <PriorityMark priority={action.value as unknown as Schema<'TicketPriority'>} />;
  if (action.do === 'add-tags')
    return (
      <>
        {(action.tags ?? []).map((tag) => (
          <span key={tag} class="chip chip--tag">
            {tag}
          </span>
        ))}
      </>
    );
  const detail = [action.field, action.value, action.tags?.join(', '), action.group, action.agent, action.strategy, action.to, action.webhook, action.tier].filter((one) => one !== undefined && one !== null).join(' ');
  return (
    <span class="chip">
      {t(`action.${action.do}`)}
      {detail ? ` ${detail}` : ''}
    </span>
  );
}
