import { catalogType } from "../catalog/index.ts";
import type { JsonObject } from "../catalog/shape.ts";
import { type Author, recordOf } from "../changes/author.ts";
import type { EventTypeBody } from "../contract/event-type.ts";
import { deleteEventType, putEventType } from "../d1/event-types.ts";
import type { EventTypeRow } from "../d1/tables.ts";
import type { AuditAction, AuditedChange } from "../domain/audit.ts";
import type { Env } from "../env.ts";
import { ApiError } from "../errors.ts";
import { platform } from "../platform.ts";
import { forgetEventType } from "./known-types.ts";
import { type EventType, findEventType, type TypeOwner } from "./store.ts";

/* Writes of a workspace's event types, each with its entry in the audit log. */

/** Types that a workspace may add, change or delete, of the built-in ones too. */
const MAX_OWN_TYPES = 1000;

/**
 * Stores a type. Throws 409 if the workspace has as many as it may have or, for one that is to be created, if it has
 * this one already.
 */
export async function storeEventType(
  env: Env,
  author: Author,
  owner: TypeOwner,
  action: "event_type.created" | "event_type.updated",
  before: EventType | null,
  after: EventType,
): Promise<EventTypeBody> {
  const body = eventTypeBody(after);
  const record = await recordOf(env, author, audited(action, before, after), { body });
  const row = rowOf(author.workspaceId, after, false);
  const onlyNew = action === "event_type.created";
  const isStored = await putEventType(env.DB, row, { most: MAX_OWN_TYPES, onlyNew }, record);
  if (isStored) {
    forgetEventType(author.workspaceId, after.type);
    return body;
  }
  // Somebody made it meanwhile, or there is no room for it.
  throw (await findEventType(env.DB, owner, after.type)) === null ? limitReached() : existing(after.type);
}

/** Deletes a type: a built-in one leaves a row that says so. Throws 409 if there is no room for that row. */
export async function removeEventType(env: Env, author: Author, before: EventType): Promise<void> {
  const { workspaceId } = author;
  const record = await recordOf(env, author, audited("event_type.deleted", before, null));
  if (catalogType(before.type) === null) {
    await deleteEventType(env.DB, workspaceId, before.type, record);
  } else {
    const empty = { ...before, category: "", description: "", schema: null, sample: {} };
    const limit = { most: MAX_OWN_TYPES, onlyNew: false };
    if (!(await putEventType(env.DB, rowOf(workspaceId, empty, true), limit, record))) throw limitReached();
  }
  forgetEventType(workspaceId, before.type);
}

/** 409: there is such a type. */
export function existing(type: string): ApiError {
  return new ApiError("event_type_exists", `There is an event type ${type} already; PUT replaces it.`);
}

/** An event type as the API shows it: what it does not have is left out. */
export function eventTypeBody({
  type,
  category,
  description,
  schema,
  sample,
  deprecated,
}: EventType): EventTypeBody {
  return {
    type,
    ...(category === "" ? {} : { category }),
    description,
    ...(schema === null ? {} : { schema }),
    ...(isEmpty(sample) ? {} : { sample }),
    deprecated,
  };
}

function isEmpty(sample: JsonObject): boolean {
  return Object.keys(sample).length === 0;
}

function rowOf(workspaceId: string, eventType: EventType, deleted: boolean): EventTypeRow {
  const { type, category, description, schema, sample, deprecated } = eventType;
  return {
    ...{ workspaceId, type, category, description, schema, sample, deprecated, deleted },
    updatedAt: platform.nowMs(),
  };
}

/** The audit log's entry: what differs. */
function audited(action: AuditAction, from: EventType | null, to: EventType | null): AuditedChange {
  const [before, after] = [from && eventTypeBody(from), to && eventTypeBody(to)];
  const fields = Object.keys({ ...before, ...after }) as (keyof EventTypeBody)[];
  const differing = fields.filter((name) => JSON.stringify(before?.[name]) !== JSON.stringify(after?.[name]));
  const pick = (body: EventTypeBody | null) =>
    body && Object.fromEntries(differing.map((name) => [name, body[name]]));
  return { action, target: (to ?? from)?.type ?? "", before: pick(before), after: pick(after) };
}

function limitReached(): ApiError {
  return new ApiError(
    "limit_reached",
    `A workspace may have ${MAX_OWN_TYPES} event types of its own; delete one first.`,
  );
}
