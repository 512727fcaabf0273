import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { Condition } from '../api';
import { duration, milliseconds } from '../format';
import { languages, t, type Language } from '../i18n';
import { agents, groups } from '../state';
import { Choice, Field as Labelled } from '../ui';
import { ConditionBuilder, type Scope } from './conditions';
import { CalendarChoice, Panel, Several, Text, Tick, Typed, words } from './parts';

type Plain = Record<string, unknown>;
type Options = [string, string][];

/** One field of a setting. Its name is a path, such as imap.host; what is empty is null. */
export interface FieldOf<T> {
  name: string;
  label: string;
  kind: 'text' | 'email' | 'url' | 'long' | 'number' | 'list' | 'lines' | 'tick' | 'choice' | 'several' | 'group' | 'agent' | 'calendar' | 'language' | 'span' | 'moment' | 'local' | 'condition' | 'json' | 'labels' | 'own';
  hint?: string | undefined;
  options?: Options;
  /** What stands for null among the options. */
  none?: string;
  scope?: Scope;
  /** Shown only then; and only to what is new, or was there before. */
  when?: (value: T) => boolean;
  only?: 'new' | 'old';
  own?: (value: T, set: (part: Partial<T>) => void, wrong: (field: string) => string | undefined) => ComponentChildren;
}

export interface PanelOf<T> {
  title: string;
  hint?: string;
  fields: FieldOf<T>[];
  when?: (value: T) => boolean;
}

const at = (value: unknown, name: string): unknown => name.split('.').reduce<unknown>((inner, part) => (inner as Plain | null | undefined)?.[part], value);

function put(value: unknown, name: string, next: unknown): Plain {
  const [first, ...rest] = name.split('.');
  const plain = (value ?? {}) as Plain;
  return { ...plain, [first!]: rest.length ? put(plain[first!], rest.join('.'), next) : next };
}

const isShown = <T,>(field: FieldOf<T>, value: T, fresh: boolean) => (field.only ? (field.only === 'new') === fresh : true) && (field.when?.(value) ?? true);
const isEmpty = (value: unknown) => value === null || value === undefined || value === '';
/** Without what is empty, inside as well: what is left out has its usual value. Null where nothing is left. */
function filled(value: unknown): unknown {
  if (!value || typeof value !== 'object' || Array.isArray(value)) return value;
  const parts = Object.entries(value).flatMap(([name, inner]) => (isEmpty(filled(inner)) ? [] : [[name, filled(inner)]]));
  return parts.length ? Object.fromEntries(parts) : null;
}

/** What is sent: the fields that are shown, as a whole where they are parts of one. */
export function bodyOf<T extends object>(panels: PanelOf<T>[], value: T, fresh: boolean): Plain {
  const fields = panels.filter((panel) => panel.when?.(value) ?? true).flatMap((panel) => panel.fields.filter((field) => isShown(field, value, fresh)));
  const body: Plain = {};
  for (const { name } of fields) {
    const [first] = name.split('.');
    const whole = (value as Plain)[first!] ?? null;
    body[first!] = name === first ? whole : filled(whole);
  }
  return fresh ? Object.fromEntries(Object.entries(body).filter(([, inner]) => !isEmpty(inner))) : body;
}

/** What the fields are called, by what is sent. */
export const namesOf = <T,>(panels: PanelOf<T>[]): Record<string, string> => Object.fromEntries(panels.flatMap((panel) => panel.fields.map((field) => [field.name.split('.')[0]!, field.name.includes('.') ? panel.title : field.label])));

export function Panels<T extends object>({ of, value, set, wrong, fresh }: { of: PanelOf<T>[]; value: T; set: (part: Partial<T>) => void; wrong: (field: string) => string | undefined; fresh: boolean }) {
  return (
    <>
      {of
        .filter((panel) => panel.when?.(value) ?? true)
        .map((panel) => {
          const fields = panel.fields.filter((field) => isShown(field, value, fresh));
          return fields.length ? (
            <Panel key={panel.title} title={panel.title} {...(panel.hint ? { hint: panel.hint } : {})}>
              <Fields of={fields} value={value} set={set} wrong={wrong} />
            </Panel>
          ) : null;
        })}
    </>
  );
}

