import { useEffect, useState } from 'preact/hooks';
import { all, api, filled, ifMatch, ok, type Schema, type Ticket } from './api';
import { businessLength, date, length, milliseconds, moment, time } from './format';
import { languages, t, isLanguage } from './i18n';
import { agents, groups, now, say } from './state';
import { Agenda } from './agenda';
import { Approvals } from './approvals';
import { Disturbance } from './disturbance';
import { priorities } from './new-ticket';
import { attempt, Avatar, Choice, Clock, Dialog, Field, Icon, StatusChip, useLoaded } from './ui';

type Change = (patch: Schema<'PatchTicketRequest'>) => Promise<unknown>;

export function Side({ ticket, change, changed, resolve }: { ticket: Ticket; change: Change; changed: () => void; resolve: () => void }) {
  const closed = ticket.status === 'closed';
  const answered = new Set(ticket.form?.answers.map((one) => one.field));
  return (
    <aside class="side" id="side" aria-label={t('details')} tabIndex={-1}>
      {ticket.sla ? (
        <section class="side__sec">
          <h2>{t('sla.clocks')}</h2>
          {[...ticket.sla.targets].sort((a, b) => weight(a) - weight(b)).map((target) => (
            <Promise key={`${target.metric}-${target.cycle}`} target={target} ticket={ticket} />
          ))}
          {ticket.sla.targets.length ? null : <p class="hint">{t('sla.no-targets')}</p>}
        </section>
      ) : null}
      <Requester ticket={ticket} />
      <section class="side__sec">
        <h2>{t('fields')}</h2>
        <div class="fields">
          <Choice
            label={t('status')}
            value={ticket.status}
            disabled={closed}
            options={[
              ...(ticket.status === 'new' ? [['new', t('status.new')] as [string, string]] : []),
              ['open', t('status.open')],
              ['pending', t('status.pending')],
              ['on-hold', t('status.on-hold')],
              ['resolved', t('status.resolved')],
              ...(closed ? [['closed', t('status.closed')] as [string, string]] : []),
            ]}
            onChange={(next) => (next === 'resolved' ? resolve() : void change({ status: next as Ticket['status'] }))}
          />
          <Choice label={t('priority')} value={ticket.priority} disabled={closed} options={priorities.map((one): [string, string] => [one, t(`priority.${one}`)])} onChange={(next) => void change({ priority: next as Ticket['priority'] })} />
          <Choice
            label={t('assignee')}
            value={ticket.assignee ?? ''}
            disabled={closed}
            options={[['', t('nobody')], ...agents.value.filter((one) => one.active || one.id === ticket.assignee).map((one): [string, string] => [one.id, one.name])]}
            onChange={(next) => void change({ assignee: next || null })}
          />
          <Choice label={t('group')} value={ticket.group ?? ''} disabled={closed} options={[['', '–'], ...groups.value.map((one): [string, string] => [one.id, one.name])]} onChange={(next) => void change({ group: next || null })} />
          <TextField label={t('type')} value={ticket.type ?? ''} disabled={closed} save={(next) => change({ type: next || null })} />
          <div class="field">
            <span class="label">{t('tier')}</span>
            <span>{ticket.tier}</span>
          </div>
        </div>
        <Tags tags={ticket.tags} disabled={closed} change={(tags) => change({ tags })} />
        <CustomFields ticket={ticket} change={change} names={Object.keys(ticket.customFields).filter((name) => !answered.has(name))} />
      </section>
      <Answers ticket={ticket} change={change} />
      <Agenda ticket={ticket} changed={changed} />
      <Approvals ticket={ticket} changed={changed} />
      <Disturbance ticket={ticket} changed={changed} />
      <TimeSpent ticket={ticket} changed={changed} />
      {ticket.links.length ? (
        <section class="side__sec">
          <h2>{t('links')}</h2>
          <ul class="mini">
            {ticket.links.map((link) => (
              <li key={`${link.kind}-${link.ticket}`}>
                <a href={`/desk/tickets/${link.number}`}>
                  <span class="truncate">
                    {t(`link.${link.kind}`)} {link.number}
                  </span>
                </a>
                {link.kind === 'related' || link.kind === 'parent' || link.kind === 'child' ? (
                  <button
                    class="token__x"
                    type="button"
                    aria-label={t('unlink', { number: link.number })}
                    onClick={() => attempt(async () => {
                      await ok(api.POST('/api/tickets/{id}/unlink', { params: { path: { id: ticket.id } }, body: { to: link.ticket } }));
                      changed();
                    })}
                  >
                    <Icon name="x" small />
                  </button>
                ) : null}
              </li>
            ))}
          </ul>
        </section>
      ) : null}
      <Others ticket={ticket} />
      <Similar ticket={ticket} />
    </aside>
  );
}

