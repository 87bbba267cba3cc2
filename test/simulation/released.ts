import { BUNDLED, type ReleasedVersion } from "../released/versions.ts";
import type { Action } from "./action.ts";

/** A version whose code some seeds begin with: what it leaves on its disks is opened and played on by this one's. */
export interface Released {
  version: string;
  /** The newest of D1's migrations that it had. */
  lastMigration: string;
  /** Whether it counted what `/metrics` tells. */
  counts: boolean;
  /** Whether it can do that, and keeps what this version promises of it. */
  knows(action: Action): boolean;
}

const CAPABILITIES: Record<ReleasedVersion, Pick<Released, "counts" | "knows">> = {
  "0.1.0": {
    counts: false,
    knows: (action) => {
      if (action.kind === "publish") return action.once !== "own name";
      if (action.kind === "change") return Object.keys(action.change).every((field) => field === "status");
      return action.kind === "mood" || action.kind === "evict";
    },
  },
  "0.2.0": {
    counts: true,
    // New code would be this version's, before D1 is migrated; what is read is held to what this one promises.
    knows: (action) =>
      !["new code", "read"].includes(action.kind) &&
      !(action.kind === "create" && "order" in action.made.settings),
  },
};

/** In turns, the seeds that begin with a released version begin with these. */
export const RELEASED: readonly Released[] = BUNDLED.map((release) => ({
  ...release,
  ...CAPABILITIES[release.version],
}));

/** When this version takes over, milliseconds after the start: a third of what is played has been done. */
export const UPGRADED_AT_MS = 400_000;

/** The same deeds, but for those that the released version does not know: they are done after the upgrade. */
export function asOfReleased({ knows }: Released, actions: readonly Action[]): Action[] {
  return actions
    .map((action) =>
      action.at > UPGRADED_AT_MS || knows(action) ? action : { ...action, at: action.at + UPGRADED_AT_MS },
    )
    .toSorted((a, b) => a.at - b.at);
}
