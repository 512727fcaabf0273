import { useState } from 'preact/hooks';
import { call, type Schema } from '../api';
import { moment } from '../format';
import { t } from '../i18n';
import { agents, groupName } from '../state';
import { attempt, Choice, Icon, useLoaded } from '../ui';
import { Once } from './editor';
import type { PanelOf } from './fields';
import { Renew } from './mail';
import { list, On, Panel } from './parts';
import { Collection, type Shown } from './settings';
import { Week, weekday, weekdays, type Hours } from './week';

type Source = Schema<'AlertSource'> & { secret?: string | null };
const kinds: Record<Schema<'AlertKind'>, string> = {
  'azure-monitor': 'Azure Monitor',
  'event-grid': 'Event Grid',
  'cloud-events': 'CloudEvents',
  alertmanager: 'Prometheus Alertmanager',
  grafana: 'Grafana',
  datadog: 'Datadog',
  'pager-duty': 'PagerDuty',
  'uptime-kuma': 'Uptime Kuma',
  'status-cake': 'StatusCake',
  sns: 'Amazon SNS',
  generic: 'JSON',
  heartbeat: 'Heartbeat',
};
const isBeat = (one: Source) => one.kind === 'heartbeat';

const sourcePanels = (): PanelOf<Source>[] => [
  {
    title: t('alert-source'),
    fields: [
      { name: 'name', label: t('name'), kind: 'text' },
      { name: 'kind', label: t('alert.kind'), kind: 'choice', options: Object.entries(kinds), only: 'new' },
      { name: 'group', label: t('group'), kind: 'group', none: '–' },
      { name: 'every', label: t('alert.every'), kind: 'span', hint: t('alert.every-hint'), when: isBeat },
      { name: 'correlateBy', label: t('alert.correlate'), kind: 'list', hint: t('alert.correlate-hint'), when: (one) => !isBeat(one) },
      { name: 'active', label: t('active'), kind: 'tick' },
    ],
  },
  {
    title: t('alert.mapping'),
    hint: 'docs/alerts.md',
    when: (one) => ['generic', 'event-grid', 'cloud-events', 'sns'].includes(one.kind),
    fields: [{ name: 'mapping', label: t('alert.mapping'), kind: 'json', hint: t('alert.mapping-hint') }],
  },
  {
    title: t('alert.signature'),
    when: (one) => !isBeat(one),
    fields: [
      { name: 'signature', label: t('alert.signature'), kind: 'json', hint: t('alert.signature-hint') },
      { name: 'secret', label: t('alert.secret'), kind: 'text', hint: t('secret.hidden') },
    ],
  },
  {
    title: t('alert.rules'),
    fields: [
      { name: 'rules.autoResolve', label: t('alert.auto-resolve'), kind: 'tick' },
      { name: 'rules.flapChanges', label: t('alert.flap-changes'), kind: 'number' },
      { name: 'rules.flapWithin', label: t('alert.flap-within'), kind: 'span' },
      { name: 'rules.refireWithin', label: t('alert.refire-within'), kind: 'span' },
      { name: 'rules.earlyResolveFor', label: t('alert.early-resolve'), kind: 'span' },
      { name: 'rules.stormAbove', label: t('alert.storm-above'), kind: 'number' },
      { name: 'rules.correlateWithin', label: t('alert.correlate-within'), kind: 'span' },
    ],
  },
  {
    title: t('alert.tell'),
    hint: t('alert.tell-hint'),
    when: (one) => ['alertmanager', 'grafana', 'datadog', 'pager-duty'].includes(one.kind),
    fields: [
      { name: 'tell.url', label: 'URL', kind: 'url' },
      { name: 'tell.secretSetting', label: t('alert.tell-secret'), kind: 'text', hint: t('secret.setting', { prefix: 'AlertSecrets__' }) },
      { name: 'tell.applicationKeySetting', label: t('alert.tell-key'), kind: 'text', when: (one) => one.kind === 'datadog' },
      { name: 'tell.user', label: t('alert.tell-user'), kind: 'text', when: (one) => one.kind === 'pager-duty' || one.kind === 'alertmanager' },
      { name: 'tell.silenceFor', label: t('alert.tell-silence'), kind: 'span', when: (one) => one.kind !== 'pager-duty' },
    ],
  },
];

export const AlertSources = (shown: Shown) => (
  <Collection<Source>
    {...shown}
    section="alert-sources"
    path="/api/alert-sources"
    title={t('admin.alert-sources')}
    hint={t('alert-sources.hint')}
    fresh={t('alert-source.new')}
    name={(one) => one.name}
    empty={{ name: '', kind: 'alertmanager', active: true, correlateBy: [], rules: { autoResolve: true } as Source['rules'] }}
    columns={[
      [t('name'), (one) => one.name],
      [t('alert.kind'), (one) => kinds[one.kind]],
      [t('group'), (one) => groupName(one.group) || '–'],
      [t('changed'), (one) => moment(one.updatedAt)],
      [t('active'), (one) => <On on={one.active} />],
    ]}
    panels={sourcePanels()}
    once={(answer: Schema<'AlertSourceWithSecrets'>) => [
      [t('intake-url'), answer.intakeUrl],
      [t('webhook.secret'), answer.secret],
    ]}
    aside={(one, fresh) => (fresh ? <p class="hint">{t('once.later')}</p> : <TestSource of={one} />)}
  />
);

