import { ApiError } from "../errors.ts";
import { platform } from "../platform.ts";

/*
 * Changes of one workspace's configuration, one after the other. Each takes several writes on the thread that serves all
 * workspaces: thirty at once would leave the others thirty to wait for, and those of the same endpoint would come between
 * each other and start anew. Who leaves wakes who is next. Who waits looks by itself now and then, too: the one before
 * may be canceled, and would wake nobody.
 *
 * Some changes are made together with others of their kind that wait (`makeTogether`): by the first of them, in one turn.
 */

/** A change that takes longer is waited for no more: something of it does not answer. */
const LONGEST_MS = 2000;

/** Who was not seen for as long waits no more: its client has gone, and its request was ended. */
const UNSEEN_MS = 3000;

/** A waiting request looks so often by itself. */
const LOOK_MS = 500;

/**
 * After a change that others waited for, or that was made with others, the thread is everybody else's for as long as it
 * took, up to this. Those of eight clients that were answered together come again meanwhile, and are made together again.
 */
const LONGEST_REST_MS = 50;

const MAX_WAITING = 200;

/** So many are made together, of so many characters: they keep the thread for a few milliseconds. */
const MOST_TOGETHER = 8;
const CHARACTERS_TOGETHER = 64 * 1024;

/** What was taken along by another request goes on beside that, for so long at the most on Cloudflare; then nobody knows what became of it. */
const TOLD_WITHIN_MS = 30_000;

/** What may still be under way has ended by then, or never will. */
const UNKNOWN_RETRY_SECONDS = 2;

interface Turn {
  /** When it last looked, or started, Unix milliseconds. */
  seenAt: number;
  isStarted: boolean;
  /** Ends its wait: it looks anew. */
  wake(): void;
  /** Null: it is made by itself. */
  part: Part | null;
}

/** What is made together with others of its kind. */
interface Part {
  kind: string;
  value: unknown;
  characters: number;
  /** What is answered where nobody knows what came of it: how its sender finds out. */
  ifUnknown: string;
  /** By a turn before it, which makes it and says what came of it. */
  isTaken: boolean;
  outcome: PromiseSettledResult<unknown> | null;
}

interface Queue {
  turns: Turn[];
  /** Unix milliseconds. */
  restsUntil: number;
  /** Whether those that were made last were several: then who comes when nobody waits waits for the rest, too. */
  wereSeveral: boolean;
}

/** Makes changes of a kind together; what came of each, in their order. */
export type Maker<Value, Made> = (values: Value[]) => Promise<PromiseSettledResult<Made>[]>;

/** Per isolate, by workspace. */
const queues = new Map<string, Queue>();

/** Does the work when the workspace's changes before it are done. Throws 503 if too many wait. */
export function oneAfterAnother<Result>(workspaceId: string, work: () => Promise<Result>): Promise<Result> {
  return inTurn(workspaceId, null, (_turn, queue) => {
    queue.wereSeveral = false;
    return work();
  });
}

/**
 * As `oneAfterAnother`, of a change that is made in one turn with those behind it that are of its kind.
 * @param characters how large it is: large ones are made with fewer others
 * @param ifUnknown what the 503 says where the request that made it did not end, and nobody knows what came of it
 * @param runBeside has something go on though the sender hangs up: others wait for it
 */
export function makeTogether<Value, Made>(
  workspaceId: string,
  {
    kind,
    value,
    characters,
    ifUnknown,
  }: { kind: string; value: Value; characters: number; ifUnknown: string },
  runBeside: (work: Promise<unknown>) => void,
  make: Maker<Value, Made>,
): Promise<Made> {
  const part: Part = { kind, value, characters, ifUnknown, isTaken: false, outcome: null };
  return inTurn(workspaceId, part, async (turn, queue) => {
    const others = takeAlong(turn, queue);
    queue.wereSeveral = others.length > 0;
    const making = makeAll([turn, ...others], make);
    runBeside(making);
    await making;
    return outcomeOf<Made>(part);
  });
}

