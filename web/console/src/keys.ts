import { useLayoutEffect, useRef } from 'preact/hooks';
import { tinykeys } from 'tinykeys';
import type { Key } from './i18n';
import { singleKeys } from './state';

interface Line {
  /** What can be pressed, as tinykeys writes it. */
  keys: readonly string[];
  words: Key;
}

/** Every shortcut. The help shows all of them, and the types let no page have another one. */
export const shortcuts = [
  { keys: ['j', 'k'], words: 'help.move' },
  { keys: ['Enter', 'o'], words: 'help.open' },
  { keys: ['x'], words: 'help.select' },
  { keys: ['r'], words: 'help.reply' },
  { keys: ['n'], words: 'help.note' },
  { keys: ['a'], words: 'help.assign' },
  { keys: ['s'], words: 'help.status' },
  { keys: ['p'], words: 'help.priority' },
  { keys: ['m'], words: 'help.macro' },
  { keys: ['c'], words: 'ticket.new' },
  { keys: ['/'], words: 'help.search' },
  { keys: ['g i'], words: 'help.inbox' },
  { keys: ['g k'], words: 'help.knowledge' },
  { keys: ['g s'], words: 'help.supervisor' },
  { keys: ['g a'], words: 'help.admin' },
  { keys: ['u'], words: 'help.back' },
  { keys: ['$mod+k'], words: 'help.palette' },
  { keys: ['$mod+Enter'], words: 'help.send' },
  { keys: ['Escape'], words: 'help.escape' },
  { keys: ['?'], words: 'help.title' },
] as const satisfies readonly Line[];

type Shortcut = (typeof shortcuts)[number]['keys'][number];
export type Keys = Partial<Record<Shortcut, (event: KeyboardEvent) => unknown>>;

const caps: Record<string, string> = { $mod: 'Ctrl', Escape: 'Esc' };
/** What stands on the keys of a shortcut. */
export const capsOf = (shortcut: string): string[] => shortcut.split(/[ +]/).map((key, at) => caps[key] ?? (at && shortcut.includes('+') && key.length === 1 ? key.toUpperCase() : key));

const typing = (target: EventTarget | null) =>
  target instanceof HTMLElement && (target.isContentEditable || /^(TEXTAREA|SELECT)$/.test(target.tagName) || (target instanceof HTMLInputElement && !/^(checkbox|radio|button)$/.test(target.type)));

/** Shortcuts while a page or part is there. Single keys do nothing while somebody types, in a dialog or menu, or when they are switched off. */
export function useKeys(keys: Keys): void {
  const latest = useRef(keys);
  latest.current = keys;
  const names = Object.keys(keys).join(' ');
  // Before the next key is read.
  useLayoutEffect(() => {
    const bound: Record<string, (event: KeyboardEvent) => void> = {};
    for (const name of Object.keys(latest.current) as Shortcut[]) {
      const withControl = name.includes('$mod');
      bound[name] = (event) => {
        if (!withControl) {
          if (name !== 'Escape' && !singleKeys.value) return;
          if (typing(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
          if (document.querySelector('dialog[open], [role=menu]')) return;
        }
        event.preventDefault();
        latest.current[name]?.(event);
      };
    }
    return tinykeys(window, bound);
  }, [names]);
}
