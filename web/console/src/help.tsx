import Combobox from '@github/combobox-nav';
import { useEffect, useId, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { openSections } from './admin/sections';
import { api, ok, Refusal, type TicketSummary } from './api';
import { t } from './i18n';
import { capsOf, shortcuts } from './keys';
import { viewName, views } from './lists';
import { referenceOf } from './reference';
import { say, singleKeys, theme, wish } from './state';
import { Dialog, StatusChip, attempt, wordsOf } from './ui';

export function HelpDialog({ close }: { close: () => void }) {
  const { path } = useLocation();
  return (
    <Dialog title={t('help.title')} close={close}>
      <dl class="shortcuts">
        {shortcuts.map(({ keys, words }) => (
          <div key={words}>
            <dt>
              {keys.flatMap(capsOf).map((key) => (
                <kbd key={key} class="kbd">
                  {key}
                </kbd>
              ))}
            </dt>
            <dd>{t(words)}</dd>
          </div>
        ))}
      </dl>
      <label class="check">
        <input type="checkbox" checked={singleKeys.value} onChange={(event) => {
            singleKeys.value = event.currentTarget.checked;
            void attempt(() => wish({ singleKeys: singleKeys.value }));
          }} />
        {t('help.single')}
      </label>
      <p>
        <a href={referenceOf(path)} target="_blank" rel="noopener">
          {t('help.reference')}
        </a>
      </p>
    </Dialog>
  );
}

interface Command {
  id: string;
  words: string;
  run: () => void;
  ticket?: TicketSummary;
}

/** Everything by its name: pages, views, tickets. */
export function Palette({ close }: { close: () => void }) {
  const { route } = useLocation();
  const [typed, setTyped] = useState('');
  const [answer, setAnswer] = useState<{ words: string; items: TicketSummary[] }>({ words: '', items: [] });
  const input = useRef<HTMLInputElement>(null);
  const list = useRef<HTMLUListElement>(null);
  const id = useId();
  const go = (path: string) => () => {
    close();
    route(path);
  };
  const commands: Command[] = [
    { id: 'inbox', words: t('nav.inbox'), run: go('/desk') },
    ...views.value.map((view) => ({ id: `view-${view.id}`, words: `${t('views')}: ${viewName(view)}`, run: go(`/desk/views/${view.id}`) })),
    { id: 'knowledge', words: t('nav.knowledge'), run: go('/desk/knowledge') },
    { id: 'supervisor', words: t('nav.supervisor'), run: go('/desk/supervisor') },
    ...openSections().map((section) => ({
      id: `admin-${section}`,
      words: `${t('nav.admin')}: ${t(`admin.${section}`)}`,
      run: go(`/desk/admin/${section}`),
    })),
    {
      id: 'theme',
      words: t('palette.theme'),
      run: () => {
        theme.value = theme.value === 'dark' ? 'light' : 'dark';
        close();
      },
    },
  ];
  const words = typed.trim().toLocaleLowerCase();
  // What was found for other words is not meant.
  const found = answer.words === words ? answer.items : [];
  const shown: Command[] = [
    ...found.map((ticket) => ({ id: `ticket-${ticket.number}`, words: `${ticket.number} ${ticket.subject}`, run: go(`/desk/tickets/${ticket.number}`), ticket })),
    ...commands.filter((one) => !words || one.words.toLocaleLowerCase().includes(words)).slice(0, 11 - found.length),
    // Always there, so that Enter leads somewhere before anything is found.
    ...(words ? [{ id: 'search', words: t('search.for', { words: typed.trim() }), run: go(`/desk?q=${encodeURIComponent(typed.trim())}`) }] : []),
  ];
  useEffect(() => {
    if (!words) return;
    let current = true;
    const later = setTimeout(
      () =>
        void (async () => {
          const page = await ok(api.GET('/api/search', { params: { query: { q: typed.trim(), type: ['tickets'], limit: 6 } } }));
          if (current) setAnswer({ words, items: page.items.flatMap((one) => one.ticket ?? []) });
        })().catch((error: unknown) => {
          // What is half typed need not be a question that can be asked.
          if (current && !(error instanceof Refusal)) say({ text: wordsOf(error), bad: true });
        }),
      200,
    );
    return () => {
      current = false;
      clearTimeout(later);
    };
  }, [words]);
  // Before the next key is read: whoever types a name and presses Enter at once means it. Each letter ends what was chosen, also where the list stays the same.
  useLayoutEffect(() => {
    const box = new Combobox(input.current!, list.current!, { tabInsertsSuggestions: false, firstOptionSelectionMode: 'selected' });
    box.start();
    return () => box.destroy();
  }, [typed, shown.map((one) => one.id).join()]);
  return (
    <Dialog title={t('palette.title')} close={close}>
      <label class="vh" for={id}>
        {t('palette.title')}
      </label>
      <input
        id={id}
        ref={input}
        class="input"
        type="text"
        role="combobox"
        aria-expanded="true"
        aria-controls={`${id}-l`}
        autocomplete="off"
        placeholder={t('palette.hint')}
        value={typed}
        onInput={(event) => setTyped(event.currentTarget.value)}
      />
      <ul
        class="combo__list palette"
        role="listbox"
        id={`${id}-l`}
        aria-label={t('palette.title')}
        ref={list}
        onClick={(event) => {
          const option = (event.target as Element).closest<HTMLElement>('[role=option]');
          shown.find((one) => `${id}-${one.id}` === option?.id)?.run();
        }}
      >
        {shown.map((one) => (
          <li key={one.id} id={`${id}-${one.id}`} role="option">
            <span class="truncate grow">{one.words}</span>
            {one.ticket ? <StatusChip status={one.ticket.status} /> : null}
          </li>
        ))}
      </ul>
      {shown.length ? null : <p class="hint">{t('nothing')}</p>}
    </Dialog>
  );
}
