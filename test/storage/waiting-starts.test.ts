import { expect, it } from "vitest";
import { mayPutOffMs, noteStartWaits } from "../../src/storage/waiting-starts.ts";

it("has what is stored put off while first attempts look for the thread, and for longer while many do", () => {
  expect(mayPutOffMs(1_000_000)).toBe(0);
  noteStartWaits(false, 1_000_000);
  const few = mayPutOffMs(1_000_010);
  expect(few).toBeGreaterThan(0);
  noteStartWaits(true, 1_000_020);
  const many = mayPutOffMs(1_000_030);
  expect(many).toBeGreaterThan(few);
  // The log holds an endpoint to be lost that has not answered after ten seconds.
  expect(many).toBeLessThan(5000);
  // Those that were many look no more; others still do.
  noteStartWaits(false, 1_000_060);
  expect(mayPutOffMs(1_000_070)).toBe(few);
  expect(mayPutOffMs(1_000_200)).toBe(0);
});

it("puts nothing off by a clock that was set back", () => {
  noteStartWaits(true, 3_000_000);
  expect(mayPutOffMs(2_000_000)).toBe(0);
});
