import type { Context } from "hono";
import { acceptedBatch, acceptedEvent, newEvent, newEventBatch } from "../contract/event.ts";
import type { NewEvent } from "../domain/event.ts";
import type { AcceptedEvent } from "../domain/messages.ts";
import { byOutcome } from "../domain/outcome.ts";
import { type PackedEvents, packEvents } from "../domain/packed-events.ts";
import { wholeWorkspace } from "../domain/scope.ts";
import { readTraceparent, TRACEPARENT_LENGTH } from "../domain/trace-context.ts";
import { ApiError, invalid } from "../errors.ts";
import type { TypeAsker } from "../event-types/known-types.ts";
import { checkEvents } from "../events/event-checks.ts";
import { BATCH_BYTES, readBatch } from "../events/new-batch.ts";
import { EVENT_BYTES, readEvent } from "../events/new-event.ts";
import { authorize } from "../http/auth.ts";
import { requestDigest } from "../http/body-digest.ts";
import { readText } from "../http/body-text.ts";
import type { Caller } from "../http/caller.ts";
import { type ApiEnv, besideOf, newApi, requestIdOf } from "../http/context.ts";
import { documentRoute } from "../http/document-route.ts";
import { asLargeWork, LargeWork } from "../http/large-work.ts";
import { releaseAfter } from "../http/request-memory.ts";
import { refuseParameters } from "../http/route.ts";
import { refuseWhenFull } from "../http/storage-full.ts";
import { idempotencyKeyIn, onceOf, REPEATED_HEADER, runAlone } from "../idempotency/http.ts";
import { idempotencyConflict, requestOf } from "../idempotency/requests.ts";
import { appendEvents, type PublishAnswer } from "../logs/append.ts";
import { acceptedEventBody } from "../rendering/events.ts";

/*
 * POST /v1/events and /v1/events/batch: the hot path. Wired by hand: one look at the key, one parse, one check of the
 * small fields, one RPC; `data` goes on as the text that was sent.
 */

export const publishRoutes = newApi();

const tag = "Events";

documentRoute(publishRoutes, {
  method: "post",
  path: "/v1/events",
  operationId: "publishEvent",
  tag,
  summary: "Publish an event",
  description:
    "202 means that it is stored. At most 1 MiB. A `traceparent` header (W3C Trace Context) goes on to the receivers.",
  access: "publish",
  body: newEvent,
  status: 202,
  answer: acceptedEvent,
  errors: ["event_conflict", "overloaded", "storage_full"],
});

publishRoutes.post("/v1/events", (c) => releaseAfter(c, () => publishOne(c)));

async function publishOne(c: Context<ApiEnv>): Promise<Response> {
  const caller = await authorize(c, "publish");
  refuseParameters(c);
  await refuseWhenFull(c);
  const key = idempotencyKeyIn(c.req.raw.headers);
  const text = await readText(c, EVENT_BYTES);
  const parsed = await asLargeWork(caller.workspaceId, text.length, () =>
    readEvent(text, [], caller.apiVersion),
  );
  if ("errors" in parsed) throw invalid(parsed.errors);
  if (caller.validateEvents) await checkEvents(askerOf(c), caller, [parsed.event], null);
  const answer = await append(c, caller, [parsed.event], key, text);
  const [event] = acceptedOf(answer, null);
  return accepted(c, event && acceptedEventBody(event), answer);
}

documentRoute(publishRoutes, {
  method: "post",
  path: "/v1/events/batch",
  operationId: "publishEvents",
  tag,
  summary: "Publish up to 1,000 events",
  description:
    "All or none. At most 8 MiB, each event at most 1 MiB. What is wrong names its index. A `traceparent` header (W3C Trace Context) goes on to the receivers of all.",
  access: "publish",
  body: newEventBatch,
  status: 202,
  answer: acceptedBatch,
  errors: ["event_conflict", "batch_too_wide", "overloaded", "storage_full"],
});

publishRoutes.post("/v1/events/batch", (c) => releaseAfter(c, () => publishBatch(c)));

async function publishBatch(c: Context<ApiEnv>): Promise<Response> {
  const caller = await authorize(c, "publish");
  refuseParameters(c);
  await refuseWhenFull(c);
  const key = idempotencyKeyIn(c.req.raw.headers);
  const text = await readText(c, BATCH_BYTES);
  const events = await readBatch(text, caller);
  if (caller.validateEvents) await checkEvents(askerOf(c), caller, events, "events");
  const answer = await append(c, caller, events, key, text);
  return accepted(c, { events: acceptedOf(answer, "events").map(acceptedEventBody) }, answer);
}