/** Fields of the desk's own, to be changed where they are shown. */
function CustomFields({ ticket, change, names, labels }: { ticket: Ticket; change: Change; names: string[]; labels?: ReadonlyMap<string, string> }) {
  if (!names.length) return null;
  return (
    <div class="fields">
      {names.map((name) => {
        const value = ticket.customFields[name];
        return (
          <TextField
            key={name}
            label={labels?.get(name) ?? name}
            value={value === undefined ? '' : `${value}`}
            disabled={ticket.status === 'closed'}
            save={(next) => change({ customFields: { [name]: next === '' ? null : typeof value === 'number' && Number.isFinite(Number(next)) ? Number(next) : typeof value === 'boolean' ? next === 'true' : next } })}
          />
        );
      })}
    </div>
  );
}

/** What was answered in the form, in the words of the version that was filled in. */
function Answers({ ticket, change }: { ticket: Ticket; change: Change }) {
  const form = ticket.form;
  const [editing, setEditing] = useState(false);
  if (!form) return null;
  const labels = new Map(form.answers.map((one) => [one.field, one.label]));
  return (
    <section class="side__sec">
      <h2>{form.name ?? form.id}</h2>
      {form.answers.length ? (
        <dl class="answers">
          {form.answers.map((one) => (
            <div key={one.field}>
              <dt>{one.label}</dt>
              <dd>{one.value}</dd>
            </div>
          ))}
        </dl>
      ) : (
        <p class="hint">{t('nothing')}</p>
      )}
      {form.answers.length && ticket.status !== 'closed' ? (
        <details class="clock" open={editing} onToggle={(event) => setEditing(event.currentTarget.open)}>
          <summary>
            <span class="why">
              {t('answers.change')}
              <Icon name="chev-down" small />
            </span>
          </summary>
          {editing ? <CustomFields ticket={ticket} change={change} names={[...labels.keys()]} labels={labels} /> : null}
        </details>
      ) : null}
    </section>
  );
}

/** Tickets that are about the same, with what solved them. They are looked for once somebody stays at a ticket. */
function Similar({ ticket }: { ticket: Ticket }) {
  const [stays, setStays] = useState(false);
  useEffect(() => {
    setStays(false);
    const later = setTimeout(() => setStays(true), 700);
    return () => clearTimeout(later);
  }, [ticket.id]);
  const { value } = useLoaded(async () => (stays ? (await ok(api.GET('/api/tickets/{id}/similar', { params: { path: { id: ticket.id } } }))).items : []), [ticket.id, ticket.subject, stays]);
  if (!value?.length) return null;
  return (
    <section class="side__sec">
      <h2>
        {t('similar')} <span class="count">{value.length}</span>
      </h2>
      <ul class="mini">
        {value.map(({ ticket: one, resolution }) => (
          <li key={one.id} class="mini__two">
            <a href={`/desk/tickets/${one.number}`} title={date(one.createdAt)}>
              <span class="truncate">
                {one.number} {one.subject}
              </span>
            </a>
            <StatusChip status={one.status} />
            {resolution ? <p class="hint truncate" title={resolution}>{resolution}</p> : null}
          </li>
        ))}
      </ul>
    </section>
  );
}

const weight = (one: Schema<'TicketTarget'>) => ({ breached: 0, running: 1, paused: 2, met: 3, cancelled: 4 })[one.state];

/** What a clock shows of a promise. */
export function stateOf(target: Schema<'TicketTarget'>): { state: 'running' | 'risk' | 'breached' | 'paused' | 'met' | 'none'; words: string; part: number } {
  const due = target.dueAt ? Date.parse(target.dueAt) : null;
  const part = target.percent / 100;
  if (target.state === 'met') return { state: 'met', words: target.stoppedAt ? t('sla.met-at', { time: moment(target.stoppedAt) }) : t('sla.met'), part };
  if (target.state === 'cancelled') return { state: 'none', words: t('sla.cancelled'), part };
  if (target.state === 'paused') return { state: 'paused', words: t('sla.left', { time: businessLength(milliseconds(target.remaining)) }), part };
  if (target.state === 'breached') {
    const from = target.breachedAt ? Date.parse(target.breachedAt) : (due ?? now.value);
    const to = target.stoppedAt ? Date.parse(target.stoppedAt) : now.value;
    return { state: 'breached', words: t('sla.over', { time: length(to - from) }), part: 1 };
  }
  if (due === null) return { state: 'running', words: businessLength(milliseconds(target.remaining)), part };
  const left = due - now.value;
  if (left < 0) return { state: 'breached', words: t('sla.over', { time: length(left) }), part: 1 };
  return { state: target.percent >= 75 ? 'risk' : 'running', words: length(left), part };
}

