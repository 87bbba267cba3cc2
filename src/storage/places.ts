import type { Clock, Timers } from "../domain/surroundings.ts";
import { AlarmCalendar } from "./alarm-calendar.ts";
import { Connections } from "./connections.ts";
import { type OpenObject, OpenObjects } from "./open-objects.ts";
import { startAnew } from "./start-anew.ts";

/* The places of this isolate's objects, where the machine has few files (`LIVE_OBJECTS`); elsewhere there are none. */

/** One in four of the places for objects is for logs, one in sixteen for inboxes, and as many for hubs. */
const LOGS_SHARE = 4;
const INBOXES_SHARE = 16;
const HUBS_SHARE = 16;

/**
 * One in so many of the objects that may be open may be opened by alarms within a tenth of a second, beyond what the places
 * allow; and no more than one within what an alarm takes of the thread, or those that want to ring at one moment would
 * hold it up one after the other.
 */
const ALARMS_SHARE = 40;
const FEW_ALARMS = 2;
const LEAST_BETWEEN_ALARMS_MS = 2;

/**
 * Alarms for what is done at leisure leave part of the thread to deliveries: each takes some 3 ms of it. Those of a thousand objects
 * ring within 5 s, as long as these are open.
 */
const BETWEEN_CHORES_MS = 5;

/** Of those that find no time of their own each rings so much later than the one before, round and round. */
const CROWDED_STEP_MS = 1613;

const NO_PLACE = "it had no place among the open objects";

export type ObjectClass = "ENDPOINT" | "EVENT_LOG" | "INBOX" | "HUB";

/** The one of the Worker's settings that matters here. */
interface Limited {
  LIVE_OBJECTS?: string;
}

interface Places extends Record<ObjectClass, OpenObjects> {
  calendar: AlarmCalendar;
  /** Those of them that ring for what is done at leisure. */
  chores: AlarmCalendar;
  /** The connections of endpoints to their receivers. */
  connections: Connections;
}

let places: Places | null = null;

/** The isolate's places; null = no limit. */
export function placesOf(env: Limited): Places | null {
  if (!env.LIVE_OBJECTS) return null;
  places ??= makePlaces(Number(env.LIVE_OBJECTS));
  return places;
}

function makePlaces(objects: number): Places {
  const part = (share: number) => Math.floor(objects / share);
  const [logs, inboxes, hubs] = [Math.max(1, part(LOGS_SHARE)), part(INBOXES_SHARE), part(HUBS_SHARE)];
  return {
    ENDPOINT: new OpenObjects(Math.max(1, objects - logs - inboxes - hubs)),
    EVENT_LOG: new OpenObjects(logs),
    INBOX: new OpenObjects(Math.max(1, inboxes), { leavesConnection: false }),
    // Its sockets would be lost with it: a hub that has some keeps its place.
    HUB: new OpenObjects(Math.max(1, hubs), { leavesConnection: false, takesTurns: false }),
    calendar: new AlarmCalendar(
      Math.max(LEAST_BETWEEN_ALARMS_MS, Math.floor(100 / Math.max(FEW_ALARMS, part(ALARMS_SHARE)))),
    ),
    chores: new AlarmCalendar(BETWEEN_CHORES_MS),
    // An object takes four files, one of them a connection: as many again for those who have several.
    connections: new Connections(objects),
  };
}

/** How many found the time before which they want to ring full. */
let crowded = 0;

/** How much later one more of them rings: anywhere before that, and no two that follow each other close by. */
function crowdedMs(leisureMs: number): number {
  return (crowded++ * CROWDED_STEP_MS) % leisureMs;
}

/** An object that waits for a place, and can be told that it has one. */
export interface Sleeper {
  goOn(): Promise<void>;
}

/** Calls the objects that sleep and have a place now. What fails is tried again by the object itself. */
export async function callNext(
  objects: OpenObjects,
  open: (name: string) => Sleeper,
  nowMs: number,
): Promise<void> {
  const calls = objects.chooseToGoOn(nowMs).map((name) => orOnceAwake(() => open(name).goOn()));
  await Promise.allSettled(calls);
}

