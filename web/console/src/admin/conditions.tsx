import { useState } from 'preact/hooks';
import { api, ok, type Condition, type Schema } from '../api';
import { t, type Key } from '../i18n';
import { agents, groups } from '../state';
import { Choice, Field, Icon, Loading, useLoaded } from '../ui';
import { list, Tick, Typed, words } from './parts';

/** A field, and what it and its choices are called where the console has no words for them: the question of a form. */
type Fields = (Schema<'ConditionField'> & { label?: string; choiceLabels?: Record<string, string> })[];
type Value = string | number | boolean | (string | number | boolean)[];
type Part = { field?: string; op?: string; value?: Value; calendar?: string; within?: { calendar: string }; all?: Part[]; any?: Part[]; not?: Part };

export type Scope = 'tickets' | 'events' | 'policies' | 'alerts' | 'forms';
/** In these, nothing can be asked for that changes because time passes. */
const timeless = new Set<Scope>(['policies', 'forms']);

export const useFields = (scope: Scope | null) =>
  useLoaded(async () => {
    if (!scope) return null;
    const [fields, calendars, policies] = await Promise.all([
      ok(api.GET('/api/conditions/fields', { params: { query: { scope } } })),
      list<Schema<'Calendar'>>('/api/calendars'),
      list<Schema<'Policy'>>('/api/sla/policies'),
    ]);
    return { fields: fields.items as Fields, calendars, policies, timeless: timeless.has(scope) };
  }, [scope]).value;

export type Known = NonNullable<ReturnType<typeof useFields>>;

const elsewhere: Record<string, Key> = { answers: 'answer', approval: 'mail-event.approval', custom: 'custom-field', satisfaction: 'report.rating', 'sla.policy': 'policy', source: 'alert-source' };
for (const name of ['assignee', 'channel', 'description', 'event', 'form', 'group', 'language', 'mailbox', 'priority', 'requester', 'resolution', 'state', 'status', 'subject', 'tags', 'tier', 'type'] as const) elsewhere[name] = name;

/** What a field is called: as elsewhere in the console where it is spoken of there, else by its own words, else by its name. */
function fieldWords(name: string): string {
  const [, change, changed] = /^(was|became|changed)\.(.+)$/.exec(name) ?? [];
  if (changed) return t(`field.${change as 'was' | 'became' | 'changed'}`, { field: fieldWords(changed) });
  const [, metric, what] = /^sla\.(.+)\.(state|dueIn)$/.exec(name) ?? [];
  if (metric) return t(`field.metric-${what as 'state' | 'dueIn'}`, { metric: t(`metric.${metric}`, metric) });
  const plain = name.replace(/\.<name>$/, '');
  return elsewhere[plain] ? t(elsewhere[plain]) : t(`field.${plain}`, name);
}

function choiceWords(field: string, value: string): string {
  const plain = field.replace(/^(was|became)\./, '');
  if (/^sla\.(.+\.)?state$/.test(plain)) return t(`sla.${value === 'at-risk' ? 'risk' : value}`, value);
  switch (plain) {
    case 'status':
    case 'priority':
    case 'channel':
      return t(`${plain}.${value}`, value);
    case 'event':
      return t(`event-type.${value}`, value);
    case 'by':
      return t(`speaker.${value}`, value);
    case 'state':
      return t(`alert-state.${value}`, value);
    case 'approval':
      return value === 'none' ? t('field.no-approval') : t(`approval.state.${value}`, value);
    case 'comment.visibility':
      return value === 'public' ? t('action.comment') : value === 'internal' ? t('action.note') : value;
    default:
      return value;
  }
}

/** A condition as nested rows; what rows cannot say is shown and changed as JSON. */
export function ConditionBuilder({ scope, value, onChange, wrong, given }: { scope: Scope; value: Condition | null | undefined; onChange: (condition: Condition) => void; wrong?: string | undefined; given?: Known | undefined }) {
  const loaded = useFields(given ? null : scope);
  const known = given ?? loaded;
  const [json, setJson] = useState<string | null>(null);
  const [broken, setBroken] = useState(false);
  const part = (value ?? {}) as Part;
  const root: Part = part.all || part.any ? part : { all: part.field || part.not || part.within ? [part] : [] };
  if (!known) return <Loading />;
  const put = (next: Part) => onChange(next as unknown as Condition);
  return (
    <>
      {wrong ? (
        <p class="error">
          <Icon name="octagon" small />
          {wrong}
        </p>
      ) : null}
      {json === null ? (
        <Group part={root} known={known} onChange={put} name="" />
      ) : (
        <Field label={t('condition.json')} wrong={broken ? t('condition.broken') : undefined}>
          {(id) => (
            <textarea
              {...id}
              class="textarea mono"
              rows={12}
              value={json}
              onInput={(event) => {
                setJson(event.currentTarget.value);
                try {
                  put(JSON.parse(event.currentTarget.value) as Part);
                  setBroken(false);
                } catch {
                  setBroken(true);
                }
              }}
            />
          )}
        </Field>
      )}
      <div class="toolbar">
        <button class="btn btn--quiet btn--sm" type="button" disabled={broken} onClick={() => setJson(json === null ? JSON.stringify(value ?? root, null, 2) : null)}>
          {t(json === null ? 'condition.as-json' : 'condition.as-rows')}
        </button>
      </div>
    </>
  );
}

