import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { Predecessors } from "../../../src/log/hand-over/predecessors.ts";
import { Share } from "../../../src/log/store/share.ts";

const BARRIERS = [1000, 2000, 3000];
const UP_TO_HERE = 3000;

interface Scene {
  predecessors: Predecessors;
  share: Share;
  /** What the other logs say: of this endpoint, and of all. */
  here: boolean;
  everywhere: boolean;
  /** Whether they do not answer. */
  fails: boolean;
  /** The logs that were asked, with the position. */
  asked: [log: number, position: number][];
  nowMs: number;
  /** As after a restart. */
  again(): Predecessors;
}

/** Log 1 of three that there were, as they became eight. */
function withScene(test: (scene: Scene) => Promise<void>): Promise<void> {
  const stub = env.EVENT_LOG.getByName(`ws_${crypto.randomUUID()}`);
  return runInDurableObject(stub, async (_instance, state) => {
    const { sql } = state.storage;
    const share = new Share(sql, () => 1);
    share.open(2, 8, BARRIERS);
    const make = () =>
      new Predecessors({
        ...{ sql, share, nowMs: () => scene.nowMs },
        ask: async (log, _endpointId, position) => {
          scene.asked.push([log, position]);
          if (scene.fails) throw new Error("no answer");
          return { here: scene.here, everywhere: scene.everywhere };
        },
      });
    const scene: Scene = {
      ...{ predecessors: make(), share, here: false, everywhere: false, fails: false },
      ...{ asked: [], nowMs: 1_000_000 },
      again: make,
    };
    await test(scene);
  });
}

describe("what other logs accepted before", () => {
  it("comes first: until all of them say that an endpoint has it, it gets nothing from behind", () =>
    withScene(async (scene) => {
      expect(await scene.predecessors.limit(7, "ep_7")).toBe(UP_TO_HERE);
      expect(scene.asked).toEqual([
        [0, 1000],
        [2, 3000],
      ]);
      scene.here = true;
      expect(await scene.predecessors.limit(7, "ep_7")).toBe(Number.POSITIVE_INFINITY);
    }));

  it("is past for an endpoint for good, though the others know less after a crash", () =>
    withScene(async (scene) => {
      scene.here = true;
      await scene.predecessors.limit(7, "ep_7");
      scene.here = false;
      expect(await scene.again().limit(7, "ep_7")).toBe(Number.POSITIVE_INFINITY);
      expect(await scene.again().limit(8, "ep_8")).toBe(UP_TO_HERE);
    }));

  it("holds nobody up who has passed it, where a log does not answer whether all have", () =>
    withScene(async (scene) => {
      scene.here = true;
      await scene.predecessors.limit(7, "ep_7");
      scene.nowMs += 60_000;
      scene.fails = true;
      scene.asked.length = 0;
      expect(await scene.predecessors.limit(7, "ep_7")).toBe(Number.POSITIVE_INFINITY);
      expect(scene.asked).not.toEqual([]);
      await expect(scene.predecessors.limit(8, "ep_8")).rejects.toThrow("no answer");
    }));

  it("is over once all endpoints have it, and nobody is asked any more", () =>
    withScene(async (scene) => {
      scene.here = true;
      await scene.predecessors.limit(7, "ep_7");
      expect(scene.predecessors.areAllPassed).toBe(false);
      scene.everywhere = true;
      scene.nowMs += 60_000;
      await scene.predecessors.limit(7, "ep_7");
      await expect.poll(() => scene.predecessors.areAllPassed).toBe(true);
      scene.asked.length = 0;
      expect(await scene.predecessors.limit(9, "ep_9")).toBe(Number.POSITIVE_INFINITY);
      expect(scene.asked).toEqual([]);
    }));
});
