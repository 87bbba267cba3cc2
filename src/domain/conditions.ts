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