function Group({ part, known, onChange, remove, name }: { part: Part; known: Known; onChange: (part: Part) => void; remove?: () => void; name: string }) {
  const kind = part.any ? 'any' : 'all';
  const parts = part[kind] ?? [];
  const set = (next: Part[], as: 'all' | 'any' = kind) => onChange({ [as]: next });
  const change = (index: number) => (next: Part) => set(parts.map((one, at) => (at === index ? next : one)));
  const drop = (index: number) => () => set(parts.filter((_, at) => at !== index));
  return (
    <div class="cond" role="group" aria-label={`${t('condition')} ${name}`}>
      <div class="cond__head">
        <select class="select" aria-label={`${t('condition.match')} ${name}`} value={kind} onChange={(event) => set(parts, event.currentTarget.value as 'all' | 'any')}>
          <option value="all">{t('condition.all')}</option>
          <option value="any">{t('condition.any')}</option>
        </select>
        <span class="muted">{t(kind === 'all' ? 'condition.true-all' : 'condition.true-any')}</span>
        {remove ? (
          <button class="btn btn--quiet btn--icon btn--sm push" type="button" aria-label={`${t('remove')} ${name}`} onClick={remove}>
            <Icon name="x" small />
          </button>
        ) : null}
      </div>
      {parts.map((one, index) => {
        const place = `${name}${index + 1}`;
        if (one.all || one.any) return <Group key={index} part={one} known={known} onChange={change(index)} remove={drop(index)} name={`${place}.`} />;
        return <Term key={index} part={one} known={known} onChange={change(index)} remove={drop(index)} name={place} />;
      })}
      <div class="toolbar">
        <button class="btn btn--sm" type="button" disabled={!known.fields.length} onClick={() => set([...parts, term(known.fields.find((one) => one.name === 'status') ?? known.fields[0]!)])}>
          <Icon name="plus" small />
          {t('condition')}
        </button>
        <button class="btn btn--sm" type="button" onClick={() => set([...parts, { any: [] }])}>
          <Icon name="plus" small />
          {t('condition.nested')}
        </button>
      </div>
    </div>
  );
}

const many = new Set(['in', 'not-in', 'contains-any', 'contains-all', 'contains-none']);
const without = new Set(['is-set', 'is-empty']);

