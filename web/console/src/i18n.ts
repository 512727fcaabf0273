import { signal } from '@preact/signals';
import type english from './words/en.json';

export type Key = keyof typeof english;
export type Language = 'en' | 'de' | 'hr' | 'el';

export const languages: Record<Language, string> = { en: 'English', de: 'Deutsch', hr: 'Hrvatski', el: 'Ελληνικά' };
const files: Record<Language, () => Promise<{ default: Record<string, string> }>> = {
  en: () => import('./words/en.json'),
  de: () => import('./words/de.json'),
  hr: () => import('./words/hr.json'),
  el: () => import('./words/el.json'),
};

/** The language of the page, once its words are there. */
export const language = signal<Language>('en');
let words: Record<string, string> = {};

export const isLanguage = (text: unknown): text is Language => typeof text === 'string' && text in files;

/** The first language of the browser that the console speaks. */
export function browserLanguage(): Language {
  for (const wish of navigator.languages) {
    const short = wish.slice(0, 2).toLowerCase();
    const spoken = short === 'bs' || short === 'sr' ? 'hr' : short;
    if (isLanguage(spoken)) return spoken;
  }
  return 'en';
}

export async function speak(next: Language): Promise<void> {
  words = (await files[next]()).default;
  document.documentElement.lang = next;
  language.value = next;
}

/** What the console says for a key, with its placeholders filled in. */
export function t(key: Key, values?: Record<string, string | number>): string {
  const text = language.value && (words[key] ?? key);
  return values ? text.replace(/\{(\w+)\}/g, (all, name: string) => String(values[name] ?? all)) : text;
}
