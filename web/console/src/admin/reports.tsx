import { useState } from 'preact/hooks';
import { call, type Schema } from '../api';
import { moment } from '../format';
import { t } from '../i18n';
import { agents, say } from '../state';
import { attempt, Choice } from '../ui';
import { On, Panel, Several, Text } from './parts';
import { Collection, type Shown } from './settings';
import { weekday } from './week';

type Schedule = Schema<'ReportSchedule'>;
type Recipient = Schema<'ReportRecipientRequest'>;
const reports: Schema<'ReportName'>[] = ['volume', 'backlog', 'first-reply', 'resolution', 'sla', 'agents', 'hours', 'satisfaction', 'cost'];
const dimensions: Schema<'ReportDimension'>[] = ['day', 'week', 'month', 'channel', 'priority', 'tier', 'group', 'assignee', 'type', 'metric', 'organisation', 'tag'];
const periods: Schema<'ReportPeriod'>[] = ['previous-day', 'previous-week', 'previous-month', 'last-seven-days', 'last-thirty-days'];

export const Schedules = (shown: Shown) => (
  <Collection<Schedule>
    {...shown}
    section="report-schedules"
    path="/api/report-schedules"
    title={t('admin.report-schedules')}
    fresh={t('schedule.new')}
    name={(one) => one.name}
    empty={{ name: '', report: 'volume', by: ['day'], period: 'previous-week', every: 'weekly', weekday: 1, day: 1, hour: 7, zone: Intl.DateTimeFormat().resolvedOptions().timeZone, language: null, recipients: [], active: true }}
    columns={[
      [t('name'), (one) => one.name],
      [t('schedule.report'), (one) => t(`schedule-report.${one.report}`)],
      [t('schedule.every'), (one) => t(`schedule-every.${one.every}`)],
      [t('schedule.next'), (one) => (one.nextAt ? moment(one.nextAt) : '–')],
      [t('active'), (one) => <On on={one.active} />],
    ]}
    panels={[
      {
        title: t('schedule.report'),
        fields: [
          { name: 'name', label: t('name'), kind: 'text' },
          { name: 'report', label: t('schedule.report'), kind: 'choice', options: reports.map((one) => [one, t(`schedule-report.${one}`)]) },
          { name: 'period', label: t('period'), kind: 'choice', options: periods.map((one) => [one, t(`schedule-period.${one}`)]) },
          { name: 'by', label: t('schedule.by'), kind: 'several', options: dimensions.map((one) => [one, t(`schedule-by.${one}`)]) },
        ],
      },
      {
        title: t('schedule.when'),
        fields: [
          { name: 'every', label: t('schedule.every'), kind: 'choice', options: (['daily', 'weekly', 'monthly'] as const).map((one) => [one, t(`schedule-every.${one}`)]) },
          { name: 'weekday', label: t('report.day'), kind: 'own', when: (one) => one.every === 'weekly', own: (one, set) => <Choice label={t('report.day')} value={`${one.weekday}`} options={[1, 2, 3, 4, 5, 6, 7].map((day) => [`${day}`, weekday(day - 1, 'long')])} onChange={(day) => set({ weekday: Number(day) })} /> },
          { name: 'day', label: t('schedule.day'), kind: 'number', when: (one) => one.every === 'monthly' },
          { name: 'hour', label: t('schedule.hour'), kind: 'number' },
          { name: 'zone', label: t('time-zone'), kind: 'text' },
          { name: 'language', label: t('language'), kind: 'language', none: t('schedule.language') },
          { name: 'recipients', label: t('schedule.recipients'), kind: 'own', own: (one, set, wrong) => <Recipients of={one.recipients} onChange={(recipients) => set({ recipients })} wrong={wrong('recipients')} /> },
          { name: 'active', label: t('active'), kind: 'tick' },
        ],
      },
    ]}
    aside={(one, fresh) =>
      fresh ? null : (
        <Panel title={t('schedule.now')}>
          <p class="hint">{one.mailedAt ? `${t('schedule.mailed')} ${moment(one.mailedAt)}` : t('nothing-yet')}</p>
          <div class="toolbar">
            <button class="btn" type="button" onClick={() => attempt(async () => call('POST', `/api/report-schedules/${encodeURIComponent(one.id)}/send`).then(() => say({ text: t('schedule.sent') })))}>
              {t('schedule.now')}
            </button>
          </div>
        </Panel>
      )
    }
  />
);

function Recipients({ of, onChange, wrong }: { of: Recipient[]; onChange: (all: Recipient[]) => void; wrong: string | undefined }) {
  const [typed, setTyped] = useState<string | null>(null);
  const people = of.flatMap((one) => (one.agent ? [one.agent] : []));
  const mails = of.flatMap((one) => (one.email ? [one.email] : []));
  return (
    <>
      <Several label={t('schedule.recipients')} all={agents.value.filter((one) => one.active).map((one) => [one.id, one.name])} chosen={people} onChange={(all) => onChange([...all.map((agent) => ({ agent })), ...mails.map((email) => ({ email }))] as Recipient[])} />
      <Text
        label={t('schedule.addresses')}
        value={typed ?? mails.join(', ')}
        onChange={(text) => {
          setTyped(text);
          const all = text
            .split(',')
            .map((one) => one.trim())
            .filter(Boolean);
          onChange([...people.map((agent) => ({ agent })), ...all.map((email) => ({ email }))] as Recipient[]);
        }}
        wrong={wrong}
      />
    </>
  );
}
