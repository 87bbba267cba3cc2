import type { Context } from "hono";
import { acceptedBatch, acceptedEvent, batchEnvelope, newEvent, newEventBatch } from "../contract/event.ts";
import { conditionsIn } from "../domain/conditions.ts";
import type { NewEvent } from "../domain/event.ts";
import type { AcceptedEvent, AppendAnswer } from "../domain/messages.ts";
import { arrayElements, type Member, topLevelMembers } from "../domain/raw-json.ts";
import { ApiError, type FieldError, invalid } from "../errors.ts";
import { authorize } from "./auth.ts";
import { checked, fieldErrors, MAX_ERRORS, parseJson, readText, tooLarge } from "./body.ts";
import { documentRoute } from "./document-route.ts";
import { type ApiEnv, newApi, requestIdOf } from "./route.ts";

/*
 * POST /v1/events and /v1/events/batch: the hot path. Wired by hand: one look at the key, one parse, one check of the
 * small fields, one RPC; `data` goes on as the text that was sent.
 */

export const publishRoutes = newApi();

const EVENT_BYTES = 1024 * 1024;
const BATCH_BYTES = 16 * 1024 * 1024;

const tag = "Events";

documentRoute(publishRoutes, {
  method: "post",
  path: "/v1/events",
  tag,
  summary: "Publish an event",
  description: "202 means that it is stored. At most 1 MiB.",
  access: "publish",
  body: newEvent,
  status: 202,
  answer: acceptedEvent,
  errors: ["event_conflict", "overloaded"],
});

publishRoutes.post("/v1/events", async (c) => {
  const caller = await authorize(c, "publish");
  const text = await readText(c.req.raw, EVENT_BYTES);
  const parsed = readEvent(text, parseJson(text), 0, [], caller.apiVersion);
  if ("errors" in parsed) throw invalid(parsed.errors);
  const [event] = acceptedOf(await append(c, caller.workspaceId, [parsed.event]), null);
  return accepted(c, event);
});

documentRoute(publishRoutes, {
  method: "post",
  path: "/v1/events/batch",
  tag,
  summary: "Publish up to 1,000 events",
  description: "All or none. At most 16 MiB, each event at most 1 MiB. What is wrong names its index.",
  access: "publish",
  body: newEventBatch,
  status: 202,
  answer: acceptedBatch,
  errors: ["event_conflict", "overloaded"],
});

publishRoutes.post("/v1/events/batch", async (c) => {
  const caller = await authorize(c, "publish");
  const events = readBatch(await readText(c.req.raw, BATCH_BYTES), caller.apiVersion);
  return accepted(c, { events: acceptedOf(await append(c, caller.workspaceId, events), "events") });
});

function append(c: Context<ApiEnv>, workspaceId: string, events: NewEvent[]): Promise<AppendAnswer> {
  return c.env.EVENT_LOG.getByName(workspaceId).append({ events });
}

function accepted(c: Context<ApiEnv>, answer: unknown): Response {
  return c.body(JSON.stringify(answer), 202, {
    "Content-Type": "application/json",
    "X-Request-Id": requestIdOf(c),
  });
}

type Read = { event: NewEvent } | { errors: FieldError[] };

/** The event whose JSON text begins at `start`; `path` is where it lies in the body. */
function readEvent(
  text: string,
  value: unknown,
  start: number,
  path: PropertyKey[],
  apiVersion: string,
): Read {
  const result = newEvent.safeParse(value);
  const members = isObject(value) ? topLevelMembers(text, start) : [];
  const twice = repeatedKeys(members, value, path);
  if (!result.success) return { errors: [...fieldErrors(result.error, path), ...twice] };
  const data = members.find((member) => member.key === "data");
  if (twice.length > 0 || data === undefined) return { errors: twice };
  const { type, id, created, api_version, tags, context } = result.data;
  return {
    event: {
      type,
      ...(id === undefined ? {} : { id }),
      ...(created === undefined ? {} : { created }),
      apiVersion: api_version ?? apiVersion,
      tags: tags ?? [],
      context: context ?? {},
      data: text.slice(data.start, data.end),
      ...conditionsIn(result.data.data),
      sent: {
        created: created !== undefined,
        apiVersion: api_version !== undefined,
        tags: tags !== undefined,
        context: context !== undefined,
      },
    },
  };
}

function readBatch(text: string, apiVersion: string): NewEvent[] {
  const value = parseJson(text);
  const { events: values } = checked(batchEnvelope, value);
  const members = topLevelMembers(text);
  const errors = repeatedKeys(members, value, []);
  const list = members.find((member) => member.key === "events");
  if (errors.length > 0 || list === undefined) throw invalid(errors);
  const events: NewEvent[] = [];
  for (const [index, extent] of arrayElements(text, list.start).entries()) {
    if (byteLength(text, extent.start, extent.end) > EVENT_BYTES)
      throw tooLarge(EVENT_BYTES, `events[${index}]`);
    const read = readEvent(text, values[index], extent.start, ["events", index], apiVersion);
    if ("event" in read) events.push(read.event);
    else errors.push(...read.errors);
    if (errors.length >= MAX_ERRORS) break;
  }
  if (errors.length > 0) throw invalid(errors);
  return events;
}

/** JSON.parse keeps the last of two; a reader of the raw text might keep the first: so neither is taken. */
function repeatedKeys(members: Member[], value: unknown, path: PropertyKey[]): FieldError[] {
  if (!isObject(value) || members.length === Object.keys(value).length) return [];
  const prefix = path.length === 0 ? "" : `${String(path[0])}[${String(path[1])}].`;
  const keys = members.map((member) => member.key);
  const repeated = new Set(keys.filter((key, index) => keys.indexOf(key) !== index));
  return [...repeated].map((key) => ({ path: prefix + key, message: "must not occur twice" }));
}

/** Bytes of UTF-8; counted only where the number of characters leaves a doubt. */
function byteLength(text: string, start: number, end: number): number {
  const characters = end - start;
  const atMost = characters * 3;
  return atMost <= EVENT_BYTES ? atMost : Buffer.byteLength(text.slice(start, end));
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What was accepted; throws what the log refused. `list` names the batch's member, null = a single event. */
function acceptedOf(answer: AppendAnswer, list: string | null): AcceptedEvent[] {
  if (answer.outcome === "accepted") return answer.events;
  if (answer.outcome === "overloaded") {
    throw new ApiError("overloaded", "Too many events are waiting. Nothing was stored; try again.", answer);
  }
  const path = list === null ? "id" : `${list}[${answer.index}].id`;
  if (answer.outcome === "id_out_of_range") {
    throw invalid([{ path, message: "its time must lie from 24 h ago to 5 min ahead" }]);
  }
  const message = "was accepted before with other content";
  throw new ApiError("event_conflict", `${path} ${message}. Nothing was stored.`, {
    errors: [{ path, message }],
  });
}
