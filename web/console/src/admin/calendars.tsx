import { useState } from 'preact/hooks';
import type { Schema } from '../api';
import { date, number } from '../format';
import { t } from '../i18n';
import { Icon } from '../ui';
import type { PanelOf } from './fields';
import { list, Text, words } from './parts';
import { Collection, type Shown } from './settings';
import { Week, weekday, weekdays, type Hours } from './week';

type Calendar = Schema<'Calendar'>;

const panels = (): PanelOf<Calendar>[] => [
  {
    title: t('calendar'),
    fields: [
      { name: 'name', label: t('name'), kind: 'text' },
      { name: 'timeZone', label: t('time-zone'), kind: 'text', hint: 'Europe/Berlin' },
    ],
  },
  {
    title: t('hours'),
    fields: [{ name: 'hours', label: t('hours'), kind: 'own', own: (one, set, wrong) => <Week label={t('hours')} hours={one.hours as Hours} onChange={(hours) => set({ hours: hours as Calendar['hours'] })} wrong={wrong('hours')} /> }],
  },
  {
    title: t('holidays'),
    fields: [
      { name: 'holidays', label: t('holidays'), kind: 'own', own: (one, set, wrong) => <Days of={one} set={set} wrong={wrong('holidays') ?? wrong('overrides')} /> },
      { name: 'overrides', label: t('hours.other'), kind: 'own', own: () => null },
    ],
  },
];

/** Days on which nothing opens, or with hours of their own. */
function Days({ of, set, wrong }: { of: Calendar; set: (part: Partial<Calendar>) => void; wrong: string | undefined }) {
  const [day, setDay] = useState('');
  const [hours, setHours] = useState('');
  const overrides = of.overrides ?? {};
  const days = [...new Set([...of.holidays, ...Object.keys(overrides)])].sort();
  const without = (gone: string) => ({ holidays: of.holidays.filter((one) => one !== gone), overrides: Object.fromEntries(Object.entries(overrides).filter(([one]) => one !== gone)) });
  const add = () => {
    if (!day) return;
    const rest = without(day);
    const spans = words(hours.replaceAll('–', '-'));
    set(spans.length ? { ...rest, overrides: { ...rest.overrides, [day]: spans } } : { ...rest, holidays: [...rest.holidays, day].sort() });
    setDay('');
    setHours('');
  };
  return (
    <>
      <ul class="days">
        {days.map((one) => (
          <li key={one}>
            <time dateTime={one}>{date(`${one}T12:00:00`)}</time>
            <span class="muted">{overrides[one]?.length ? overrides[one].join(', ') : t('hours.closed')}</span>
            <button class="btn btn--quiet btn--icon btn--sm" type="button" aria-label={`${t('remove')}: ${date(`${one}T12:00:00`)}`} onClick={() => set(without(one))}>
              <Icon name="x" small />
            </button>
          </li>
        ))}
      </ul>
      <div class="row2">
        <label class="field">
          <span class="label">{t('report.day')}</span>
          <input class="input" type="date" value={day} onInput={(event) => setDay(event.currentTarget.value)} />
        </label>
        <Text label={t('hours.other')} hint={t('hours.other-hint')} value={hours} onChange={setHours} />
      </div>
      <div class="toolbar">
        <button class="btn" type="button" onClick={add}>
          <Icon name="plus" small />
          {t('holiday.add')}
        </button>
      </div>
      {wrong ? <p class="error">{wrong}</p> : null}
    </>
  );
}

export const Calendars = (shown: Shown) => (
  <Collection<Calendar>
    {...shown}
    section="calendars"
    path="/api/calendars"
    title={t('admin.calendars')}
    fresh={t('calendar.new')}
    name={(one) => one.name}
    empty={{ name: '', timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone, hours: Object.fromEntries(weekdays.slice(0, 5).map((day) => [day, ['09:00-17:00']])), holidays: [], overrides: {} }}
    successors={() => list<Calendar>('/api/calendars')}
    columns={[
      [t('name'), (one) => one.name],
      [t('time-zone'), (one) => one.timeZone],
      [t('version'), (one) => one.version],
      [t('hours'), (one) => weekdays.flatMap((day, index) => (one.hours[day]?.length ? [`${weekday(index)} ${one.hours[day].join(', ')}`] : [])).join('; ')],
      [t('holidays'), (one) => number(one.holidays.length + Object.keys(one.overrides ?? {}).length)],
    ]}
    panels={panels()}
  />
);
