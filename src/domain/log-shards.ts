import { mix, POSITIONS_PER_MS } from "./ids.ts";
import { always, listed, nullable, record, shapeOf } from "./stored.ts";

/*
 * Several logs of one workspace. Log 0 is named by the workspace's id, the others by that and their number. Where there are
 * several, a position tells by its remainder in which of them it is, so no two events of a workspace share one, and the
 * id that the service makes of it tells it, too: by its twelfth digit.
 */

/** As many logs as a workspace may have: the remainders of positions that tell them apart. */
export const MOST_LOGS = 32;

/** How a workspace's events are spread over its logs. */
export interface LogRouting {
  /** Raised with the number of logs: a log refuses what was sent by an older one. */
  epoch: number;
  /** How many logs there are, and how many there were before that. */
  count: number;
  formerCount: number;
  /** What the key is read from by which events are sent to a log, as `order.by`; null = by chance. */
  shardBy: string | null;
}

/** What every workspace begins with. */
export const ONE_LOG: LogRouting = { epoch: 0, count: 1, formerCount: 1, shardBy: null };

export const logRoutingShape = shapeOf(
  record<LogRouting>({
    epoch: always(),
    count: always(),
    formerCount: always(),
    shardBy: nullable(always()),
  }),
);

/** What the logs of an epoch must not overtake, and where their positions begin. */
export interface LogStage {
  epoch: number;
  /** Up to where each of the logs before had accepted when it was closed to what was sent by the routing before. */
  barriers: number[];
}

/** What a log knows of the routing. */
export interface LogShare {
  epoch: number;
  count: number;
  /** Whether it accepts by this epoch; until the other logs are ready it accepts nothing. */
  isOpen: boolean;
  /** The newest position that it had given when it was closed for this epoch; once it is open, that of all of them. */
  closedAt: number;
  /** The stages whose events not all endpoints have yet, oldest first. */
  stages: LogStage[];
  /** Positions behind this one tell their log by their remainder; null = all are those of log 0, which alone knows it. */
  sharedSince: number | null;
}

export const logShareShape = shapeOf(
  record<LogShare>({
    epoch: always(),
    count: always(),
    isOpen: always(),
    closedAt: always(),
    stages: listed(record<LogStage>({ epoch: always(), barriers: always() })),
    sharedSince: nullable(always()),
  }),
);

/** What a log says with an answer: how many logs the workspace has. Absent = it is the only one, or runs older code. */
export interface LogAnswer {
  logs?: number;
}

/** What a log answers with how many logs there are, where the answer itself is no record. */
export type PlainLogAnswer<Answer> = Answer | { logs: number; answer: Answer };

/** The name of a log's object. */
export function logName(workspaceId: string, number: number): string {
  return number === 0 ? workspaceId : `${workspaceId}/${number}`;
}

/** The workspace and the number of a log, by its object's name. */
export function logOfName(name: string): { workspaceId: string; number: number } {
  const [workspaceId = "", number = "0"] = name.split("/");
  return { workspaceId, number: Number(number) };
}

/** The position after `last` at time `nowMs` in one of several logs; never goes back. */
export function nextPositionOf(number: number, last: number, nowMs: number): number {
  const from = Math.max(last + 1, nowMs * POSITIONS_PER_MS);
  const missing = (number - (from % MOST_LOGS) + MOST_LOGS) % MOST_LOGS;
  return from + missing;
}

/** The log in which an event lies, by its position. */
export function logOfPosition(position: number, sharedSince: number | null): number {
  return sharedSince !== null && position > sharedSince ? position % MOST_LOGS : 0;
}

const DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** The log that an event id tells, if the service made it while there were several. `id` has the form of one. */
export function logOfEventId(id: string): number {
  return DIGITS.indexOf(id.charAt("evt_".length + 11));
}

/** The log of so many that the events of a key go to. */
export function logOfKey(key: string, count: number): number {
  // FNV-1a over its UTF-16 units, spread over all bits. It must stay as it is: an epoch's keys lie where it put them.
  let hash = 0x811c9dc5;
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
  return mix(hash) % count;
}
