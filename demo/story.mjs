// Tells six weeks of a helpdesk: who asks for what, and what becomes of it. The same ticket has the same words, people and steps each time; only the
// instants follow asOf, where the story ends.
import { readFile } from 'node:fs/promises';

const words = JSON.parse(await readFile(new URL('words.json', import.meta.url), 'utf8'));
/** What people ask for. */
export const topics = words.topics;

const minute = 60_000, hour = 60 * minute, day = 24 * hour;
const languages = ['de', 'de', 'de', 'de', 'en', 'en', 'en', 'hr', 'hr', 'el'];
const domains = {
  de: ['lindhof.example', 'weissbau.example'], hr: ['adriafoods.example', 'horvatshipping.example'],
  el: ['aegeantravel.example', 'pallasclinic.example'], en: ['northgate.example', 'turnerpartners.example'],
};
const channels = ['email', 'email', 'email', 'email', 'web', 'web', 'web', 'chat', 'chat', 'teams', 'teams', 'phone', 'api'];

/** Numbers of chance that come in the same order for the same seed (mulberry32). */
export function chance(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let x = Math.imul(state ^ (state >>> 15), state | 1);
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
    return ((x ^ (x >>> 14)) >>> 0) / 4294967296;
  };
  return {
    next,
    of: list => list[Math.floor(next() * list.length)],
    between: (from, to) => from + next() * (to - from),
    is: probability => next() < probability,
  };
}

const latin = { α: 'a', β: 'v', γ: 'g', δ: 'd', ε: 'e', ζ: 'z', η: 'i', θ: 'th', ι: 'i', κ: 'k', λ: 'l', μ: 'm', ν: 'n', ξ: 'x', ο: 'o', π: 'p', ρ: 'r', σ: 's', ς: 's', τ: 't', υ: 'y', φ: 'f', χ: 'ch', ψ: 'ps', ω: 'o', đ: 'd', ß: 'ss' };
const plain = name => [...name.toLowerCase().normalize('NFD').replace(/\p{M}/gu, '')].map(letter => latin[letter] ?? letter).join('');

/** The instant itself in office hours (6 to 17 UTC, Monday to Friday), or as many minutes into the next ones as it is into its hour. */
function inOffice(at) {
  const date = new Date(at), weekday = date.getUTCDay(), hourOfDay = date.getUTCHours();
  if (weekday !== 0 && weekday !== 6 && hourOfDay >= 6 && hourOfDay < 17) return at;
  const days = hourOfDay < 6 && weekday !== 0 && weekday !== 6 ? 0 : weekday === 5 ? 3 : weekday === 6 ? 2 : 1;
  return Math.floor(at / day) * day + days * day + 6 * hour + (at % hour);
}

/** Everybody who asks, the same people each time. */
export const people = Object.entries(words.people).flatMap(([language, { first, last }]) =>
  first.flatMap((one, i) => [0, 1, 2].map(k => {
    const name = `${one} ${last[(i * 3 + k * 2) % last.length]}`;
    const domain = domains[language][(i + k) % 2];
    return { name, email: `${plain(name).replaceAll(' ', '.')}@${domain}`, language };
  }))).filter((person, i, all) => all.findIndex(other => other.email === person.email) === i);

/** How busy an hour is, against others: Monday mornings are, nights are not. */
const busy = (weekday, hourOfDay) =>
  (weekday === 0 || weekday === 6 ? 0.12 : weekday === 1 ? 1.35 : weekday === 5 ? 0.85 : 1)
  * (hourOfDay < 6 ? 0.05 : hourOfDay < 8 ? 0.5 : hourOfDay < 12 ? 1.5 : hourOfDay < 14 ? 0.9 : hourOfDay < 18 ? 1.1 : hourOfDay < 22 ? 0.25 : 0.08);

/** When tickets come: so many over the days before an instant, closer together where it is busy. */
function openings(count, asOf, days) {
  const begin = asOf - days * day, hours = [];
  let sum = 0;
  for (let at = begin; at < asOf; at += hour) {
    const date = new Date(at);
    hours.push({ at, from: sum, share: busy(date.getUTCDay(), date.getUTCHours()) });
    sum += hours.at(-1).share;
  }
  let place = 0;
  return Array.from({ length: count }, (_, i) => {
    const target = ((i + 0.5) / count) * sum;
    while (place + 1 < hours.length && hours[place + 1].from <= target) place++;
    return Math.floor(hours[place].at + ((target - hours[place].from) / hours[place].share) * hour);
  });
}

const weighted = words.topics.flatMap(topic => Array(topic.weight).fill(topic));

