import { Fragment } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { api, ok, token, type Comment, type Schema, type TicketEvent } from './api';
import { date, day, length, milliseconds, moment, size, time } from './format';
import { t, type Key } from './i18n';
import { agentName, groupName } from './state';
import { Sentence, Words } from './text';
import type { Bundle } from './ticket-data';
import { attempt, Avatar, channels, Icon, Menu } from './ui';

export const File = ({ file }: { file: Schema<'Attachment'> }) => {
  const held = file.scan === 'pending' || file.scan === 'infected' || file.scan === 'failed';
  const inside = (
    <>
      <Icon name={file.contentType.startsWith('image/') ? 'image' : 'file'} small />
      <span class="truncate">{file.name}</span> <span class="muted nowrap">{held ? t(`scan.${file.scan as 'pending' | 'infected' | 'failed'}`) : size(file.size)}</span>
    </>
  );
  return held ? (
    <span class="file">{inside}</span>
  ) : (
    <a
      class="file"
      href={file.url}
      target="_blank"
      rel="noopener"
      onClick={(event) => {
        // A cookie goes with a link; a token does not, so that the desk is asked for a link that opens by itself.
        if (!token.get) return;
        event.preventDefault();
        void attempt(async () => {
          const { url } = await ok(api.POST('/api/attachments/{id}/link', { params: { path: { id: file.id } }, body: {} }));
          location.assign(url);
        });
      }}
    >
      {inside}
    </a>
  );
};

/** A mail as it was written, in a frame that can do nothing; pictures of other servers only when asked for. */
function MailFrame({ receipt }: { receipt: string }) {
  const [open, setOpen] = useState<'no' | 'own' | 'remote'>('no');
  const [html, setHtml] = useState<boolean | null>(null);
  const [address, setAddress] = useState('');
  const page = useRef('');
  if (html === false) return <p class="hint">{t('mail.plain')}</p>;
  const show = () =>
    attempt(async () => {
      const mail = await ok(api.GET('/api/receipts/{id}/mail', { params: { path: { id: receipt } } }));
      setHtml(mail.hasHtml);
      page.current = mail.page;
      load('own');
    });
  // A frame can send no key, and a page that is made here would take over the rules of this one, which let nothing in from elsewhere.
  const load = (pictures: 'own' | 'remote') => {
    setAddress(`${page.current}${pictures === 'remote' ? '?pictures=remote' : ''}`);
    setOpen(pictures);
  };
  if (open === 'no')
    return (
      <p>
        <button class="link" type="button" onClick={show}>
          {t('mail.show')}
        </button>
      </p>
    );
  return (
    <>
      <iframe class="mailframe" sandbox="" referrerpolicy="no-referrer" title={t('mail.title')} src={address} />
      <p class="toolbar">
        <button class="link" type="button" onClick={() => setOpen('no')}>
          {t('mail.hide')}
        </button>
        {open === 'own' ? (
          <button class="link" type="button" onClick={() => load('remote')}>
            {t('mail.pictures')}
          </button>
        ) : null}
      </p>
    </>
  );
}

type Line = { at: string; seq: number; key: string } & ({ words: Comment } | { opening: true } | { fact: TicketEvent });

/** The events that are told by something else: the words, or the opening of the ticket. */
const told = new Set(['ticket-opened', 'comment-added', 'comment-edited']);
const seqOf = (comment: Comment) => Number(/-(\d+)$/.exec(comment.id)?.[1] ?? 0);

export function linesOf({ ticket, comments, events }: Bundle): Line[] {
  const added = new Map(events.flatMap((one) => (one.type === 'comment-added' ? [[(one.data as Schema<'CommentAdded'>).comment, one.seq] as const] : [])));
  const lines: Line[] = [
    { at: ticket.createdAt, seq: 0, key: 'opening', opening: true },
    ...comments.map((words): Line => ({ at: words.at, seq: added.get(words.id) ?? seqOf(words), key: words.id, words })),
    ...events.filter((one) => !told.has(one.type)).map((fact): Line => ({ at: fact.at, seq: fact.seq, key: `e${fact.seq}`, fact })),
  ];
  return lines.sort((a, b) => (a.at === b.at ? a.seq - b.seq : a.at < b.at ? -1 : 1));
}

