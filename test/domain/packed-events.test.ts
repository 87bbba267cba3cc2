import { expect, it } from "vitest";
import type { NewEvent } from "../../src/domain/event.ts";
import { packEvents, unpackEvents } from "../../src/domain/packed-events.ts";

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

it("packing a large request keeps every event as it is, its data byte for byte", () => {
  expect(unpackEvents(structuredClone(packEvents(events, LARGE)))).toEqual(events);
});

it("packs texts into as many bytes as they have in UTF-8", () => {
  const packed = packEvents([event(`{"s":"€${"x".repeat(1000)}"}`)], LARGE);
  if (Array.isArray(packed)) throw new Error("it is not packed");
  expect(packed.data.length).toBe(1000 + 3 + 8);
  expect(packed.events.length).toBeLessThan(300);
});

it("leaves small requests as they are", () => {
  expect(packEvents(events, 1000)).toBe(events);
});