/** The tickets of the desk with their steps, by number. */
export function tickets(count, asOf, days = 42) {
  const all = openings(count, asOf, days).map((at, i) => ticket(i + 1, at));
  // A few ask twice: the second ticket is merged into the first, soon after.
  for (let i = 20; i + 7 < all.length; i += 61) {
    const [first, second] = [all[i], all[i + 3]];
    if ([first, second].some(one => one.channel === 'alert' || one.form)) continue;
    if (Math.floor(i / BATCH) !== Math.floor((i + 3) / BATCH)) continue;
    const merged = Date.parse(second.at) + 9 * minute;
    Object.assign(second, { requester: first.requester, language: first.language, subject: first.subject, group: first.group });
    second.description = `${words.phrases[first.language].more[0]}\n\n${first.description}`;
    second.steps = [{ at: iso(merged), by: 'assignee', do: 'merge', ticket: first.number }];
    // Nothing ends the first one before that.
    const late = Math.max(0, merged + 20 * minute - Date.parse(first.steps[0]?.at ?? asOf));
    first.steps = first.steps.map(step => ({ ...step, at: iso(Date.parse(step.at) + late) }));
    first.steps.push({ at: iso(merged), by: 'assignee', do: 'receive', ticket: second.number });
    for (const one of [first, second]) one.steps.sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
  }
  for (const one of all) agenda(one, asOf);
  return all;
}

/** What agents have noted for themselves on tickets that they are working on. */
function agenda(ticket, asOf) {
  const dice = chance(ticket.number * 131 + 3), past = ticket.steps.filter(step => Date.parse(step.at) <= asOf);
  const at = Date.parse(past.at(-1)?.at) + 4 * minute;
  if (!(at <= asOf) || asOf - Date.parse(ticket.at) > 9 * day || past.some(step => ['resolve', 'merge', 'receive'].includes(step.do))) return;
  ticket.steps = past;
  const due = () => iso(asOf + dice.between(2 * hour, 4 * day));
  const add = step => ticket.steps.push({ at: iso(at), by: 'assignee', ...step });
  if (dice.is(0.5)) add({ do: 'task', text: dice.of(words.tasks), due: due() });
  if (dice.is(0.25)) add({ do: 'task', text: dice.of(words.tasks) });
  if (dice.is(0.35)) add({ do: 'follow-up', text: dice.of(words.followUps), due: due() });
}

/** Tickets of one request to the desk. Those that are merged lie in the same. */
export const BATCH = 500;

const iso = at => new Date(at).toISOString();

