import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { useLocation, useRoute } from 'preact-iso';
import { api, filled, ok, Refusal, type Comment, type Schema, type TicketSummary } from './api';
import { assignItems } from './bulk';
import { Composer, type ComposerHandle } from './composer';
import { t } from './i18n';
import { useKeys } from './keys';
import { addressOf, beside, listed, look, seen as seenVersions } from './lists';
import { onChange, present, soon, watch } from './live';
import { priorities } from './new-ticket';
import { patch, Side, stateOf } from './side';
import { agentName, groupName, me, onComeback, say } from './state';
import { forget, load, prefetch, remembered, type Bundle } from './ticket-data';
import { Timeline } from './timeline';
import { attempt, Avatar, Choice, Clock, Dialog, Failed, Field, Icon, Loading, Menu, PriorityMark, StatusChip, useTitle } from './ui';

type Asked = 'merge' | 'link' | 'resolve' | 'escalate' | { split: Comment } | null;

export function TicketPage() {
  const { params } = useRoute();
  const number = params.number!;
  return <TicketOf key={number} number={number} />;
}

function TicketOf({ number }: { number: string }) {
  const [bundle, setBundle] = useState<Bundle | undefined>(() => remembered(number));
  const [error, setError] = useState<unknown>(null);
  const again = async () => {
    setError(null);
    try {
      const next = await load(number);
      setBundle((before) => (before && before.ticket.version > next.ticket.version ? before : next));
    } catch (failed) {
      setError(failed);
    }
  };
  useEffect(() => {
    if (bundle) void prefetch(number);
    void again();
    return onComeback(() => void again());
  }, [number]);
  useTitle(bundle ? `${bundle.ticket.number} ${bundle.ticket.subject}` : number);
  if (!bundle)
    return (
      <main class="page" id="main">
        {error instanceof Refusal && error.status === 404 ? <h1>{t('ticket.none', { number })}</h1> : error ? <Failed error={error} again={again} /> : <Loading />}
        {error ? (
          <p>
            <a href="/desk">{t('nav.inbox')}</a>
          </p>
        ) : null}
      </main>
    );
  return <Shown bundle={bundle} again={again} />;
}

