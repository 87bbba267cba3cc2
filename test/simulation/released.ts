import type { Action } from "./plan.ts";

/** The version whose code some seeds begin with: what it leaves on its disks is opened and played on by this one's. */
export const RELEASED = { version: "0.1.0", lastMigration: "0006_limits.sql" };

/** When this version takes over, milliseconds after the start: a third of what is played has been done. */
export const UPGRADED_AT_MS = 400_000;

/** The same deeds, but for those that the released version does not know: they are done after the upgrade. */
export function asOfReleased(actions: readonly Action[]): Action[] {
  return actions
    .map((action) =>
      action.at > UPGRADED_AT_MS || isKnown(action) ? action : { ...action, at: action.at + UPGRADED_AT_MS },
    )
    .toSorted((a, b) => a.at - b.at);
}

/** Whether the released version does that, and keeps what this one promises of it. */
function isKnown(action: Action): boolean {
  if (action.kind === "publish") return action.once !== "own name";
  if (action.kind === "change") return Object.keys(action.change).every((field) => field === "status");
  return action.kind === "mood" || action.kind === "evict";
}
