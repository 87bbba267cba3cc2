import type { AttemptError, Delivery, DeliveryStatus } from "./delivery.ts";
import { readDelivery } from "./delivery-shapes.ts";
import { lastAttemptMatches } from "./last-attempt.ts";
import { type PortalScope, readScopeFields } from "./scope.ts";
import { always, listed, maybe, nullable, record, shapeOf } from "./stored.ts";
import { typeMatches } from "./type-pattern.ts";

/*
 * Watching deliveries as they change: how the hub of a workspace, which has the sockets, its log and its endpoints speak
 * of it. Endpoints tell nothing until they hear that somebody watches, and no longer than that holds.
 */

/** Says that somebody watches: the log passes it on with what it hands over, so that it costs no call of its own. */
export interface Watch {
  /** Unix milliseconds; the hub tells it again before that. */
  until: number;
  /** The endpoints that are watched; null = all of the workspace. */
  endpointIds: string[] | null;
}

/** It is said that somebody watches for so long at a time, and again when less than the half is left. */
export const WATCH_MS = 60_000;

/** What an endpoint's deliveries became since it told last. */
export interface TailReport {
  endpointId: string;
  deliveries: Delivery[];
  /** Changes that are not among them: there were too many at once. */
  skipped: number;
}

/** What the hub answers to a report. */
export interface TailAnswer {
  /** Null = nobody watches any more. */
  watch: Watch | null;
  /** The endpoint tells again no sooner than this, milliseconds: many that tell at once take turns. */
  everyMs: number;
}

/** What one who watches wants to see; absent = any. */
export interface TailFilter {
  endpointId?: string;
  status?: DeliveryStatus;
  type?: string;
  error?: AttemptError;
}

/** One who watches. */
export interface Watcher {
  workspaceId: string;
  keyId: string;
  /** When its key stops working, Unix milliseconds; null = never. */
  expiresAt: number | null;
  /** What its portal session is for; null = all endpoints. */
  scope: PortalScope | null;
  filter: TailFilter;
}

/** How the hub stores what endpoints told. */
export const tailReportsShape = shapeOf(
  listed(record<TailReport>({ endpointId: always(), deliveries: listed(readDelivery), skipped: always() })),
);

/** How long it was said that somebody watches, as the hub, the log and endpoints store it. */
export const watchShape = shapeOf(record<Watch>({ until: always(), endpointIds: nullable(always()) }));

/** What the Worker asks the hub for when a socket is to be opened. */
export interface Watching {
  watcher: Watcher;
  /** Where one who comes back goes on; null = from now. */
  cursor: string | null;
  /** The ticket that lets it in, by its nonce; null = it came with a key. */
  ticket: { nonce: string; until: number } | null;
}

/** How that is sent, in a header. */
export const watchingShape = shapeOf(
  record<Watching>({
    watcher: record<Watcher>({
      workspaceId: always(),
      keyId: always(),
      expiresAt: nullable(always()),
      scope: nullable(readScopeFields),
      filter: record<TailFilter>({ endpointId: maybe(), status: maybe(), type: maybe(), error: maybe() }),
    }),
    cursor: nullable(always()),
    ticket: nullable(record<NonNullable<Watching["ticket"]>>({ nonce: always(), until: always() })),
  }),
);

/** Endpoints that were handed something may be at it for a while; the newest are known by name, so many at most. */
const AT_WORK_MS = 60_000;
const MOST_AT_WORK = 500;

/** What a log heard of who watches. */
export class HeardWatch {
  #watch: Watch | null;
  /** When endpoints were last handed something without being told that somebody watches, Unix milliseconds; oldest first. */
  readonly #untold = new Map<string, number>();

  /** @param watch what is still known of it */
  constructor(watch: Watch | null) {
    this.#watch = watch;
  }

  /**
   * Where two are told, the one that holds longer is right. Returns the endpoints that are to be told by a call of their
   * own: what they were handed a moment ago went without.
   */
  hear(watch: Watch, nowMs: number): string[] {
    if (watch.until >= (this.#watch?.until ?? 0)) this.#watch = watch;
    const atWork: string[] = [];
    for (const [endpointId, at] of this.#untold) {
      if (at + AT_WORK_MS > nowMs && !isWatched(this.#watch, endpointId, nowMs)) continue;
      this.#untold.delete(endpointId);
      if (at + AT_WORK_MS > nowMs) atWork.push(endpointId);
    }
    return atWork;
  }

  /** What an endpoint is to be told with what it gets; absent = nothing. */
  for(endpointId: string, nowMs: number): { watch?: Watch } {
    this.#untold.delete(endpointId);
    if (this.#watch !== null && isWatched(this.#watch, endpointId, nowMs)) return { watch: this.#watch };
    this.#untold.set(endpointId, nowMs);
    const [oldest] = this.#untold.keys();
    if (this.#untold.size > MOST_AT_WORK && oldest !== undefined) this.#untold.delete(oldest);
    return {};
  }
}

/** An endpoint tells no more often, and no more deliveries at once. */
export const TELLS_EVERY_MS = 100;
export const DELIVERIES_PER_REPORT = 200;

/** Whether an endpoint is among those that are watched. */
export function isWatched(watch: Watch | null, endpointId: string, nowMs: number): boolean {
  return watch !== null && watch.until > nowMs && isNamed(watch, endpointId);
}

/** Whether an endpoint is among those of a watch, be it over or not. */
export function isNamed({ endpointIds }: Watch, endpointId: string): boolean {
  return endpointIds === null || endpointIds.includes(endpointId);
}

/** Whether a delivery is what a filter asks for. */
export function isWanted(filter: TailFilter, delivery: Delivery): boolean {
  const { endpointId, status, type, error } = filter;
  return (
    (endpointId === undefined || delivery.endpointId === endpointId) &&
    (status === undefined || delivery.status === status) &&
    (type === undefined || typeMatches(type, delivery.eventType)) &&
    lastAttemptMatches({ error }, delivery.lastAttempt)
  );
}

/** The endpoints that some watchers want to see together; null = all. */
export function watchedEndpoints(watchers: readonly Watcher[]): string[] | null {
  const ids = new Set<string>();
  for (const { filter, scope } of watchers) {
    const wanted = filter.endpointId === undefined ? (scope?.endpointIds ?? null) : [filter.endpointId];
    if (wanted === null) return null;
    for (const id of wanted) ids.add(id);
  }
  return ids.size > MOST_NAMED ? null : [...ids];
}

const MOST_NAMED = 100;
