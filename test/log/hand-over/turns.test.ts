import { expect, it, vi } from "vitest";
import { Deadlines } from "../../../src/deadlines.ts";
import { MemoryBudget } from "../../../src/domain/memory-budget.ts";
import { pause } from "../../../src/domain/surroundings.ts";
import { Pump } from "../../../src/log/hand-over/pump.ts";
import { Turns, type TurnsPort } from "../../../src/log/hand-over/turns.ts";
import { platform } from "../../../src/platform.ts";
import { passTimeByHand, World } from "./world.ts";

passTimeByHand();

/** Turns of pumps that all have a place and room: the thread alone may refuse them. */
function newTurns({ mayBegin, step }: Pick<TurnsPort, "step"> & Pick<TurnsPort["pace"], "mayBegin">): Turns {
  return new Turns({
    ...platform,
    deadlines: new Deadlines(platform),
    placeAt: (_number, nowMs) => nowMs,
    makeRoom: () => {},
    mayStart: () => true,
    pace: { mayBegin, lookAgainMs: () => 0 },
    underWay: new MemoryBudget(1024 ** 2).holder("log", "log", platform.nowMs),
    wakeBy: () => {},
    step,
  });
}

it("starts an event for one endpoint beside one for a thousand, and not behind it", async () => {
  const started: number[] = [];
  // A round of the thread has time for one.
  let mayBegin = true;
  const turns = newTurns({
    mayBegin: () => mayBegin,
    step: async (pump) => {
      mayBegin = false;
      started.push(pump.number);
      pump.stop();
    },
  });
  for (let number = 1; number <= 1000; number++) turns.ask(new Pump(number, null), 1000);
  turns.ask(new Pump(2001, null));
  turns.ask(new Pump(2002, null));
  for (let rounds = 0; rounds < 6; rounds++) {
    mayBegin = true;
    await vi.advanceTimersByTimeAsync(1);
  }
  expect(started.slice(0, 4).sort()).toEqual([1, 2, 2001, 2002]);
  expect(started.slice(4)).toEqual([3, 4]);
});

it("has what came back from an event for many wait with the others of it", async () => {
  const started: number[] = [];
  const turns = newTurns({
    mayBegin: () => started.length < 2,
    step: async (pump) => {
      started.push(pump.number);
      pump.stop();
    },
  });
  const many = new Pump(1, null);
  turns.ask(many, 1000);
  await vi.advanceTimersByTimeAsync(1);
  for (const number of [11, 12]) turns.ask(new Pump(number, null), 1000);
  turns.ask(many);
  turns.ask(new Pump(2, null));
  await vi.advanceTimersByTimeAsync(1);
  expect(started).toEqual([1, 2]);
});

it("leaves long rests to the alarm: a failing endpoint does not keep the object awake", async () => {
  const world = new World();
  const { batches } = world.receiver(1);
  world.receiver(1).behaviour = () => Promise.reject(new Error("the endpoint does not answer"));
  world.commit([1]);
  await world.pass(60_000);
  const timers = vi.spyOn(globalThis, "setTimeout");
  const [tries, alarms] = [batches.length, world.alarms];
  await world.pass(600_000);
  // A try each minute: its alarm, and the few timers of one RPC.
  expect(batches.length - tries).toBe(10);
  expect(world.alarms - alarms).toBe(10);
  expect(timers.mock.calls.length).toBeLessThan(10 * 8);
  timers.mockRestore();
});

it("ends a short rest in time, although an alarm may be late", async () => {
  const world = new World();
  const receiver = world.receiver(1);
  receiver.behaviour = () => Promise.reject(new Error("the endpoint does not answer"));
  world.commit([1]);
  await world.pass(100);
  receiver.behaviour = null;
  await world.pass(950);
  expect(world.alarms).toBe(0);
  expect(receiver.taken).toEqual(world.expectedFor(1));
});

it("hands an event over to more endpoints than one invocation may call, with an alarm between", async () => {
  const world = new World();
  const numbers = Array.from({ length: 12_000 }, (_, i) => i + 1);
  let calls = 0;
  const callsAtAlarm: number[] = [];
  for (const number of numbers) {
    const receiver = world.receiver(number);
    receiver.behaviour = async (events) => {
      calls++;
      if (world.alarms > callsAtAlarm.length) callsAtAlarm.push(calls - 1);
      receiver.take(events);
      return { outcome: "taken" };
    };
  }
  world.commit(numbers);
  await world.pass(9000);
  expect(calls).toBe(12_000);
  // Each of these objects may have asked for its configuration, and been called again.
  expect(callsAtAlarm).toEqual([2500, 5000, 7500, 10_000]);
  expect(world.handOver.handedOver).toBe(world.lastPosition);
});

it("charges one that reads from storage what it reads, not how long its endpoint takes to settle", async () => {
  const charges: number[] = [];
  const turns: Turns = newTurns({
    mayBegin: (chargeMs = 0) => {
      charges.push(chargeMs);
      return true;
    },
    step: async (pump, hasRead) => {
      await pause(platform, 2);
      hasRead();
      await pause(platform, 500);
      turns.ask(pump);
    },
  });
  for (let number = 0; number < 40; number++) turns.ask(new Pump(number, 1));
  await vi.advanceTimersByTimeAsync(20_000);
  expect(charges.length).toBeGreaterThanOrEqual(40);
  // What it reads takes 2 ms of 20 at the most, and taking it 1.
  expect(charges.at(-1)).toBeGreaterThanOrEqual(2);
  expect(charges.at(-1)).toBeLessThan(4);
});

it("hands an event that goes to one endpoint over in the turn of its commit, without a timer", async () => {
  const world = new World();
  world.commit([1]);
  // As a life begins it waits for the event that opens the object.
  await world.pass(100);
  world.commit([1]);
  expect(world.receiver(1).batches).toHaveLength(2);
  world.commit([1], [2]);
  expect(world.receiver(2).batches).toHaveLength(0);
  await world.pass(100);
  expect(world.receiver(2).taken).toEqual(world.expectedFor(2));
});

it("has one that was refused the thread look again by a timer, however alone it is", async () => {
  let looks = 0;
  let mayBegin = false;
  const pumps: number[] = [];
  const turns = newTurns({
    mayBegin: () => {
      looks++;
      return mayBegin;
    },
    step: async ({ number }) => {
      pumps.push(number);
    },
  });
  turns.startTogether(() => turns.ask(new Pump(7, null)));
  await Promise.resolve();
  expect([looks, pumps]).toEqual([1, []]);
  mayBegin = true;
  await vi.advanceTimersByTimeAsync(10);
  expect([looks, pumps]).toEqual([2, [7]]);
});
