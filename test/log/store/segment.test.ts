import { describe, expect, it } from "vitest";
import { decodeChunk } from "../../../src/log/store/chunk.ts";
import {
  type Block,
  blocksOfId,
  buildSegment,
  indexIds,
  inflateBlock,
} from "../../../src/log/store/segment.ts";
import { countedList, filler, loggedEvent, ownId } from "../events.ts";

const noPause = async () => {};

function eventsOf(body: Uint8Array, { offset, length }: Block) {
  return decodeChunk(inflateBlock(body.slice(offset, offset + length).buffer));
}

describe("a segment", () => {
  it("lies in blocks of at most 256 KiB, each readable alone", async () => {
    const events = Array.from({ length: 40 }, (_, n) => loggedEvent(n, { data: `"${n}${filler(40_000)}"` }));
    const { body, blocks } = await buildSegment(events, noPause);
    expect(blocks.length).toBeGreaterThan(5);
    expect(blocks.flatMap((block) => eventsOf(body, block))).toEqual(events);
    for (const block of blocks) {
      const inside = eventsOf(body, block);
      expect(inside.reduce((total, { data }) => total + data.length, 0)).toBeLessThanOrEqual(256 * 1024);
      expect([block.first, block.last]).toEqual([inside[0]?.position, inside.at(-1)?.position]);
    }
  });

  it("names the endpoints that a block concerns, those that missed too; of too many none", async () => {
    const some = loggedEvent(1, { endpoints: [3, 4], missed: [9], data: filler(250 * 1024) });
    const many = loggedEvent(2, { endpoints: Array.from({ length: 65 }, (_, i) => i) });
    const { blocks } = await buildSegment([some, { ...many, data: filler(250 * 1024) }], noPause);
    expect(blocks.map(({ endpoints }) => endpoints)).toEqual([[3, 4, 9], null]);
  });

  it("looks at a list that its events share once for a block, not once for each event", async () => {
    const numbers = Array.from({ length: 60 }, (_, i) => i);
    const { list, reads } = countedList(numbers);
    // What encoding reads of it does not grow with the events.
    const events = (count: number) =>
      Array.from({ length: count }, (_, n) => loggedEvent(n, { endpoints: list }));
    await buildSegment(events(1), noPause);
    const ofOne = reads();
    const { blocks } = await buildSegment(events(500), noPause);
    expect(blocks.map(({ endpoints }) => endpoints)).toEqual([numbers]);
    expect(reads() - ofOne).toBe(ofOne);
  });

  it("pauses before each block, so that accepting goes on", async () => {
    let pauses = 0;
    const events = Array.from({ length: 4 }, (_, n) => loggedEvent(n, { data: filler(200 * 1024) }));
    const { blocks } = await buildSegment(events, async () => {
      pauses++;
    });
    expect(pauses).toBe(blocks.length);
  });
});

describe("the index of a segment's own ids", () => {
  it("names the block of each of 20,000 ids, and nearly none for others", () => {
    const blocks = Array.from({ length: 16 }, (_, i) => ({ last: (i + 1) * 1250 - 1 })) as Block[];
    const ids = Array.from({ length: 20_000 }, (_, position) => ({ id: ownId(), position }));
    const index = indexIds(ids, blocks) as ArrayBuffer;
    expect(index.byteLength).toBe(20_000 * 6);
    for (const { id, position } of ids) expect(blocksOfId(id, index)).toContain(Math.floor(position / 1250));
    const strangers = Array.from({ length: 5000 }, () => blocksOfId(ownId(), index).length);
    expect(strangers.filter((found) => found > 0).length).toBeLessThan(5);
  });

  it("is none where there are no own ids", () => {
    expect(indexIds([], [])).toBeNull();
  });
});
