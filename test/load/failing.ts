import { setTimeout as wait } from "node:timers/promises";
import { parseArgs } from "node:util";
import { eventually } from "../e2e/eventually.ts";
import { type Answer, failed, ok, type ReceivedRequest, Receiver } from "../e2e/receiver.ts";
import { Service } from "../e2e/started-service.ts";
import { NextDoor } from "./next-door.ts";
import { watchFiles } from "./open-files-of.ts";

/*
 * `npm run test:failing -- [--endpoints 600] [--seconds 600] [--open-files 1024] [--retry-after 0] [--hang] [--events 1]
 * [--in-flight 6]`: events go to many endpoints whose receivers all fail (or hang), while few files may be open; each retry wakes an object. In the
 * middle workerd is killed, so that all that is overdue rings at once. Then the receivers are mended. Ends with 1 if
 * workerd ends by itself, stops answering, an endpoint does not get each event in the end, or a workspace next door, whose
 * receiver is healthy, waits for its events.
 */

const { values } = parseArgs({
  options: {
    endpoints: { type: "string", default: "600" },
    seconds: { type: "string", default: "600" },
    "open-files": { type: "string", default: "1024" },
    /** Seconds between attempts; 0 = the default policy. */
    "retry-after": { type: "string", default: "0" },
    hang: { type: "boolean", default: false },
    /** Published in each half, and attempts that an endpoint may have in flight. */
    events: { type: "string", default: "1" },
    "in-flight": { type: "string", default: "6" },
  },
});
const endpoints = Number(values.endpoints);
const seconds = Number(values.seconds);
const openFiles = Number(values["open-files"]);
const retryAfter = Number(values["retry-after"]);

/** Requests at once, of those that make endpoints and ask for retries. */
const AT_ONCE = 8;

/** How long after it was asked for a retry may come before it is asked for again. */
const RETRY_MS = 15_000;

/** After so many retries of all endpoints in a row that bring nothing, what is missing is lost. */
const ROUNDS_IN_VAIN = 3;

/** How late events may come next door, half of them and the last one: a place is free for them within a moment. */
const NEXT_DOOR_MS = { half: 3000, most: 30_000 };

/** How slow an answer of `/health` may be. */
const HEALTH_MS = 10_000;

const service = await Service.start();
const receiver = await Receiver.start(() => (values.hang ? { kind: "hang" } : failed));
const problems: string[] = [];
let mostFiles = () => 0;
try {
  await run();
} catch (error) {
  problems.push(error instanceof Error ? error.message : String(error));
} finally {
  for (const problem of problems) console.log(`FAILED: ${problem}`);
  if (problems.length > 0) {
    console.log(service.process.stderr().slice(-4000));
    process.exitCode = 1;
  }
  await service.remove();
  await receiver.stop();
}