function Shown({ bundle, again }: { bundle: Bundle; again: () => Promise<void> }) {
  const { ticket } = bundle;
  const { route } = useLocation();
  const [asked, setAsked] = useState<Asked>(null);
  const [seen] = useState(() => seenVersions.value[ticket.id] ?? 0);
  const [writing, setWriting] = useState(false);
  const [episodes, setEpisodes] = useState<Schema<'Episode'>[]>([]);
  const composer = useRef<ComposerHandle | null>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const changed = async () => {
    forget(ticket.number);
    await again();
    soon();
  };
  const change = async (wanted: Schema<'PatchTicketRequest'>) => {
    await patch(ticket, wanted);
    await changed();
  };
  useEffect(() => look(ticket.id, ticket.version), [ticket.version]);
  useEffect(() => onChange((one) => one.number === ticket.number && void changed()), [ticket.number]);
  useEffect(() => {
    if (ticket.channel === 'alert') void attempt(async () => setEpisodes((await ok(api.GET('/api/tickets/{id}/episodes', { params: { path: { id: ticket.id } } }))).items));
  }, [ticket.id, ticket.version]);

  // A ticket opens at its newest words, and stays there while somebody reads the end.
  const lines = bundle.comments.length + bundle.events.length;
  const atEnd = useRef(true);
  useLayoutEffect(() => {
    const box = scroller.current!;
    if (atEnd.current) box.scrollTop = box.scrollHeight;
  }, [lines]);
  useEffect(() => {
    const box = scroller.current!;
    const resized = new ResizeObserver(() => {
      if (atEnd.current) box.scrollTop = box.scrollHeight;
    });
    resized.observe(box);
    return () => resized.disconnect();
  }, []);

  // New words are said to whoever cannot see them come; facts are not.
  const [said, setSaid] = useState('');
  const newest = bundle.comments.at(-1);
  const heard = useRef(newest?.id);
  useEffect(() => {
    if (newest && newest.id !== heard.current && newest.author?.id !== me.value?.agent) setSaid(t('new-words', { name: newest.author?.name ?? ticket.requester.name ?? ticket.requester.email }));
    heard.current = newest?.id;
  }, [newest?.id]);

  // Who is here is said every four seconds while the page can be seen; who else is comes with the changes.
  const doing = useRef(writing);
  const beat = useRef(() => {});
  doing.current = writing;
  useEffect(() => {
    const tell = (what: Schema<'TicketDoing'>) => api.PUT('/api/tickets/{id}/presence', { params: { path: { id: ticket.id } }, body: { doing: what } }).catch(() => null);
    beat.current = () => void (document.hidden || tell(doing.current ? 'replying' : 'viewing'));
    beat.current();
    const timer = setInterval(() => beat.current(), 4000);
    watch(ticket.id);
    return () => {
      clearInterval(timer);
      watch(null);
      void tell('gone');
    };
  }, [ticket.id]);
  useEffect(() => beat.current(), [writing]);

  const next = beside(ticket.number, 1);
  const previous = beside(ticket.number, -1);
  const position = listed.items.value.findIndex((one) => one.id === ticket.id);
  useEffect(() => {
    if (next) void prefetch(next.number);
  }, [next?.number]);
  const open = (one: TicketSummary | undefined) => {
    if (!one) return;
    listed.active.value = one.id;
    route(`/desk/tickets/${one.number}`);
  };
  const back = () => route(addressOf(listed.view.value, listed.query.value, listed.filter.value));
  const press = (id: string) => document.getElementById(id)?.click();
  useKeys({
    j: () => open(next),
    k: () => open(previous),
    u: back,
    a: () => press('assign-menu'),
    s: () => press('status-menu'),
    p: () => press('priority-menu'),
    Escape: () => document.activeElement instanceof HTMLElement && document.activeElement.blur(),
  });

  const act = (run: () => Promise<unknown>, words?: string) =>
    attempt(async () => {
      await run();
      if (words) say({ text: words });
      await changed();
    });
  const path = { id: ticket.id };
  const clocks = (ticket.sla?.targets ?? []).filter((one) => one.state === 'running' || one.state === 'paused' || (one.state === 'breached' && !one.stoppedAt));
  const here = present.value.filter((one) => one.agent !== me.value?.agent);
  const closed = ticket.status === 'closed';
  const assign = (to: { assignee?: string; group?: string }) => act(() => ok(api.POST('/api/tickets/{id}/assign', { params: { path }, body: to })), t('changed'));
  return (
    <div class="desk desk--ticket">
      <main class="ticket" id="main">
        <header class="ticket__head">
          <div class="ticket__line">
            <button class="btn btn--quiet btn--icon" type="button" aria-label={t('back')} onClick={back}>
              <Icon name="chev-left" />
            </button>
            <div class="grow">
              <h1>{ticket.subject}</h1>
            </div>
            <div class="toolbar ticket__acts">
              {position >= 0 ? (
                <>
                  <span class="muted nowrap ticket__pos">{t('position', { at: position + 1, count: `${listed.items.value.length}${listed.cursor.value ? '+' : ''}` })}</span>
                  <span class="btn-group">
                    <button class="btn btn--icon" type="button" aria-label={t('previous')} disabled={!previous} onClick={() => open(previous)}>
                      <Icon name="up" small />
                    </button>
                    <button class="btn btn--icon" type="button" aria-label={t('next')} disabled={!next} onClick={() => open(next)}>
                      <Icon name="down" small />
                    </button>
                  </span>
                </>
              ) : null}
              <Menu
                label={t('more')}
                iconOnly
                end
                buttonClass="btn btn--icon"
                items={[
                  ...(closed
                    ? []
                    : [
                        { words: t('merge'), icon: 'merge', run: () => setAsked('merge') },
                        { words: t('link'), icon: 'link', run: () => setAsked('link') },
                        { words: t('escalate'), icon: 'ladder', run: () => setAsked('escalate') },
                        { words: t('acknowledge'), icon: 'eye', run: () => act(() => ok(api.POST('/api/tickets/{id}/acknowledge', { params: { path } }))) },
                      ]),
                  ...(ticket.resolution ? [{ words: t('article.of-ticket'), icon: 'book', run: () => route(`/desk/knowledge/new?ticket=${ticket.number}`) }] : []),
                  ...(ticket.status === 'resolved'
                    ? [
                        { words: t('reopen'), icon: 'undo', run: () => act(() => ok(api.POST('/api/tickets/{id}/reopen', { params: { path } }))) },
                        { words: t('close-ticket'), icon: 's-closed', run: () => act(() => ok(api.POST('/api/tickets/{id}/close', { params: { path } }))) },
                      ]
                    : []),
                  ...(ticket.mergedInto ? [{ words: t('unmerge'), icon: 'split', run: () => act(() => ok(api.POST('/api/tickets/{id}/unmerge', { params: { path } }))) }] : []),
                ]}
              >
                <Icon name="dots" small />
              </Menu>
            </div>
          </div>
          <div class="ticket__meta">
            <span class="mono">{ticket.number}</span>
            <Menu
              id="status-menu"
              label={t('status')}
              buttonClass="pick"
              items={
                closed
                  ? []
                  : [
                      ...(['open', 'pending', 'on-hold'] as const).filter((one) => one !== ticket.status).map((one) => ({ words: t(`status.${one}`), icon: `s-${one === 'on-hold' ? 'hold' : one}`, run: () => change({ status: one }) })),
                      ...(ticket.status === 'resolved' ? [] : [{ words: t('status.resolved'), icon: 's-resolved', run: () => setAsked('resolve') }]),
                    ]
              }
            >
              <span class="vh">{t('status')}</span>
              <StatusChip status={ticket.status} />
            </Menu>
            <Menu id="priority-menu" label={t('priority')} buttonClass="pick" items={closed ? [] : priorities.map((one) => ({ words: t(`priority.${one}`), icon: `p-${one}`, run: () => change({ priority: one }) }))}>
              <span class="vh">{t('priority')}</span>
              <PriorityMark priority={ticket.priority} />
            </Menu>
            <Menu id="assign-menu" label={t('assignee')} buttonClass="pick ticket__who" items={closed ? [] : () => assignItems(assign)}>
              <span class="vh">{t('assignee')}</span>
              {ticket.assignee ? <Avatar name={agentName(ticket.assignee)} size="sm" /> : <Icon name="user" small />}
              {agentName(ticket.assignee) || t('nobody')}
            </Menu>
            <span>
              {ticket.group ? `${groupName(ticket.group)}, ` : ''}
              {t('tier.of', { tier: ticket.tier })}
            </span>
            {ticket.mergedInto ? <a href={`/desk/tickets/${ticket.mergedInto}`}>{t('merged.see')}</a> : null}
            <span class="ticket__sla">
              {clocks.map((one) => {
                const { state, words, part } = stateOf(one);
                return <Clock key={one.metric} state={state} words={`${t(`metric.${one.metric}`)}, ${words}`} part={part} />;
              })}
            </span>
          </div>
        </header>
        <p class={here.length ? 'presence' : 'vh'} role="status">
          {here.map((one) => (
            <span key={one.agent} class="toolbar">
              <Avatar name={one.name ?? one.agent} size="sm" />
              <span>{t(one.doing === 'replying' ? 'presence.replying' : 'presence.viewing', { name: one.name ?? agentName(one.agent) })}</span>
              {one.doing === 'replying' ? (
                <span class="typing" aria-hidden="true">
                  <i />
                  <i />
                  <i />
                </span>
              ) : null}
            </span>
          ))}
        </p>
        <p class="vh" role="status">
          {said}
        </p>
        <div
          class="ticket__scroll"
          ref={scroller}
          tabIndex={0}
          role="region"
          aria-label={t('timeline')}
          onScroll={(event) => {
            const box = event.currentTarget;
            atEnd.current = box.scrollTop + box.clientHeight > box.scrollHeight - 40;
          }}
        >
          <h2 class="vh">{t('timeline')}</h2>
          <Timeline bundle={bundle} seen={seen} episodes={episodes} onSplit={(comment) => setAsked({ split: comment })} />
        </div>
        <div class="ticket__compose" id="compose">
          <h2 class="vh">{t('answer')}</h2>
          <Composer key={ticket.id} bundle={bundle} changed={changed} writing={setWriting} handle={composer} />
        </div>
        {closed ? null : (
          <nav class="thumb" aria-label={t('quick')}>
            <button class="btn btn--primary" type="button" onClick={() => composer.current?.focus('reply')}>
              <Icon name="reply" small />
              {t('reply')}
            </button>
            <button class="btn" type="button" onClick={() => composer.current?.focus('note')}>
              <Icon name="lock" small />
              {t('note')}
            </button>
            <button class="btn" type="button" onClick={() => document.getElementById('side')?.scrollIntoView()}>
              {t('details')}
            </button>
          </nav>
        )}
      </main>
      <Side ticket={ticket} change={change} changed={() => void changed()} resolve={() => setAsked('resolve')} />
      {asked === 'merge' || asked === 'link' ? <Find kind={asked} bundle={bundle} close={() => setAsked(null)} changed={changed} /> : null}
      {asked === 'resolve' ? <Resolve bundle={bundle} close={() => setAsked(null)} changed={changed} /> : null}
      {asked === 'escalate' ? <Escalate bundle={bundle} close={() => setAsked(null)} changed={changed} /> : null}
      {asked && typeof asked === 'object' ? <Split comment={asked.split} bundle={bundle} close={() => setAsked(null)} changed={changed} /> : null}
    </div>
  );
}

