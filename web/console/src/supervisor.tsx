import { useState } from 'preact/hooks';
import type { ComponentChildren } from 'preact';
import { api, download, ok, type Schema } from './api';
import { Bars, Lines } from './charts';
import { length, number, roughly, shortDate } from './format';
import { t } from './i18n';
import { admin, agentName, groupName, me } from './state';
import { attempt, Choice, Failed, Icon, Loading, useLoaded, useTitle } from './ui';

type Report = Schema<'Report'>;
type Name = Schema<'ReportName'>;
type Dimension = Schema<'ReportDimension'>;

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const dayOf = (time: number) => new Intl.DateTimeFormat('sv-SE', { timeZone: zone }).format(time);
const before = (days: number) => dayOf(Date.now() - days * 86_400_000);
const seconds = (value: number | null | undefined) => (value === null || value === undefined ? '–' : length(value * 1000));
const percent = (value: number | null | undefined) => (value === null || value === undefined ? '–' : `${number(value, 1)} %`);
const live = 'status=new,open,pending,on-hold';

const read = (name: Name, from: string, to: string, by: Dimension[] = []) => ok(api.GET('/api/reports/{name}', { params: { path: { name }, query: { from, to, zone, ...(by.length ? { by: by.join(',') } : {}) } } }));

async function load(days: number) {
  const [from, to] = [before(days - 1), before(0)];
  const [past, pastEnd] = [before(2 * days - 1), before(days)];
  const step: Dimension = days > 60 ? 'week' : 'day';
  // The first report counts what has changed; those after it find that done.
  const volume = await read('volume', from, to, [step]);
  // What running the desk costs is told in its home workspace, to admins.
  const home = admin.value && me.value?.workspace === 'main';
  const [ratings, costs] = await Promise.all([ok(api.GET('/api/satisfaction', { params: { query: { from: `${from}T00:00:00Z`, limit: 10 } } })), home ? read('cost', from, to) : null]);
  const [backlog, firstReply, resolution, sla, slaGroups, agents, hours, groups, satisfaction, deflection, places, ...was] = await Promise.all([
    read('backlog', from, to, [step]),
    read('first-reply', from, to, [step]),
    read('resolution', from, to, [step]),
    read('sla', from, to, ['metric']),
    read('sla', from, to, ['group']),
    read('agents', from, to),
    read('hours', from, to),
    read('backlog', to, to, ['group']),
    read('satisfaction', from, to, [step]),
    read('deflection', from, to, [step]),
    read('deflection', from, to, ['channel']),
    read('volume', past, pastEnd),
    read('first-reply', past, pastEnd),
    read('resolution', past, pastEnd),
    read('sla', past, pastEnd),
  ]);
  return { from, to, step, volume, backlog, firstReply, resolution, sla, slaGroups, agents, hours, groups, satisfaction, deflection, places, ratings: ratings.items, costs, was: { volume: was[0]!, firstReply: was[1]!, resolution: was[2]!, sla: was[3]! } };
}

type Loaded = Awaited<ReturnType<typeof load>>;

export function Supervisor() {
  useTitle(t('nav.supervisor'));
  const [days, setDays] = useState(30);
  const { value, error, again } = useLoaded(() => load(days), [days]);
  return (
    <main class="page" id="main">
      <div class="page__head">
        <h1>{t('nav.supervisor')}</h1>
        <div class="toolbar">
          <Choice hidden label={t('period')} value={`${days}`} options={[7, 30, 90, 180].map((one): [string, string] => [`${one}`, t('period.days', { days: one })])} onChange={(next) => setDays(Number(next))} />
          <button class="btn" type="button" onClick={again}>
            <Icon name="undo" small />
            {t('refresh')}
          </button>
        </div>
      </div>
      {error ? <Failed error={error} again={again} /> : !value ? <Loading /> : <Numbers {...value} />}
    </main>
  );
}