function Promise({ target, ticket }: { target: Schema<'TicketTarget'>; ticket: Ticket }) {
  const { state, words, part } = stateOf(target);
  const [open, setOpen] = useState(state === 'breached' && !target.stoppedAt);
  const name = t(`metric.${target.metric}`);
  const meter = state === 'risk' ? 'risk' : state === 'none' ? 'paused' : state;
  return (
    <details class="clock" open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <span class="clock__row">
          <b>{name}</b>
          <Clock state={state} words={words} part={part} name={name} />
        </span>
        <svg class={`meter meter--${meter}`} viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
          <rect width="100" height="6" rx="1.5" />
          <rect class="fill" width={Math.min(100, Math.round(part * 100))} height="6" rx="1.5" />
        </svg>
        <span class="clock__meta">
          <span>{target.dueAt ? t('sla.target-due', { time: businessLength(milliseconds(target.within)), due: moment(target.dueAt) }) : t('sla.target', { time: businessLength(milliseconds(target.within)) })}</span>
          <span class="why">
            {t('why')}
            <Icon name="chev-down" small />
          </span>
        </span>
      </summary>
      {open ? <Why metric={target.metric} cycle={target.cycle} ticket={ticket} /> : null}
    </details>
  );
}

function Why({ metric, cycle, ticket }: { metric: Schema<'SlaMetric'>; cycle: number; ticket: Ticket }) {
  const { value, error } = useLoaded(() => ok(api.GET('/api/tickets/{id}/sla', { params: { path: { id: ticket.id } } })), [ticket.id, ticket.version]);
  const target = value?.targets.find((one) => one.metric === metric && one.cycle === cycle);
  if (error) return <p class="clock__why">{t('offline.short')}</p>;
  if (!value || !target) return <p class="clock__why">{t('loading')}</p>;
  const stretches = target.intervals;
  const start = Date.parse(target.startedAt);
  const end = Math.max(start + 1, ...stretches.map((one) => Date.parse(one.to)), target.breachedAt ? (target.stoppedAt ? Date.parse(target.stoppedAt) : now.value) : 0);
  const x = (at: string | number) => (300 * (new Date(at).getTime() - start)) / (end - start);
  const total = (kind: Schema<'StretchKind'>) => businessLength(stretches.filter((one) => one.kind === kind).reduce((sum, one) => sum + Date.parse(one.to) - Date.parse(one.from), 0));
  const colour = { counted: 'f1', closed: 'ftrack', paused: 'f4' } as const;
  const over = target.breachedAt;
  return (
    <div class="clock__why">
      <svg class="span" viewBox="0 0 300 22" role="img" aria-label={t('sla.sum', { counted: total('counted'), closed: total('closed'), paused: total('paused') })}>
        <rect class="ftrack" y="8" width="300" height="4" rx="1.5" />
        {stretches.map((one) => (
          <rect key={one.from} class={colour[one.kind]} x={x(one.from)} y={one.kind === 'counted' ? 5 : 7} width={Math.max(0.5, x(one.to) - x(one.from))} height={one.kind === 'counted' ? 10 : 6} />
        ))}
        {over ? <rect class="fbad" x={x(over)} y="5" width={Math.max(1, 300 - x(over))} height="10" /> : null}
        {target.dueAt && Date.parse(target.dueAt) <= end ? <path class="tickmark" d={`M${x(target.dueAt)} 1v18`} /> : null}
      </svg>
      <p>{t('sla.sum', { counted: total('counted'), closed: total('closed'), paused: total('paused') })}</p>
      <ol class="steps">
        {stretches.slice(-8).map((one) => (
          <li key={one.from}>
            <time datetime={one.from} title={moment(one.from)}>
              {time(one.from)}
            </time>
            <span>{t(`stretch.${one.kind}`, { time: length(Date.parse(one.to) - Date.parse(one.from)) })}</span>
          </li>
        ))}
        {over ? (
          <li>
            <time datetime={over} title={moment(over)}>
              {time(over)}
            </time>
            <b>{t('sla.breached')}</b>
          </li>
        ) : null}
      </ol>
      <p class="hint">{t('sla.by', { policy: value.policy?.id ?? '–', version: value.policy?.version ?? 0, calendar: value.calendar ?? '–' })}</p>
    </div>
  );
}

