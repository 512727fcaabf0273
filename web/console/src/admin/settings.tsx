import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { call } from '../api';
import { t } from '../i18n';
import { Dialog, wordsOf } from '../ui';
import { Editor, Remove, type EditorOf } from './editor';
import { bodyOf, Fields, namesOf, Panels, type FieldOf, type PanelOf } from './fields';
import { list, Listed, Rows } from './parts';

export interface Shown {
  id?: string | undefined;
  admin: boolean;
}

type Columns<T> = [head: string, cell: (one: T) => ComponentChildren][];
type Optional = 'aside' | 'successors' | 'saved' | 'once' | 'load' | 'canRemove' | 'removeWords';

/** A page of settings that are alike: their list, and each of them. The first column leads to it. */
export function Collection<T extends { id: string }>({
  id,
  admin,
  section,
  path,
  title,
  hint,
  fresh,
  columns,
  name,
  empty,
  panels,
  more,
  body,
  ...editor
}: Shown & { section: string; path: string; title: string; hint?: string; fresh: string; columns: Columns<T>; name: (one: T) => string; empty: Partial<T>; panels: PanelOf<T>[]; more?: ComponentChildren; body?: (one: T, fresh: boolean) => unknown } & Pick<EditorOf<T>, Optional>) {
  const root = `/desk/admin/${section}`;
  if (id)
    return (
      <Editor<T> key={id} section={root} path={path} id={id} empty={empty as T} title={name} body={body ?? ((one, isNew) => bodyOf(panels, one, isNew))} names={namesOf(panels)} {...editor}>
        {(value, set, wrong, isNew) => <Panels of={panels} value={value} set={set} wrong={wrong} fresh={isNew} />}
      </Editor>
    );
  return (
    <Listed title={title} {...(hint ? { hint } : {})} load={() => list<T>(path)} {...(admin ? { add: { words: fresh, href: `${root}/new` } } : {})}>
      {(all) => (
        <>
          {more}
          <Rows
            label={title}
            head={columns.map(([head]) => head)}
            rows={all.map((one) => ({ key: one.id, cells: columns.map(([, cell], index) => (index || !admin ? cell(one) : <a href={`${root}/${encodeURIComponent(one.id)}`}>{cell(one)}</a>)) }))}
          />
        </>
      )}
    </Listed>
  );
}

/** A page of a setting of which there is only one. */
export function Single<T extends object>({ section, path, title, hint, panels, ...editor }: { section: string; path: string; title: string; hint?: string; panels: PanelOf<T>[] } & Pick<EditorOf<T>, Optional>) {
  return (
    <Editor<T> key={section} section={`/desk/admin/${section}`} path={path} id={undefined} empty={{} as T} title={() => title} {...(hint ? { hint } : {})} body={(one) => bodyOf(panels, one, false)} names={namesOf(panels)} {...editor}>
      {(value, set, wrong, fresh) => <Panels of={panels} value={value} set={set} wrong={wrong} fresh={fresh} />}
    </Editor>
  );
}

/** A list of which lines are added and removed, and never changed. */
export function Lines<T extends object>({ title, hint, path, fresh, fields, columns, name, idOf, removeWords, canRemove = true }: { title: string; hint?: string; path: string; fresh?: string; fields: FieldOf<T>[]; columns: Columns<T>; name: (one: T) => string; idOf: (one: T) => string; removeWords: string; canRemove?: boolean }) {
  const [going, setGoing] = useState<T | null>(null);
  const [adding, setAdding] = useState<T | null>(null);
  const [wrong, setWrong] = useState('');
  return (
    <Listed title={title} {...(hint ? { hint } : {})} load={() => list<T>(path)} {...(fresh ? { add: { words: fresh, run: () => (setWrong(''), setAdding({} as T)) } } : {})}>
      {(all, again) => (
        <>
          <Rows
            label={title}
            head={[...columns.map(([head]) => head), ...(canRemove ? [''] : [])]}
            rows={all.map((one) => ({
              key: idOf(one),
              cells: [
                ...columns.map(([, cell]) => cell(one)),
                ...(canRemove
                  ? [
                      <button class="btn btn--sm btn--danger" type="button" aria-label={`${removeWords}: ${name(one)}`} onClick={() => setGoing(one)}>
                        {removeWords}
                      </button>,
                    ]
                  : []),
              ],
            }))}
          />
          {adding ? (
            <Dialog
              title={fresh!}
              close={() => setAdding(null)}
              onSubmit={() =>
                call('POST', path, bodyOf([{ title: '', fields }], adding, true)).then(
                  () => {
                    setAdding(null);
                    again();
                  },
                  (error: unknown) => setWrong(wordsOf(error)),
                )
              }
              foot={
                <>
                  <button class="btn" type="button" onClick={() => setAdding(null)}>
                    {t('cancel')}
                  </button>
                  <button class="btn btn--primary" type="submit">
                    {t('add')}
                  </button>
                </>
              }
            >
              {wrong ? (
                <p class="error" role="alert">
                  {wrong}
                </p>
              ) : null}
              <Fields of={fields} value={adding} set={(part) => setAdding({ ...adding, ...part })} wrong={() => undefined} />
            </Dialog>
          ) : null}
          {going ? <Remove name={name(going)} path={`${path}/${encodeURIComponent(idOf(going))}`} close={() => setGoing(null)} done={again} /> : null}
        </>
      )}
    </Listed>
  );
}
