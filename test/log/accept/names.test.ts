import { expect, it } from "vitest";
import { Names, type NamesPort } from "../../../src/log/accept/names.ts";

const GIB = 1024 ** 3;

/** The names of log 0, whose object takes so many bytes. */
function namesIn(databaseSize: number): Names {
  const storage = { sql: { databaseSize }, transactionSync: <T>(act: () => T) => act() };
  return new Names({
    storage: storage as unknown as DurableObjectStorage,
    seed: [1, 2, 3],
    share: { accepts: () => true, addCount: (answer) => answer },
    claims: {
      claim: () => ({ outcome: "claimed", notAfterMs: 1000 }),
    } as unknown as NamesPort["claims"],
    lookup: { findKnown: async () => new Map() },
    nowMs: () => 0,
  });
}

it("takes no more names where the register is as full as a log may be, and says when to come again", async () => {
  const request = { epoch: 1, log: 3, names: [{ kind: "event", name: "order-1", digest: "d" } as const] };
  expect(await namesIn(7 * GIB).claim(request)).toEqual({ outcome: "claimed", notAfterMs: 1000 });
  expect(await namesIn(9 * GIB).claim(request)).toEqual({ outcome: "overloaded", retryAfterSeconds: 10 });
});
