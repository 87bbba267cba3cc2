import { describe, expect, it } from "vitest";
import { MemoryBudget } from "../../src/domain/memory-budget.ts";

describe("a memory budget", () => {
  it("is counted over all holders, and what is given back is free again", () => {
    const budget = new MemoryBudget(100);
    const [a, b, c] = ["a", "b", "c"].map((name) => budget.holder(name, name, () => 0));
    a?.hold(40);
    b?.hold(50);
    expect([budget.heldBytes, c?.hasRoomFor(10), c?.hasRoomFor(11)]).toEqual([90, true, false]);
    a?.hold(10);
    expect([budget.heldBytes, c?.hasRoomFor(40)]).toEqual([60, true]);
    b?.close();
    expect(budget.heldBytes).toBe(10);
  });

  it("gives a group two thirds at most, unless it holds nothing; more than all there is only alone", () => {
    const budget = new MemoryBudget(100);
    const [first, second] = ["1", "2"].map((name) => budget.holder(name, "ws_a", () => 0));
    expect(first?.hasRoomFor(1000)).toBe(true);
    first?.hold(30);
    expect([second?.hasRoomFor(36), second?.hasRoomFor(37)]).toEqual([true, false]);
    const other = budget.holder("3", "ws_b", () => 0);
    expect([other.hasRoomFor(70), other.hasRoomFor(71)]).toEqual([true, false]);
  });

  it("forgets what an object held before it was reset, and takes nothing back from that", () => {
    const budget = new MemoryBudget(100);
    const before = budget.holder("log", "ws", () => 0);
    before.hold(60);
    const after = budget.holder("log", "ws", () => 0);
    expect(budget.heldBytes).toBe(0);
    after.hold(10);
    before.hold(0);
    before.hold(90);
    expect(budget.heldBytes).toBe(10);
  });

  it("counts nothing of an object that goes on after its reset, though it held nothing when the next life began", () => {
    const budget = new MemoryBudget(100);
    const before = budget.holder("ep", "ws", () => 0);
    const after = budget.holder("ep", "ws", () => 0);
    before.hold(40);
    after.hold(10);
    expect(budget.heldBytes).toBe(10);
    after.hold(0);
    expect(budget.heldBytes).toBe(0);
  });

  it("takes back what nobody changed for ten minutes, once others need the room: its object is gone for good", () => {
    let now = 0;
    const budget = new MemoryBudget(100);
    const [gone, living, next] = ["gone", "living", "next"].map((name) =>
      budget.holder(name, name, () => now),
    );
    gone?.hold(60);
    living?.hold(30);
    now = 9 * 60_000;
    living?.hold(20);
    expect(next?.hasRoomFor(50)).toBe(false);
    now = 11 * 60_000;
    expect([next?.hasRoomFor(50), budget.heldBytes]).toEqual([true, 20]);
    gone?.hold(-60);
    expect(budget.heldBytes).toBe(20);
  });

  it("serves those who wait in the order in which they asked, the large one before small ones that came later", () => {
    const budget = new MemoryBudget(100);
    const holders = ["a", "b", "c"].map((name) => budget.holder(name, name, () => 0));
    const [running, large, small] = holders;
    running?.hold(50);
    expect(large?.isNext(80, 0)).toBe(false);
    expect(small?.isNext(10, 1)).toBe(false);
    running?.hold(0);
    expect(small?.isNext(10, 2)).toBe(false);
    expect(large?.isNext(80, 3)).toBe(true);
    large?.hold(80);
    expect(small?.isNext(10, 4)).toBe(true);
  });

  it("lets nobody wait behind one who has gone, or whose group has its share", () => {
    const budget = new MemoryBudget(100);
    const [running, gone, greedy, next] = ["ws_a", "ws_b", "ws_a", "ws_c"].map((group, n) =>
      budget.holder(String(n), group, () => 0),
    );
    running?.hold(60);
    expect(gone?.isNext(90, 0)).toBe(false);
    expect(greedy?.isNext(20, 900)).toBe(false);
    expect(next?.isNext(20, 901)).toBe(false);
    expect(next?.isNext(20, 1100)).toBe(true);
  });
});