function Numbers(all: Loaded) {
  const { volume, firstReply, resolution, sla, was } = all;
  const days = all.volume.rows.map((row) => row.key[all.step] ?? '');
  const column = (report: Report, name: string) => {
    const byDay = new Map(report.rows.map((row) => [row.key[all.step] ?? '', row.values[name] ?? null]));
    return days.map((day) => byDay.get(day) ?? null);
  };
  const sum = (report: Report, name: string) => report.total[name] ?? null;
  return (
    <>
      {volume.complete ? null : (
        <p class="banner" role="status">
          <Icon name="clock" />
          <span>{t('report.counting')}</span>
        </p>
      )}
      <dl class="panel tiles">
        <Tile name={t('report.opened')} value={number(sum(volume, 'opened') ?? 0)} now={sum(volume, 'opened')} was={sum(was.volume, 'opened')} good={0} />
        <Tile name={t('report.resolved')} value={number(sum(volume, 'resolved') ?? 0)} now={sum(volume, 'resolved')} was={sum(was.volume, 'resolved')} good={1} />
        <Tile name={t('report.first-reply-median')} value={seconds(sum(firstReply, 'medianSeconds'))} now={sum(firstReply, 'medianSeconds')} was={sum(was.firstReply, 'medianSeconds')} good={-1} />
        <Tile name={t('report.resolution-p90')} value={seconds(sum(resolution, 'p90Seconds'))} now={sum(resolution, 'p90Seconds')} was={sum(was.resolution, 'p90Seconds')} good={-1} />
        <Tile name={t('report.sla-met')} value={percent(sum(sla, 'metPercent'))} now={sum(sla, 'metPercent')} was={sum(was.sla, 'metPercent')} good={1} />
        <Tile name={t('report.worked')} value={length((sum(volume, 'minutesWorked') ?? 0) * 60_000)} now={sum(volume, 'minutesWorked')} was={sum(was.volume, 'minutesWorked')} good={0} />
      </dl>
      <div class="charts">
        <Panel title={t('report.volume')} report="volume" all={all} by={all.step} href="/desk/views/all" link={t('report.tickets')}>
          <Lines
            label={t('report.volume')}
            days={days}
            show={(value) => number(value)}
            series={[
              { name: t('report.opened'), values: column(volume, 'opened') },
              { name: t('report.resolved'), values: column(volume, 'resolved') },
            ]}
          />
          <DayTable label={t('report.volume')} all={all} columns={[[volume, 'opened', t('report.opened'), (v) => number(v ?? 0)], [volume, 'resolved', t('report.resolved'), (v) => number(v ?? 0)]]} />
        </Panel>
        <Panel title={t('report.backlog')} report="backlog" all={all} by={all.step} href={`/desk/views/all?${live}`} link={t('report.tickets')}>
          <Lines label={t('report.backlog')} days={days} show={(value) => number(value)} series={[{ name: t('report.open'), values: column(all.backlog, 'open') }]} />
          <Table label={t('report.backlog')} head={[t('group'), t('report.open')]} rows={all.groups.rows.map((row) => [row.key.group === 'none' ? t('group.none') : <a href={`/desk/views/all?${live}&group=${row.key.group}`}>{groupName(row.key.group)}</a>, number(row.values.open ?? 0)])} />
        </Panel>
        <Panel title={t('report.first-reply')} report="first-reply" all={all} by={all.step}>
          <Lines
            label={t('report.first-reply')}
            days={days}
            inTime
            show={(value) => (value ? roughly(value * 1000) : '0')}
            series={[
              { name: t('report.median'), values: column(firstReply, 'medianSeconds') },
              { name: t('report.p90'), values: column(firstReply, 'p90Seconds') },
            ]}
          />
          <DayTable label={t('report.first-reply')} all={all} columns={[[firstReply, 'medianSeconds', t('report.median'), seconds], [firstReply, 'p90Seconds', t('report.p90'), seconds]]} />
        </Panel>
        <Panel title={t('report.resolution')} report="resolution" all={all} by={all.step} href="/desk/views/resolved" link={t('report.tickets')}>
          <Lines
            label={t('report.resolution')}
            days={days}
            inTime
            show={(value) => (value ? roughly(value * 1000) : '0')}
            series={[
              { name: t('report.median'), values: column(resolution, 'medianSeconds') },
              { name: t('report.p90'), values: column(resolution, 'p90Seconds') },
            ]}
          />
          <DayTable label={t('report.resolution')} all={all} columns={[[resolution, 'medianSeconds', t('report.median'), seconds], [resolution, 'p90Seconds', t('report.p90'), seconds]]} />
        </Panel>
        <Panel title={t('report.sla-groups')} report="sla" all={all} by="group" href="/desk/views/breached" link={t('report.breached')}>
          <Bars
            label={t('report.sla-groups')}
            most={100}
            show={percent}
            rows={all.slaGroups.rows.filter((row) => row.values.metPercent !== null).map((row) => ({ name: row.key.group === 'none' ? t('group.none') : groupName(row.key.group), value: row.values.metPercent ?? 0, bad: (row.values.metPercent ?? 0) < 80 }))}
          />
          <Table label={t('report.sla-groups')} head={[t('report.promise'), t('sla.met'), t('report.breached'), '%']} rows={sla.rows.map((row) => [t(`metric.${row.key.metric as Schema<'SlaMetric'>}`), number(row.values.met ?? 0), number(row.values.breached ?? 0), percent(row.values.metPercent)])} />
        </Panel>
        <Panel title={t('report.agents')} report="agents" all={all}>
          <Bars
            label={t('report.agents')}
            show={(value) => number(value)}
            rows={all.agents.rows.filter((row) => row.values.open).map((row) => ({ name: row.key.agent === 'none' ? t('nobody') : agentName(row.key.agent), value: row.values.open ?? 0, href: `/desk/views/all?${live}&assignee=${row.key.agent}` }))}
          />
          <Table
            label={t('report.agents')}
            head={[t('agent'), t('report.replies'), t('report.resolved'), t('report.open')]}
            rows={all.agents.rows.map((row) => [row.key.agent === 'none' ? t('nobody') : agentName(row.key.agent), number(row.values.replies ?? 0), number(row.values.resolved ?? 0), number(row.values.open ?? 0)])}
          />
        </Panel>
        {all.satisfaction.total.asked ? <Satisfaction all={all} days={days} values={column(all.satisfaction, 'satisfiedPercent')} /> : null}
        {all.deflection.total.shown ? <Deflection all={all} days={days} column={column} /> : null}
        <Hours all={all} />
        {all.costs ? <Costs report={all.costs} all={all} /> : null}
      </div>
    </>
  );
}

