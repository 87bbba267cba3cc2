import type { Attempt } from "../../domain/delivery.ts";
import type { Event } from "../../domain/event.ts";
import type { ShownRequest, ShownRequestAnswer } from "../../domain/messages.ts";
import type { Deliveries } from "../queue/deliveries.ts";
import type { ClaimedDelivery } from "../record/claim.ts";
import { build, headersOnRecord, urlOnRecord } from "./attempt.ts";
import type { Prepared } from "./prepared.ts";
import { outgoingDelivery } from "./send.ts";

/**
 * The request of an attempt as it was, where the attempt is on record, or as it would be sent now: its body is built by
 * the code that attempts a delivery. Header values that are secrets are masked, as in records.
 * @param number the attempt, from 1; `next` = as another one would be now, also where none follows; null = the newest on record, otherwise the first there would be
 * @param event the delivery's, where the endpoint holds it no longer; null = not read yet
 */
export function shownRequest(
  deliveries: Deliveries,
  prepared: Prepared,
  id: string,
  number: number | "next" | null,
  event: Event | null,
  nowMs: number,
): ShownRequestAnswer {
  const delivery = deliveries.find(id);
  const claimed = delivery && deliveries.claimable(delivery.sequence, event);
  if (!delivery || claimed === undefined) return { outcome: "unknown" };
  const next = delivery.attemptCount + 1;
  const wanted = number === "next" ? next : (number ?? delivery.attempts.at(-1)?.number ?? next);
  const record = delivery.attempts.find((attempt) => attempt.number === wanted) ?? null;
  const isNext = wanted === next && (delivery.status === "pending" || typeof number !== "number");
  if (record === null && !isNext) return { outcome: "no_attempt" };
  if (claimed === null) return { outcome: "needs_event", eventId: delivery.eventId };
  const request = requestOf(prepared, { ...claimed, attemptCount: wanted - 1 }, record, nowMs);
  return request === null ? { outcome: "unsignable" } : { outcome: "built", request };
}

function requestOf(
  prepared: Prepared,
  claimed: ClaimedDelivery,
  record: Attempt | null,
  nowMs: number,
): ShownRequest | null {
  const { config, policy, secrets, dialect, authenticator } = prepared;
  const delivery = outgoingDelivery(prepared, claimed);
  const built = build(
    { delivery, dialect, secrets, options: record?.dialectOptions ?? config.dialectOptions },
    record?.startedAt ?? nowMs,
  );
  if (built === null) return null;
  const isOnRecord = record !== null;
  const own = [...Object.keys(secrets.headers), ...authenticator.headerNames];
  const { method, url, headers } = record?.request ?? {
    method: policy.method,
    url: urlOnRecord(dialect, config.url),
    headers: headersOnRecord(own, built),
  };
  return { attempt: delivery.attempt, isOnRecord, method, url, headers, body: built.body };
}
