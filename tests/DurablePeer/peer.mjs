// Runs its own orchestrations on the task hub at the address given, as client and as worker, and says for each what came of it.
import { TaskHubGrpcClient, TaskHubGrpcWorker, OrchestrationStatus, RetryPolicy, NoOpLogger, whenAll, whenAny } from "@microsoft/durabletask-js";

const [hostAddress, only] = process.argv.slice(2);
const logger = new NoOpLogger();
const client = new TaskHubGrpcClient({ hostAddress, logger });
let worker = new TaskHubGrpcWorker({ hostAddress, logger });
const failedOnce = new Set();

const activities = {
  async addOne(_, n) { return n + 1; },
  async square(_, n) { return n * n; },
  async flaky(_, key) {
    if (!failedOnce.has(key)) {
      failedOnce.add(key);
      throw new Error("not this time");
    }
    return "at last";
  },
  async broken() { throw new TypeError("broken for good"); },
};
const orchestrators = {
  async *sequence(ctx, start) {
    let n = start;
    for (let i = 0; i < 5; i++) n = yield ctx.callActivity("addOne", n);
    return n;
  },
  async *fan(ctx, count) {
    const tasks = Array.from({ length: count }, (_, i) => ctx.callActivity("square", i));
    const squares = yield whenAll(tasks);
    return squares.reduce((sum, one) => sum + one, 0);
  },
  async *timers(ctx) {
    const begun = ctx.currentUtcDateTime;
    yield ctx.createTimer(new Date(begun.getTime() + 300));
    yield ctx.createTimer(new Date(begun.getTime() + 900));
    return ctx.currentUtcDateTime.getTime() - begun.getTime();
  },
  async *events(ctx) {
    const taken = [];
    for (let i = 0; i < 10; i++) taken.push(yield ctx.waitForExternalEvent("item"));
    return taken;
  },
  async *eventOrTimer(ctx) {
    const event = ctx.waitForExternalEvent("go");
    const timer = ctx.createTimer(new Date(ctx.currentUtcDateTime.getTime() + 200));
    return (yield whenAny([event, timer])) === timer ? "timer" : "event";
  },
  async *parent(ctx, n) {
    const results = yield whenAll([ctx.callSubOrchestrator("sequence", n), ctx.callSubOrchestrator("fan", 4), ctx.callSubOrchestrator("sequence", n * 2)]);
    return results;
  },
  async *retries(ctx) {
    return yield ctx.callActivity("flaky", ctx.instanceId, { retry: new RetryPolicy({ maxNumberOfAttempts: 3, firstRetryIntervalInMilliseconds: 100 }) });
  },
  async *eternal(ctx, left) {
    const n = yield ctx.callActivity("addOne", left.done);
    if (left.todo <= 1) return n;
    ctx.continueAsNew({ todo: left.todo - 1, done: n }, true);
  },
  async *carry(ctx, taken) {
    taken.push(yield ctx.waitForExternalEvent("item"));
    if (taken.length === 20) return taken;
    ctx.continueAsNew(taken, true);
  },
  async *failing(ctx) {
    yield ctx.callActivity("broken");
  },
  async *throwing() {
    throw new RangeError("out of range");
  },
  async *forever(ctx) {
    ctx.setCustomStatus({ waits: true });
    yield ctx.waitForExternalEvent("never");
  },
  async *parentOfForever(ctx) {
    yield ctx.callSubOrchestrator("forever", null, { instanceId: `${ctx.instanceId}-child` });
  },
  async *sender(ctx, target) {
    for (let i = 0; i < 10; i++) ctx.sendEvent(target, "item", i);
    return "sent";
  },
  async *ids(ctx) {
    const one = ctx.newGuid();
    yield ctx.callActivity("addOne", 1);
    return one;
  },
};

function connect() {
  for (const [name, run] of Object.entries(activities)) worker.addNamedActivity(name, run);
  for (const [name, run] of Object.entries(orchestrators)) worker.addNamedOrchestrator(name, run);
  return worker.start();
}

