import { useRef, useState } from 'preact/hooks';
import { api, ok, type Priority, type Schema, type Status, type TicketSummary } from './api';
import { t } from './i18n';
import { useKeys } from './keys';
import { listed, loadCounts, refreshList } from './lists';
import { agents, groups, macros, me, say } from './state';
import { attempt, Choice, Dialog, Field, Icon, Menu, type MenuItem } from './ui';
import { priorities } from './new-ticket';

type Request = Omit<Schema<'BulkTicketsRequest'>, 'tickets' | 'view' | 'limit'>;
const pause = (milliseconds: number) => new Promise((done) => setTimeout(done, milliseconds));

const refresh = () =>
  attempt(async () => {
    await refreshList();
    await loadCounts();
  });

/** Changes the selected tickets and tells what became of them; it can be taken back. False where nothing came of it. */
export const changeMany = (request: Request) => changeEach([{ ...request, tickets: [...listed.selected.value] }]);

/** The same where not every ticket is changed alike. */
async function changeEach(requests: (Request & { tickets: string[] })[], words?: (changed: number) => string): Promise<boolean> {
  const bulks = new Map<string, Schema<'Bulk'>>();
  const tell = () => {
    const all = [...bulks.values()];
    const sum = (what: 'done' | 'unchanged' | 'refused') => all.reduce((before, one) => before + one.progress[what], 0);
    const [done, unchanged, refused] = [sum('done'), sum('unchanged'), sum('refused')];
    const why = all.flatMap((one) => one.items ?? []).find((one) => one.outcome === 'refused')?.detail;
    say({
      text: (words && !refused ? words(done + unchanged) : t('bulk.done', { done, unchanged, refused })) + (why ? ` ${why}` : ''),
      bad: refused > 0,
      ...(done ? { act: { words: t('undo'), run: () => undo([...bulks.keys()]) } } : {}),
    });
    return done > 0 || !refused;
  };
  let worked = true;
  const asked = await attempt(async () => {
    try {
      for (const request of requests) {
        let bulk = await ok(api.POST('/api/tickets/bulk', { body: request }));
        bulks.set(bulk.id, bulk);
        for (let tries = 0; (bulk.state === 'working' || bulk.state === 'collecting') && tries < 120; tries++) {
          await pause(1000);
          bulk = await ok(api.GET('/api/bulk/{id}', { params: { path: { id: bulk.id } } }));
          bulks.set(bulk.id, bulk);
        }
      }
    } finally {
      // What was done before something failed can be taken back as well.
      if (bulks.size || !requests.length) worked = tell();
    }
  });
  if (!asked || !worked) return false;
  listed.selected.value = new Set();
  void refresh();
  return true;
}

const undo = (ids: string[]) =>
  attempt(async () => {
    let count = 0;
    for (const id of ids) count += (await ok(api.POST('/api/bulk/{id}/undo', { params: { path: { id } } }))).undo?.progress.done ?? 0;
    say({ text: t('undone', { count }) });
    await refresh();
  });

export const assignItems = (assign: (to: { assignee?: string; group?: string }) => unknown): MenuItem[] => [
  ...(me.value?.agent ? [{ words: t('assign.me'), icon: 'user', run: () => assign({ assignee: 'me' }) }] : []),
  { words: t('assign.none'), icon: 'x', run: () => assign({ assignee: 'none' }) },
  ...agents.value.filter((one) => one.active && one.id !== me.value?.agent).map((one, index) => ({ words: one.name, icon: 'user', line: index === 0, run: () => assign({ assignee: one.id }) })),
  ...groups.value.map((one, index) => ({ words: one.name, icon: 'users', line: index === 0, run: () => assign({ group: one.id }) })),
];

export function BulkBar() {
  const [dialog, setDialog] = useState<'resolve' | 'tags' | 'merge' | null>(null);
  const chosen = listed.selected.value;
  const open = (id: string) => document.getElementById(id)?.click();
  useKeys(
    chosen.size
      ? {
          a: () => open('bulk-assign'),
          s: () => open('bulk-status'),
          p: () => open('bulk-priority'),
          m: () => open('bulk-macro'),
        }
      : {},
  );
  if (!chosen.size) return null;
  const status = (to: Status) => () => changeMany({ patch: { status: to } });
  return (
    <div class="bulk" role="toolbar" aria-label={t('bulk.label', { count: chosen.size })}>
      <span class="bulk__n">{t('bulk.chosen', { count: chosen.size })}</span>
      <Menu up id="bulk-assign" label={t('assign')} buttonClass="btn btn--sm" items={() => assignItems((assign) => changeMany({ assign }))}>
        <Icon name="user" small />
        <span>{t('assign')}</span>
      </Menu>
      <Menu
        up
        id="bulk-status"
        label={t('status')}
        buttonClass="btn btn--sm"
        items={[
          { words: t('status.open'), icon: 's-open', run: status('open') },
          { words: t('status.pending'), icon: 's-pending', run: status('pending') },
          { words: t('status.on-hold'), icon: 's-hold', run: status('on-hold') },
          { words: t('resolve'), icon: 's-resolved', run: () => setDialog('resolve') },
        ]}
      >
        <Icon name="s-open" small />
        <span>{t('status')}</span>
      </Menu>
      <Menu up id="bulk-priority" label={t('priority')} buttonClass="btn btn--sm bulk__more" items={priorities.map((one) => ({ words: t(`priority.${one}`), icon: `p-${one}`, run: () => changeMany({ patch: { priority: one as Priority } }) }))}>
        <Icon name="p-high" small />
        <span>{t('priority')}</span>
      </Menu>
      <Menu up id="bulk-macro" label={t('macros')} buttonClass="btn btn--sm bulk__more" items={() => macros.value.filter((one) => one.active).map((one) => ({ words: one.name, icon: 'bolt', run: () => changeMany({ macro: one.id }) }))}>
        <Icon name="bolt" small />
        <span>{t('macros')}</span>
      </Menu>
      <button class="btn btn--sm bulk__more" type="button" onClick={() => setDialog('tags')}>
        <Icon name="tag" small />
        <span>{t('tags.add')}</span>
      </button>
      {chosen.size > 1 ? (
        <button class="btn btn--sm" type="button" onClick={() => setDialog('merge')}>
          <Icon name="merge" small />
          <span>{t('merge')}</span>
        </button>
      ) : null}
      <button class="btn btn--quiet btn--sm push bulk__clear" type="button" onClick={() => (listed.selected.value = new Set())}>
        <Icon name="x" small />
        <span>{t('clear')}</span>
        <kbd class="kbd" aria-hidden="true">
          Esc
        </kbd>
      </button>
      {dialog === 'resolve' ? <ResolveMany close={() => setDialog(null)} /> : null}
      {dialog === 'tags' ? <TagMany close={() => setDialog(null)} /> : null}
      {dialog === 'merge' ? <MergeMany close={() => setDialog(null)} /> : null}
    </div>
  );
}

