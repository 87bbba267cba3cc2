import type { Context } from "hono";
import { type DataCheck, dataCheck } from "../catalog/data-check.ts";
import { findEventTypes } from "../config/event-types.ts";
import type { EventTypeRow } from "../config/tables.ts";
import type { NewEvent } from "../domain/event.ts";
import { type FieldError, invalid } from "../errors.ts";
import { MAX_ERRORS } from "./body.ts";
import { errorsAt } from "./event-type-rules.ts";
import { type EventType, laidOver } from "./event-type-store.ts";
import type { ApiEnv } from "./route.ts";

/*
 * Publishing to a workspace with `validate_events`: an event of an unknown type, or whose data does not fit its type's
 * schema, is refused. What is known of a type is used for less than 10 s, so that publishing asks D1 nothing per event
 * and a change takes effect within 10 s, as with keys (auth.ts).
 */

interface KnownType {
  /** Null = the workspace has no such type. */
  check: DataCheck | null;
  /** What the check was made from: while that is the same, it is not made again. */
  schema: EventType["schema"];
  updatedAt: number | null;
  /** When D1 was asked, Unix milliseconds. */
  askedAt: number;
}

const USABLE_MS = 9000;
/** From this age on D1 is asked again beside the request's own work, so that none has to wait. */
const REFRESH_AFTER_MS = 4000;
/** Schemas are at most 32 KiB. */
const MAX_KNOWN_TYPES = 1000;

/** Per isolate, by workspace and type. */
const knownTypes = new Map<string, KnownType>();

const anyData: DataCheck = () => [];

/** Throws 422 with what is wrong with each event's type and data. `list` names the batch's member, null = one event. */
export async function checkEvents(
  c: Context<ApiEnv>,
  workspaceId: string,
  events: readonly NewEvent[],
  list: string | null,
): Promise<void> {
  const types = [...new Set(events.map((event) => event.type))];
  const known = await knownOf(c, workspaceId, types);
  const errors: FieldError[] = [];
  for (const [index, event] of events.entries()) {
    const prefix = list === null ? "" : `${list}[${index}].`;
    const check = known.get(event.type)?.check ?? null;
    if (check === null) {
      errors.push({ path: `${prefix}type`, message: "is not one of the workspace's event types" });
    } else {
      errors.push(...errorsAt(`${prefix}data`, check(JSON.parse(event.data))));
    }
    if (errors.length >= MAX_ERRORS) break;
  }
  if (errors.length > 0) throw invalid(errors.slice(0, MAX_ERRORS));
}

/** Makes this isolate ask D1 again for a workspace's type: after a change its effect is at once here. */
export function forgetEventType(workspaceId: string, type: string): void {
  knownTypes.delete(keyOf(workspaceId, type));
}

async function knownOf(
  c: Context<ApiEnv>,
  workspaceId: string,
  types: readonly string[],
): Promise<Map<string, KnownType>> {
  const nowMs = Date.now();
  const ageOf = (type: string) => nowMs - (knownTypes.get(keyOf(workspaceId, type))?.askedAt ?? 0);
  const missing = types.filter((type) => ageOf(type) >= USABLE_MS);
  const asked = missing.length === 0 ? new Map() : await ask(c, workspaceId, missing, nowMs);
  const aging = types.filter((type) => !asked.has(type) && ageOf(type) > REFRESH_AFTER_MS);
  const used = types.map((type): [string, KnownType] => [
    type,
    asked.get(type) ?? (knownTypes.get(keyOf(workspaceId, type)) as KnownType),
  ]);
  if (aging.length > 0) {
    // Noted as asked already, so that the requests of the meantime do not ask as well.
    for (const [type, known] of used) {
      if (aging.includes(type)) {
        knownTypes.set(keyOf(workspaceId, type), { ...known, askedAt: known.askedAt + REFRESH_AFTER_MS });
      }
    }
    c.executionCtx.waitUntil(ask(c, workspaceId, aging, nowMs).catch(() => undefined));
  }
  return new Map(used);
}

async function ask(
  c: Context<ApiEnv>,
  workspaceId: string,
  types: readonly string[],
  nowMs: number,
): Promise<Map<string, KnownType>> {
  const rows = await findEventTypes(c.env.DB, workspaceId, types);
  const own = new Map(rows.map((row) => [row.type, row]));
  if (knownTypes.size + types.length > MAX_KNOWN_TYPES) knownTypes.clear();
  const asked = new Map<string, KnownType>();
  for (const type of types) {
    const key = keyOf(workspaceId, type);
    const known = knownFrom(type, own.get(type), knownTypes.get(key), nowMs);
    asked.set(type, known);
    knownTypes.set(key, known);
  }
  return asked;
}

function knownFrom(
  type: string,
  own: EventTypeRow | undefined,
  before: KnownType | undefined,
  askedAt: number,
): KnownType {
  const eventType = laidOver(type, own);
  const updatedAt = own?.updatedAt ?? null;
  const schema = eventType?.schema ?? null;
  if (eventType === null) return { check: null, schema, updatedAt, askedAt };
  // A row's schema is parsed anew at each look; its time tells whether it is the same one.
  const isSame =
    before?.check && before.updatedAt === updatedAt && (own !== undefined || before.schema === schema);
  const check = isSame ? before.check : schema === null ? anyData : dataCheck(schema);
  return { check, schema, updatedAt, askedAt };
}

function keyOf(workspaceId: string, type: string): string {
  return `${workspaceId} ${type}`;
}
