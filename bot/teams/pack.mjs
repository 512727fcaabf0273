// Packs the app for Teams: node bot/teams/pack.mjs --domain helpdesk.example.com --bot-id <client id of the bot's identity> [--app-id <guid>] [--out helpdesk-teams.zip]
// The zip is uploaded in the Teams admin center (Manage apps, Upload new app). Run ./run.sh or ./test.sh once before: they install what this needs.
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { zipSync } from '../web/node_modules/fflate/esm/index.mjs';

const here = new URL('.', import.meta.url);
const fail = text => { console.error(text); process.exit(1); };
const { values } = parseArgs({ options: { domain: { type: 'string' }, 'bot-id': { type: 'string' }, 'app-id': { type: 'string' }, out: { type: 'string', default: 'helpdesk-teams.zip' } } });
const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
if (!values.domain || !/^[a-z0-9.-]+$/i.test(values.domain)) fail('--domain is the host name of the helpdesk, such as func-abc.azurewebsites.net: without https:// and without a path.');
if (!guid.test(values['bot-id'] ?? '')) fail('--bot-id is the client id of the bot\'s identity: azd env get-value HELPDESK_BOT_ID says it.');
if (values['app-id'] && !guid.test(values['app-id'])) fail('--app-id is a GUID that names the app in Teams; without one it is the bot\'s id.');

const fill = text => text.replaceAll('{{DOMAIN}}', values.domain).replaceAll('{{BOT_ID}}', values['bot-id']).replaceAll('{{APP_ID}}', values['app-id'] ?? values['bot-id']);
const files = { 'manifest.json': Buffer.from(fill(readFileSync(new URL('manifest.json', here), 'utf8'))) };
for (const { file } of JSON.parse(files['manifest.json']).localizationInfo.additionalLanguages) files[file] = readFileSync(new URL(file, here));
for (const icon of ['color.png', 'outline.png']) files[icon] = readFileSync(new URL(icon, here));
writeFileSync(values.out, zipSync(files, { level: 9, mtime: new Date('2026-01-01T00:00:00Z') }));
console.log(`${values.out}: ${Object.keys(files).join(', ')}`);
