import { HOUR_MS } from "./durations.ts";
import type { StatsWindow } from "./messages.ts";

/** How far back the windows of an endpoint's stats reach. */
export const WINDOW_MS: Record<StatsWindow, number> = {
  "1h": HOUR_MS,
  "24h": 24 * HOUR_MS,
  "7d": 7 * 24 * HOUR_MS,
  "30d": 30 * 24 * HOUR_MS,
};
