import { atlas } from "./atlas.ts";
import { atomic } from "./atomic.ts";
import { brokers } from "./brokers.ts";
import { cloudevents } from "./cloudevents.ts";
import type { Dialect } from "./dialect.ts";
import { standard } from "./standard.ts";
import { support } from "./support.ts";
import { voice } from "./voice.ts";

/** Every wire contract, one row each. Nothing else lists them: a further one is a file and a row here. */
export const dialects = {
  atlas,
  standard,
  voice,
  brokers,
  atomic,
  support,
  cloudevents,
} as const satisfies Record<string, Dialect>;

type DialectName = keyof typeof dialects;

/** The dialect of an endpoint that names none: for users who have no contract of their own to keep. */
export const DEFAULT_DIALECT = "standard" satisfies DialectName;

/** The dialects whose receivers' URLs are secrets. */
export const MASKED_DIALECTS: readonly string[] = Object.entries<Dialect>(dialects).flatMap(([name, row]) =>
  row.masksUrl ? [name] : [],
);

/** The row of this name; null if there is none. */
export function dialectNamed(name: string): Dialect | null {
  return Object.hasOwn(dialects, name) ? dialects[name as DialectName] : null;
}

/** What is said of a name that is none of them. */
export const UNKNOWN_DIALECT = `must be one of: ${Object.keys(dialects).join(", ")}`;
