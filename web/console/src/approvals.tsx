import { useState } from 'preact/hooks';
import { api, call, ok, type Schema, type Ticket } from './api';
import { moment } from './format';
import { t } from './i18n';
import { agentName, agents, me } from './state';
import { attempt, Choice, Dialog, Field, Icon, useLoaded } from './ui';

type Approval = Schema<'Approval'>;
type Act = (run: () => Promise<unknown>) => Promise<unknown>;

const called = (one: Approval['approvers'][number]) => (one.agent ? agentName(one.agent) : one.name || one.email || '');
const marks = { pending: 'clock', approved: 'check-circle', declined: 'x', expired: 'octagon', cancelled: 'x' } as const;

/** What others were asked to approve on a ticket: who has answered what, and what is left to do about it. */
export function Approvals({ ticket, changed }: { ticket: Ticket; changed: () => void }) {
  const [asking, setAsking] = useState(false);
  const all = useLoaded(async () => (ticket.version > 1 ? (await ok(api.GET('/api/tickets/{id}/approvals', { params: { path: { id: ticket.id } } }))).items : []), [ticket.id, ticket.version]).value ?? [];
  const done = ticket.status === 'closed' || ticket.status === 'resolved';
  if (done && !all.length) return null;
  const act: Act = (run) =>
    attempt(async () => {
      await run();
      changed();
    });
  return (
    <section class="side__sec">
      <h2>{t('approvals')}</h2>
      {[...all].reverse().map((one) => (
        <One key={one.id} approval={one} path={`/api/tickets/${ticket.id}/approvals/${one.id}`} act={act} />
      ))}
      {done ? null : (
        <div class="toolbar">
          <button class="btn btn--sm" type="button" onClick={() => setAsking(true)}>
            <Icon name="plus" small />
            {t('approval.ask')}
          </button>
        </div>
      )}
      {asking ? <Ask ticket={ticket} close={() => setAsking(false)} act={act} /> : null}
    </section>
  );
}

function One({ approval, path, act }: { approval: Approval; path: string; act: Act }) {
  const [comment, setComment] = useState('');
  const [busy, setBusy] = useState(false);
  const pending = approval.state === 'pending';
  const mine = pending && approval.approvers.some((one) => one.agent === me.value?.agent && me.value?.agent && !one.decision && !one.gone);
  const tell = async (operation: 'decide' | 'remind' | 'cancel', body: object = {}) => {
    setBusy(true);
    await act(() => call('POST', `${path}/${operation}`, body));
    setBusy(false);
  };
  const decide = (decision: 'approve' | 'decline') => tell('decide', { decision, ...(comment.trim() ? { comment: comment.trim() } : {}) });
  return (
    <div class={`approval approval--${approval.state}`}>
      <p class="approval__state">
        <Icon name={marks[approval.state]} small />
        <strong>{t(`approval.state.${approval.state}`)}</strong>
        <span class="muted">{pending ? t('approval.until', { time: moment(approval.dueAt) }) : moment(approval.endedAt!)}</span>
      </p>
      <p class="approval__question">{approval.question}</p>
      {approval.approvers.length > 1 ? <p class="muted">{t(`approval.rule.${approval.rule}`)}</p> : null}
      <ul class="mini">
        {approval.approvers.map((one) => (
          <li key={one.id}>
            <span>
              {called(one)}: {one.decision ? t(`approval.did.${one.decision}`) : t(one.gone ? 'approval.gone' : 'approval.waits')}
              {one.comment ? <span class="task__meta">{one.comment}</span> : null}
            </span>
          </li>
        ))}
      </ul>
      {mine ? (
        <form onSubmit={(event) => event.preventDefault()}>
          <Field label={t('approval.comment')}>{(id) => <input {...id} class="input" maxLength={1000} value={comment} onInput={(event) => setComment(event.currentTarget.value)} />}</Field>
          <div class="toolbar">
            <button class="btn btn--sm btn--primary" type="button" disabled={busy} onClick={() => decide('approve')}>
              {t('approval.approve')}
            </button>
            <button class="btn btn--sm" type="button" disabled={busy} onClick={() => decide('decline')}>
              {t('approval.decline')}
            </button>
          </div>
        </form>
      ) : null}
      {pending ? (
        <div class="toolbar">
          <button class="btn btn--sm btn--quiet" type="button" disabled={busy} onClick={() => tell('remind')}>
            <Icon name="bell" small />
            {t('approval.remind')}
          </button>
          <button class="btn btn--sm btn--quiet" type="button" disabled={busy} onClick={() => tell('cancel')}>
            <Icon name="x" small />
            {t('approval.cancel')}
          </button>
        </div>
      ) : null}
    </div>
  );
}