function ticket(number, openedAt) {
  const dice = chance(number * 7919 + 17);
  if (number % 37 === 11) return alert(number, openedAt, dice);
  const topic = dice.of(weighted), language = dice.of(languages);
  const requester = dice.of(people.filter(person => person.language === language));
  const [subject, description, solution] = topic[language], say = words.phrases[language];
  const channel = dice.of(channels), steps = [], form = filled(number, channel, language), urgent = !form && topic.priority === 'urgent';
  let at = openedAt;
  // What is urgent goes faster.
  const after = (from, to) => (at += Math.floor(dice.between(from, to) * (urgent && steps.length > 0 ? 0.25 : 1)));
  const add = step => {
    // Agents work in the day, but for what cannot wait.
    if (step.by === 'assignee' && !urgent) at = inOffice(at);
    steps.push({ at: iso(at), ...step });
  };
  const text = list => dice.of(list).replaceAll('{name}', requester.name.split(' ')[0]);

  // Mostly in time; some wait too long, and promises break.
  const slow = dice.next();
  after(...(urgent ? [4 * minute, 22 * minute] : slow < 0.72 ? [12 * minute, 3 * hour] : slow < 0.92 ? [3 * hour, 8 * hour] : [20 * hour, 60 * hour]));
  if (dice.is(0.03)) return done(); // Nobody has looked at it yet.
  add({ by: 'assignee', do: 'set', assignee: 'assignee' });
  after(2 * minute, 15 * minute);
  add({ by: 'assignee', do: 'comment', text: text(say.ack) });
  if (dice.is(0.4)) { after(5 * minute, 40 * minute); add({ by: 'assignee', do: 'note', text: dice.of(words.notes) }); }
  if (dice.is(0.35)) {
    after(10 * minute, 2 * hour);
    if (dice.is(0.2)) add({ by: 'assignee', do: 'macro', macro: 'ask-for-a-picture' });
    else { add({ by: 'assignee', do: 'comment', text: text(say.ask) }); at += 1000; add({ by: 'assignee', do: 'set', status: 'pending' }); }
    if (dice.is(0.07)) return done(); // No answer ever comes: reminded, then closed.
    after(30 * minute, 26 * hour);
    add({ by: 'requester', do: 'comment', text: text(say.reply) });
  }
  if ((topic.escalates && dice.is(0.6)) || dice.is(0.07)) {
    after(20 * minute, 4 * hour);
    add({ by: 'assignee', do: 'escalate', text: dice.of(words.reasons) });
    after(10 * minute, 2 * hour);
    add({ by: 'assignee', do: 'set', assignee: 'assignee' });
    after(5 * minute, hour);
    add({ by: 'assignee', do: 'comment', text: text(say.update) });
  }
  if (dice.is(0.06)) { after(hour, 5 * hour); add({ by: 'assignee', do: 'macro', macro: 'with-the-vendor' }); after(20 * hour, 70 * hour); }
  // A few become long conversations.
  for (let rounds = dice.is(0.04) ? 5 + Math.floor(dice.between(0, 5)) : dice.is(0.3) ? 1 : 0; rounds > 0; rounds--) {
    after(hour, 9 * hour);
    add({ by: 'requester', do: 'comment', text: text(say.more) });
    after(30 * minute, 7 * hour);
    add({ by: 'assignee', do: 'comment', text: text(say.update) });
  }
  if (dice.is(0.05)) return done(); // Still being worked.
  after(20 * minute, urgent ? 5 * hour : slow > 0.92 ? 90 * hour : 22 * hour);
  if (dice.is(0.7)) add({ by: 'assignee', do: 'time', minutes: 5 * Math.ceil(dice.between(0, urgent ? 30 : 9)), text: dice.is(0.3) ? dice.of(words.notes) : undefined });
  at += 20_000;
  add({ by: 'assignee', do: 'resolve', text: form?.solution ?? solution });
  if (dice.is(0.3)) { after(10 * minute, 8 * hour); add({ by: 'requester', do: 'comment', text: text(say.thanks) }); }
  else if (dice.is(0.1)) {
    after(2 * hour, 40 * hour);
    add({ by: 'requester', do: 'comment', text: text(say.again) });
    after(30 * minute, 6 * hour);
    add({ by: 'assignee', do: 'comment', text: text(say.update) });
    after(hour, 20 * hour);
    add({ by: 'assignee', do: 'time', minutes: 5 * Math.ceil(dice.between(0, 6)) });
    at += 20_000;
    add({ by: 'assignee', do: 'resolve', text: form?.solution ?? solution });
  }
  // The next day the requester is asked how it was; some answer.
  if (dice.is(0.8)) {
    at += 24 * hour;
    steps.push({ at: iso(at), by: 'requester', do: 'ask' });
    if (dice.is(0.45)) {
      after(20 * minute, 50 * hour);
      const rating = slow > 0.92 ? dice.of([1, 2, 2, 3, 4]) : dice.of([5, 5, 5, 5, 4, 4, 4, 3, 5, 2]);
      steps.push({ at: iso(at), by: 'requester', do: 'rate', rating, text: dice.is(0.3) ? text(rating > 3 ? say.thanks : say.more) : undefined });
    }
  }
  return done();

  function done() {
    if (form) return { number, at: iso(openedAt), channel, requester: { name: requester.name, email: requester.email }, language, form: form.id, answers: form.answers, steps };
    const custom = topic.field ? { [topic.field[0]]: topic.field[1] } : {};
    return {
      number, at: iso(openedAt), channel, subject, description, requester: { name: requester.name, email: requester.email }, language,
      priority: dice.is(0.8) ? topic.priority : dice.of(['low', 'normal', 'high']), type: topic.type, tags: topic.tags, group: topic.group,
      customFields: { ...custom, location: dice.of(['Berlin', 'Zagreb', 'Athens', 'London']) }, steps,
    };
  }
}

/** Some fill in a form: which, and what they answer; null for most. */
function filled(number, channel, language) {
  const dice = chance(number * 31 + 5);
  if (!['web', 'chat', 'teams'].includes(channel) || !dice.is(0.22)) return null;
  const form = dice.of(words.forms), answers = {};
  for (const [field, options] of Object.entries(form.answers)) answers[field] = dice.of(Array.isArray(options) ? options : options[language]);
  // Only who chose the strong one is asked why.
  if (answers.model === 'light') delete answers.reason;
  return { id: form.id, answers, solution: form.solution[language] };
}

/** A monitoring tool reports; specialists see to it. */
function alert(number, openedAt, dice) {
  const host = dice.of(['db-1', 'db-2', 'web-3', 'mail-1', 'fs-02']), [subject, description, solution] = dice.of(words.alerts);
  let at = openedAt + Math.floor(dice.between(3 * minute, 50 * minute));
  const steps = [{ at: iso(at), by: 'assignee', do: 'acknowledge' }, { at: iso(at + 1000), by: 'assignee', do: 'set', assignee: 'assignee' }];
  at += Math.floor(dice.between(10 * minute, 5 * hour));
  steps.push({ at: iso(at), by: 'assignee', do: 'time', minutes: 10 }, { at: iso(at + 1000), by: 'assignee', do: 'resolve', text: solution.replaceAll('{host}', host) });
  return {
    number, at: iso(openedAt), channel: 'alert', subject: subject.replaceAll('{host}', host), description: description.replaceAll('{host}', host),
    requester: { name: 'Monitoring', email: 'monitoring@example.com' }, language: 'en', priority: 'high', type: 'incident', tags: ['alert', host],
    group: 'specialists', customFields: { device: host }, steps,
  };
}
