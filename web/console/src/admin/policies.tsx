import { useState } from 'preact/hooks';
import { call, type Priority, type Schema, type Status } from '../api';
import { businessLength, duration, milliseconds, number } from '../format';
import { t } from '../i18n';
import { priorities } from '../new-ticket';
import { groups } from '../state';
import { attempt, Choice, Icon, PriorityMark } from '../ui';
import { ConditionBuilder } from './conditions';
import { Editor } from './editor';
import { CalendarChoice, list, Listed, On, Panel, Rows, Several, Text, Tick } from './parts';

const root = '/desk/admin';
const day = 86_400_000;

type Policy = Schema<'Policy'>;
type PolicyDraft = Pick<Policy, 'name' | 'active' | 'position' | 'condition' | 'calendar' | 'reopen' | 'pauseResolutionOn' | 'targets' | 'steps'> & { version?: number };
const metrics = ['first-reply', 'next-reply', 'resolution'] as const;

export function Policies({ id, admin }: { id?: string | undefined; admin: boolean }) {
  if (id)
    return (
      <Editor<PolicyDraft>
        key={id}
        section={`${root}/policies`}
        path="/api/sla/policies"
        id={id}
        empty={{ name: '', active: true, position: 100, condition: { all: [] } as unknown as Policy['condition'], calendar: '', reopen: 'resume', pauseResolutionOn: ['pending'], targets: [], steps: [] }}
        title={(one) => one.name}
        successors={() => list('/api/sla/policies')}
        body={(one) => policyBody(one)}
        aside={(one, fresh) => (fresh ? <p class="hint">{t('policy.try-later')}</p> : <TryPolicy id={id} draft={one} />)}
      >
        {(one, set, wrong) => (
          <>
            <Panel title={t('policy')} {...(one.version ? { hint: t('version.of', { version: one.version }) } : {})}>
              <div class="row2">
                <Text label={t('name')} value={one.name} onChange={(name) => set({ name })} wrong={wrong('name')} />
                <CalendarChoice value={one.calendar || null} none={one.calendar ? null : '–'} onChange={(calendar) => set({ calendar: calendar ?? '' })} />
                <Choice label={t('policy.reopen')} value={one.reopen} options={(['resume', 'new-cycle', 'total'] as const).map((rule) => [rule, t(`reopen.${rule}`)])} onChange={(reopen) => set({ reopen: reopen as Policy['reopen'] })} />
                <Text label={t('position.name')} hint={t('position.hint')} value={`${one.position}`} onChange={(typed) => set({ position: Number(typed) || 0 })} wrong={wrong('position')} />
              </div>
              {wrong('calendar') ? <p class="error">{wrong('calendar')}</p> : null}
              <Tick label={t('active')} on={one.active} onChange={(active) => set({ active })} />
            </Panel>
            <Panel title={t('policy.tickets')}>
              <ConditionBuilder scope="policies" value={one.condition} onChange={(condition) => set({ condition })} wrong={wrong('condition')} />
            </Panel>
            <Panel title={t('targets')} hint={t('targets.hint')}>
              {wrong('targets') ? <p class="error">{wrong('targets')}</p> : null}
              <div class="scroll-x" tabIndex={0} role="region" aria-label={t('targets')}>
                <table class="table targets">
                  <thead>
                    <tr>
                      <th scope="col">{t('priority')}</th>
                      {metrics.map((metric) => (
                        <th key={metric} scope="col">
                          {t(`metric.${metric}`)}
                        </th>
                      ))}
                    </tr>
                  </thead>
                  <tbody>
                    {[null, ...[...priorities].reverse()].map((priority) => (
                      <tr key={priority ?? 'any'}>
                        <th scope="row">{priority ? <PriorityMark priority={priority} /> : t('targets.any')}</th>
                        {metrics.map((metric) => (
                          <td key={metric}>
                            <TargetField metric={metric} priority={priority} targets={one.targets} onChange={(targets) => set({ targets })} />
                          </td>
                        ))}
                      </tr>
                    ))}
                  </tbody>
                </table>
              </div>
              <Several label={t('policy.pauses')} all={(['pending', 'on-hold'] as Status[]).map((status): [string, string] => [status, t(`status.${status}`)])} chosen={one.pauseResolutionOn} onChange={(chosen) => set({ pauseResolutionOn: chosen as Status[] })} />
            </Panel>
            <Panel title={t('steps')} hint={t('steps.hint')}>
              {wrong('steps') ? <p class="error">{wrong('steps')}</p> : null}
              <Steps steps={one.steps} onChange={(steps) => set({ steps })} />
            </Panel>
          </>
        )}
      </Editor>
    );
  return (
    <Listed title={t('admin.policies')} hint={t('policies.hint')} load={() => Promise.all([list<Policy>('/api/sla/policies'), list<Schema<'Calendar'>>('/api/calendars')])} {...(admin ? { add: { words: t('policy.new'), href: `${root}/policies/new` } } : {})}>
      {([all, calendars]) => (
        <Rows
          label={t('admin.policies')}
          head={[t('position.name'), t('name'), t('version'), t('calendar'), t('targets'), t('active')]}
          rows={[...all].sort((a, b) => a.position - b.position).map((one) => ({
            key: one.id,
            cells: [one.position, admin ? <a href={`${root}/policies/${one.id}`}>{one.name}</a> : one.name, one.version, calendars.find((calendar) => calendar.id === one.calendar)?.name ?? one.calendar, targetLines(one.targets).map((line) => <div key={line}>{line}</div>), <On on={one.active} />],
          }))}
        />
      )}
    </Listed>
  );
}