function Term({ part, known, onChange, remove, name }: { part: Part; known: Known; onChange: (part: Part) => void; remove: () => void; name: string }) {
  const bin = (
    <button class="btn btn--quiet btn--icon" type="button" aria-label={`${t('remove')} ${name}`} onClick={remove}>
      <Icon name="x" small />
    </button>
  );
  const label = (what: Key) => `${t('condition')} ${name}, ${t(what)}`;
  const inner = part.not ?? part;
  const negated = Boolean(part.not);
  if (inner.all || inner.any || inner.not)
    return (
      <div class="cond__row cond__row--json">
        <code>{JSON.stringify(part)}</code>
        {bin}
      </div>
    );
  const put = (next: Part) => onChange(negated ? { not: next } : next);
  const calendars = known.calendars.map((one): [string, string] => [one.id, one.name]);
  if (inner.within)
    return (
      <div class="cond__row">
        <span>{t('condition.now')}</span>
        <Choice hidden label={label('operator')} value={negated ? 'not' : 'is'} options={[['is', t('condition.within')], ['not', t('condition.not-within')]]} onChange={(next) => onChange(next === 'not' ? { not: inner } : inner)} />
        <Choice hidden label={label('value')} value={inner.within.calendar} options={calendars} onChange={(calendar) => put({ within: { calendar } })} />
        {bin}
      </div>
    );
  const custom = /^(.*custom\.)(?!<)(.*)$/.exec(inner.field ?? '');
  const fieldName = custom ? `${custom[1]}<name>` : (inner.field ?? '');
  const field = known.fields.find((one) => one.name === fieldName);
  const operators = field?.operators ?? [];
  const op = inner.op ?? operators[0] ?? 'is';
  const choose = (next: string) => {
    if (next === 'within') return onChange({ within: { calendar: known.calendars[0]?.id ?? '' } });
    onChange(term(known.fields.find((one) => one.name === next)!));
  };
  const setOp = (next: string) => {
    const { value: _, ...rest } = inner;
    const before = inner.value;
    put({ ...rest, op: next, ...(without.has(next) ? {} : { value: many.has(next) ? (Array.isArray(before) ? before : before === undefined ? [] : [before]) : Array.isArray(before) ? (before[0] ?? '') : (before ?? start(field, next)) }) });
  };
  return (
    <div class="cond__row">
      <span class="cond__field">
        <Choice hidden label={label('field')} value={fieldName} options={[...known.fields.map((one): [string, string] => [one.name, one.label ?? fieldWords(one.name)]), ...(known.timeless ? [] : [['within', t('condition.now')] as [string, string]])]} onChange={choose} />
        {custom ? <input class="input" aria-label={label('name')} value={custom[2]} onInput={(event) => put({ ...inner, field: `${custom[1]}${event.currentTarget.value}` })} /> : null}
      </span>
      <Choice hidden label={label('operator')} value={op} options={operators.map((one): [string, string] => [one, t(`op.${one}`)])} onChange={setOp} />
      {without.has(op) ? <span /> : <TermValue field={field} known={known} op={op} value={inner.value} label={label('value')} onChange={(value) => put({ ...inner, op, value })} />}
      {bin}
      {field?.hasCalendar ? (
        <span class="cond__calendar">
          <Choice hidden label={label('calendar')} value={inner.calendar ?? ''} options={[['', t('condition.clock')], ['business', t('condition.business')], ...calendars]} onChange={(calendar) => put(calendar ? { ...inner, calendar } : withoutCalendar(inner))} />
        </span>
      ) : null}
      {negated ? <span class="hint">{t('condition.not')}</span> : null}
    </div>
  );
}

const withoutCalendar = ({ calendar: _, ...rest }: Part): Part => rest;

/** A new row about a field: its first operator, and a value that this takes. */
function term(field: Fields[number]): Part {
  const first = field.operators[0]!;
  return { field: field.name.replace('<name>', 'name'), op: first, ...(without.has(first) ? {} : { value: start(field, first) }) };
}

const start = (field: Fields[number] | undefined, op: string): Value => {
  const one: string | number | boolean = field?.type === 'flag' ? true : field?.type === 'number' || field?.type === 'hours' ? 1 : (field?.choices?.[0] as string | undefined) ?? '';
  return many.has(op) ? (one === '' ? [] : [one]) : one;
};

function TermValue({ field, known, op, value, label, onChange }: { field: Fields[number] | undefined; known: Known; op: string; value: Value | undefined; label: string; onChange: (value: Value) => void }) {
  const named: Record<string, [string, string][]> = {
    agent: [['me', t('condition.me')], ...agents.value.map((one): [string, string] => [one.id, one.name])],
    group: groups.value.map((one) => [one.id, one.name]),
    calendar: known.calendars.map((one) => [one.id, one.name]),
    policy: known.policies.map((one) => [one.id, one.name]),
  };
  const choices: [string, string][] | undefined = field?.choices?.length ? field.choices.map((one): [string, string] => [`${one}`, field.choiceLabels?.[`${one}`] ?? choiceWords(field.name, `${one}`)]) : field?.names ? named[field.names] : undefined;
  if (field?.type === 'flag') return <Choice hidden label={label} value={`${value ?? true}`} options={[['true', t('yes')], ['false', t('no')]]} onChange={(next) => onChange(next === 'true')} />;
  if (many.has(op)) {
    const chosen = (Array.isArray(value) ? value : []).map(String);
    if (choices && (field?.choices?.length || choices.length <= 12))
      return (
        <span class="toolbar" role="group" aria-label={label}>
          {choices.map(([id, name]) => (
            <Tick key={id} label={name} on={chosen.includes(id)} onChange={(on) => onChange(on ? [...chosen, id] : chosen.filter((one) => one !== id))} />
          ))}
        </span>
      );
    return <Typed label={label} value={chosen.join(', ')} onChange={(text) => onChange(words(text).map((one) => (field?.type === 'number' ? Number(one) : one)))} />;
  }
  if (choices) return <Choice hidden label={label} value={`${value ?? ''}`} options={choices} onChange={onChange} />;
  const isNumber = field?.type === 'number' || field?.type === 'hours';
  return <input class="input" aria-label={label} inputMode={isNumber ? 'decimal' : undefined} value={`${value ?? ''}`} onInput={(event) => onChange(isNumber && event.currentTarget.value !== '' && Number.isFinite(Number(event.currentTarget.value)) ? Number(event.currentTarget.value) : event.currentTarget.value)} />;
}
