import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { DAY_MS, MINUTE_MS } from "../../../src/domain/durations.ts";
import { Claims } from "../../../src/log/accept/claims.ts";

const NAME = { kind: "event", name: "evt_1", digest: "d" } as const;

it("holds a name for as long as an id that lies ahead may come again, whichever days that touches", () =>
  runInDurableObject(env.EVENT_LOG.getByName(`ws_${crypto.randomUUID()}`), (_instance, { storage }) => {
    const claims = new Claims(storage.sql);
    const claim = (log: number, nowMs: number, name: string = NAME.name) =>
      claims.claim([{ ...NAME, name }], log, 1, nowMs, () => null).outcome;
    const beforeMidnight = 20_000 * DAY_MS - MINUTE_MS;
    expect(claim(1, beforeMidnight)).toBe("claimed");
    const lastMs = beforeMidnight + DAY_MS + 5 * MINUTE_MS - 1;
    // What is new removes what is old.
    expect(claim(1, lastMs, "evt_2")).toBe("claimed");
    expect([claim(2, lastMs), claim(2, lastMs + 1)]).toEqual(["taken", "claimed"]);
  }));