/** How its event types are looked up. */
function askerOf(c: Context<ApiEnv>): TypeAsker {
  return { db: c.env.DB, runBeside: besideOf(c) };
}

/** Has the log accept events, read from `text`; with an Idempotency-Key it keeps the answer in the transaction that stores them. */
async function append(
  c: Context<ApiEnv>,
  { workspaceId, logs: routing }: Caller,
  read: NewEvent[],
  key: string | null,
  text: string,
): Promise<PublishAnswer> {
  const publication = {
    ...{ workspaceId, routing, events: traced(read, c.req.header("traceparent")) },
    pack: (events: NewEvent[]) => packed(workspaceId, events, text.length),
  };
  if (key === null) return unsplit(await appendEvents(c.env, { ...publication, once: undefined }));
  const digest = await requestDigest(c.req.url, text);
  const once = onceOf(wholeWorkspace(workspaceId), c.req.path, key, digest, 202);
  return runAlone<PublishAnswer>(once, besideOf(c), async () =>
    unsplit(await appendEvents(c.env, { ...publication, once: requestOf(once) })),
  );
}

/** Throws 401 where the workspace was deleted, and 422 for a batch of which not all events go to one log: no transaction is over several. */
function unsplit(answer: Awaited<ReturnType<typeof appendEvents>>): PublishAnswer {
  if (answer.outcome === "gone")
    throw new ApiError("unauthorized", "The key's workspace was deleted. Nothing was stored.");
  if (answer.outcome !== "split") return answer;
  const message = `goes to another of the workspace's logs than the events before it. Send it in another batch: the events of one value of \`${answer.shardBy}\` (\`shard_by\`) always go to one log`;
  throw invalid([{ path: `events[${answer.index}]`, message }]);
}

/** The events as they go to the log; many of them are packed in turns with other large work. */
async function packed(
  workspaceId: string,
  events: NewEvent[],
  length: number,
): Promise<NewEvent[] | PackedEvents> {
  const work = new LargeWork(workspaceId, length);
  const nextPiece = async (characters: number) => {
    await work.beginPiece();
    work.countSteps(characters);
  };
  try {
    return await packEvents(events, length, nextPiece);
  } finally {
    work.end();
  }
}

/** The events with the `traceparent` of the request; one that is none is left out, as the specification asks for. */
function traced(events: NewEvent[], traceparent: string | undefined): NewEvent[] {
  if (traceparent === undefined || readTraceparent(traceparent) === null) return events;
  // A later version may have more parts: only those that are known are kept.
  return events.map((event) => ({ ...event, traceparent: traceparent.slice(0, TRACEPARENT_LENGTH) }));
}

function accepted(c: Context<ApiEnv>, body: unknown, answer: PublishAnswer): Response {
  const isRepeated = answer.outcome === "accepted" && answer.isRepeated === true;
  return c.body(JSON.stringify(body), 202, {
    "Content-Type": "application/json",
    "X-Request-Id": requestIdOf(c),
    ...(isRepeated ? REPEATED_HEADER : {}),
  });
}

/** What was accepted; throws what the log refused. `list` names the batch's member, null = a single event. */
function acceptedOf(answer: PublishAnswer, list: string | null): AcceptedEvent[] {
  return answer.outcome === "accepted" ? answer.events : refuse(answer, list);
}

function refuse(answer: Exclude<PublishAnswer, { outcome: "accepted" }>, list: string | null): never {
  const idOf = (index: number) => (list === null ? "id" : `${list}[${index}].id`);
  return byOutcome(answer, {
    key_conflict: () => {
      throw idempotencyConflict();
    },
    overloaded: (more) => {
      if (more.mustSplit) {
        throw new ApiError(
          "batch_too_wide",
          "The events go to too many endpoints, each to others, to be accepted at once. Nothing was stored; send them in smaller batches.",
        );
      }
      throw new ApiError("overloaded", "Too many events are waiting. Nothing was stored; try again.", more);
    },
    id_out_of_range: ({ index }) => {
      throw invalid([{ path: idOf(index), message: "its time must lie from 24 h ago to 5 min ahead" }]);
    },
    conflict: ({ index }) => {
      const [path, message] = [idOf(index), "was accepted before with other content"];
      throw new ApiError("event_conflict", `${path} ${message}. Nothing was stored.`, {
        errors: [{ path, message }],
      });
    },
  });
}
