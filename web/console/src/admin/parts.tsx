import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { all, api, call, ok, Refusal, type Condition, type Schema } from '../api';
import { t, type Key } from '../i18n';
import { agents, groups, say } from '../state';
import { attempt, Choice, Dialog, Empty, Failed, Field, Icon, Loading, useLoaded, useTitle, wordsOf } from '../ui';

/** All items of a list of settings. */
export const list = <T,>(path: string) => all<T>((cursor) => call('GET', `${path}${path.includes('?') ? '&' : '?'}limit=100${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`));

/** A page of the administration: its heading, and what it shows once it is loaded. */
export function Listed<T>({ title, hint, load, deps = [], add, children }: { title: string; hint?: string; load: () => Promise<T>; deps?: unknown[]; add?: { words: string; href: string }; children: (value: T, again: () => void) => ComponentChildren }) {
  useTitle(title);
  const { value, error, again } = useLoaded(load, deps);
  return (
    <main class="page" id="main">
      <div class="page__head">
        <h1>{title}</h1>
        {add ? (
          <div class="toolbar">
            <a class="btn btn--primary" href={add.href}>
              <Icon name="plus" small />
              {add.words}
            </a>
          </div>
        ) : null}
      </div>
      {hint ? <p class="muted">{hint}</p> : null}
      {error ? <Failed error={error} again={again} /> : value === undefined ? <Loading /> : children(value, again)}
    </main>
  );
}