export function Timeline({ bundle, seen, onSplit, episodes }: { bundle: Bundle; seen: number; onSplit: (comment: Comment) => void; episodes: Schema<'Episode'>[] }) {
  const { ticket } = bundle;
  const lines = linesOf(bundle);
  let lastDay = '';
  let marked = seen === 0;
  const requester = ticket.requester.name ?? ticket.requester.email;
  return (
    <ol class="timeline">
      {lines.map((line) => {
        const today = day(line.at);
        const newDay = today !== lastDay;
        lastDay = today;
        const isNew = !marked && line.seq > seen && 'words' in line;
        if (isNew) marked = true;
        return (
          <Fragment key={line.key}>
            {newDay ? (
              <li class="day">
                <span>{today}</span>
              </li>
            ) : null}
            {isNew ? (
              <li class="newmark">
                <span>{t('new')}</span>
              </li>
            ) : null}
            {'opening' in line ? (
              <>
                <li class="entry entry--req">
                  <Avatar name={requester} requester />
                  <article class="entry__card">
                    <header class="entry__head">
                      <h3>{requester}</h3>
                      <span class="muted">
                        <Icon name={channels[ticket.channel]} small /> {t(`channel.${ticket.channel}`)}
                      </span>
                      <At at={line.at} />
                    </header>
                    <div class="entry__body">
                      <Words text={ticket.description} />
                      {ticket.attachments.length ? (
                        <div class="files">
                          {ticket.attachments.map((file) => (
                            <File key={file.id} file={file} />
                          ))}
                        </div>
                      ) : null}
                      {ticket.channel === 'email' && ticket.receipt ? <MailFrame receipt={ticket.receipt} /> : null}
                    </div>
                  </article>
                </li>
                {episodes.map((episode) => (
                  <EpisodeEntry key={`${episode.source}-${episode.sequence}`} episode={episode} />
                ))}
              </>
            ) : 'words' in line ? (
              <CommentEntry comment={line.words} requester={requester} onSplit={() => onSplit(line.words)} />
            ) : (
              <Fact event={line.fact} all={bundle.events} />
            )}
          </Fragment>
        );
      })}
    </ol>
  );
}

const At = ({ at }: { at: string }) => (
  <time datetime={at} title={`${date(at)} ${time(at)}`}>
    {time(at)}
  </time>
);

function CommentEntry({ comment, requester, onSplit }: { comment: Comment; requester: string; onSplit: () => void }) {
  const note = comment.visibility === 'internal';
  const agent = comment.by === 'agent';
  const name = comment.author?.name ?? comment.author?.id ?? (comment.by === 'requester' ? requester : t('desk'));
  return (
    <li class={`entry ${note ? 'entry--note' : agent ? 'entry--agent' : comment.by === 'requester' ? 'entry--req' : ''}`} id={`c-${comment.id}`}>
      {comment.by === 'bot' || comment.by === 'system' ? (
        <span class="avatar avatar--req" aria-hidden="true">
          <Icon name="bot" small />
        </span>
      ) : (
        <Avatar name={name} requester={!agent} />
      )}
      <article class="entry__card">
        <header class="entry__head">
          <h3>{name}</h3>
          {note ? (
            <span class="chip">
              <Icon name="lock" />
              {t('note.only')}
            </span>
          ) : agent ? (
            <span class="muted">{t('to', { name: requester })}</span>
          ) : null}
          {comment.channel ? (
            <span class="muted">
              <Icon name={channels[comment.channel]} small /> {t(`channel.${comment.channel}`)}
            </span>
          ) : null}
          {comment.movedFrom ? <a href={`/desk/tickets/${comment.movedFrom}`}>{t('moved-from', { number: comment.movedFrom })}</a> : null}
          {comment.editedAt ? <span class="muted">{t('edited')}</span> : null}
          <At at={comment.at} />
          {comment.deletedAt ? null : (
            <Menu label={t('more')} iconOnly end buttonClass="btn btn--quiet btn--icon btn--sm entry__more" items={[{ words: t('split'), icon: 'split', run: onSplit }]}>
              <Icon name="dots" small />
            </Menu>
          )}
        </header>
        <div class="entry__body">
          {comment.deletedAt ? <p class="muted">{t('deleted')}</p> : <Words text={comment.body} />}
          {comment.attachments.length ? (
            <div class="files">
              {comment.attachments.map((file) => (
                <File key={file.id} file={file} />
              ))}
            </div>
          ) : null}
          {comment.channel === 'email' && comment.receipt ? <MailFrame receipt={comment.receipt} /> : null}
        </div>
      </article>
    </li>
  );
}