function Requester({ ticket }: { ticket: Ticket }) {
  const { value } = useLoaded(async () => {
    const page = await filled(5, (cursor) => ok(api.GET('/api/contacts', { params: { query: { search: ticket.requester.email, limit: 5, cursor } } })));
    return page.items.find((one) => one.emails.includes(ticket.requester.email.toLowerCase())) ?? null;
  }, [ticket.requester.email]);
  const name = ticket.requester.name ?? value?.name ?? ticket.requester.email;
  return (
    <section class="side__sec">
      <h2>{t('requester')}</h2>
      <div class="person">
        <Avatar name={name} requester size="lg" />
        <div class="grow">
          <p>
            <b>{name}</b>
            {value?.vip ? (
              <span class="chip st-pending">
                <Icon name="star" />
                VIP
              </span>
            ) : null}
          </p>
          {value?.organisation ? <p class="muted">{value.organisation}</p> : null}
        </div>
      </div>
      <dl class="facts">
        <dt>{t('email')}</dt>
        <dd class="truncate">
          <a href={`mailto:${ticket.requester.email}`} title={ticket.requester.email}>{ticket.requester.email}</a>
        </dd>
        {value?.phones.map((phone) => (
          <>
            <dt>{t('phone')}</dt>
            <dd>
              <a href={`tel:${phone}`}>{phone}</a>
            </dd>
          </>
        ))}
        {value?.language ? (
          <>
            <dt>{t('language')}</dt>
            <dd>{isLanguage(value.language) ? languages[value.language] : value.language}</dd>
          </>
        ) : null}
        {ticket.participants.length ? (
          <>
            <dt>{t('participants')}</dt>
            <dd>{ticket.participants.map((one) => one.name ?? one.email).join(', ')}</dd>
          </>
        ) : null}
      </dl>
    </section>
  );
}

function TextField({ label, value, save, disabled }: { label: string; value: string; save: (next: string) => unknown; disabled: boolean }) {
  const [typed, setTyped] = useState(value);
  useEffect(() => setTyped(value), [value]);
  return (
    <Field label={label}>
      {(id) => (
        <input
          {...id}
          class="input"
          value={typed}
          disabled={disabled}
          onInput={(event) => setTyped(event.currentTarget.value)}
          onBlur={() => typed.trim() !== value && save(typed.trim())}
          onKeyDown={(event) => {
            if (event.key === 'Enter') event.currentTarget.blur();
            if (event.key === 'Escape') {
              setTyped(value);
              event.stopPropagation();
            }
          }}
        />
      )}
    </Field>
  );
}

function Tags({ tags, change, disabled }: { tags: string[]; change: (tags: string[]) => unknown; disabled: boolean }) {
  const [typed, setTyped] = useState('');
  const add = () => {
    const tag = typed.trim().toLowerCase();
    setTyped('');
    if (tag && !tags.includes(tag)) change([...tags, tag]);
  };
  return (
    <div class="field">
      <label for="tags">{t('tags')}</label>
      <div class="tagbox">
        {tags.map((tag) => (
          <span key={tag} class="token">
            {tag}
            {disabled ? null : (
              <button class="token__x" type="button" aria-label={t('tag.remove', { tag })} onClick={() => change(tags.filter((one) => one !== tag))}>
                <Icon name="x" small />
              </button>
            )}
          </span>
        ))}
        <input
          id="tags"
          class="tagbox__in"
          placeholder={t('tags.add')}
          value={typed}
          disabled={disabled}
          onInput={(event) => setTyped(event.currentTarget.value)}
          onBlur={add}
          onKeyDown={(event) => {
            if (event.key === 'Enter' || event.key === ',') {
              event.preventDefault();
              add();
            } else if (event.key === 'Backspace' && !typed && tags.length) change(tags.slice(0, -1));
          }}
        />
      </div>
    </div>
  );
}

