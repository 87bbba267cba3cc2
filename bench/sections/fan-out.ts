import { readFileSync } from "node:fs";
import { sleep } from "../clock.ts";
import { type Figure, plain } from "../figure.ts";
import { median } from "../percentiles.ts";
import { cpuMsOf } from "../process-usage.ts";
import { fanOut, makeEndpoints } from "../race/measures.ts";
import { Rival } from "../race/rival.ts";
import type { Bench, Size } from "../section.ts";
import type { Service } from "../started-service.ts";

const ENDPOINTS: Record<Size, number> = { quick: 50, default: 500, full: 500 };

const TARGET_MADE_SECONDS = 1.5;
const TARGET_CPU_MS = 2.5;
const TARGET_WARM_SECONDS = 0.4;
const TARGET_COLD_SECONDS = 1;
const TARGET_TWICE_SECONDS = 0.8;
const TARGET_KIB = 9;
const TARGET_OPENING_MS = 1.5;

/** Objects that nobody called for so long are evicted. */
const COLD_MS = 15_000;

/** After so long what the event before left is stored, and the objects are still in memory. */
const REST_MS = 5000;

const RESTED_EVENTS: Record<Size, number> = { quick: 1, default: 3, full: 5 };

/** One event after a rest, the one in the middle of some. */
interface Rested {
  seconds: number;
  /** What workerd used until the last receiver had it, for each endpoint; null where the system does not tell. */
  cpuMsEach: number | null;
}

/**
 * Endpoints made many at a time, and one event that goes to all of them: their objects in memory, evicted, and twice as many; and
 * one event after the other.
 */
export async function fanOutSection(bench: Bench): Promise<Figure[]> {
  const count = ENDPOINTS[bench.size];
  const port = await bench.receiver.ask("open", { name: "fan", countsAll: true });
  try {
    return await bench.withService(async (service) => {
      const rival = Rival.of(service);
      const made = await makeEndpoints(rival, port, "fan.out", count);
      const toAll = (endpoints: number, events?: number) =>
        fanOut(bench, rival, "fan", "fan.out", endpoints, events);
      // Their objects are made by it.
      const first = await toAll(count, 1);
      const before = writtenKiB(service);
      const inTurn = await toAll(count);
      await sleep(REST_MS);
      const written = (writtenKiB(service) ?? 0) - (before ?? 0);
      const events = { quick: 2, default: 5, full: 9 }[bench.size];
      const rested = async (endpoints: number, restMs: number): Promise<Rested> => {
        const seconds: number[] = [];
        const cpuMsEach: number[] = [];
        for (let n = 0; n < RESTED_EVENTS[bench.size]; n++) {
          await sleep(restMs);
          const cpuBefore = cpuMsOf(service.pid);
          seconds.push(await toAll(endpoints, 1));
          const cpuAfter = cpuMsOf(service.pid);
          if (cpuBefore !== null && cpuAfter !== null) cpuMsEach.push((cpuAfter - cpuBefore) / endpoints);
        }
        return { seconds: median(seconds), cpuMsEach: cpuMsEach.length === 0 ? null : median(cpuMsEach) };
      };
      const warm = await rested(count, REST_MS);
      const cold = await rested(count, COLD_MS);
      await makeEndpoints(rival, port, "fan.out", count);
      await toAll(2 * count, 1);
      const twice = await rested(2 * count, REST_MS);
      return [
        seconds(`${count} endpoints made, 8 at once`, made.seconds, TARGET_MADE_SECONDS),
        ...(made.cpuMsEach === null ? [] : [cpu("… CPU of workerd for each", made.cpuMsEach, TARGET_CPU_MS)]),
        seconds("the first event to all of them, which makes their objects", first),
        seconds(`one event to ${count} endpoints, until the last has it`, warm.seconds, TARGET_WARM_SECONDS),
        seconds("… one event after the other", inTurn),
        seconds("… their objects evicted before", cold.seconds, TARGET_COLD_SECONDS),
        ...opening(warm, cold),
        seconds(`one event to ${2 * count} endpoints`, twice.seconds, TARGET_TWICE_SECONDS),
        ...(before === null ? [] : [disk(written / events / count)]),
      ];
    });
  } finally {
    await bench.receiver.ask("close", "fan");
  }
}

function seconds(name: string, measured: number, target?: number): Figure {
  const figure = { name, measured: `${plain(measured)} s` };
  return target === undefined ? figure : { ...figure, target: `≤ ${target} s`, met: measured <= target };
}

function cpu(name: string, measured: number, target: number): Figure {
  return {
    name,
    measured: `${plain(measured)} ms`,
    target: `≤ ${target} ms`,
    met: measured <= target,
  };
}

/** What it takes to open an endpoint's object, beyond an event to one that is open. */
function opening(warm: Rested, cold: Rested): Figure[] {
  if (warm.cpuMsEach === null || cold.cpuMsEach === null) return [];
  const openingMs = cold.cpuMsEach - warm.cpuMsEach;
  return [cpu("… CPU of workerd for opening each", openingMs, TARGET_OPENING_MS)];
}

function disk(measured: number): Figure {
  return {
    name: "… written to disk for each endpoint of an event",
    measured: `${plain(measured)} KiB`,
    target: `≤ ${TARGET_KIB} KiB`,
    met: measured <= TARGET_KIB,
  };
}

/** What workerd has had written to disk; null where the system does not tell. */
function writtenKiB({ pid }: Service): number | null {
  try {
    const text = readFileSync(`/proc/${pid}/io`, "utf8");
    return Number(/^write_bytes: (\d+)$/m.exec(text)?.[1] ?? 0) / 1024;
  } catch {
    return null;
  }
}
