import type { LoggedEvent } from "../../domain/event.ts";
import { positionAt } from "../../domain/ids.ts";
import type { LastAttemptFilter } from "../../domain/last-attempt.ts";
import type { ReplaySelection } from "../../domain/replay-messages.ts";
import { isOfTypes, type ReplayReader } from "./replay-reader.ts";

/** Events that one look takes; of named ids fewer, since each may need a read of its own. */
const LOOK_EVENTS = 500;
const LOOK_IDS = 100;

/**
 * The bytes of events that one look reads and that one step sends, far below what an RPC takes. They are the same
 * number for a reason: after a crash a step is read again from its plan, and must hold what the look had at hand.
 */
export const STEP_BYTES = 4 * 1024 * 1024;

/** What a scan of the log reads at the most: archive blocks. */
const READS_PER_SCAN = 4;

/** Where a job is: in the log for `missed` and `any`, in its endpoint's deliveries or the named ids otherwise. */
export interface ReplayCursor {
  /** A log position; everything up to here was looked at. */
  position: number;
  /** A sequence, or a place among the ids, to go on from, and the last sequence of the job. */
  sequence: number;
  toSequence?: number;
}

/** One bounded look for events of a job. */
export interface ReplayLook {
  /** Ascending, each once. */
  positions: number[];
  /** The events at these positions, where they were read on the way: all of them or none. */
  events?: LoggedEvent[];
  next: ReplayCursor;
  isOver: boolean;
  /** Calls and reads that it may have made. */
  subrequests: number;
}

/** To count them, their data is not needed. */
type Purpose = "count" | "enqueue";

/** The endpoint object, as far as a look needs it. */
export interface ReplayCandidatesOf {
  replayCandidates(
    selection: ReplaySelection,
    from: number,
    limit: number,
    to?: number,
  ): Promise<{ positions: number[]; next: number | null; to: number }>;
  selectReplays(
    status: ReplaySelection["status"],
    positions: number[],
    lastAttempt: LastAttemptFilter,
  ): Promise<number[]>;
}

export interface ReplayLookPort {
  reader: ReplayReader;
}

/** Where a job begins; again at its start with the sequence that the first look found last. */
export function startOf(selection: ReplaySelection, toSequence?: number): ReplayCursor {
  return { position: positionAt(selection.from) - 1, sequence: selection.eventIds ? 0 : 1, toSequence };
}

/** Looks on from a cursor, a bounded amount, for events that a job takes. */
export async function lookOn(
  port: ReplayLookPort,
  endpoint: ReplayCandidatesOf,
  endpointId: string,
  selection: ReplaySelection,
  cursor: ReplayCursor,
  purpose: Purpose,
): Promise<ReplayLook> {
  const { status, eventIds, error, responseStatus } = selection;
  if (!eventIds && (status === "dead" || status === "delivered")) {
    const look = await lookAtDeliveries(endpoint, selection, cursor, purpose);
    return { ...look, positions: inOrder(look.positions) };
  }
  const look = eventIds
    ? await lookAtIds(port, selection, cursor, eventIds, purpose)
    : await lookAtLog(port, endpointId, selection, cursor, purpose);
  // What lies in the log says nothing of the deliveries: those the endpoint knows.
  const positions = inOrder(await endpoint.selectReplays(status, look.positions, { error, responseStatus }));
  const taken = new Set(positions);
  return { ...look, positions, events: look.events?.filter(({ position }) => taken.has(position)) };
}

/** Ascending, each once. */
function inOrder(positions: number[]): number[] {
  return [...new Set(positions)].sort((a, b) => a - b);
}

async function lookAtDeliveries(
  endpoint: ReplayCandidatesOf,
  selection: ReplaySelection,
  cursor: ReplayCursor,
  purpose: Purpose,
): Promise<ReplayLook> {
  const limit = lookLimit(selection, purpose);
  const found = await endpoint.replayCandidates(selection, cursor.sequence, limit, cursor.toSequence);
  return {
    positions: found.positions,
    next: { ...cursor, sequence: found.next ?? found.to + 1, toSequence: found.to },
    isOver: found.next === null,
    subrequests: 1,
  };
}

async function lookAtLog(
  { reader }: ReplayLookPort,
  endpointId: string,
  selection: ReplaySelection,
  cursor: ReplayCursor,
  purpose: Purpose,
): Promise<ReplayLook> {
  const { status, types, to } = selection;
  const scan = await reader.scan({
    ...{ endpointId, status, types, after: cursor.position, end: positionAt(to) },
    limits: { events: lookLimit(selection, purpose), bytes: STEP_BYTES },
    isSummary: purpose === "count",
  });
  return {
    positions: scan.events.map(({ position }) => position),
    events: purpose === "enqueue" ? scan.events : undefined,
    next: { ...cursor, position: scan.upTo },
    isOver: scan.isOver,
    subrequests: READS_PER_SCAN + reader.logs,
  };
}

async function lookAtIds(
  { reader }: ReplayLookPort,
  selection: ReplaySelection,
  cursor: ReplayCursor,
  eventIds: string[],
  purpose: Purpose,
): Promise<ReplayLook> {
  const limit = Math.min(Math.ceil(LOOK_IDS / reader.logs), lookLimit(selection, purpose));
  const ids = eventIds.slice(cursor.sequence, cursor.sequence + limit);
  const { from, to, types } = selection;
  const known: number[] = [];
  // One after the other: each may read a block, and all at once would hold as many in memory.
  for (const id of ids) {
    const position = await reader.positionOf(id);
    if (position !== null && position >= positionAt(from) && position < positionAt(to)) known.push(position);
  }
  const positions: number[] = [];
  for (let rest = known; rest.length > 0; ) {
    const read = await reader.some(rest, STEP_BYTES);
    for (const event of read.events) if (isOfTypes(event.type, types)) positions.push(event.position);
    rest = read.rest;
  }
  const sequence = cursor.sequence + ids.length;
  const isOver = sequence >= eventIds.length;
  // An id may be looked up in the archive, and its event read from there, each in a block of its own.
  return {
    positions,
    next: { ...cursor, sequence },
    isOver,
    subrequests: (2 + reader.logs) * ids.length + 1,
  };
}

/** What a slow job enqueues of one look is no more than it may in a second. */
function lookLimit({ ratePerSecond }: ReplaySelection, purpose: Purpose): number {
  if (purpose === "count") return LOOK_EVENTS;
  return Math.min(LOOK_EVENTS, Math.max(1, Math.floor(ratePerSecond ?? LOOK_EVENTS)));
}
