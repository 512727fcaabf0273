// The words of the console: one JSON file per language. Every language has the same keys and placeholders, and every key is used.
import { readFileSync, readdirSync } from 'node:fs';

export const languages = ['en', 'de', 'hr', 'el'];

const placeholders = (text) => [...text.matchAll(/\{(\w+)\}/g)].map((one) => one[1]).sort().join();

/** @returns {string[]} What is wrong, in words. */
export function problems() {
  const wrong = [];
  const read = (language) => JSON.parse(readFileSync(`src/words/${language}.json`, 'utf8'));
  const english = read('en');
  for (const language of languages.slice(1)) {
    const words = read(language);
    for (const key of Object.keys(english)) {
      if (!words[key]?.trim()) wrong.push(`${language}.json says nothing for ${key}.`);
      else if (placeholders(words[key]) !== placeholders(english[key]))
        wrong.push(`${language}.json: ${key} has the placeholders {${placeholders(words[key])}}, en.json has {${placeholders(english[key])}}.`);
    }
    for (const key of Object.keys(words)) if (!(key in english)) wrong.push(`${language}.json: ${key} is not in en.json.`);
  }
  const code = readdirSync('src', { recursive: true })
    .filter((name) => /\.tsx?$/.test(name) && !name.endsWith('.d.ts'))
    .map((name) => readFileSync(`src/${name}`, 'utf8'))
    .join('\n');
  // 'key' as a text, or `prefix.${…}` for a family of keys.
  const texts = new Set([...code.matchAll(/['"]([\w-]+(?:\.[\w-]+)*)['"]/g)].map((one) => one[1]));
  const families = [...code.matchAll(/\bt\(`([\w-]+(?:\.[\w-]+)*\.)\$\{/g)].map((one) => one[1]);
  for (const key of Object.keys(english))
    if (!texts.has(key) && !families.some((family) => key.startsWith(family))) wrong.push(`en.json: nothing uses ${key}.`);
  for (const [, key] of code.matchAll(/\bt\(\s*'([^']+)'/g)) if (!(key in english)) wrong.push(`${key} is used and is not in en.json.`);
  for (const family of families) if (!Object.keys(english).some((key) => key.startsWith(family))) wrong.push(`No key begins with ${family}.`);
  return wrong;
}
