// Builds the agent console into dist/: hashed names, each file with its compressed forms, since the Functions host compresses nothing.
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { build } from 'esbuild';
import { parts, problems } from './words.mjs';

/** What may be loaded before the first page is there, compressed. */
const budget = 80 * 1024;

process.chdir(new URL('.', import.meta.url).pathname);
const wrong = problems();
if (wrong.length) {
  console.error(wrong.join('\n'));
  process.exit(1);
}

const isLater = (name) => name.startsWith('admin/') || name === 'supervisor.tsx' || name === 'knowledge.tsx' || name === 'charts.tsx';
const words = {
  name: 'words',
  setup(build) {
    build.onResolve({ filter: /^words:/ }, ({ path }) => ({ path: path.slice('words:'.length), namespace: 'words' }));
    build.onLoad({ filter: /.*/, namespace: 'words' }, ({ path }) => {
      const [language, later] = path.split(':');
      return { contents: JSON.stringify(parts(language, isLater)[later ? 1 : 0]), loader: 'json' };
    });
  },
};

// What was built before stays until all of the new is there.
const out = 'node_modules/.dist';
rmSync(out, { recursive: true, force: true });
mkdirSync(`${out}/assets`, { recursive: true });
const { metafile } = await build({
  entryPoints: { console: 'src/main.tsx', style: 'src/style/console.css' },
  absWorkingDir: process.cwd(),
  bundle: true,
  format: 'esm',
  splitting: true,
  minify: true,
  target: ['chrome115', 'firefox115', 'safari17'],
  jsx: 'automatic',
  jsxImportSource: 'preact',
  outdir: `${out}/assets`,
  entryNames: '[name]-[hash]',
  chunkNames: '[name]-[hash]',
  assetNames: '[name]-[hash]',
  publicPath: '/desk/assets',
  loader: { '.svg': 'file' },
  legalComments: 'none',
  plugins: [words],
  metafile: true,
  logLevel: 'warning',
  write: true,
});

const sizes = new Map();
const compress = (name) => {
  const bytes = readFileSync(`${out}/${name}`);
  const small = brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } });
  writeFileSync(`${out}/${name}.gz`, gzipSync(bytes, { level: 9 }));
  writeFileSync(`${out}/${name}.br`, small);
  sizes.set(name, small.length);
};

const outputs = metafile.outputs;
const names = Object.keys(outputs);
const entry = (source) => names.find((name) => outputs[name].entryPoint === source);
const [script, style] = [entry('src/main.tsx'), entry('src/style/console.css')];
// What the script imports before it runs.
const needed = new Set([script]);
for (const name of needed) for (const one of outputs[name].imports) if (one.kind === 'import-statement') needed.add(one.path);

const icon = readFileSync('src/mark.svg');
const iconName = `mark-${createHash('sha256').update(icon).digest('hex').slice(0, 8)}.svg`;
writeFileSync(`${out}/assets/${iconName}`, icon);
const plain = (name) => name.slice(out.length + 1);
const address = (name) => `/desk/${plain(name)}`;
const sprite = readFileSync('src/icons.svg', 'utf8').replace(/<svg[^>]*>/, '<svg class="sprite" aria-hidden="true" xmlns="http://www.w3.org/2000/svg">').replaceAll('\n', '');
writeFileSync(
  `${out}/index.html`,
  readFileSync('src/index.html', 'utf8')
    .replace('<!-- style -->', `<link rel="stylesheet" href="${address(style)}">`)
    .replace('<!-- icon -->', `<link rel="icon" type="image/svg+xml" href="/desk/assets/${iconName}">`)
    .replace('<!-- script -->', [...needed].filter((name) => name !== script).map((name) => `<link rel="modulepreload" href="${address(name)}">`).join('') + `<script type="module" src="${address(script)}"></script>`)
    .replace('<!-- sprite -->', sprite),
);
writeFileSync(
  `${out}/manifest.webmanifest`,
  JSON.stringify({
    name: 'Helpdesk',
    short_name: 'Helpdesk',
    id: '/desk',
    start_url: '/desk',
    scope: '/desk',
    display: 'standalone',
    background_color: '#f4f6f8',
    theme_color: '#14212f',
    icons: [{ src: `/desk/assets/${iconName}`, sizes: 'any', type: 'image/svg+xml', purpose: 'any' }],
  }),
);
for (const name of ['index.html', 'manifest.webmanifest', `assets/${iconName}`, ...names.map(plain)]) compress(name);

// What the bundle is made of asks to be named where it is given on.
const packages = [...new Set(Object.keys(metafile.inputs).flatMap((name) => /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(name)?.[1] ?? []))].sort();
const licences = packages.map((name) => {
  const file = ['LICENSE', 'LICENSE.md', 'LICENSE.txt', 'license'].map((one) => `node_modules/${name}/${one}`).find(existsSync);
  return `${name}\n\n${file ? readFileSync(file, 'utf8') : JSON.parse(readFileSync(`node_modules/${name}/package.json`, 'utf8')).license}`;
});
writeFileSync(`${out}/licences.txt`, licences.join('\n\n----\n\n'));

const language = names.find((name) => outputs[name].entryPoint === 'words:en');
const first = ['index.html', ...[...needed, style, language].map(plain)];
const total = first.reduce((sum, name) => sum + sizes.get(name), 0);
console.log(`The console's first load is ${(total / 1024).toFixed(1)} KB compressed, of ${budget / 1024} KB.`);
if (process.argv.includes('--sizes')) for (const [name, size] of [...sizes].sort((a, b) => b[1] - a[1])) console.log(`${String(size).padStart(7)} ${name}${first.includes(name) ? ' (first load)' : ''}`);
if (total > budget) {
  console.error(`The first load is over its budget of ${budget} bytes: ${total}.`);
  process.exit(1);
}
rmSync('dist', { recursive: true, force: true });
renameSync(out, 'dist');
