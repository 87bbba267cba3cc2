import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { jsonObjectShape } from "../../src/catalog/stored.ts";
import { readSubscription } from "../../src/contract/endpoint-fields.ts";
import { readPolicy } from "../../src/contract/policy.ts";
import { hourShape } from "../../src/delivery/health/hour.ts";
import { outboxShape } from "../../src/delivery/health/operational.ts";
import { replayStepShape } from "../../src/delivery/queue/replays.ts";
import { sweepsShape } from "../../src/delivery/queue/sweeps.ts";
import { failingShape } from "../../src/delivery/record/stored-counts.ts";
import { dialects } from "../../src/dialects/index.ts";
import { actorShape, auditedFieldsShape } from "../../src/domain/audit.ts";
import { attemptsShape, eventMetaShape, lastAttemptShape } from "../../src/domain/delivery-shapes.ts";
import { endpointConfigShape, pairsShape, readHealth } from "../../src/domain/endpoint-shapes.ts";
import type { Shape, StoredText } from "../../src/domain/stored.ts";
import { cursorShape, planShape, selectionShape } from "../../src/log/replay/replay-shapes.ts";
import { decodeChunk } from "../../src/log/store/chunk.ts";
import { seedShape } from "../../src/log/store/id-seed.ts";
import { type Block, directoryShape, inflateBlock } from "../../src/log/store/segment.ts";
import { subscriptionShape } from "../../src/log/store/subscription-shape.ts";

/** What 0.1.0 stored, by the names of shapes.ts. */
const released = JSON.parse(readFileSync(join(import.meta.dirname, "0.1.0.shapes.json"), "utf8")) as Record<
  string,
  string[]
>;

const by =
  <Value>(shape: Shape<Value>) =>
  (text: string): unknown =>
    shape.read(text as StoredText<Value>);

/** Today's reader of each. */
const readers: Record<string, (text: string) => unknown> = {
  policy: (text) => readPolicy(JSON.parse(text), dialects.standard.defaults),
  subscription: (text) => readSubscription(JSON.parse(text)),
  health: (text) => readHealth(JSON.parse(text)),
  metadata: by(pairsShape),
  dialectOptions: by(pairsShape),
  actor: by(actorShape),
  audited: by(auditedFieldsShape),
  typeSchema: by(jsonObjectShape),
  typeSample: by(jsonObjectShape),
  logSubscription: by(subscriptionShape),
  selection: by(selectionShape),
  cursor: by(cursorShape),
  plan: by(planShape),
  directory: by(directoryShape),
  eventMeta: by(eventMetaShape),
  lastAttempt: by(lastAttemptShape),
  attempts: by(attemptsShape),
  hour: by(hourShape),
  config: by(endpointConfigShape),
  failing: by(failingShape),
  outbox: by(outboxShape),
  sweeps: by(sweepsShape),
  seed: by(seedShape),
  replayStep: by(replayStepShape),
};

it.each(Object.keys(readers))("what 0.1.0 stored as %s is read with all that it holds", (name) => {
  const texts = released[name] ?? [];
  expect(texts.length).toBeGreaterThan(0);
  for (const text of texts) expect(readers[name]?.(text)).toMatchObject(JSON.parse(text));
});

it("fields that 0.1.0 did not know have their defaults", () => {
  expect(released.policy?.[0]).not.toContain("successStatuses");
  for (const text of released.policy ?? [])
    expect(readers.policy?.(text)).toMatchObject({ successStatuses: null });
});

it("a chunk of 0.1.0, which names no layout, is read with its events", () => {
  const events = (released.chunk ?? []).flatMap((text) => decodeChunk(Buffer.from(text, "base64")));
  expect(events).toMatchObject([{ type: "deal.created", endpoints: [1, 2, 3], missed: [] }]);
  expect(JSON.parse(events[0]?.data ?? "")).toEqual({ id: "deal_4", value: 1 });
});

it("a segment that 0.1.0 put into R2 is read block by block, each with its events", () => {
  const segments = (released.segment ?? []).map((text) => Buffer.from(text, "base64"));
  expect(segments.length).toBeGreaterThan(0);
  const directories = (released.directory ?? []).map((text) =>
    directoryShape.read(text as StoredText<Block[]>),
  );
  for (const segment of segments) {
    const blocks = directories.find(
      (its) => its.reduce((sum, { length }) => sum + length, 0) === segment.length,
    );
    expect(blocks).toBeDefined();
    const read = (blocks ?? []).map(({ offset, length, first, last }) => {
      const bytes = Uint8Array.from(segment.subarray(offset, offset + length)).buffer;
      const events = decodeChunk(inflateBlock(bytes));
      expect([events[0]?.position, events.at(-1)?.position]).toEqual([first, last]);
      return events;
    });
    expect(read.flat()).toMatchObject(
      [1, 2, 3].map((n) => ({
        type: "deal.created",
        data: JSON.stringify({ id: `deal_${n}`, value: 20, stage: "won" }),
        context: { region: "eu" },
      })),
    );
  }
});

it("a chunk of a layout that this version does not know is refused, not misread", () => {
  const header = Buffer.from(JSON.stringify({ layout: 99, sets: [], rows: [] }));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(header.length);
  expect(() => decodeChunk(Buffer.concat([length, header]))).toThrow("layout 99");
});
