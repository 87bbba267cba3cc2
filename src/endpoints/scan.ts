import { endpointIdsBelow, livingAmong, troubledEndpointIds } from "../d1/endpoints.ts";
import type { Reach } from "../domain/scope.ts";

/*
 * The way through a workspace's endpoints, a bounded number at a time. First come those that failed lately or have
 * something pending, by their last health summaries: whoever asks what went wrong has it on the first page. The others
 * follow, newest first. Which ones come first is decided once and kept in the cursor, so that no endpoint is passed
 * twice, or over, while summaries change.
 */

/** How many endpoints come first, and are named in the cursor. */
const FIRST = 32;

/** Where a scan goes on. */
export interface ScanPlace {
  first: string[];
  /** The first are all there are. */
  isFirstOnly: boolean;
  /** Whether it is still among the first. */
  isAmongFirst: boolean;
  /** The endpoint that was passed last, or the one it is within; null = none yet. */
  at: string | null;
  /** Within an endpoint: where its own list goes on. */
  within: string | null;
}

/** The start of a scan of one endpoint. */
export function scanOfOne(endpointId: string): ScanPlace {
  return { first: [endpointId], isFirstOnly: true, isAmongFirst: true, at: null, within: null };
}

/** The start of a scan of all. `troubledFirst`: whether failures, or what is pending, are what is looked for. */
export async function scanOfAll(
  db: D1Database,
  reach: Reach,
  { troubledFirst }: { troubledFirst: boolean },
): Promise<ScanPlace> {
  const first = troubledFirst ? await troubledEndpointIds(db, reach, FIRST) : [];
  return { first, isFirstOnly: false, isAmongFirst: true, at: null, within: null };
}

/** The next endpoints of a scan: so many, or fewer at its end; the one that it is within comes alone. */
export async function nextEndpoints(
  db: D1Database,
  reach: Reach,
  place: ScanPlace,
  most: number,
): Promise<string[]> {
  const { first, at, within } = place;
  if (within !== null && at !== null) {
    const living = await livingAmong(db, reach, [at]);
    return living.length > 0 ? living : nextEndpoints(db, reach, passed(place, at), most);
  }
  const found: string[] = [];
  if (place.isAmongFirst) {
    const ahead = first.slice(at === null ? 0 : first.indexOf(at) + 1);
    const living = new Set(await livingAmong(db, reach, ahead));
    found.push(...ahead.filter((id) => living.has(id)).slice(0, most));
  }
  if (found.length === most || place.isFirstOnly) return found;
  const below = place.isAmongFirst ? null : at;
  const rest = { below, without: first, most: most - found.length };
  return [...found, ...(await endpointIdsBelow(db, reach, rest))];
}

/** After an endpoint that is looked through. */
export function passed(place: ScanPlace, endpointId: string): ScanPlace {
  const isAmongFirst = place.first.includes(endpointId);
  return { ...place, isAmongFirst, at: endpointId, within: null };
}

/** Within an endpoint, whose list goes on from there. */
export function within(place: ScanPlace, endpointId: string, next: string): ScanPlace {
  return { ...passed(place, endpointId), within: next };
}

/** A place as a cursor holds it. */
export function placeText({ first, isFirstOnly, isAmongFirst, at, within: next }: ScanPlace): string {
  return [
    isFirstOnly ? "one" : "all",
    isAmongFirst ? "first" : "rest",
    first.join(","),
    at ?? "",
    next ?? "",
  ].join("|");
}

const ID = "ep_[0-9A-Za-z_]{1,40}";

/** What such a text looks like: a cursor may have been made up by its sender. */
export const PLACE_TEXT = new RegExp(
  `^(one|all)\\|(first|rest)\\|((${ID})(,${ID}){0,${FIRST - 1}})?\\|(${ID})?\\|\\d{0,16}$`,
);

export function placeOf(text: string): ScanPlace {
  const [kind, part, first = "", at = "", next = ""] = text.split("|");
  return {
    first: first === "" ? [] : first.split(","),
    isFirstOnly: kind === "one",
    isAmongFirst: part === "first",
    at: at === "" ? null : at,
    within: next === "" ? null : next,
  };
}
