import { expect, it } from "vitest";
import { mayPutOffMs, noteStartWaits } from "../../src/storage/waiting-starts.ts";

it("has what is stored put off while first attempts look for the thread, and no longer", () => {
  expect(mayPutOffMs(1_000_000)).toBe(0);
  noteStartWaits(1_000_000);
  expect(mayPutOffMs(1_000_010)).toBeGreaterThan(0);
  // The log holds an endpoint to be lost that has not answered after ten seconds.
  expect(mayPutOffMs(1_000_010)).toBeLessThan(5000);
  expect(mayPutOffMs(1_000_200)).toBe(0);
});

it("puts nothing off by a clock that was set back", () => {
  noteStartWaits(3_000_000);
  expect(mayPutOffMs(2_000_000)).toBe(0);
});