interface Asking {
  bundle: Bundle;
  close: () => void;
  changed: () => Promise<void>;
}

const Foot = ({ close, words, disabled }: { close: () => void; words: string; disabled?: boolean }) => (
  <>
    <button class="btn" type="button" onClick={close}>
      {t('cancel')}
    </button>
    <button class="btn btn--primary" type="submit" disabled={disabled}>
      {words}
    </button>
  </>
);

/** Finds the other ticket, for a merge or a link. */
function Find({ kind, bundle, close, changed }: Asking & { kind: 'merge' | 'link' }) {
  const { ticket } = bundle;
  const [typed, setTyped] = useState('');
  const [found, setFound] = useState<TicketSummary[]>([]);
  const [chosen, setChosen] = useState<TicketSummary | null>(null);
  const [linkKind, setLinkKind] = useState<'related' | 'parent' | 'child'>('related');
  const [confirm, setConfirm] = useState(false);
  const { route } = useLocation();
  useEffect(() => {
    let current = true;
    const later = setTimeout(
      () =>
        void attempt(async () => {
          const items = typed.trim()
            ? (await ok(api.GET('/api/search', { params: { query: { q: typed.trim(), type: ['tickets'], limit: 8 } } }))).items.flatMap((one) => one.ticket ?? [])
            : (await filled(8, (cursor) => ok(api.GET('/api/tickets', { params: { query: { requester: [ticket.requester.email], limit: 8, cursor } } })))).items;
          if (current) setFound(items.filter((one) => one.id !== ticket.id && (kind === 'link' || one.status !== 'closed')));
        }),
      typed ? 250 : 0,
    );
    return () => {
      current = false;
      clearTimeout(later);
    };
  }, [typed]);
  const submit = () =>
    attempt(async () => {
      if (!chosen) return;
      if (kind === 'link') await ok(api.POST('/api/tickets/{id}/link', { params: { path: { id: ticket.id } }, body: { to: chosen.id, kind: linkKind } }));
      else
        try {
          await ok(api.POST('/api/tickets/{id}/merge', { params: { path: { id: ticket.id } }, body: { into: chosen.id, ...(confirm ? { confirm } : {}) } }));
        } catch (error) {
          if (error instanceof Refusal && error.code === 'merge-requesters-differ') return setConfirm(true);
          throw error;
        }
      close();
      if (kind === 'link') return changed();
      forget(ticket.number);
      forget(chosen.number);
      say({
        text: t('merged', { number: chosen.number }),
        act: {
          words: t('undo'),
          run: () =>
            attempt(async () => {
              await ok(api.POST('/api/tickets/{id}/unmerge', { params: { path: { id: ticket.id } } }));
              forget(ticket.number);
              route(`/desk/tickets/${ticket.number}`);
            }),
        },
      });
      soon();
      route(`/desk/tickets/${chosen.number}`);
    });
  return (
    <Dialog title={t(kind === 'merge' ? 'merge.title' : 'link.title')} close={close} onSubmit={submit} foot={<Foot close={close} words={t(kind)} disabled={!chosen} />}>
      {kind === 'merge' ? <p class="hint">{t('merge.hint')}</p> : null}
      <Field label={t('find.ticket')}>{(id) => <input {...id} class="input" type="search" value={typed} onInput={(event) => setTyped(event.currentTarget.value)} />}</Field>
      <fieldset class="found">
        <legend class="vh">{t('find.found')}</legend>
        {found.map((one) => (
          <label key={one.id} class="check">
            <input
              type="radio"
              name="found"
              checked={chosen?.id === one.id}
              onChange={() => {
                setChosen(one);
                setConfirm(false);
              }}
            />
            <span class="grow">
              {one.number} {one.subject} <span class="muted">{one.requester.name ?? one.requester.email}</span>
            </span>
            <StatusChip status={one.status} />
          </label>
        ))}
        {found.length ? null : <p class="hint">{t('nothing')}</p>}
      </fieldset>
      {kind === 'link' ? <Choice label={t('link.kind')} value={linkKind} options={(['related', 'parent', 'child'] as const).map((one) => [one, t(`link.${one}`)])} onChange={(next) => setLinkKind(next as typeof linkKind)} /> : null}
      {confirm ? (
        <p class="banner banner--warn" role="alert">
          <Icon name="triangle" />
          <span>{t('merge.differ')}</span>
        </p>
      ) : null}
    </Dialog>
  );
}

