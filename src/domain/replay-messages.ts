import type { Event, LoggedEvent } from "./event.ts";
import type { KeyConflict, Repeatable } from "./idempotency.ts";
import type { LastAttemptFilter } from "./last-attempt.ts";
import type { Watch } from "./tail.ts";

/* What the Worker, the EventLog object and the Endpoint objects say to each other over RPC about replay jobs. */

/** Replay jobs of a workspace that run or wait. */
export const MOST_REPLAY_JOBS = 50;

/** How many of those jobs the portal sessions for one part of the endpoints may have. */
export const MOST_REPLAY_JOBS_OF_A_PORTAL = 10;

/** Replays over several endpoints of a workspace that run. */
export const MOST_REPLAY_BATCHES = 10;

/** How many of those the portal sessions for one part of the endpoints may have. */
export const MOST_REPLAY_BATCHES_OF_A_PORTAL = 2;

export type CreateReplayAnswer =
  | KeyConflict
  | ({ outcome: "created"; job: ReplayJob } & Repeatable)
  /** The log has as many that run or wait as it may have. */
  | { outcome: "too_many" }
  | { outcome: "unknown" };

export const REPLAY_STATUSES = ["dead", "delivered", "missed", "any"] as const;

export type ReplayStatus = (typeof REPLAY_STATUSES)[number];

/** Which events a replay job takes. */
export interface ReplaySelection extends LastAttemptFilter {
  status: ReplayStatus;
  /** Unix milliseconds: from ≤ accepted_at < to. */
  from: number;
  to: number;
  /** Type patterns; absent = all. */
  types?: string[];
  eventIds?: string[];
  ratePerSecond?: number;
}

/** What a dry run found, beside how many. Times are Unix milliseconds; null = nothing. */
export interface ReplayPreview {
  firstAt: number | null;
  lastAt: number | null;
  /** Some of the events, each with the endpoint that it is for. */
  sample: { id: string; ownId?: string; type: string; acceptedAt: number; endpointId: string }[];
}

export const REPLAY_BATCH_STATES = ["running", "done", "canceled"] as const;

/** A job may fail; of a replay over several endpoints its jobs may. */
export const REPLAY_JOB_STATES = [...REPLAY_BATCH_STATES, "failed"] as const;

export interface ReplayJob {
  id: string;
  endpointId: string;
  /** The replay over several endpoints that it is part of; null = it was asked for alone. */
  batchId: string | null;
  state: (typeof REPLAY_JOB_STATES)[number];
  selection: ReplaySelection;
  /** Whether it counts alone; absent = it does not. */
  isDryRun?: boolean;
  /** Null until they are counted. */
  total: number | null;
  /** How many are enqueued. */
  done: number;
  createdAt: number;
  /** Why it failed. */
  error: string | null;
}

/** A replay over several endpoints: a job for each of them, one after the other. */
export interface ReplayBatch {
  id: string;
  state: (typeof REPLAY_BATCH_STATES)[number];
  /** The endpoints that were named, but those deleted since; null = all were asked for. */
  endpointIds: string[] | null;
  selection: ReplaySelection;
  /** Whether it counts alone. */
  isDryRun: boolean;
  /** How many endpoints it is done with, and with how many of them it failed. */
  endpoints: number;
  failed: number;
  /** How many it takes, and has enqueued, so far. */
  total: number;
  done: number;
  createdAt: number;
}

/** `unknown`: the log does not know one of the endpoints, yet; `too_many`: as many run as may. */
export type CreateReplayBatchAnswer =
  | KeyConflict
  | ({ outcome: "created"; batch: ReplayBatch } & Repeatable)
  | { outcome: "unknown" | "too_many" };

/** What a replay job looks for in a log. */
export interface ReplayScan extends Pick<ReplaySelection, "status" | "types"> {
  endpointId: string;
  /** Positions: behind this one, and before that one. */
  after: number;
  end: number;
  limits: { events: number; bytes: number };
  /** Whether it needs their data. */
  isSummary: boolean;
}

export interface ReplayScanned {
  /** Oldest first. */
  events: LoggedEvent[];
  /** Everything up to here was looked at. */
  upTo: number;
  isOver: boolean;
}

/** `rest`: positions of events that were not read, oldest first. */
export interface EventsAt {
  events: LoggedEvent[];
  rest: number[];
}

/** A page of what an endpoint has to replay. */
export interface ReplayCandidates {
  /** Log positions of events, in the order in which they are to be replayed. */
  positions: number[];
  /** The sequence from which to ask on; null = that was all. */
  next: number | null;
}

/** One step of a replay job, for its endpoint. Sent again after a crash, it does nothing a second time. */
export interface ReplayStep {
  jobId: string;
  /** Rises from step to step. */
  step: number;
  /** In the order in which they are to be replayed. */
  events: Event[];
  /** Absent = nobody is known to watch. */
  watch?: Watch;
}

export type ReplayStepAnswer =
  /** `done`: how many of the job are enqueued so far. */
  { outcome: "enqueued"; done: number } | { outcome: "full" | "disabled" | "gone" };
