import { expect, it } from "vitest";
import { backfill } from "../../../src/cli/listen/backfill.ts";
import type { Atlas } from "../../../src/sdk/client/index.ts";

const { signal } = new AbortController();
const since = "2026-11-20T00:00:00.000Z";

/** A service that has so many events of each type, one a millisecond and the types in turn, and ends each job so. */
function serviceWith(count: number, types: readonly string[], state = "done") {
  const asked: string[] = [];
  const atlas = {
    events: {
      async *list({ type }: { type: string }) {
        for (let n = count - 1; n >= 0; n--) {
          const at = n * types.length + types.indexOf(type);
          const accepted_at = new Date(Date.parse(since) + at).toISOString();
          yield { id: `evt_${String(at).padStart(6, "0")}`, type, accepted_at };
        }
      },
    },
    endpoints: {
      createReplay: async (_id: string, { event_ids: ids }: { event_ids: string[] }) => {
        asked.push(...ids);
        return { id: "rpl_1", state, done: ids.length, error: null };
      },
    },
  };
  return { atlas: atlas as unknown as Atlas, asked };
}

it("takes the newest 10,000 of several types together, oldest first", async () => {
  const types = ["a.made", "b.made"];
  const { atlas, asked } = serviceWith(8000, types);
  expect(await backfill(atlas, "ep_1", { types, since }, signal)).toEqual({ count: 10_000, isCut: true });
  expect([asked.length, asked[0], asked.at(-1)]).toEqual([10_000, "evt_006000", "evt_015999"]);
  expect(asked).toEqual(asked.toSorted());
});

it("does not count a replay that failed or was canceled as done", async () => {
  for (const state of ["failed", "canceled"]) {
    const { atlas } = serviceWith(1, ["a.made"], state);
    await expect(backfill(atlas, "ep_1", { types: ["a.made"], since }, signal)).rejects.toThrow(
      `the replay rpl_1 is ${state}: 1 were enqueued.`,
    );
  }
});
