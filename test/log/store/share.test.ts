import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import { MOST_LOGS } from "../../../src/domain/log-shards.ts";
import { Share } from "../../../src/log/store/share.ts";
import { newLog } from "../rig.ts";

const NOW = Date.UTC(2026, 10, 1);

/** What a log of a number knows, in storage of its own; and again as after a restart. */
function withShare(number: number, test: (share: Share, again: () => Share) => void): Promise<void> {
  const stub = env.EVENT_LOG.getByName(`ws_${crypto.randomUUID()}`);
  return runInDurableObject(stub, (_instance, state) => {
    const again = () => new Share(state.storage.sql, () => number);
    test(again(), again);
  });
}

describe("a log's share", () => {
  it("is all of it in the only log, which accepts at once and gives every position", () =>
    withShare(0, (share) => {
      expect([share.accepts(0), share.accepts(1)]).toEqual([true, false]);
      const first = share.nextPosition(0, NOW);
      expect(share.nextPosition(first, NOW)).toBe(first + 1);
    }));

  it("is nothing in another log until it is opened", () =>
    withShare(3, (share) => {
      expect([share.accepts(0), share.accepts(1)]).toEqual([false, false]);
      share.open(1, 8, [NOW]);
      expect([share.accepts(0), share.accepts(1)]).toEqual([false, true]);
    }));

  it("is closed for an epoch once, and says the same again, also after a restart", () =>
    withShare(0, (share, again) => {
      expect(share.close(1, 8, 5000)).toBe(5000);
      expect(share.accepts(0)).toBe(false);
      expect(again().close(1, 8, 9000)).toBe(5000);
      expect([again().accepts(0), again().accepts(1)]).toEqual([false, false]);
      again().open(1, 8, [5000]);
      expect(again().accepts(1)).toBe(true);
    }));

  it("is as it was where the disk was full as it was to be closed", () => {
    const log = newLog();
    return runInDurableObject(log, async (instance, { storage }) => {
      expect(instance.logCount()).toBe(1);
      const transaction = storage.transactionSync.bind(storage);
      const full = vi.spyOn(storage, "transactionSync").mockImplementationOnce((act) =>
        transaction(() => {
          act();
          throw new Error("database or disk is full: SQLITE_FULL");
        }),
      );
      expect(() => instance.closeFor(1, 8)).toThrow("SQLITE_FULL");
      full.mockRestore();
      expect(instance.logCount()).toBe(1);
    });
  });

  it("tells others' events from its own as soon as it is closed, since they may be opened before it", () =>
    withShare(0, (share, again) => {
      share.close(1, 8, 5000);
      expect(again().current.sharedSince).toBe(5000);
      share.open(1, 8, [5000]);
      share.close(2, 32, 9000);
      expect(again().current.sharedSince).toBe(5000);
    }));

  it("knows no way back: an epoch that was overtaken neither closes nor opens it", () =>
    withShare(1, (share) => {
      share.open(1, 2, [100]);
      expect(share.close(2, 8, 7000)).toBe(7000);
      expect(share.close(1, 2, 7000)).toBeNull();
      share.open(1, 2, [100]);
      expect(share.accepts(1)).toBe(false);
      share.open(2, 8, [6000, 7000]);
      expect(share.accepts(2)).toBe(true);
    }));

  it("begins behind whatever any log gave before, with positions of its own", () =>
    withShare(5, (share) => {
      const ahead = NOW * 1024 + 777_777;
      share.open(1, 8, [ahead, 12]);
      const first = share.nextPosition(0, NOW);
      expect(first).toBeGreaterThan(ahead);
      expect(first % MOST_LOGS).toBe(5);
      share.endStage(1);
      expect(share.nextPosition(0, NOW)).toBe(first);
      expect(share.current.stages).toEqual([]);
    }));
});
