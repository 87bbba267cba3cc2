import type { Environment } from "../shell/configuration.ts";

/* Secrets stand in a workspace's file as `${env:NAME}`; `$${env:` is the text itself. */

const REFERENCE = /(\$?)\$\{env:([^}]*)\}/g;

/** What secrets read that the service does not show. */
export const MASK = "***";

/** The names that a value refers to, however deep. */
export function referencesIn(value: unknown): string[] {
  if (typeof value === "string")
    return [...value.matchAll(REFERENCE)].flatMap(([, escaping, name = ""]) => (escaping ? [] : [name]));
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(referencesIn);
}

/** The value with what the environment has in place of its references; all of them are there. */
export function resolved<Value>(value: Value, environment: Environment): Value {
  if (typeof value === "string") {
    return value.replace(REFERENCE, (_text, escaping: string, name: string) =>
      escaping ? `\${env:${name}}` : (environment[name] ?? ""),
    ) as Value;
  }
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => resolved(item, environment)) as Value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, resolved(item, environment)]),
  ) as Value;
}

/** The value as it stands in a file, so that `resolved` gives it back. */
export function escaped<Value>(value: Value): Value {
  if (typeof value === "string") return value.replaceAll("${env:", (found) => `$${found}`) as Value;
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => escaped(item)) as Value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, escaped(item)])) as Value;
}

/** Gives each secret a variable of its own: from the endpoint's key and the secret's place, as `EP_1_AUTH_TOKEN`. */
export class VariableNames {
  readonly #taken = new Set<string>();

  nameFor(key: string, ...path: string[]): string {
    const name = ["ATLAS", key, ...path]
      .join("_")
      .toUpperCase()
      .replace(/[^A-Z0-9]+/g, "_");
    for (let number = 1; ; number++) {
      const unique = number === 1 ? name : `${name}_${number}`;
      if (this.#taken.has(unique)) continue;
      this.#taken.add(unique);
      return unique;
    }
  }
}
