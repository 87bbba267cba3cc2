import type { Dialect } from "./dialect.ts";

/** The defaults of a dialect's options; a text has none. */
export function defaultOptions({ options }: Dialect): Record<string, string> {
  const lists = Object.entries(options).flatMap(([name, option]) =>
    typeof option === "function" ? [] : [[name, option[0]]],
  );
  return Object.fromEntries(lists) as Record<string, string>;
}

/** What is wrong with an option that an endpoint was given; null = nothing, undefined = the dialect has none such. */
export function optionProblem({ options }: Dialect, name: string, value: string): string | null | undefined {
  const option = Object.hasOwn(options, name) ? options[name] : undefined;
  if (option === undefined) return undefined;
  if (typeof option === "function") return option(value);
  return option.includes(value) ? null : `must be one of: ${option.join(", ")}`;
}