/** A table that scrolls by itself where the screen is too narrow. */
export function Rows({ label, head, rows, none }: { label: string; head: string[]; rows: { key: string; cells: ComponentChildren[] }[]; none?: string }) {
  if (!rows.length) return <Empty icon="inbox" title={none ?? t('nothing-yet')} />;
  return (
    <div class="panel panel__body scroll-x" tabIndex={0} role="region" aria-label={label}>
      <table class="table">
        <thead>
          <tr>
            {head.map((one, index) => (
              <th key={index} scope="col">
                {one || <span class="vh">{t('actions')}</span>}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.key}>
              {row.cells.map((cell, index) =>
                index ? (
                  <td key={index}>{cell}</td>
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
}

export const On = ({ on }: { on: boolean }) => (
  <span class={`chip ${on ? 'st-resolved' : 'st-closed'}`}>
    <Icon name={on ? 's-resolved' : 's-closed'} />
    {t(on ? 'on' : 'off')}
  </span>
);

/** A setting that is changed or made: loads it, keeps what somebody types, saves it, and says at each field what is wrong. */
export function Editor<T extends object>({
  section,
  path,
  id,
  empty,
  title,
  body,
  children,
  aside,
  canRemove = true,
  successors,
  saved,
}: {
  section: string;
  path: string;
  id: string;
  empty: T;
  title: (value: T) => string;
  body: (value: T, fresh: boolean) => unknown;
  children: (value: T, set: (part: Partial<T>) => void, wrong: (field: string) => string | undefined, fresh: boolean) => ComponentChildren;
  aside?: (value: T, fresh: boolean) => ComponentChildren;
  canRemove?: boolean | ((value: T) => boolean);
  successors?: () => Promise<{ id: string; name: string }[]>;
  saved?: () => unknown;
}) {
  const fresh = id === 'new';
  const loaded = useLoaded(() => (fresh ? Promise.resolve(empty) : call<T>('GET', `${path}/${encodeURIComponent(id)}`)), [path, id]);
  const [draft, setDraft] = useState<T | null>(null);
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const [removing, setRemoving] = useState(false);
  const [busy, setBusy] = useState(false);
  const { route } = useLocation();
  const value = draft ?? loaded.value;
  const name = value ? title(value) : '';
  useTitle(name || t('new'));
  if (loaded.error)
    return (
      <main class="page" id="main">
        <Failed error={loaded.error} again={loaded.again} />
      </main>
    );
  if (!value)
    return (
      <main class="page" id="main">
        <Loading />
      </main>
    );
  const save = async () => {
    setBusy(true);
    setRefusal(null);
    try {
      const next = await call<{ id: string; warnings?: string[] }>(fresh ? 'POST' : 'PATCH', fresh ? path : `${path}/${encodeURIComponent(id)}`, body(value, fresh));
      await saved?.();
      const warnings = next.warnings?.join(' ');
      say({ text: warnings ? `${t('saved')} ${warnings}` : t('saved'), bad: Boolean(warnings) });
      setDraft(null);
      if (fresh) route(section);
      else loaded.again();
    } catch (error) {
      if (error instanceof Refusal) setRefusal(error);
      else say({ text: wordsOf(error), bad: true });
    }
    setBusy(false);
  };
  const removable = !fresh && (typeof canRemove === 'function' ? canRemove(value) : canRemove);
  return (
    <main class="page" id="main">
      <div>
        <p class="crumbs">
          <a href={section}>{t('back')}</a>
        </p>
        <div class="page__head">
          <h1>{name || t('new')}</h1>
          {draft ? <span class="muted hint">{t('unsaved')}</span> : null}
          <div class="toolbar">
            {removable ? (
              <button class="btn btn--danger" type="button" onClick={() => setRemoving(true)}>
                {t('remove')}
              </button>
            ) : null}
            {draft && !fresh ? (
              <button class="btn btn--quiet" type="button" onClick={() => setDraft(null)}>
                {t('discard')}
              </button>
            ) : null}
            <button class="btn btn--primary" type="button" disabled={busy} onClick={save}>
              {t('save')}
            </button>
          </div>
        </div>
      </div>
      {refusal ? (
        <div class="banner banner--bad" role="alert">
          <Icon name="octagon" />
          <div>{refusal.words}</div>
        </div>
      ) : null}
      <form
        class={aside ? 'split' : 'stack'}
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        <div class="stack">{children(value, (part) => setDraft({ ...value, ...part }), (field) => refusal?.of(field), fresh)}</div>
        {aside ? <div class="stack">{aside(value, fresh)}</div> : null}
      </form>
      {removing ? <Remove name={name} path={`${path}/${encodeURIComponent(id)}`} successors={successors} close={() => setRemoving(false)} done={() => Promise.resolve(saved?.()).then(() => route(section))} own={id} /> : null}
    </main>
  );
}

/** Asks before something goes, says what names it, and asks for a successor where something does. */
export function Remove({ name, path, successors, close, done, own }: { name: string; path: string; successors?: (() => Promise<{ id: string; name: string }[]>) | undefined; close: () => void; done: () => unknown; own?: string }) {
  const [uses, setUses] = useState<Schema<'SettingUse'>[]>([]);
  const [wrong, setWrong] = useState('');
  const [choices, setChoices] = useState<{ id: string; name: string }[]>([]);
  const [successor, setSuccessor] = useState('');
  const submit = async () => {
    try {
      await call('DELETE', successor ? `${path}?successor=${encodeURIComponent(successor)}` : path);
      close();
      say({ text: t('removed', { name }) });
      await done();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      setWrong(error.words);
      setUses(error.problem.usedBy ?? []);
      if (error.problem.usedBy && successors) setChoices((await successors()).filter((one) => one.id !== own));
    }
  };
  return (
    <Dialog
      title={t('remove.title', { name })}
      close={close}
      onSubmit={() => attempt(submit)}
      foot={
        <>
          <button class="btn" type="button" onClick={close}>
            {t('cancel')}
          </button>
          <button class="btn btn--danger" type="submit" disabled={choices.length > 0 && !successor}>
            {t('remove')}
          </button>
        </>
      }
    >
      <p>{t('remove.hint')}</p>
      {wrong ? (
        <p class="error" role="alert">
          {wrong}
        </p>
      ) : null}
      {uses.length ? (
        <ul>
          {uses.map((one) => (
            <li key={one.kind}>
              {one.kind}: {one.count}
              {one.more ? '+' : ''} ({one.ids.slice(0, 5).join(', ')})
            </li>
          ))}
        </ul>
      ) : null}
      {choices.length ? <Choice label={t('successor')} value={successor} options={[['', '–'], ...choices.map((one): [string, string] => [one.id, one.name])]} onChange={setSuccessor} /> : null}
    </Dialog>
  );
}

export const Panel = ({ title, hint, children, tools }: { title: string; hint?: string; children: ComponentChildren; tools?: ComponentChildren }) => (
  <section class="panel">
    <header class="panel__head">
      <h2>{title}</h2>
      {hint ? <span class="hint">{hint}</span> : null}
      {tools}
    </header>
    <div class="panel__body stack">{children}</div>
  </section>
);

export const Text = ({ label, value, onChange, wrong, hint, type = 'text', disabled }: { label: string; value: string; onChange: (value: string) => void; wrong?: string | undefined; hint?: string; type?: 'text' | 'email' | 'url'; disabled?: boolean }) => (
  <Field label={label} wrong={wrong} {...(hint ? { hint } : {})}>
    {(id) => <input {...id} class="input" type={type as 'text'} value={value} disabled={disabled} onInput={(event) => onChange(event.currentTarget.value)} />}
  </Field>
);

export const Tick = ({ label, on, onChange, disabled }: { label: string; on: boolean; onChange: (on: boolean) => void; disabled?: boolean }) => (
  <label class="check">
    <input type="checkbox" checked={on} disabled={disabled} onChange={(event) => onChange(event.currentTarget.checked)} />
    {label}
  </label>
);

/** Several of many. */
export const Several = ({ label, all: choices, chosen, onChange }: { label: string; all: [string, string][]; chosen: string[]; onChange: (chosen: string[]) => void }) => (
  <fieldset>
    <legend class="label">{label}</legend>
    <div class="toolbar">
      {choices.map(([id, words]) => (
        <Tick key={id} label={words} on={chosen.includes(id)} onChange={(on) => onChange(on ? [...chosen, id] : chosen.filter((one) => one !== id))} />
      ))}
    </div>
  </fieldset>
);

export const words = (text: string) =>
  text
    .split(',')
    .map((one) => one.trim())
    .filter(Boolean);

// Conditions.
type Fields = Schema<'ConditionField'>[];
type Value = string | number | boolean | (string | number | boolean)[];
type Part = { field?: string; op?: string; value?: Value; calendar?: string; within?: { calendar: string }; all?: Part[]; any?: Part[]; not?: Part };

export const useFields = (scope: 'tickets' | 'events' | 'policies') =>
  useLoaded(async () => {
    const [fields, calendars, policies] = await Promise.all([
      ok(api.GET('/api/conditions/fields', { params: { query: { scope } } })),
      list<Schema<'Calendar'>>('/api/calendars'),
      list<Schema<'Policy'>>('/api/sla/policies'),
    ]);
    return { fields: fields.items, calendars, policies };
  }, [scope]).value;

type Known = NonNullable<ReturnType<typeof useFields>>;

/** A condition as nested rows; what rows cannot say is shown and changed as JSON. */
export function ConditionBuilder({ scope, value, onChange, wrong }: { scope: 'tickets' | 'events' | 'policies'; value: Condition | null | undefined; onChange: (condition: Condition) => void; wrong?: string | undefined }) {
  const known = useFields(scope);
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
        <span class="muted">{t('condition.true')}</span>
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
        <button class="btn btn--sm" type="button" onClick={() => set([...parts, { field: 'status', op: 'is', value: 'open' }])}>
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
    const to = known.fields.find((one) => one.name === next)!;
    const first = to.operators[0]!;
    onChange({ field: next.replace('<name>', 'name'), op: first, ...(without.has(first) ? {} : { value: start(to, first) }) });
  };
  const setOp = (next: string) => {
    const { value: _, ...rest } = inner;
    const before = inner.value;
    put({ ...rest, op: next, ...(without.has(next) ? {} : { value: many.has(next) ? (Array.isArray(before) ? before : before === undefined ? [] : [before]) : Array.isArray(before) ? (before[0] ?? '') : (before ?? start(field, next)) }) });
  };
  return (
    <div class="cond__row">
      <span class="cond__field">
        <Choice hidden label={label('field')} value={fieldName} options={[...known.fields.map((one): [string, string] => [one.name, one.name]), ['within', t('condition.now')]]} onChange={choose} />
        {custom ? <input class="input" aria-label={label('name')} value={custom[2]} onInput={(event) => put({ ...inner, field: `${custom[1]}${event.currentTarget.value}` })} /> : null}
      </span>
      <Choice hidden label={label('operator')} value={op} options={operators.map((one): [string, string] => [one, t(`op.${one}`)])} onChange={setOp} />
      {without.has(op) ? <span /> : <TermValue field={field} known={known} op={op} value={inner.value} label={label('value')} onChange={(value) => put({ ...inner, op, value })} />}
      {bin}
      {negated ? <span class="hint">{t('condition.not')}</span> : null}
    </div>
  );
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
  const choices: [string, string][] | undefined = field?.choices?.length ? field.choices.map((one): [string, string] => [`${one}`, `${one}`]) : field?.names ? named[field.names] : undefined;
  if (field?.type === 'flag') return <Choice hidden label={label} value={`${value ?? true}`} options={[['true', t('yes')], ['false', t('no')]]} onChange={(next) => onChange(next === 'true')} />;
  if (many.has(op)) {
    const chosen = (Array.isArray(value) ? value : []).map(String);
    if (choices && choices.length <= 12)
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

/** A text that is taken over when somebody leaves the field, so that a comma can be typed. */
function Typed({ label, value, onChange }: { label: string; value: string; onChange: (value: string) => void }) {
  const [typed, setTyped] = useState<string | null>(null);
  return (
    <input
      class="input"
      aria-label={label}
      value={typed ?? value}
      onInput={(event) => {
        setTyped(event.currentTarget.value);
        onChange(event.currentTarget.value);
      }}
      onBlur={() => setTyped(null)}
    />
  );
}

// Actions.
type Action = Schema<'TicketAction'>;
const kinds: Action['do'][] = ['set', 'add-tags', 'remove-tags', 'assign', 'comment', 'note', 'notify', 'follow-up', 'start-approval', 'webhook', 'escalate', 'resolve', 'close'];

export function Actions({ value, onChange, wrong }: { value: Action[]; onChange: (actions: Action[]) => void; wrong: (field: string) => string | undefined }) {
  const change = (index: number, next: Action) => onChange(value.map((one, at) => (at === index ? next : one)));
  const move = (index: number, step: number) => {
    const next = [...value];
    const [one] = next.splice(index, 1);
    next.splice(index + step, 0, one!);
    onChange(next);
  };
  return (
    <>
      {wrong('actions') ? (
        <p class="error">
          <Icon name="octagon" small />
          {wrong('actions')}
        </p>
      ) : null}
      <ol class="stack acts">
        {value.map((action, index) => {
          const label = (what: string) => `${t('action')} ${index + 1}${what ? `, ${what}` : ''}`;
          return (
            <li key={index} class="act">
              <button class="btn btn--quiet btn--icon btn--sm" type="button" aria-label={`${t('move-up')}: ${label('')}`} disabled={index === 0} onClick={() => move(index, -1)}>
                <Icon name="up" small />
              </button>
              <Choice hidden label={label('')} value={action.do} options={kinds.map((one): [string, string] => [one, t(`action.${one}`)])} onChange={(next) => change(index, fresh(next as Action['do']))} />
              <ActionFields action={action} label={label} onChange={(next) => change(index, next)} />
              <button class="btn btn--quiet btn--icon" type="button" aria-label={`${t('remove')}: ${label('')}`} onClick={() => onChange(value.filter((_, at) => at !== index))}>
                <Icon name="x" small />
              </button>
            </li>
          );
        })}
      </ol>
      <div class="toolbar">
        <button class="btn btn--sm" type="button" onClick={() => onChange([...value, fresh('set')])}>
          <Icon name="plus" small />
          {t('action')}
        </button>
      </div>
    </>
  );
}

const fresh = (kind: Action['do']): Action =>
  ({
    set: { do: kind, field: 'priority', value: 'high' },
    'add-tags': { do: kind, tags: [] },
    'remove-tags': { do: kind, tags: [] },
    assign: { do: kind, agent: 'none' },
    comment: { do: kind, text: '' },
    note: { do: kind, text: '' },
    notify: { do: kind, to: 'assignee', text: '' },
    'follow-up': { do: kind, in: 'PT48H', unlessAnswered: true, text: '' },
    'start-approval': { do: kind, approvers: [], rule: 'all', in: 'PT48H', text: '' },
    webhook: { do: kind, webhook: '' },
    escalate: { do: kind, text: '' },
    resolve: { do: kind, text: '' },
    close: { do: kind },
  })[kind] as unknown as Action;

function ActionFields({ action, label, onChange }: { action: Action; label: (what: string) => string; onChange: (action: Action) => void }) {
  const set = (part: Record<string, unknown>) => onChange({ ...action, ...part } as Action);
  const text = (rows = 2) => <textarea class="textarea" rows={rows} aria-label={label(t('text'))} value={action.text ?? ''} onInput={(event) => set({ text: event.currentTarget.value || undefined })} />;
  const people: [string, string][] = [['none', t('nobody')], ['me', t('condition.me')], ...agents.value.map((one): [string, string] => [one.id, one.name])];
  const teams: [string, string][] = [['', '–'], ['none', t('nobody')], ...groups.value.map((one): [string, string] => [one.id, one.name])];
  switch (action.do) {
    case 'set': {
      const field = action.field ?? 'priority';
      const known = ['priority', 'status', 'type'].includes(field) ? field : 'custom';
      const current = `${(action.value as unknown) ?? ''}`;
      return (
        <span class="act__fields">
          <Choice
            hidden
            label={label(t('field'))}
            value={known}
            options={[
              ['priority', t('priority')],
              ['status', t('status')],
              ['type', t('type')],
              ['custom', t('custom-field')],
            ]}
            onChange={(next) => set(next === 'priority' ? { field: next, value: 'high' } : next === 'status' ? { field: next, value: 'pending' } : { field: next === 'custom' ? 'custom.name' : next, value: '' })}
          />
          {known === 'custom' ? <input class="input" aria-label={label(t('name'))} value={field.replace(/^custom\./, '')} onInput={(event) => set({ field: `custom.${event.currentTarget.value}` })} /> : null}
          {known === 'priority' ? (
            <Choice hidden label={label(t('value'))} value={current} options={(['low', 'normal', 'high', 'urgent'] as const).map((one) => [one, t(`priority.${one}`)])} onChange={(value) => set({ value })} />
          ) : known === 'status' ? (
            <Choice hidden label={label(t('value'))} value={current} options={(['open', 'pending', 'on-hold'] as const).map((one) => [one, t(`status.${one}`)])} onChange={(value) => set({ value })} />
          ) : (
            <input class="input" aria-label={label(t('value'))} value={current} onInput={(event) => set({ value: event.currentTarget.value || undefined })} />
          )}
        </span>
      );
    }
    case 'add-tags':
    case 'remove-tags':
      return <Typed label={label(t('tags'))} value={(action.tags ?? []).join(', ')} onChange={(typed) => set({ tags: words(typed) })} />;
    case 'assign':
      return (
        <span class="act__fields">
          <Choice hidden label={label(t('group'))} value={action.group ?? ''} options={teams} onChange={(group) => set({ group: group || undefined })} />
          <Choice
            hidden
            label={label(t('agent'))}
            value={action.strategy ?? action.agent ?? ''}
            options={[['', '–'], ...people, ...(['round-robin', 'least-busy', 'skills'] as const).map((one): [string, string] => [one, t(`routing.${one}`)])]}
            onChange={(next) => set(['round-robin', 'least-busy', 'skills'].includes(next) ? { strategy: next, agent: undefined } : { agent: next || undefined, strategy: undefined })}
          />
        </span>
      );
    case 'notify':
      return (
        <span class="act__fields">
          <Choice
            hidden
            label={label(t('notify.to'))}
            value={action.to ?? 'assignee'}
            options={[
              ['assignee', t('assignee')],
              ['group', t('group')],
              ['agent', t('agent')],
            ]}
            onChange={(to) => set({ to, agent: to === 'agent' ? (agents.value[0]?.id ?? '') : undefined, group: undefined })}
          />
          {action.to === 'agent' ? <Choice hidden label={label(t('agent'))} value={action.agent ?? ''} options={agents.value.map((one) => [one.id, one.name])} onChange={(agent) => set({ agent })} /> : null}
          {action.to === 'group' ? <Choice hidden label={label(t('group'))} value={action.group ?? ''} options={[['', '–'], ...groups.value.map((one): [string, string] => [one.id, one.name])]} onChange={(group) => set({ group: group || undefined })} /> : null}
          {text()}
        </span>
      );
    case 'follow-up':
      return (
        <span class="act__fields">
          <Choice
            hidden
            label={label(t('follow-up.when'))}
            value={action.in ?? 'PT48H'}
            options={[4, 24, 48, 72, 168].map((hours): [string, string] => [`PT${hours}H`, hours < 72 ? t('follow-up.hours', { hours }) : t('follow-up.days', { days: hours / 24 })])}
            onChange={(next) => set({ in: next })}
          />
          <Choice hidden label={label(t('follow-up.to'))} value={action.agent ?? ''} options={[['', t('task.whoever')], ...agents.value.map((one): [string, string] => [one.id, one.name])]} onChange={(agent) => set({ agent: agent || undefined })} />
          <Tick label={t('follow-up.unless')} on={action.unlessAnswered ?? false} onChange={(on) => set({ unlessAnswered: on || undefined })} />
          {text()}
        </span>
      );
    case 'start-approval':
      return (
        <span class="act__fields">
          <Typed label={label(t('approval.who'))} value={(action.approvers ?? []).join(', ')} onChange={(typed) => set({ approvers: words(typed) })} />
          <Choice hidden label={label(t('approval.rule'))} value={action.rule ?? 'all'} options={(['all', 'any', 'majority'] as const).map((one) => [one, t(`approval.rule.${one}`)])} onChange={(rule) => set({ rule })} />
          <Choice
            hidden
            label={label(t('approval.length'))}
            value={action.in ?? 'PT48H'}
            options={[4, 24, 48, 72, 168].map((hours): [string, string] => [`PT${hours}H`, hours < 72 ? t('follow-up.hours', { hours }) : t('follow-up.days', { days: hours / 24 })])}
            onChange={(next) => set({ in: next })}
          />
          {text()}
        </span>
      );
    case 'webhook':
      return <input class="input" aria-label={label('Webhook')} value={action.webhook ?? ''} onInput={(event) => set({ webhook: event.currentTarget.value })} />;
    case 'escalate':
      return (
        <span class="act__fields">
          <Choice hidden label={label(t('tier'))} value={`${action.tier ?? ''}`} options={[['', t('tier.up')], ['2', '2'], ['3', '3']]} onChange={(tier) => set({ tier: tier ? Number(tier) : undefined })} />
          {text()}
        </span>
      );
    default:
      return text(3);
  }
}
