// Puts the files of the chat page into dist/, each with its compressed forms: the Functions host compresses nothing.
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';

const files = {
  'webchat.js': 'node_modules/botframework-webchat/dist/webchat-minimal.js',
  'chat.js': 'src/chat.js',
  'chat.css': 'src/chat.css',
  'embed.js': 'src/embed.js',
};

// What Web Chat is made of asks to be named where it is given on.
const licences = ['node_modules/botframework-webchat/dist/webchat-minimal.js.LICENSE.txt', 'node_modules/botframework-webchat/LICENSE'];

process.chdir(new URL('.', import.meta.url).pathname);
rmSync('dist', { recursive: true, force: true });
mkdirSync('dist');
for (const [name, source] of Object.entries(files)) {
  const bytes = readFileSync(source);
  writeFileSync(`dist/${name}`, bytes);
  writeFileSync(`dist/${name}.gz`, gzipSync(bytes, { level: 9 }));
  writeFileSync(`dist/${name}.br`, brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } }));
}
writeFileSync('dist/webchat.LICENSE.txt', licences.filter(existsSync).map(file => readFileSync(file, 'utf8')).join('\n'));