/** Names and addresses as somebody types them: ids or names of agents, and addresses of everybody else. */
const approversOf = (words: string) =>
  words
    .split(/[,;\n]/)
    .map((one) => one.trim())
    .filter(Boolean)
    .map((one) => {
      const agent = agents.value.find((known) => known.active && [known.id, known.name.toLowerCase()].includes(one.toLowerCase()));
      return agent ? { agent: agent.id } : { email: one };
    });

function Ask({ ticket, close, act }: { ticket: Ticket; close: () => void; act: Act }) {
  const [question, setQuestion] = useState('');
  const [who, setWho] = useState('');
  const [rule, setRule] = useState('all');
  const [length, setLength] = useState('PT48H');
  const [hold, setHold] = useState(true);
  const [wrong, setWrong] = useState<{ question?: string; who?: string }>({});
  const submit = () => {
    const approvers = approversOf(who);
    const missing = { ...(question.trim() ? {} : { question: t('missing') }), ...(approvers.length ? {} : { who: t('missing') }) };
    setWrong(missing);
    if (Object.keys(missing).length) return undefined;
    return act(async () => {
      await call('POST', `/api/tickets/${ticket.id}/approvals`, { question: question.trim(), approvers, rule, in: length, hold });
      close();
    });
  };
  return (
    <Dialog
      title={t('approval.ask')}
      close={close}
      onSubmit={submit}
      foot={
        <>
          <button class="btn" type="button" onClick={close}>
            {t('cancel')}
          </button>
          <button class="btn btn--primary" type="submit">
            {t('approval.send')}
          </button>
        </>
      }
    >
      <Field label={t('approval.question')} wrong={wrong.question}>
        {(id) => <textarea {...id} class="input" rows={3} maxLength={2000} value={question} onInput={(event) => setQuestion(event.currentTarget.value)} />}
      </Field>
      <Field label={t('approval.who')} hint={t('approval.who-hint')} wrong={wrong.who}>
        {(id) => (
          <>
            <input {...id} class="input" list="approval-agents" value={who} onInput={(event) => setWho(event.currentTarget.value)} />
            <datalist id="approval-agents">
              {agents.value
                .filter((one) => one.active)
                .map((one) => (
                  <option key={one.id} value={one.name} />
                ))}
            </datalist>
          </>
        )}
      </Field>
      <div class="row2">
        <Choice label={t('approval.rule')} value={rule} options={(['all', 'any', 'majority'] as const).map((one): [string, string] => [one, t(`approval.rule.${one}`)])} onChange={setRule} />
        <Choice
          label={t('approval.length')}
          value={length}
          options={[
            ['PT4H', t('follow-up.hours', { hours: 4 })],
            ['PT24H', t('follow-up.hours', { hours: 24 })],
            ['PT48H', t('follow-up.days', { days: 2 })],
            ['PT168H', t('follow-up.days', { days: 7 })],
          ]}
          onChange={setLength}
        />
      </div>
      <label class="check">
        <input type="checkbox" checked={hold} onChange={(event) => setHold(event.currentTarget.checked)} />
        {t('approval.hold')}
      </label>
    </Dialog>
  );
}
