import { expect, it } from "vitest";
import type { EndpointParts } from "../../src/delivery/parts.ts";
import { Replaying } from "../../src/delivery/replaying.ts";
import type { Runner } from "../../src/delivery/runner.ts";
import type { ReplayStep } from "../../src/domain/replay-messages.ts";

/** Replaying of an endpoint that is found to exist when the test says so, call by call. */
function scene() {
  const looks: (() => void)[] = [];
  const enqueued: number[] = [];
  const parts = {
    configuration: { current: { config: { status: "enabled" } } },
    intake: { isFull: false },
    replays: {
      enqueue: ({ step }: ReplayStep) => enqueued.push(step),
      forget: () => {},
    },
    surroundings: { nowMs: () => 0 },
    tail: { hear: () => {} },
  };
  const runner = {
    exists: () => new Promise<boolean>((resolve) => looks.push(() => resolve(true))),
    handedOver: { isCaughtUp: async () => true },
    isReady: true,
    change: <T>(change: () => T) => change(),
    start: () => {},
  };
  const replaying = new Replaying(parts as unknown as EndpointParts, runner as unknown as Runner);
  const step = (jobId = "rpl_1") => replaying.step({ jobId, step: 1, events: [] });
  return { replaying, step, looks, enqueued };
}

it("does a step of a replay job no more that the job has given up, sent again and ended", async () => {
  const { enqueued, looks, replaying, step } = scene();
  const late = step();
  const again = step();
  looks[1]?.();
  expect(await again).toEqual({ outcome: "enqueued", done: 1 });
  replaying.end("rpl_1");
  looks[0]?.();
  expect(await late).toEqual({ outcome: "full" });
  expect(enqueued).toEqual([1]);
});

it("does the steps of several jobs that come at once", async () => {
  const { enqueued, looks, step } = scene();
  const both = [step("rpl_1"), step("rpl_2")];
  for (const look of looks) look();
  expect((await Promise.all(both)).map(({ outcome }) => outcome)).toEqual(["enqueued", "enqueued"]);
  expect(enqueued).toEqual([1, 1]);
});
