// Fills a running helpdesk with a believable desk, through its API as anybody would. Running it again adds nothing.
const base = process.env.HELPDESK_URL ?? 'http://127.0.0.1:7071';
const key = process.env.HELPDESK_ADMIN_KEY;

const desk = JSON.parse(await (await import('node:fs/promises')).readFile(new URL('desk.json', import.meta.url), 'utf8'));

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
  if (!response.ok && response.status !== 409) throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
  return { status: response.status, body: text ? JSON.parse(text) : null };
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

try {
  await untilReady();
  if ((await call('GET', '/tickets?tag=demo&limit=1')).body.items.length > 0) {
    console.log('The demo desk is there already.');
    process.exit(0);
  }
  for (const group of desk.groups) await call('POST', '/groups', group);
  for (const agent of desk.agents) await call('POST', '/agents', agent);
  let count = 0;
  for (const [index, ticket] of desk.tickets.entries()) {
    const { steps = [], ...opened } = ticket;
    const { number } = (await call('POST', '/tickets', { ...opened, tags: [...(opened.tags ?? []), 'demo'] }, `demo-ticket-${index}`)).body;
    for (const [step, { path, ...body }] of steps.entries()) {
      if (path === '') await call('PATCH', `/tickets/${number}`, body);
      else await call('POST', `/tickets/${number}/${path}`, body, `demo-ticket-${index}-${step}`);
    }
    count++;
  }
  console.log(`The demo desk is ready: ${desk.groups.length} groups, ${desk.agents.length} agents, ${count} tickets.`);
} catch (error) {
  console.error(`The demo desk could not be made: ${error.message}`);
  process.exit(1);
}