function Tile({ name, value, now, was, good }: { name: string; value: string; now: number | null; was: number | null; good: 1 | 0 | -1 }) {
  const change = now !== null && was ? Math.round((100 * (now - was)) / Math.abs(was)) : null;
  const kind = !change || !good ? '' : change > 0 === good > 0 ? ' delta--good' : ' delta--worse';
  return (
    <div class="stat">
      <dt class="stat__label">{name}</dt>
      <dd class="stat__figure">{value}</dd>
      <dd class={`delta${kind}`}>
        {change === null ? (
          t('report.no-past')
        ) : (
          <>
            <Icon name={change > 0 ? 'up' : change < 0 ? 'down' : 'right'} />
            {change > 0 ? t('report.more', { percent: change }) : change < 0 ? t('report.less', { percent: -change }) : t('report.same')}
          </>
        )}
      </dd>
    </div>
  );
}

function Panel({ title, report, all, by, href, link, children }: { title: string; report: Name; all: Loaded; by?: Dimension; href?: string; link?: string; children: ComponentChildren }) {
  const query = new URLSearchParams({ from: all.from, to: all.to, zone, format: 'csv', ...(by ? { by } : {}) });
  return (
    <section class="panel">
      <header class="panel__head">
        <h2>{title}</h2>
        {href ? <a href={href}>{link}</a> : null}
        <button class={`btn btn--quiet btn--sm${href ? '' : ' push'}`} type="button" aria-label={t('report.csv', { title })} onClick={() => attempt(() => download(`/api/reports/${report}?${query}`, `${report}.csv`))}>
          <Icon name="download" small />
          CSV
        </button>
      </header>
      <div class="chart">{children}</div>
    </section>
  );
}

const Table = ({ label, head, rows }: { label: string; head: string[]; rows: ComponentChildren[][] }) => (
  <div class="scroll-x" tabIndex={0} role="region" aria-label={`${label}: ${head.join(', ')}`}>
    <table class="table">
      <thead>
        <tr>
          {head.map((one, index) => (
            <th key={one} scope="col" class={index ? 'num' : undefined}>
              {one}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row, at) => (
          <tr key={at}>
            {row.map((cell, index) =>
              index ? (
                <td key={index} class="num">
                  {cell}
                </td>
              ) : (
                <th key={index} scope="row">
                  {cell}
                </th>
              ),
            )}
          </tr>
        ))}
      </tbody>
    </table>
  </div>
);

function DayTable({ label, all, columns }: { label: string; all: Loaded; columns: [Report, string, string, (value: number | null | undefined) => string][] }) {
  const days = [...all.volume.rows].map((row) => row.key[all.step] ?? '').reverse();
  const values = columns.map(([report, name]) => new Map(report.rows.map((row) => [row.key[all.step] ?? '', row.values[name]])));
  return <Table label={label} head={[t('report.day'), ...columns.map((one) => one[2])]} rows={days.slice(0, 31).map((day) => [shortDate(day), ...columns.map((one, index) => one[3](values[index]!.get(day)))])} />;
}