/** A call of an object that has a place; once more where it came to one that was on its way back to sleep without. */
export async function orOnceAwake<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    // Such a one has done nothing.
    if (error instanceof Error && error.message.includes(NO_PLACE)) return call();
    throw error;
  }
}

/** The place of one object, as it sees it itself. */
export interface OwnPlace {
  /** Whether the object, which was just made, may read its tables; otherwise it may only sleep on. */
  mayOpen(): boolean;
  /** Whether it may start something now; where it had no place it takes one, if there is one. */
  mayGoOn(): boolean;
  /** How long it may sleep where it may not go on, milliseconds; it is called when it may. */
  sleepMs(): number;
  /** Whether others wait for a place. */
  isWanted(): boolean;
  /** When an alarm may ring that is wanted at a time, or at leisure up to `leisureMs` later; Unix milliseconds, both. */
  book(atMs: number, leisureMs?: number): number;
  /**
   * Closes the object once all that it stored is on disk; returns only if it must not be closed now.
   * It stays open while it is being called.
   * @param isForced even if it is not idle: what it does is done again, as after a crash
   */
  close(isForced?: boolean): Promise<void>;
  /** Sets the alarm of an object that may not open to when it asks again, and closes it once its handler is over. */
  sleepOn(): Promise<void>;
  /** Ends this life of an object that may not open; returns what a call fails with that came to it, see `orOnceAwake`. */
  leave(): Error;
}

const UNLIMITED: OwnPlace = {
  mayOpen: () => true,
  mayGoOn: () => true,
  sleepMs: () => 0,
  isWanted: () => false,
  book: (atMs) => atMs,
  close: async () => {},
  sleepOn: async () => {},
  leave: () => new Error(NO_PLACE),
};

/**
 * The place of the object that is being made; the caller or the alarm that opens it may have taken it.
 * @param open makes a stub of another object of its class
 */
export function ownPlace(
  env: Limited,
  objectClass: ObjectClass,
  ctx: DurableObjectState,
  object: OpenObject,
  surroundings: Clock & Timers,
  open: (name: string) => Sleeper,
): OwnPlace {
  const limited = placesOf(env);
  const { name } = ctx.id;
  if (limited === null || name === undefined) return UNLIMITED;
  const objects = limited[objectClass];
  objects.noteOpened(name, object);
  const known = (may: boolean) => {
    if (may) objects.noteOpened(name, object);
    return may;
  };
  return {
    mayOpen: () => known(objects.mayOpen(name, surroundings.nowMs())),
    mayGoOn: () => known(objects.mayGoOn(name, surroundings.nowMs())),
    sleepMs: () => objects.sleepMs(),
    isWanted: () => objects.isWanted,
    book: (atMs, leisureMs = 0) => {
      const nowMs = surroundings.nowMs();
      const leisurelyAt = leisureMs > 0 ? limited.chores.book(atMs, nowMs, atMs + leisureMs) : atMs;
      return limited.calendar.book(leisurelyAt ?? atMs + crowdedMs(leisureMs), nowMs);
    },
    close: async (isForced = false) => {
      // A call that is on its way to it would fail, even one that its own state tells nothing of.
      const mayClose = () => !objects.isCalled(name) && (isForced || object.isIdle);
      if (mayClose()) await ctx.storage.sync();
      if (!mayClose()) return;
      objects.noteClosed(name, true, surroundings.nowMs());
      // The place is passed on: those who sleep are called by those who leave.
      await callNext(objects, open, surroundings.nowMs());
      // Who took a place for it meanwhile has called this life of it.
      if (objects.hasPlace(name)) objects.noteOpened(name, object);
      else startAnew(ctx, "it was closed to make room for others");
    },
    sleepOn: async () => {
      const nowMs = surroundings.nowMs();
      await ctx.storage.setAlarm(limited.calendar.book(nowMs + objects.sleepMs(), nowMs));
      // Once the alarm is over: one that is cut would ring again at once.
      surroundings.after(0, async () => {
        await ctx.storage.sync();
        startAnew(ctx, NO_PLACE);
      });
    },
    leave: () => {
      startAnew(ctx, NO_PLACE);
      return new Error(NO_PLACE);
    },
  };
}