function EpisodeEntry({ episode }: { episode: Schema<'Episode'> }) {
  const end = episode.resolvedAt ?? episode.lastAt;
  return (
    <li class="entry">
      <span class="avatar avatar--req" aria-hidden="true">
        <Icon name="monitor" small />
      </span>
      <article class="episode">
        <header class="entry__head">
          <h3>{episode.subject}</h3>
          <span class={`chip ${episode.state === 'firing' ? 'st-new' : 'st-resolved'}`}>
            <Icon name={episode.state === 'firing' ? 's-new' : 's-resolved'} />
            {t(`episode.${episode.state}`)}
          </span>
          <At at={episode.firstAt} />
        </header>
        <div class="entry__body">
          <p class="episode__meta">
            <span>{t('episode.span', { from: moment(episode.firstAt), to: moment(end) })}</span>
            <span>{t('episode.count', { count: episode.count })}</span>
            {episode.severity ? <span>{episode.severity}</span> : null}
            {episode.flapping ? <span>{t('episode.flapping')}</span> : null}
            {Object.entries(episode.links)
              .filter(([, href]) => /^https?:/.test(href))
              .map(([name, href]) => (
                <a key={name} href={href} target="_blank" rel="noopener noreferrer">
                  {name}
                </a>
              ))}
          </p>
        </div>
      </article>
    </li>
  );
}

interface Told {
  icon: string;
  kind?: 'ok' | 'bad' | 'up' | 'pr';
  of: Key;
  values: Record<string, string>;
  more?: string;
}

const tags = (list: string[]) => list.join(', ');

