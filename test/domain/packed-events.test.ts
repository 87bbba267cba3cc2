import { expect, it } from "vitest";
import type { NewEvent } from "../../src/domain/event.ts";
import { type PackedEvents, packEvents, unpackEvents } from "../../src/domain/packed-events.ts";

const LARGE = 5 * 1024 * 1024;

function event(data: string, given: Partial<NewEvent> = {}): NewEvent {
  const sent = { created: false, apiVersion: false, tags: true, context: true };
  return { type: "a.b", apiVersion: "2026-01-01", tags: [], context: {}, data, sent, ...given };
}

const events = [
  event('{"s":"€😀\ufeff"}', { id: "evt_1", created: 5, tags: ["é", "\0"], context: { "€": "\u2028" } }),
  event("{}", { stage: "\ud800", implied: { cardTemplateId: "t" } }),
  event('{"n":1.0,"e":"\\ud800\\u0000"}'),
];

const atOnce = async () => {};

async function packed(
  given: NewEvent[],
  nextPiece: (length: number) => Promise<void> = atOnce,
): Promise<PackedEvents> {
  const result = await packEvents(given, LARGE, nextPiece);
  if (Array.isArray(result)) throw new Error("it is not packed");
  return structuredClone(result);
}

it("packing a large request keeps every event as it is, its data byte for byte", async () => {
  expect(await unpackEvents(await packed(events), atOnce)).toEqual(events);
});

it("packs texts into as many bytes as they have in UTF-8", async () => {
  const { data, events } = await packed([event(`{"s":"€${"x".repeat(1000)}"}`)]);
  expect(data.length).toBe(1000 + 3 + 8);
  expect(events.length).toBeLessThan(300);
});

it("leaves small requests as they are", async () => {
  expect(await packEvents(events, 1000, atOnce)).toBe(events);
});

it("packs and unpacks in pieces of 256 KiB, or of one event, and waits before each", async () => {
  const many = [...Array(32).fill(100), 900, 10].map((kib) => event(`{"s":"${"x".repeat(kib * 1024)}"}`));
  const pieces: number[] = [];
  const note = async (length: number) => {
    pieces.push(length);
  };
  const all = await packed(many, note);
  // 16 of two events each, the large one and the last, twice, where the last goes on with the first two; and what is beside the data.
  expect(pieces).toHaveLength(36);
  pieces.length = 0;
  expect(await unpackEvents(all, note)).toEqual(many);
  expect(pieces).toHaveLength(18);
  expect(pieces.filter((length) => length > 256 * 1024)).toEqual([900 * 1024 + 8]);
});
