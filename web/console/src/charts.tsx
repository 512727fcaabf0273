import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import { language } from './i18n';
import { theme } from './state';

export interface Series {
  name: string;
  values: (number | null)[];
}

const colour = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const dashes = [[], [6, 4], [2, 4]];

/** Seconds between two lines of an axis of lengths, so that each is told in one unit. */
const lengths = [...[1, 2, 5, 10, 20, 30].map((minutes) => minutes * 60), ...[1, 2, 3, 6, 12].map((hours) => hours * 3600), ...[1, 2, 5, 10, 20, 50, 100, 200, 500].map((days) => days * 86_400)];

/** Lines over days. Each line has a dash of its own, and the table beside it says the same in numbers. */
export function Lines({ label, days, series, show, inTime }: { label: string; days: string[]; series: Series[]; show: (value: number) => string; inTime?: boolean }) {
  const box = useRef<HTMLDivElement>(null);
  const key = `${theme.value} ${language.value} ${JSON.stringify([days, series.map((one) => one.values)])}`;
  useEffect(() => {
    const element = box.current!;
    const font = `12px ${getComputedStyle(document.body).fontFamily}`;
    const axis = { stroke: colour('--ink-3'), grid: { stroke: colour('--c-grid'), width: 1 }, ticks: { show: false }, font };
    const counted = series.every((one) => one.values.every((value) => value === null || Number.isInteger(value)));
    const draw = () =>
      new uPlot(
        {
          width: Math.max(240, element.clientWidth),
          height: 190,
          legend: { show: false },
          cursor: { show: false },
          scales: { x: { time: true }, y: { range: (_chart, low, high) => [Math.min(0, low), Math.max(1, high * 1.1)] } },
          axes: [
            { ...axis, values: (_chart, splits) => splits.map((at) => new Intl.DateTimeFormat(language.value === 'en' ? 'en-GB' : language.value, { day: 'numeric', month: 'short', timeZone: 'UTC' }).format(at * 1000)), grid: { show: false }, space: 70 },
            // What is counted has no halves.
            { ...axis, values: (_chart, splits) => splits.map((one) => show(one)), size: 62, ...(inTime ? { incrs: lengths } : counted ? { incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000] } : {}) },
          ],
          series: [
            {},
            ...series.map((one, index) => ({ label: one.name, stroke: colour(`--c-${index + 1}`), width: 2, dash: dashes[index] ?? [], points: { show: days.length < 2 }, spanGaps: true })),
          ],
          tzDate: (at) => uPlot.tzDate(new Date(at * 1000), 'UTC'),
        },
        [days.map((one) => Date.parse(`${one}T00:00:00Z`) / 1000), ...series.map((one) => one.values)] as uPlot.AlignedData,
        element,
      );
    let chart = draw();
    const resized = new ResizeObserver(() => chart.setSize({ width: Math.max(240, element.clientWidth), height: 190 }));
    resized.observe(element);
    const dark = matchMedia('(prefers-color-scheme: dark)');
    const again = () => {
      chart.destroy();
      chart = draw();
    };
    dark.addEventListener('change', again);
    return () => {
      resized.disconnect();
      dark.removeEventListener('change', again);
      chart.destroy();
    };
  }, [key]);
  return (
    <figure>
      <div ref={box} role="img" aria-label={label} class="lines" />
      <ul class="legend">
        {series.map((one, index) => (
          <li key={one.name}>
            <svg viewBox="0 0 24 8" aria-hidden="true">
              <path class={`s${index + 1}`} d="M1 4H23" />
            </svg>
            {one.name}
          </li>
        ))}
      </ul>
    </figure>
  );
}

/** Bars from the left, with their words and numbers. */
export function Bars({ label, rows, show, most }: { label: string; rows: { name: string; value: number; href?: string; bad?: boolean }[]; show: (value: number) => string; most?: number }) {
  const top = most ?? Math.max(1, ...rows.map((one) => one.value));
  return (
    <ul class="bars" aria-label={label}>
      {rows.map((one) => (
        <li key={one.name}>
          <span class="truncate">{one.href ? <a href={one.href}>{one.name}</a> : one.name}</span>
          <svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
            <rect class="ftrack" width="100" height="10" />
            <rect class={one.bad ? 'fbad' : 'f1'} width={(100 * one.value) / top} height="10" />
          </svg>
          <b>{show(one.value)}</b>
        </li>
      ))}
    </ul>
  );
}