async function inTurn<Result>(
  workspaceId: string,
  part: Part | null,
  work: (turn: Turn, queue: Queue) => Promise<Result>,
): Promise<Result> {
  forgetRested(platform.nowMs());
  const queue = queues.get(workspaceId) ?? { turns: [], restsUntil: 0, wereSeveral: false };
  if (queue.turns.length >= MAX_WAITING) {
    throw new ApiError(
      "overloaded",
      "Too many changes of this workspace wait. Nothing was changed; try again.",
    );
  }
  queues.set(workspaceId, queue);
  const turn: Turn = { seenAt: platform.nowMs(), isStarted: false, wake: () => {}, part };
  queue.turns.push(turn);
  try {
    while (part === null || !part.isTaken) {
      const waitMs = waitOf(turn, queue);
      if (waitMs === 0) {
        turn.isStarted = true;
        return await work(turn, queue);
      }
      await wokenWithin(turn, waitMs);
    }
  } finally {
    leave(turn, queue);
    const isOver = queue.turns.length === 0 && !queue.wereSeveral;
    if (isOver && queues.get(workspaceId) === queue) queues.delete(workspaceId);
  }
  return toldOutcome<Result>(turn, part);
}

/** Forgets queues in which nobody waits and whose rest is over: each was kept for that alone. */
function forgetRested(nowMs: number): void {
  for (const [workspaceId, queue] of queues)
    if (queue.turns.length === 0 && restOf(queue, nowMs) === 0) queues.delete(workspaceId);
}

/** How long a workspace's changes rest, milliseconds. A rest in the farther future is none: the clock was set back. */
function restOf({ restsUntil }: Queue, nowMs: number): number {
  return restsUntil - nowMs > LONGEST_REST_MS ? 0 : Math.max(0, restsUntil - nowMs);
}

/** Waits until it is woken, or so many milliseconds. */
async function wokenWithin(turn: Turn, waitMs: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const takeBack = platform.after(waitMs, resolve);
  turn.wake = resolve;
  await promise;
  takeBack();
}

/** How long until it is worth looking again, milliseconds; 0 = it is its turn. Those that are gone leave the queue. */
function waitOf(turn: Turn, queue: Queue): number {
  const { turns } = queue;
  const nowMs = platform.nowMs();
  turn.seenAt = nowMs;
  for (let first = turns[0]; first !== undefined && first !== turn && isGone(first, nowMs); first = turns[0])
    turns.shift();
  return turns.indexOf(turn) > 0 ? LOOK_MS : restOf(queue, nowMs);
}

function isGone({ isStarted, seenAt }: Turn, nowMs: number): boolean {
  return nowMs - seenAt > (isStarted ? LONGEST_MS : UNSEEN_MS);
}

function leave(turn: Turn, queue: Queue): void {
  const place = queue.turns.indexOf(turn);
  if (place >= 0) queue.turns.splice(place, 1);
  const nowMs = platform.nowMs();
  if (turn.isStarted) queue.restsUntil = nowMs + Math.min(nowMs - turn.seenAt, LONGEST_REST_MS);
  queue.turns[0]?.wake();
}

/** Takes out of the queue those right behind a turn that are made with it. */
function takeAlong(first: Turn, { turns }: Queue): Turn[] {
  const nowMs = platform.nowMs();
  const behind = turns.indexOf(first) + 1;
  const taken: Turn[] = [];
  let characters = first.part?.characters ?? 0;
  for (const turn of turns.slice(behind, behind + MOST_TOGETHER - 1)) {
    const { part } = turn;
    if (part === null || part.kind !== first.part?.kind || turn.isStarted || isGone(turn, nowMs)) break;
    characters += part.characters;
    if (characters > CHARACTERS_TOGETHER) break;
    part.isTaken = true;
    taken.push(turn);
  }
  turns.splice(behind, taken.length);
  return taken;
}

/** Makes the parts of some turns, and tells each what came of it. Never rejects. */
async function makeAll<Value, Made>(turns: Turn[], make: Maker<Value, Made>): Promise<void> {
  const parts = turns.flatMap(({ part }) => part ?? []);
  const outcomes = await make(parts.map(({ value }) => value as Value)).catch((reason: unknown) =>
    parts.map((): PromiseRejectedResult => ({ status: "rejected", reason })),
  );
  for (const [i, part] of parts.entries()) part.outcome = outcomes[i] ?? null;
  for (const turn of turns) turn.wake();
}

/** What came of a part that another request took along. */
async function toldOutcome<Made>(turn: Turn, part: Part): Promise<Made> {
  const givesUpAt = platform.nowMs() + TOLD_WITHIN_MS;
  while (part.outcome === null && platform.nowMs() < givesUpAt) await wokenWithin(turn, LOOK_MS);
  return outcomeOf(part);
}

function outcomeOf<Made>({ outcome, ifUnknown }: Part): Made {
  if (outcome === null)
    throw new ApiError("overloaded", ifUnknown, { retryAfterSeconds: UNKNOWN_RETRY_SECONDS });
  if (outcome.status === "rejected") throw outcome.reason;
  return outcome.value as Made;
}
