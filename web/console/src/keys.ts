import { useLayoutEffect, useRef } from 'preact/hooks';
import { tinykeys } from 'tinykeys';
import { singleKeys } from './state';

export type Keys = Record<string, (event: KeyboardEvent) => unknown>;

const typing = (target: EventTarget | null) =>
  target instanceof HTMLElement && (target.isContentEditable || /^(TEXTAREA|SELECT)$/.test(target.tagName) || (target instanceof HTMLInputElement && !/^(checkbox|radio|button)$/.test(target.type)));

/** Shortcuts while a page or part is there. Single keys do nothing while somebody types, in a dialog or menu, or when they are switched off. */
export function useKeys(keys: Keys): void {
  const latest = useRef(keys);
  latest.current = keys;
  const names = Object.keys(keys).join(' ');
  // Before the next key is read.
  useLayoutEffect(() => {
    const bound: Keys = {};
    for (const name of Object.keys(latest.current)) {
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
    return tinykeys(window, bound as Record<string, (event: KeyboardEvent) => void>);
  }, [names]);
}
