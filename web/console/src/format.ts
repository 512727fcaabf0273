import { language } from './i18n';

type Unit = 'minute' | 'hour' | 'day' | 'byte' | 'kilobyte' | 'megabyte';
const made = new Map<string, Intl.NumberFormat | Intl.DateTimeFormat>();

function remembered<T extends Intl.NumberFormat | Intl.DateTimeFormat>(key: string, make: () => T): T {
  const name = `${language.value} ${key}`;
  if (!made.has(name)) made.set(name, make());
  return made.get(name) as T;
}

const dates = (key: string, options: Intl.DateTimeFormatOptions) =>
  remembered(key, () => new Intl.DateTimeFormat(language.value === 'en' ? 'en-GB' : language.value, options));

export const number = (value: number, digits = 0) =>
  remembered(`number ${digits}`, () => new Intl.NumberFormat(language.value, { maximumFractionDigits: digits })).format(value);

const unit = (value: number, name: Unit, digits = 0) =>
  remembered(`${name} ${digits}`, () => new Intl.NumberFormat(language.value, { style: 'unit', unit: name, unitDisplay: name === 'byte' ? 'long' : 'short', maximumFractionDigits: digits })).format(value);

export const time = (at: string | number) => dates('time', { hour: '2-digit', minute: '2-digit' }).format(new Date(at));
export const day = (at: string | number) => dates('day', { weekday: 'long', day: 'numeric', month: 'long' }).format(new Date(at));
export const date = (at: string | number) => dates('date', { day: 'numeric', month: 'short', year: 'numeric' }).format(new Date(at));
export const shortDate = (at: string | number) => dates('short', { day: 'numeric', month: 'short' }).format(new Date(at));
export const moment = (at: string | number) => dates('moment', { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' }).format(new Date(at));

/** A length in its two largest units: 3 d 4 h, 1 h 04 min, 12 min. */
export function length(milliseconds: number): string {
  const minutes = Math.floor(Math.abs(milliseconds) / 60_000);
  const [days, hours, rest] = [Math.floor(minutes / 1440), Math.floor(minutes / 60) % 24, minutes % 60];
  if (days >= 1) return hours && days < 7 ? `${unit(days, 'day')} ${unit(hours, 'hour')}` : unit(days, 'day');
  if (hours >= 1) return rest ? `${unit(hours, 'hour')} ${unit(rest, 'minute')}` : unit(hours, 'hour');
  return unit(rest, 'minute');
}

/** A length in its largest unit: 3 d, 1 h, 12 min. */
export function roughly(milliseconds: number): string {
  const minutes = Math.floor(Math.abs(milliseconds) / 60_000);
  return minutes < 60 ? unit(minutes, 'minute') : minutes < 1440 ? unit(Math.floor(minutes / 60), 'hour') : unit(Math.floor(minutes / 1440), 'day');
}

/** A length of business time: a business day has no 24 hours, so it is said in hours. */
export function businessLength(milliseconds: number): string {
  const minutes = Math.floor(Math.abs(milliseconds) / 60_000);
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
  if (!hours) return unit(rest, 'minute');
  return rest ? `${unit(hours, 'hour')} ${unit(rest, 'minute')}` : unit(hours, 'hour');
}

/** How long ago, in one unit. */
export function ago(at: string, now: number): string {
  const past = Math.max(0, now - Date.parse(at));
  return past < 20 * 86_400_000 ? roughly(past) : shortDate(at);
}

export const size = (bytes: number) =>
  bytes < 1000 ? unit(bytes, 'byte') : bytes < 1_000_000 ? unit(bytes / 1000, 'kilobyte') : unit(bytes / 1_000_000, 'megabyte', 1);

/** The milliseconds of an ISO 8601 duration as the API writes them: P1DT2H3M4S. */
export function milliseconds(duration: string): number {
  const parts = /^(-)?P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:([\d.]+)S)?)?$/.exec(duration);
  if (!parts) return 0;
  const [, minus, days, hours, minutes, seconds] = parts;
  const sum = Number(days ?? 0) * 86_400_000 + Number(hours ?? 0) * 3_600_000 + Number(minutes ?? 0) * 60_000 + Number(seconds ?? 0) * 1000;
  return minus ? -sum : sum;
}

/** Names of units in the four languages, short and long, and their minutes. */
const units: [RegExp, number][] = [
  [/^(d|days?|t|tge?|tag|tagen?|dana?|η|ημ|ημέρα|ημέρες|μέρα|μέρες)$/u, 1440],
  [/^(h|hrs?|hours?|std|stunden?|sat|sata|sati|ώ|ώρ|ώρα|ώρες)$/u, 60],
  [/^(m|mins?|minutes?|minuten?|minut[ae]|λ|λεπ|λεπτό|λεπτά)$/u, 1],
];

/** A duration for the API from what somebody types: 30 min, 4 h, 1.5 h, 2 d, PT4H. Null if it is none. */
export function duration(text: string): string | null {
  const typed = text.trim().toLowerCase();
  if (/^p(?=.)(\d+d)?(t(?=.)(\d+h)?(\d+m)?)?$/.test(typed)) return typed.toUpperCase();
  const parts = [...typed.matchAll(/([\d.,]+)\s*([\p{L}]*)\.?/gu)];
  if (!parts.length || parts.map((one) => one[0]).join('').replace(/\s/g, '').length !== typed.replace(/\s/g, '').length) return null;
  let minutes = 0;
  for (const [, amount, name] of parts) {
    // Whole words: what is meant by another one, nobody may guess.
    const factor = units.find(([words]) => words.test(name!))?.[1] ?? (name || parts.length > 1 ? NaN : 1);
    minutes += Number(amount!.replace(',', '.')) * factor;
  }
  if (!Number.isFinite(minutes) || minutes <= 0) return null;
  const whole = Math.round(minutes);
  return `PT${whole >= 60 ? `${Math.floor(whole / 60)}H` : ''}${whole % 60 ? `${whole % 60}M` : ''}`;
}

export const initials = (name: string) =>
  name
    .replace(/[^\p{L}\p{N}@ ._-]/gu, '')
    .split(/[\s._@-]+/)
    .filter(Boolean)
    .slice(0, 2)
    .map((word) => [...word][0]!.toUpperCase())
    .join('') || '?';
