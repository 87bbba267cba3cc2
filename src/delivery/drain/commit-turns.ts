/*
 * On one machine each commit stops everything else on the thread until it is on disk: so the endpoints of an isolate settle
 * one after the other, at a distance that follows from what commits take, and who waits longer has more to store at once.
 * What a round of the thread may take of them then, when the time has come, is storage/rounds.ts.
 */

/** From one turn to the next passes so many times what a commit takes: commits take about a third of the time at the most. */
const GAP_PER_COMMIT = 3;
const LEAST_GAP_MS = 1;
const LONGEST_GAP_MS = 20;

/** However many endpoints there are, none waits for its turn for longer. */
const LONGEST_WAIT_MS = 1000;

/** When the next one may settle, Unix milliseconds. */
let nextAt = 0;

/** What a commit takes, on average over the last ones, milliseconds. */
let commitMs = 1;

/** When an endpoint may settle that asks now: the turn is its own. Unix milliseconds. */
export function nextCommitTurn(nowMs: number): number {
  // Further ahead it is where the clock was set back, too: then they begin anew.
  const at = nextAt > nowMs + LONGEST_WAIT_MS ? nowMs : Math.max(nowMs, nextAt);
  nextAt = at + Math.min(LONGEST_GAP_MS, Math.max(LEAST_GAP_MS, GAP_PER_COMMIT * commitMs));
  return at;
}

/** A commit was on disk after so many milliseconds. */
export function noteCommit(milliseconds: number): void {
  commitMs = 0.8 * commitMs + 0.2 * Math.min(Math.max(0, milliseconds), LONGEST_GAP_MS);
}
