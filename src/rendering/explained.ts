import type { z } from "@hono/zod-openapi";
import type { eventExplanation, eventForecast } from "../contract/explain.ts";
import type { DisabledBecause } from "../domain/audit.ts";
import type { EndpointStatus } from "../domain/endpoint.ts";
import type { ExplainedDeliveries, ExplainedMatch } from "../domain/explain-messages.ts";
import { OPERATIONAL_PREFIX } from "../domain/operational.ts";
import { deliveryBody, waitBody } from "./deliveries.ts";
import { timeText, timeTextOrNull } from "./time.ts";

type ExplainedRow = z.input<typeof eventExplanation>["data"][number];
type ForecastRow = z.input<typeof eventForecast>["data"][number];

/** What a condition asks for may be long: so many of it are told. */
const WANTED_TOLD = 20;

/** What is known of an event and one endpoint. */
export interface Facts {
  endpointId: string;
  eventType: string;
  isDeleted: boolean;
  /** Null = the log does not know the endpoint yet, or the endpoint is deleted. */
  match: ExplainedMatch | null;
  records: ExplainedDeliveries;
  disabledBecause: DisabledBecause | null;
}

/** The verdict of one endpoint, with its facts. */
export function explainedBody(facts: Facts): ExplainedRow {
  const { endpointId, match, records } = facts;
  const newest = records.deliveries.at(-1);
  const verdict = verdictOf(facts);
  const isMissed = match?.relation === "missed";
  return {
    endpoint_id: endpointId,
    verdict,
    subscription: usedSubscription(match),
    delivery: newest ? deliveryBody(newest) : null,
    deliveries: records.deliveries.length,
    wait: waitOf(facts, verdict),
    missed: isMissed ? { since: timeTextOrNull(match.disabledSince), reason: facts.disabledBecause } : null,
    not_matched: isInvolved(match) && verdict !== "not_matched" ? null : notMatched(facts),
  };
}

function isInvolved(match: ExplainedMatch | null): boolean {
  return match === null || match.relation === "matched" || match.relation === "missed";
}

function verdictOf({ isDeleted, match, records }: Facts): ExplainedRow["verdict"] {
  if (isDeleted) return "deleted";
  const [first] = records.deliveries;
  if (first !== undefined) {
    const isAlone = records.deliveries.length === 1 && match?.relation === "matched";
    return isAlone ? first.status : "replayed";
  }
  if (match === null) return "not_matched";
  if (match.relation === "missed") return "missed";
  if (match.relation === "none") return "not_matched";
  if (match.relation === "matched" && !match.isHandedOver) return "pending";
  return "not_on_record";
}

function waitOf({ records }: Facts, verdict: ExplainedRow["verdict"]): ExplainedRow["wait"] {
  if (records.wait) return waitBody(records.wait);
  return verdict === "pending" ? { why: "handing_over", until: null, behind: null } : null;
}

function usedSubscription(match: ExplainedMatch | null): ExplainedRow["subscription"] {
  if (match === null || match.version === null) return null;
  return { version: match.version, since: match.since === null ? null : timeText(match.since) };
}

const PLAIN = { key: null, wanted: [], actual: [], part: null, reason: null, values: [] };

function notMatched({ eventType, match }: Pick<Facts, "eventType" | "match">): ExplainedRow["not_matched"] {
  // The log does not know the endpoint yet: it was made just now.
  if (match === null || match.isLater) return { ...PLAIN, condition: "created_later" };
  if (match.nonMatch !== null)
    return { ...match.nonMatch, wanted: match.nonMatch.wanted.slice(0, WANTED_TOLD) };
  if (match.relation === "replayed") return null;
  return { ...PLAIN, condition: eventType.startsWith(OPERATIONAL_PREFIX) ? "about_itself" : "not_on_record" };
}

/** What would become of an event at one endpoint. */
export function forecastBody(match: ExplainedMatch, status: EndpointStatus): ForecastRow {
  const { endpointId, relation, nonMatch } = match;
  const isTaken = relation === "matched";
  const verdict = isTaken ? (status === "paused" ? "would_wait" : "would_deliver") : "would_miss";
  return {
    endpoint_id: endpointId,
    verdict: relation === "none" ? "not_matched" : verdict,
    subscription: usedSubscription(match),
    not_matched: nonMatch && { ...nonMatch, wanted: nonMatch.wanted.slice(0, WANTED_TOLD) },
  };
}
