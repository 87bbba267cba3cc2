import { expect, it } from "vitest";
import { AllReplayReader, type ReplayReader } from "../../../src/log/replay/replay-reader.ts";
import type { Share } from "../../../src/log/store/share.ts";

/** Log 0 of three; by log, where an event of a name lies, null = not there. */
function readerOver(positions: (number | null)[]): AllReplayReader {
  const log = (number: number) => ({ positionOf: async () => positions[number] ?? null });
  const share = { number: 0, current: { count: positions.length, sharedSince: 0 } };
  return new AllReplayReader(
    log(0) as unknown as ReplayReader,
    share as Share,
    (number) => log(number) as never,
  );
}

it("takes a name that was given again, in another log, for the newest event that has it", async () => {
  expect(await readerOver([1024, null, 2050]).positionOf("order-1")).toBe(2050);
  expect(await readerOver([4096, 1025, null]).positionOf("order-1")).toBe(4096);
  expect(await readerOver([null, null, null]).positionOf("order-1")).toBeNull();
});
