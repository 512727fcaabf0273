// The console while it is worked on: node dev.mjs [address of a running desk]. Builds anew when a file changes; everything but /desk comes from that desk.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, watch } from 'node:fs';
import { createServer, request } from 'node:http';
import { extname, join } from 'node:path';

const desk = new URL(process.argv[2] ?? 'http://127.0.0.1:7071');
const port = Number(process.env.PORT ?? 7072);
process.chdir(new URL('.', import.meta.url).pathname);
const types = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.webmanifest': 'application/manifest+json' };
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; frame-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'";
const build = () => spawnSync(process.execPath, ['build.mjs'], { stdio: 'inherit' });
build();
let later;
watch('src', { recursive: true }, () => {
  clearTimeout(later);
  later = setTimeout(build, 200);
});

createServer((asked, answer) => {
  const path = new URL(asked.url, desk).pathname;
  if (path === '/desk' || path.startsWith('/desk/')) {
    const file = join('dist', path.slice('/desk'.length));
    const shown = extname(file) && existsSync(file) && !file.includes('..') ? file : 'dist/index.html';
    answer.writeHead(200, { 'Content-Type': types[extname(shown)] ?? 'application/octet-stream', 'Cache-Control': 'no-store', 'Content-Security-Policy': policy });
    answer.end(readFileSync(shown));
    return;
  }
  // The desk sees its own address, as it would from the console that it serves itself.
  const headers = { ...asked.headers, host: desk.host, ...(asked.headers.origin ? { origin: desk.origin } : {}) };
  const passed = request({ host: desk.hostname, port: desk.port, method: asked.method, path: asked.url, headers }, (response) => {
    answer.writeHead(response.statusCode, response.headers);
    response.pipe(answer);
  });
  passed.on('error', () => answer.destroy());
  asked.pipe(passed);
}).listen(port, '127.0.0.1', () => console.log(`The console is at http://127.0.0.1:${port}/desk, for the desk at ${desk.origin}.`));
