import { catalogType, catalogTypes } from "../catalog/index.ts";
import { type EventTypeName, listEventTypeNames } from "../d1/event-types.ts";
import { typeMatches } from "../domain/type-pattern.ts";
import type { FieldError } from "../errors.ts";
import type { TypeOwner } from "./store.ts";

/*
 * What an endpoint's `types` name that the workspace has no event type for: allowed, because types may be published
 * before they are catalogued, but more often a slip of the pen that would get no event. As a part of the answer.
 */

interface Warnings {
  warnings?: FieldError[];
}

/** Whether it takes a look at the workspace's event types to know. */
export function mayWarn(patterns: readonly string[]): boolean {
  return patterns.some((pattern) => pattern !== "*");
}

/** The warnings, by the event types that D1 has now. */
export async function typeWarnings(
  db: D1Database,
  owner: TypeOwner,
  patterns: readonly string[],
): Promise<Warnings> {
  if (!mayWarn(patterns)) return {};
  return warningsOf(owner, patterns, await listEventTypeNames(db, owner.workspaceId));
}

/** The warnings, by what the workspace changed of its catalog. */
export function warningsOf(
  { catalog }: TypeOwner,
  patterns: readonly string[],
  own: readonly EventTypeName[],
): Warnings {
  const ownTypes = new Map(own.map(({ type, deleted }) => [type, !deleted]));
  const hasType = (type: string) => ownTypes.get(type) ?? catalogType(type, catalog) !== null;
  const takesAny = (pattern: string) =>
    own.some(({ type, deleted }) => !deleted && typeMatches(pattern, type)) ||
    catalogTypes(catalog).some(({ type }) => typeMatches(pattern, type) && ownTypes.get(type) !== false);
  const warnings = patterns.flatMap((pattern, index) => {
    const isWide = pattern.endsWith(".*");
    if (pattern === "*" || (isWide ? takesAny(pattern) : hasType(pattern))) return [];
    const message = isWide
      ? `${pattern} takes none of the workspace's event types`
      : `${pattern} is not one of the workspace's event types`;
    return [{ path: `types[${index}]`, message }];
  });
  return warnings.length > 0 ? { warnings } : {};
}
