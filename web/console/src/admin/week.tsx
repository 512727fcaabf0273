import type { TargetedKeyboardEvent } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { t } from '../i18n';
import { words } from './parts';

export const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export type Weekday = (typeof weekdays)[number];
export type Hours = Partial<Record<Weekday, string[]>>;
export const weekday = (index: number, style: 'short' | 'long' = 'short') => new Intl.DateTimeFormat(document.documentElement.lang, { weekday: style, timeZone: 'UTC' }).format(Date.UTC(2024, 0, index + 1));

const whole = 24 * 60;
const step = 30;
const slots = Array.from({ length: whole / step }, (_, index) => index * step);

const minutes = (text: string) => {
  const [hours, rest] = text.split(':').map(Number);
  return (hours ?? 0) * 60 + (rest ?? 0);
};
const clock = (at: number) => `${Math.floor(at / 60)}`.padStart(2, '0') + ':' + `${at % 60}`.padStart(2, '0');

interface Span {
  from: number;
  to: number;
}

/** The spans of a day that the grid draws, and what it leaves as it is: what nobody understands, or goes on after midnight. */
function read(texts: string[]): { spans: Span[]; others: string[] } {
  const spans: Span[] = [];
  const others: string[] = [];
  for (const text of texts) {
    const [from, to] = text.split('-').map((one) => minutes(one.trim()));
    if (from !== undefined && to !== undefined && from >= 0 && to <= whole && from < to) spans.push({ from, to });
    else others.push(text);
  }
  return { spans, others };
}

/** A day of which a stretch is opened or closed; other minutes than the stretch's stay as they were. */
export function paint(texts: string[], from: number, to: number, open: boolean): string[] {
  const { spans, others } = read(texts);
  const rest = spans.flatMap((span) => [
    { from: span.from, to: Math.min(span.to, from) },
    { from: Math.max(span.from, to), to: span.to },
  ]);
  const all = [...rest, ...(open ? [{ from, to }] : [])].filter((span) => span.from < span.to).sort((a, b) => a.from - b.from);
  const joined: Span[] = [];
  for (const span of all) {
    const last = joined.at(-1);
    if (last && span.from <= last.to) last.to = Math.max(last.to, span.to);
    else joined.push({ ...span });
  }
  return [...joined.map((span) => `${clock(span.from)}-${clock(span.to)}`), ...others];
}

interface Place {
  day: number;
  slot: number;
}

/** The fields on the way from one to another: a mouse that is moved fast tells of few of them. */
function between(from: Place, to: Place): Place[] {
  const [days, fields] = [to.day - from.day, to.slot - from.slot];
  const steps = Math.max(Math.abs(days), Math.abs(fields));
  return Array.from({ length: steps }, (_, index) => {
    const part = (index + 1) / steps;
    return { day: Math.round(from.day + days * part), slot: Math.round(from.slot + fields * part) };
  });
}

const isOpen = (spans: Span[], at: number) => spans.some((span) => span.from < at + step && span.to > at);

/**
 * The hours of a week, half an hour a field: painted with a mouse, tapped, or worked with the arrows and the space bar.
 * Beside each day its hours stand as text, for what is no half hour.
 */