function Resolve({ bundle, close, changed }: Asking) {
  const [words, setWords] = useState('');
  const [wrong, setWrong] = useState<string>();
  const { route } = useLocation();
  const { ticket } = bundle;
  const submit = () =>
    attempt(async () => {
      if (!words.trim()) return setWrong(t('missing'));
      await ok(api.POST('/api/tickets/{id}/resolve', { params: { path: { id: ticket.id } }, body: { resolution: words.trim() } }));
      close();
      forget(ticket.number);
      say({
        text: t('resolved', { number: ticket.number }),
        act: {
          words: t('undo'),
          run: () =>
            attempt(async () => {
              await ok(api.POST('/api/tickets/{id}/reopen', { params: { path: { id: ticket.id } } }));
              forget(ticket.number);
              route(`/desk/tickets/${ticket.number}`);
              soon();
            }),
        },
      });
      const next = beside(ticket.number, 1);
      soon();
      if (next) route(`/desk/tickets/${next.number}`);
      else await changed();
    });
  return (
    <Dialog title={t('resolve')} close={close} onSubmit={submit} foot={<Foot close={close} words={t('resolve')} />}>
      <Field label={t('resolution')} hint={t('resolution.hint')} wrong={wrong}>
        {(id) => <textarea {...id} class="textarea" rows={4} value={words} onInput={(event) => setWords(event.currentTarget.value)} />}
      </Field>
    </Dialog>
  );
}

