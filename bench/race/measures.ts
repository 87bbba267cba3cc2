import { nowUs } from "../clock.ts";
import { allReceived } from "../measure-flow.ts";
import { median, type Percentiles } from "../percentiles.ts";
import { cpuMsOf } from "../process-usage.ts";
import type { Bench, Size } from "../section.ts";
import type { Rival } from "./rival.ts";

/** Endpoints are made so many at a time. */
const MADE_AT_ONCE = 8;

/** Makes something so many times, eight at once. */
export async function eightAtOnce(count: number, make: () => Promise<unknown>): Promise<void> {
  let left = count;
  const maker = async () => {
    while (left-- > 0) await make();
  };
  await Promise.all(Array.from({ length: MADE_AT_ONCE }, maker));
}

const SECONDS: Record<Size, number> = { quick: 1, default: 5, full: 15 };
const EVENTS: Record<Size, number> = { quick: 2, default: 5, full: 9 };

/** Makes endpoints, all of one type and at one receiver. */
export async function makeEndpoints(
  rival: Rival,
  port: number,
  type: string,
  count: number,
): Promise<{ seconds: number; cpuMsEach: number | null }> {
  const cpu = () => (rival.pid === null ? null : cpuMsOf(rival.pid));
  const [startedAtUs, cpuBefore] = [nowUs(), cpu()];
  await eightAtOnce(count, () => rival.endpoint(port, type));
  const cpuAfter = cpu();
  return {
    seconds: (nowUs() - startedAtUs) / 1_000_000,
    cpuMsEach: cpuBefore === null || cpuAfter === null ? null : (cpuAfter - cpuBefore) / count,
  };
}

/** One event to many endpoints, some times: seconds until the last has it, the one in the middle. */
export async function fanOut(
  bench: Bench,
  rival: Rival,
  listener: string,
  type: string,
  endpoints: number,
  events = EVENTS[bench.size],
): Promise<number> {
  const seconds: number[] = [];
  for (let n = 0; n < events; n++) {
    await bench.receiver.ask("reset", listener);
    const startedAtUs = nowUs();
    await bench.publisher.ask("run", rival.load(type, { events: 1, connections: 1 }));
    const { lastAtUs } = await allReceived(bench, listener, endpoints);
    seconds.push((lastAtUs - startedAtUs) / 1_000_000);
  }
  return median(seconds);
}

/** From the POST to the receiver, at a rate, microseconds; `copies`: endpoints that each event goes to. */
export async function latencyAt(
  bench: Bench,
  rival: Rival,
  listener: string,
  type: string,
  ratePerSecond: number,
  copies = 1,
): Promise<Percentiles> {
  const load = rival.load(type, { ratePerSecond, durationMs: SECONDS[bench.size] * 1000 });
  // It is not measured cold.
  const warm = await bench.publisher.ask("run", { ...load, durationMs: 1000 });
  await allReceived(bench, listener, warm.acceptedEvents * copies);
  await bench.receiver.ask("reset", listener);
  const { acceptedEvents } = await bench.publisher.ask("run", load);
  return (await allReceived(bench, listener, acceptedEvents * copies)).latencyUs;
}

/** The POST alone, of events that go nowhere, at a rate: microseconds until its answer. */
export async function answersAt(bench: Bench, rival: Rival, ratePerSecond: number): Promise<Percentiles> {
  const durationMs = SECONDS[bench.size] * 1000;
  const load = rival.load("race.nowhere", { ratePerSecond, durationMs });
  await bench.publisher.ask("run", { ...load, durationMs: 1000 });
  return (await bench.publisher.ask("run", load)).answerUs;
}

/** Published over 32 connections as fast as they are answered: what is still on its way then, and the lag. */
export async function flatOut(bench: Bench, rival: Rival, listener: string, type: string) {
  await bench.receiver.ask("reset", listener);
  const load = rival.load(type, { durationMs: SECONDS[bench.size] * 1000 });
  const { acceptedEvents, elapsedMs } = await bench.publisher.ask("run", load);
  const { received } = await bench.receiver.ask("tally", listener);
  const { latencyUs } = await allReceived(bench, listener, acceptedEvents);
  return {
    acceptedPerSecond: (acceptedEvents * 1000) / elapsedMs,
    behind: acceptedEvents - received,
    latencyUs,
  };
}
