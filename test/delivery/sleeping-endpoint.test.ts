import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Endpoint } from "../../src/delivery/endpoint.ts";
import { orOnceAwake, placesOf } from "../../src/storage/places.ts";

/** Three places for endpoints, and one for a log. */
const FEW = { ...env, LIVE_OBJECTS: "4" };

/** What one test leaves behind is closed long before the next one. */
let now = Date.now();

beforeEach(() => {
  now += 3_600_000;
  vi.useFakeTimers({ toFake: ["Date"], now });
});

afterEach(() => {
  vi.useRealTimers();
});

const BUSY = { isIdle: false };

/** Runs a test with an object of its own, all places taken by others that are at work. */
function withoutPlace(
  test: (state: DurableObjectState, abort: ReturnType<typeof vi.fn>) => Promise<void>,
): Promise<void> {
  const endpoints = placesOf(FEW)?.ENDPOINT;
  if (!endpoints) throw new Error("no places");
  const others = ["ep_first", "ep_second", "ep_third"];
  for (const name of others) {
    endpoints.enter(name, Date.now());
    endpoints.opened(name, BUSY);
  }
  return runInDurableObject(env.ENDPOINT.getByName(`ep_${crypto.randomUUID()}`), async (_, state) => {
    const abort = vi.fn();
    // The object of this test stays: it only tells how it would have ended.
    Object.defineProperty(state, "abort", { value: abort, configurable: true });
    await state.storage.deleteAll();
    await test(state, abort);
    for (const name of [...others, ...endpoints.toGoOn(Date.now()), state.id.name ?? ""])
      endpoints.closed(name, true, Date.now());
  });
}

const tablesOf = ({ storage }: DurableObjectState) =>
  storage.sql.exec("SELECT name FROM sqlite_master WHERE name NOT LIKE '\\_cf%' ESCAPE '\\'").toArray();

it("sets its alarm anew and closes, with nothing read, when the alarm of an endpoint finds no place", () =>
  withoutPlace(async (state, abort) => {
    const endpoint = new Endpoint(state, FEW);
    await endpoint.alarm();
    expect(tablesOf(state)).toEqual([]);
    expect(await state.storage.getAlarm()).toBeGreaterThanOrEqual(now + 30_000);
    await vi.waitFor(() => expect(abort).toHaveBeenCalledOnce());
  }));

it("reads what it has at once where an endpoint's alarm finds a place", () =>
  withoutPlace(async (state, abort) => {
    placesOf(FEW)?.ENDPOINT.closed("ep_first", true, Date.now());
    const endpoint = new Endpoint(state, FEW);
    expect(tablesOf(state)).not.toEqual([]);
    await endpoint.alarm();
    expect(abort).not.toHaveBeenCalled();
  }));

it("answers a caller that has a place and comes to one that is going back to sleep by its next life", () =>
  withoutPlace(async (state, abort) => {
    const asleep = new Endpoint(state, FEW);
    placesOf(FEW)?.ENDPOINT.closed("ep_first", true, now);
    expect(placesOf(FEW)?.ENDPOINT.toGoOn(now)).toEqual([state.id.name]);
    const lives = [asleep, new Endpoint(state, FEW)];
    const answer = await orOnceAwake(async () => lives.shift()?.queueState());
    expect(answer).toBeNull();
    expect(lives).toEqual([]);
    expect(abort).toHaveBeenCalledOnce();
  }));
