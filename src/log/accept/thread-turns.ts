import { type Clock, pause, type Timers } from "../../domain/surroundings.ts";

/*
 * Turns on the one thread that all workspaces share, for work that may wait. They are counted at module level: each
 * EventLog object of the isolate takes its turns from here, so that ten workspaces with costly filters leave as much
 * of the thread to everybody else as one does. A time only, and no promise, is shared: a promise of one object must not
 * be awaited by another.
 */

/** From the start of one turn to the start of the next, in milliseconds: a turn has half of it, the rest is everybody else's. */
export const TURN_MS = 2;

/** A queue of turns is longer than this only where the clock was set back: an object has one turn in it. */
const MAX_QUEUE_MS = 1000;

let nextAt = 0;

/** Waits for the next free turn: at least until what else is due has run. */
export function awaitTurn(surroundings: Clock & Timers): Promise<void> {
  const nowMs = surroundings.nowMs();
  const at = nextAt > nowMs && nextAt - nowMs < MAX_QUEUE_MS ? nextAt : nowMs;
  nextAt = at + TURN_MS;
  return pause(surroundings, at - nowMs);
}
