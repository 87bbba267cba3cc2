import { afterEach, describe, expect, it, vi } from "vitest";
import type { Subscription } from "../../../src/domain/endpoint.ts";
import type { Matching } from "../../../src/filter/matching.ts";
import type { Matchable } from "../../../src/filter/subscription.ts";
import { SubscriptionIndex } from "../../../src/filter/subscription-index.ts";
import type { MatchRoom } from "../../../src/log/accept/match-job.ts";
import { EVENT_STEPS, Matcher, STEPS_AT_ONCE } from "../../../src/log/accept/matcher.ts";
import { awaitTurn, TURN_MS } from "../../../src/log/accept/thread-turns.ts";
import { platform } from "../../../src/platform.ts";
import { newEvent } from "../events.ts";

/** One filter at the most goes over what a turn may take. */
const ONE_FILTER_STEPS = 15_000;

/** Room for whatever a request takes. */
function roomOf(bytes: number): MatchRoom {
  return { bytes, grow: () => true };
}

const NUMBERS = JSON.stringify({ l: Array.from({ length: 200 }, (_, n) => n) });

/** A log's subscriptions, of which each match that begins can be looked at. */
class Subscriptions {
  readonly index = new SubscriptionIndex();
  readonly begun: Matching[] = [];
  #version = 0;

  begin(event: Matchable): Matching {
    const matching = this.index.begin(event);
    this.begun.push(matching);
    return matching;
  }

  withoutAbout<Match>(match: Match): Match {
    return match;
  }

