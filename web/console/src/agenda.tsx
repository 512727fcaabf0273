import { useState } from 'preact/hooks';
import { api, call, ok, type Schema, type Ticket } from './api';
import { moment } from './format';
import { t } from './i18n';
import { agentName, agents, me, now } from './state';
import { attempt, Choice, Dialog, Field, Icon, useLoaded } from './ui';

/** What is to be done on a ticket, and when it comes back. */
export function Agenda({ ticket, changed }: { ticket: Ticket; changed: () => void }) {
  const [adding, setAdding] = useState<'task' | 'follow-up' | null>(null);
  const closed = ticket.status === 'closed';
  const tasks = useLoaded(async () => (ticket.openTasks || ticket.version > 1 ? (await ok(api.GET('/api/tickets/{id}/tasks', { params: { path: { id: ticket.id } } }))).items : []), [ticket.id, ticket.version]).value ?? [];
  const act = (run: () => Promise<unknown>) =>
    attempt(async () => {
      await run();
      changed();
    });
  const path = (task: Schema<'Task'>) => `/api/tickets/${ticket.id}/tasks/${task.id}`;
  return (
    <section class="side__sec">
      <h2>{t('tasks')}</h2>
      {tasks.length ? (
        <ul class="tasks">
          {tasks.map((task) => {
            const late = task.dueAt !== null && task.doneAt === null && Date.parse(task.dueAt) < now.value;
            return (
              <li key={task.id}>
                <label class="check">
                  <input type="checkbox" checked={task.doneAt !== null} disabled={closed} onChange={(event) => act(() => call('PATCH', path(task), { done: event.currentTarget.checked }))} />
                  <span class={task.doneAt ? 'muted' : undefined}>
                    {task.title}
                    {task.required ? <span class="muted"> · {t('task.required')}</span> : null}
                    {task.assignee || task.dueAt ? (
                      <span class={`task__meta${late ? ' task__meta--late' : ''}`}>
                        {late ? <Icon name="octagon" small label={t('task.late')} /> : null}
                        {[agentName(task.assignee), task.dueAt ? moment(task.dueAt) : ''].filter(Boolean).join(', ')}
                      </span>
                    ) : null}
                  </span>
                </label>
                {closed ? null : (
                  <button class="token__x" type="button" aria-label={`${t('remove')}: ${task.title}`} onClick={() => act(() => call('DELETE', path(task)))}>
                    <Icon name="x" small />
                  </button>
                )}
              </li>
            );
          })}
        </ul>
      ) : null}
      {ticket.followUp ? (
        <p class="token tasks__back">
          <Icon name="calendar" small />
          <span class="grow">{t('follow-up.at', { time: moment(ticket.followUp.at), who: agentName(ticket.followUp.to) || t('assignee') })}</span>
          <button class="token__x" type="button" aria-label={t('follow-up.cancel')} onClick={() => act(() => call('DELETE', `/api/tickets/${ticket.id}/follow-up`))}>
            <Icon name="x" small />
          </button>
        </p>
      ) : null}
      {closed ? null : (
        <div class="toolbar">
          <button class="btn btn--sm" type="button" onClick={() => setAdding('task')}>
            <Icon name="plus" small />
            {t('task')}
          </button>
          <button class="btn btn--sm" type="button" onClick={() => setAdding('follow-up')}>
            <Icon name="calendar" small />
            {t('follow-up')}
          </button>
        </div>
      )}
      {ticket.satisfaction?.rating ? <p>{t('satisfaction.rated', { rating: ticket.satisfaction.rating })}</p> : null}
      {adding === 'task' ? <NewTask ticket={ticket} close={() => setAdding(null)} act={act} /> : null}
      {adding === 'follow-up' ? <NewFollowUp ticket={ticket} close={() => setAdding(null)} act={act} /> : null}
    </section>
  );
}

interface Adding {
  ticket: Ticket;
  close: () => void;
  act: (run: () => Promise<unknown>) => Promise<unknown>;
}

