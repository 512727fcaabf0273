// Fills a running helpdesk with six weeks of a believable desk. Running it again adds nothing; after it was interrupted it goes on where it was.
import { readFile } from 'node:fs/promises';
import { BATCH, people, tickets, topics } from './story.mjs';

const base = process.env.HELPDESK_URL ?? 'http://127.0.0.1:7071';
const key = process.env.HELPDESK_ADMIN_KEY;
const count = Number(process.env.DEMO_TICKETS ?? 3000);
const desk = JSON.parse(await readFile(new URL('desk.json', import.meta.url), 'utf8'));

async function call(method, path, body, idempotencyKey) {
  const response = await fetch(`${base}/api${path}`, {
    method,
    headers: {
      authorization: `Bearer ${key}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(idempotencyKey ? { 'idempotency-key': idempotencyKey } : {}),
    },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await response.text();
  // What is there already is what an earlier run has added.
  const isThere = response.status === 409 && JSON.parse(text).code === 'already-exists';
  if (!response.ok && !isThere) throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
  return text ? JSON.parse(text) : null;
}

async function untilReady() {
  const parent = process.ppid;
  for (let tries = 0; tries < 1200; tries++) {
    if (process.ppid !== parent) process.exit(0); // The helpdesk gave up before it was ready, and said why.
    try {
      if ((await fetch(`${base}/api/health`)).ok) return;
    } catch {
      // Not listening yet.
    }
    await new Promise(resolve => setTimeout(resolve, 100));
  }
  throw new Error('the helpdesk did not become ready');
}

/** Calls for each of a list, a few at a time. */
async function each(list, act) {
  const rest = [...list.entries()];
  await Promise.all(Array.from({ length: 6 }, async () => {
    for (let next = rest.shift(); next; next = rest.shift()) await act(next[1], next[0]);
  }));
}

/** What the tickets name, and so comes before them. */
async function settings() {
  for (const calendar of desk.calendars) await call('POST', '/calendars', calendar);
  for (const group of desk.groups) await call('POST', '/groups', group);
  for (const agent of desk.agents) await call('POST', '/agents', agent);
  for (const policy of desk.policies) await call('POST', '/sla/policies', policy);
  for (const automation of desk.automations) await call('POST', '/automations', automation);
  for (const form of desk.forms) await call('POST', '/forms', form);
  for (const macro of desk.macros) await call('POST', '/macros', macro);
  for (const view of desk.views) await call('POST', '/views', view, `demo-view-${view.id}`);
  await call('PATCH', '/automations/closing', desk.closing);
}

/** Who asks, each in an organisation. */
async function contacts() {
  for (const organisation of desk.organisations) await call('POST', '/organisations', organisation);
  await each(people, (person, i) =>
    call('POST', '/contacts', { name: person.name, emails: [person.email], language: person.language, vip: i % 29 === 0 }, `demo-contact-${i}`));
}

/** What the desk knows: an article of each topic in each language, published and read. */
async function articles() {
  for (const { topics: _, ...category } of desk.articleCategories) await call('POST', '/article-categories', category);
  await each(topics, async topic => {
    let first;
    for (const language of ['en', 'de', 'hr', 'el']) {
      const [title, symptom, solution] = topic[language];
      const article = {
        title, language, category: desk.articleCategories.find(one => one.topics.includes(topic.id))?.id ?? null, tags: topic.tags, summary: symptom.slice(0, 280), body: `${symptom}\n\n## ${helps[language]}\n\n${solution}\n`,
        slug: `${topic.id}-${language}`, ...(first ? { translationOf: first } : {}),
      };
      const { article: { id } } = await call('POST', '/articles', article, `demo-article-${topic.id}-${language}`);
      first ??= id;
      if ((await call('GET', `/articles/${id}`)).article.state !== 'published') await call('POST', `/articles/${id}/publish`);
    }
  });
  await call('POST', '/operations/demo/readings');
}

const helps = { en: 'What helps', de: 'Was hilft', hr: 'Što pomaže', el: 'Τι βοηθά' };

/** What monitoring tools report: disturbances that began a while ago, some of which are over. */
async function alerts(asOf) {
  for (const window of desk.maintenanceWindows) await call('POST', '/maintenance-windows', window);
  const addresses = {};
  for (const source of desk.alertSources) addresses[source.id] = (await call('POST', '/alert-sources', source, `demo-alert-source-${source.id}`)).intakeUrl;
  const ago = minutes => new Date(asOf - minutes * 60_000).toISOString();
  const report = (list, status) => ({
    version: '4', status, receiver: 'helpdesk', alerts: list.map(({ name, host, severity, summary, description, began, ended }) => ({
      status, labels: { alertname: name, instance: host, severity }, annotations: { summary, description }, startsAt: ago(began),
      endsAt: status === 'resolved' ? ago(ended) : '0001-01-01T00:00:00Z', fingerprint: `demo-${name}`,
    })),
  });
  await tell(addresses.prometheus, report(desk.alerts, 'firing'));
  // What is over is told once the beginning is on its tickets.
  while ((await call('GET', '/receipts?limit=100')).items.some(one => one.channel === 'alert' && one.state === 'received')) await new Promise(resolve => setTimeout(resolve, 200));
  await tell(addresses.prometheus, report(desk.alerts.filter(one => one.ended !== undefined), 'resolved'));
  await tell(addresses['nightly-backup'], {});
}

/** Posts to an address that is its own proof. */
async function tell(address, body) {
  const response = await fetch(new URL(new URL(address).pathname, base), { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${response.status} to an alert: ${await response.text()}`);
}

/** What is done when the tickets are there: from now on requesters are asked how it was. */
async function afterwards(asOf) {
  await call('PATCH', '/satisfaction-settings', { active: true });
  for (const webhook of desk.webhooks) await call('POST', '/webhooks', webhook);
  for (const schedule of desk.reportSchedules) await call('POST', '/report-schedules', schedule);
  await alerts(asOf);
  await call('POST', '/operations/demo/finish');
}

try {
  await untilReady();
  const begun = Date.now();
  let state = await call('POST', '/operations/demo');
  if (state.finished) {
    console.log('The demo desk is there already.');
    process.exit(0);
  }
  await Promise.all([settings(), contacts()]);
  const all = tickets(count, Date.parse(state.asOf));
  let skipped = 0;
  // Meanwhile: neither names the other.
  const written = articles();
  written.catch(() => undefined); // It is said where it is waited for.
  for (let from = Math.floor(state.tickets / BATCH) * BATCH; from < all.length; from += BATCH) {
    state = await call('POST', '/operations/demo/tickets', { tickets: all.slice(from, from + BATCH) });
    skipped += state.skipped;
    if (state.tickets < all.length) console.log(`The demo desk: ${state.tickets} of ${all.length} tickets …`);
  }
  await written;
  await afterwards(Date.parse(state.asOf));
  if (process.env.DEMO_VERBOSE) console.log(`${skipped} steps had nothing left to do.`);
  console.log(`The demo desk is ready: ${desk.groups.length} groups, ${desk.agents.length} agents, ${state.tickets} tickets, made in ${Math.round((Date.now() - begun) / 1000)} s.`);
} catch (error) {
  console.error(`The demo desk could not be made: ${error.message}`);
  process.exit(1);
}
