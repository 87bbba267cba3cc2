import { type Catalog, catalogType } from "../catalog/index.ts";
import { type DataCheck, dataCheck } from "../catalog/json-schema/index.ts";
import type { JsonObject } from "../catalog/shape.ts";
import { findSchemas, type TypeSchema } from "../d1/event-types.ts";
import { platform } from "../platform.ts";
import type { TypeOwner } from "./store.ts";

/*
 * What publishing knows of event types. It is used for less than 10 s, so that publishing asks D1 nothing per event and
 * a change takes effect within 10 s, as with keys (http/auth.ts).
 */

export interface KnownType {
  /** Whether the workspace has such a type. */
  exists: boolean;
  /** Null = any data. */
  check: KnownCheck | null;
}

/** Whoever asks. */
export interface TypeAsker {
  db: D1Database;
  /** Has something go on beside the request, and after its answer. Never rejects. */
  runBeside(work: Promise<unknown>): void;
}

/** A check that is made where it is needed first, by whoever has time for it: that takes up to 2 ms. */
export class KnownCheck {
  /** What it takes to make the check from the schema, and to keep it. */
  readonly characters: number;
  readonly #schema: JsonObject;
  #made: DataCheck | null = null;

  constructor(schema: JsonObject) {
    this.#schema = schema;
    this.characters = JSON.stringify(schema).length;
  }

  /** Null = it is not made yet. */
  get made(): DataCheck | null {
    return this.#made;
  }

  make(): DataCheck {
    this.#made ??= dataCheck(this.#schema);
    return this.#made;
  }
}

interface Entry extends KnownType {
  /** What the check was made from: while that is the same, it is not made again. */
  schema: JsonObject | null;
  updatedAt: number | null;
  /** When D1 was asked, Unix milliseconds. */
  askedAt: number;
}

const USABLE_MS = 9000;
/** From this age on D1 is asked again beside the request's own work, so that none has to wait. */
const REFRESH_AFTER_MS = 4000;

/** A check takes about ten times its schema's characters in bytes, beside 128 MB for all of an isolate. */
const MAX_KNOWN_CHARACTERS = 2 * 1024 * 1024;
const MAX_KNOWN_TYPES = 2000;

/** Per isolate, by workspace and type. */
const entries = new Map<string, Entry>();
let knownCharacters = 0;

/** Makes this isolate ask D1 again for a workspace's type: after a change its effect is at once here. */
export function forgetEventType(workspaceId: string, type: string): void {
  forget(keyOf(workspaceId, type));
}

/** What is known of some types; few at a time, because each schema that D1 gives is parsed at once. */
export async function knownTypes(
  asker: TypeAsker,
  owner: TypeOwner,
  types: readonly string[],
): Promise<Map<string, KnownType>> {
  const { workspaceId } = owner;
  const nowMs = platform.nowMs();
  const entryOf = (type: string) => entries.get(keyOf(workspaceId, type));
  const ageOf = (type: string) => nowMs - (entryOf(type)?.askedAt ?? 0);
  const missing = types.filter((type) => ageOf(type) >= USABLE_MS);
  const known = missing.length === 0 ? new Map<string, Entry>() : await ask(asker, owner, missing, nowMs);
  const aging: string[] = [];
  for (const type of types) {
    const entry = entryOf(type);
    if (known.has(type) || entry === undefined) continue;
    known.set(type, entry);
    if (ageOf(type) <= REFRESH_AFTER_MS) continue;
    // Noted as asked already, so that the requests of the meantime do not ask as well.
    entry.askedAt += REFRESH_AFTER_MS;
    aging.push(type);
  }
  if (aging.length > 0) asker.runBeside(ask(asker, owner, aging, nowMs).catch(() => undefined));
  return known;
}

async function ask(
  { db }: TypeAsker,
  { workspaceId, catalog }: TypeOwner,
  types: readonly string[],
  nowMs: number,
): Promise<Map<string, Entry>> {
  const rows = await findSchemas(db, workspaceId, types);
  const own = new Map(rows.map((row) => [row.type, row]));
  const asked = new Map<string, Entry>();
  for (const type of types) {
    const key = keyOf(workspaceId, type);
    const entry = entryFrom(type, own.get(type), catalog, entries.get(key), nowMs);
    asked.set(type, entry);
    forget(key);
    const characters = entry.check?.characters ?? 0;
    if (knownCharacters + characters > MAX_KNOWN_CHARACTERS || entries.size >= MAX_KNOWN_TYPES) {
      entries.clear();
      knownCharacters = 0;
    }
    entries.set(key, entry);
    knownCharacters += characters;
  }
  return asked;
}

function forget(key: string): void {
  knownCharacters -= entries.get(key)?.check?.characters ?? 0;
  entries.delete(key);
}

function entryFrom(
  type: string,
  own: TypeSchema | undefined,
  catalog: Catalog,
  before: Entry | undefined,
  askedAt: number,
): Entry {
  const built = own === undefined ? catalogType(type, catalog) : null;
  const schema = own === undefined ? (built?.schema ?? null) : own.schema;
  const exists = own === undefined ? built !== null : !own.deleted;
  const updatedAt = own?.updatedAt ?? null;
  // A row's schema is parsed anew at each look; its time tells whether it is the same one.
  const isSame = before?.updatedAt === updatedAt && (own !== undefined || before.schema === schema);
  if (before !== undefined && isSame) return { ...before, exists, askedAt };
  const isChecked = exists && schema !== null;
  return {
    ...{ exists, schema, updatedAt, askedAt },
    check: isChecked ? new KnownCheck(schema) : null,
  };
}

function keyOf(workspaceId: string, type: string): string {
  return `${workspaceId} ${type}`;
}
