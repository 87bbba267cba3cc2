import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Endpoint } from "../../src/delivery/endpoint.ts";
import { ENDPOINT_SCHEMA } from "../../src/delivery/schema.ts";
import { EventLog } from "../../src/log/event-log.ts";
import { LOG_SCHEMA } from "../../src/log/schema.ts";
import { orOnceAwake, placesOf } from "../../src/storage/places.ts";
import { migrate, type SchemaStep, versionsIn } from "../../src/storage/schema.ts";

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

/** The objects that have the places of each class. */
const OTHERS = { ENDPOINT: ["ep_first", "ep_second", "ep_third"], EVENT_LOG: ["ws_first"] };

/** Runs a test with an object of its own, all places of its class taken by others that are at work. */
function withoutPlace(
  objectClass: keyof typeof OTHERS,
  test: (state: DurableObjectState, abort: ReturnType<typeof vi.fn>) => Promise<void>,
): Promise<void> {
  const places = placesOf(FEW)?.[objectClass];
  if (!places) throw new Error("no places");
  const others = OTHERS[objectClass];
  for (const name of others) {
    places.enter(name, Date.now());
    places.noteOpened(name, BUSY);
  }
  const namespace: DurableObjectNamespace<Endpoint | EventLog> = env[objectClass];
  return runInDurableObject(namespace.getByName(crypto.randomUUID()), async (_, state) => {
    const abort = vi.fn();
    // The object of this test stays: it only tells how it would have ended.
    Object.defineProperty(state, "abort", { value: abort, configurable: true });
    await state.storage.deleteAll();
    await test(state, abort);
    for (const name of [...others, ...places.chooseToGoOn(Date.now()), state.id.name ?? ""])
      places.noteClosed(name, true, Date.now());
  });
}

const KINDS = [
  ["an endpoint", "ENDPOINT", ENDPOINT_SCHEMA, (state: DurableObjectState) => new Endpoint(state, FEW)],
  ["a log", "EVENT_LOG", LOG_SCHEMA, (state: DurableObjectState) => new EventLog(state, FEW)],
] as const;

/** An object that has the tables of its class's first version: whoever reads them brings them up to the newest. */
function opened(
  [, , schema, open]: readonly [
    string,
    string,
    readonly SchemaStep[],
    (state: DurableObjectState) => Endpoint | EventLog,
  ],
  state: DurableObjectState,
) {
  migrate(state.storage, schema.slice(0, 1));
  const object = open(state);
  return { object, hasRead: () => versionsIn(state.storage.sql)?.done === schema.length };
}

it.each(KINDS)(
  "sets its alarm anew and closes, with nothing read, when the alarm of %s finds no place",
  (...kind) =>
    withoutPlace(kind[1], async (state, abort) => {
      const { object, hasRead } = opened(kind, state);
      await object.alarm();
      expect(hasRead()).toBe(false);
      expect(await state.storage.getAlarm()).toBeGreaterThanOrEqual(now + 30_000);
      await vi.waitFor(() => expect(abort).toHaveBeenCalledOnce());
    }),
);

it.each(KINDS)("reads what it has at once where the alarm of %s finds a place", (...kind) =>
  withoutPlace(kind[1], async (state, abort) => {
    placesOf(FEW)?.[kind[1]].noteClosed(OTHERS[kind[1]][0] ?? "", true, Date.now());
    const { object, hasRead } = opened(kind, state);
    expect(hasRead()).toBe(true);
    await object.alarm();
    expect(abort).not.toHaveBeenCalled();
  }),
);

it("answers a caller that has a place and comes to one that is going back to sleep by its next life", () =>
  withoutPlace("ENDPOINT", async (state, abort) => {
    const asleep = new Endpoint(state, FEW);
    placesOf(FEW)?.ENDPOINT.noteClosed("ep_first", true, now);
    expect(placesOf(FEW)?.ENDPOINT.chooseToGoOn(now)).toEqual([state.id.name]);
    const lives = [asleep, new Endpoint(state, FEW)];
    const answer = await orOnceAwake(async () => lives.shift()?.queueState());
    expect(answer).toBeNull();
    expect(lives).toEqual([]);
    expect(abort).toHaveBeenCalledOnce();
  }));
