import type { LogMetrics } from "../domain/log-figures.ts";
import type { LogParts } from "./parts.ts";

/** How a log does: what it holds, what waits, and what it counted. */
export function metricsOf({ appender, archive, handOver }: LogParts): LogMetrics {
  return {
    hotBytes: archive.hotBytes,
    unarchivedEvents: archive.hotEvents,
    waitingBytes: appender.waitingBytes + handOver.queuedBytes,
    laggingEndpoints: handOver.laggingEndpoints,
    handOverLagMs: handOver.lagMs(),
    acceptedEvents: appender.counts.accepted,
    missedEvents: appender.counts.missed,
  };
}
