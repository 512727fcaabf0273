// The words of the console: one JSON file per language. Every language has the same keys and placeholders, and every key is used.
import { readFileSync, readdirSync } from 'node:fs';

export const languages = ['en', 'de', 'hr', 'el'];

const placeholders = (text) => [...text.matchAll(/\{(\w+)\}/g)].map((one) => one[1]).sort().join();

const sources = () => readdirSync('src', { recursive: true }).filter((name) => /\.tsx?$/.test(name) && !name.endsWith('.d.ts'));
// 'key' as a text, or t(`prefix.${…}`) for a family of keys.
const textsOf = (code) => new Set([...code.matchAll(/['"]([\w-]+(?:\.[\w-]+)*)['"]/g)].map((one) => one[1]));
const familiesOf = (code) => [...code.matchAll(/\bt\(`([\w-]+(?:\.[\w-]+)*\.)\$\{/g)].map((one) => one[1]);
const uses = (code) => {
  const [texts, families] = [textsOf(code), familiesOf(code)];
  return (key) => texts.has(key) || families.some((family) => key.startsWith(family));
};

/** The words of a language in two parts: what the first page says, and what only pages say that are loaded later. */
export function parts(language, isLater) {
  const words = JSON.parse(readFileSync(`src/words/${language}.json`, 'utf8'));
  const early = uses(sources().filter((name) => !isLater(name)).map((name) => readFileSync(`src/${name}`, 'utf8')).join('\n'));
  const [first, later] = [{}, {}];
  for (const [key, text] of Object.entries(words)) (early(key) ? first : later)[key] = text;
  return [first, later];
}

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
  const code = sources().map((name) => readFileSync(`src/${name}`, 'utf8')).join('\n');
  const used = uses(code);
  const families = familiesOf(code);
  for (const key of Object.keys(english)) if (!used(key)) wrong.push(`en.json: nothing uses ${key}.`);
  for (const [, key] of code.matchAll(/\bt\(\s*'([^']+)'/g)) if (!(key in english)) wrong.push(`${key} is used and is not in en.json.`);
  for (const [, family] of code.matchAll(/\bt\((?!`)[^`()\n]*`([\w-]+(?:\.[\w-]+)*\.)\$\{/g)) wrong.push(`t() has to begin with \`${family}\${…}\`: otherwise the page does not load its words.`);
  for (const family of families) if (!Object.keys(english).some((key) => key.startsWith(family))) wrong.push(`No key begins with ${family}.`);
  return wrong;
}
