import { signal } from '@preact/signals';
import type english from './words/en.json';

export type Key = keyof typeof english;
export type Language = 'en' | 'de' | 'hr' | 'el';

export const languages: Record<Language, string> = { en: 'English', de: 'Deutsch', hr: 'Hrvatski', el: 'Ελληνικά' };
type Words = () => Promise<{ default: Record<string, string> }>;
// The build splits the words of each language: what the first page needs, and what only the pages need that are loaded later.
const files: Record<Language, [first: Words, later: Words]> = {
  en: [() => import('words:en'), () => import('words:en:later')],
  de: [() => import('words:de'), () => import('words:de:later')],
  hr: [() => import('words:hr'), () => import('words:hr:later')],
  el: [() => import('words:el'), () => import('words:el:later')],
};

/** The language of the page, once its words are there. */
export const language = signal<Language>('en');
let words: Record<string, string> = {};
let all = false;

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
  const parts = await Promise.all(files[next].slice(0, all ? 2 : 1).map((load) => load()));
  words = Object.assign({}, ...parts.map((part) => part.default)) as Record<string, string>;
  document.documentElement.lang = next;
  language.value = next;
}

/** A page that is loaded later, with its words. */
export async function withWords<T>(page: Promise<T>): Promise<T> {
  const [loaded, more] = await Promise.all([page, files[language.value][1]()]);
  all = true;
  words = { ...words, ...more.default };
  return loaded;
}

/** What the console says for a key, with its placeholders filled in. */
export function t(key: Key, values?: Record<string, string | number>): string;
/** What it says for a key that there may not be; else the other text. */
export function t(key: string, other: string): string;
export function t(key: string, values?: Record<string, string | number> | string): string {
  const text = language.value && (words[key] ?? (typeof values === 'string' ? values : key));
  return typeof values === 'object' ? text.replace(/\{(\w+)\}/g, (all, name: string) => String(values[name] ?? all)) : text;
}
