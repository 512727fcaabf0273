import { useState } from 'preact/hooks';
import { call, type Schema } from '../api';
import { t, type Key } from '../i18n';
import { loadViews, viewName } from '../lists';
import { groups, loadDirectory, me } from '../state';
import { attempt, Choice, Field } from '../ui';
import { ConditionBuilder, useFields } from './conditions';
import { DryRun } from './dry-run';
import { Editor } from './editor';
import { Actions, list, Listed, On, Panel, Rows, Several, Text, Tick, Typed, words } from './parts';

const root = '/desk/admin';

// Automations.
type Automation = Schema<'Automation'>;
const eventName = (event: string) => (event === 'time' ? t('automation.time') : t(`event-type.${event}`, event));
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
            cells: [one.position, admin ? <a href={`${root}/automations/${one.id}`}>{one.name}</a> : one.name, one.version, one.on.map(eventName).join(', '), one.actions.map((action) => t(`action.${action.do}`)).join(', '), <On on={one.active} />],
          }))}
        />
      )}
    </Listed>
  );
}

function AutomationEditor({ id }: { id: string }) {
  const known = useFields('events');
  const events = (known?.fields.find((one) => one.name === 'event')?.choices ?? []).map((event): [string, string] => [event, eventName(event)]).sort((a, b) => a[1].localeCompare(b[1]));
  return (
    <Editor<AutomationDraft>
      section={`${root}/automations`}
      path="/api/automations"
      id={id}
      empty={{ name: '', active: true, position: 100, on: ['ticket-opened'], condition: { all: [] } as unknown as Automation['condition'], actions: [] }}
      title={(one) => one.name}
      body={(one) => automationBody(one)}
      aside={(one) => <DryRun id={id} draft={automationBody(one)} />}
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
              {timed ? null : <Several label={t('automation.events')} all={events} chosen={one.on} onChange={(on) => set({ on })} />}
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

const anything = { all: [] } as unknown as Automation['condition'];
const automationBody = ({ name, active, position, on, condition, actions }: AutomationDraft) => ({ name, active, position, on, actions, condition: emptyCondition(condition) ? anything : condition });

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
        body={({ name, active, personal, condition, actions }, fresh) => ({ name, active, actions, ...(fresh ? { personal } : {}), condition: emptyCondition(condition) ? anything : condition })}
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
type ViewDraft = Pick<View, 'name' | 'condition' | 'sort' | 'columns' | 'groupBy' | 'position' | 'shared' | 'groups'> & { warnings?: string[]; editable?: boolean };

const viewBody = ({ name, condition, sort, columns, groupBy, position, shared, groups: teams }: ViewDraft, fresh: boolean) => ({
  name,
  condition,
  sort,
  position,
  ...(columns.length || !fresh ? { columns: columns.length ? columns : null } : {}),
  ...(groupBy || !fresh ? { groupBy } : {}),
  ...(shared && fresh ? { shared } : {}),
  ...(shared && (teams.length || !fresh) ? { groups: teams.length ? teams : null } : {}),
});

export function Views({ id, admin }: { id?: string | undefined; admin: boolean }) {
  if (id)
    return (
      <Editor<ViewDraft>
        key={id}
        section={`${root}/views`}
        path="/api/views"
        id={id}
        empty={{ name: '', condition: { all: [{ field: 'status', op: 'in', value: ['new', 'open', 'pending', 'on-hold'] }] } as unknown as View['condition'], sort: '-updatedAt', columns: [], groupBy: null, position: 100, shared: false, groups: [] }}
        title={(one) => one.name}
        canRemove={(one) => one.editable ?? false}
        saved={loadViews}
        body={viewBody}
      >
        {(one, set, wrong, fresh) => (
          <>
            <Panel title={t('view')}>
              <div class="row2">
                <Text label={t('name')} value={one.name} onChange={(name) => set({ name })} wrong={wrong('name')} />
                <Choice label={t('order')} value={one.sort} options={(['-updatedAt', 'updatedAt', '-createdAt', 'createdAt', 'dueAt', '-dueAt'] as const).map((sort) => [sort, t(`order.${sort}`)])} onChange={(sort) => set({ sort })} />
                <GroupBy value={one.groupBy} onChange={(groupBy) => set({ groupBy })} wrong={wrong('groupBy')} />
                <Text label={t('position.name')} hint={t('position.hint')} value={`${one.position}`} onChange={(typed) => set({ position: Number(typed) || 0 })} wrong={wrong('position')} />
              </div>
              <Columns value={one.columns} onChange={(columns) => set({ columns })} wrong={wrong('columns')} />
              {fresh && admin ? <Tick label={t('view.shared')} on={one.shared} onChange={(shared) => set({ shared })} /> : null}
              {one.shared ? <Several label={t('view.groups')} all={groups.value.map((group) => [group.id, group.name])} chosen={one.groups} onChange={(chosen) => set({ groups: chosen })} /> : null}
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

/** What the columns are called, which every desk has. */
const columnNames: Record<string, Key> = {};
for (const name of ['number', 'subject', 'status', 'priority', 'type', 'tier', 'group', 'assignee', 'requester', 'tags', 'channel'] as const) columnNames[name] = name;
Object.assign(columnNames, { createdAt: 'field.createdAt', updatedAt: 'field.updatedAt', resolvedAt: 'field.resolvedAt', closedAt: 'field.closedAt', dueAt: 'due', sla: 'field.sla.state' } satisfies Record<string, Key>);
const grouping = ['status', 'priority', 'type', 'tier', 'group', 'assignee', 'requester', 'channel', 'sla'];
const own = 'custom.';

function Columns({ value, onChange, wrong }: { value: string[]; onChange: (columns: string[]) => void; wrong: string | undefined }) {
  const [mine, others] = [value.filter((one) => one.startsWith(own)), value.filter((one) => !one.startsWith(own))];
  return (
    <>
      <Several label={t('view.columns')} hint={t('view.columns-hint')} all={Object.entries(columnNames).map(([name, key]): [string, string] => [name, t(key)])} chosen={others} onChange={(chosen) => onChange([...chosen, ...mine])} />
      <Field label={t('view.own-columns')} hint={t('view.own-columns-hint')} wrong={wrong}>
        {() => <Typed label={t('view.own-columns')} value={mine.map((one) => one.slice(own.length)).join(', ')} onChange={(typed) => onChange([...others, ...words(typed).map((one) => `${own}${one}`)])} />}
      </Field>
    </>
  );
}

function GroupBy({ value, onChange, wrong }: { value: string | null; onChange: (column: string | null) => void; wrong: string | undefined }) {
  const mine = value?.startsWith(own);
  return (
    <>
      <Choice label={t('view.group-by')} value={mine ? own : (value ?? '')} options={[['', '–'], ...grouping.map((one): [string, string] => [one, t(columnNames[one]!)]), [own, t('custom-field')]]} onChange={(next) => onChange(next || null)} wrong={mine ? undefined : wrong} />
      {mine ? <Text label={t('custom-field')} value={value!.slice(own.length)} onChange={(name) => onChange(`${own}${name}`)} wrong={wrong} /> : null}
    </>
  );
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
              one.editable ? <a href={`${root}/views/${one.id}`}>{viewName(one)}</a> : viewName(one),
              one.starter ? t('view.starter') : one.shared ? t('whose.all') : t('whose.me'),
              t(`order.${one.sort}`, one.sort),
              <On on={!one.hidden} />,
              <button class="btn btn--sm" type="button" aria-label={`${t(one.hidden ? 'view.show' : 'view.hide')}: ${viewName(one)}`} onClick={() => hide(one)}>
                {t(one.hidden ? 'view.show' : 'view.hide')}
              </button>,
            ],
          }))}
        />
      )}
    </Listed>
  );
}

