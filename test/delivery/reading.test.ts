import { expect, it } from "vitest";
import type { EndpointParts } from "../../src/delivery/parts.ts";
import { Reading } from "../../src/delivery/reading.ts";
import type { Runner } from "../../src/delivery/runner.ts";
import type { Delivery } from "../../src/domain/delivery.ts";
import type { DeliveryPage, DeliveryQuery } from "../../src/domain/messages.ts";

/** An endpoint of 1,000 deliveries, of which a query wants some; the turns that its pieces ask for are the test's to give. */
function rig(isWanted: (sequence: number) => boolean) {
  const state = { isErased: false, pieces: [] as number[], turns: [] as (() => void)[] };
  const list = ({ cursor, limit, examine = 10_000 }: DeliveryQuery): DeliveryPage => {
    const page: DeliveryPage = { rows: [], next: null, examined: 0 };
    for (let sequence = Number(cursor ?? 1001) - 1; sequence > 0 && page.next === null; sequence--) {
      page.examined++;
      if (isWanted(sequence)) page.rows.push({ sequence } as Delivery);
      if (page.examined === examine || page.rows.length === limit) page.next = String(sequence);
    }
    state.pieces.push(page.examined);
    return page;
  };
  const runner = {
    settle: () => {},
    isReady: true,
    get isErased() {
      return state.isErased;
    },
  };
  const turn = () => new Promise<void>((resolve) => state.turns.push(resolve));
  const reading = new Reading(
    { deliveries: { list } } as unknown as EndpointParts,
    runner as unknown as Runner,
    turn,
  );
  return { state, reading };
}

const macrotask = () => new Promise((resolve) => setImmediate(resolve));

it("a list of which a filter passes over thousands is looked at in pieces, each when its turn on the thread has come", async () => {
  const { state, reading } = rig((sequence) => sequence % 400 === 0);
  const listed = reading.list({ limit: 10 });
  for (let piece = 1; piece <= 4; piece++) {
    await macrotask();
    expect([state.turns.length, state.pieces.length]).toEqual([piece, piece - 1]);
    state.turns[piece - 1]?.();
  }
  const { rows, next, examined } = await listed;
  expect(rows.map(({ sequence }) => sequence)).toEqual([800, 400]);
  expect([next, examined, state.pieces]).toEqual([null, 1000, [300, 300, 300, 100]]);
});

it("a list ends with the row that fills its page, or with as many as it may look at, and goes on from there", async () => {
  const { state, reading } = rig((sequence) => sequence % 100 === 0);
  const page = async (query: DeliveryQuery) => {
    const listed = reading.list(query);
    for (let given = 0; given < 4; given++) {
      await macrotask();
      for (const begin of state.turns.splice(0)) begin();
    }
    return listed;
  };
  expect(await page({ limit: 5 })).toMatchObject({ next: "600", examined: 401 });
  expect(await page({ limit: 5, examine: 350 })).toMatchObject({ next: "651", examined: 350 });
  expect((await page({ limit: 5, cursor: "600" })).rows.map(({ sequence }) => sequence)).toEqual([
    500, 400, 300, 200, 100,
  ]);
});

it("a list of an endpoint that is erased between two pieces ends", async () => {
  const { state, reading } = rig(() => false);
  const listed = reading.list({ limit: 10 });
  state.turns[0]?.();
  await macrotask();
  state.isErased = true;
  state.turns[1]?.();
  expect(await listed).toEqual({ rows: [], next: null, examined: 300 });
});
