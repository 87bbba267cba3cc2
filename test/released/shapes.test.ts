import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { StoredText } from "../../src/domain/stored.ts";
import { decodeChunk } from "../../src/log/store/chunk.ts";
import { type Block, directoryShape, inflateBlock } from "../../src/log/store/segment.ts";
import { sourceFiles } from "../architecture/source.ts";
import { ELSEWHERE, readersOf } from "./readers.ts";
import { RELEASES } from "./versions.ts";

/** What a version stored, by the names of shapes.ts. */
function storedBy(version: string): Record<string, string[]> {
  return JSON.parse(readFileSync(join(import.meta.dirname, `${version}.shapes.json`), "utf8"));
}

describe.each(RELEASES)("what $version stored", ({ version }) => {
  const released = storedBy(version);

  it.each(Object.entries(readersOf[version]))("as %s is read with all that it holds", (name, read) => {
    const texts = released[name] ?? [];
    expect(texts.length).toBeGreaterThan(0);
    for (const text of texts) expect(read(text)).toMatchObject(JSON.parse(text));
  });

  it("as a chunk is read with its events", () => {
    const events = (released.chunk ?? []).flatMap((text) => decodeChunk(Buffer.from(text, "base64")));
    const one = events.find(({ data }) => data === JSON.stringify({ id: "deal_4", value: 1 }));
    expect(one).toMatchObject({ type: "deal.created", endpoints: [1, 2, 3], missed: [] });
  });

  it("as a segment in R2 is read block by block, each with its events", () => {
    const segments = (released.segment ?? []).map((text) => Buffer.from(text, "base64"));
    expect(segments.length).toBeGreaterThan(0);
    const directories = (released.directory ?? []).map((text) =>
      directoryShape.read(text as StoredText<Block[]>),
    );
    const read = segments.map((segment) => {
      const blocks = directories.find(
        (its) => its.reduce((sum, { length }) => sum + length, 0) === segment.length,
      );
      expect(blocks).toBeDefined();
      return (blocks ?? []).flatMap(({ offset, length, first, last }) => {
        const bytes = Uint8Array.from(segment.subarray(offset, offset + length)).buffer;
        const events = decodeChunk(inflateBlock(bytes));
        expect([events[0]?.position, events.at(-1)?.position]).toEqual([first, last]);
        return events;
      });
    });
    expect(read[0]).toMatchObject(
      [1, 2, 3].map((n) => ({
        type: "deal.created",
        data: JSON.stringify({ id: `deal_${n}`, value: 20, stage: "won" }),
        context: { region: "eu" },
      })),
    );
  });
});

it("fields that 0.1.0 did not know have their defaults", () => {
  const { policy = [] } = storedBy("0.1.0");
  expect(policy[0]).not.toContain("successStatuses");
  for (const text of policy)
    expect(readersOf["0.1.0"].policy?.(text)).toMatchObject({ successStatuses: null });
});

it("every shape in the source is read here, or has a reason why not", () => {
  const readers = readFileSync(join(import.meta.dirname, "readers.ts"), "utf8");
  const named = sourceFiles("src").flatMap((file) =>
    [...readFileSync(file, "utf8").matchAll(/^(?:export )?const (\w+) = (?:<\w+>\(\) => )?shapeOf\b/gm)].map(
      ([, name]) => String(name),
    ),
  );
  expect(named.length).toBeGreaterThan(30);
  expect(named.filter((name) => !readers.includes(`by(${name})`) && !(name in ELSEWHERE))).toEqual([]);
});

it("a chunk of a layout that this version does not know is refused, not misread", () => {
  const header = Buffer.from(JSON.stringify({ layout: 99, sets: [], rows: [] }));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(header.length);
  expect(() => decodeChunk(Buffer.concat([length, header]))).toThrow("layout 99");
});