  set(number: number, given: Partial<Subscription> = {}, disabled = false): void {
    const subscription = { types: ["*"], stages: [], tags: [], context: {}, filter: null, ...given };
    this.index.set(number, { endpointId: `ep_${number}`, version: ++this.#version, disabled, subscription });
  }

  /** Endpoints with a costly filter each, no two the same, that events of this type do not match. */
  setCostly(from: number, count: number, types = ["*"]): void {
    for (let n = from; n < from + count; n++) {
      this.set(n, { types, filter: `data.l.all(a, data.l.all(b, a + b < ${1000 + n}))` });
    }
  }

  get steps(): number {
    return this.begun.reduce((total, { steps }) => total + steps, 0);
  }
}

function logOf(subscriptions: Subscriptions) {
  const matcher = new Matcher(subscriptions, platform);
  const match = (type: string, count = 1, bytes = 1000) =>
    matcher.match(
      Array.from({ length: count }, () => newEvent({ type, data: NUMBERS })),
      Date.now(),
      roomOf(bytes),
    );
  const endpointsOf = async (type: string) => (await match(type))?.map((one) => one.match.endpoints);
  return { matcher, match, endpointsOf };
}

afterEach(() => {
  vi.useRealTimers();
});

describe("costly filters", () => {
  it("leave the thread to others in between, however many they are and however large the batch", async () => {
    const subscriptions = new Subscriptions();
    subscriptions.set(1);
    subscriptions.setCostly(2, 300);
    const { match } = logOf(subscriptions);
    let seen = 0;
    let longest = 0;
    let isDone = false;
    const look = () => {
      longest = Math.max(longest, subscriptions.steps - seen);
      seen = subscriptions.steps;
      if (!isDone) setTimeout(look, 0);
    };
    setTimeout(look, 0);
    const matched = await match("deal.created", 3);
    isDone = true;
    expect(matched?.map((one) => one.match.endpoints)).toEqual([[1], [1], [1]]);
    expect(subscriptions.steps).toBeGreaterThan(3 * 300 * 10_000);
    expect(longest).toBeGreaterThan(0);
    // The first part is at once, and a turn may follow before the look.
    expect(longest).toBeLessThan(2 * (STEPS_AT_ONCE + ONE_FILTER_STEPS));
  });

  it("run once for an event, however many patterns of their endpoint take its type", async () => {
    const subscriptions = new Subscriptions();
    const type = Array.from({ length: 64 }, () => "a").join(".");
    const dots = [...type.matchAll(/\./g)].map(({ index }) => `${type.slice(0, index)}.*`);
    subscriptions.setCostly(1, 3, [...dots, type, "*"]);
    await logOf(subscriptions).match(type);
    expect(subscriptions.steps).toBeGreaterThan(3 * 10_000);
    expect(subscriptions.steps).toBeLessThan(3 * ONE_FILTER_STEPS);
  });

  it("hold up neither an event that meets none of them nor, once it had its budget, a cheaper one that came later", async () => {
    const subscriptions = new Subscriptions();
    subscriptions.setCostly(1, (3 * EVENT_STEPS) / 10_000, ["deal.*"]);
    subscriptions.setCostly(1001, 20, ["lead.*"]);
    subscriptions.set(2000, { types: ["note.*"] });
    const { endpointsOf } = logOf(subscriptions);
    const ended: string[] = [];
    const dear = endpointsOf("deal.created").then(() => ended.push("deal"));
    while (subscriptions.steps < EVENT_STEPS + STEPS_AT_ONCE)
      await new Promise((resume) => setTimeout(resume, 0));
    const others = ["lead.created", "lead.created", "note.created"].map((type) =>
      endpointsOf(type).then((endpoints) => ended.push(`${type} ${endpoints}`)),
    );
    await Promise.all([dear, ...others]);
    expect(ended).toEqual(["note.created 2000", "lead.created ", "lead.created ", "deal"]);
  });

  it("of many workspaces take turns with each other, and leave half of the time to everything else", async () => {
    vi.useFakeTimers({ toFake: ["Date", "setTimeout"] });
    const startedAt = Date.now();
    const times: number[] = [];
    for (let n = 0; n < 10; n++) awaitTurn(platform).then(() => times.push(Date.now() - startedAt));
    await vi.advanceTimersByTimeAsync(10 * TURN_MS + 100);
    expect(times).toHaveLength(10);
    const gaps = times.slice(1).map((time, i) => time - (times[i] as number));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(TURN_MS);
  });
});

describe("a subscription that changes during a long match", () => {
  /** Begins a match of `deal.created` that meets endpoint 500 last, and changes subscriptions while it is under way. */
  async function during(change: (subscriptions: Subscriptions) => void) {
    const subscriptions = new Subscriptions();
    subscriptions.setCostly(1, 50);
    subscriptions.set(500, { types: ["deal.created"], filter: "data.l.size() == 200" });
    const matching = logOf(subscriptions).match("deal.created");
    expect(subscriptions.steps).toBeLessThan(2 * STEPS_AT_ONCE);
    change(subscriptions);
    return (await matching)?.[0]?.match;
  }

  it("is matched as it was when the event came, wherever the change moves it in the index", async () => {
    const match = await during((subscriptions) => {
      subscriptions.set(500, { types: ["deal.created", "*"], filter: "data.l.size() == 200" });
    });
    expect(match).toEqual({ endpoints: [500], missed: [] });
    const left = await during((subscriptions) =>
      subscriptions.set(500, { types: ["lead.*"], filter: "false" }),
    );
    expect(left).toEqual({ endpoints: [500], missed: [] });
  });

  it("misses the event if it is disabled at the end, and is left out if it was deleted", async () => {
    const disabled = await during((subscriptions) => subscriptions.set(500, { types: ["deal.*"] }, true));
    expect(disabled).toEqual({ endpoints: [], missed: [500] });
    expect(await during(({ index }) => index.delete(500))).toEqual({ endpoints: [], missed: [] });
  });
});

describe("a request", () => {
  it("is refused while so much waits for costly filters that it would take longer than a publisher waits", async () => {
    vi.useFakeTimers({ toFake: ["Date", "setTimeout"] });
    // Each event of deals takes ten turns, and as many steps as 2 s of them.
    const begin = ({ type }: Matchable) => {
      const total = type.startsWith("deal.") ? 1000 * STEPS_AT_ONCE : 1;
      const advance = (steps: number) => {
        matching.steps = Math.min(total, matching.steps + 100 * steps);
        return matching.steps < total ? null : { endpoints: [], missed: [] };
      };
      const matching = { steps: 0, advance };
      return matching;
    };
    const matcher = new Matcher({ begin, withoutAbout: (match) => match }, platform);
    const events = (type: string, count = 1) => Array.from({ length: count }, () => newEvent({ type }));
    const first = matcher.match(events("deal.created"), Date.now(), roomOf(1));
    await vi.advanceTimersByTimeAsync(20 * TURN_MS);
    expect(await first).toHaveLength(1);
    // By what that one took, 15 events are more than 30 seconds.
    const waiting = [10, 4, 1].map((count) =>
      matcher.match(events("deal.created", count), Date.now(), roomOf(1)),
    );
    expect(await matcher.match(events("deal.created"), Date.now(), roomOf(1))).toBeNull();
    expect(await matcher.match(events("note.created"), Date.now(), roomOf(1))).toHaveLength(1);
    // An event that nobody would send again is never refused.
    waiting.push(matcher.match(events("deal.created"), Date.now()));
    await vi.advanceTimersByTimeAsync(17 * 10 * TURN_MS + 100);
    expect((await Promise.all(waiting)).map((matched) => matched?.length)).toEqual([10, 4, 1, 1]);
  });

  it("is refused when the events that wait hold as much memory as they may", async () => {
    const subscriptions = new Subscriptions();
    subscriptions.setCostly(1, 20);
    const { match } = logOf(subscriptions);
    const first = match("deal.created", 1, 16 * 1024 * 1024);
    expect(await match("deal.created", 1, 1000)).toBeNull();
    expect(await first).toHaveLength(1);
    expect(await match("deal.created", 1, 1000)).toHaveLength(1);
  });

  it("whose match fails is told so, and the others go on", async () => {
    const subscriptions = new Subscriptions();
    subscriptions.setCostly(1, 50);
    const { match, matcher } = logOf(subscriptions);
    const good = match("deal.created");
    const bad = matcher.match(
      [newEvent({ data: NUMBERS }), newEvent({ data: "{" })],
      Date.now(),
      roomOf(1000),
    );
    await expect(bad).rejects.toThrow();
    expect(await good).toHaveLength(1);
    expect(await match("deal.created")).toHaveLength(1);
  });

  it("fails as a whole where an event cannot be matched at once, and is not stored in part", async () => {
    const subscriptions = new Subscriptions();
    subscriptions.set(1, { filter: "data.n == 1" });
    const { matcher } = logOf(subscriptions);
    const events = [newEvent({ data: '{"n":1}' }), newEvent({ data: "{" })];
    await expect(matcher.match(events, Date.now())).rejects.toThrow();
  });
});

describe("events that go to the same endpoints", () => {
  /** A log with many endpoints for every type, and one more for each of some. */
  function manyEndpoints() {
    const subscriptions = new Subscriptions();
    for (let n = 1; n <= 2000; n++) subscriptions.set(n, {}, n > 1000);
    for (let n = 0; n < 50; n++) subscriptions.set(3000 + n, { types: [`deal.n${n}`] });
    return new Matcher(subscriptions, platform);
  }

  const ofType = (type: string, count: number) => Array.from({ length: count }, () => newEvent({ type }));

  it("share one list of them, with those of other requests too, whose bytes are held once", async () => {
    const matcher = manyEndpoints();
    const held: number[] = [];
    const room = { bytes: 1, grow: (bytes: number) => held.push(bytes) > 0 };
    const first = (await matcher.match(ofType("note.created", 200), Date.now(), room)) ?? [];
    const second = (await matcher.match(ofType("note.created", 1), Date.now(), room)) ?? [];
    expect(first).toHaveLength(200);
    expect(new Set([...first, ...second].map(({ match }) => match.endpoints)).size).toBe(1);
    expect(new Set([...first, ...second].map(({ match }) => match.missed)).size).toBe(1);
    expect(first[0]?.match.endpoints).toEqual(Array.from({ length: 1000 }, (_, i) => i + 1));
    expect(held).toEqual([8000, 8000]);
  });

  it("share it however many other lists lie between them in a batch", async () => {
    const matcher = manyEndpoints();
    const types = Array.from({ length: 200 }, (_, n) => `deal.n${n % 50}`);
    const events = types.map((type) => newEvent({ type }));
    const matched = (await matcher.match(events, Date.now(), roomOf(1))) ?? [];
    expect(matched.map(({ match }) => match.endpoints.at(-1))).toEqual(types.map((_, n) => 3000 + (n % 50)));
    expect(new Set(matched.map(({ match }) => match.endpoints)).size).toBe(50);
  });

  it("are refused, and hold nothing on, where there is no room for their lists", async () => {
    const matcher = manyEndpoints();
    let free = 60_000;
    const grow = (bytes: number) => {
      if (bytes > free) return false;
      free -= bytes;
      return true;
    };
    const room = { bytes: 1, grow };
    const events = Array.from({ length: 50 }, (_, n) => newEvent({ type: `deal.n${n}` }));
    expect(await matcher.match(events, Date.now(), room)).toBeNull();
    expect(free).toBeLessThan(8008);
    expect(await matcher.match(events, Date.now(), roomOf(1))).toHaveLength(50);
  });
});
