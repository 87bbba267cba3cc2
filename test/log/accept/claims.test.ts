import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import type { ClaimAnswer } from "../../../src/domain/claim-messages.ts";
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

/** The claims that a request for a log makes of its name, and how it gives them back. */
function requestsOf(storage: DurableObjectStorage) {
  const nowMs = 20_000 * DAY_MS;
  const claims = new Claims(storage.sql);
  const claim = (log: number) => claims.claim([NAME], log, 1, nowMs, () => null);
  const giveBack = (log: number, answer: ClaimAnswer) => {
    if (answer.outcome !== "claimed" || answer.at === undefined) throw new Error(answer.outcome);
    claims.giveBack({ names: [NAME], claim: { log, epoch: 1, at: answer.at } }, nowMs);
  };
  return { claim, giveBack };
}

it("gives a name back, which another log's may claim then", () =>
  runInDurableObject(env.EVENT_LOG.getByName(`ws_${crypto.randomUUID()}`), (_instance, { storage }) => {
    const { claim, giveBack } = requestsOf(storage);
    const first = claim(1);
    expect([first, claim(2).outcome]).toMatchObject([{ outcome: "claimed", known: [] }, "taken"]);
    giveBack(1, first);
    expect(claim(2).outcome).toBe("claimed");
  }));

it("keeps a claim that took the place of one that is given back, also within its millisecond, and says that it did", () =>
  runInDurableObject(env.EVENT_LOG.getByName(`ws_${crypto.randomUUID()}`), (_instance, { storage }) => {
    const { claim, giveBack } = requestsOf(storage);
    const first = claim(1);
    // The same event again: it may be on its way to log 1 when the first is refused.
    expect(claim(1)).toMatchObject({ outcome: "claimed", known: [0] });
    giveBack(1, first);
    expect(claim(2).outcome).toBe("taken");
  }));