function tell(event: TicketEvent, all: TicketEvent[]): Told {
  // What is done to a task names it; its words are in what made or changed it.
  const titleOf = (task: string) =>
    all.flatMap((one) => (one.type === 'task-added' || one.type === 'task-changed' ? [one.data as Schema<'TaskAdded'>] : [])).findLast((one) => one.task === task)?.title ?? task;
  const who = event.actor?.name ?? event.actor?.id ?? t('desk');
  const it = (icon: string, of: Key, values: Record<string, string> = {}, kind?: Told['kind'], more?: string): Told => ({ icon, of, values: { who, ...values }, kind, more });
  switch (event.type) {
    case 'assignee-changed': {
      const { to } = event.data as Schema<'AssigneeChanged'>;
      return to ? it('user', 'fact.assigned', { to: agentName(to) }) : it('user', 'fact.unassigned');
    }
    case 'group-changed': {
      const { to } = event.data as Schema<'GroupChanged'>;
      return to ? it('users', 'fact.group', { to: groupName(to) }) : it('users', 'fact.no-group');
    }
    case 'priority-changed': {
      const { from, to } = event.data as Schema<'PriorityChanged'>;
      return it(`p-${to}`, 'fact.priority', { from: t(`priority.${from}`), to: t(`priority.${to}`) }, to === 'urgent' ? 'pr' : undefined);
    }
    case 'status-changed': {
      const { from, to, resolution } = event.data as Schema<'StatusChanged'>;
      return it(`s-${to === 'on-hold' ? 'hold' : to}`, 'fact.status', { from: t(`status.${from}`), to: t(`status.${to}`) }, to === 'resolved' ? 'ok' : undefined, resolution ?? undefined);
    }
    case 'ticket-reopened':
      return it('undo', 'fact.reopened');
    case 'tier-changed': {
      const { to, reason } = event.data as Schema<'TierChanged'>;
      return it('ladder', 'fact.tier', { to: `${to}` }, 'up', reason ?? undefined);
    }
    case 'type-changed':
      return it('pencil', 'fact.type', { to: (event.data as Schema<'TypeChanged'>).to ?? '–' });
    case 'subject-changed':
      return it('pencil', 'fact.subject', { from: (event.data as Schema<'SubjectChanged'>).from });
    case 'description-changed':
      return it('pencil', 'fact.description');
    case 'tags-changed': {
      const { from, to } = event.data as Schema<'TagsChanged'>;
      const [added, gone] = [to.filter((one) => !from.includes(one)), from.filter((one) => !to.includes(one))];
      return added.length && gone.length ? it('tag', 'fact.tags', { added: tags(added), gone: tags(gone) }) : added.length ? it('tag', 'fact.tags-added', { added: tags(added) }) : it('tag', 'fact.tags-gone', { gone: tags(gone) });
    }
    case 'requester-changed': {
      const { to } = event.data as Schema<'RequesterChanged'>;
      return it('user', 'fact.requester', { to: to.name ?? to.email });
    }
    case 'participants-changed':
      return it('users', 'fact.participants', { to: tags((event.data as Schema<'ParticipantsChanged'>).to.map((one) => one.name ?? one.email)) || '–' });
    case 'custom-fields-changed':
      return it('pencil', 'fact.fields', {
        fields: Object.entries((event.data as Schema<'CustomFieldsChanged'>).changes)
          .map(([name, value]) => `${name}: ${value ?? '–'}`)
          .join(', '),
      });
    case 'ticket-merged':
      return it('merge', 'fact.merged', { number: `${(event.data as Schema<'TicketMerged'>).intoNumber}` });
    case 'merge-received':
      return it('merge', 'fact.merge-received', { number: `${(event.data as Schema<'MergeReceived'>).fromNumber}` });
    case 'merge-returned':
      return it('split', 'fact.merge-returned', { number: `${(event.data as Schema<'MergeReturned'>).toNumber}` });
    case 'ticket-unmerged':
      return it('split', 'fact.unmerged', { number: `${(event.data as Schema<'TicketUnmerged'>).fromNumber}` });
    case 'comment-split':
      return it('split', 'fact.split', { number: `${(event.data as Schema<'CommentSplit'>).intoNumber}` });
    case 'comment-deleted':
      return it('x', 'fact.comment-deleted');
    case 'ticket-linked': {
      const { toNumber, kind } = event.data as Schema<'TicketLinked'>;
      return it('link', 'fact.linked', { number: `${toNumber}`, kind: t(`link.${kind}`) });
    }
    case 'ticket-unlinked':
      return it('link', 'fact.unlinked', { number: `${(event.data as Schema<'TicketUnlinked'>).toNumber}` });
    case 'sla-policy-applied': {
      const { to } = event.data as Schema<'SlaPolicyApplied'>;
      return to ? it('clock', 'fact.policy', { policy: to.policy, version: `${to.version}` }) : it('clock', 'fact.no-policy');
    }
    case 'sla-calendar-changed':
      return it('calendar', 'fact.calendar', { to: (event.data as Schema<'SlaCalendarSwitched'>).to });
    case 'sla-breached': {
      const { metric } = event.data as Schema<'SlaBreached'>;
      return it('octagon', 'fact.breached', { metric: t(`metric.${metric}`) }, 'bad');
    }
    case 'sla-breach-retracted':
      return it('check-circle', 'fact.breach-retracted', { metric: t(`metric.${(event.data as Schema<'SlaBreachRetracted'>).metric}`) }, 'ok');
    case 'sla-step-fired': {
      const step = event.data as Schema<'SlaStepFired'>;
      return it(step.do === 'escalate' ? 'ladder' : 'bell', 'fact.step', { percent: `${step.at} %`, metric: t(`metric.${step.metric}`), action: t(`step.${step.do}`) }, step.do === 'escalate' ? 'up' : undefined);
    }
    case 'ticket-acknowledged':
      return it('eye', 'fact.acknowledged');
    case 'ticket-routed': {
      const { agent, group } = event.data as Schema<'TicketRouted'>;
      return agent ? it('right', 'fact.routed', { to: agentName(agent) }) : it('clock', 'fact.waits', { group: groupName(group) });
    }
    case 'automation-ran':
      return it('bolt', 'fact.automation', { name: (event.data as Schema<'AutomationRan'>).name });
    case 'macro-applied':
      return it('bolt', 'fact.macro', { name: (event.data as Schema<'MacroApplied'>).name });
    case 'requester-reminded':
      return it('bell', 'fact.reminded');
    case 'person-erased':
      return it('x', 'fact.erased');
    case 'time-logged': {
      const { minutes, note } = event.data as Schema<'TimeLogged'>;
      return it('clock', 'fact.time', { time: length(minutes * 60_000) }, undefined, note ?? undefined);
    }
    case 'satisfaction-asked':
      return it('star', 'fact.asked');
    case 'satisfaction-rated': {
      const { rating, comment } = event.data as Schema<'SatisfactionRated'>;
      return it('star', 'fact.rated', { rating: `${rating} / 5` }, rating > 3 ? 'ok' : rating < 3 ? 'bad' : undefined, comment ?? undefined);
    }
    case 'follow-up-set': {
      const { comesBackAt, note } = event.data as Schema<'FollowUpSet'>;
      return it('calendar', 'fact.follow-up', { at: moment(comesBackAt) }, undefined, note ?? undefined);
    }
    case 'follow-up-cancelled':
      return it('calendar', 'fact.follow-up-off');
    case 'follow-up-due':
      return it('bell', 'fact.follow-up-due', {}, 'up', (event.data as Schema<'FollowUpDue'>).note ?? undefined);
    case 'task-added':
      return it('plus', 'fact.task-added', { title: (event.data as Schema<'TaskAdded'>).title });
    case 'task-changed':
      return it('pencil', 'fact.task-changed', { title: (event.data as Schema<'TaskChanged'>).title });
    case 'task-done':
      return it('check-circle', 'fact.task-done', { title: titleOf((event.data as Schema<'TaskDone'>).task) }, 'ok');
    case 'task-reopened':
      return it('undo', 'fact.task-reopened', { title: titleOf((event.data as Schema<'TaskReopened'>).task) });
    case 'task-removed':
      return it('x', 'fact.task-removed', { title: (event.data as Schema<'TaskRemoved'>).title });
    case 'task-due':
      return it('bell', 'fact.task-due', { title: (event.data as Schema<'TaskDue'>).title }, 'up');
    case 'approval-asked':
      return it('thumb-up', 'fact.approval-asked', {}, undefined, (event.data as Schema<'ApprovalAsked'>).question);
    case 'approval-decided': {
      const { decision, comment } = event.data as Schema<'ApprovalDecided'>;
      return it(decision === 'approve' ? 'thumb-up' : 'thumb-down', decision === 'approve' ? 'fact.approval-approve' : 'fact.approval-decline', {}, decision === 'approve' ? 'ok' : 'bad', comment ?? undefined);
    }
    case 'approval-reminded':
      return it('bell', 'fact.approval-reminded');
    case 'approver-replaced': {
      const { to } = event.data as Schema<'ApproverReplaced'>;
      return to ? it('users', 'fact.approver-replaced', { agent: agentName(to) }) : it('users', 'fact.approver-left');
    }
    case 'approval-ended': {
      const { outcome, question } = event.data as Schema<'ApprovalEnded'>;
      return it('thumb-up', 'fact.approval-ended', { outcome: t(`approval.state.${outcome}`) }, outcome === 'approved' ? 'ok' : outcome === 'declined' ? 'bad' : undefined, question);
    }
    default:
      return it('history', 'fact.other', { type: event.type });
  }
}