/** What is promised, a line for each metric. */
const targetLines = (targets: Policy['targets']) =>
  [...new Set(targets.map((target) => target.metric))].map((metric) => {
    const mine = targets.filter((target) => target.metric === metric);
    const length = (target: Policy['targets'][number]) => businessLength(milliseconds(target.within));
    return `${t(`metric.${metric}`)}: ${mine.map((target) => (target.priority ? `${t(`priority.${target.priority}`)} ${length(target)}` : mine.length > 1 ? `${t('targets.any')} ${length(target)}` : length(target))).join(', ')}`;
  });

const policyBody = ({ name, active, position, condition, calendar, reopen, pauseResolutionOn, targets, steps }: PolicyDraft) => ({
  name,
  active,
  position,
  condition,
  calendar,
  reopen,
  pauseResolutionOn,
  targets: targets.map(({ metric, priority, within }) => ({ metric, within, ...(priority ? { priority } : {}) })),
  steps,
});

function TargetField({ metric, priority, targets, onChange }: { metric: (typeof metrics)[number]; priority: Priority | null; targets: Policy['targets']; onChange: (targets: Policy['targets']) => void }) {
  const at = targets.find((one) => one.metric === metric && (one.priority ?? null) === priority);
  const bad = at !== undefined && milliseconds(at.within) <= 0;
  return (
    <input
      class="input"
      key={at?.within ?? ''}
      defaultValue={!at ? '' : bad ? at.within : businessLength(milliseconds(at.within))}
      aria-label={`${priority ? t(`priority.${priority}`) : t('targets.any')}, ${t(`metric.${metric}`)}`}
      aria-invalid={bad ? 'true' : undefined}
      placeholder="–"
      onChange={(event) => {
        const typed = event.currentTarget.value.trim();
        const others = targets.filter((one) => one !== at);
        if (!typed) return onChange(others);
        // What is no length is kept as well: the desk refuses it, and nobody believes that it was saved.
        onChange([...others, { metric, priority, within: duration(typed) ?? typed }]);
      }}
    />
  );
}

function Steps({ steps, onChange }: { steps: Policy['steps']; onChange: (steps: Policy['steps']) => void }) {
  const change = (index: number, part: Partial<Policy['steps'][number]>) => onChange(steps.map((one, at) => (at === index ? ({ ...one, ...part } as typeof one) : one)));
  const label = (index: number, what: string) => `${t('step')} ${index + 1}, ${what}`;
  return (
    <>
      <ol class="rungs">
        {steps.map((step, index) => (
          <li key={index} class="rung">
            <span class="rung__at">
              <input class="input" inputMode="numeric" aria-label={label(index, t('step.percent'))} value={step.at} onChange={(event) => change(index, { at: Number(event.currentTarget.value) || 100 })} />%
            </span>
            <Choice hidden label={label(index, t('report.promise'))} value={step.metric} options={(['first-reply', 'next-reply', 'periodic-update', 'agent-work', 'requester-wait', 'resolution'] as const).map((one) => [one, t(`metric.${one}`)])} onChange={(metric) => change(index, { metric: metric as Schema<'SlaMetric'> })} />
            <Choice
              hidden
              label={label(index, t('action'))}
              value={step.do}
              options={(['warn', 'notify', 'raise-priority', 'assign-group', 'escalate'] as const).map((one) => [one, t(`step-do.${one}`)])}
              onChange={(next) => onChange(steps.map((one, at) => (at === index ? stepOf(one, next as Schema<'SlaAction'>) : one)))}
            />
            {step.do === 'escalate' ? (
              <Choice hidden label={label(index, t('tier'))} value={`${step.toTier ?? 2}`} options={[['2', t('tier.of', { tier: 2 })], ['3', t('tier.of', { tier: 3 })]]} onChange={(tier) => change(index, { toTier: Number(tier) })} />
            ) : step.do === 'raise-priority' ? (
              <Choice hidden label={label(index, t('priority'))} value={step.toPriority ?? 'urgent'} options={priorities.map((one): [string, string] => [one, t(`priority.${one}`)])} onChange={(toPriority) => change(index, { toPriority: toPriority as Priority })} />
            ) : step.do === 'assign-group' ? (
              <Choice hidden label={label(index, t('group'))} value={step.toGroup ?? ''} options={groups.value.map((one) => [one.id, one.name])} onChange={(toGroup) => change(index, { toGroup })} />
            ) : (
              <span />
            )}
            <button class="btn btn--quiet btn--icon" type="button" aria-label={`${t('remove')}: ${t('step')} ${index + 1}`} onClick={() => onChange(steps.filter((_, at) => at !== index))}>
              <Icon name="x" small />
            </button>
          </li>
        ))}
      </ol>
      <div class="toolbar">
        <button class="btn btn--sm" type="button" onClick={() => onChange([...steps, { metric: 'resolution', at: 100, do: 'notify' } as Policy['steps'][number]])}>
          <Icon name="plus" small />
          {t('step')}
        </button>
      </div>
    </>
  );
}