function same(actual, expected, what) {
  const [one, other] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (one !== other) throw new Error(`${what}: expected ${other}, got ${one}`);
}

async function finished(id, status = OrchestrationStatus.COMPLETED) {
  const state = await client.waitForOrchestrationCompletion(id, true, 60);
  same(state.runtimeStatus, status, `status of ${id} (${state.failureDetails?.message ?? state.serializedOutput})`);
  return state;
}

async function result(name, input, id) {
  return JSON.parse((await finished(await client.scheduleNewOrchestration(name, input, id))).serializedOutput);
}

const unique = () => Math.random().toString(36).slice(2);
const until = async (what, condition) => {
  const limit = Date.now() + 20_000;
  while (!(await condition())) {
    if (Date.now() > limit) throw new Error(`it did not come about that ${what}`);
    await new Promise((go) => setTimeout(go, 20));
  }
};

const proofs = {
  async "sequence"() { same(await result("sequence", 1), 6, "sequence"); },
  async "fan-out and fan-in of 100"() { same(await result("fan", 100), 328350, "fan"); },
  async "timers fire, and never early"() {
    const elapsed = await result("timers");
    if (elapsed < 900 || elapsed > 5000) throw new Error(`timers took ${elapsed} ms`);
  },
  async "events come once each, in order"() {
    const id = await client.scheduleNewOrchestration("events");
    for (let i = 0; i < 10; i++) await client.raiseOrchestrationEvent(id, "item", i);
    same(JSON.parse((await finished(id)).serializedOutput), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], "events");
  },
  async "an event or a timer"() {
    same(await result("eventOrTimer"), "timer", "timer");
    const id = await client.scheduleNewOrchestration("eventOrTimer");
    await client.raiseOrchestrationEvent(id, "go", 1);
    same(JSON.parse((await finished(id)).serializedOutput), "event", "event");
  },
  async "sub-orchestrations"() { same(await result("parent", 10), [15, 14, 25], "parent"); },
  async "retries"() { same(await result("retries"), "at last", "retries"); },
  async "continue-as-new 200 times"() { same(await result("eternal", { todo: 200, done: 0 }), 200, "eternal"); },
  async "events are carried over"() {
    const id = await client.scheduleNewOrchestration("carry", []);
    for (let i = 0; i < 20; i++) await client.raiseOrchestrationEvent(id, "item", i);
    same(JSON.parse((await finished(id)).serializedOutput), Array.from({ length: 20 }, (_, i) => i), "carried");
  },
  async "one instance sends events to another"() {
    const id = await client.scheduleNewOrchestration("events");
    same(await result("sender", id), "sent", "sender");
    same(JSON.parse((await finished(id)).serializedOutput), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], "sent events");
  },
  async "failures say what failed"() {
    const broken = await finished(await client.scheduleNewOrchestration("failing"), OrchestrationStatus.FAILED);
    if (!broken.failureDetails.message.includes("broken for good")) throw new Error(broken.failureDetails.message);
    const thrown = await finished(await client.scheduleNewOrchestration("throwing"), OrchestrationStatus.FAILED);
    if (!thrown.failureDetails.message.includes("out of range")) throw new Error(thrown.failureDetails.message);
  },
  async "suspend and resume"() {
    const id = await client.scheduleNewOrchestration("events");
    await client.waitForOrchestrationStart(id, false, 20);
    await client.suspendOrchestration(id);
    await until("it is suspended", async () => (await client.getOrchestrationState(id)).runtimeStatus === OrchestrationStatus.SUSPENDED);
    for (let i = 0; i < 10; i++) await client.raiseOrchestrationEvent(id, "item", i);
    same((await client.getOrchestrationState(id)).runtimeStatus, OrchestrationStatus.SUSPENDED, "status");
    await client.resumeOrchestration(id);
    same(JSON.parse((await finished(id)).serializedOutput).length, 10, "resumed");
  },
  async "terminate, with children"() {
    const id = await client.scheduleNewOrchestration("parentOfForever");
    await until("the child runs", async () => (await client.getOrchestrationState(`${id}-child`))?.runtimeStatus === OrchestrationStatus.RUNNING);
    await client.terminateOrchestration(id, { output: "enough", recursive: true, ...terminateMark });
    await finished(id, OrchestrationStatus.TERMINATED);
    await finished(`${id}-child`, OrchestrationStatus.TERMINATED);
  },
  async "custom status, purge"() {
    const id = await client.scheduleNewOrchestration("forever");
    await until("it has a status", async () => (await client.getOrchestrationState(id, true))?.serializedCustomStatus === '{"waits":true}');
    await client.terminateOrchestration(id, "enough");
    await finished(id, OrchestrationStatus.TERMINATED);
    same((await client.purgeOrchestration(id)).deletedInstanceCount, 1, "purged");
    same(await client.getOrchestrationState(id), undefined, "state after the purge");
  },
  async "an id can be used again when its instance is over, and not before"() {
    const id = `again-${unique()}`;
    same(await result("sequence", 1, id), 6, "first");
    same(await result("sequence", 2, id), 7, "second");
    await client.scheduleNewOrchestration("forever", null, id);
    let code = 0;
    await client.scheduleNewOrchestration("forever", null, id).catch((no) => (code = no.code));
    same(code, 6, "status code");
    await client.terminateOrchestration(id, "enough");
  },
  async "a start at a later time"() {
    const begun = Date.now();
    await finished(await client.scheduleNewOrchestration("sequence", 1, { startAt: new Date(begun + 800) }));
    if (Date.now() - begun < 800) throw new Error("it came too early");
  },
  async "rewind"() {
    failedOnce.delete("rewind");
    const id = await client.scheduleNewOrchestration("retriesOnce", null, `rewind-${unique()}`);
    await finished(id, OrchestrationStatus.FAILED);
    await client.rewindInstance(id, "try once more");
    same(JSON.parse((await finished(id)).serializedOutput), "at last", "rewound");
  },
  async "ids are the same at each replay"() { if (!/^[0-9a-f-]{36}$/.test(await result("ids"))) throw new Error("no id"); },
  async "queries"() {
    const prefix = `query-${unique()}`;
    await Promise.all([1, 2, 3].map((i) => result("sequence", i, `${prefix}-${i}`)));
    const found = [];
    for await (const state of client.getAllInstances({ instanceIdPrefix: prefix, statuses: [OrchestrationStatus.COMPLETED] })) found.push(state.instanceId);
    same(found.sort(), [1, 2, 3].map((i) => `${prefix}-${i}`), "found");
  },
  async "history"() {
    const id = await client.scheduleNewOrchestration("sequence", 1);
    await finished(id);
    const history = await client.getOrchestrationHistory(id);
    if (history.length < 20) throw new Error(`${history.length} events`);
  },
  async "a worker that goes gives its work back"() {
    const id = await client.scheduleNewOrchestration("timers");
    await worker.stop();
    worker = new TaskHubGrpcWorker({ hostAddress, logger });
    await connect();
    await finished(id);
  },
  async "100 instances at once"() {
    same(await Promise.all(Array.from({ length: 100 }, (_, i) => result("sequence", i))), Array.from({ length: 100 }, (_, i) => i + 5), "all");
  },
};
orchestrators.retriesOnce = async function* retriesOnce(ctx) {
  return yield ctx.callActivity("flaky", "rewind");
};
const { terminateOptions } = await import("@microsoft/durabletask-js");
const terminateMark = terminateOptions({ recursive: true, output: "enough" });

await connect();
let failed = 0;
for (const [name, prove] of Object.entries(proofs)) {
  if (only && !name.includes(only)) continue;
  const begun = Date.now();
  try {
    await prove();
    console.log(`ok ${name} (${Date.now() - begun} ms)`);
  } catch (problem) {
    failed++;
    console.log(`not ok ${name}: ${problem.stack ?? problem}`);
  }
}
await worker.stop();
await client.stop();
process.exit(failed === 0 ? 0 : 1);
