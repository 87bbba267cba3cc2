import { Random } from "../e2e/random.ts";
import { Receiver } from "../e2e/receiver.ts";
import { Service } from "../e2e/started-service.ts";
import { Arrivals } from "./arrivals.ts";
import { Crashes } from "./crashes.ts";
import { CRASH_ENDPOINTS, type CrashEndpoint, settingsOf } from "./endpoints.ts";
import { Publications } from "./publications.ts";
import { publishContinuously } from "./publishing.ts";
import { readBack } from "./read-back.ts";
import { report } from "./report.ts";
import { type Settling, untilArchived, untilDelivered } from "./settle.ts";
import { halfDelivered, judge } from "./verdict.ts";

const ARCHIVE_AFTER_SECONDS = 5;

export interface CrashTest {
  seed: number;
  /** How long events are published and the service is killed. */
  publishMs: number;
  kills: number;
}

interface Watched extends Settling {
  receiver: Receiver;
}

/** Runs the crash test and prints what it counted; returns whether every promise was kept. */
export async function runCrashTest(test: CrashTest): Promise<boolean> {
  const { SLOTS_PER_OBJECT } = process.env;
  const slots = SLOTS_PER_OBJECT ? `, ${SLOTS_PER_OBJECT} connections for each object` : "";
  console.log(`crash test: seed ${test.seed}, ${test.kills} kills in ${test.publishMs / 1000} s${slots}`);
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
