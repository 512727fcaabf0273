// A client whose types are made from the description of the API, against a running helpdesk: HELPDESK_URL and HELPDESK_KEY say which.
import assert from 'node:assert/strict';
import test from 'node:test';
import createClient from 'openapi-fetch';
import type { components, paths } from './generated/helpdesk.js';

type Problem = components['schemas']['Problem'];

const { HELPDESK_URL: baseUrl, HELPDESK_KEY: key } = process.env;
assert.ok(baseUrl && key, 'Set HELPDESK_URL and HELPDESK_KEY.');
const desk = createClient<paths>({ baseUrl, headers: { Authorization: `Bearer ${key}` } });
const unique = Date.now().toString(36);

/** What an operation answered when it was done; otherwise the problem is the failure of the test. */
function done<T>(answer: { data?: T; error?: Problem | undefined; response: Response }): T {
  assert.ok(answer.data !== undefined, `${answer.response.url} answered ${answer.response.status}: ${answer.error?.code} ${answer.error?.detail}`);
  return answer.data;
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 30_000; !(await holds()); ) assert.ok(Date.now() < end, `In 30 seconds it did not come true that ${what}.`);
}

const open = async (subject: string) =>
  done(
    await desk.POST('/api/tickets', {
      body: { subject, description: 'It is on fire.', priority: 'high', requester: { email: `${unique}@example.com` }, customFields: { floor: 3 } },
    }),
  );

test('a ticket is opened, listed by status, patched and resolved', async () => {
  const ticket = await open('Printer');
  assert.equal(ticket.status, 'new');
  assert.equal(ticket.requester.name, null);
  const floor: string | number | boolean | undefined = ticket.customFields['floor'];
  assert.equal(floor, 3);

  await until('the list knows the ticket', async () => {
    const page = done(await desk.GET('/api/tickets', { params: { query: { status: ['new', 'open'], requester: [`${unique}@example.com`], sort: '-createdAt', limit: 10 } } }));
    return page.items.some((one) => one.id === ticket.id && one.status === 'new');
  });

  const patched = done(
    await desk.PATCH('/api/tickets/{id}', {
      params: { path: { id: ticket.id }, header: { 'If-Match': `"${ticket.version}"` } },
      body: { priority: 'urgent', type: 'incident', customFields: { floor: null, building: '7' } },
    }),
  );
  assert.deepEqual([patched.priority, patched.type, patched.customFields], ['urgent', 'incident', { building: '7' }]);

  const stale = await desk.PATCH('/api/tickets/{id}', { params: { path: { id: ticket.id }, header: { 'If-Match': '"1"' } }, body: { priority: 'low' } });
  assert.deepEqual([stale.response.status, stale.error?.code], [412, 'stale-etag']);

  const resolved = done(await desk.POST('/api/tickets/{id}/resolve', { params: { path: { id: ticket.id } }, body: { resolution: 'Extinguished.' } }));
  assert.equal(resolved.status, 'resolved');

  const events = done(await desk.GET('/api/tickets/{id}/events', { params: { path: { id: ticket.id } } }));
  const resolution = events.items.find((event) => event.type === 'status-changed' && event.data.to === 'resolved');
  assert.ok(resolution?.type === 'status-changed');
  assert.equal(resolution.data.resolution, 'Extinguished.');
});

test('a broken rule is a problem whose code is known', async () => {
  const ticket = await open('Closed door');
  done(await desk.POST('/api/tickets/{id}/resolve', { params: { path: { id: ticket.id } }, body: { resolution: 'Opened.' } }));
  const again = await desk.POST('/api/tickets/{id}/resolve', { params: { path: { id: ticket.id } }, body: { resolution: 'Removed.' } });
  assert.equal(again.data, undefined);
  const problem: Problem = again.error!;
  assert.deepEqual([problem.status, problem.code, again.response.status], [409, 'already-resolved', 409]);
});

test('a wrong field is named', async () => {
  // @ts-expect-error: without a requester there is no ticket, and the types know it.
  const wrong = await desk.POST('/api/tickets', { body: { subject: 'Nobody', description: 'Asks.' } });
  assert.deepEqual([wrong.response.status, wrong.error?.errors], [400, { requester: ['requester is required.'] }]);
});

