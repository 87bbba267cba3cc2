import type { WorkspaceTotals } from "../d1/endpoint-counts.ts";
import { type Counts, type DurationName, histogramOf } from "../domain/counts.ts";
import { ENDED_STATUSES } from "../domain/delivery.ts";
import type { LogFigures } from "../domain/log-figures.ts";
import type { Family } from "./text.ts";

/** What a workspace's log says of itself. */
export const LOG_FAMILIES: Family<LogFigures>[] = [
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

/** What a single endpoint last told D1 of the present. */
export const ENDPOINT_FAMILIES: Family<{ pending: number }>[] = [
  {
    name: "atlas_endpoint_pending_deliveries",
    type: "gauge",
    help: "Deliveries that are pending.",
    value: ({ pending }) => pending,
  },
];

/** What the objects of an isolate have stored since it began. */
export const COMMIT_FAMILIES: Family<{ count: number; seconds: number }>[] = [
  {
    name: "atlas_commits_total",
    type: "counter",
    help: "Transactions of logs and endpoints that are on disk, since the service started.",
    value: ({ count }) => count,
  },
  {
    name: "atlas_commit_seconds_total",
    type: "counter",
    help: "Seconds that these took from their beginning until they were on disk.",
    value: ({ seconds }) => seconds,
  },
];

const gauge = (name: string, help: string): Family<number> => ({
  ...{ name, help, type: "gauge" },
  value: (value) => value,
});

/** What a scrape says once: of itself, of the disk, and of the version. */
export const SINGLE_FAMILIES = {
  unanswered: gauge("atlas_unanswered_workspaces", "Logs that did not answer this scrape."),
  uncounted: gauge(
    "atlas_uncounted_workspaces",
    "Workspaces whose endpoints this scrape left out: those before have too many.",
  ),
  storageFull: gauge("atlas_storage_full", "Whether events are refused because there is no room for them."),
  storageFree: gauge("atlas_storage_free_bytes", "Bytes that are free on the disk of DATA_DIR."),
  build: gauge("atlas_build_info", "Always 1; the version that runs is its label."),
};

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
