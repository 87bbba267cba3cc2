import type { JsonTape } from "./json-tape.ts";

/** Longer texts can be in no subscription (`contract/`), and would go to the log a second time beside `data`. */
const MAX_STAGE_LENGTH = 128;
const MAX_CONTEXT_LENGTH = 256;

/** What endpoints may subscribe by that lies within an event's `data`. */
export interface Conditions {
  /** `data.stage`, where it is a string. */
  stage?: string;
  /** Pairs that count as the event's context where it has none of that key itself. */
  implied?: Record<string, string>;
}

/** The members of `data` that are looked up, null = itself, otherwise which members of it. */
const ASKED: Asked = new Map([
  ["stage", null],
  ["campaignId", null],
  ["cardContext", new Map([["cardTemplateId", null]])],
  ["platformContext", new Map([["flowConfigId", null]])],
]);

type Asked = ReadonlyMap<string, Asked | null>;

/** What endpoints may subscribe by in `data` that lies on a tape: of all its members only these become values. */
export function conditionsOnTape(tape: JsonTape, at: number): Conditions {
  return conditionsIn(membersOnTape(tape, at, ASKED));
}

function membersOnTape(tape: JsonTape, at: number, asked: Asked): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  const end = tape.next(at);
  for (let key = at + 1; key < end; key = tape.next(key + 1)) {
    const name = tape.string(key);
    const within = asked.get(name);
    if (within === undefined) continue;
    const value = key + 1;
    // The last of two members with one name counts, as in JSON.parse, though it may be of no use.
    if (within === null)
      found[name] = tape.isShortString(value, MAX_CONTEXT_LENGTH) ? tape.string(value) : null;
    else found[name] = tape.isObject(value) ? membersOnTape(tape, value, within) : null;
  }
  return found;
}

/**
 * Looks up the few members of parsed `data` that subscriptions ask for; absent where `data` has none. A call's campaign
 * and a card's ids: docs/contracts.md, voice and atomic.
 */
export function conditionsIn(data: Record<string, unknown>): Conditions {
  const { stage, cardContext, platformContext } = data;
  const conditions: Conditions = isShort(stage, MAX_STAGE_LENGTH) ? { stage } : {};
  const found = Object.entries({
    campaignId: memberOf(data, "campaignId"),
    cardTemplateId: memberOf(cardContext, "cardTemplateId"),
    actionFlowConfigId: memberOf(platformContext, "flowConfigId"),
  }).filter((pair): pair is [string, string] => pair[1] !== null);
  if (found.length > 0) conditions.implied = Object.fromEntries(found);
  return conditions;
}

function memberOf(value: unknown, name: string): string | null {
  if (typeof value !== "object" || value === null) return null;
  const member: unknown = Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined;
  return isShort(member, MAX_CONTEXT_LENGTH) ? member : null;
}

function isShort(value: unknown, maxLength: number): value is string {
  return typeof value === "string" && value.length <= maxLength;
}