/** Short fields stand beside each other, long ones below. */
export function Fields<T extends object>({ of, value, set, wrong }: { of: FieldOf<T>[]; value: T; set: (part: Partial<T>) => void; wrong: (field: string) => string | undefined }) {
  const wide = new Set<FieldOf<T>['kind']>(['long', 'lines', 'tick', 'several', 'local', 'condition', 'json', 'labels', 'own']);
  const rows: FieldOf<T>[][] = [];
  for (const field of of) {
    const last = rows.at(-1);
    if (last && !wide.has(field.kind) && !wide.has(last[0]!.kind)) last.push(field);
    else rows.push([field]);
  }
  const one = (field: FieldOf<T>) => <One key={field.name} of={field} value={value} set={set} wrong={wrong} />;
  return <>{rows.map((row) => (wide.has(row[0]!.kind) ? row.map(one) : <div key={row[0]!.name} class="row2">{row.map(one)}</div>))}</>;
}

function One<T extends object>({ of: field, value, set, wrong }: { of: FieldOf<T>; value: T; set: (part: Partial<T>) => void; wrong: (field: string) => string | undefined }) {
  const { label, hint, none, options = [] } = field;
  const now = at(value, field.name);
  const change = (next: unknown) => set(put(value, field.name, next) as Partial<T>);
  const error = wrong(field.name);
  const said = { label, wrong: error, ...(hint ? { hint } : {}) };
  const text = `${now ?? ''}`;
  const choose = (all: Options) => <Choice {...said} value={text} options={none === undefined ? all : [['', none], ...all]} onChange={(next) => change(next || null)} />;
  switch (field.kind) {
    case 'own':
      return <>{field.own!(value, set, wrong)}</>;
    case 'tick':
      return <Tick label={label} on={now === true} onChange={change} />;
    case 'number':
      return <Text {...said} value={text} onChange={(typed) => change(amount(typed))} />;
    case 'list':
      return <Labelled {...said}>{() => <Typed label={label} value={((now as string[] | null) ?? []).join(', ')} onChange={(typed) => change(words(typed))} />}</Labelled>;
    case 'lines':
    case 'long':
      return (
        <Labelled {...said}>
          {(id) => (
            <textarea
              {...id}
              class="textarea"
              rows={4}
              value={field.kind === 'lines' ? ((now as string[] | null) ?? []).join('\n') : text}
              onInput={(event) => change(field.kind === 'lines' ? event.currentTarget.value.split('\n') : event.currentTarget.value || null)}
              onBlur={() => field.kind === 'lines' && Array.isArray(now) && change((now as string[]).map((line) => line.trim()).filter(Boolean))}
            />
          )}
        </Labelled>
      );
    case 'choice':
      return choose(options);
    case 'group':
      return choose(groups.value.map((one) => [one.id, one.name]));
    case 'agent':
      return choose(agents.value.map((one) => [one.id, one.name]));
    case 'language':
      return choose(Object.entries(languages));
    case 'calendar':
      return <CalendarChoice value={now as string | null} none={none ?? null} onChange={change} />;
    case 'several':
      return (
        <>
          <Several label={label} all={options} chosen={((now as (string | number)[] | null) ?? []).map(String)} onChange={change} />
          {error ? <p class="error">{error}</p> : null}
        </>
      );
    case 'span':
      return <Span {...said} value={now as string | null} onChange={change} />;
    case 'moment':
      return <Labelled {...said}>{(id) => <input {...id} class="input" type="datetime-local" value={now ? localTime(text) : ''} onChange={(event) => change(event.currentTarget.value ? new Date(event.currentTarget.value).toISOString() : null)} />}</Labelled>;
    case 'local':
      return <Local {...said} value={now as Partial<Record<Language, string>> | null} onChange={change} />;
    case 'condition':
      return <ConditionBuilder scope={field.scope!} value={now as Condition | null} onChange={change} wrong={error} />;
    case 'labels':
      return <Labels {...said} value={now as Record<string, string> | null} onChange={change} />;
    case 'json':
      return <Json {...said} value={now} onChange={change} />;
    default:
      return <Text {...said} type={field.kind} value={text} onChange={(typed) => change(typed || null)} />;
  }
}

