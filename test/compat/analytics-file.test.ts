import { describe, expect, it } from "vitest";
import { fileOf, formats } from "../../src/compat/analytics-file.ts";
import type { Event } from "../../src/domain/event.ts";
import type { EventSpanPage } from "../../src/domain/messages.ts";

function event(n: number): Event {
  return {
    ...{ position: n, id: `evt_${n}`, type: "card-displayed", created: 0, apiVersion: "2026-01-15" },
    ...{ tags: [], context: {}, acceptedAt: 0, data: `{"n":${n}}` },
  };
}

describe("an hour's file", () => {
  it("reads a page when the one before is taken, never ahead: a million events need no more memory", async () => {
    const asked: (number | undefined)[] = [];
    const endless = async (after = 0): Promise<EventSpanPage> => {
      asked.push(after);
      return { events: [event(after + 1), event(after + 2)], next: after + 2 };
    };
    const reader = fileOf(formats.ndjson, endless).getReader();
    expect(asked).toEqual([]);
    for (let page = 0; page < 3; page++) {
      const { value } = await reader.read();
      expect(new TextDecoder().decode(value).split("\n")).toHaveLength(3);
    }
    expect(asked).toEqual([0, 2, 4]);
    await reader.cancel();
    expect(asked).toHaveLength(3);
  });

  it("goes on over empty pages, and ends", async () => {
    const pages: EventSpanPage[] = [
      { events: [], next: 5 },
      { events: [], next: 9 },
      { events: [event(10)], next: 10 },
      { events: [], next: null },
    ];
    const text = await new Response(
      fileOf(formats.ndjson, async () => pages.shift() as EventSpanPage),
    ).text();
    expect(text.split("\n").filter((line) => line !== "")).toHaveLength(1);
    expect(pages).toEqual([]);
  });

  it("breaks off where a page cannot be read: half a file must not look whole", async () => {
    const broken = async (): Promise<EventSpanPage> => {
      throw new Error("no answer");
    };
    await expect(new Response(fileOf(formats.csv, broken)).text()).rejects.toThrow();
  });

  it("of an hour without events has only the head of its format", async () => {
    const empty = async (): Promise<EventSpanPage> => ({ events: [], next: null });
    expect(await new Response(fileOf(formats.ndjson, empty)).text()).toBe("");
    expect(await new Response(fileOf(formats.csv, empty)).text()).toBe(formats.csv.head);
  });
});