const Foot = ({ close, words }: { close: () => void; words: string }) => (
  <>
    <button class="btn" type="button" onClick={close}>
      {t('cancel')}
    </button>
    <button class="btn btn--primary" type="submit">
      {words}
    </button>
  </>
);

function ResolveMany({ close }: { close: () => void }) {
  const [words, setWords] = useState('');
  const [wrong, setWrong] = useState(false);
  const submit = async () => {
    if (!words.trim()) return setWrong(true);
    if (await changeMany({ resolution: words.trim() })) close();
  };
  return (
    <Dialog title={t('bulk.resolve', { count: listed.selected.value.size })} close={close} onSubmit={submit} foot={<Foot close={close} words={t('resolve')} />}>
      <Field label={t('resolution')} hint={t('resolution.hint')} wrong={wrong ? t('missing') : undefined}>
        {(id) => <textarea {...id} class="textarea" rows={4} value={words} onInput={(event) => setWords(event.currentTarget.value)} />}
      </Field>
    </Dialog>
  );
}

function TagMany({ close }: { close: () => void }) {
  const [tag, setTag] = useState('');
  const tickets = listed.items.value.filter((one) => listed.selected.value.has(one.id));
  // The tags of a ticket are replaced as a whole: tickets with the same tags are changed together.
  const submit = async () => {
    const fresh = tag.trim().toLowerCase();
    if (!fresh) return;
    const alike = new Map<string, TicketSummary[]>();
    for (const one of tickets.filter((ticket) => !ticket.tags.includes(fresh))) alike.set(one.tags.join(), [...(alike.get(one.tags.join()) ?? []), one]);
    const requests = [...alike.values()].map((some) => ({ tickets: some.map((one) => one.id), patch: { tags: [...some[0]!.tags, fresh] } }));
    const before = tickets.filter((one) => one.tags.includes(fresh)).length;
    if (await changeEach(requests, (changed) => t('bulk.tagged', { count: before + changed, tag: fresh }))) close();
  };
  return (
    <Dialog title={t('tags.add')} close={close} onSubmit={submit} foot={<Foot close={close} words={t('tags.add')} />}>
      <Field label={t('tag')}>{(id) => <input {...id} class="input" value={tag} onInput={(event) => setTag(event.currentTarget.value)} />}</Field>
    </Dialog>
  );
}

function MergeMany({ close }: { close: () => void }) {
  const tickets = listed.items.value.filter((one) => listed.selected.value.has(one.id));
  const oldest = [...tickets].sort((a, b) => a.number - b.number)[0]!;
  const [into, setInto] = useState(`${oldest.number}`);
  const requesters = new Set(tickets.map((one) => one.requester.email)).size;
  const merged = useRef(new Set<string>());
  const undoMerges = () =>
    attempt(async () => {
      for (const id of merged.current) await ok(api.POST('/api/tickets/{id}/unmerge', { params: { path: { id } } }));
      say({ text: t('undone', { count: merged.current.size }) });
      await refresh();
    });
  const submit = async () => {
    const worked = await attempt(async () => {
      // What was merged before something failed is not merged again.
      for (const ticket of tickets.filter((one) => `${one.number}` !== into && !merged.current.has(one.id))) {
        await ok(api.POST('/api/tickets/{id}/merge', { params: { path: { id: ticket.id } }, body: { into, confirm: true } }));
        merged.current.add(ticket.id);
      }
    });
    if (merged.current.size) say({ text: t('merged', { number: into }), act: { words: t('undo'), run: undoMerges } });
    if (!worked) return;
    close();
    listed.selected.value = new Set();
    void refresh();
  };
  return (
    <Dialog title={t('merge')} close={close} onSubmit={submit} foot={<Foot close={close} words={t('merge')} />}>
      <Choice label={t('merge.into')} value={into} options={tickets.map((one): [string, string] => [`${one.number}`, `${one.number} ${one.subject}`])} onChange={setInto} />
      <p class="hint">{t('merge.hint')}</p>
      {requesters > 1 ? <p class="banner banner--warn">{t('merge.requesters', { count: requesters })}</p> : null}
    </Dialog>
  );
}