const localTime = (at: string) => {
  const time = new Date(at);
  return Number.isNaN(time.getTime()) ? '' : new Date(time.getTime() - time.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
};

type Said = { label: string; hint?: string; wrong?: string | undefined };

/** A number as people write it. What is none stays as it was typed, for the desk to say so. */
export const amount = (typed: string): number | string | null => (typed.trim() === '' ? null : Number.isFinite(Number(typed.replace(',', '.'))) && !/[.,]0*$/.test(typed) ? Number(typed.replace(',', '.')) : typed);

/** A length as people write it: 30 min, 4 h, 2 d. */
export function Span({ value, onChange, ...said }: Said & { value: string | null; onChange: (value: string | null) => void }) {
  const [typed, setTyped] = useState<string | null>(null);
  const bad = typed !== null && typed.trim() !== '' && !duration(typed);
  return (
    <Labelled {...said} wrong={bad ? t('span.wrong') : said.wrong}>
      {(id) => (
        <input
          {...id}
          class="input"
          placeholder="–"
          value={typed ?? (value ? spanOf(value) : '')}
          onInput={(event) => {
            const text = event.currentTarget.value;
            setTyped(text);
            if (!text.trim()) onChange(null);
            else if (duration(text)) onChange(duration(text));
          }}
          onBlur={() => !bad && setTyped(null)}
        />
      )}
    </Labelled>
  );
}

/** A length as it is typed, in every language: 2 d, 4 h 30 min. What has seconds is written as the API has it. */
function spanOf(value: string): string {
  const all = milliseconds(value) / 60_000;
  if (!Number.isInteger(all)) return value;
  const [days, hours, minutes] = all % 1440 === 0 ? [all / 1440, 0, 0] : [0, Math.floor(all / 60), all % 60];
  return [days && `${days} d`, hours && `${hours} h`, minutes && `${minutes} min`].filter(Boolean).join(' ');
}

/** Words in the four languages. */
export function Local({ value, onChange, ...said }: Said & { value: Partial<Record<Language, string>> | null; onChange: (value: Partial<Record<Language, string>> | null) => void }) {
  const set = (language: Language, words: string) => {
    const next = { ...value, [language]: words || undefined };
    onChange(Object.values(next).some(Boolean) ? next : null);
  };
  return (
    <fieldset class="local">
      <legend class="label">{said.label}</legend>
      {(Object.entries(languages) as [Language, string][]).map(([language, name]) => (
        <label key={language} class="local__one">
          <span class="muted" aria-hidden="true">
            {language}
          </span>
          <input class="input" lang={language} aria-label={`${said.label}, ${name}`} value={value?.[language] ?? ''} onInput={(event) => set(language, event.currentTarget.value)} />
        </label>
      ))}
      {said.hint ? <p class="hint">{said.hint}</p> : null}
      {said.wrong ? <p class="error">{said.wrong}</p> : null}
    </fieldset>
  );
}

/** Names with values, one a line: team = network. */
function Labels({ value, onChange, ...said }: Said & { value: Record<string, string> | null; onChange: (value: Record<string, string>) => void }) {
  const [typed, setTyped] = useState<string | null>(null);
  const read = (text: string) =>
    Object.fromEntries(
      text
        .split('\n')
        .map((line) => line.split('='))
        .filter(([name]) => name?.trim())
        .map(([name, ...rest]) => [name!.trim(), rest.join('=').trim()]),
    );
  return (
    <Labelled {...said}>
      {(id) => (
        <textarea
          {...id}
          class="textarea mono"
          rows={3}
          value={typed ?? Object.entries(value ?? {}).map(([name, one]) => `${name} = ${one}`).join('\n')}
          onInput={(event) => {
            setTyped(event.currentTarget.value);
            onChange(read(event.currentTarget.value));
          }}
          onBlur={() => setTyped(null)}
        />
      )}
    </Labelled>
  );
}

/** What is rarely changed and has many forms, as the API takes it. */
function Json({ value, onChange, ...said }: Said & { value: unknown; onChange: (value: unknown) => void }) {
  const [typed, setTyped] = useState<string | null>(null);
  const [bad, setBad] = useState(false);
  return (
    <Labelled {...said} wrong={bad ? t('condition.broken') : said.wrong}>
      {(id) => (
        <textarea
          {...id}
          class="textarea mono"
          rows={5}
          value={typed ?? (value === null || value === undefined ? '' : JSON.stringify(value, null, 2))}
          onInput={(event) => {
            const text = event.currentTarget.value;
            setTyped(text);
            try {
              onChange(text.trim() ? JSON.parse(text) : null);
              setBad(false);
            } catch {
              setBad(true);
            }
          }}
          onBlur={() => !bad && setTyped(null)}
        />
      )}
    </Labelled>
  );
}
