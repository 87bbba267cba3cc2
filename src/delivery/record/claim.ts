import type { Attempt } from "../../domain/delivery.ts";
import { eventMetaShape } from "../../domain/delivery-shapes.ts";
import type { Event } from "../../domain/event.ts";
import { acceptedAt } from "../../domain/ids.ts";
import type { KeyPlace } from "../../domain/order.ts";
import type { Decision } from "../../domain/retry.ts";
import { type ClaimRow, keyPlaceIn } from "../tables/delivery-row.ts";
import { isIndexed, waitsUntil } from "../tables/waiting-time.ts";

/** A delivery in flight: what an attempt and its record need of it. */
export interface ClaimedDelivery {
  sequence: number;
  /** Its place in the order of its key; null = it came without one. */
  keyPlace: KeyPlace | null;
  event: Event;
  firedAt: number;
  createdAt: number;
  /** When the event was accepted, a replay asked for; Unix milliseconds. */
  sinceMs: number;
  /** When this attempt was due, Unix milliseconds: the first one is from the beginning. */
  dueAt: number;
  attemptCount: number;
  scheduleStart: number;
  isReplay: boolean;
  bytes: number;
  /** Whether its row lies in the indexes: it was attempted before, or has a key. */
  isIndexed: boolean;
  /** Whether it was canceled while in flight: the attempt goes on record, and decides nothing. */
  isCanceled: boolean;
}

/** What is sent of a delivery; a test has sequence 0. */
export type Outgoing = Pick<ClaimedDelivery, "sequence" | "event" | "firedAt" | "attemptCount" | "isReplay"> &
  Partial<Pick<ClaimedDelivery, "keyPlace">>;

/** An attempt that ended, and what was decided. */
export interface EndedAttempt {
  claimed: ClaimedDelivery;
  attempt: Attempt;
  decision: Decision["delivery"];
}

/** A delivery that was taken and is not stored: its log still has the event. */
export interface Held {
  sequence: number;
  /** Its place in the order of its key; null = it came without one. */
  keyPlace: KeyPlace | null;
  event: Event;
  /** Unix milliseconds. */
  firedAt: number;
  createdAt: number;
  /** What it takes, and what all deliveries take up to and with it. */
  bytes: number;
  totalBytes: number;
  /** How its attempt ended; null = it waits, or is in flight. */
  ended: EndedAttempt | null;
  /** Whether its attempt began. */
  isClaimed: boolean;
}

/** Since when a delivery is to be attempted: when its event was accepted, or the replay was asked for. */
export function attemptedSince(row: Pick<ClaimRow, "position" | "created_at" | "replay_of">): number {
  return row.replay_of === null ? acceptedAt(row.position) : row.created_at;
}

/** A row as what is in flight of it. */
export function toClaimed(row: ClaimRow): ClaimedDelivery {
  const sinceMs = attemptedSince(row);
  return {
    sequence: row.sequence,
    keyPlace: keyPlaceIn(row),
    event: {
      ...eventMetaShape.read(row.meta),
      position: row.position,
      id: row.event_id,
      type: row.event_type,
      data: row.data,
    },
    firedAt: row.fired_at,
    createdAt: row.created_at,
    sinceMs,
    dueAt: waitsUntil(row) ?? sinceMs,
    attemptCount: row.attempt_count,
    scheduleStart: row.schedule_start,
    isReplay: row.replay_of !== null,
    bytes: row.bytes,
    isIndexed: isIndexed(row),
    isCanceled: false,
  };
}
