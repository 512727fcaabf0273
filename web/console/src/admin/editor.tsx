import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { call, Refusal, type Schema } from '../api';
import { t } from '../i18n';
import { me, say } from '../state';
import { attempt, Choice, Dialog, Failed, Icon, Loading, useLoaded, useTitle, wordsOf } from '../ui';
import { settingField, userName } from './names';
import { Copied, Panel, Text } from './parts';

type Plain = Record<string, unknown>;
/** What somebody has changed and not saved, and what it was before. */
interface Draft {
  value: unknown;
  base: unknown;
}

// What somebody leaves without saving is still there when they come back to it.
const drafts = new Map<string, Draft>();
addEventListener('beforeunload', (event) => {
  if (drafts.size) event.preventDefault();
});

const keyOf = (place: string) => `${me.value?.agent} ${place}`;
const put = (key: string, draft: Draft | null) => {
  if (draft) drafts.set(key, draft);
  else drafts.delete(key);
};
/** Keeps what somebody has changed elsewhere. */
export const keepDraft = (place: string, draft: Draft) => put(keyOf(place), draft);

/** What somebody has changed on this page, how to keep something else, and what it is after a wait. */
export function useDraft(place: string, name: () => string) {
  const key = keyOf(place);
  const [, setTurn] = useState(0);
  const { route } = useLocation();
  const latest = useRef(name);
  latest.current = name;
  useEffect(() => {
    const at = location.pathname + location.search;
    return () => {
      if (drafts.has(key)) say({ text: t('draft.left', { name: latest.current() }), act: { words: t('draft.back'), run: () => route(at) } });
    };
  }, [key]);
  const set = (draft: Draft | null) => {
    put(key, draft);
    setTurn((turn) => turn + 1);
  };
  const now = () => drafts.get(key) ?? null;
  return [now(), set, now] as const;
}

const same = (one: unknown, other: unknown): boolean => {
  if (Object.is(one ?? null, other ?? null)) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || !one || !other || Array.isArray(one) !== Array.isArray(other)) return false;
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...names].every((name) => same((one as Plain)[name], (other as Plain)[name]));
};

/** What is different, and what of it somebody else has made different in another way. */
export function compare(before: Plain, mine: Plain, theirs: Plain) {
  const changed = [...new Set([...Object.keys(before), ...Object.keys(mine)])].filter((field) => !same(before[field], mine[field]));
  return { changed, fields: changed.filter((field) => !same(before[field], theirs[field]) && !same(mine[field], theirs[field])) };
}

/** What the desk has, with what was typed on while something was on its way; null where nothing was. */
export function typedOn<T extends object>(sent: T, draft: Draft | null, answer: T): Draft | null {
  if (!draft) return null;
  const value = draft.value as Plain;
  const typed = Object.keys(value).filter((field) => !same((sent as Plain)[field], value[field]));
  return typed.length ? { value: { ...answer, ...Object.fromEntries(typed.map((field) => [field, value[field]])) }, base: answer } : null;
}

/** Two people changed the same field. */
export interface Clash {
  theirs: Plain;
  mine: Plain;
  fields: string[];
}

export interface EditorOf<T extends object> {
  /** Where the list is. */
  section: string;
  /** Where the API has the settings; the setting itself where there is only one. */
  path: string;
  /** Undefined for a setting of which there is only one. */
  id: string | undefined;
  empty: T;
  title: (value: T) => string;
  body: (value: T, fresh: boolean) => unknown;
  children: (value: T, set: (part: Partial<T>) => void, wrong: (field: string) => string | undefined, fresh: boolean) => ComponentChildren;
  aside?: ((value: T, fresh: boolean, set: (part: Partial<T>) => void) => ComponentChildren) | undefined;
  canRemove?: boolean | ((value: T) => boolean);
  /** What the button that removes it says, where that is not "Remove". */
  removeWords?: string;
  successors?: (() => Promise<{ id: string; name: string }[]>) | undefined;
  saved?: (() => unknown) | undefined;
  /** Where the setting is read, where that is not its own address. */
  load?: (() => Promise<T>) | undefined;
  /** By what it is changed: PATCH takes what has changed, PUT all of it. */
  method?: 'PATCH' | 'PUT';
  /** What the answer to a new one says that is never said again, with its words. */
  once?: ((answer: never) => [string, string | null | undefined][]) | undefined;
  /** What a field is called. */
  names?: Record<string, string>;
  hint?: string;
}

