import { beforeEach, describe, expect, it } from "vitest";
import { OwnTurns } from "../../src/storage/own-turns.ts";
import { noteUse } from "../../src/storage/recent-use.ts";
import { Thread } from "./thread.ts";

let thread: Thread;
/** In the order in which they began, with the round in which they did. */
let begun: { name: string; round: number }[];
let round: number;
let workspaces = 0;

beforeEach(() => {
  thread = new Thread();
  begun = [];
  round = 0;
  workspaces += 2;
});

const own = () => `ws_own_${workspaces}`;
const other = () => `ws_other_${workspaces}`;

/** Objects of a workspace, each with so many pieces that come at this moment and are charged so much. */
function pieces(workspaceId: string, objects: number, each: number, chargeMs: number): void {
  for (let object = 0; object < objects; object++) {
    const turns = new OwnTurns(() => workspaceId, thread.surroundings);
    for (let n = 0; n < each; n++) {
      const begin = () => begun.push({ name: `${workspaceId} ${object} ${n}`, round });
      const turn = turns.next(chargeMs);
      if (turn === null) begin();
      else turn.then(begin);
    }
  }
}

async function rounds(count: number): Promise<void> {
  for (let n = 0; n < count; n++) {
    round++;
    thread.round();
    // What a turn was given to begins before the next round.
    await Promise.resolve();
  }
}

const ofOwn = () => begun.filter(({ name }) => name.startsWith(own()));

describe("the pieces of a workspace's objects", () => {
  it("begin at once, however dear they are, while no other workspace wants the thread", () => {
    noteUse(own(), thread.now);
    pieces(own(), 15, 6, 5);
    expect(begun).toHaveLength(90);
  });

  it("begin as few in a round as fill it while another one wants it, those of an object in order", async () => {
    noteUse(other(), thread.now);
    pieces(own(), 1, 30, 1);
    expect(begun).toHaveLength(3);
    while (ofOwn().length < 30) await rounds(1);
    for (let n = 0; n <= round; n++)
      expect(ofOwn().filter((piece) => piece.round === n).length).toBeLessThanOrEqual(3);
    expect(ofOwn().map(({ name }) => name)).toEqual(Array.from({ length: 30 }, (_, n) => `${own()} 0 ${n}`));
  });

  it("leave the other one its share, though a thousand of them wait", async () => {
    noteUse(other(), thread.now);
    pieces(own(), 100, 10, 3);
    await rounds(10);
    noteUse(other(), thread.now);
    const before = begun.length;
    pieces(other(), 1, 1, 0.1);
    while (!begun.some(({ name }) => name.startsWith(other()))) await rounds(1);
    expect(begun.length - before).toBeLessThan(5);
    expect(ofOwn().length).toBeLessThan(100);
  });

  it("wait for nobody any more once the other one has gone", async () => {
    noteUse(other(), thread.now);
    pieces(own(), 15, 6, 3);
    expect(begun).toHaveLength(1);
    thread.now += 1001;
    await rounds(90);
    expect(begun).toHaveLength(90);
  });
});