function TimeSpent({ ticket, changed }: { ticket: Ticket; changed: () => void }) {
  const [adding, setAdding] = useState(false);
  const [minutes, setMinutes] = useState('15');
  const [note, setNote] = useState('');
  const [wrong, setWrong] = useState('');
  const add = async () => {
    const whole = Number(minutes);
    if (!Number.isInteger(whole) || whole < 1) return setWrong(t('time.wrong'));
    const done = await attempt(() => ok(api.POST('/api/tickets/{id}/time', { params: { path: { id: ticket.id } }, body: { minutes: whole, ...(note.trim() ? { note: note.trim() } : {}) } })));
    if (!done) return undefined;
    setAdding(false);
    setNote('');
    changed();
    return undefined;
  };
  return (
    <section class="side__sec side__line">
      <h2>{t('time')}</h2>
      <p>{length((ticket.minutesWorked ?? 0) * 60_000)}</p>
      <button class="btn btn--sm" type="button" onClick={() => setAdding(true)}>
        <Icon name="plus" small />
        {t('add')}
      </button>
      {adding ? (
        <Dialog
          title={t('time.add')}
          close={() => setAdding(false)}
          onSubmit={add}
          foot={
            <>
              <button class="btn" type="button" onClick={() => setAdding(false)}>
                {t('cancel')}
              </button>
              <button class="btn btn--primary" type="submit">
                {t('add')}
              </button>
            </>
          }
        >
          <Field label={t('time.minutes')} wrong={wrong || undefined}>
            {(id) => <input {...id} class="input" inputMode="numeric" value={minutes} onInput={(event) => setMinutes(event.currentTarget.value)} />}
          </Field>
          <Field label={t('time.note')}>{(id) => <input {...id} class="input" value={note} onInput={(event) => setNote(event.currentTarget.value)} />}</Field>
        </Dialog>
      ) : null}
    </section>
  );
}

function Others({ ticket }: { ticket: Ticket }) {
  const { value } = useLoaded(() => all((cursor) => ok(api.GET('/api/tickets', { params: { query: { requester: [ticket.requester.email], limit: 10, cursor } } })), 10), [ticket.requester.email, ticket.version]);
  const others = value?.filter((one) => one.id !== ticket.id) ?? [];
  if (!others.length) return null;
  return (
    <section class="side__sec">
      <h2>
        {t('others')} <span class="count">{others.length}</span>
      </h2>
      <ul class="mini">
        {others.slice(0, 8).map((one) => (
          <li key={one.id}>
            <a href={`/desk/tickets/${one.number}`} title={date(one.createdAt)}>
              <span class="truncate">
                {one.number} {one.subject}
              </span>
            </a>
            <StatusChip status={one.status} />
          </li>
        ))}
      </ul>
    </section>
  );
}

const isStale = (error: unknown) => error instanceof Error && 'status' in error && error.status === 412;

/** Changes fields of a ticket and offers to take that back. */
export async function patch(ticket: Ticket, wanted: Schema<'PatchTicketRequest'>): Promise<boolean> {
  const before = Object.fromEntries(
    Object.keys(wanted).map((name) =>
      name === 'customFields' ? [name, Object.fromEntries(Object.keys(wanted.customFields!).map((field) => [field, ticket.customFields[field] ?? null]))] : [name, ticket[name as keyof Ticket] ?? null],
    ),
  ) as Schema<'PatchTicketRequest'>;
  const send = (body: Schema<'PatchTicketRequest'>, version: number) => ok(api.PATCH('/api/tickets/{id}', { params: { path: { id: ticket.id }, header: ifMatch(version) }, body }));
  // The desk may have changed the ticket since: an automation, a promise. What was changed here goes back where it is still so.
  const takeBack = (back: Schema<'PatchTicketRequest'>, next: Ticket) =>
    send(back, next.version).catch(async (error: unknown) => {
      const current = isStale(error) ? await ok(api.GET('/api/tickets/{id}', { params: { path: { id: ticket.id } } })) : null;
      if (!current || !Object.keys(wanted).every((name) => JSON.stringify(current[name as keyof Ticket]) === JSON.stringify(next[name as keyof Ticket]))) throw error;
      return send(back, current.version);
    });
  return attempt(async () => {
    const next = await send(wanted, ticket.version).catch(async (error: unknown) => {
      // Somebody else has changed something meanwhile. What is changed here is said anew, not computed from what was: it holds for the ticket as it is.
      if (!isStale(error) || wanted.tags) throw error;
      const current = await ok(api.GET('/api/tickets/{id}', { params: { path: { id: ticket.id } } }));
      return send(wanted, current.version);
    });
    const back = wanted.status && ticket.status === 'new' ? null : before;
    say({ text: t('changed'), ...(back ? { act: { words: t('undo'), run: () => attempt(async () => takeBack(back, next)) } } : {}) });
  });
}