/** What a report would do, without doing it; and a new address. */
function TestSource({ of }: { of: Source }) {
  const [body, setBody] = useState('');
  const [found, setFound] = useState<Schema<'AlertTest'> | null>(null);
  const [secret, setSecret] = useState<string | null>(null);
  const path = `/api/alert-sources/${encodeURIComponent(of.id)}`;
  const run = () =>
    attempt(async () => {
      let payload: unknown = body;
      try {
        payload = JSON.parse(body);
      } catch {
        // What is no JSON is sent as a text: the answer says what is wrong with it.
      }
      setFound(await call('POST', `${path}/test`, payload));
    });
  return (
    <>
      {isBeat(of) ? null : (
        <Panel title={t('alert.test')} hint={t('try.hint')}>
          <label class="field">
            <span class="label">{t('alert.payload')}</span>
            <textarea class="textarea mono" rows={8} value={body} onInput={(event) => setBody(event.currentTarget.value)} />
          </label>
          <div class="toolbar">
            <button class="btn" type="button" disabled={!body.trim()} onClick={run}>
              <Icon name="play" small />
              {t('alert.test')}
            </button>
          </div>
          {found ? (
            <div class="stack" role="status">
              {found.error ? <p class="error">{found.error}</p> : null}
              {found.ignored ? <p>{found.ignored}</p> : null}
              {found.reports.map((one) => (
                <div key={one.key} class="result">
                  <p>
                    <span class="chip">{t(`alert-state.${one.state}`)}</span>
                    <b class="truncate">{one.subject}</b>
                  </p>
                  <p>{one.outcome ?? one.key}</p>
                </div>
              ))}
              {found.notes.map((note) => (
                <p key={note} class="hint">
                  {note}
                </p>
              ))}
            </div>
          ) : null}
        </Panel>
      )}
      <Panel title={t('intake-url')}>
        <p class="hint">{t('once.hidden')}</p>
        <div class="toolbar">
          <Renew path={path} done={setSecret} />
        </div>
      </Panel>
      {secret ? <Once said={[[t('intake-url'), secret]]} close={() => setSecret(null)} /> : null}
    </>
  );
}

type Window = Schema<'MaintenanceWindow'> & { everyWeek?: boolean };
const isWeekly = (one: Window) => one.everyWeek ?? Boolean(one.weekly);

export function MaintenanceWindows(shown: Shown) {
  const sources = useLoaded(() => list<Source>('/api/alert-sources'), []).value ?? [];
  const panels: PanelOf<Window>[] = [
    {
      title: t('window'),
      fields: [
        { name: 'name', label: t('name'), kind: 'text' },
        {
          name: 'weekly',
          label: t('window.weekly'),
          kind: 'own',
          own: (one, set, wrong) => (
            <>
              <label class="check">
                <input
                  type="checkbox"
                  checked={isWeekly(one)}
                  onChange={(event) => set(event.currentTarget.checked ? { everyWeek: true, from: null, to: null, weekly: one.weekly ?? { timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone, hours: {} } } : { everyWeek: false, weekly: null })}
                />
                {t('window.weekly')}
              </label>
              {one.weekly ? (
                <>
                  <label class="field">
                    <span class="label">{t('time-zone')}</span>
                    <input class="input" value={one.weekly.timeZone} onInput={(event) => set({ weekly: { ...one.weekly!, timeZone: event.currentTarget.value } })} />
                  </label>
                  <Week label={t('window.hours')} hours={one.weekly.hours as Hours} onChange={(hours) => set({ weekly: { ...one.weekly!, hours: hours as never } })} wrong={wrong('weekly')} />
                </>
              ) : null}
            </>
          ),
        },
        { name: 'from', label: t('window.from'), kind: 'moment', when: (one) => !isWeekly(one) },
        { name: 'to', label: t('window.to'), kind: 'moment', when: (one) => !isWeekly(one) },
      ],
    },
    {
      title: t('window.what'),
      hint: t('window.what-hint'),
      fields: [
        { name: 'sources', label: t('admin.alert-sources'), kind: 'several', options: sources.map((one) => [one.id, one.name]) },
        { name: 'labels', label: t('window.labels'), kind: 'labels', hint: t('window.labels-hint') },
        { name: 'condition', label: t('condition'), kind: 'condition', scope: 'alerts' },
      ],
    },
  ];
  return (
    <Collection<Window>
      {...shown}
      section="maintenance-windows"
      path="/api/maintenance-windows"
      title={t('admin.maintenance-windows')}
      hint={t('windows.hint')}
      fresh={t('window.new')}
      name={(one) => one.name}
      empty={{ name: '', from: null, to: null, weekly: null, sources: null, labels: {}, condition: null }}
      columns={[
        [t('name'), (one) => one.name],
        [t('window.from'), (one) => (one.from ? moment(one.from) : t('window.weekly'))],
        [t('window.to'), (one) => (one.to ? moment(one.to) : weekdays.flatMap((day, index) => (one.weekly?.hours[day]?.length ? [`${weekday(index)} ${one.weekly.hours[day].join(', ')}`] : [])).join('; ') || '–')],
        [t('admin.alert-sources'), (one) => one.sources?.map((id) => sources.find((source) => source.id === id)?.name ?? id).join(', ') || t('all')],
      ]}
      panels={panels}
    />
  );
}

