import { beforeEach, expect, it } from "vitest";
import { TailTeller } from "../../src/delivery/tail-teller.ts";
import type { Delivery } from "../../src/domain/delivery.ts";
import type { TailReport, Watch } from "../../src/domain/tail.ts";

const ENDPOINT = "ep_1";

/** What an endpoint's object gives its teller, held in plain values. */
class Rig {
  now = 1_000_000_000;
  /** What a life keeps for the next one. */
  kept: Watch | null = null;
  watch: Watch | null = null;
  asked = 0;
  keeps = 0;
  reports: TailReport[] = [];
  timers: (() => void)[] = [];
  /** Deliveries that are on record no more. */
  gone = new Set<number>();
  isHubThere = true;
  /** Whether the object has stored something. */
  mayKeep = true;

  living(): Watch {
    return { until: this.now + 60_000, endpointIds: null };
  }

  /** A life of the endpoint's object. */
  life(): TailTeller {
    this.timers = [];
    return new TailTeller({
      endpointId: () => ENDPOINT,
      nowMs: () => this.now,
      timers: {
        after: (_delayMs, ring) => {
          this.timers.push(ring);
          return () => {};
        },
      },
      deliveryAt: (sequence) => (this.gone.has(sequence) ? null : ({ sequence } as Delivery)),
      tell: async (report) => {
        if (!this.isHubThere) throw new Error("reset");
        this.reports.push(report);
        return { watch: this.watch, everyMs: 900 };
      },
      ask: async () => {
        this.asked++;
        return this.watch;
      },
      kept: () => this.kept,
      mayKeep: () => this.mayKeep,
      keep: (watch) => {
        this.kept = watch;
        this.keeps++;
      },
    });
  }

  /** Sequences that were told, and how many changes were only counted. */
  get told(): [number[], number] {
    const sequences = this.reports.flatMap(({ deliveries }) => deliveries.map(({ sequence }) => sequence));
    return [sequences, this.reports.reduce((sum, { skipped }) => sum + skipped, 0)];
  }
}

let rig: Rig;

beforeEach(() => {
  rig = new Rig();
});

it("tells what it has not told yet before its object is closed, whatever its turn", async () => {
  const teller = rig.life();
  rig.watch = rig.living();
  teller.hear(rig.watch);
  teller.noteChanged(1, 3);
  await teller.flush();
  expect(rig.told).toEqual([[1, 2, 3], 0]);
  teller.noteChanged(4);
  expect(teller.hasNews).toBe(true);
  await teller.flush();
  expect([rig.told, teller.hasNews]).toEqual([[[1, 2, 3, 4], 0], false]);
});

it("has news as long as the hub did not take it, so that its object stays open", async () => {
  const teller = rig.life();
  rig.watch = rig.living();
  teller.hear(rig.watch);
  rig.isHubThere = false;
  teller.noteChanged(1);
  await teller.flush();
  expect(teller.hasNews).toBe(true);
  rig.isHubThere = true;
  await teller.flush();
  expect([rig.told, teller.hasNews]).toEqual([[[1], 0], false]);
});

it("counts what it leaves out: too many changes at once, and a delivery that is on record no more", async () => {
  const teller = rig.life();
  rig.watch = rig.living();
  teller.hear(rig.watch);
  rig.gone.add(500);
  teller.noteChanged(1, 500);
  await teller.flush();
  const [sequences, skipped] = rig.told;
  expect([sequences.length, sequences[0], sequences.length + skipped]).toEqual([199, 301, 500]);
});

it("knows in its next life that it is watched, as after the wait for a retry", async () => {
  rig.watch = rig.living();
  rig.life().hear(rig.watch);
  const next = rig.life();
  next.noteChanged(7);
  await next.flush();
  expect([rig.told, rig.asked]).toEqual([[[7], 0], 0]);
});

it("asks in a later life whether it still is watched, and tells what changed meanwhile", async () => {
  rig.life().hear(rig.living());
  rig.now += 600_000;
  rig.watch = rig.living();
  const next = rig.life();
  next.noteChanged(7);
  next.noteChanged(8);
  await next.flush();
  expect([rig.told, rig.asked]).toEqual([[[7, 8], 0], 1]);
});

it("asks in the same life, too, once what it heard has run out: a slow attempt ends after that", async () => {
  const teller = rig.life();
  teller.hear(rig.living());
  rig.now += 61_000;
  rig.watch = rig.living();
  teller.noteChanged(7);
  await teller.flush();
  expect([rig.told, rig.asked]).toEqual([[[7], 0], 1]);
});

it("asks before it forgets what changed a moment before what it heard ran out", async () => {
  const teller = rig.life();
  teller.hear(rig.living());
  teller.noteChanged(7);
  rig.now += 61_000;
  rig.watch = rig.living();
  await teller.flush();
  expect([rig.told, rig.asked]).toEqual([[[7], 0], 1]);
});

it("asks once, and no more, in a life after whose beginning all stopped watching", async () => {
  const teller = rig.life();
  teller.hear(rig.living());
  rig.now += 61_000;
  for (const sequence of [7, 8]) {
    teller.noteChanged(sequence);
    await teller.flush();
  }
  expect([rig.told, rig.asked, teller.hasNews]).toEqual([[[], 0], 1, false]);
});

it.each(["a question", "a report"])(
  "asks once at most, and keeps that once, where %s is answered that others are watched",
  async (heardBy) => {
    const teller = rig.life();
    teller.hear(rig.living());
    rig.now += heardBy === "a question" ? 61_000 : 1000;
    for (let sequence = 1; sequence <= 100; sequence++) {
      rig.watch = { until: rig.now + 60_000, endpointIds: ["ep_2"] };
      teller.noteChanged(sequence);
      await teller.flush();
      rig.now += 1000;
    }
    const asked = heardBy === "a question" ? 1 : 0;
    expect([rig.asked, rig.keeps, rig.reports.length]).toEqual([asked, 1 + asked, 1 - asked]);
  },
);

it("asks no more after it asked by hand and heard that others are watched", async () => {
  const teller = rig.life();
  rig.watch = { until: rig.now + 60_000, endpointIds: ["ep_2"] };
  teller.ask();
  await Promise.resolve();
  for (let sequence = 1; sequence <= 3; sequence++) {
    teller.noteChanged(sequence);
    await teller.flush();
  }
  expect([rig.asked, rig.keeps, rig.told]).toEqual([1, 0, [[], 0]]);
});

it("tells nothing and asks once where nobody watches any more, and in the life after that not at all", async () => {
  rig.life().hear(rig.living());
  rig.now += 600_000;
  for (let life = 0; life < 2; life++) {
    const next = rig.life();
    next.noteChanged(7);
    await next.flush();
    expect(next.hasNews).toBe(false);
  }
  expect([rig.told, rig.asked, rig.kept]).toEqual([[[], 0], 1, null]);
});

it("keeps nothing once its endpoint is erased, though an answer comes after that", async () => {
  rig.life().hear(rig.living());
  rig.now += 600_000;
  rig.watch = rig.living();
  const before = rig.kept;
  const next = rig.life();
  next.noteChanged(7);
  next.stop();
  await next.flush();
  expect([rig.told, rig.kept]).toEqual([[[], 0], before]);
});

it("keeps who watches with what its object stores first, and not before that", () => {
  const rig = new Rig();
  rig.mayKeep = false;
  const teller = rig.life();
  const watch = rig.living();
  teller.hear(watch);
  teller.keep();
  expect(rig.keeps).toBe(0);
  rig.mayKeep = true;
  teller.keep();
  teller.keep();
  expect([rig.keeps, rig.kept]).toEqual([1, watch]);
});