async function run(): Promise<void> {
  const ids = await makeEndpoints();
  await service.stop();
  await service.restart(openFiles);
  mostFiles = watchFiles(() => service.workerdPid);
  const nextDoor = await NextDoor.start(service);
  const events: string[] = [];
  const publish = async () => {
    for (let i = 0; i < Number(values.events); i++) {
      events.push(await service.client.publish({ type: "failing", data: {} }));
    }
  };
  await publish();
  await lives(seconds / 2);
  process.kill(service.workerdPid, "SIGKILL");
  await eventually("workerd to be back", () => health().catch(() => false));
  await publish();
  const attemptsBefore = receiver.requests.length;
  await lives(seconds / 2);
  console.log(
    `${endpoints} failing endpoints lived for ${seconds} s at ${openFiles} open files (most: ${mostFiles()}), ` +
      `${receiver.requests.length} attempts, ${receiver.requests.length - attemptsBefore} of them in the second half`,
  );
  const lateness = nextDoor.latenessMs();
  await nextDoor.stop();
  const half = lateness[Math.floor(lateness.length / 2)] ?? Number.POSITIVE_INFINITY;
  const most = lateness.at(-1) ?? Number.POSITIVE_INFINITY;
  console.log(
    `next door: ${lateness.length} events, half of them late by ${half} ms, the last one by ${most} ms`,
  );
  if (half > NEXT_DOOR_MS.half || most > NEXT_DOOR_MS.most) problems.push("the workspace next door waited");
  const mendedAt = Date.now();
  const isMended = (_request: ReceivedRequest): Answer => ok;
  receiver.answer = isMended;
  const from = receiver.requests.length;
  const deliveries = endpoints * events.length;
  const missing = () => deliveries - arrivedSince(from, events);
  // However long it takes on a busy machine: lost is what comes by no more retry.
  for (let inVain = 0; missing() > 0 && inVain < ROUNDS_IN_VAIN; ) {
    const before = missing();
    await each(ids, (id) => retry(id));
    // An attempt that was under way when the receivers were mended still fails, and waits for its next retry.
    await eventually("all to arrive", () => missing() === 0, RETRY_MS).catch(() => {});
    inVain = missing() < before ? 0 : inVain + 1;
  }
  if (missing() > 0) throw new Error(`${missing()} of ${deliveries} deliveries are lost`);
  const tookSeconds = (Date.now() - mendedAt) / 1000;
  console.log(`all ${deliveries} deliveries arrived ${tookSeconds} s after the receivers were mended`);
}

/** Each endpoint is known by a path of its own. */
async function makeEndpoints(): Promise<string[]> {
  const ids: string[] = [];
  const retry = retryAfter === 0 ? {} : { retry: { delays: Array(100).fill(retryAfter), jitter: 0 } };
  const policy = { ...retry, max_in_flight: Number(values["in-flight"]) };
  await each(
    Array.from({ length: endpoints }, (_, number) => number),
    async (number) => {
      const url = receiver.url.replace("/webhooks", `/endpoint/${number}`);
      ids.push((await service.client.createEndpoint({ url, types: ["failing"], ...policy })).id);
    },
  );
  return ids;
}

/** Has workerd answer every second, and be the same one all the time. */
async function lives(forSeconds: number): Promise<void> {
  const pid = service.workerdPid;
  const endsAt = Date.now() + forSeconds * 1000;
  let slowestMs = 0;
  while (Date.now() < endsAt) {
    const askedAt = Date.now();
    if (!(await health().catch(() => false))) throw new Error("no answer from /health");
    slowestMs = Math.max(slowestMs, Date.now() - askedAt);
    if (service.workerdPid !== pid) throw new Error("workerd ended and was started again");
    await wait(1000);
  }
  console.log(`${forSeconds} s: slowest answer of /health ${slowestMs} ms, most files so far ${mostFiles()}`);
}

async function health(): Promise<boolean> {
  const response = await fetch(`${service.url}/health`, { signal: AbortSignal.timeout(HEALTH_MS) });
  return response.ok;
}

/** Asks for a retry; where the machine has too many objects open it says 503, and is asked again. */
async function retry(id: string): Promise<void> {
  for (;;) {
    const { status, text } = await service.client.request("POST", `/v1/endpoints/${id}/retry`);
    if (status === 202) return;
    if (status !== 503) throw new Error(`retry answered ${status}: ${text}`);
    await wait(1000);
  }
}

/** How many endpoints got how many of the events since a request. */
function arrivedSince(from: number, events: string[]): number {
  const arrived = receiver.requests
    .slice(from)
    .filter(({ headers }) => events.includes(String(headers["webhook-id"])));
  return new Set(arrived.map(({ path, headers }) => `${path} ${headers["webhook-id"]}`)).size;
}

async function each<Item>(items: Item[], act: (item: Item) => Promise<void>): Promise<void> {
  const left = items.values();
  const one = async () => {
    for (const item of left) await act(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, one));
}
