// node check.mjs manifest FILE… | cards — these are read as a JSON array from standard input. Prints what is wrong, a line each; nothing means that all is well.
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';

const require = createRequire(import.meta.url);
const input = () => JSON.parse(readFileSync(0, 'utf8'));
const wrong = [];

const schemaOf = url => {
  const [, version, name] = url.match(/teams\/(v[^/]+)\/(.+)$/);
  return JSON.parse(readFileSync(new URL(`node_modules/@microsoft/app-manifest/build/json-schemas/teams/${version}/${name}`, import.meta.url), 'utf8'));
};

const [what, ...files] = process.argv.slice(2);
if (what === 'manifest') {
  const Ajv = require('ajv-draft-04');
  for (const file of files) {
    const manifest = JSON.parse(readFileSync(file, 'utf8'));
    const ajv = new Ajv({ allErrors: true, strict: false, unicodeRegExp: false });
    require('ajv-formats')(ajv);
    const check = ajv.compile(schemaOf(manifest.$schema));
    if (!check(manifest)) check.errors.forEach(error => wrong.push(`${file}: ${error.instancePath} ${error.message}`));
  }
} else if (what === 'cards') {
  const { AdaptiveCard, SerializationContext, Versions, Version } = require('adaptivecards/dist/adaptivecards.js');
  input().forEach((card, index) => {
    const context = new SerializationContext(Versions.v1_5);
    const parsed = new AdaptiveCard();
    parsed.parse(card, context);
    for (let i = 0; i < context.eventCount; i++) wrong.push(`card ${index}: ${context.getEventAt(i).message}`);
    parsed.validateProperties().validationEvents.forEach(event => wrong.push(`card ${index}: ${event.message}`));
    if (Version.parse(card.version, context).compareTo(Versions.v1_4) > 0) wrong.push(`card ${index}: version ${card.version} is more than Teams shows everywhere`);
    // What was written must be what was read: an element that nobody knows would be left out.
    const count = node => (node && typeof node === 'object' ? (Array.isArray(node) ? 0 : typeof node.type === 'string' && /^[A-Z]/.test(node.type) ? 1 : 0) + Object.entries(node).filter(([name]) => !['fallback', 'refresh', 'data'].includes(name)).reduce((sum, [, value]) => sum + count(value), 0) : 0);
    const read = parsed.toJSON(new SerializationContext(Versions.v1_5));
    if (count(read) !== count(card)) wrong.push(`card ${index}: of ${count(card)} elements ${count(read)} were read`);
  });
} else {
  wrong.push('Say what to check: manifest or cards.');
}

wrong.forEach(line => console.log(line));
process.exitCode = wrong.length ? 1 : 0;