function Escalate({ bundle, close, changed }: Asking) {
  const [reason, setReason] = useState('');
  const [wrong, setWrong] = useState<string>();
  const submit = () =>
    attempt(async () => {
      if (!reason.trim()) return setWrong(t('missing'));
      await ok(api.POST('/api/tickets/{id}/escalate', { params: { path: { id: bundle.ticket.id } }, body: { reason: reason.trim() } }));
      close();
      return changed();
    });
  return (
    <Dialog title={t('escalate')} close={close} onSubmit={submit} foot={<Foot close={close} words={t('escalate')} />}>
      <Field label={t('reason')} wrong={wrong}>
        {(id) => <textarea {...id} class="textarea" rows={3} value={reason} onInput={(event) => setReason(event.currentTarget.value)} />}
      </Field>
    </Dialog>
  );
}

function Split({ comment, bundle, close }: Asking & { comment: Comment }) {
  const [subject, setSubject] = useState('');
  const { route } = useLocation();
  const submit = () =>
    attempt(async () => {
      const made = await ok(api.POST('/api/tickets/{id}/split', { params: { path: { id: bundle.ticket.id } }, body: { comment: comment.id, ...(subject.trim() ? { subject: subject.trim() } : {}) } }));
      close();
      forget(bundle.ticket.number);
      soon();
      route(`/desk/tickets/${made.number}`);
    });
  return (
    <Dialog title={t('split.title')} close={close} onSubmit={submit} foot={<Foot close={close} words={t('split')} />}>
      <p class="hint">{t('split.hint')}</p>
      <Field label={t('subject')}>{(id) => <input {...id} class="input" value={subject} placeholder={bundle.ticket.subject} onInput={(event) => setSubject(event.currentTarget.value)} />}</Field>
      <p class="said collision__yours">{comment.body}</p>
    </Dialog>
  );
}
