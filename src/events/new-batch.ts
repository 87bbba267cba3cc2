import { MAX_BATCH } from "../contract/event.ts";
import { MAX_ERRORS } from "../contract/field-errors.ts";
import type { NewEvent } from "../domain/event.ts";
import { arrayElements, type Extent, type Member, skipSpace, topLevelMembers } from "../domain/raw-json.ts";
import { ApiError, type FieldError, invalid } from "../errors.ts";
import { parseJson, tooLarge } from "../http/body.ts";
import { parseObject } from "../http/json-object.ts";
import { LargeWork } from "../http/large-work.ts";
import { EVENT_BYTES, keysTwiceIn, readEvent } from "./new-event.ts";

/** Bytes of UTF-8 that a batch may have. */
export const BATCH_BYTES = 8 * 1024 * 1024;

/** Characters of events, and events, that are read before others get their turn: about 5 ms. */
const TURN_CHARACTERS = 256 * 1024;
const TURN_EVENTS = 100;

/** Whose batch it is, and the version of its events where they name none. */
interface Sender {
  workspaceId: string;
  apiVersion: string;
}

const NOT_READABLE = "The body is not readable JSON.";

/**
 * The events of a batch's body. Throws 400, 413 and 422, naming the index. The body is never parsed as a whole: 8 MiB
 * of empty objects would be 5 million of them at once, and hold everybody up meanwhile. Its events are cut out and read
 * one by one, in turns with others; what is around them is parsed without them.
 */
export async function readBatch(text: string, { workspaceId, apiVersion }: Sender): Promise<NewEvent[]> {
  const work = new LargeWork(workspaceId, text.length);
  await work.beginPiece();
  // What cuts the events out reads all of it.
  work.countSteps(text.length);
  try {
    return await readEvents(text, work, apiVersion);
  } finally {
    work.end();
  }
}

async function readEvents(text: string, work: LargeWork, apiVersion: string): Promise<NewEvent[]> {
  const extents = eventExtents(text);
  const errors: FieldError[] = [];
  const events: NewEvent[] = [];
  let characters = 0;
  let sinceTurn = 0;
  for (const [index, { start, end }] of extents.entries()) {
    if (sinceTurn >= TURN_EVENTS || (sinceTurn > 0 && characters + end - start > TURN_CHARACTERS)) {
      await work.beginPiece();
      characters = 0;
      sinceTurn = 0;
    }
    characters += end - start;
    work.countSteps(end - start);
    sinceTurn++;
    if (byteLength(text, start, end) > EVENT_BYTES) throw tooLarge(EVENT_BYTES, `events[${index}]`);
    const read = readEvent(text.slice(start, end), ["events", index], apiVersion);
    if ("event" in read) events.push(read.event);
    else errors.push(...read.errors);
    if (errors.length >= MAX_ERRORS) break;
  }
  if (errors.length > 0) throw invalid(errors);
  return events;
}

/** Where the events lie. What is around them is JSON then; they themselves were not looked at. */
function eventExtents(text: string): Extent[] {
  const start = skipSpace(text, 0);
  // An array of 8 MiB is not parsed to say that it is none.
  if (text[start] === "[") throw invalid([{ path: "", message: "the body must be a JSON object" }]);
  if (text[start] !== "{") parseObject(text);
  const list = scanned(() => eventsIn(topLevelMembers(text, start, 1 + MAX_ERRORS)));
  if (text[list.start] !== "[") throw invalid([{ path: "events", message: "must be a list of events" }]);
  const extents = scanned(() => arrayElements(text, list.start, MAX_BATCH + 1));
  if (extents.length < 1 || extents.length > MAX_BATCH) {
    throw invalid([{ path: "events", message: `must hold 1 to ${MAX_BATCH} events` }]);
  }
  parseJson(withoutEvents(text, extents));
  return extents;
}

/** The one member of a batch. Throws 422 if it is missing, occurs twice, or is not the only one. */
function eventsIn(members: Member[]): Member {
  const [list] = members.filter(({ key }) => key === "events");
  const others = new Set(members.map(({ key }) => key).filter((key) => key !== "events"));
  const errors = [
    ...[...others].map((key) => ({ path: key, message: "is not known here" })),
    ...keysTwiceIn(members).map((key) => ({ path: key, message: "must not occur twice" })),
    ...(list === undefined ? [{ path: "events", message: "is required (a list of events)" }] : []),
  ];
  if (list === undefined || errors.length > 0) throw invalid(errors);
  return list;
}

/** What a look at the raw text finds. That it cannot find its way means that the text is no JSON. */
function scanned<Result>(look: () => Result): Result {
  try {
    return look();
  } catch (error) {
    if (error instanceof ApiError) throw error;
    throw new ApiError("invalid_json", NOT_READABLE);
  }
}

/** The text with a number in the place of each event. */
function withoutEvents(text: string, extents: Extent[]): string {
  let from = 0;
  let rest = "";
  for (const { start, end } of extents) {
    rest += `${text.slice(from, start)}0`;
    from = end;
  }
  return rest + text.slice(from);
}

/** Bytes of UTF-8; counted only where the number of characters leaves a doubt. */
function byteLength(text: string, start: number, end: number): number {
  const characters = end - start;
  const atMost = characters * 3;
  return atMost <= EVENT_BYTES ? atMost : Buffer.byteLength(text.slice(start, end));
}