test('a calendar and a policy are added, tried and removed', async () => {
  const hours = ['09:00-12:30', '13:00-17:00'];
  const calendar = done(
    await desk.POST('/api/calendars', {
      body: { name: `Berlin ${unique}`, timeZone: 'Europe/Berlin', hours: { mon: hours, tue: hours, fri: ['09:00-13:00'] }, holidays: ['2026-12-25'], overrides: { '2026-12-24': ['09:00-12:00'] } },
    }),
  );
  assert.deepEqual([calendar.version, calendar.hours.mon, calendar.hours.sun], [1, hours, undefined]);

  const policy = done(
    await desk.POST('/api/sla/policies', {
      body: {
        name: `Urgent ${unique}`,
        position: 10,
        calendar: calendar.id,
        conditions: { tags: [unique] },
        pauseResolutionOn: ['pending'],
        targets: [{ metric: 'first-reply', within: 'PT15M' }, { metric: 'resolution', priority: 'urgent', within: 'PT4H' }],
        steps: [{ metric: 'first-reply', at: 50, do: 'warn' }, { metric: 'resolution', at: 100, do: 'notify', repeatEvery: 'PT30M' }],
      },
    }),
  );
  assert.deepEqual(policy.targets, [{ metric: 'first-reply', priority: null, within: 'PT15M' }, { metric: 'resolution', priority: 'urgent', within: 'PT4H' }]);
  assert.equal(policy.steps[0]?.repeatEvery, undefined);

  const changed = done(await desk.PATCH('/api/sla/policies/{id}', { params: { path: { id: policy.id } }, body: { active: false } }));
  assert.deepEqual([changed.version, changed.active], [2, false]);
  const trial = done(
    await desk.POST('/api/sla/policies/{id}/try', { params: { path: { id: policy.id } }, body: { from: '2026-01-01T00:00:00Z', to: '2026-02-01T00:00:00Z', policy: { targets: [{ metric: 'resolution', within: 'PT2H' }] } } }),
  );
  assert.equal(trial.nextCursor, null);

  const inUse = await desk.DELETE('/api/calendars/{id}', { params: { path: { id: calendar.id } } });
  assert.deepEqual([inUse.response.status, inUse.error?.code], [409, 'calendar-in-use']);
  assert.equal((await desk.DELETE('/api/sla/policies/{id}', { params: { path: { id: policy.id } } })).response.status, 204);
  assert.equal((await desk.DELETE('/api/calendars/{id}', { params: { path: { id: calendar.id } } })).response.status, 204);
});

test('any timeline can be evaluated', async () => {
  const status = done(
    await desk.POST('/api/sla/evaluate', {
      body: {
        calendars: { office: { timeZone: 'Etc/UTC', hours: { mon: ['09:00-17:00'], tue: ['09:00-17:00'] } } },
        policy: { calendar: 'office', targets: [{ metric: 'first-reply', within: 'PT4H' }] },
        events: [
          { type: 'ticket-opened', at: '2026-03-09T15:00:00Z', by: 'requester' },
          { type: 'comment-added', at: '2026-03-10T10:00:00Z', by: 'agent' },
        ],
        now: '2026-03-10T12:00:00Z',
      },
    }),
  );
  assert.deepEqual(status.targets.map((target) => [target.metric, target.state, target.elapsed]), [['first-reply', 'met', 'PT3H']]);
});

test('the web form takes JSON and form posts without a key', async () => {
  const visitor = createClient<paths>({ baseUrl });
  const json = done(await visitor.POST('/api/intake/web', { body: { subject: 'Form', description: 'Help.', requester: { email: `${unique}@example.com`, name: 'Rita' } } }));
  const form = done(
    await visitor.POST('/api/intake/web', {
      body: { subject: 'Form', description: 'Help.', email: `${unique}@example.com` },
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    }),
  );
  for (const { receipt } of [json, form]) {
    await until('the receipt is a ticket', async () => done(await desk.GET('/api/receipts/{id}', { params: { path: { id: receipt } } })).state === 'processed');
  }
});