/** How requesters were served, in their own words. */
function Satisfaction({ all, days, values }: { all: Loaded; days: string[]; values: (number | null)[] }) {
  const { asked, rated, satisfiedPercent, meanRating } = all.satisfaction.total;
  return (
    <Panel title={t('report.satisfaction')} report="satisfaction" all={all} by={all.step}>
      <figure>
        <Lines label={t('report.satisfaction')} days={days} show={(value) => `${number(value)} %`} series={[{ name: t('report.satisfied'), values }]} />
        <p class="hint">{t('report.rated', { rated: number(rated ?? 0), asked: number(asked ?? 0), percent: percent(satisfiedPercent), mean: meanRating === null || meanRating === undefined ? '–' : number(meanRating, 1) })}</p>
      </figure>
      <Table
        label={t('report.satisfaction')}
        head={[t('ticket'), t('report.rating'), t('report.comment')]}
        rows={all.ratings.map((one) => [
          <a href={`/desk/tickets/${one.number}`}>{one.number}</a>,
          `${one.rating} / 5`,
          one.comment ?? '–',
        ])}
      />
    </Panel>
  );
}

/** How often suggested articles ended requests. */
function Deflection({ all, days, column }: { all: Loaded; days: string[]; column: (report: Report, name: string) => (number | null)[] }) {
  const { shown, solved, solvedPercent } = all.deflection.total;
  const where = (place: string | undefined) => t(`report.deflection.${place as 'form' | 'receipt' | 'chat'}`);
  return (
    <Panel title={t('report.deflection')} report="deflection" all={all} by={all.step}>
      <figure>
        <Lines
          label={t('report.deflection')}
          days={days}
          show={(value) => number(value)}
          series={[
            { name: t('report.deflection.shown'), values: column(all.deflection, 'shown') },
            { name: t('report.deflection.solved'), values: column(all.deflection, 'solved') },
          ]}
        />
        <p class="hint">{t('report.deflection.hint', { solved: number(solved ?? 0), shown: number(shown ?? 0), percent: percent(solvedPercent) })}</p>
      </figure>
      <Table
        label={t('report.deflection')}
        head={[t('report.deflection.where'), t('report.deflection.shown'), t('report.deflection.solved'), '%']}
        rows={all.places.rows.map((row) => [where(row.key.channel), number(row.values.shown ?? 0), number(row.values.solved ?? 0), percent(row.values.solvedPercent)])}
      />
    </Panel>
  );
}

function Costs({ report, all }: { report: Report; all: Loaded }) {
  return (
    <Panel title={t('report.cost')} report="cost" all={all}>
      <Table label={t('report.cost')} head={[t('report.what'), t('report.amount')]} rows={report.columns.map((name) => [t(`cost.${name as 'tickets' | 'requests' | 'executions' | 'mails' | 'cost' | 'costPerTicket'}`), number(report.total[name] ?? 0, 4)])} />
    </Panel>
  );
}

/** When tickets come in: days of the week and hours. */
function Hours({ all }: { all: Loaded }) {
  const counts = new Map(all.hours.rows.map((row) => [`${row.key.weekday} ${Number(row.key.hour)}`, row.values.opened ?? 0]));
  const most = Math.max(1, ...counts.values());
  const weekday = (day: number) => new Intl.DateTimeFormat(document.documentElement.lang, { weekday: 'short', timeZone: 'UTC' }).format(Date.UTC(2024, 0, day));
  return (
    <Panel title={t('report.hours')} report="hours" all={all}>
      <div class="scroll-x heat" tabIndex={0} role="region" aria-label={t('report.hours')}>
        <table>
          <thead>
            <tr>
              <td />
              {Array.from({ length: 24 }, (_, hour) => (
                <th key={hour} scope="col">
                  {hour}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {Array.from({ length: 7 }, (_, index) => (
              <tr key={index}>
                <th scope="row">{weekday(index + 1)}</th>
                {Array.from({ length: 24 }, (_, hour) => {
                  const count = counts.get(`${index + 1} ${hour}`) ?? 0;
                  return (
                    <td key={hour} class={`heat__${Math.ceil((4 * count) / most)}`}>
                      {count || ''}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}