function Fact({ event, all }: { event: TicketEvent; all: TicketEvent[] }) {
  const { icon, kind, of, values, more } = tell(event, all);
  return (
    <li class={`fact${kind ? ` fact--${kind}` : ''}`}>
      <Icon name={icon} small />
      <div>
        <p>
          <Sentence of={of} values={values} />
        </p>
        {more ? <p class="fact__more">{more}</p> : null}
      </div>
      <At at={event.at} />
    </li>
  );
}

/** What others have done since, in sentences, for somebody who was writing meanwhile. */
export function Since({ bundle, seq, me }: { bundle: Bundle; seq: number; me: string | null }) {
  const news = bundle.events.filter((one) => one.seq > seq && one.actor?.id !== me);
  const words = new Map(bundle.comments.map((one) => [one.id, one]));
  return (
    <ol class="timeline since">
      {news.map((event) => {
        const comment = event.type === 'comment-added' ? words.get((event.data as Schema<'CommentAdded'>).comment) : undefined;
        return comment ? <CommentEntry key={event.seq} comment={comment} requester={bundle.ticket.requester.name ?? bundle.ticket.requester.email} onSplit={() => undefined} /> : <Fact key={event.seq} event={event} all={bundle.events} />;
      })}
    </ol>
  );
}

export const remaining = (duration: string) => length(milliseconds(duration));
