import { setTimeout as wait } from "node:timers/promises";
import type { Json } from "../e2e/client.ts";
import { eventually } from "../e2e/eventually.ts";
import { Random } from "../e2e/random.ts";
import { Receiver } from "../e2e/receiver.ts";
import { launch, Service } from "../e2e/started-service.ts";
import { Arrivals } from "./arrivals.ts";
import { CRASH_ENDPOINTS, type CrashEndpoint, settingsOf } from "./endpoints.ts";
import { Publications } from "./publications.ts";
import { publishContinuously } from "./publishing.ts";
import { readBack } from "./read-back.ts";
import { report } from "./report.ts";
import { halfDelivered, judge } from "./verdict.ts";

const DELIVERY_DEADLINE_MS = 90_000;
const ARCHIVE_DEADLINE_MS = 30_000;
const ARCHIVE_AFTER_SECONDS = 5;

export interface CrashTest {
  seed: number;
  /** How long events are published and the service is killed. */
  publishMs: number;
  kills: number;
}

interface Watched {
  endpoint: CrashEndpoint;
  arrivals: Arrivals;
  receiver: Receiver;
  id: string;
}

/** Runs the crash test and prints what it counted; returns whether every promise was kept. */
export async function runCrashTest(test: CrashTest): Promise<boolean> {
  console.log(`crash test: seed ${test.seed}, ${test.kills} kills in ${test.publishMs / 1000} s`);
  const service = await Service.start({ ARCHIVE_AFTER_SECONDS: String(ARCHIVE_AFTER_SECONDS) });
  const crashes = new Crashes(service, new Random(test.seed, "kills"));
  const publications = new Publications();
  const watched: Watched[] = [];
  const violations: string[] = [];
  let isKept = false;
  try {
    for (const endpoint of CRASH_ENDPOINTS)
      watched.push(await watch(service, endpoint, publications, test, crashes));
    await publishAndKill(test, service, crashes, publications, violations);
    await untilDelivered(service, watched, publications);
    await untilArchived(service);
    // What is archived must be there in another life too.
    await crashes.kill();
    violations.push(...(await readBack(service.client, publications.all)));
  } catch (error) {
    violations.push(`it did not come to its end: ${error instanceof Error ? error.stack : error}`);
  } finally {
    const verdicts = watched.map(({ endpoint, arrivals }) => ({
      endpoint,
      verdict: judge(endpoint, arrivals.all, publications.all),
    }));
    violations.push(
      ...halfDelivered(
        watched.map(({ endpoint, arrivals }) => ({ endpoint, arrivals: arrivals.all })),
        publications.all,
      ),
    );
    isKept = report(verdicts, violations, publications.all, crashes.count);
    await Promise.all(watched.map(({ receiver }) => receiver.stop()));
    if (isKept) {
      await service.remove();
    } else {
      await service.kill9();
      console.log(
        `seed ${test.seed}; the data directory is kept: ${service.dataDir}\n${service.process.stderr()}`,
      );
    }
  }
  return isKept;
}

/** The kills, and the lives between them. */
class Crashes {
  readonly #service: Service;
  readonly #random: Random;
  #serving: Promise<void> = Promise.resolve();
  #life = 1;
  count = 0;

  constructor(service: Service, random: Random) {
    this.#service = service;
    this.#random = random;
  }

  /** Counts the starts of the service. */
  get life(): number {
    return this.#life;
  }

  untilServing(): Promise<void> {
    return this.#serving;
  }

  /** Kills the service and starts it again; one time in five the first start is killed too, before it serves. */
  kill(): Promise<void> {
    this.#serving = this.#kill();
    return this.#serving;
  }

  async #kill(): Promise<void> {
    await this.#service.kill9();
    this.count++;
    if (this.#random.happens(0.2)) {
      this.#life++;
      this.#service.process = launch(this.#service.environment);
      await wait(this.#random.whole(100, 700));
      await this.#service.kill9();
      this.count++;
    }
    this.#life++;
    await this.#service.restart();
  }

