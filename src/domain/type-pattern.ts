import { OPERATIONAL_PREFIX } from "./operational.ts";

/** Whether a type pattern (`deal.created`, `deal.*`, `*`) takes a type. `deal.*` does not take `deal`. */
export function typeMatches(pattern: string, type: string): boolean {
  if (pattern === "*") return !type.startsWith(OPERATIONAL_PREFIX);
  if (pattern.endsWith(".*")) return type.startsWith(pattern.slice(0, -1));
  return pattern === type;
}