export function Week({ hours, onChange, label, wrong }: { hours: Hours; onChange: (hours: Hours) => void; label: string; wrong?: string | undefined }) {
  const id = useId();
  const [at, setAt] = useState({ day: 0, slot: 18 });
  const painting = useRef<{ open: boolean; last: Place | null } | null>(null);
  // What was painted last may not have been shown yet.
  const latest = useRef(hours);
  latest.current = hours;
  useEffect(() => {
    const end = () => (painting.current = null);
    addEventListener('pointerup', end);
    return () => removeEventListener('pointerup', end);
  }, []);
  const of = (day: number, all = hours) => all[weekdays[day]!] ?? [];
  const opened = (day: number, slot: number) => isOpen(read(of(day)).spans, slots[slot]!);
  const fill = (places: Place[], open: boolean) => {
    for (const { day, slot } of places) {
      const before = of(day, latest.current);
      if (isOpen(read(before).spans, slots[slot]!) !== open) latest.current = { ...latest.current, [weekdays[day]!]: paint(before, slots[slot]!, slots[slot]! + step, open) };
    }
    if (latest.current !== hours) onChange(latest.current);
  };
  const set = (day: number, slot: number, open: boolean) => fill([{ day, slot }], open);
  const field = (event: Event): Place | null => {
    const cell = (event.target as HTMLElement).closest<HTMLElement>('[data-slot]');
    return cell ? { day: Number(cell.dataset.day), slot: Number(cell.dataset.slot) } : null;
  };
  const press = (event: TargetedKeyboardEvent<HTMLElement>) => {
    const move = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0], Home: [0, -slots.length], End: [0, slots.length] }[event.key];
    if (event.key === ' ' || event.key === 'Enter') set(at.day, at.slot, !opened(at.day, at.slot));
    else if (move) {
      const next = { day: Math.min(6, Math.max(0, at.day + move[0]!)), slot: Math.min(slots.length - 1, Math.max(0, at.slot + move[1]!)) };
      if (event.shiftKey) set(next.day, next.slot, opened(at.day, at.slot));
      setAt(next);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div class="week">
      <p class="hint" id={`${id}-help`}>
        {t('week.hint')}
      </p>
      <div class="week__split">
        <div
          class="week__grid"
          role="grid"
          aria-label={label}
          aria-describedby={`${id}-help`}
          aria-multiselectable="true"
          tabIndex={0}
          aria-activedescendant={`${id}-${at.day}-${at.slot}`}
          onKeyDown={press}
          onPointerDown={(event) => {
            const place = field(event);
            if (!place || event.pointerType === 'touch' || event.button) return;
            painting.current = { open: !opened(place.day, place.slot), last: place };
            setAt(place);
            fill([place], painting.current.open);
          }}
          onPointerOver={(event) => {
            const [place, now] = [field(event), painting.current];
            if (!place || !now) return;
            fill(now.last ? between(now.last, place) : [place], now.open);
            now.last = place;
          }}
          // Whoever comes back to the grid elsewhere did not mean what is between.
          onPointerLeave={() => painting.current && (painting.current.last = null)}
          onClick={(event) => {
            const place = field(event);
            if (!place || (event as unknown as PointerEvent).pointerType !== 'touch') return;
            setAt(place);
            set(place.day, place.slot, !opened(place.day, place.slot));
          }}
        >
          <div class="week__scale" aria-hidden="true">
            <span />
            {[0, 6, 12, 18].map((hour) => (
              <span key={hour}>{`${hour}`.padStart(2, '0')}</span>
            ))}
          </div>
          {weekdays.map((day, index) => {
            const { spans } = read(of(index));
            return (
              <div key={day} class="week__row" role="row">
                <span role="rowheader">{weekday(index)}</span>
                {slots.map((from, slot) => {
                  const open = isOpen(spans, from);
                  const here = at.day === index && at.slot === slot;
                  return (
                    <span
                      key={from}
                      role="gridcell"
                      id={`${id}-${index}-${slot}`}
                      data-day={index}
                      data-slot={slot}
                      class={`week__cell${open ? ' week__cell--open' : ''}${here ? ' week__cell--here' : ''}`}
                      aria-selected={open}
                      aria-label={`${weekday(index, 'long')} ${clock(from)}, ${t(open ? 'hours.is-open' : 'hours.closed')}`}
                    />
                  );
                })}
              </div>
            );
          })}
        </div>
        <div class="week__texts">
          <span aria-hidden="true" />
          {weekdays.map((day, index) => (
            <input
              key={day}
              class="input"
              aria-label={`${label}, ${weekday(index, 'long')}`}
              value={of(index).join(', ')}
              placeholder={t('hours.closed')}
              onChange={(event) => onChange({ ...hours, [day]: words(event.currentTarget.value.replaceAll('–', '-')) })}
            />
          ))}
        </div>
      </div>
      {wrong ? <p class="error">{wrong}</p> : null}
    </div>
  );
}