const Foot = ({ close, words }: { close: () => void; words: string }) => (
  <>
    <button class="btn" type="button" onClick={close}>
      {t('cancel')}
    </button>
    <button class="btn btn--primary" type="submit">
      {words}
    </button>
  </>
);

/** The instant that somebody picks in their own time zone. */
const instant = (local: string) => (local ? new Date(local).toISOString() : undefined);
const people = (): [string, string][] => agents.value.filter((one) => one.active).map((one) => [one.id, one.name]);

function NewTask({ ticket, close, act }: Adding) {
  const [title, setTitle] = useState('');
  const [assignee, setAssignee] = useState(me.value?.agent ?? '');
  const [due, setDue] = useState('');
  const [required, setRequired] = useState(false);
  const [wrong, setWrong] = useState('');
  const submit = () => {
    if (!title.trim()) return setWrong(t('missing'));
    return act(async () => {
      await call('POST', `/api/tickets/${ticket.id}/tasks`, { title: title.trim(), ...(assignee ? { assignee } : {}), ...(due ? { dueAt: instant(due) } : {}), ...(required ? { required } : {}) });
      close();
    });
  };
  return (
    <Dialog title={t('task.new')} close={close} onSubmit={submit} foot={<Foot close={close} words={t('add')} />}>
      <Field label={t('task.title')} wrong={wrong || undefined}>
        {(id) => <input {...id} class="input" value={title} onInput={(event) => setTitle(event.currentTarget.value)} />}
      </Field>
      <div class="row2">
        <Choice label={t('assignee')} value={assignee} options={[['', t('task.whoever')], ...people()]} onChange={setAssignee} />
        <Field label={t('task.due')}>{(id) => <input {...id} class="input" type="datetime-local" value={due} onInput={(event) => setDue(event.currentTarget.value)} />}</Field>
      </div>
      <label class="check">
        <input type="checkbox" checked={required} onChange={(event) => setRequired(event.currentTarget.checked)} />
        {t('task.required-hint')}
      </label>
    </Dialog>
  );
}

function NewFollowUp({ ticket, close, act }: Adding) {
  const [after, setAfter] = useState('PT24H');
  const [at, setAt] = useState('');
  const [to, setTo] = useState(me.value?.agent ?? 'none');
  const [note, setNote] = useState('');
  const [unlessAnswered, setUnlessAnswered] = useState(true);
  const submit = () =>
    act(async () => {
      await call('POST', `/api/tickets/${ticket.id}/follow-up`, { ...(after === 'at' ? { at: instant(at) } : { in: after }), to, ...(note.trim() ? { note: note.trim() } : {}), unlessAnswered });
      close();
    });
  return (
    <Dialog title={t('follow-up.new')} close={close} onSubmit={submit} foot={<Foot close={close} words={t('follow-up.set')} />}>
      <p class="hint">{t('follow-up.hint')}</p>
      <div class="row2">
        <Choice
          label={t('follow-up.when')}
          value={after}
          options={[
            ['PT4H', t('follow-up.hours', { hours: 4 })],
            ['PT24H', t('follow-up.hours', { hours: 24 })],
            ['PT72H', t('follow-up.days', { days: 3 })],
            ['PT168H', t('follow-up.days', { days: 7 })],
            ['at', t('follow-up.pick')],
          ]}
          onChange={setAfter}
        />
        {after === 'at' ? <Field label={t('task.due')}>{(id) => <input {...id} class="input" type="datetime-local" required value={at} onInput={(event) => setAt(event.currentTarget.value)} />}</Field> : null}
        <Choice label={t('follow-up.to')} value={to} options={[['none', t('task.whoever')], ...people()]} onChange={setTo} />
      </div>
      <Field label={t('follow-up.note')}>{(id) => <input {...id} class="input" value={note} onInput={(event) => setNote(event.currentTarget.value)} />}</Field>
      <label class="check">
        <input type="checkbox" checked={unlessAnswered} onChange={(event) => setUnlessAnswered(event.currentTarget.checked)} />
        {t('follow-up.unless')}
      </label>
    </Dialog>
  );
}
