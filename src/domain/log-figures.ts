import type { LogAnswer } from "./log-shards.ts";

/** The figures that an operator watches in a log, each with what makes one of those of several logs. Times in milliseconds. */
const LOG_FIGURES = {
  hotBytes: "sum",
  /** Events that are not yet in R2. */
  unarchivedEvents: "sum",
  waitingBytes: "sum",
  laggingEndpoints: "sum",
  /** Age of the oldest event that some endpoint has not yet taken. */
  handOverLagMs: "most",
  /** Since the log began. */
  acceptedEvents: "sum",
  /** Deliveries that were not made because their endpoint was disabled, since the log began. */
  missedEvents: "sum",
} as const satisfies Record<string, "sum" | "most">;

type LogFigure = keyof typeof LOG_FIGURES;

export type LogFigures = Record<LogFigure, number>;

/** What a log answers who asks for them. */
export interface LogMetrics extends LogAnswer, LogFigures {}

/** The figures of a workspace, of those of its logs. */
export function joinFigures(logs: readonly LogFigures[]): LogFigures {
  const joined = (figure: LogFigure) => {
    const values = logs.map((log) => log[figure]);
    return LOG_FIGURES[figure] === "most"
      ? Math.max(...values)
      : values.reduce((sum, value) => sum + value, 0);
  };
  const figures = Object.keys(LOG_FIGURES) as LogFigure[];
  return Object.fromEntries(figures.map((figure) => [figure, joined(figure)])) as LogFigures;
}
