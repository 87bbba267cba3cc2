import { pause } from "../domain/surroundings.ts";
import { ApiError } from "../errors.ts";
import { platform } from "../platform.ts";

/*
 * Changes of one workspace's configuration, one after the other. Each takes several writes on the thread that serves all
 * workspaces: thirty at once would leave the others thirty to wait for, and those of the same endpoint would come between
 * each other and start anew. Who waits looks again and again, because a promise of one request must not be awaited by
 * another: that one may be canceled, and nobody would go on.
 */

/** A change that takes longer is waited for no more: something of it does not answer. */
const LONGEST_MS = 2000;

/** Who was not seen for as long waits no more: its client has gone, and its request was ended. */
const UNSEEN_MS = 3000;

/** A waiting request looks so often, times its place in the queue. */
const LOOK_MS = 3;

/** After a change that others waited for, the thread is everybody else's for as long as it took, up to this. */
const LONGEST_REST_MS = 50;

const MAX_WAITING = 200;

interface Turn {
  /** When it last looked, or started, Unix milliseconds. */
  seenAt: number;
  isStarted: boolean;
}

interface Queue {
  turns: Turn[];
  /** Unix milliseconds. */
  restsUntil: number;
}

/** Per isolate, by workspace. */
const queues = new Map<string, Queue>();

/** Does the work when the workspace's changes before it are done. Throws 503 if too many wait. */
export async function oneAfterAnother<Result>(
  workspaceId: string,
  work: () => Promise<Result>,
): Promise<Result> {
  const queue = queues.get(workspaceId) ?? { turns: [], restsUntil: 0 };
  if (queue.turns.length >= MAX_WAITING) {
    throw new ApiError(
      "overloaded",
      "Too many changes of this workspace wait. Nothing was changed; try again.",
    );
  }
  queues.set(workspaceId, queue);
  const turn: Turn = { seenAt: platform.nowMs(), isStarted: false };
  queue.turns.push(turn);
  try {
    for (let waitMs = waitOf(turn, queue); waitMs > 0; waitMs = waitOf(turn, queue)) {
      await pause(platform, waitMs);
    }
    turn.isStarted = true;
    return await work();
  } finally {
    leave(turn, queue);
    if (queue.turns.length === 0 && queues.get(workspaceId) === queue) queues.delete(workspaceId);
  }
}

/** How long until it is worth looking again, milliseconds; 0 = it is its turn. Those that are gone leave the queue. */
function waitOf(turn: Turn, { turns, restsUntil }: Queue): number {
  const nowMs = platform.nowMs();
  turn.seenAt = nowMs;
  const isGone = ({ isStarted, seenAt }: Turn) => nowMs - seenAt > (isStarted ? LONGEST_MS : UNSEEN_MS);
  for (let first = turns[0]; first !== undefined && first !== turn && isGone(first); first = turns[0]) {
    turns.shift();
  }
  const ahead = Math.max(0, turns.indexOf(turn));
  if (ahead > 0) return Math.min(LOOK_MS * ahead, UNSEEN_MS / 3);
  // A rest in the farther future is none: the clock was set back.
  return restsUntil - nowMs > LONGEST_REST_MS ? 0 : Math.max(0, restsUntil - nowMs);
}

function leave(turn: Turn, queue: Queue): void {
  const place = queue.turns.indexOf(turn);
  if (place >= 0) queue.turns.splice(place, 1);
  const nowMs = platform.nowMs();
  if (turn.isStarted) queue.restsUntil = nowMs + Math.min(nowMs - turn.seenAt, LONGEST_REST_MS);
}