  /** `kills` moments within `durationMs`: one in each of as many equal spans, some of them right after a start. */
  async *moments(kills: number, durationMs: number): AsyncGenerator<void> {
    const startedAt = Date.now();
    const spanMs = durationMs / kills;
    for (let i = 0; i < kills; i++) {
      const inSpanMs = this.#random.happens(0.2) ? 0 : this.#random.next() * spanMs;
      await wait(Math.max(0, startedAt + i * spanMs + inSpanMs - Date.now()));
      yield;
    }
    await wait(Math.max(0, startedAt + durationMs - Date.now()));
  }
}

async function watch(
  service: Service,
  endpoint: CrashEndpoint,
  publications: Publications,
  test: CrashTest,
  crashes: Crashes,
): Promise<Watched> {
  const arrivals = new Arrivals(endpoint, publications, test.seed, () => crashes.life);
  const receiver = await Receiver.start((request) => {
    // The arrival says it all in less memory.
    receiver.requests.length = 0;
    return arrivals.take(request);
  });
  const { id } = await service.client.createEndpoint(settingsOf(endpoint, receiver.url));
  return { endpoint, arrivals, receiver, id };
}

async function publishAndKill(
  test: CrashTest,
  service: Service,
  crashes: Crashes,
  publications: Publications,
  violations: string[],
): Promise<void> {
  let isOver = false;
  const port = {
    client: service.client,
    publications,
    seed: test.seed,
    isOver: () => isOver,
    untilServing: () => crashes.untilServing(),
    violation: (text: string) => violations.push(text),
  };
  const publishers = [
    ...[1, 2, 3, 4].map((n) =>
      publishContinuously(port, `single ${n}`, { eventsPerRequest: 1, pauseMs: 12 }),
    ),
    publishContinuously(port, "batches", { eventsPerRequest: 40, pauseMs: 250 }),
  ];
  try {
    for await (const _ of crashes.moments(test.kills, test.publishMs)) await crashes.kill();
  } finally {
    isOver = true;
    await Promise.all(publishers);
  }
}

/** Waits until every acknowledged event has arrived and nothing is pending anywhere. */
async function untilDelivered(
  service: Service,
  watched: readonly Watched[],
  publications: Publications,
): Promise<void> {
  await eventually(
    "every acknowledged event at every endpoint that it matches",
    () =>
      watched.every(({ endpoint, arrivals }) => {
        const delivered = new Set(arrivals.all.flatMap((one) => (one.isSuccess ? [one.eventId] : [])));
        return publications.all.every(
          (one) => one.acceptedId === null || !endpoint.matches(one) || delivered.has(one.acceptedId),
        );
      }),
    DELIVERY_DEADLINE_MS,
  );
  for (const { id, endpoint } of watched) {
    await eventually(
      `nothing pending at ${endpoint.name}`,
      async () => (await count(service, id, "pending")) === 0,
    );
    const dead = await count(service, id, "dead");
    if (dead > 0) throw new Error(`${dead} deliveries at ${endpoint.name} are dead`);
  }
}

/** How many deliveries of an endpoint have this status: 0, or at least one page's. */
async function count(service: Service, endpointId: string, status: string): Promise<number> {
  let cursor: unknown = null;
  do {
    const query = cursor === null ? "" : `&cursor=${cursor}`;
    const page: { data: Json[]; next_cursor: string | null } = await service.client.get(
      `/v1/endpoints/${endpointId}/deliveries?status=${status}&limit=200${query}`,
    );
    if (page.data.length > 0) return page.data.length;
    cursor = page.next_cursor;
  } while (cursor !== null);
  return 0;
}

async function untilArchived(service: Service): Promise<void> {
  await eventually(
    "atlas_unarchived_events 0",
    async () =>
      /^atlas_unarchived_events\{[^}]*\} 0$/m.test((await service.operator.request("GET", "/metrics")).text),
    ARCHIVE_DEADLINE_MS,
  );
}
