// Checks the types of the console against the description of the API: node check.mjs [openapi.json]. The bundle itself needs no types.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import openapi, { astToString } from 'openapi-typescript';

const given = process.argv[2];
const description = resolve(given ?? new URL('../../functions/Helpdesk.Functions/bin/Release/net10.0/openapi.json', import.meta.url).pathname);
process.chdir(new URL('.', import.meta.url).pathname);
if (!existsSync(description)) throw new Error(`${description} is not there: build the app first, its build describes the API.`);
const folder = '../../artifacts/console';
mkdirSync(folder, { recursive: true });
writeFileSync(`${folder}/api.d.ts`, astToString(await openapi(JSON.parse(readFileSync(description, 'utf8')), { defaultNonNullable: false })));
const checked = spawnSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', '.'], { stdio: 'inherit' });
process.exit(checked.status ?? 1);
