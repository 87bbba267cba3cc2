import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import type { Claim, ClaimAnswer } from "../../../src/domain/claim-messages.ts";
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
  const claim = (log: number, insteadOf?: Claim) =>
    claims.claim([{ ...NAME, insteadOf }], log, 1, nowMs, () => null);
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

it("frees a name once all have given it back who claimed it, also within its millisecond, in whichever order and however often", () =>
  runInDurableObject(env.EVENT_LOG.getByName(`ws_${crypto.randomUUID()}`), (_instance, { storage }) => {
    const { claim, giveBack } = requestsOf(storage);
    for (const order of [
      [0, 1],
      [1, 0],
    ]) {
      const both = [claim(1), claim(1)];
      // The other may be on its way to log 1.
      const [first = 0, last = 1] = order;
      for (const again of [first, first]) giveBack(1, both[again] ?? claim(2));
      expect(claim(2).outcome).toBe("taken");
      giveBack(1, both[last] ?? claim(2));
      const other = claim(2);
      expect(other.outcome).toBe("claimed");
      giveBack(2, other);
    }
  }));

it("keeps a name that more claimed than it knows of, or that older code knows of alone, and says so", () =>
  runInDurableObject(env.EVENT_LOG.getByName(`ws_${crypto.randomUUID()}`), (_instance, { storage }) => {
    const { claim, giveBack } = requestsOf(storage);
    const all = Array.from({ length: 9 }, () => claim(1));
    expect(all.map((answer) => "known" in answer && answer.known)).toEqual([...Array(8).fill([]), [0]]);
    for (const answer of all) giveBack(1, answer);
    expect(claim(2).outcome).toBe("taken");
    storage.sql.exec("UPDATE claims SET claimants = NULL");
    expect(claim(1)).toMatchObject({ outcome: "claimed", known: [0] });
  }));

it("gives nothing back of a claim that came to nothing and whose place another has taken", () =>
  runInDurableObject(env.EVENT_LOG.getByName(`ws_${crypto.randomUUID()}`), (_instance, { storage }) => {
    const { claim, giveBack } = requestsOf(storage);
    const first = claim(1);
    const taken = claim(2);
    if (taken.outcome !== "taken") throw new Error(taken.outcome);
    expect(claim(2, taken.claims[0] ?? undefined).outcome).toBe("claimed");
    giveBack(1, first);
    expect(claim(1).outcome).toBe("taken");
  }));

it("frees a name that was claimed again after midnight", () =>
  runInDurableObject(env.EVENT_LOG.getByName(`ws_${crypto.randomUUID()}`), (_instance, { storage }) => {
    const claims = new Claims(storage.sql);
    const midnight = 20_000 * DAY_MS;
    const claim = (log: number, nowMs: number) => claims.claim([NAME], log, 1, nowMs, () => null);
    for (const at of [midnight - 1, midnight]) expect(claim(1, at)).toMatchObject({ at, known: [] });
    for (const at of [midnight, midnight - 1])
      claims.giveBack({ names: [NAME], claim: { log: 1, epoch: 1, at } }, midnight);
    expect(claim(2, midnight).outcome).toBe("claimed");
  }));
