import { useState } from 'preact/hooks';
import { call, type Priority, type Schema, type Status } from '../api';
import { businessLength, duration, milliseconds, moment, number } from '../format';
import { t } from '../i18n';
import { loadViews } from '../lists';
import { priorities } from '../new-ticket';
import { groups, loadDirectory, me } from '../state';
import { attempt, Choice, Icon, PriorityMark } from '../ui';
import { ConditionBuilder, useFields } from './conditions';
import { Editor } from './editor';
import { Actions, CalendarChoice, list, Listed, On, Panel, Rows, Several, Text, Tick } from './parts';

const root = '/desk/admin';
const day = 86_400_000;

// Service levels.
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
    <Listed title={t('admin.policies')} hint={t('policies.hint')} load={() => list<Policy>('/api/sla/policies')} {...(admin ? { add: { words: t('policy.new'), href: `${root}/policies/new` } } : {})}>
      {(all) => (
        <Rows
          label={t('admin.policies')}
          head={[t('position.name'), t('name'), t('version'), t('calendar'), t('targets'), t('active')]}
          rows={[...all].sort((a, b) => a.position - b.position).map((one) => ({
            key: one.id,
            cells: [one.position, admin ? <a href={`${root}/policies/${one.id}`}>{one.name}</a> : one.name, one.version, one.calendar, one.targets.map((target) => `${t(`metric.${target.metric}`)} ${target.priority ? `(${t(`priority.${target.priority}`)}) ` : ''}${businessLength(milliseconds(target.within))}`).join(', '), <On on={one.active} />],
          }))}
        />
      )}
    </Listed>
  );
}

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
  const [bad, setBad] = useState(false);
  return (
    <input
      class="input"
      key={at?.within ?? ''}
      defaultValue={at ? businessLength(milliseconds(at.within)) : ''}
      aria-label={`${priority ? t(`priority.${priority}`) : t('targets.any')}, ${t(`metric.${metric}`)}`}
      aria-invalid={bad ? 'true' : undefined}
      placeholder="–"
      onChange={(event) => {
        const typed = event.currentTarget.value.trim();
        const others = targets.filter((one) => one !== at);
        if (!typed) return onChange(others);
        const within = duration(typed);
        setBad(!within);
        if (within) onChange([...others, { metric, priority, within }]);
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

// Automations.
type Automation = Schema<'Automation'>;
type AutomationDraft = Pick<Automation, 'name' | 'active' | 'position' | 'on' | 'condition' | 'actions'> & { version?: number };

export function Automations({ id, admin }: { id?: string | undefined; admin: boolean }) {
  if (id) return <AutomationEditor key={id} id={id} />;
  return (
    <Listed title={t('admin.automations')} hint={t('automations.hint')} load={() => list<Automation>('/api/automations')} {...(admin ? { add: { words: t('automation.new'), href: `${root}/automations/new` } } : {})}>
      {(all) => (
        <Rows
          label={t('admin.automations')}
          head={[t('position.name'), t('name'), t('version'), t('automation.when'), t('actions'), t('active')]}
          rows={[...all].sort((a, b) => a.position - b.position).map((one) => ({
            key: one.id,
            cells: [one.position, admin ? <a href={`${root}/automations/${one.id}`}>{one.name}</a> : one.name, one.version, one.on.join(', '), one.actions.map((action) => t(`action.${action.do}`)).join(', '), <On on={one.active} />],
          }))}
        />
      )}
    </Listed>
  );
}

function AutomationEditor({ id }: { id: string }) {
  const known = useFields('events');
  const events = (known?.fields.find((one) => one.name === 'event')?.choices ?? []).map(String);
  return (
    <Editor<AutomationDraft>
      section={`${root}/automations`}
      path="/api/automations"
      id={id}
      empty={{ name: '', active: true, position: 100, on: ['ticket-opened'], condition: { all: [] } as unknown as Automation['condition'], actions: [] }}
      title={(one) => one.name}
      body={(one) => automationBody(one)}
      aside={(one) => <TryAutomation draft={one} />}
    >
      {(one, set, wrong) => {
        const timed = one.on.includes('time');
        return (
          <>
            <Panel title={t('automation')} {...(one.version ? { hint: t('version.of', { version: one.version }) } : {})}>
              <div class="row2">
                <Text label={t('name')} value={one.name} onChange={(name) => set({ name })} wrong={wrong('name')} />
                <Text label={t('position.name')} hint={t('position.hint')} value={`${one.position}`} onChange={(typed) => set({ position: Number(typed) || 0 })} wrong={wrong('position')} />
              </div>
              <Tick label={t('active')} on={one.active} onChange={(active) => set({ active })} />
            </Panel>
            <Panel title={t('automation.when')}>
              {wrong('on') ? <p class="error">{wrong('on')}</p> : null}
              <div class="toolbar">
                <Tick label={t('automation.time')} on={timed} onChange={(on) => set({ on: on ? ['time'] : ['ticket-opened'] })} />
              </div>
              {timed ? null : <Several label={t('automation.events')} all={events.map((event): [string, string] => [event, event])} chosen={one.on} onChange={(on) => set({ on })} />}
            </Panel>
            <Panel title={t('conditions')}>
              <ConditionBuilder scope={timed ? 'tickets' : 'events'} value={one.condition} onChange={(condition) => set({ condition })} wrong={wrong('condition')} />
            </Panel>
            <Panel title={t('actions')} hint={t('actions.hint')}>
              <Actions value={one.actions} onChange={(actions) => set({ actions })} wrong={wrong} />
            </Panel>
          </>
        );
      }}
    </Editor>
  );
}

const emptyCondition = (condition: unknown) => {
  const { all, any } = (condition ?? {}) as { all?: unknown[]; any?: unknown[] };
  return !condition || Object.keys(condition).length === 0 || (all !== undefined && all.length === 0) || (any !== undefined && any.length === 0);
};

const automationBody = ({ name, active, position, on, condition, actions }: AutomationDraft) => ({ name, active, position, on, actions, ...(emptyCondition(condition) ? {} : { condition }) });

/** Upon which events of the last days a draft would have run, and what it would have done. Nothing is changed. */
function TryAutomation({ draft }: { draft: AutomationDraft }) {
  const [days, setDays] = useState('7');
  const [found, setFound] = useState<Schema<'AutomationTrial'> | null>(null);
  const [busy, setBusy] = useState(false);
  const timed = draft.on.includes('time');
  const run = async () => {
    setBusy(true);
    await attempt(async () => {
      const to = new Date();
      const from = new Date(to.getTime() - Number(days) * day);
      let sum: Schema<'AutomationTrial'> | null = null;
      let cursor: string | undefined;
      do {
        const page: Schema<'AutomationTrial'> = await call('POST', '/api/automations/try', { automation: automationBody(draft), from, to, limit: 50, ...(cursor ? { cursor } : {}) });
        sum = sum ? { ...page, items: [...sum.items, ...page.items], tickets: sum.tickets + page.tickets, events: sum.events + page.events, runs: sum.runs + page.runs } : page;
        cursor = page.nextCursor ?? undefined;
        setFound(sum);
      } while (cursor && sum.tickets < 1000);
    });
    setBusy(false);
  };
  return (
    <section class="panel" aria-labelledby="dry">
      <header class="panel__head">
        <h2 id="dry">{t('dry-run')}</h2>
        <span class="hint">{t('try.hint')}</span>
      </header>
      {timed ? (
        <p class="panel__body hint">{t('dry-run.time')}</p>
      ) : (
        <div class="panel__body toolbar">
          <Choice hidden label={t('period')} value={days} options={['1', '7', '30'].map((one): [string, string] => [one, t('period.days', { days: one })])} onChange={setDays} />
          <button class="btn" type="button" disabled={busy} onClick={run}>
            <Icon name="play" small />
            {t('dry-run')}
          </button>
        </div>
      )}
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
          {found.items.slice(0, 20).flatMap((ticket) =>
            ticket.events
              .filter((event) => event.runs)
              .map((event) => (
                <div key={`${ticket.id}-${event.seq}`} class="result">
                  <p>
                    <Icon name={event.changes.length ? 'check' : 'right'} small />
                    <a class="truncate" href={`/desk/tickets/${ticket.number}`}>
                      {ticket.number} {ticket.subject}
                    </a>
                    <time class="push muted">{moment(event.at)}</time>
                  </p>
                  <p>{event.did.map((one) => `${t(`action.${one.do}`)}: ${t(`did.${one.result}`)}${one.why ? ` (${one.why})` : ''}`).join(', ')}</p>
                </div>
              )),
          )}
          {found.runs ? null : <p class="panel__body hint">{t('dry-run.none')}</p>}
        </>
      ) : null}
    </section>
  );
}

// Macros.
type Macro = Schema<'Macro'>;
type MacroDraft = Pick<Macro, 'name' | 'active' | 'personal' | 'condition' | 'actions'>;

export function Macros({ id, admin }: { id?: string | undefined; admin: boolean }) {
  if (id)
    return (
      <Editor<MacroDraft>
        key={id}
        section={`${root}/macros`}
        path="/api/macros"
        id={id}
        empty={{ name: '', active: true, personal: !admin, condition: { all: [] } as unknown as Macro['condition'], actions: [{ do: 'comment', text: '' } as unknown as Macro['actions'][number]] }}
        title={(one) => one.name}
        saved={loadDirectory}
        body={({ name, active, personal, condition, actions }, fresh) => ({ name, active, actions, ...(fresh ? { personal } : {}), ...(emptyCondition(condition) ? {} : { condition }) })}
      >
        {(one, set, wrong, fresh) => (
          <>
            <Panel title={t('macro')}>
              <Text label={t('name')} value={one.name} onChange={(name) => set({ name })} wrong={wrong('name')} />
              <div class="toolbar">
                <Tick label={t('active')} on={one.active} onChange={(active) => set({ active })} />
                {fresh && admin && me.value?.agent ? <Tick label={t('macro.personal')} on={one.personal} onChange={(personal) => set({ personal })} /> : null}
              </div>
            </Panel>
            <Panel title={t('actions')} hint={t('actions.hint')}>
              <Actions value={one.actions} onChange={(actions) => set({ actions })} wrong={wrong} />
            </Panel>
            <Panel title={t('macro.tickets')}>
              <ConditionBuilder scope="tickets" value={one.condition} onChange={(condition) => set({ condition })} wrong={wrong('condition')} />
            </Panel>
          </>
        )}
      </Editor>
    );
  return (
    <Listed title={t('admin.macros')} hint={t('macros.hint')} load={() => list<Macro>('/api/macros')} add={{ words: t('macro.new'), href: `${root}/macros/new` }}>
      {(all) => (
        <Rows
          label={t('admin.macros')}
          head={[t('name'), t('whose'), t('actions'), t('active')]}
          rows={all.map((one) => ({
            key: one.id,
            cells: [admin || one.personal ? <a href={`${root}/macros/${one.id}`}>{one.name}</a> : one.name, t(one.personal ? 'whose.me' : 'whose.all'), one.actions.map((action) => t(`action.${action.do}`)).join(', '), <On on={one.active} />],
          }))}
        />
      )}
    </Listed>
  );
}

// Views.
type View = Schema<'Saved'>;
type ViewDraft = Pick<View, 'name' | 'condition' | 'sort' | 'columns' | 'shared' | 'groups'> & { warnings?: string[]; editable?: boolean };

export function Views({ id, admin }: { id?: string | undefined; admin: boolean }) {
  if (id)
    return (
      <Editor<ViewDraft>
        key={id}
        section={`${root}/views`}
        path="/api/views"
        id={id}
        empty={{ name: '', condition: { all: [{ field: 'status', op: 'in', value: ['new', 'open', 'pending', 'on-hold'] }] } as unknown as View['condition'], sort: '-updatedAt', columns: [], shared: false, groups: [] }}
        title={(one) => one.name}
        canRemove={(one) => one.editable ?? false}
        saved={loadViews}
        body={({ name, condition, sort, shared, groups: teams }, fresh) => ({ name, condition, sort, ...(fresh ? (shared ? { shared, ...(teams.length ? { groups: teams } : {}) } : {}) : {}) })}
      >
        {(one, set, wrong, fresh) => (
          <>
            <Panel title={t('view')}>
              <div class="row2">
                <Text label={t('name')} value={one.name} onChange={(name) => set({ name })} wrong={wrong('name')} />
                <Choice label={t('order')} value={one.sort} options={(['-updatedAt', 'updatedAt', '-createdAt', 'createdAt', 'dueAt'] as const).map((sort) => [sort, t(`order.${sort}`)])} onChange={(sort) => set({ sort })} />
              </div>
              {fresh && admin ? <Tick label={t('view.shared')} on={one.shared} onChange={(shared) => set({ shared })} /> : null}
              {fresh && one.shared ? <Several label={t('view.groups')} all={groups.value.map((group) => [group.id, group.name])} chosen={one.groups} onChange={(chosen) => set({ groups: chosen })} /> : null}
              {one.warnings?.map((warning) => (
                <p key={warning} class="hint">
                  {warning}
                </p>
              ))}
            </Panel>
            <Panel title={t('conditions')}>
              <ConditionBuilder scope="tickets" value={one.condition} onChange={(condition) => set({ condition })} wrong={wrong('condition')} />
            </Panel>
          </>
        )}
      </Editor>
    );
  return <ViewList />;
}

function ViewList() {
  const [turn, setTurn] = useState(0);
  const hide = (view: View) =>
    attempt(async () => {
      await call('PUT', `/api/views/${view.id}/hidden`, { hidden: !view.hidden });
      await loadViews();
      setTurn(turn + 1);
    });
  return (
    <Listed title={t('admin.views')} load={() => list<View>('/api/views?hidden=true')} deps={[turn]} add={{ words: t('view.new'), href: `${root}/views/new` }}>
      {(all) => (
        <Rows
          label={t('admin.views')}
          head={[t('name'), t('whose'), t('order'), t('view.shown'), '']}
          rows={all.map((one) => ({
            key: one.id,
            cells: [
              one.editable ? <a href={`${root}/views/${one.id}`}>{one.name}</a> : one.name,
              one.starter ? t('view.starter') : one.shared ? t('whose.all') : t('whose.me'),
              one.sort,
              <On on={!one.hidden} />,
              <button class="btn btn--sm" type="button" aria-label={`${t(one.hidden ? 'view.show' : 'view.hide')}: ${one.name}`} onClick={() => hide(one)}>
                {t(one.hidden ? 'view.show' : 'view.hide')}
              </button>,
            ],
          }))}
        />
      )}
    </Listed>
  );
}

