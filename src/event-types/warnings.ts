import { typeMatches } from "../domain/type-pattern.ts";
import type { FieldError } from "../errors.ts";
import { type TypeOwner, typeNames } from "./store.ts";

/**
 * What an endpoint's `types` name that the workspace has no event type for: allowed, because types may be published
 * before they are catalogued, but more often a slip of the pen that would get no event. As a part of the answer.
 */
export async function typeWarnings(
  db: D1Database,
  owner: TypeOwner,
  patterns: readonly string[],
): Promise<{ warnings?: FieldError[] }> {
  if (patterns.every((pattern) => pattern === "*")) return {};
  const names = await typeNames(db, owner);
  const warnings = patterns.flatMap((pattern, index) => {
    const isKnown = names.has(pattern) || pattern === "*" || matchesAny(pattern, names);
    if (isKnown) return [];
    const message = pattern.endsWith(".*")
      ? `${pattern} takes none of the workspace's event types`
      : `${pattern} is not one of the workspace's event types`;
    return [{ path: `types[${index}]`, message }];
  });
  return warnings.length > 0 ? { warnings } : {};
}

function matchesAny(pattern: string, names: Iterable<string>): boolean {
  if (!pattern.endsWith(".*")) return false;
  for (const name of names) if (typeMatches(pattern, name)) return true;
  return false;
}
