import { wholeNumber } from "./given.ts";

/** How many rows a list shows unless more are asked for. */
export const SHOWN = 50;

/** The option `--limit`: up to so many rows, over as many pages as that takes. */
export const limitOption = [
  "--limit <n>",
  "how many to show at most",
  wholeNumber(1, 100_000),
  SHOWN,
] as const;

/** The page's size that a list of so many rows asks for. */
export function pageOf(limit: number): number {
  return Math.min(limit, 200);
}