/** A setting that is changed or made: loads it, keeps what somebody types, saves what has changed, and says at each field what is wrong. */
export function Editor<T extends object>(of: EditorOf<T>) {
  const { section, path, id, empty, title, body, children, aside, canRemove = true, saved, method = 'PATCH' } = of;
  const single = id === undefined;
  const fresh = id === 'new';
  const place = single || fresh ? path : `${path}/${encodeURIComponent(id)}`;
  const load = () => (fresh ? Promise.resolve(empty) : of.load ? of.load() : call<T>('GET', place));
  const loaded = useLoaded(load, [path, id]);
  const name = (value: T | undefined) => (value && title(value)) || t('new');
  const [draft, setDraft, latest] = useDraft(`${path}/${id ?? ''}`, () => name(value));
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const [removing, setRemoving] = useState(false);
  const [busy, setBusy] = useState(false);
  const [clash, setClash] = useState<(Clash & { of: T; found: T }) | null>(null);
  const [shown, setShown] = useState<{ said: [string, string][]; then: string } | null>(null);
  /** The id of something new whose name is taken; null as long as it is made of the name. */
  const [ownId, setOwnId] = useState<string | null>(null);
  const { route } = useLocation();
  const value = (draft?.value as T | undefined) ?? loaded.value;
  useTitle(name(value));
  if (loaded.error)
    return (
      <main class="page" id="main">
        <h1 class="vh">{t('nav.admin')}</h1>
        <Failed error={loaded.error} again={loaded.again} />
      </main>
    );
  if (!value || !loaded.value)
    return (
      <main class="page" id="main">
        <Loading />
      </main>
    );
  const base = (draft?.base as T | undefined) ?? loaded.value;
  // What was typed on since it was sent is kept, as a change of what the desk has now.
  const settle = (sent: T, answer: T) => {
    loaded.set(answer);
    setDraft(typedOn(sent, latest(), answer));
    setClash(null);
  };
  const send = async (part: unknown, sent: T) => {
    const next = await call<{ id: string; warnings?: string[] } | undefined>(fresh ? 'POST' : method, place, part);
    await saved?.();
    const warnings = next?.warnings?.join(' ');
    say({ text: warnings ? `${t('saved')} ${warnings}` : t('saved'), bad: Boolean(warnings) });
    // What was just saved is shown at once, without being read again.
    if (!fresh) return settle(sent, (next ?? sent) as T);
    const once = (of.once?.(next as never) ?? []).filter((one): one is [string, string] => Boolean(one[1]));
    const more = next?.id ? typedOn(sent, latest(), next as unknown as T) : null;
    const then = more ? `${section}/${encodeURIComponent(next!.id)}` : section;
    if (more) keepDraft(`${path}/${next!.id}`, more);
    setDraft(null);
    if (once.length) setShown({ said: once, then });
    else route(then);
  };
  const trying = async (run: () => Promise<void>) => {
    setBusy(true);
    setRefusal(null);
    try {
      await run();
    } catch (error) {
      setClash(null);
      if (error instanceof Refusal) {
        setRefusal(error);
        if (fresh && isTaken(error)) setOwnId((now) => now ?? '');
      } else say({ text: wordsOf(error), bad: true });
    }
    setBusy(false);
  };
  const save = () =>
    trying(async () => {
      if (fresh || method === 'PUT' && !draft) return send(ownId ? { ...(body(value, fresh) as Plain), id: ownId } : body(value, fresh), value);
      const found = await load();
      const [before, mine, theirs] = [body(base, false) as Plain, body(value, false) as Plain, body(found, false) as Plain];
      const { changed, fields } = compare(before, mine, theirs);
      if (fields.length) return setClash({ mine, theirs, fields, of: value, found });
      if (!changed.length) return settle(value, found);
      await send(method === 'PUT' ? { ...theirs, ...only(mine, changed) } : only(mine, changed), value);
    });
  const decide = (taken: Set<string>) =>
    trying(async () => {
      const { mine, theirs, fields, of: sent, found } = clash!;
      const before = body(base, false) as Plain;
      const changed = Object.keys(mine).filter((field) => !same(before[field], mine[field]) && !(fields.includes(field) && taken.has(field)));
      if (!changed.length) return settle(sent, found);
      await send(method === 'PUT' ? { ...theirs, ...only(mine, changed) } : only(mine, changed), sent);
    });
  const change = (part: Partial<T>) => setDraft({ value: { ...value, ...part }, base });
  const removable = !single && !fresh && (typeof canRemove === 'function' ? canRemove(value) : canRemove);
  return (
    <main class="page" id="main">
      <div>
        {single ? null : (
          <p class="crumbs">
            <a href={section}>{t('back')}</a>
          </p>
        )}
        <div class="page__head">
          <h1>{name(value)}</h1>
          {draft ? <span class="muted hint">{t('unsaved')}</span> : null}
          <div class="toolbar">
            {removable ? (
              <button class="btn btn--danger" type="button" onClick={() => setRemoving(true)}>
                {of.removeWords ?? t('remove')}
              </button>
            ) : null}
            {draft ? (
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
      {of.hint ? <p class="muted">{of.hint}</p> : null}
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
        <div class="stack">
          {!fresh || ownId === null || of.names?.id ? null : (
            <Panel title={t('id')}>
              <OwnId value={ownId} onChange={setOwnId} wrong={refusal?.of('id')} />
            </Panel>
          )}
          {children(value, change, (field) => refusal?.of(field), fresh)}
        </div>
        {aside ? <div class="stack">{aside(value, fresh, change)}</div> : null}
      </form>
      {removing ? (
        <Remove
          name={name(value)}
          path={place}
          successors={of.successors}
          close={() => setRemoving(false)}
          done={async () => {
            setDraft(null);
            await saved?.();
            if (method === 'PUT') loaded.again();
            else route(section);
          }}
          own={id!}
        />
      ) : null}
      {clash ? <Decide clash={clash} names={of.names ?? {}} close={() => setClash(null)} done={decide} /> : null}
      {shown ? <Once said={shown.said} close={() => route(shown.then)} /> : null}
    </main>
  );
}

const only = (value: Plain, fields: string[]) => Object.fromEntries(fields.map((field) => [field, value[field] ?? null]));
const written = (value: unknown) => (typeof value === 'string' ? value || '–' : value === null || value === undefined ? '–' : JSON.stringify(value, null, 2));

/** Shows both values of what two admins have changed, and lets one be chosen. Nothing is saved before. */
export function Decide({ clash, names, close, done }: { clash: Clash; names: Record<string, string>; close: () => void; done: (taken: Set<string>) => unknown }) {
  const [taken, setTaken] = useState<ReadonlySet<string>>(new Set());
  return (
    <Dialog
      title={t('clash.title')}
      wide
      close={close}
      onSubmit={() => done(new Set(taken))}
      foot={
        <>
          <button class="btn" type="button" onClick={close}>
            {t('collision.back')}
          </button>
          <button class="btn btn--primary" type="submit">
            {t('save')}
          </button>
        </>
      }
    >
      <p>{t('clash.why')}</p>
      {clash.fields.map((field) => (
        <fieldset key={field} class="clash">
          <legend class="label">{names[field] ?? settingField(field)}</legend>
          {([false, true] as const).map((theirs) => (
            <label key={`${theirs}`} class="check">
              <input
                type="radio"
                name={`clash-${field}`}
                checked={taken.has(field) === theirs}
                onChange={() => setTaken(new Set(theirs ? [...taken, field] : [...taken].filter((one) => one !== field)))}
              />
              <span class="clash__value">
                <b>{t(theirs ? 'clash.theirs' : 'clash.mine')}</b>
                <span class="mono said collision__yours">{written((theirs ? clash.theirs : clash.mine)[field])}</span>
              </span>
            </label>
          ))}
        </fieldset>
      ))}
    </Dialog>
  );
}

/** Whether the desk makes the id of the name, and has one of that id already. */
export const isTaken = (error: unknown) => error instanceof Refusal && error.code === 'already-exists';

/** The id of something new where the one that would be made of its name is taken. */
export const OwnId = ({ value, onChange, wrong }: { value: string; onChange: (id: string) => void; wrong?: string | undefined }) => <Text label={t('id')} hint={t('id.hint')} value={value} onChange={onChange} wrong={wrong} />;

/** What is shown once and never again. */
export const Once = ({ said, close }: { said: [string, string][]; close: () => void }) => (
  <Dialog title={t('once.title')} close={close}>
    <p>{t('key.once')}</p>
    {said.map(([what, text]) => (
      <Copied key={what} label={what} text={text} />
    ))}
  </Dialog>
);

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
              {userName(one.kind)}: {one.count}
              {one.more ? '+' : ''} ({one.ids.slice(0, 5).join(', ')})
            </li>
          ))}
        </ul>
      ) : null}
      {choices.length ? <Choice label={t('successor')} value={successor} options={[['', '–'], ...choices.map((one): [string, string] => [one.id, one.name])]} onChange={setSuccessor} /> : null}
    </Dialog>
  );
}
