import type { Action } from "./action.ts";
import { planOf } from "./plan.ts";
import type { Part, Pool, Result } from "./pool.ts";

/** Each try plays a run: enough to make most failures small in a minute or two. */
const MOST_TRIES = 90;

const MOST_LINES = 20;

/**
 * Makes a failing seed small: leaves out actions and faults as long as the same promise is still broken. Returns what
 * remains as a timeline of at most 20 lines.
 */
export async function shrink(pool: Pool, failing: Result): Promise<string[]> {
  const { seed } = failing;
  const kind = failing.violations[0]?.kind ?? "";
  const plan = planOf(seed);
  let tries = 0;
  const fails = async (part: Part): Promise<boolean> => {
    if (tries++ >= MOST_TRIES) return false;
    const result = await pool.run({ seed, part }).catch(() => null);
    return result?.violations.some((violation) => violation.kind === kind) ?? false;
  };
  const all = [...plan.actions.keys()];
  const faults = (await fails({ actions: all, faults: [] })) ? [] : failing.faults;
  const actions = await without(all, (left) => fails({ actions: left, faults }));
  const fewFaults = await without(faults, (left) => fails({ actions, faults: left }));
  const smallest = await pool.run({ seed, part: { actions, faults: fewFaults }, withHistory: true });
  return timelineOf(
    smallest,
    plan.actions.filter((_, place) => actions.includes(place)),
    kind,
  );
}

/** The parts that cannot be left out, found by halves, quarters and so on. */
async function without<One>(
  parts: readonly One[],
  stillFails: (left: readonly One[]) => Promise<boolean>,
): Promise<readonly One[]> {
  let left = parts;
  for (let size = Math.ceil(left.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < left.length; ) {
      const fewer = [...left.slice(0, at), ...left.slice(at + size)];
      if (await stillFails(fewer)) left = fewer;
      else at += size;
    }
  }
  return left;
}

function timelineOf(
  { faults, history = [], violations }: Result,
  actions: readonly Action[],
  kind: string,
): string[] {
  const points = new Set(faults.map((place) => place.replace(/ #\d+$/, "")));
  const told = history
    // What an object does by itself follows from the fault before it.
    .filter(
      ({ what }) => points.has(what) || (/^(?:reset|evict|deploy)/.test(what) && !what.includes("by itself")),
    )
    .map(({ at, what }) => ({ at, text: what }));
  for (const action of actions) told.push({ at: action.at, text: textOf(action) });
  told.sort((a, b) => a.at - b.at);
  const lines = told.map(({ at, text }) => `${(at / 1000).toFixed(3).padStart(10)} s  ${text}`);
  const broken = violations.filter((violation) => violation.kind === kind).slice(0, 3);
  const ends = broken.map(({ text }) => `${kind}: ${text.split("\n")[0]}`);
  const room = MOST_LINES - ends.length;
  if (lines.length <= room) return [...lines, ...ends];
  // What came last is nearest to what broke.
  return [`… and ${lines.length - room + 1} before`, ...lines.slice(1 - room), ...ends];
}

function textOf({ at: _at, ...action }: Action): string {
  const shown = (value: unknown) => (typeof value === "object" ? JSON.stringify(value) : String(value));
  if (action.kind !== "publish") return Object.values(action).map(shown).join(" ");
  const [first] = action.events;
  return `publish ${action.events.length} from event ${first?.n} (${first?.type}), once by ${action.once}`;
}
