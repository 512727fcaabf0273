import { useState } from 'preact/hooks';
import { call, type Schema } from '../api';
import { moment, number } from '../format';
import { t, type Key } from '../i18n';
import { attempt, Choice, Icon } from '../ui';
import { Text } from './parts';

type Trial = Schema<'AutomationTrial'>;
type Event = Schema<'TriedEvent'>;

const day = 86_400_000;
/** How many tickets are looked at at the most, so that a long period ends. */
const most = 1000;

/** Upon which events, or at which instants, a draft would have run, and what it would have done. Nothing is changed. */
export function DryRun({ id, draft }: { id: string; draft: { on: string[] } }) {
  const [days, setDays] = useState('7');
  const [ticket, setTicket] = useState('');
  const [found, setFound] = useState<Trial | null>(null);
  const [busy, setBusy] = useState(false);
  const one = ticket.trim();
  const run = async () => {
    setBusy(true);
    setFound(null);
    await attempt(async () => {
      const automation = { ...draft, ...(id === 'new' ? {} : { id }) };
      const to = new Date();
      const from = new Date(to.getTime() - Number(days) * day);
      let sum: Trial | null = null;
      let cursor: string | undefined;
      do {
        const page: Trial = await call('POST', '/api/automations/try', { automation, ...(one ? { ticket: one } : { from, to, limit: 50 }), ...(cursor ? { cursor } : {}) });
        sum = sum ? { ...page, items: [...sum.items, ...page.items], tickets: sum.tickets + page.tickets, events: sum.events + page.events, runs: sum.runs + page.runs } : page;
        cursor = page.nextCursor ?? undefined;
        setFound(sum);
      } while (cursor && sum.tickets < most);
    });
    setBusy(false);
  };
  return (
    <section class="panel" aria-labelledby="dry">
      <header class="panel__head">
        <h2 id="dry">{t('dry-run')}</h2>
        <span class="hint">{t('try.hint')}</span>
      </header>
      <div class="panel__body stack">
        <div class="row2">
          <Choice label={t('period')} value={days} disabled={Boolean(one)} options={['1', '7', '30', '90'].map((count): [string, string] => [count, t('period.days', { days: count })])} onChange={setDays} />
          <Text label={t('dry-run.ticket')} value={ticket} onChange={setTicket} />
        </div>
        <div class="toolbar">
          <button class="btn" type="button" disabled={busy} onClick={run}>
            <Icon name="play" small />
            {t('dry-run')}
          </button>
        </div>
      </div>
      {found ? (
        <>
          <dl class="compare">
            {(
              [
                [t('tickets'), found.tickets],
                [t('dry-run.events'), found.events],
                [t('dry-run.runs'), found.runs],
              ] as [string, number][]
            ).map(([name, count]) => (
              <div key={name} class="stat">
                <dt class="stat__label">{name}</dt>
                <dd class="stat__figure">{number(count)}</dd>
              </div>
            ))}
          </dl>
          {found.warnings.map((warning) => (
            <p key={warning} class="panel__body hint">
              {warning}
            </p>
          ))}
          {found.items.slice(0, 20).flatMap((item) => item.events.filter((event) => event.runs || one).map((event) => <Tried key={`${item.id}-${event.seq}-${event.at}`} item={item} event={event} />))}
          {found.runs ? null : <p class="panel__body hint">{t('dry-run.none')}</p>}
        </>
      ) : null}
    </section>
  );
}

/** One event or instant: what decided, what would have been done, changed and written. */
function Tried({ item, event }: { item: Trial['items'][number]; event: Event }) {
  return (
    <div class="result">
      <p>
        <Icon name={event.runs ? (event.changes.length ? 'check' : 'right') : 'x'} small />
        <a class="truncate" href={`/desk/tickets/${item.number}`}>
          {item.number} {item.subject}
        </a>
        <time class="push muted">{moment(event.at)}</time>
      </p>
      {event.runs ? <p>{event.did.map((one) => `${t(`action.${one.do}` as Key)}: ${t(`did.${one.result}`)}${one.why ? ` (${one.why})` : ''}`).join(', ')}</p> : null}
      <details>
        <summary>{t('details')}</summary>
        <ul>
          {event.terms.map((term) => (
            <li key={term.at}>
              <Icon name={term.holds ? 'check' : 'x'} small label={t(term.holds ? 'yes' : 'no')} /> <code>{term.at}</code> {JSON.stringify(term.found ?? null)}
            </li>
          ))}
          {event.changes.map((change, index) => (
            <li key={index}>
              {change.type} <code>{JSON.stringify(change.data ?? null)}</code>
            </li>
          ))}
          {event.texts.map((text) => (
            <li key={text} class="said">
              {text}
            </li>
          ))}
        </ul>
      </details>
    </div>
  );
}