const stepOf = ({ metric, at }: Policy['steps'][number], kind: Schema<'SlaAction'>) =>
  ({ metric, at, do: kind, ...(kind === 'escalate' ? { toTier: 2 } : kind === 'raise-priority' ? { toPriority: 'urgent' } : kind === 'assign-group' ? { toGroup: groups.value[0]?.id } : {}) }) as Policy['steps'][number];

/** What a draft would have meant for the tickets of the last weeks. */
function TryPolicy({ id, draft }: { id: string; draft: PolicyDraft }) {
  const [days, setDays] = useState('30');
  const [found, setFound] = useState<{ metrics: Map<string, Schema<'TriedMetric'>>; items: Schema<'TriedTicket'>[] } | null>(null);
  const [progress, setProgress] = useState<number | null>(null);
  const run = () =>
    attempt(async () => {
      const to = new Date();
      const from = new Date(to.getTime() - Number(days) * day);
      const sums = new Map<string, Schema<'TriedMetric'>>();
      const items: Schema<'TriedTicket'>[] = [];
      let cursor: string | undefined;
      try {
        do {
          const page: Schema<'PolicyTrial'> = await call('POST', `/api/sla/policies/${id}/try`, { from, to, limit: 50, policy: policyBody(draft), ...(cursor ? { cursor } : {}) });
          for (const one of page.metrics) {
            const before = sums.get(one.metric);
            sums.set(one.metric, before ? { ...one, met: before.met + one.met, breached: before.breached + one.breached, running: before.running + one.running, cancelled: before.cancelled + one.cancelled } : one);
          }
          items.push(...page.items);
          cursor = page.nextCursor ?? undefined;
          setProgress(page.progress);
          setFound({ metrics: new Map(sums), items: [...items] });
        } while (cursor && items.length < 2000);
      } finally {
        setProgress(null);
      }
    });
  const breached = found?.items.filter((one) => one.targets.some((target) => target.state === 'breached')) ?? [];
  return (
    <section class="panel" aria-labelledby="try">
      <header class="panel__head">
        <h2 id="try">{t('try')}</h2>
        <span class="hint">{t('try.hint')}</span>
      </header>
      <div class="panel__body toolbar">
        <Choice hidden label={t('period')} value={days} options={['7', '30', '90'].map((one): [string, string] => [one, t('period.days', { days: one })])} onChange={setDays} />
        <button class="btn" type="button" disabled={progress !== null} onClick={run}>
          <Icon name="play" small />
          {t('try')}
        </button>
        {progress !== null ? <span role="status">{number(progress * 100)} %</span> : null}
      </div>
      {found ? (
        <>
          <dl class="compare">
            {[...found.metrics.values()].map((one) => (
              <div key={one.metric} class="stat">
                <dt class="stat__label">{t(`metric.${one.metric}`)}</dt>
                <dd class="stat__figure">
                  {one.met + one.breached ? number((100 * one.met) / (one.met + one.breached), 1) : '–'} <small>%</small>
                </dd>
                <dd class="delta">{t('try.broken', { met: one.met, breached: one.breached })}</dd>
              </div>
            ))}
          </dl>
          {breached.slice(0, 12).map((one) => (
            <div key={one.id} class="result">
              <p>
                <Icon name="octagon" small />
                <a class="truncate" href={`/desk/tickets/${one.number}`}>
                  {one.number} {one.subject}
                </a>
              </p>
              <p>{one.targets.filter((target) => target.state === 'breached').map((target) => t(`metric.${target.metric}`)).join(', ')}</p>
            </div>
          ))}
          {found.metrics.size ? null : <p class="panel__body hint">{t('try.none')}</p>}
        </>
      ) : null}
    </section>
  );
}
