// Puts the files of the API reference into dist/, each with its compressed forms: the Functions host compresses nothing.
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';

const bundles = 'node_modules/redoc/bundles';
// Redoc shows a logo beside its name that it would fetch from elsewhere: this page fetches nothing from anywhere.
const logo = 'https://cdn.redoc.ly/redoc/logo-mini.svg';
const nothing = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg'/%3E";

// The colour of patterns is in no theme: the page says it, for light and dark.
const pattern = 'color: #0e7c86';

process.chdir(new URL('.', import.meta.url).pathname);
const redoc = readFileSync(`${bundles}/redoc.standalone.js`, 'utf8');
if (!redoc.includes(logo)) throw new Error(`This Redoc does not fetch ${logo}: see what it fetches instead.`);
if (!redoc.includes(pattern)) throw new Error(`This Redoc has no ${pattern}: see what colour patterns have instead.`);

rmSync('dist', { recursive: true, force: true });
mkdirSync('dist');
const files = {
  'redoc.js': redoc.replaceAll(logo, nothing).replaceAll(pattern, 'color: var(--pattern)').replace(/\n\/\/# sourceMappingURL=.*\s*$/, '\n'),
  'reference.js': readFileSync('src/reference.js'),
  'reference.css': readFileSync('src/reference.css'),
};
for (const [name, content] of Object.entries(files)) {
  const bytes = Buffer.from(content);
  writeFileSync(`dist/${name}`, bytes);
  writeFileSync(`dist/${name}.gz`, gzipSync(bytes, { level: 9 }));
  writeFileSync(`dist/${name}.br`, brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } }));
}

// What the bundle is made of asks to be named where it is given on.
const licences = [`${bundles}/redoc.standalone.js.LICENSE.txt`, 'node_modules/redoc/LICENSE'];
writeFileSync('dist/redoc.LICENSE.txt', licences.filter(existsSync).map((file) => readFileSync(file, 'utf8')).join('\n'));
