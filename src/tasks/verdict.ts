import type { EventExplanation, EventForecast } from "../sdk/client/index.ts";
import { lastAttemptText } from "./last-attempt.ts";

export type Explained = EventExplanation["data"][number];
export type Forecast = EventForecast["data"][number];

type NotMatched = NonNullable<Explained["not_matched"]>;

const WAITS: Readonly<Record<string, string>> = {
  in_flight: "it is being attempted",
  handing_over: "the endpoint has yet to take it from the log",
  disabled: "the endpoint is disabled",
  paused: "the endpoint is paused",
  reordering: "the endpoint's order was changed, and what waits gets its keys",
  canceling: "deliveries of the endpoint are being canceled",
  listener: "nobody listens",
  puller: "the receiver has yet to fetch it",
  behind_head: "it waits for an earlier one: the endpoint keeps an order",
  retry_at: "its next attempt is due later",
  retry_after: "the receiver asked for a pause",
  rate: "the endpoint's rate_limit",
  slot: "as many attempts are under way as may be",
  room: "the service waits for memory or disk",
  due: "it starts next",
};

const MISSED: Readonly<Record<string, string>> = {
  gone: "the receiver had answered 410",
  consecutive_failures: "too many deliveries had failed in a row",
  listener_left: "whoever listened had left, and did not come back within an hour",
  by_hand: "somebody had disabled it",
};

/** Why an event came to this at an endpoint, in one sentence without its end. */
export function reasonOf(row: Explained): string {
  if (row.not_matched !== null) return notMatchedText(row.not_matched);
  if (row.missed !== null) {
    const since = row.missed.since === null ? "" : ` since ${row.missed.since}`;
    const why = row.missed.reason === null ? "" : `: ${MISSED[row.missed.reason] ?? row.missed.reason}`;
    return `it matched, but the endpoint was disabled${since}${why}`;
  }
  if (row.wait !== null) {
    const until = row.wait.until === null ? "" : `, until ${row.wait.until}`;
    return `${waitText(row.wait)}${until}${lastText(row)}`;
  }
  if (row.verdict === "deleted") return "the endpoint was deleted, and its deliveries with it";
  if (row.verdict === "not_on_record") return "its delivery ended, and is kept no longer";
  return lastText(row).replace(/^; /, "");
}

function waitText({ why, behind }: NonNullable<Explained["wait"]>): string {
  if (behind === null) return WAITS[why] ?? why;
  const key = behind.key === "" ? "the events without a key" : `the key ${behind.key}`;
  const order = behind.key === null ? "the endpoint keeps an order" : `so is the order of ${key}`;
  return `it waits for ${behind.delivery_id}: ${order}`;
}

/** Why an event would come to this, if it were published now. */
export function forecastOf(row: Forecast): string {
  if (row.not_matched !== null) return notMatchedText(row.not_matched);
  if (row.verdict === "would_wait") return "the endpoint is paused";
  if (row.verdict === "would_miss") return "the endpoint is disabled";
  return "all its conditions hold";
}

function lastText({ delivery }: Explained): string {
  if (delivery?.last_attempt == null) return "";
  return `; attempt ${delivery.attempt_count}: ${lastAttemptText(delivery.last_attempt)}`;
}

function notMatchedText({ condition, key, wanted, actual, part, reason, values }: NotMatched): string {
  if (condition === "created_later") return "the endpoint was made after the event";
  if (condition === "about_itself") return "operational events never go to the endpoint that they are about";
  if (condition === "not_on_record")
    return "what the endpoint subscribed to then is not known; today it would match";
  if (condition === "filter") {
    const met = values.map(({ expression, value }) => `${expression} = ${value ?? "nothing"}`).join(", ");
    return `filter: ${part ?? "it"} ${reason ?? "is not true"}${met === "" ? "" : ` (${met})`}`;
  }
  const name = key === null ? condition : `${condition}.${key}`;
  return `${name}: it wants ${wanted.join(" or ")}, the event has ${actual.join(", ") || "nothing"}`;
}
