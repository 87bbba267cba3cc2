import type { WorkspaceTotals } from "../d1/endpoint-counts.ts";
import { type Counts, type DurationName, histogramOf } from "../domain/counts.ts";
import { ENDED_STATUSES } from "../domain/delivery.ts";
import type { LogMetrics } from "../domain/messages.ts";
import type { Family } from "./text.ts";

/** What a workspace's log says of itself. */
export const LOG_FAMILIES: Family<LogMetrics>[] = [
  {
    name: "atlas_hot_bytes",
    type: "gauge",
    help: "Bytes of events that are not yet in R2.",
    value: (log) => log.hotBytes,
  },
  {
    name: "atlas_unarchived_events",
    type: "gauge",
    help: "Events that are not yet in R2.",
    value: (log) => log.unarchivedEvents,
  },
  {
    name: "atlas_handover_lag_seconds",
    type: "gauge",
    help: "Age of the oldest event that some endpoint has not yet taken.",
    value: (log) => log.handOverLagMs / 1000,
  },
  {
    name: "atlas_lagging_endpoints",
    type: "gauge",
    help: "Endpoints that have not taken everything that matched.",
    value: (log) => log.laggingEndpoints,
  },
  {
    name: "atlas_waiting_bytes",
    type: "gauge",
    help: "Events in memory that wait to be stored or to be handed over.",
    value: (log) => log.waitingBytes,
  },
  {
    name: "atlas_events_accepted_total",
    type: "counter",
    help: "Events accepted.",
    value: (log) => log.acceptedEvents,
  },
  {
    name: "atlas_deliveries_missed_total",
    type: "counter",
    help: "Deliveries that were not made because the endpoint was disabled.",
    value: (log) => log.missedEvents,
  },
];

/** What its endpoints last told D1 of the present and of the last day. */
export const TOTALS_FAMILIES: Family<WorkspaceTotals>[] = [
  {
    name: "atlas_pending_deliveries",
    type: "gauge",
    help: "Deliveries that are pending.",
    value: ({ pending }) => pending,
  },
  {
    name: "atlas_due_endpoints",
    type: "gauge",
    help: "Endpoints whose noted due time has passed: cron wakes them, 500 a minute.",
    value: ({ due }) => due,
  },
  {
    name: "atlas_attempts_24h",
    type: "gauge",
    help: "Attempts of the 24 hours before the endpoints' last reports.",
    value: ({ day }) => day.attempts,
  },
  {
    name: "atlas_failed_attempts_24h",
    type: "gauge",
    help: "Attempts of the 24 hours before the endpoints' last reports that failed.",
    value: ({ day }) => Math.max(0, day.attempts - day.delivered),
  },
  {
    name: "atlas_delivered_24h",
    type: "gauge",
    help: "Deliveries that arrived in the 24 hours before the endpoints' last reports.",
    value: ({ day }) => day.delivered,
  },
  {
    name: "atlas_dead_24h",
    type: "gauge",
    help: "Deliveries that were dead-lettered in the 24 hours before the endpoints' last reports.",
    value: ({ day }) => day.dead,
  },
  {
    name: "atlas_retried_24h",
    type: "gauge",
    help: "Deliveries that needed a second attempt in the 24 hours before the endpoints' last reports.",
    value: ({ day }) => day.retried,
  },
];

/**
 * What endpoints counted since they were made.
 * @param prefix how the names begin: those of workspaces and of single endpoints differ, so that no sum has both
 */
export function countFamilies(prefix: "atlas" | "atlas_endpoint"): Family<Counts>[] {
  const ATTEMPTS = "attempts.";
  const durations = (name: string, of: DurationName, help: string): Family<Counts> => ({
    ...{ name: `${prefix}_${name}_seconds`, help },
    type: "histogram",
    histogram: (counts) => histogramOf(counts, of),
  });
  const count = (name: string, of: string, help: string): Family<Counts> => ({
    ...{ name: `${prefix}_${name}_total`, help },
    type: "counter",
    value: (counts) => counts[of] ?? 0,
  });
  return [
    count("deliveries_created", "created", "Deliveries made, replays among them."),
    count("deliveries_replayed", "replayed", "Deliveries made by replays."),
    {
      name: `${prefix}_deliveries_total`,
      type: "counter",
      help: "Deliveries that ended, by how.",
      label: "result",
      values: (counts) => ENDED_STATUSES.map((result) => [result, counts[result] ?? 0]),
    },
    {
      name: `${prefix}_attempts_total`,
      type: "counter",
      help: "Attempts on record, by outcome: success, or the error's code.",
      label: "outcome",
      values: (counts) => {
        const failed = Object.keys(counts)
          .filter((name) => name.startsWith(ATTEMPTS) && name !== `${ATTEMPTS}success`)
          .sort();
        return [`${ATTEMPTS}success`, ...failed].map((name) => [
          name.slice(ATTEMPTS.length),
          counts[name] ?? 0,
        ]);
      },
    },
    durations(
      "delivery_latency",
      "latency",
      "From the acceptance of an event to the record that it is delivered.",
    ),
    durations("attempt_lateness", "lateness", "From when an attempt was due to its start."),
    durations("attempt_duration", "attempt", "How long attempts took."),
  ];
}