type System = Schema<'TelephoneSystem'> & { secret?: string | null };
const systems: Record<Schema<'TelephoneKind'>, string> = { generic: 'JSON', threecx: '3CX', twilio: 'Twilio', sipgate: 'sipgate', placetel: 'Placetel' };

export const TelephoneSystems = (shown: Shown) => (
  <Collection<System>
    {...shown}
    section="telephone-systems"
    path="/api/telephone-systems"
    title={t('admin.telephone-systems')}
    hint={t('telephone.hint')}
    fresh={t('telephone.new')}
    name={(one) => one.name}
    empty={{ name: '', kind: 'threecx', extensions: [] }}
    columns={[
      [t('name'), (one) => one.name],
      [t('telephone.kind'), (one) => systems[one.kind]],
      [t('group'), (one) => groupName(one.group) || '–'],
      [t('telephone.signed'), (one) => <On on={one.signed} />],
    ]}
    panels={[
      {
        title: t('telephone'),
        fields: [
          { name: 'name', label: t('name'), kind: 'text' },
          { name: 'kind', label: t('telephone.kind'), kind: 'choice', options: Object.entries(systems), only: 'new' },
          { name: 'group', label: t('group'), kind: 'group', none: '–' },
          {
            name: 'extensions',
            label: t('telephone.extensions'),
            kind: 'own',
            own: (one, set, wrong) => <Extensions of={one.extensions ?? []} onChange={(extensions) => set({ extensions })} wrong={wrong('extensions')} />,
          },
          { name: 'mapping', label: t('alert.mapping'), kind: 'json', hint: t('telephone.mapping-hint'), when: (one) => one.kind === 'generic' },
          { name: 'secret', label: t('alert.secret'), kind: 'text', hint: t('secret.hidden'), when: (one) => one.kind !== 'sipgate' },
        ],
      },
    ]}
    once={(answer: Schema<'TelephoneSystemWithSecret'>) => [[t('intake-url'), answer.intakeUrl]]}
    aside={(one, fresh) => (fresh ? <p class="hint">{t('once.later')}</p> : <SystemAddress id={one.id} />)}
  />
);

function SystemAddress({ id }: { id: string }) {
  const [secret, setSecret] = useState<string | null>(null);
  return (
    <Panel title={t('intake-url')}>
      <p class="hint">{t('once.hidden')}</p>
      <div class="toolbar">
        <Renew path={`/api/telephone-systems/${encodeURIComponent(id)}`} done={setSecret} />
      </div>
      {secret ? <Once said={[[t('intake-url'), secret]]} close={() => setSecret(null)} /> : null}
    </Panel>
  );
}

type Extension = Schema<'ExtensionRequest'>;

function Extensions({ of, onChange, wrong }: { of: Extension[]; onChange: (all: Extension[]) => void; wrong: string | undefined }) {
  const change = (index: number, part: Partial<Extension>) => onChange(of.map((one, place) => (place === index ? { ...one, ...part } : one)));
  return (
    <fieldset class="stack">
      <legend class="label">{t('telephone.extensions')}</legend>
      {of.map((one, index) => (
        <div key={index} class="pair">
          <input class="input" aria-label={`${t('telephone.extension')} ${index + 1}`} value={one.extension} onInput={(event) => change(index, { extension: event.currentTarget.value })} />
          <Choice hidden label={`${t('agent')} ${index + 1}`} value={one.agent} options={agents.value.map((agent) => [agent.id, agent.name])} onChange={(agent) => change(index, { agent })} />
          <button class="btn btn--quiet btn--icon" type="button" aria-label={`${t('remove')}: ${t('telephone.extension')} ${index + 1}`} onClick={() => onChange(of.filter((_, place) => place !== index))}>
            <Icon name="x" small />
          </button>
        </div>
      ))}
      {wrong ? <p class="error">{wrong}</p> : null}
      <div class="toolbar">
        <button class="btn btn--sm" type="button" onClick={() => onChange([...of, { extension: '', agent: '' }])}>
          <Icon name="plus" small />
          {t('telephone.extension')}
        </button>
      </div>
    </fieldset>
  );
}
